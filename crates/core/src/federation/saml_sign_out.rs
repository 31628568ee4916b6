//! Signing out where a SAML provider asks for it (docs/cognito/federation.md §9).

use std::sync::Arc;

use poolhouse_crypto::digest;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_saml::{LogoutRequest, Refusal, Sent, claimed_issuer};
use poolhouse_store::tables::{Insert, identity_providers as table, spent};

use super::finish;
use super::saml::service_at;
use crate::directory::provider::find;
use crate::model::Pool;
use crate::model::provider::{Provider, SigningOut};
use crate::providers::saml::failure::Failure;
use crate::providers::saml::metadata::{self, Wanted};
use crate::providers::saml::service;
use crate::sessions::browser;
use crate::{Cx, pools};

/// How many providers are looked at in one read.
const PAGE: u32 = 60;

/// Ends the sessions that a provider asks to end, by the field `SAMLRequest` of a form that was posted to the domain at `base`.
/// Where the browser goes with the signed answer; None where the request is not to be believed, which the log tells of.
///
/// # Errors
/// When the database fails.
pub async fn sign_out_by_provider(
    cx: &Cx,
    pool_id: &PoolId,
    base: &str,
    request: &str,
    relay_state: Option<&str>,
) -> Result<Option<String>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let providers = match claimed_issuer(request) {
        Ok(entity_id) => named(cx, &pool, &entity_id).await?,
        Err(_) => Vec::new(),
    };
    if providers.is_empty() {
        let text = "a request to sign out is of no SAML provider that signs users out (IDPSignout)";
        finish::tell(cx, &pool.id, None, text, &"");
    }
    let mut url = None;
    for provider in providers {
        match answered(cx, &pool, &provider, base, request, relay_state).await? {
            Ok(answer) => url = url.or(Some(answer)),
            Err(failure) => {
                let text = "a SAML provider's request to sign out is not followed";
                finish::tell(cx, &pool.id, Some(&provider.name), text, &failure);
            }
        }
    }
    Ok(url)
}

/// The providers that call themselves so and sign users out: a pool may have one by several names, of which each has the sessions
/// that began with it.
async fn named(cx: &Cx, pool: &Pool, entity_id: &str) -> Result<Vec<Provider>, Fault> {
    let signing_out = signing_out(cx, &pool.id).await?;
    let mut providers = Vec::new();
    for known in signing_out.iter().filter(|known| known.entity_id == entity_id) {
        let provider = find(&mut cx.read().await?, pool, &known.name).await?;
        providers.extend(provider.filter(|provider| provider.is_set("IDPSignout")));
    }
    Ok(providers)
}

/// The providers of a pool that sign users out; kept in memory for less than a second, so that not every request of a stranger
/// leads to all providers.
async fn signing_out(cx: &Cx, pool_id: &PoolId) -> Result<Arc<Vec<SigningOut>>, Fault> {
    if cx.is_repeating() {
        cx.state().signing_out.forget(pool_id);
    }
    let load = async || {
        let (mut tx, mut found, mut after) = (cx.read().await?, Vec::new(), String::new());
        loop {
            let rows = table::list_after(&mut tx, pool_id, &after, PAGE).await?;
            let Some(last) = rows.last() else { return Ok(Some(found)) };
            after.clone_from(&last.name);
            for row in rows {
                found.extend(SigningOut::of(row)?);
            }
        }
    };
    let found = cx.state().signing_out.get(pool_id, cx.now, load).await?;
    found.ok_or_else(|| Fault::internal("the SAML providers of a pool were not loaded"))
}

async fn answered(
    cx: &Cx,
    pool: &Pool,
    provider: &Provider,
    base: &str,
    request: &str,
    relay_state: Option<&str>,
) -> Result<Result<String, Failure>, Fault> {
    let service = service_at(&pool.id, base);
    let mut wanted = Wanted::Kept;
    let (metadata, asked) = loop {
        let metadata = match metadata::of(cx, provider, wanted).await {
            Ok(metadata) if metadata::by_redirect(&metadata.sign_out).is_some() => metadata,
            Ok(_) => return Ok(Err(Failure::NoAddress)),
            Err(failure) => return Ok(Err(failure)),
        };
        match (service.accept_logout_request(request, cx.outside_now(), &metadata, false), wanted) {
            (Ok(asked), _) => break (metadata, asked),
            // The provider may have a new key.
            (Err(Refusal::Signature), Wanted::Kept) => wanted = Wanted::Newer,
            (Err(refusal), _) => return Ok(Err(Failure::Refused(refusal))),
        }
    };
    let key = match service::signing_key(cx, pool).await? {
        Ok(key) => key,
        Err(failure) => return Ok(Err(failure)),
    };
    if !carried_out(cx, pool, provider, &asked).await? {
        return Ok(Err(Failure::Replayed));
    }
    let id = format!("_{}", cx.entropy().uuid());
    let answer = service.logout_response(&metadata, &asked, &id, cx.outside_now());
    let answer = answer.map_err(Fault::internal)?;
    match answer.send(relay_state, Some(&key)).map_err(Fault::internal)? {
        Sent::Redirect(url) => Ok(Ok(url)),
        Sent::Post(_) => Ok(Err(Failure::NoAddress)),
    }
}

/// Ends the browser sessions that are meant; false where the request was carried out before, on whichever node. Who is
/// signed in nowhere is signed out.
async fn carried_out(
    cx: &Cx,
    pool: &Pool,
    provider: &Provider,
    asked: &LogoutRequest,
) -> Result<bool, Fault> {
    // Its ID is the provider's text, of whatever length.
    let id = digest::hex(&digest::sha256(&[asked.id.as_bytes()]));
    let mark = format!("saml_logout/{}/{id}", provider.name);
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        if spent::insert(&mut tx, &pool.id, &mark, asked.expires).await? == Insert::Exists {
            return Ok(false);
        }
        browser::end_at_provider(&mut tx, &pool.id, &provider.name, asked).await?;
        tx.commit().await?;
        Ok(true)
    })
    .await
}
