//! The certificate that new connections are shown, and the files that it comes from.

use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aws_lc_rs::digest::{Context, SHA256};
use poolhouse_ports::{Clock, Timestamp};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use crate::exit::Failure;
use crate::secret_file;

/// Where the certificate and its key are.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// The certificate in use.
pub(super) struct Certificate {
    files: Files,
    clock: Clock,
    current: RwLock<Usable>,
    /// What was read last, whether it could be used or not.
    seen: Mutex<Seen>,
}

/// A certificate with its key, and when it is valid.
#[derive(Clone)]
struct Usable {
    key: Arc<CertifiedKey>,
    validity: Range<Timestamp>,
}

/// A state of the files that was looked at, and when to look again although it is the same: a certificate that begins
/// later is good then.
struct Seen {
    state: State,
    again: Option<Timestamp>,
}

/// What tells one state of the files from another, without keeping the key.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Digest(Vec<u8>),
    Unreadable(String),
}

/// What the files hold.
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Certificate {
    /// # Errors
    /// Exit code 2; names the file and what is wrong with it.
    pub(super) fn open(files: Files, clock: Clock) -> Result<Self, Failure> {
        let contents = files.read()?;
        let current = RwLock::new(files.usable(&contents)?);
        let seen = Seen { state: contents.state(), again: None };
        Ok(Self { seen: Mutex::new(seen), current, files, clock })
    }

    /// When it is valid.
    pub(super) fn validity(&self) -> Range<Timestamp> {
        self.usable().validity
    }

    /// Takes what the files hold now. `None` when it is what was seen before, and nobody `told` to look.
    ///
    /// # Errors
    /// When it cannot be used; what is in use stays.
    pub(super) fn refresh(&self, told: bool) -> Option<Result<(), Failure>> {
        let read = self.files.read();
        let state = match &read {
            Ok(contents) => contents.state(),
            Err(failure) => State::Unreadable(failure.to_string()),
        };
        let now = self.clock.outside();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.state == state && !told && seen.again.is_none_or(|again| now < again) {
            return None;
        }
        let usable = read.and_then(|contents| self.files.usable(&contents));
        let begins = usable.as_ref().ok().map(|new| new.validity.start);
        *seen = Seen { state, again: begins.filter(|begins| now < *begins) };
        let usable = usable.and_then(|new| self.valid(new, now));
        Some(usable.map(|new| *self.current.write().unwrap_or_else(PoisonError::into_inner) = new))
    }

    fn valid(&self, new: Usable, now: Timestamp) -> Result<Usable, Failure> {
        let (file, Range { start, end }) = (self.files.certificate.display(), &new.validity);
        if now < *start {
            let start = start.iso8601();
            return Err(Failure::setup(format!(
                "tls-certificate: {file} begins at {start}; it is taken then, or look at the clock of this machine"
            )));
        }
        if *end <= now {
            let end = end.iso8601();
            return Err(Failure::setup(format!(
                "tls-certificate: {file} ended at {end}; give one that is still valid"
            )));
        }
        Ok(new)
    }

    fn usable(&self) -> Usable {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("files", &self.files).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.usable().key)
    }
}

impl Files {
    fn read(&self) -> Result<Contents, Failure> {
        let read = |setting: &str, path: &Path| {
            fs::read(path).map_err(|error| {
                Failure::setup(format!("{setting}: cannot read {}: {error}", path.display()))
            })
        };
        secret_file::refuse_open("tls-key", &self.key)?;
        Ok(Contents {
            certificate: read("tls-certificate", &self.certificate)?,
            key: read("tls-key", &self.key)?,
        })
    }

    fn usable(&self, contents: &Contents) -> Result<Usable, Failure> {
        let of_certificate =
            |wrong: &str| Failure::setup(format!("tls-certificate: {} {wrong}", self.certificate.display()));
        let of_key = |wrong: &str| Failure::setup(format!("tls-key: {} {wrong}", self.key.display()));
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&contents.certificate).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| of_certificate("holds no certificate in PEM"))?;
        let key = PrivateKeyDer::from_pem_slice(&contents.key)
            .map_err(|_| of_key("holds no private key in PEM; one with a passphrase cannot be used"))?;
        let validity = chain.first().and_then(|first| poolhouse_saml::validity(first));
        let validity =
            validity.ok_or_else(|| of_certificate("cannot be read; the server's own comes first in it"))?;
        let provider = default_provider();
        // Each alone, and then the two together.
        let of_key_alone = |error| of_key(&format!("cannot be used: {error}"));
        let key = provider.key_provider.load_private_key(key).map_err(of_key_alone)?;
        let key = Arc::new(CertifiedKey::new(chain, key));
        match key.keys_match() {
            // Some keys do not tell.
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(Usable { key, validity }),
            Err(Error::InconsistentKeys(_)) => Err(of_key(&format!(
                "is not the key of the first certificate in {}",
                self.certificate.display()
            ))),
            Err(error) => Err(of_certificate(&format!("cannot be used: {error}"))),
        }
    }
}

impl Contents {
    fn state(&self) -> State {
        let mut digest = Context::new(&SHA256);
        // The lengths keep the two apart.
        digest.update(&self.certificate.len().to_be_bytes());
        digest.update(&self.certificate);
        digest.update(&self.key);
        State::Digest(digest.finish().as_ref().to_vec())
    }
}
