//! Signing out where a SAML provider asks for it (docs/cognito/federation.md §9).

use poolhouse_crypto::digest;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_saml::{LogoutRequest, Refusal, Sent, claimed_issuer};
use poolhouse_store::tables::{Insert, identity_providers as table, spent};
use poolhouse_wire::user_pools::IdentityProviderTypeType as Kind;

use super::saml::service_at;
use crate::model::Pool;
use crate::model::provider::Provider;
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
    let provider = match claimed_issuer(request) {
        Ok(entity_id) => named(cx, &pool, &entity_id).await?,
        Err(_) => None,
    };
    let Some(provider) = provider else {
        tracing::info!(pool = %pool.id, "a request to sign out is of no SAML provider that signs users out (IDPSignout)");
        return Ok(None);
    };
    match answered(cx, &pool, &provider, base, request, relay_state).await? {
        Ok(url) => Ok(Some(url)),
        Err(failure) => {
            tracing::warn!(pool = %pool.id, provider = provider.name, %failure, "a SAML provider's request to sign out is not followed");
            Ok(None)
        }
    }
}

/// The provider that calls itself so and signs users out.
async fn named(cx: &Cx, pool: &Pool, entity_id: &str) -> Result<Option<Provider>, Fault> {
    let mut tx = cx.read().await?;
    let mut after = String::new();
    loop {
        let rows = table::list_after(&mut tx, &pool.id, &after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        after.clone_from(&last.name);
        for row in rows {
            if row.provider_type != Kind::Saml.as_str() {
                continue;
            }
            let provider = Provider::from_row(pool, row, Vec::new())?;
            let own = provider.discovered.as_ref().and_then(|discovered| discovered.entity_id.as_deref());
            if own == Some(entity_id) && provider.is_set("IDPSignout") {
                return Ok(Some(provider));
            }
        }
    }
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
