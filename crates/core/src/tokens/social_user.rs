//! Users of social providers, as identity pools know them (docs/cognito/identity-pools-and-iam.md §1, §4): Google and Apple
//! sign ID tokens; Facebook and Login with Amazon are asked whose an access token is, and for which application.

use poolhouse_crypto::jws;
use poolhouse_kernel::limits::Asker;
use poolhouse_ports::FetchRequest;
use serde_json::{Map, Value};

use super::foreign_user::{self, ForeignUser};
use super::id_token::{Flaw, Unproven};
use crate::providers::oidc::addresses::{APPLE_KEYS, GOOGLE_KEYS, of_social};
use crate::{Cx, form};

/// The application that a token is for, and its user (the Graph API of Facebook).
const FACEBOOK_APP: &str = "https://graph.facebook.com/app?fields=id";
const FACEBOOK_USER: &str = "https://graph.facebook.com/me?fields=id";

/// Both at once.
const AMAZON_TOKEN: &str = "https://api.amazon.com/auth/o2/tokeninfo";

/// The longest access token that is asked about, in bytes.
const LONGEST_TOKEN: usize = 4096;

/// The longest answer that is taken, in bytes.
const LONGEST: usize = 16 * 1024;

/// The user of a social provider whom a token names that is for this application, to be one of an identity pool.
///
/// # Errors
/// What is wrong with the token.
pub async fn social_user(
    cx: &Cx,
    pool_id: &str,
    provider: &str,
    application: &str,
    token: &str,
) -> Result<ForeignUser, Unproven> {
    match provider {
        "accounts.google.com" => {
            let issuers = ["https://accounts.google.com", "accounts.google.com"];
            by_id_token(cx, provider, &issuers, GOOGLE_KEYS, application, token).await
        }
        "appleid.apple.com" => {
            by_id_token(cx, provider, &["https://appleid.apple.com"], APPLE_KEYS, application, token).await
        }
        "graph.facebook.com" => of_facebook(cx, pool_id, application, token).await,
        "www.amazon.com" => of_amazon(cx, pool_id, application, token).await,
        // What else there was is no more.
        _ => Err(Flaw::Signature.into()),
    }
}

async fn by_id_token(
    cx: &Cx,
    provider: &str,
    issuers: &[&str],
    keys: &str,
    application: &str,
    token: &str,
) -> Result<ForeignUser, Unproven> {
    let issuer = foreign_user::issuer_of(token)?;
    if !issuers.contains(&issuer.as_str()) {
        return Err(Flaw::Issuer.into());
    }
    let token = jws::read(token).map_err(|_| Flaw::NoToken)?;
    let keys = of_social(cx, keys);
    foreign_user::by_keys(cx, &token, provider, &keys, &[application.to_owned()]).await
}

async fn of_facebook(
    cx: &Cx,
    pool_id: &str,
    application: &str,
    token: &str,
) -> Result<ForeignUser, Unproven> {
    admit(cx, pool_id, "graph.facebook.com", token)?;
    let bearer =
        |url| FetchRequest::get(of_social(cx, url)).header("authorization", format!("Bearer {token}"));
    let is_for = ask(cx, bearer(FACEBOOK_APP)).await?;
    if text(&is_for, "id") != Some(application) {
        return Err(Flaw::Audience.into());
    }
    user(ask(cx, bearer(FACEBOOK_USER)).await?, "id", application)
}

async fn of_amazon(cx: &Cx, pool_id: &str, application: &str, token: &str) -> Result<ForeignUser, Unproven> {
    admit(cx, pool_id, "www.amazon.com", token)?;
    let url = form::with_query(&of_social(cx, AMAZON_TOKEN), [("access_token", token)]);
    let told = ask(cx, FetchRequest::get(url)).await?;
    // Identity pools name an application by its own id or by that of its client.
    if !["aud", "app_id"].iter().any(|name| text(&told, name) == Some(application)) {
        return Err(Flaw::Audience.into());
    }
    user(told, "user_id", application)
}

/// Whether the provider may be asked about a token: each is a request, and strangers can make up as many as they like. Those at
/// one identity pool keep nobody out of another.
fn admit(cx: &Cx, pool_id: &str, provider: &str, token: &str) -> Result<(), Unproven> {
    if token.len() > LONGEST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Flaw::NoToken.into());
    }
    if let Some(address) = cx.origin.address {
        cx.admit(Asker::TokenCheck(address))?;
    }
    Ok(cx.admit(Asker::TokenChecks(provider, pool_id))?)
}

async fn ask(cx: &Cx, request: FetchRequest) -> Result<Map<String, Value>, Unproven> {
    let request = request.header("accept", "application/json").longest(LONGEST);
    let place = request.place().to_owned();
    // Who fetches says why in the log.
    let answer = cx.engine().fetch().fetch(request).await.map_err(|_| Flaw::Unreachable)?;
    match answer.status {
        200 => serde_json::from_slice(&answer.body).map_err(|_| Flaw::Unreachable.into()),
        status @ 400..500 if status != 429 => Err(Flaw::Signature.into()),
        status => {
            tracing::warn!(place, status, "a social provider does not say whose a token is");
            Err(Flaw::Unreachable.into())
        }
    }
}

fn text<'t>(told: &'t Map<String, Value>, name: &str) -> Option<&'t str> {
    told.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn user(
    claims: Map<String, Value>,
    subject: &'static str,
    application: &str,
) -> Result<ForeignUser, Unproven> {
    let subject = text(&claims, subject).ok_or(Flaw::Missing(subject))?.to_owned();
    Ok(ForeignUser { subject, audience: application.to_owned(), claims })
}
