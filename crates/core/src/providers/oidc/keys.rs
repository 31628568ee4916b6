//! The keys of providers, fetched where none are kept.

use std::sync::Arc;

use poolhouse_crypto::jws::KeySet;
use poolhouse_ports::FetchRequest;

use super::failure::{Endpoint, Failure};
use crate::Cx;
use crate::state::provider_keys::NoKeys;

/// The longest document that is taken, in bytes.
const LONGEST: usize = 256 * 1024;

/// The keys at `url`, in which the key `wanted` is if the provider has it.
///
/// # Errors
/// [`Failure::Silent`], [`Failure::Refused`], [`Failure::Malformed`].
pub(super) async fn at(cx: &Cx, url: &str, wanted: Option<&str>) -> Result<Arc<KeySet>, Failure> {
    let load = async || {
        let fetched = cx.engine().fetch().fetch(FetchRequest::get(url).longest(LONGEST)).await;
        let fetched = fetched.map_err(NoKeys::Silent)?;
        if fetched.status != 200 {
            return Err(NoKeys::Status(fetched.status));
        }
        KeySet::read(&fetched.body).map_err(|_| NoKeys::Malformed)
    };
    cx.state().provider_keys.get(url, wanted, cx.now, load).await.map_err(|why| match why {
        NoKeys::Silent(error) => Failure::Silent(Endpoint::Keys, error),
        NoKeys::Status(status) => Failure::Refused(Endpoint::Keys, status, None),
        NoKeys::Malformed => Failure::Malformed(Endpoint::Keys, "keys"),
    })
}
