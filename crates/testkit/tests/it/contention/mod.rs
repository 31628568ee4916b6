//! Many callers at once: every writing operation, asked for by 64 callers who want the same thing, on SQLite, on
//! PostgreSQL, and on PostgreSQL through two nodes (docs/decisions/0021-contention.md).
//!
//! Each request succeeds or gets the one refusal that is right for it, and what is there afterwards is right. What
//! it costs in repeats is printed by
//!
//! ```text
//! cargo test --workspace --test it -- --ignored --nocapture contention::figures
//! ```

/// Names what is done for each operation of a family: a function of the world.
macro_rules! kinds {
    ($($operation:ident => $kind:ident),* $(,)?) => {
        pub(crate) const NAMES: &[&str] = &[$(stringify!($operation)),*];

        pub(crate) async fn run(world: &crate::contention::world::World) {
            $(
                world.about(stringify!($operation));
                Box::pin($kind(world)).await;
            )*
        }
    };
}

/// A test for each deployment, of the function `run` beside it.
macro_rules! on_each_deployment {
    () => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn sqlite() {
            run(Deployment::Sqlite).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn postgres() {
            run(Deployment::Postgres).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn two_nodes() {
            run(Deployment::TwoNodes).await;
        }
    };
}

/// Runs the families on each deployment, a test for each pair.
macro_rules! families {
    ($($family:ident),* $(,)?) => {
        $(mod $family;)*

        /// All operations that are tried.
        const TRIED: &[&[&str]] = &[$($family::NAMES),*];

        async fn run_all(world: &World) {
            $(Box::pin($family::run(world)).await;)*
        }

        mod on {
            $(mod $family {
                use crate::contention::world::{Deployment, World};

                async fn run(deployment: Deployment) {
                    let Some(world) = World::start(deployment).await else { return };
                    crate::contention::$family::run(&world).await;
                    world.finish().await;
                }

                on_each_deployment!();
            })*
        }
    };
}

mod account;
mod alice;
mod nodes;
mod quotas;
pub(crate) mod world;

use std::collections::BTreeSet;

use poolhouse_wire::user_pools::Operation;

use world::{Deployment, World};

pub(crate) use world::{CALLERS, another_node, second_node};

families! {
    administrators, branding, cimd, clients, devices, domains, groups, imports, pools, profile, protection, providers, recoveries, sign_in, sign_up, tokens,
}

/// Operations with the name of a read that write.
const WRITING_READS: [&str; 3] =
    ["GetSigningCertificate", "GetTokensFromRefreshToken", "GetUserAttributeVerificationCode"];

fn only_reads(name: &str) -> bool {
    let name = name.strip_prefix("Admin").unwrap_or(name);
    ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb)) && !WRITING_READS.contains(&name)
}

/// A new operation must be named in a family here, as soon as it is served.
#[test]
fn every_writing_operation_is_tried() {
    let dispatch = include_str!("../../../../api/src/user_pools/mod.rs");
    let (_, missing) = dispatch.split_once("\n    missing {").unwrap();
    let (missing, _) = missing.split_once('}').unwrap();
    let missing: BTreeSet<&str> = missing.split(',').map(str::trim).collect();
    let served = Operation::ALL
        .into_iter()
        .map(|operation| operation.facts().name)
        .filter(|name| !missing.contains(name));
    let writing: BTreeSet<&str> = served.filter(|name| !only_reads(name)).collect();
    let tried: BTreeSet<&str> = TRIED.iter().copied().flatten().copied().collect();
    let untried: Vec<_> = writing.difference(&tried).collect();
    let unknown: Vec<_> = tried.difference(&writing).collect();
    assert!(untried.is_empty() && unknown.is_empty(), "not tried: {untried:?}; not served: {unknown:?}");
}

/// Prints for each kind of write, on each deployment: requests, how many were refused, repeats per request.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "a measurement"]
async fn figures() {
    let mut columns = Vec::new();
    for deployment in [Deployment::Sqlite, Deployment::Postgres, Deployment::TwoNodes] {
        let Some(world) = World::start(deployment).await else { return };
        run_all(&world).await;
        columns.push(world.figures());
        world.finish().await;
    }
    println!("| operation | requests | SQLite: refused, repeats | PostgreSQL | PostgreSQL, two nodes |");
    println!("|---|---|---|---|---|");
    for name in TRIED.iter().copied().flatten() {
        let of = columns.iter().map(|column| column.get(name).copied().unwrap_or_default());
        let cells: Vec<_> = of.map(|figure| figure.to_string()).collect();
        println!("| {name} | {} | {} |", columns[0][name].requests, cells.join(" | "));
    }
}
