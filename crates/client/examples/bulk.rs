//! Groups of many users at once: the patterns of pycognito's group guide.
//!
//! ```text
//! export COGNITO_POOL=us-east-1_Ab1Cd2Ef3 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…
//! export COGNITO_ENDPOINT=http://127.0.0.1:7665      # Poolhouse; leave it out for AWS
//! cargo run -p poolhouse-client --example bulk -- assign alice=staff bob=admins
//! cargo run -p poolhouse-client --example bulk -- report
//! cargo run -p poolhouse-client --example bulk -- promote alice bob
//! ```
#![expect(clippy::print_stdout, reason = "a program of the command line")]

mod patterns;

use std::error::Error;

use poolhouse_client::{Admin, Client};

/// How many requests run at the same time.
const AT_ONCE: usize = 8;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let admin = admin()?;
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("assign") => {
            let pairs = arguments
                .map(|pair| pair.split_once('=').map(|(user, group)| (user.to_owned(), group.to_owned())));
            let pairs = pairs.collect::<Option<Vec<_>>>().ok_or("give USER=GROUP")?;
            for ((user, group), result) in patterns::assign_roles(&admin, pairs, AT_ONCE).await {
                match result {
                    Ok(()) => println!("{user} is in {group}"),
                    Err(error) => println!("{user} is not in {group}: {error}"),
                }
            }
        }
        Some("report") => {
            for (group, users) in patterns::members_by_group(&admin, AT_ONCE).await? {
                let names: Vec<_> = users.iter().map(|user| user.username.as_str()).collect();
                println!("{group}: {} ({})", names.len(), names.join(", "));
            }
        }
        Some("promote") => {
            for (user, result) in patterns::promote_all(&admin, arguments.collect(), AT_ONCE).await? {
                match result {
                    Ok(Some(group)) => println!("{user} is now in {group}"),
                    Ok(None) => println!("{user} is at the top"),
                    Err(error) => println!("{user} stays: {error}"),
                }
            }
        }
        _ => return Err("usage: bulk assign USER=GROUP… | report | promote USER…".into()),
    }
    Ok(())
}

fn admin() -> Result<Admin, Box<dyn Error>> {
    let needed = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let mut client = Client::builder(needed("COGNITO_POOL")?)
        .access_key(needed("AWS_ACCESS_KEY_ID")?, needed("AWS_SECRET_ACCESS_KEY")?);
    if let Ok(endpoint) = std::env::var("COGNITO_ENDPOINT") {
        client = client.endpoint_url(endpoint);
    }
    Ok(client.build()?.admin()?)
}
