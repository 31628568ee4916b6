//! The server's own TLS: handshakes within bounds, and a certificate that is read again when its files change.
//!
//! A connection keeps the certificate that it began with; only what comes later sees a new one. Files that cannot be used
//! change nothing: a server that goes on with an old certificate is better than one that nobody can reach.

mod certificate;
mod figures;
mod hello;

use std::io;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use poolhouse_kernel::limits::shares::{Bounds, Full, Shares};
use poolhouse_kernel::limits::{Asker, Limiter};
use poolhouse_ports::{Clock, Timestamp};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::signal::unix::Signal;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;

use crate::exit::Failure;
use certificate::Certificate;
pub(crate) use certificate::Files;
pub(crate) use figures::Figures;
use figures::{Handshake, Reload};

/// How long a client may take to say something.
const HELLO_TIME: Duration = Duration::from_secs(5);

/// How long the rest of a handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// Handshakes at once, from the client's first message on: what a client has sent of one is kept in memory, up to 64 KiB,
/// before anything is known of it.
const HANDSHAKES: Bounds = Bounds { all: 1024, each: 64 };

/// What clients may speak inside, in the order of preference.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_secs(10);

/// How many days before its end a certificate is told of, once a day.
const SOON: i64 = 14;

const DAY: i64 = 24 * 60 * 60;

/// TLS of the listener. Clones share the certificate.
#[derive(Clone)]
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    clock: Clock,
    certificate: Arc<Certificate>,
    handshakes: Arc<Shares>,
    figures: Figures,
    /// How many days the certificate had left when that was last looked at.
    days_left: Arc<AtomicI64>,
}

/// What is to be said of the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Validity {
    Later,
    Good,
    EndsSoon,
    Ended,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum NoHandshake {
    /// Too many are under way.
    TooMany(Full),
    /// Its source begins too many.
    TooOften,
    /// It took too long.
    Late,
    /// What the client sent is no TLS, or it speaks none that this server does.
    Failed(io::Error),
}

impl NoHandshake {
    /// For the log.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::TooMany(full) => format!("there are too many handshakes {full}"),
            Self::TooOften => "its source begins too many handshakes".to_owned(),
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
        let handshakes = Shares::new(HANDSHAKES);
        let figures = Figures::new(&handshakes);
        let certificate = Arc::new(Certificate::open(files, clock.clone())?);
        figures.expires(certificate.validity().end);
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| Failure::running(format!("cannot set up TLS: {error}")))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as Arc<_>);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        let config = Arc::new(config);
        let days_left = Arc::new(AtomicI64::new(i64::MAX));
        Ok(Self { config, clock, certificate, handshakes, figures, days_left })
    }

    /// When the certificate in use is valid.
    pub(crate) fn valid(&self) -> Range<Timestamp> {
        self.certificate.validity()
    }

    /// Begins TLS on a connection of `source`, as far as the limiter allows, unless it is `late` before.
    ///
    /// # Errors
    /// The connection is to be closed.
    pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin, F: Future<Output = ()>>(
        &self,
        stream: S,
        source: Option<IpAddr>,
        limiter: &Limiter,
        late: impl Fn(Duration) -> F,
    ) -> Result<TlsStream<S>, NoHandshake> {
        let begun = self.begin(stream, source, limiter, late).await;
        self.figures.handshake(match &begun {
            Ok(_) => Handshake::Done,
            Err(NoHandshake::TooMany(_) | NoHandshake::TooOften) => Handshake::TooMany,
            Err(NoHandshake::Late) => Handshake::Late,
            Err(NoHandshake::Failed(_)) => Handshake::Failed,
        });
        begun
    }

    async fn begin<S: AsyncRead + AsyncWrite + Unpin, F: Future<Output = ()>>(
        &self,
        stream: S,
        source: Option<IpAddr>,
        limiter: &Limiter,
        late: impl Fn(Duration) -> F,
    ) -> Result<TlsStream<S>, NoHandshake> {
        let hello = tokio::select! {
            hello = hello::read(stream) => hello.map_err(NoHandshake::Failed)?,
            () = late(HELLO_TIME) => return Err(NoHandshake::Late),
        };
        if let Some(source) = source {
            let admitted = limiter.admit(Asker::Handshake(source), self.clock.now());
            admitted.map_err(|_| NoHandshake::TooOften)?;
        }
        let _place = self.handshakes.take(source, 1).map_err(NoHandshake::TooMany)?;
        tokio::select! {
            stream = hello.into_stream(Arc::clone(&self.config)) => stream.map_err(NoHandshake::Failed),
            () = late(HANDSHAKE_TIME) => Err(NoHandshake::Late),
        }
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
            let work = move || {
                tls.refresh(told);
                if tls.is_another_day() {
                    tls.tell_of_end();
                }
            };
            let _ = tokio::task::spawn_blocking(work).await;
        }
    }

    /// Takes what the files hold now, if it is new or `told`, and can be used.
    fn refresh(&self, told: bool) {
        match self.certificate.refresh(told) {
            None => {}
            Some(Ok(())) => {
                let Range { end, .. } = self.certificate.validity();
                self.figures.expires(end);
                self.figures.reload(Reload::Loaded);
                tracing::info!(valid_until = end.iso8601(), "read the certificate of TLS again");
            }
            Some(Err(failure)) => {
                self.figures.reload(Reload::Refused);
                tracing::error!(
                    "the certificate of TLS stays as it is, for the new one cannot be used: {failure}"
                );
            }
        }
    }

    /// Says what is spoken, and what will go wrong with the certificate.
    pub(crate) fn announce(&self) {
        let Range { start, end } = self.certificate.validity();
        tracing::info!(valid_until = end.iso8601(), "TLS 1.2 and 1.3, with HTTP/2 and HTTP/1.1");
        if self.validity() == Validity::Later {
            let valid_from = start.iso8601();
            tracing::error!(
                valid_from,
                "the certificate of TLS begins later: clients refuse it until then; look at the clock of this machine, too"
            );
        }
        self.is_another_day();
        self.tell_of_end();
    }

    fn tell_of_end(&self) {
        let valid_until = self.certificate.validity().end.iso8601();
        match self.validity() {
            Validity::Good | Validity::Later => {}
            Validity::EndsSoon => tracing::warn!(valid_until, "the certificate of TLS ends soon: renew it"),
            Validity::Ended => {
                tracing::error!(valid_until, "the certificate of TLS has ended: clients refuse it");
            }
        }
    }

    fn validity(&self) -> Validity {
        let (now, Range { start, end }) = (self.clock.outside(), self.certificate.validity());
        if now < start {
            Validity::Later
        } else if now >= end {
            Validity::Ended
        } else if now.plus_seconds(SOON * DAY) >= end {
            Validity::EndsSoon
        } else {
            Validity::Good
        }
    }

    /// Whether the certificate has another number of days left than when this was last asked.
    fn is_another_day(&self) -> bool {
        let left = self.certificate.validity().end.seconds() - self.clock.outside().seconds();
        let days = left.div_euclid(DAY);
        self.days_left.swap(days, Ordering::Relaxed) != days
    }

    /// What became of handshakes and certificates, for the metrics.
    pub(crate) fn figures(&self) -> Figures {
        self.figures.clone()
    }
}

#[cfg(test)]
mod tests;
