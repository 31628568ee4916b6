//! From a code, or an ID token, to somebody: everything that makes an assertion of a provider's answers.

use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;
use serde_json::{Map, Value, json};

use super::addresses::Addresses;
use super::code::{self, Code};
use super::failure::{Endpoint, Failure, Untrusted};
use super::id_token::{self, Expected, SignedInThere};
use super::{apple, user_info};
use crate::Cx;
use crate::model::provider::Provider;
use crate::providers::assertion::{Assertion, Claims, text_of};
use crate::providers::details;

/// Tokens that can be mapped like claims (federation §4, documented).
const TOKENS: [&str; 3] = ["access_token", "id_token", "refresh_token"];

/// How many of the words in `amr` are kept, and how long one may be: they become a claim of ours.
const MOST_METHODS: usize = 10;
const LONGEST_METHOD: usize = 64;

/// What the browser brought back, beside the code.
pub(crate) struct Returned<'a> {
    pub(crate) code: Code<'a>,
    /// What the sign-in told the provider.
    pub(crate) nonce: &'a str,
    /// When the user must have signed in there, where that was asked for.
    pub(crate) signed_in: Option<SignedInThere>,
    /// Apple's field with the person's name.
    pub(crate) user: Option<&'a str>,
}

/// Who came back with a code.
///
/// # Errors
/// Why it is not to be believed, or what kept it away.
pub(crate) async fn by_code(
    cx: &Cx,
    provider: &Provider,
    addresses: &Addresses,
    returned: &Returned<'_>,
) -> Result<Assertion, Failure> {
    let tokens = code::redeem(cx, provider, addresses, &returned.code).await?;
    let access_token = tokens.get("access_token").and_then(Value::as_str).unwrap_or_default();
    let id_token = if signs_id_tokens(&provider.kind) {
        let token = tokens.get("id_token").and_then(Value::as_str);
        let token = token.ok_or(Failure::Untrusted(Untrusted::Missing))?;
        // The provider itself handed it over: whoever knows the secret is one of the two.
        let secret = addresses.detail("client_secret").filter(|_| provider.kind == Kind::Oidc);
        let expected = Expected {
            secret,
            nonce: Some(returned.nonce),
            signed_in: returned.signed_in,
            access_token: Some(access_token),
            ..expected(provider, addresses)?
        };
        Some(id_token::verify(cx, token, &expected).await?)
    } else {
        None
    };
    let told = user_info::of(cx, provider, addresses, access_token).await?;
    let is_other = |id: &Map<String, Value>, told: &Map<String, Value>| id.get("sub") != told.get("sub");
    if let (Some(id), Some(told), Kind::Oidc) = (&id_token, &told, &provider.kind)
        && is_other(id, told)
    {
        return Err(Failure::OtherUser);
    }
    let mut claims: Claims =
        told.iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect();
    for name in TOKENS {
        if let Some(token) = tokens.get(name) {
            claims.insert(name.to_owned(), token.clone());
        }
    }
    if let (Some(user), Kind::SignInWithApple) = (returned.user, &provider.kind) {
        claims.extend(apple::name_of(user));
    }
    // The ID token's win (federation §4, documented).
    claims.extend(id_token.clone().into_iter().flatten());
    let documents = json!({ "tokenResponse": tokens, "idToken": id_token, "userInfo": told });
    assertion(provider, claims, id_token.as_ref(), documents)
}

/// Whom an ID token names that somebody hands in.
///
/// # Errors
/// Why it is not to be believed.
pub(crate) async fn by_id_token(cx: &Cx, provider: &Provider, token: &str) -> Result<Assertion, Failure> {
    let addresses = Addresses::of(cx, provider);
    let claims = id_token::verify(cx, token, &expected(provider, &addresses)?).await?;
    let documents = json!({ "idToken": claims });
    let all = claims.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    assertion(provider, all, Some(&claims), documents)
}

/// Whether the provider signs ID tokens; the others speak plain OAuth 2.0.
fn signs_id_tokens(kind: &Kind) -> bool {
    matches!(kind, Kind::Oidc | Kind::Google | Kind::SignInWithApple)
}

fn expected<'a>(provider: &Provider, addresses: &'a Addresses) -> Result<Expected<'a>, Failure> {
    Ok(Expected {
        issuer: addresses.issuer().ok_or(Failure::NoAddress(Endpoint::Discovery))?,
        other_issuer: (provider.kind == Kind::Google).then_some("accounts.google.com"),
        client_id: addresses.detail("client_id").unwrap_or_default(),
        keys: addresses.require(Endpoint::Keys)?,
        secret: None,
        nonce: None,
        signed_in: None,
        access_token: None,
    })
}

fn assertion(
    provider: &Provider,
    claims: Claims,
    signed: Option<&Map<String, Value>>,
    documents: Value,
) -> Result<Assertion, Failure> {
    let name = details::username_source(&provider.kind).unwrap_or("sub");
    let subject = claims.get(name).filter(|value| value.is_string() || value.is_number()).and_then(text_of);
    let subject = subject.filter(|subject| !subject.is_empty());
    let text = |name: &str| signed.and_then(|claims| claims.get(name)).and_then(Value::as_str);
    let methods = signed.and_then(|claims| claims.get("amr")).and_then(Value::as_array);
    let methods = methods.into_iter().flatten().filter_map(Value::as_str);
    let is_word = |word: &&str| word.len() <= LONGEST_METHOD && word.bytes().all(|b| b.is_ascii_graphic());
    let time = |name: &str| signed.and_then(|claims| claims.get(name)).and_then(id_token::seconds);
    Ok(Assertion {
        subject: subject.ok_or(Failure::Malformed(Endpoint::UserInfo, "name of the user"))?,
        issuer: None,
        acr: text("acr").map(ToOwned::to_owned),
        amr: methods.filter(is_word).take(MOST_METHODS).map(ToOwned::to_owned).collect(),
        claims,
        documents,
        authenticated_at: time("auth_time"),
        until: time("exp"),
        session: None,
    })
}
