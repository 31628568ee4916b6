//! Domains of pools: the names under which their pages are (docs/cognito/oauth-and-managed-login.md §2,
//! new-operations §12).

mod host;
mod manage;
mod rules;
mod view;

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_store::tables::domains as table;

use crate::Cx;

pub use crate::model::domain::{Custom, Domain, ManagedLoginVersion, Settings};
pub use host::{find_at_address, find_at_host, is_of_domains};
pub use manage::{Wanted, create, delete, describe, update};

/// Before the name of a domain in a path of this server's own.
pub const PATHS: &str = "/_domains/";

/// The domain of a name, as a request's host or path has it; kept in memory for less than a second.
///
/// # Errors
/// When the database fails.
pub async fn find(cx: &Cx, name: &str) -> Result<Option<Arc<Domain>>, Fault> {
    let key = name.to_owned();
    if cx.is_repeating() {
        cx.state().domains.forget(&key);
    }
    let load = async || {
        let row = table::get(&mut cx.read().await?, name).await?;
        row.map(Domain::from_row).transpose()
    };
    cx.state().domains.get(&key, cx.now, load).await
}
