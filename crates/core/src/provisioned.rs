//! GetProvisionedLimit and UpdateProvisionedLimit: how many requests of a category the account may make in a second
//! (docs/cognito/new-operations.md §11).
//!
//! The limits are held where the operator wants it so. Each node holds its part of them, as many as there are nodes in its region: no
//! request asks another node.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_store::tables::{nodes, provisioned_limits as table};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{LimitDefinitionType, LimitType};

use crate::{Cx, Engine};

/// How often a node says that it is there, in seconds.
pub const BEAT: u64 = 10;

/// For how long a node counts that says nothing, in seconds.
const SILENCE: i64 = 3 * BEAT as i64;

/// For how long its row stays at least, in seconds: those of read nodes are there for themselves, and a machine that slept goes on.
const FORGOTTEN: i64 = 60 * 60;

/// How many times the default a limit may be, where limits are not held (new-operations §11, ours).
const FACTOR: u32 = 10;

/// The attribute of a definition that names the category.
const CATEGORY: &str = "Category";

macro_rules! categories {
    ($($category:ident => $rate:literal,)+) => {
        /// What requests count as.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "Cognito's categories, by their names")]
        pub enum Category {
            $($category,)+
        }

        impl Category {
            /// All of them.
            const ALL: &[Self] = &[$(Self::$category),+];

            /// Its name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$category => stringify!($category),)+
                }
            }

            /// Requests a second, unless another limit is set (protocol §9, documented).
            const fn free(self) -> u32 {
                match self {
                    $(Self::$category => $rate,)+
                }
            }
        }
    };
}

categories! {
    UserAuthentication => 120,
    UserCreation => 50,
    UserFederation => 25,
    UserAccountRecovery => 30,
    UserRead => 120,
    UserUpdate => 25,
    UserToken => 120,
    UserResourceRead => 50,
    UserResourceUpdate => 25,
    UserList => 30,
    UserPoolRead => 15,
    UserPoolUpdate => 15,
    UserPoolResourceRead => 20,
    UserPoolResourceUpdate => 15,
    UserPoolClientRead => 15,
    UserPoolClientUpdate => 15,
    ClientAuthentication => 150,
}

/// What a limit is.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`.
pub async fn get(cx: &Cx, definition: LimitDefinitionType) -> Result<LimitType, Fault> {
    let category = category(&definition.attributes)?;
    let value = stored(cx, category).await?;
    view(definition, category, value)
}

/// Sets a limit, for the account.
///
/// # Errors
/// `InvalidParameterException`, `ResourceNotFoundException`; `ServiceQuotaExceededException` above the maximum.
pub async fn update(cx: &Cx, definition: LimitDefinitionType, wanted: i32) -> Result<LimitType, Fault> {
    let category = category(&definition.attributes)?;
    let free = category.free();
    let most = free.saturating_mul(match cx.settings().limits.category_factor {
        0 => FACTOR,
        factor => factor,
    });
    // The texts are ours.
    let value = u32::try_from(wanted).ok().filter(|wanted| *wanted >= free).ok_or_else(|| {
        let name = category.as_str();
        Fault::invalid_parameter(format!("The limit of {name} cannot be less than the default, {free}."))
    })?;
    if value > most {
        let text = format!("The limit of {} cannot be more than {most}.", category.as_str());
        return Err(Fault::new(ErrorCode::ServiceQuotaExceededException, text));
    }
    let mut tx = cx.write().await?;
    table::put(&mut tx, region(cx), category.as_str(), value).await?;
    tx.commit().await?;
    cx.state().provisioned.forget(&key(cx, category));
    view(definition, category, value)
}

/// Takes one request out of what the account may ask in a category, where that is held.
///
/// # Errors
/// `TooManyRequestsException`.
pub async fn admit(cx: &Cx, category: Category) -> Result<(), Fault> {
    if cx.settings().limits.category_factor == 0 {
        return Ok(());
    }
    let load = async || Ok(Some(AtomicU32::new(stored(cx, category).await?)));
    let known = cx.state().provisioned.get(&key(cx, category), cx.now, load).await?;
    let value = known.map_or(category.free(), |value| value.load(Ordering::Relaxed));
    let share = (value / cx.state().nodes.load(Ordering::Relaxed).max(1)).max(1);
    cx.admit(Asker::Category { region: region(cx), category: category.as_str(), rate: share })
}

/// Says that this node is there, and finds how many there are in its region: each region has limits of its own.
///
/// # Errors
/// When the database fails.
pub async fn beat(engine: &Engine) -> Result<(), Fault> {
    let cx = Cx::job(engine);
    let name = nodes::name(region(&cx), &cx.state().node_id);
    let count = cx
        .repeat(async || {
            let mut tx = cx.write().await?;
            nodes::put(&mut tx, &name, cx.now).await?;
            // Once in the life of a node: each takes those of before away, and leaves one row.
            if cx.state().nodes.load(Ordering::Relaxed) == 0 {
                nodes::purge(&mut tx, cx.now.plus_seconds(-FORGOTTEN)).await?;
            }
            let count = nodes::count(&mut tx, region(&cx), cx.now.plus_seconds(-SILENCE)).await?;
            tx.commit().await?;
            Ok(count)
        })
        .await?;
    cx.state().nodes.store(count.max(1), Ordering::Relaxed);
    Ok(())
}

async fn stored(cx: &Cx, category: Category) -> Result<u32, Fault> {
    let value = table::get(&mut cx.read().await?, region(cx), category.as_str()).await?;
    Ok(value.unwrap_or(category.free()))
}

/// That of the installation: a caller may sign for any, and would get a fresh limit with each.
fn region(cx: &Cx) -> &str {
    &cx.settings().region
}

fn key(cx: &Cx, category: Category) -> String {
    format!("{}/{}", region(cx), category.as_str())
}

fn category(attributes: &BTreeMap<String, String>) -> Result<Category, Fault> {
    let name = attributes.get(CATEGORY).filter(|_| attributes.len() == 1);
    let name =
        name.ok_or_else(|| Fault::invalid_parameter("Attributes must have Category and nothing else."))?;
    let found = Category::ALL.iter().find(|category| category.as_str() == name);
    // The text is open.
    found.copied().ok_or_else(|| Fault::not_found("Limit not found."))
}

fn view(definition: LimitDefinitionType, category: Category, value: u32) -> Result<LimitType, Fault> {
    let number = |value: u32| i32::try_from(value).map_err(Fault::internal);
    Ok(LimitType {
        limit_definition: definition,
        provisioned_limit_value: number(value)?,
        free_limit_value: number(category.free())?,
    })
}
