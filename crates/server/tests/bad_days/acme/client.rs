//! Who asks over TLS, and sees which certificate is shown.

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use poolhouse_testkit::tls::connect;
use rustls::pki_types::CertificateDer;

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
    let mut stream = connect(address, name, trusted)?;
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
