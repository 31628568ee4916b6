//! What ID and access tokens say (docs/cognito/tokens.md §3, §4, §6).
//!
//! Members stand in AWS's order (users-and-groups §4, observed).

use serde_json::{Map, Value, json};

use super::rotation;
use super::sign_in::{Assurance, Hosted, SignIn};
use crate::clients::lifetime;
use crate::model::attributes::is_true;
use crate::model::group_claims::GroupClaims;
use crate::model::{Attributes, Client, User, identities};

/// Everything that the claims of one pair of tokens are made of.
pub(crate) struct Issuance<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client: &'a Client,
    pub(crate) user: &'a User,
    pub(crate) groups: &'a GroupClaims,
    pub(crate) sign_in: &'a SignIn,
    /// The nonce of the request to a domain.
    pub(crate) nonce: Option<&'a str>,
    /// Seconds since 1970.
    pub(crate) issued_at: i64,
}

/// The claims of an ID token. Without revocation it has neither `jti` nor `origin_jti` (tokens §3, recorded).
pub(crate) fn id_token(of: &Issuance<'_>, jti: &str) -> Map<String, Value> {
    let attributes = readable(of);
    let revocable = revocable(of.client);
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    put("sub", json!(of.user.row.sub));
    if !of.groups.groups.is_empty() {
        put("cognito:groups", json!(of.groups.groups));
    }
    for flag in ["email_verified", "phone_number_verified"] {
        if attributes.contains_key(flag) {
            put(flag, json!(is_true(&attributes, flag)));
        }
    }
    if let Some(role) = &of.groups.preferred_role {
        put("cognito:preferred_role", json!(role));
    }
    put("iss", json!(of.issuer));
    put("cognito:username", json!(of.user.row.username));
    if revocable {
        put("origin_jti", json!(of.sign_in.origin_jti));
    }
    if !of.groups.roles.is_empty() {
        put("cognito:roles", json!(of.groups.roles));
    }
    // new-operations §16.5: a client looks for the id that it knows itself by (OpenID Connect Core §3.1.3.7).
    put("aud", json!(of.client.url().unwrap_or(&of.client.id)));
    put("event_id", json!(of.sign_in.event_id));
    put("token_use", json!("id"));
    put("auth_time", json!(of.sign_in.auth_time));
    put("exp", json!(of.issued_at + lifetime::id(&of.client.settings)));
    put("iat", json!(of.issued_at));
    if revocable {
        put("jti", json!(jti));
    }
    if let Some(nonce) = of.nonce {
        put("nonce", json!(nonce));
    }
    put_assurance(of, &mut put);
    for (name, value) in attributes {
        if let Some(value) = attribute_claim(&name, value) {
            put(&name, value);
        }
    }
    claims
}

/// The claims of an access token. It has no attributes, and `aud` only where a resource was named; `jti` stands in it also without
/// revocation (tokens §4, recorded).
pub(crate) fn access_token(of: &Issuance<'_>, jti: &str) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    put("sub", json!(of.user.row.sub));
    if let Some(device_key) = &of.sign_in.device_key {
        put("device_key", json!(device_key));
    }
    if !of.groups.groups.is_empty() {
        put("cognito:groups", json!(of.groups.groups));
    }
    put("iss", json!(of.issuer));
    put("client_id", json!(of.client.id));
    if let Some(url) = of.client.url() {
        put("cimd_client_id", json!(url));
    }
    if revocable(of.client) {
        put("origin_jti", json!(of.sign_in.origin_jti));
    }
    put("event_id", json!(of.sign_in.event_id));
    put("token_use", json!("access"));
    put("scope", json!(of.sign_in.scope));
    put("auth_time", json!(of.sign_in.auth_time));
    put("exp", json!(of.issued_at + lifetime::access(&of.client.settings)));
    put("iat", json!(of.issued_at));
    put("jti", json!(jti));
    put("username", json!(of.user.row.username));
    if let Some(Hosted { audience, .. }) = &of.sign_in.hosted {
        put("version", json!(2));
        if let Some(audience) = audience {
            put("aud", json!(audience));
        }
    }
    put_assurance(of, &mut put);
    claims
}

/// tokens §13: in both tokens, where levels were asked for.
fn put_assurance(of: &Issuance<'_>, put: &mut impl FnMut(&str, Value)) {
    let Assurance { acr, amr } = &of.sign_in.assurance;
    if let Some(acr) = acr {
        put("acr", json!(acr));
    }
    if !amr.is_empty() {
        put("amr", json!(amr));
    }
}

/// Whether tokens name the sign-in by which they are revoked: rotation needs it too (tokens §9.3).
fn revocable(client: &Client) -> bool {
    client.revokes_tokens() || rotation::is_on(client)
}

/// Which attributes scopes tell of: those of `email`, `phone` and `profile`, and where there is none of the three, all
/// (tokens §3, documented).
pub(crate) struct AttributeScopes {
    email: bool,
    phone: bool,
    profile: bool,
}

impl AttributeScopes {
    /// Those among `scopes`.
    pub(crate) fn of<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut email, mut phone, mut profile) = (false, false, false);
        for scope in scopes {
            match scope {
                "email" => email = true,
                "phone" => phone = true,
                "profile" => profile = true,
                _ => {}
            }
        }
        let all = !email && !phone && !profile;
        Self { email: email || all, phone: phone || all, profile: profile || all }
    }

    /// Whether they tell of this attribute; of custom ones `profile` does (oauth-and-managed-login §7, documented).
    pub(crate) fn tell(&self, attribute: &str) -> bool {
        match attribute {
            "email" | "email_verified" => self.email,
            "phone_number" | "phone_number_verified" => self.phone,
            _ => self.profile,
        }
    }
}

/// The attributes that the client may read and the scopes tell of.
fn readable(of: &Issuance<'_>) -> Attributes {
    let told = AttributeScopes::of(of.sign_in.scopes());
    let is_readable = |name: &str| of.client.may_read(name) && told.tell(name);
    let attributes = of.user.attributes.iter().filter(|(name, _)| is_readable(name));
    attributes.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The claim of an attribute; the verified flags stand elsewhere (tokens §6). Custom attributes are
/// strings whatever their type in the schema.
fn attribute_claim(name: &str, value: String) -> Option<Value> {
    match name {
        "email_verified" | "phone_number_verified" => None,
        "updated_at" => Some(value.parse::<i64>().map_or_else(|_| value.clone().into(), Value::from)),
        // Open (tokens §15): the object of OpenID Connect.
        "address" => Some(json!({ "formatted": value })),
        "identities" => identities::claim(&value),
        _ => Some(value.into()),
    }
}

#[cfg(test)]
mod tests;
