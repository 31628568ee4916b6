//! What an authority is shown of a name that is to be proven: a certificate that holds the digest of its challenge (RFC 8737).

use std::sync::Arc;

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};

use crate::tls::PROTOCOL;

/// How many bytes a digest has.
pub(super) const DIGEST: usize = 32;

/// Settings of the handshakes in which it is shown. The key is made here, and of no worth to anybody.
///
/// # Errors
/// When it cannot be made, in words for the log.
pub(super) fn config(name: &str, digest: &[u8; DIGEST]) -> Result<Arc<ServerConfig>, String> {
    let made = || {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        Ok::<_, rcgen::Error>((params.self_signed(&key)?, key))
    };
    let (certificate, key) = made().map_err(|error| format!("cannot make a certificate: {error}"))?;
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let made = || {
        let (provider, chain) = (default_provider(), vec![certificate.der().clone()]);
        let key = provider.key_provider.load_private_key(key.into())?;
        // Not by `with_single_cert`, which refuses what it does not know, and such a certificate is made of that.
        let shown = SingleCertAndKey::from(CertifiedKey::new(chain, key));
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown));
        Ok::<_, rustls::Error>(config)
    };
    let mut config = made().map_err(|error| format!("cannot set up TLS: {error}"))?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Arc::new(config))
}
