//! A PostgreSQL server of a test's own, that speaks TLS or does not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_store::testing::Cluster as Server;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// A running server, gone when dropped.
pub(crate) struct Cluster(Server);

impl Cluster {
    /// A server that asks for a password; with TLS, its certificate is for `localhost` and comes from the authority in
    /// [`Cluster::authority`]. `None` where PostgreSQL is not installed: the test that asks is skipped.
    pub(crate) fn start(with_tls: bool) -> Option<Self> {
        let tls = ["ssl=on", "ssl_cert_file=../server.pem", "ssl_key_file=../server.key"];
        let server =
            if with_tls { Server::start(make_certificates, &tls) } else { Server::start(|_| {}, &[]) };
        server.map(Self)
    }

    /// A URL of the server by this name of its host, with this query.
    pub(crate) fn url(&self, host: &str, query: &str) -> String {
        format!("{}?{query}", self.0.url(host))
    }

    /// The file with the certificate of the authority that the server's certificate comes from.
    pub(crate) fn authority(&self) -> PathBuf {
        self.0.folder().join("authority.pem")
    }

    /// The file with the certificate of another one.
    pub(crate) fn stranger(&self) -> PathBuf {
        self.0.folder().join("stranger.pem")
    }
}

/// An authority, a stranger, and the server's certificate and key.
fn make_certificates(folder: &Path) {
    let authority = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(folder.join(name), pem("CERTIFICATE", certificate.der())).unwrap();
        Issuer::new(params, key)
    };
    authority("stranger.pem");
    let authority = authority("authority.pem");
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    fs::write(folder.join("server.pem"), pem("CERTIFICATE", certificate.der())).unwrap();
    let key_file = folder.join("server.key");
    fs::write(&key_file, pem("PRIVATE KEY", &key.serialize_der())).unwrap();
    fs::set_permissions(key_file, fs::Permissions::from_mode(0o600)).unwrap();
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
