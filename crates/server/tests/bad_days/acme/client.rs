//! Who asks over TLS, and sees which certificate is shown.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// What was answered.
pub(super) struct Answer {
    pub(super) text: String,
    pub(super) certificate: CertificateDer<'static>,
}

/// Asks somebody whom this certificate vouches for.
pub(super) fn get(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    name: &str,
    path: &str,
) -> io::Result<Answer> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = ServerName::try_from(name.to_owned()).unwrap();
    let client = ClientConnection::new(Arc::new(config), server).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(address)?);
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n")?;
    let mut text = String::new();
    // Some end without saying so.
    if let Err(error) = stream.read_to_string(&mut text)
        && error.kind() != io::ErrorKind::UnexpectedEof
    {
        return Err(error);
    }
    let certificate = stream.conn.peer_certificates().unwrap()[0].clone().into_owned();
    Ok(Answer { text, certificate })
}
