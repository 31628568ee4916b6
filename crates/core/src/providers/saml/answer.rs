//! An answer of a SAML provider, turned into an assertion (docs/cognito/federation.md §9).

use poolhouse_crypto::digest;
use poolhouse_kernel::Fault;
use poolhouse_saml::{Assertion as Asserted, Expected, Legacy, Origin, Refusal, ServiceProvider};
use poolhouse_store::tables::{Insert, spent};
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::metadata::{self, Wanted};
use super::service;
use crate::Cx;
use crate::model::Pool;
use crate::model::federation::ProviderSession;
use crate::model::provider::Provider;
use crate::providers::assertion::{Assertion, Claims};

/// Takes the field `SAMLResponse` of a form. What comes out is believed, and was not used before on any node.
///
/// # Errors
/// Why it is not; when the database fails.
pub(crate) async fn take(
    cx: &Cx,
    pool: &Pool,
    provider: &Provider,
    service: &ServiceProvider,
    response: &str,
    origin: Origin<'_>,
) -> Result<Result<Assertion, Failure>, Fault> {
    let (entity_id, asserted) = match believed(cx, provider, service, response, origin).await {
        Ok(believed) => believed,
        Err(failure) => return Ok(Err(failure)),
    };
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

/// What the answer says, by the keys that are known of the provider, or by newer ones.
async fn believed(
    cx: &Cx,
    provider: &Provider,
    service: &ServiceProvider,
    response: &str,
    origin: Origin<'_>,
) -> Result<(String, Asserted), Failure> {
    let decryption_key = service::decryption_key(provider)?;
    let mut wanted = Wanted::Kept;
    loop {
        let metadata = metadata::of(cx, provider, wanted).await?;
        let expected = Expected {
            provider: &metadata,
            origin,
            decryption_key: decryption_key.as_ref(),
            legacy: Legacy::default(),
        };
        // A handful of RSA verifications: some hundred µs.
        match (service.accept(response, cx.outside_now(), &expected), wanted) {
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
    }
}
