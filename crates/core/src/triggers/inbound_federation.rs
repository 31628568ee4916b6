//! InboundFederation: looks at what an identity provider says of somebody, before anything is made of it
//! (docs/cognito/triggers-and-messages.md §8.11).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_ports::ClientId;
use poolhouse_wire::user_pools::IdentityProviderTypeType;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Trigger;
use super::event::Event;
use crate::Cx;
use crate::model::Pool;

/// Whose words they are.
pub(crate) struct Source<'a> {
    /// The provider.
    pub(crate) provider: &'a str,
    pub(crate) kind: &'a IdentityProviderTypeType,
    /// What the provider's user is called in the pool.
    pub(crate) username: &'a str,
    /// What the provider said, as it came.
    pub(crate) documents: &'a Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    user_attributes_to_map: Option<BTreeMap<String, Value>>,
}

/// What is to be taken of the provider's words instead: all that the function names, and nothing else. None where it
/// leaves them as they are.
///
/// # Errors
/// The trigger's.
pub(crate) async fn run(
    cx: &Cx,
    pool: &Pool,
    client_id: &ClientId,
    source: &Source<'_>,
) -> Result<Option<BTreeMap<String, Value>>, Fault> {
    let Some(function) = Trigger::InboundFederation.of(pool) else { return Ok(None) };
    let request = Map::from_iter([
        ("providerName".to_owned(), json!(source.provider)),
        ("providerType".to_owned(), json!(source.kind.as_str())),
        ("attributes".to_owned(), source.documents.clone()),
    ]);
    let event = Event {
        source: "InboundFederation_ExternalProvider",
        version: "1",
        username: source.username,
        client_id: Some(client_id),
        request,
        response: json!({ "userAttributesToMap": {} }),
    };
    let response: Response = function.call(cx, pool, &event).await?;
    Ok(response.user_attributes_to_map.filter(|attributes| !attributes.is_empty()))
}
