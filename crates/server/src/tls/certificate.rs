//! The certificate that new connections are shown.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use poolhouse_ports::Timestamp;
#[cfg(feature = "acme")]
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs::default_provider;
#[cfg(feature = "acme")]
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
#[cfg(feature = "acme")]
use rustls::server::ParsedCertificate;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

/// A certificate with its key, and when it is valid.
#[derive(Clone)]
pub(crate) struct Usable {
    key: Arc<CertifiedKey>,
    validity: Range<Timestamp>,
}

/// What is wrong with a certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// The certificate, or a part of its chain.
    Certificate(String),
    Key(String),
    /// The key is another certificate's.
    Apart,
}

impl Usable {
    /// A certificate, its own first, and its key, both in PEM; either may stand among other things.
    ///
    /// # Errors
    /// When they cannot be used.
    pub(crate) fn read(certificate: &[u8], key: &[u8]) -> Result<Self, Unusable> {
        let of_certificate = |wrong: &str| Unusable::Certificate(wrong.to_owned());
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| of_certificate("holds no certificate in PEM"))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
            Unusable::Key("holds no private key in PEM; one with a passphrase cannot be used".to_owned())
        })?;
        let validity = chain.first().and_then(|first| poolhouse_saml::validity(first));
        let validity =
            validity.ok_or_else(|| of_certificate("cannot be read; the server's own comes first in it"))?;
        let provider = default_provider();
        // Each alone, and then the two together.
        let of_key_alone = |error| Unusable::Key(format!("cannot be used: {error}"));
        let key = provider.key_provider.load_private_key(key).map_err(of_key_alone)?;
        let key = Arc::new(CertifiedKey::new(chain, key));
        match key.keys_match() {
            // Some keys do not tell.
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(Self { key, validity }),
            Err(Error::InconsistentKeys(_)) => Err(Unusable::Apart),
            Err(error) => Err(Unusable::Certificate(format!("cannot be used: {error}"))),
        }
    }

    /// Whether it is for this host.
    #[cfg(feature = "acme")]
    pub(crate) fn is_for(&self, host: &str) -> bool {
        let certificate = self.key.end_entity_cert().and_then(ParsedCertificate::try_from);
        let host = ServerName::try_from(host);
        certificate
            .ok()
            .zip(host.ok())
            .is_some_and(|(certificate, host)| verify_server_name(&certificate, &host).is_ok())
    }

    /// The certificate itself, in DER.
    #[cfg(feature = "acme")]
    pub(crate) fn der(&self) -> Option<&[u8]> {
        self.key.cert.first().map(AsRef::as_ref)
    }

    /// When it is valid.
    pub(crate) fn validity(&self) -> &Range<Timestamp> {
        &self.validity
    }
}

/// What is shown: nothing, until there is a certificate.
#[derive(Default)]
pub(super) struct Shown(RwLock<Option<Usable>>);

impl Shown {
    pub(super) fn new(usable: Option<Usable>) -> Self {
        Self(RwLock::new(usable))
    }

    /// Shows another one from now on.
    pub(super) fn set(&self, usable: Usable) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(usable);
    }

    /// When what is shown is valid.
    pub(super) fn validity(&self) -> Option<Range<Timestamp>> {
        self.usable().map(|usable| usable.validity)
    }

    fn usable(&self) -> Option<Usable> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("validity", &self.validity()).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.usable().map(|usable| usable.key)
    }
}
