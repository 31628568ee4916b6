//! The keys of providers, fetched where none are kept.

use std::sync::Arc;

use poolhouse_crypto::jws::KeySet;
use poolhouse_ports::{FetchRequest, Timestamp};

use super::failure::{Endpoint, Failure};
use crate::Cx;
use crate::state::documents::{Freshness, Unfetched};

/// The longest document that is taken, in bytes.
const LONGEST: usize = 256 * 1024;

/// Keys are good for an hour; a name that is not known leads to one more look a minute.
const FRESH: Freshness = Freshness { fresh_seconds: 60 * 60, pause_seconds: 60 };

/// Keys are named: one that a change of the provider brings is looked for by its name.
const UNCHANGED: Timestamp = Timestamp(0);

/// The keys at `url`, in which the key `wanted` is if the provider has it.
///
/// # Errors
/// [`Failure::Silent`], [`Failure::Refused`], [`Failure::Malformed`].
pub(super) async fn at(cx: &Cx, url: &str, wanted: Option<&str>) -> Result<Arc<KeySet>, Failure> {
    let load = async || {
        let fetched = cx.engine().fetch().fetch(FetchRequest::get(url).longest(LONGEST)).await;
        let fetched = fetched.map_err(Unfetched::Silent)?;
        if fetched.status != 200 {
            return Err(Unfetched::Status(fetched.status));
        }
        KeySet::read(&fetched.body).map_err(|error| Unfetched::Malformed(error.to_string()))
    };
    let will_do = |keys: &KeySet| wanted.is_none_or(|wanted| keys.has(wanted));
    let keys = cx.state().provider_keys.get(url, will_do, FRESH, UNCHANGED, cx.engine().clock(), load).await;
    keys.map_err(|why| match why {
        Unfetched::Silent(error) => Failure::Silent(Endpoint::Keys, error),
        Unfetched::Status(status) => Failure::Refused(Endpoint::Keys, status, None),
        Unfetched::Malformed(_) => Failure::Malformed(Endpoint::Keys, "keys"),
    })
}
