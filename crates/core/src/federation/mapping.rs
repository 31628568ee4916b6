//! What a provider's words make of a user's attributes (docs/cognito/federation.md §4). A pure function.

use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;

use crate::model::attributes::{is_true, verified_flag};
use crate::model::provider::Provider;
use crate::model::schema::VERIFIED_FLAGS;
use crate::model::{Attributes, Client, Pool, names};
use crate::providers::assertion::{Claims, text_of};
use crate::users::attributes::{self, Author};

/// What names the user, which is no attribute.
const USERNAME: &str = "username";

/// The attributes that a user will have; `current` is what it has, absent for one who is not there yet. Who is signed in
/// through a client changes no more than the client may.
///
/// # Errors
/// Why the provider's words make no user of the pool.
pub(super) fn mapped(
    pool: &Pool,
    client: &Client,
    provider: &Provider,
    claims: &Claims,
    current: Option<&Attributes>,
) -> Result<Attributes, String> {
    let given = given(pool, client, provider, claims, current.is_some())?;
    let mut all = current.cloned().unwrap_or_default();
    let are_flags = |name: &str| VERIFIED_FLAGS.contains(&name);
    for (name, value) in given.iter().filter(|(name, _)| !are_flags(name)) {
        if value.is_empty() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    for (address, flag) in ["email", "phone_number"].into_iter().filter_map(|a| Some((a, verified_flag(a)?)))
    {
        // An address that is sent is unverified unless the provider says otherwise (documented).
        let is_sent = given.get(address).is_some_and(|value| !value.is_empty());
        if !all.contains_key(address) {
            all.remove(flag);
        } else if is_sent {
            all.insert(flag.to_owned(), is_true(&given, flag).to_string());
        } else if given.contains_key(flag) && !is_true(&given, flag) {
            // Of an address that it did not send, the provider can take back its word, and not give it.
            all.insert(flag.to_owned(), "false".to_owned());
        }
    }
    let missing: Vec<&str> = pool.schema.required().filter(|name| !all.contains_key(*name)).collect();
    if missing.is_empty() { Ok(all) } else { Err(format!("attributes required: [{}]", missing.join(", "))) }
}

/// What the provider says of each attribute that is mapped; an empty text takes the attribute away.
fn given(
    pool: &Pool,
    client: &Client,
    provider: &Provider,
    claims: &Claims,
    exists: bool,
) -> Result<Attributes, String> {
    let is_saml = provider.kind == Kind::Saml;
    let (mut given, mut objections) = (Attributes::new(), String::new());
    for (name, source) in &provider.maps.attributes {
        if name == USERNAME {
            if is_saml {
                // observed
                objections.push_str("username: Attribute does not exist in the schema.\n");
            }
            continue;
        }
        if !pool.schema.contains(name) {
            return Err(invalid(&format!("Type for attribute {{{name}}} could not be determined\n")));
        }
        // What the client may not write is passed over (open: the guide against the model).
        let is_written = client.may_write(name) || VERIFIED_FLAGS.contains(&name.as_str());
        let Some(value) = claims.get(source).and_then(text_of).filter(|_| is_written) else { continue };
        if is_saml && value.chars().any(|character| character > '\u{ffff}') {
            objections.push_str(&format!("{name}: Characters of four bytes are not allowed.\n"));
        } else if exists && !pool.schema.is_mutable(name) {
            objections.push_str(&format!("{name}: Attribute cannot be updated.\n"));
        } else {
            given.insert(name.clone(), value.trim().to_owned());
        }
    }
    if !objections.is_empty() {
        return Err(invalid(&objections));
    }
    let kept = given.iter().filter(|(_, value)| !value.is_empty());
    let kept: Attributes = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    if let Some(name) = kept.get("preferred_username") {
        names::check_free_name(pool, name).map_err(|fault| invalid(fault.message().unwrap_or_default()))?;
    }
    attributes::check_added(&pool.schema, &kept, Author::Admin)
        .map_err(|fault| invalid(&fault.message().unwrap_or_default().replace("user.", "")))?;
    Ok(given)
}

/// In AWS's form (federation §12, observed).
fn invalid(objections: &str) -> String {
    format!("Invalid user attributes: {objections}")
}
