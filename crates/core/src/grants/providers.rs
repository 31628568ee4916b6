//! Which identity provider an authorization request asks for (docs/cognito/federation.md §5,
//! oauth-and-managed-login §4.5).

use poolhouse_kernel::Fault;
use poolhouse_store::tables::idp_identifiers;

use super::asked::Asked as Parameters;
use crate::Cx;
use crate::model::client::LOCAL_PROVIDER;
use crate::model::{Client, Pool};

/// The provider that a request asks for.
pub(super) enum Asked {
    /// None: people choose on the page.
    None,
    /// By its name; the pool's own is `COGNITO`.
    This(String),
    /// None of the client's.
    Unavailable,
}

/// The provider that is asked for, by its name to the letter, or by one of its identifiers.
pub(super) async fn asked(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    parameters: &Parameters,
) -> Result<Asked, Fault> {
    let name = match (&parameters.identity_provider, &parameters.idp_identifier) {
        (None, None) => return Ok(Asked::None),
        (Some(name), _) => Some(name.clone()),
        (None, Some(identifier)) => idp_identifiers::get(&mut cx.read().await?, &pool.id, identifier).await?,
    };
    // With a provider its name goes from the clients, so that what they name there is.
    let is_taken = |name: &String| {
        if name == LOCAL_PROVIDER { client.takes_local_users() } else { client.takes_provider(name) }
    };
    Ok(name.filter(is_taken).map_or(Asked::Unavailable, Asked::This))
}
