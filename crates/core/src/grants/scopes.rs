//! Which scopes a client gets (docs/cognito/oauth-and-managed-login.md §4.3).

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;

use crate::model::scopes::is_standard;
use crate::model::{Client, Pool};
use crate::resource_servers;

/// Of the scopes asked for, or of all that the client has, those in force: one that its resource server no longer
/// has is dropped without a word. None where the client lacks one of those asked for.
pub(super) async fn granted(
    tx: &mut Tx,
    pool: &Pool,
    client: &Client,
    asked: Option<&str>,
) -> Result<Option<Vec<String>>, Fault> {
    let allowed = client.settings.allowed_oauth_scopes.as_deref().unwrap_or_default();
    let asked: Vec<&str> = asked.unwrap_or_default().split(' ').filter(|scope| !scope.is_empty()).collect();
    if asked.iter().any(|scope| !allowed.iter().any(|own| own == scope)) {
        return Ok(None);
    }
    let mut granted: Vec<String> = Vec::new();
    for scope in allowed.iter().filter(|scope| asked.is_empty() || asked.contains(&scope.as_str())) {
        if is_standard(scope) || resource_servers::scope_exists(tx, &pool.id, scope).await? {
            granted.push(scope.clone());
        }
    }
    Ok(Some(granted))
}

/// Whether the client may read both attributes of each pair that a scope is about (oauth-and-managed-login §6.3, documented). Of `profile` it
/// is told what it may read (oauth-and-managed-login §7, documented).
pub(super) fn are_readable<'a>(client: &Client, mut scopes: impl Iterator<Item = &'a str>) -> bool {
    scopes.all(|scope| match scope {
        "email" => client.may_read("email") && client.may_read("email_verified"),
        "phone" => client.may_read("phone_number") && client.may_read("phone_number_verified"),
        _ => true,
    })
}
