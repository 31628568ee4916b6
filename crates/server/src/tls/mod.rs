//! The server's own TLS: handshakes within bounds, and a certificate that is read again when its files change.
//!
//! A connection keeps the certificate that it began with; only what comes later sees a new one. Files that cannot be used
//! change nothing: a server that goes on with an old certificate is better than one that nobody can reach.

mod certificate;
mod figures;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use poolhouse_kernel::limits::shares::{Bounds, Shares};
use poolhouse_ports::Clock;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::signal::unix::Signal;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::exit::Failure;
use certificate::Certificate;
pub(crate) use certificate::Files;
pub(crate) use figures::Figures;
use figures::{Handshake, Reload};

/// How long a handshake may take.
pub(crate) const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// Handshakes at once: what a client has sent of one is kept in memory, up to 64 KiB, before anything is known of it.
const HANDSHAKES: Bounds = Bounds { all: 1024, each: 64 };

/// What clients may speak inside, in the order of preference.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(10);

/// TLS of the listener. Clones share the certificate.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    certificate: Arc<Certificate>,
    handshakes: Arc<Shares>,
    figures: Figures,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum NoHandshake {
    /// Too many are under way.
    TooMany,
    /// It took too long.
    Late,
    /// What the client sent is no TLS, or it speaks none that this server does.
    Failed(io::Error),
}

impl NoHandshake {
    /// For the log.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::TooMany => "there are too many handshakes".to_owned(),
            Self::Late => "its handshake took too long".to_owned(),
            Self::Failed(error) => format!("its handshake failed: {error}"),
        }
    }
}

impl Tls {
    /// TLS with the certificate of these files.
    ///
    /// # Errors
    /// Exit code 2; names the file and what is wrong with it.
    pub(crate) fn open(files: Files, clock: Clock) -> Result<Self, Failure> {
        let figures = Figures::default();
        let certificate = Arc::new(Certificate::open(files, clock)?);
        figures.expires(certificate.not_after());
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| Failure::running(format!("cannot set up TLS: {error}")))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as Arc<_>);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        let (acceptor, handshakes) = (TlsAcceptor::from(Arc::new(config)), Shares::new(HANDSHAKES));
        Ok(Self { acceptor, certificate, handshakes, figures })
    }

    /// Begins TLS on a connection of `source`, unless `late` is done before.
    ///
    /// # Errors
    /// The connection is to be closed.
    pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        source: Option<IpAddr>,
        late: impl Future<Output = ()>,
    ) -> Result<TlsStream<S>, NoHandshake> {
        let begun = async {
            let _place = self.handshakes.take(source, 1).map_err(|_| NoHandshake::TooMany)?;
            tokio::select! {
                stream = self.acceptor.accept(stream) => stream.map_err(NoHandshake::Failed),
                () = late => Err(NoHandshake::Late),
            }
        };
        let begun = begun.await;
        self.figures.handshake(match &begun {
            Ok(_) => Handshake::Done,
            Err(NoHandshake::TooMany) => Handshake::TooMany,
            Err(NoHandshake::Late) => Handshake::Late,
            Err(NoHandshake::Failed(_)) => Handshake::Failed,
        });
        begun
    }

    /// Reads the files again when they change, and whenever it is `told`, for as long as the process lives.
    pub(crate) async fn keep_fresh(self, mut told: Signal) {
        loop {
            let told = tokio::select! {
                _ = told.recv() => true,
                () = sleep(INTERVAL) => false,
            };
            let tls = self.clone();
            // Files may be far away.
            let _ = tokio::task::spawn_blocking(move || tls.refresh(told)).await;
        }
    }

    /// Takes what the files hold now, if it is new or `told`, and can be used.
    fn refresh(&self, told: bool) {
        match self.certificate.refresh(told) {
            None => {}
            Some(Ok(())) => {
                let not_after = self.certificate.not_after();
                self.figures.expires(not_after);
                self.figures.reload(Reload::Loaded);
                tracing::info!(valid_until = not_after.iso8601(), "read the certificate of TLS again");
            }
            Some(Err(failure)) => {
                self.figures.reload(Reload::Refused);
                tracing::error!(
                    "the certificate of TLS stays as it is, for the new one cannot be used: {failure}"
                );
            }
        }
    }

    /// Says what will go wrong with the certificate.
    pub(crate) fn announce(&self) {
        let not_after = self.certificate.not_after();
        if self.certificate.is_expired() {
            tracing::error!("the certificate of TLS ended at {}: clients refuse it", not_after.iso8601());
        } else {
            tracing::info!(valid_until = not_after.iso8601(), "TLS 1.2 and 1.3, with HTTP/2 and HTTP/1.1");
        }
    }

    /// What became of handshakes and certificates, for the metrics.
    pub(crate) fn figures(&self) -> Figures {
        self.figures.clone()
    }
}

#[cfg(test)]
mod tests;
