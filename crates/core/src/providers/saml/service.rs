//! How a pool shows itself to SAML providers, and the keys that it has for them (docs/cognito/federation.md §9).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_saml::{Certificate, DecryptionKey, ServiceProvider, SigningKey};

use super::failure::Failure;
use crate::Cx;
use crate::model::Pool;
use crate::model::provider::{DECRYPTION_KEY, Provider};
use crate::pools;

/// The detail in which its certificate is shown.
const ENCRYPTION_CERTIFICATE: &str = "ActiveEncryptionCertificate";

/// The pool as a service provider, at the addresses of one of its domains.
pub(crate) fn provider(pool_id: &PoolId, acs_url: &str, slo_url: &str) -> ServiceProvider {
    ServiceProvider {
        // documented
        entity_id: format!("urn:amazon:cognito:sp:{pool_id}"),
        acs_url: acs_url.to_owned(),
        slo_url: slo_url.to_owned(),
    }
}

/// The key that signs the pool's requests.
///
/// # Errors
/// [`Failure::Key`]; when the database fails.
pub(crate) async fn signing_key(cx: &Cx, pool: &Pool) -> Result<Result<SigningKey, Failure>, Fault> {
    let key = pools::saml_signing_key(cx, pool).await?;
    Ok(SigningKey::from_pkcs8(&key).map_err(|_| Failure::Key("the pool's signing key")))
}

/// The key that opens the provider's answers, where it encrypts them.
///
/// # Errors
/// [`Failure::Key`].
pub(crate) fn decryption_key(provider: &Provider) -> Result<Option<DecryptionKey>, Failure> {
    if !provider.is_set("EncryptedResponses") {
        return Ok(None);
    }
    let none = || Failure::Key("the provider's key for encrypted answers");
    let key = provider.details.get(DECRYPTION_KEY).ok_or_else(none)?;
    let key = STANDARD.decode(key).map_err(|_| none())?;
    DecryptionKey::from_pkcs8(&key).map(Some).map_err(|_| none())
}

/// The certificate to which the provider encrypts, where it does.
pub(crate) fn encryption_certificate(provider: &Provider) -> Option<Certificate> {
    let shown = provider.discovered.as_ref()?.addresses.get(ENCRYPTION_CERTIFICATE)?;
    Certificate::from_base64(shown).ok()
}

/// Gives a provider that is to encrypt its answers a key for them: the one of `before`, or a new one.
///
/// # Errors
/// When no key can be made.
pub(in crate::providers) async fn give_key(
    cx: &Cx,
    pool_id: &PoolId,
    provider: &mut Provider,
    before: Option<&Provider>,
) -> Result<(), Fault> {
    provider.details.remove(DECRYPTION_KEY);
    if !provider.is_set("EncryptedResponses") {
        return Ok(());
    }
    let kept = before.and_then(|before| {
        let certificate = before.discovered.as_ref()?.addresses.get(ENCRYPTION_CERTIFICATE)?;
        Some((before.details.get(DECRYPTION_KEY)?.clone(), certificate.clone()))
    });
    let (key, certificate) = match kept {
        Some(kept) => kept,
        None => new_key(cx, pool_id).await?,
    };
    provider.details.insert(DECRYPTION_KEY.to_owned(), key);
    let discovered = provider.discovered.get_or_insert_default();
    discovered.addresses.insert(ENCRYPTION_CERTIFICATE.to_owned(), certificate);
    Ok(())
}

/// A key in PKCS#8, and its certificate, both in base64.
async fn new_key(cx: &Cx, pool_id: &PoolId) -> Result<(String, String), Fault> {
    let (key, certificate) = pools::encryption_key(cx, pool_id).await?;
    Ok((STANDARD.encode(&*key), STANDARD.encode(certificate)))
}
