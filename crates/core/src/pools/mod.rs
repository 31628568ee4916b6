//! User pools: the record that every other part of the domain asks, and the operations on pools.

mod all_clients;
mod attributes;
mod certificate;
mod change;
mod count;
mod create;
mod delete;
pub mod key_rotation;
pub(crate) mod keys;
mod mfa;
mod named;
pub(crate) mod own_tags;
mod place;
mod read;
mod regional;
pub mod replicas;
mod rules;
mod settings;
mod site;
pub mod tags;
pub(crate) mod tier;
mod update;
mod view;

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::tables::{domains, journals, pools as table};

use crate::model::Pool;
use crate::model::domain::Names;
use crate::{Cx, faults};

pub(crate) use all_clients::AllClients;
pub(crate) use attributes::STANDARD_ATTRIBUTES;
pub use certificate::signing_certificate;
pub(crate) use certificate::{encryption_key, saml_signing_key};
pub(crate) use change::{change_sessions, set_logs, set_notifier, set_risk};
pub use create::{NewPool, create};
pub use delete::delete;
pub use mfa::{MfaConfig, mfa_config, set_mfa_config};
pub use named::{admit_named, arn_region};
pub use read::{describe, list};
pub(crate) use site::{LOCAL_AUTH_DOMAIN, site};
pub use site::{domain_path_url, domain_url, has_passkeys_at};
pub use update::{add_custom_attributes, update};

pub use crate::model::pool_settings::{Basis, Settings};

/// The pool of an id, as it is at the region that the request is at.
///
/// # Errors
/// `ResourceNotFoundException`; `OperationNotEnabledException` for what cannot be done there.
pub(crate) async fn get(cx: &Cx, pool_id: &PoolId) -> Result<Arc<Pool>, Fault> {
    let pool = find(cx, pool_id).await?;
    place::admit(cx, &pool.id, &pool.settings)?;
    Ok(pool)
}

/// The same, whatever the request is.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(crate) async fn find(cx: &Cx, pool_id: &PoolId) -> Result<Arc<Pool>, Fault> {
    if cx.is_repeating() {
        // Another node may have deleted it, so that nothing can be written that belongs to it.
        cx.state().pools.forget(pool_id);
    }
    let load = async || {
        let mut tx = cx.read_lasting().await?;
        let Some(row) = table::get(&mut tx, pool_id).await? else { return Ok(None) };
        let domains = Names::of(domains::list(&mut tx, pool_id).await?);
        let paused_until = journals::get(&mut tx, pool_id).await?.and_then(|journal| journal.paused_until);
        drop(tx);
        Pool::from_row(row, domains, paused_until, cx.engine().sealing()).map(Some)
    };
    let found = cx.state().pools.get(pool_id, cx.now, load).await?;
    Ok(place::seen(cx, found.ok_or_else(|| faults::pool_not_found(pool_id))?))
}

/// The pool of an id, whose users are to be changed.
///
/// # Errors
/// As [`get`]; `OperationNotEnabledException` while a recovery holds the users still.
pub(crate) async fn get_to_change(cx: &Cx, pool_id: &PoolId) -> Result<Arc<Pool>, Fault> {
    let pool = get(cx, pool_id).await?;
    pool.check_users_may_change(cx.now)?;
    Ok(pool)
}
