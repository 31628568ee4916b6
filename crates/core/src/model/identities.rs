//! The attribute `identities`: which users of providers a user of the pool is
//! (docs/cognito/federation.md §6).
//!
//! It is a text of JSON among the user's attributes. No schema has it, so that nobody can write it.

use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_wire::user_pools::IdentityProviderTypeType;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Attributes;

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
    /// The identity whose first sign-in makes a user.
    pub(crate) fn primary(
        provider: &str,
        kind: &IdentityProviderTypeType,
        user_id: &str,
        issuer: Option<String>,
        now: Timestamp,
    ) -> Self {
        Self { primary: true, issuer, ..Self::linked(provider, kind, user_id, now) }
    }

    /// An identity that an administrator linked.
    pub(crate) fn linked(
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

/// Adds an identity to a user's attributes, in place of one of a provider that was deleted and made anew.
pub(crate) fn add(attributes: &mut Attributes, identity: Identity) -> Result<(), Fault> {
    let mut identities = read(attributes)?;
    let is_it = |i: &Identity| i.provider_name == identity.provider_name && i.user_id == identity.user_id;
    identities.retain(|i| i.primary || !is_it(i));
    identities.push(identity);
    write(attributes, &identities)
}

/// Removes a linked identity from a user's attributes.
pub(crate) fn remove(attributes: &mut Attributes, provider: &str, user_id: &str) -> Result<(), Fault> {
    let mut identities = read(attributes)?;
    identities.retain(|i| i.primary || i.provider_name != provider || i.user_id != user_id);
    write(attributes, &identities)
}

/// Whether the user was made by the first sign-in of this provider's user.
pub(crate) fn is_made_by(attributes: &Attributes, provider: &str, user_id: &str) -> Result<bool, Fault> {
    let is_it = |i: &Identity| i.primary && i.provider_name == provider && i.user_id == user_id;
    Ok(read(attributes)?.iter().any(is_it))
}

/// Whether the user was made by the first sign-in of a provider's user.
pub(super) fn has_primary(attributes: &Attributes) -> bool {
    read(attributes).is_ok_and(|identities| identities.iter().any(|identity| identity.primary))
}

/// Writes who a linked identity turned out to be: until then its entry has what it was linked by.
pub(crate) fn settle(
    attributes: &mut Attributes,
    provider: &str,
    linked_by: &str,
    user_id: &str,
    issuer: Option<&str>,
) -> Result<(), Fault> {
    let mut identities = read(attributes)?;
    let is_it = |i: &&mut Identity| !i.primary && i.provider_name == provider && i.user_id == linked_by;
    if let Some(identity) = identities.iter_mut().find(is_it) {
        user_id.clone_into(&mut identity.user_id);
        identity.issuer = issuer.map(ToOwned::to_owned);
    }
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
