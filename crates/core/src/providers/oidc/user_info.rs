//! What a provider says of somebody beside the ID token (docs/cognito/federation.md §3, §10).

use poolhouse_ports::FetchRequest;
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;
use serde_json::{Map, Value};

use super::addresses::Addresses;
use super::failure::{Endpoint, Failure};
use crate::Cx;
use crate::model::provider::Provider;

/// The longest answer that is taken, in bytes.
const LONGEST: usize = 256 * 1024;

/// What Google's People API tells: of other names it refuses the whole request.
const PEOPLE: [&str; 20] = [
    "addresses",
    "ageRanges",
    "biographies",
    "birthdays",
    "calendarUrls",
    "emailAddresses",
    "events",
    "externalIds",
    "genders",
    "imClients",
    "interests",
    "locales",
    "locations",
    "names",
    "nicknames",
    "occupations",
    "organizations",
    "phoneNumbers",
    "photos",
    "urls",
];

/// The user's attributes; None where the provider is not asked for any.
///
/// # Errors
/// Whatever keeps them away.
pub(super) async fn of(
    cx: &Cx,
    provider: &Provider,
    addresses: &Addresses,
    access_token: &str,
) -> Result<Option<Map<String, Value>>, Failure> {
    let Some(url) = addresses.find(Endpoint::UserInfo) else { return Ok(None) };
    let names = names(provider);
    if provider.kind == Kind::Google && names.is_empty() {
        return Ok(None);
    }
    let url = match addresses.is_set("attributes_url_add_attributes") {
        true => format!("{url}{}", names.join(",")),
        false => url.to_owned(),
    };
    let request = match addresses.detail("attributes_request_method") {
        Some("POST") => FetchRequest::post(url, ""),
        _ => FetchRequest::get(url),
    };
    let request = request
        .header("authorization", format!("Bearer {access_token}"))
        .header("accept", "application/json")
        .longest(LONGEST);
    let answer = cx.engine().fetch().fetch(request).await;
    let answer = answer.map_err(|error| Failure::Silent(Endpoint::UserInfo, error))?;
    if answer.status != 200 {
        return Err(Failure::Refused(Endpoint::UserInfo, answer.status, None));
    }
    let told: Map<String, Value> = serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::Malformed(Endpoint::UserInfo, "attributes in JSON"))?;
    Ok(Some(match provider.kind {
        Kind::Google => told.into_iter().map(|(name, value)| (name, of_person(value))).collect(),
        _ => told,
    }))
}

/// The attributes that are asked for by name: those that are mapped, and what names the user.
fn names(provider: &Provider) -> Vec<&str> {
    let mut names: Vec<&str> = provider.maps.attributes.values().map(String::as_str).collect();
    match provider.kind {
        Kind::Google => names.retain(|name| PEOPLE.contains(name)),
        Kind::Facebook => names.push("id"),
        _ => {}
    }
    names.retain(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    names.retain(|name| !["access_token", "id_token", "refresh_token"].contains(name));
    names.sort_unstable();
    names.dedup();
    names
}

/// The People API has a list for everything, with the one that counts first.
fn of_person(value: Value) -> Value {
    let first = value.as_array().and_then(|entries| entries.first()).and_then(Value::as_object);
    let told = |entry: &Map<String, Value>| {
        let members = ["value", "displayName", "formattedValue", "url"];
        members.into_iter().find_map(|member| entry.get(member).cloned())
    };
    first.and_then(told).unwrap_or(value)
}
