//! What to order, where, and whom to believe.

use std::fs;
use std::path::Path;

use poolhouse_crypto::digest;
use poolhouse_ports::Clock;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::authority::Authority;
use crate::config::AcmeOptions;
use crate::exit::Failure;
use crate::http_client::{HttpClient, authorities};
use crate::secret_file;
use crate::tls::Tls;

/// What is ordered.
pub(crate) struct Settings {
    /// What the certificate is kept under.
    pub(super) id: String,
    pub(super) names: Vec<String>,
    /// Where the authority is.
    pub(super) directory: String,
    /// How it reaches the operator.
    pub(super) contact: Option<String>,
    /// The key that binds the account to another one there.
    pub(super) binding: Option<Binding>,
    /// Believes the authority.
    pub(super) client: HttpClient,
}

/// A key of external account binding (RFC 8555 §7.3.4).
pub(super) struct Binding {
    pub(super) id: String,
    pub(super) key: Vec<u8>,
}

impl Settings {
    /// The settings, where certificates come from an authority.
    ///
    /// # Errors
    /// Exit code 2; names the file and what is wrong with it.
    pub(crate) fn read(options: &AcmeOptions) -> Result<Option<Self>, Failure> {
        if !options.is_given() {
            return Ok(None);
        }
        let roots = options.acme_roots.as_deref().map_or_else(|| Ok(authorities()), roots)?;
        let binding = match (&options.acme_eab_key_id, &options.acme_eab_key_file) {
            (Some(id), Some(file)) => Some(Binding { id: id.clone(), key: key(file)? }),
            _ => None,
        };
        Ok(Some(Self {
            id: options.id(),
            names: options.names(),
            directory: options.directory().to_owned(),
            contact: options.acme_contact.as_ref().map(|contact| format!("mailto:{contact}")),
            binding,
            client: HttpClient::believing(roots)?,
        }))
    }

    /// TLS that waits for its certificate.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    #[expect(clippy::unused_self, reason = "without the feature there are no settings, and so no such TLS")]
    pub(crate) fn tls(&self, clock: Clock) -> Result<Tls, Failure> {
        Tls::without_certificate(clock)
    }

    /// Looks whether the authority is where it is said to be.
    ///
    /// # Errors
    /// In words, when it is not.
    pub(crate) async fn reach(&self) -> Result<(), String> {
        let authority = Authority::new(self.client.clone(), Clock::system());
        let is_directory = authority.object(&self.directory).await?.get("newOrder").is_some();
        if is_directory { Ok(()) } else { Err(format!("{} is no directory of ACME", self.directory)) }
    }
}

/// The authorities of a file.
fn roots(file: &Path) -> Result<RootCertStore, Failure> {
    let wrong = |wrong: &str| Failure::setup(format!("acme-roots: {} {wrong}", file.display()));
    let pem = fs::read(file).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| wrong("holds something that is no certificate in PEM"))?;
        roots
            .add(certificate)
            .map_err(|error| wrong(&format!("holds a certificate that cannot be used: {error}")))?;
    }
    if roots.is_empty() { Err(wrong("holds no certificate in PEM")) } else { Ok(roots) }
}

/// The key of a file.
fn key(file: &Path) -> Result<Vec<u8>, Failure> {
    let wrong = |wrong: &str| Failure::setup(format!("acme-eab-key-file: {} {wrong}", file.display()));
    secret_file::refuse_open("acme-eab-key-file", file)?;
    let text = fs::read_to_string(file).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let key = digest::from_base64url(text.trim().trim_end_matches('='));
    key.filter(|key| !key.is_empty()).ok_or_else(|| wrong("holds no key in base64url"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use poolhouse_ports::Entropy;

    use super::*;

    /// A file that goes when the test ends.
    struct Held(PathBuf);

    impl Held {
        fn new(text: &str) -> Self {
            let file = std::env::temp_dir().join(format!("poolhouse-acme-{}", Entropy::system().uuid()));
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            Self(file)
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn keys_are_read_as_authorities_show_them() {
        for text in ["-_8", "-_8=\n", " -_8 "] {
            assert_eq!(key(&Held::new(text).0).unwrap(), [0xfb, 0xff], "{text:?}");
        }
        for text in ["", "=", "a key", "+/8"] {
            assert!(
                key(&Held::new(text).0).unwrap_err().to_string().contains("no key in base64url"),
                "{text:?}"
            );
        }
        let open = Held::new("-_8");
        fs::set_permissions(&open.0, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(key(&open.0).unwrap_err().to_string().contains("chmod 600"));
        assert!(key(Path::new("/nowhere")).unwrap_err().to_string().contains("cannot be read"));
    }

    #[test]
    fn a_file_of_roots_has_some() {
        for text in ["", "no certificate"] {
            let refused = roots(&Held::new(text).0).map(drop).unwrap_err().to_string();
            assert!(refused.contains("holds no certificate"), "{refused}");
        }
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let refused = roots(&Held::new(broken).0).map(drop).unwrap_err().to_string();
        assert!(refused.contains("cannot be used"), "{refused}");
    }
}
