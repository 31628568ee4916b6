//! Settings of the server's own TLS.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::acme::AcmeOptions;
use crate::exit::Failure;
use crate::tls::Files;

/// Options of TLS (docs/operating.md).
#[derive(Args, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct TlsOptions {
    /// File with the certificate (PEM) of this server, and behind it those of the authorities between: it then speaks HTTPS
    /// alone, by TLS 1.2 and 1.3. Read again when it changes, and at SIGHUP; goes with the key.
    #[arg(long, env = "POOLHOUSE_TLS_CERTIFICATE", value_name = "FILE")]
    pub(crate) tls_certificate: Option<PathBuf>,

    /// File with the private key (PEM) of the certificate, which nobody but its owner can read.
    #[arg(long, env = "POOLHOUSE_TLS_KEY", value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
}

impl TlsOptions {
    pub(super) fn fill_from(&mut self, file: Self) {
        let Self { tls_certificate, tls_key } = file;
        self.tls_certificate = self.tls_certificate.take().or(tls_certificate);
        self.tls_key = self.tls_key.take().or(tls_key);
    }

    /// # Errors
    /// When only one half is given, or two certificates are, or clients would be told another scheme.
    pub(super) fn check(&self, acme: &AcmeOptions, public_url: Option<&str>) -> Result<(), Failure> {
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            return Err(Failure::setup("tls-certificate and tls-key go together; give both or none"));
        }
        let has_files = self.tls_certificate.is_some();
        if acme.is_given() && has_files {
            return Err(Failure::setup(
                "acme-names and tls-certificate are both given; leave out the one that this server is not to show",
            ));
        }
        if (has_files || acme.is_given()) && public_url.is_some_and(|url| url.starts_with("http://")) {
            return Err(Failure::setup(
                "public-url begins with http://, but with tls-certificate or acme-names this server speaks HTTPS alone; begin it with https://",
            ));
        }
        Ok(())
    }

    /// The files, where it is to speak TLS.
    pub(crate) fn files(&self) -> Option<Files> {
        let (certificate, key) = (self.tls_certificate.clone()?, self.tls_key.clone()?);
        Some(Files { certificate, key })
    }
}
