//! The server's own TLS: handshakes within bounds, and a certificate that changes while the server runs, since its files do or
//! an authority has given another one (`crate::acme`).
//!
//! A connection keeps the certificate that it began with; only what comes later sees a new one. Files that cannot be used
//! change nothing: a server that goes on with an old certificate is better than one that nobody can reach.

mod certificate;
mod challenges;
mod figures;
mod files;
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
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::signal::unix::Signal;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;

use crate::exit::Failure;
use certificate::Shown;
pub(crate) use certificate::Usable;
use challenges::Challenges;
#[cfg(feature = "acme")]
pub(crate) use challenges::{PROTOCOL, Pending};
pub(crate) use figures::Figures;
use figures::{Handshake, Reload};
pub(crate) use files::Files;
use files::Watched;

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

/// How many days before its end a certificate is told of, once a day, unless that is more than a quarter of its life.
const SOON: i64 = 14;

const DAY: i64 = 24 * 60 * 60;

/// TLS of the listener. Clones share the certificate.
#[derive(Clone)]
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    clock: Clock,
    shown: Arc<Shown>,
    /// Where the certificate comes from, unless an authority gives it.
    files: Option<Arc<Watched>>,
    challenges: Arc<Challenges>,
    handshakes: Arc<Shares>,
    figures: Figures,
    /// How many days the certificate had left when that was last looked at.
    days_left: Arc<AtomicI64>,
}

/// What is to be said of the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Validity {
    /// There is none yet.
    Nothing,
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
    /// It was an authority's, which wanted nothing but to look.
    Challenge,
}

impl NoHandshake {
    /// For the log.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::TooMany(full) => format!("there are too many handshakes {full}"),
            Self::TooOften => "its source begins too many handshakes".to_owned(),
            Self::Late => "its handshake took too long".to_owned(),
            Self::Failed(error) => format!("its handshake failed: {error}"),
            Self::Challenge => "an authority has looked whether this is the server of a name".to_owned(),
        }
    }
}

impl Tls {
    /// TLS with the certificate of these files.
    ///
    /// # Errors
    /// Exit code 2; names the file and what is wrong with it.
    pub(crate) fn open(files: Files, clock: Clock) -> Result<Self, Failure> {
        let (files, usable) = Watched::open(files, clock.clone())?;
        Self::new(Some(usable), Some(files), clock)
    }

    /// TLS without a certificate: handshakes fail until there is one to show, but for those of challenges.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    #[cfg(feature = "acme")]
    pub(crate) fn without_certificate(clock: Clock) -> Result<Self, Failure> {
        Self::new(None, None, clock)
    }

    fn new(usable: Option<Usable>, files: Option<Watched>, clock: Clock) -> Result<Self, Failure> {
        let handshakes = Shares::new(HANDSHAKES);
        let figures = Figures::new(&handshakes);
        if let Some(usable) = &usable {
            figures.expires(usable.validity().end);
        }
        let shown = Arc::new(Shown::new(usable));
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| Failure::running(format!("cannot set up TLS: {error}")))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as Arc<_>);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self {
            config: Arc::new(config),
            clock,
            shown,
            files: files.map(Arc::new),
            challenges: Arc::default(),
            handshakes,
            figures,
            days_left: Arc::new(AtomicI64::new(i64::MAX)),
        })
    }

    /// When the certificate in use is valid; none where there is none yet.
    pub(crate) fn valid(&self) -> Option<Range<Timestamp>> {
        self.shown.validity()
    }

    /// Shows this certificate to whoever comes from now on.
    pub(crate) fn show(&self, usable: Usable) {
        self.figures.expires(usable.validity().end);
        self.shown.set(usable);
    }

    /// Has these challenges answered from now on, and no others.
    #[cfg(feature = "acme")]
    pub(crate) fn answer_challenges(&self, pending: Pending) {
        self.challenges.set(pending);
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
            Err(NoHandshake::Challenge) => Handshake::Challenge,
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
        let challenge = self.challenges.asked(&hello.client_hello()).map_err(NoHandshake::Failed)?;
        let _place = self.handshakes.take(source, 1).map_err(NoHandshake::TooMany)?;
        let is_challenge = challenge.is_some();
        let config = challenge.unwrap_or_else(|| Arc::clone(&self.config));
        let shaken = async {
            let mut stream = hello.into_stream(config).await.map_err(NoHandshake::Failed)?;
            if is_challenge {
                let _ = stream.shutdown().await;
                return Err(NoHandshake::Challenge);
            }
            Ok(stream)
        };
        tokio::select! {
            shaken = shaken => shaken,
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
                tls.tell_daily();
            };
            let _ = tokio::task::spawn_blocking(work).await;
        }
    }

    /// Takes what the files hold now, if it is new or `told`, and can be used.
    fn refresh(&self, told: bool) {
        match self.files.as_ref().and_then(|files| files.refresh(told)) {
            None => {}
            Some(Ok(usable)) => {
                let valid_until = usable.validity().end.iso8601();
                self.show(usable);
                self.figures.reload(Reload::Loaded);
                tracing::info!(valid_until, "read the certificate of TLS again");
            }
            Some(Err(failure)) => {
                self.figures.reload(Reload::Refused);
                tracing::error!(
                    "the certificate of TLS stays as it is, for the new one cannot be used: {failure}"
                );
            }
        }
    }

    /// Says once a day what will go wrong with the certificate.
    pub(crate) fn tell_daily(&self) {
        if self.is_another_day() {
            self.tell_of_end();
        }
    }

    /// Says what is spoken, and what will go wrong with the certificate.
    pub(crate) fn announce(&self) {
        let valid = self.valid();
        let valid_until = valid.as_ref().map(|valid| valid.end.iso8601());
        tracing::info!(valid_until, "TLS 1.2 and 1.3, with HTTP/2 and HTTP/1.1");
        match (self.validity(), valid) {
            (Validity::Nothing, _) => tracing::warn!(
                "TLS has no certificate yet: handshakes fail until the authority has given one"
            ),
            (Validity::Later, Some(Range { start, .. })) => tracing::error!(
                valid_from = start.iso8601(),
                "the certificate of TLS begins later: clients refuse it until then; look at the clock of this machine, too"
            ),
            _ => {}
        }
        self.is_another_day();
        self.tell_of_end();
    }

    fn tell_of_end(&self) {
        let valid_until = self.valid().map(|valid| valid.end.iso8601());
        match self.validity() {
            Validity::Nothing | Validity::Good | Validity::Later => {}
            Validity::EndsSoon => tracing::warn!(valid_until, "the certificate of TLS ends soon: renew it"),
            Validity::Ended => {
                tracing::error!(valid_until, "the certificate of TLS has ended: clients refuse it");
            }
        }
    }

    fn validity(&self) -> Validity {
        let Some(Range { start, end }) = self.valid() else { return Validity::Nothing };
        let now = self.clock.outside();
        let soon = (SOON * DAY).min((end.seconds() - start.seconds()) / 4);
        if now < start {
            Validity::Later
        } else if now >= end {
            Validity::Ended
        } else if now.plus_seconds(soon) >= end {
            Validity::EndsSoon
        } else {
            Validity::Good
        }
    }

    /// Whether the certificate has another number of days left than when this was last asked.
    fn is_another_day(&self) -> bool {
        let Some(Range { end, .. }) = self.valid() else { return false };
        let left = end.seconds() - self.clock.outside().seconds();
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
