//! Which user of the pool a provider's user is (docs/cognito/federation.md §6, §8).

use poolhouse_kernel::Fault;
use poolhouse_store::Tx;
use poolhouse_store::tables::linked_identities::{self as links, LinkedIdentity};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::IdentityProviderTypeType;

use super::assertion::{Claims, text_of};
use crate::directory::record;
use crate::model::provider::Provider;
use crate::model::{Pool, User, identities, names};

/// The provider's own name for its user, among the attributes by which it is linked.
pub(crate) const SUBJECT: &str = "Cognito_Subject";

/// Social providers link by subject alone, others by what they map too (federation §8.1, documented).
pub(super) fn links_by_attributes(kind: &IdentityProviderTypeType) -> bool {
    matches!(kind, IdentityProviderTypeType::Oidc | IdentityProviderTypeType::Saml)
}

/// A provider's user, as the pool knows it.
pub(crate) enum Person {
    /// A user of the pool to whom an administrator linked it, and by what.
    Linked(User, LinkedIdentity),
    /// The user whom its first sign-in made.
    Own(User),
    /// Nobody yet.
    New,
}

/// The name of the user whom the first sign-in of a provider's user makes; without letter case where the pool has none
/// (federation §6, documented).
pub(crate) fn username(pool: &Pool, provider: &str, subject: &str) -> String {
    names::fold(pool, &format!("{provider}_{subject}"))
}

/// Finds who it is. A link wins: it was made by an administrator.
///
/// # Errors
/// `UsernameExistsException` where somebody else has the name: letter case may make one of two subjects, and anybody may
/// sign up under such a name.
pub(crate) async fn find(
    tx: &mut Tx,
    pool: &Pool,
    provider: &Provider,
    subject: &str,
    claims: &Claims,
) -> Result<Person, Fault> {
    if let Some(link) = linked(tx, pool, provider, subject, claims).await?
        && let Some(user) = record::by_sub(tx, pool, &link.sub).await?
    {
        return Ok(Person::Linked(user, link));
    }
    let name = username(pool, &provider.name, subject);
    match record::by_username(tx, pool, &name).await? {
        None => Ok(Person::New),
        Some(user) if identities::is_made_by(&user.attributes, &provider.name, subject)? => {
            Ok(Person::Own(user))
        }
        Some(_) => Err(taken(&name)),
    }
}

/// Federation §12, observed.
pub(crate) fn taken(name: &str) -> Fault {
    Fault::new(ErrorCode::UsernameExistsException, format!("Already found an entry for username {name}"))
}

/// By the subject, else by what the provider says of an attribute that it maps (federation §8.1).
async fn linked(
    tx: &mut Tx,
    pool: &Pool,
    provider: &Provider,
    subject: &str,
    claims: &Claims,
) -> Result<Option<LinkedIdentity>, Fault> {
    if let Some(link) = links::get(tx, &pool.id, &provider.name, SUBJECT, subject).await? {
        return Ok(Some(link));
    }
    if !links_by_attributes(&provider.kind) {
        return Ok(None);
    }
    for (attribute, source) in &provider.maps.attributes {
        let value = claims.get(source).and_then(text_of).filter(|value| !value.is_empty());
        let Some(value) = value else { continue };
        if let Some(link) = links::get(tx, &pool.id, &provider.name, attribute, &value).await? {
            return Ok(Some(link));
        }
    }
    Ok(None)
}
