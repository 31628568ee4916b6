//! An answer of a SAML provider, turned into an assertion (docs/cognito/federation.md §9).

use poolhouse_crypto::digest;
use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_saml::{Assertion as Asserted, Expected, Legacy, Origin, Refusal, ServiceProvider};
use poolhouse_store::tables::{Insert, spent};
use serde_json::{Map, Value, json};

use super::SAML_ANSWERS;
use super::failure::Failure;
use super::metadata::{self, Wanted};
use super::service;
use crate::model::Pool;
use crate::model::federation::ProviderSession;
use crate::model::provider::Provider;
use crate::providers::assertion::{Assertion, Claims};
use crate::{Cx, domains};

/// What a provider's words came in.
#[derive(Clone, Copy)]
pub(crate) enum Said<'a> {
    /// The field `SAMLResponse` of a form.
    Response {
        /// The field.
        response: &'a str,
        /// How it came about.
        origin: Origin<'a>,
        /// Since when the user must have authenticated, where that was asked for.
        authenticated_since: Option<Timestamp>,
    },
    /// A token, which is an assertion alone.
    Token(&'a str),
}

/// Takes what a provider says. What comes out is believed, and was not used before on any node, whatever it came in.
///
/// # Errors
/// Why it is not; when the database fails.
pub(crate) async fn take(
    cx: &Cx,
    pool: &Pool,
    provider: &Provider,
    service: &ServiceProvider,
    said: Said<'_>,
) -> Result<Result<Assertion, Failure>, Fault> {
    let (entity_id, asserted) = match believed(cx, provider, service, said).await {
        Ok(believed) => believed,
        Err(failure) => return Ok(Err(failure)),
    };
    if matches!(said, Said::Token(_)) && !is_of_pool(cx, pool, &asserted.recipient).await? {
        return Ok(Err(Failure::Refused(Refusal::Recipient)));
    }
    // Its ID is the provider's text, of whatever length.
    let id = digest::hex(&digest::sha256(&[asserted.id.as_bytes()]));
    let mark = format!("saml/{}/{id}", provider.name);
    let inserted = cx.repeat(async || {
        let mut tx = cx.write().await?;
        let inserted = spent::insert(&mut tx, &pool.id, &mark, asserted.expires).await?;
        tx.commit().await?;
        Ok(inserted)
    });
    if inserted.await? == Insert::Exists {
        return Ok(Err(Failure::Replayed));
    }
    Ok(Ok(assertion(entity_id, asserted)))
}

/// Whether an address is one to which answers for the pool are posted, at any of its domains.
async fn is_of_pool(cx: &Cx, pool: &Pool, address: &str) -> Result<bool, Fault> {
    let domain = domains::find_at_address(cx, address, SAML_ANSWERS).await?;
    Ok(domain.is_some_and(|domain| domain.pool_id == pool.id))
}

/// What the provider says, by the keys that are known of it, or by newer ones.
async fn believed(
    cx: &Cx,
    provider: &Provider,
    service: &ServiceProvider,
    said: Said<'_>,
) -> Result<(String, Asserted), Failure> {
    // What is no message costs no metadata, which are parsed for each or fetched (record 29).
    let message = match said {
        Said::Response { response, .. } => poolhouse_saml::check_form(response),
        Said::Token(token) => poolhouse_saml::check_token(token),
    };
    message.map_err(Failure::Refused)?;
    let decryption_key = service::decryption_key(provider)?;
    let (origin, authenticated_since) = match said {
        Said::Response { origin, authenticated_since, .. } => (origin, authenticated_since),
        Said::Token(_) => (Origin::Unsolicited, None),
    };
    let mut wanted = Wanted::Kept;
    loop {
        let metadata = metadata::of(cx, provider, wanted).await?;
        let expected = Expected {
            provider: &metadata,
            origin,
            authenticated_since,
            decryption_key: decryption_key.as_ref(),
            legacy: Legacy::default(),
        };
        // A handful of RSA verifications: some hundred µs.
        let accepted = match said {
            Said::Response { response, .. } => service.accept(response, cx.outside_now(), &expected),
            Said::Token(token) => service.accept_token(token, cx.outside_now(), &expected),
        };
        match (accepted, wanted) {
            (Ok(asserted), _) => return Ok((metadata.entity_id.clone(), asserted)),
            // The provider may have a new key.
            (Err(Refusal::Signature), Wanted::Kept) => wanted = Wanted::Newer,
            (Err(refusal), _) => return Err(Failure::Refused(refusal)),
        }
    }
}

fn assertion(entity_id: String, asserted: Asserted) -> Assertion {
    let mut claims = Claims::new();
    for attribute in asserted.attributes {
        let value = match attribute.values.as_slice() {
            [] => Value::String(String::new()),
            [one] => Value::String(one.clone()),
            several => json!(several),
        };
        claims.insert(attribute.name, value);
    }
    let told: Map<String, Value> = claims.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let name_id = asserted.name_id;
    let documents =
        json!({ "samlResponse": { "nameId": name_id.value, "issuer": entity_id, "attributes": told } });
    let session = ProviderSession {
        name_id: name_id.value.clone(),
        format: name_id.format,
        name_qualifier: name_id.name_qualifier,
        sp_name_qualifier: name_id.sp_name_qualifier,
        session_index: asserted.session_index,
    };
    Assertion {
        subject: name_id.value,
        issuer: Some(entity_id),
        claims,
        documents,
        acr: None,
        amr: Vec::new(),
        session: Some(session),
        authenticated_at: Some(asserted.authenticated_at.seconds()),
        until: Some(asserted.expires.seconds()),
    }
}
