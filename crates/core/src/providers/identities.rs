//! The attribute `identities`: which users of providers a user of the pool is
//! (docs/cognito/federation.md §6).
//!
//! It is a text of JSON among the user's attributes. No schema has it, so that nobody can write it.

use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_wire::user_pools::IdentityProviderTypeType;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::Attributes;

/// The attribute's name.
const ATTRIBUTE: &str = "identities";

/// One identity of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Identity {
    /// The provider's name for the user; of a link the linked value until the user signs in.
    user_id: String,
    provider_name: String,
    provider_type: String,
    /// The entity id of a SAML provider.
    issuer: Option<String>,
    /// Whether it made the user of the pool; linked ones did not.
    primary: bool,
    date_created: Timestamp,
}

impl Identity {
    /// An identity that an administrator linked.
    pub(super) fn linked(
        provider: &str,
        kind: &IdentityProviderTypeType,
        user_id: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            user_id: user_id.to_owned(),
            provider_name: provider.to_owned(),
            provider_type: kind.as_str().to_owned(),
            issuer: None,
            primary: false,
            date_created: now,
        }
    }
}

/// Adds an identity to a user's attributes.
pub(super) fn add(attributes: &mut Attributes, identity: Identity) -> Result<(), Fault> {
    let mut identities = read(attributes)?;
    identities.push(identity);
    write(attributes, &identities)
}

/// Removes a linked identity from a user's attributes.
pub(super) fn remove(attributes: &mut Attributes, provider: &str, user_id: &str) -> Result<(), Fault> {
    let mut identities = read(attributes)?;
    identities.retain(|i| i.primary || i.provider_name != provider || i.user_id != user_id);
    write(attributes, &identities)
}

fn read(attributes: &Attributes) -> Result<Vec<Identity>, Fault> {
    let Some(text) = attributes.get(ATTRIBUTE) else { return Ok(Vec::new()) };
    serde_json::from_str(text).map_err(Fault::internal)
}

fn write(attributes: &mut Attributes, identities: &[Identity]) -> Result<(), Fault> {
    if identities.is_empty() {
        attributes.remove(ATTRIBUTE);
    } else {
        let text = serde_json::to_string(identities).map_err(Fault::internal)?;
        attributes.insert(ATTRIBUTE.to_owned(), text);
    }
    Ok(())
}

/// The claim of ID tokens: a list whose flag and date are texts (tokens §3, observed).
pub(crate) fn claim(attribute: &str) -> Option<Value> {
    let identities: Vec<Identity> = serde_json::from_str(attribute).ok()?;
    let claims = identities.into_iter().map(|i| {
        json!({
            "userId": i.user_id,
            "providerName": i.provider_name,
            "providerType": i.provider_type,
            "issuer": i.issuer,
            "primary": i.primary.to_string(),
            "dateCreated": i.date_created.millis().to_string(),
        })
    });
    Some(claims.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Vec<Identity>>("identities");
    }
}
