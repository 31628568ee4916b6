//! Accepting connections, and letting them finish.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulConnection;
use hyper_util::service::TowerToHyperService;
use poolhouse_core::Engine;
use poolhouse_kernel::limits::shares::{Share, Shares};
use poolhouse_kernel::quiet::Quiet;
use poolhouse_kernel::request::SourceAddress;
use prometheus_client::metrics::gauge::Gauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;
use tower::{Service as _, service_fn};

use crate::metrics::{InFlight, Metrics, TooMany};
use crate::patience::{Awaited, Patience, Watched, attend};
use crate::source::Sources;
use crate::tls::{NoHandshake, Tls};

/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 64;

/// Requests that were taken back before anybody looked at them, or broke the protocol, after which a connection of HTTP/2 is
/// closed.
const RESETS: usize = 32;

/// How long a client may take for the head of a request, and an idle connection may stay open, with HTTP/2 twice as long at
/// most; what it is answered, it must take in not much more than twice as long.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long requests in flight may take after the server was told to stop.
pub(crate) const DRAIN_TIME: Duration = Duration::from_secs(30);

/// The longest head of a request, and the most of a body that waits to be read on a connection of HTTP/1, in bytes: memory
/// that strangers take before anything is known of them. Heads that are complete count with their bodies.
const LONGEST_HEAD: u16 = 16 * 1024;

/// The most fields that a head may have, in HTTP/1; in HTTP/2 each counts as 32 bytes more.
const FIELDS: usize = 100;

/// The most of a body, and of all bodies on a connection, that waits to be read with HTTP/2, in bytes.
const UNREAD_BODY: u32 = 64 * 1024;
const UNREAD: u32 = 256 * 1024;

/// Before the paths that are no part of the API.
const OURS: &str = "/_poolhouse/";

/// The pause after a failed accept: mostly the process has no file descriptors left, and needs some to close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What every connection needs. Clones share it.
#[derive(Clone)]
pub(crate) struct Service {
    router: Router,
    engine: Engine,
    metrics: Metrics,
    sources: Arc<Sources>,
    tls: Option<Tls>,
    /// Whether it is for those who watch, who have a port of their own.
    is_watched: bool,
    /// What was told of the connections that were closed.
    told: Arc<Quiet<&'static str>>,
    http: Builder<TokioExecutor>,
}

impl Service {
    /// The service of `router`: by TLS alone, where that is given.
    pub(crate) fn new(
        router: Router,
        engine: Engine,
        metrics: Metrics,
        sources: Sources,
        tls: Option<Tls>,
    ) -> Self {
        let (sources, told) = (Arc::new(sources), Arc::default());
        Self { router, engine, metrics, sources, tls, is_watched: false, told, http: protocols() }
    }

    /// The same for those who watch: their connections are counted apart from those of clients.
    pub(crate) fn of_watchers(self) -> Self {
        Self { is_watched: true, ..self }
    }

    /// Counts a connection of which there was too much, and says so once a minute: nobody else does.
    fn refuse(&self, peer: IpAddr, too_many: TooMany) {
        self.metrics.refused_connection(too_many);
        let limit = too_many.as_str();
        if self.told.is_news(limit, self.engine.clock().outside()) {
            tracing::warn!(%peer, limit, "connections are closed, for there are too many (docs/alerts.md)");
        }
    }
}

/// Serves until `stop` is done, then lets requests in flight finish; false when they did not.
pub(crate) async fn serve(
    listener: TcpListener,
    service: Service,
    room: &Arc<Shares>,
    stop: impl Future<Output = ()>,
    drained: impl Future<Output = ()>,
) -> bool {
    // Told to every connection; all of them have ended when nobody listens any more.
    let (stopping, stopped) = watch::channel(false);
    tokio::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Of a proxy's connections each is of somebody else, and of none alone.
        let source = Some(peer.ip()).filter(|peer| !service.sources.trusts(peer.to_canonical()));
        match room.take(source, 1) {
            Ok(place) => {
                tokio::spawn(attend_to(service.clone(), stream, peer.ip(), source, place, stopped.clone()));
            }
            Err(_) if service.is_watched => service.refuse(peer.ip(), TooMany::Watchers),
            Err(full) => service.refuse(peer.ip(), TooMany::Connections(full)),
        }
    }
    drop((listener, stopped));
    let _ = stopping.send(true);
    tokio::select! {
        () = async { stopping.closed().await; drained.await } => true,
        () = sleep(DRAIN_TIME) => false,
    }
}

/// HTTP/1 and HTTP/2, with bounds for what a connection takes.
fn protocols() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(LONGEST_HEAD.into())
        .max_headers(FIELDS);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIME)
        .max_header_list_size(LONGEST_HEAD.into())
        // What waits for a client that reads nothing has a bound.
        .max_concurrent_streams(STREAMS)
        // Who takes requests back as fast as they are made makes work for nothing (CVE-2023-44487, CVE-2025-8671).
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .initial_stream_window_size(UNREAD_BODY)
        .initial_connection_window_size(UNREAD);
    http
}

/// Attends to a connection from its first byte to its last.
async fn attend_to(
    service: Service,
    stream: TcpStream,
    peer: IpAddr,
    source: Option<IpAddr>,
    place: Share,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are small and waited for: they must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let _open = InFlight::new(&service.metrics.connections);
    match &service.tls {
        None => talk(&service, stream, peer, stopped).await,
        Some(tls) => {
            let limiter = service.engine.limiter();
            let begun = tokio::select! {
                begun = tls.handshake(stream, source, limiter, sleep) => Some(begun),
                // Nothing was asked on it.
                () = told(&mut stopped) => None,
            };
            match begun {
                Some(Ok(stream)) => talk(&service, stream, peer, stopped).await,
                Some(Err(NoHandshake::TooMany(full))) => service.refuse(peer, TooMany::Handshakes(full)),
                Some(Err(error)) => tracing::debug!(%peer, "closed a connection: {}", error.describe()),
                None => {}
            }
        }
    }
    drop(place);
}

/// Waits until connections are to end.
async fn told(stopped: &mut watch::Receiver<bool>) {
    // An error is the end of who would tell.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Answers requests until either side ends the connection.
async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    service: &Service,
    stream: S,
    peer: IpAddr,
    mut stopped: watch::Receiver<bool>,
) {
    let patience = Patience::default();
    let Service { router, metrics, sources, http, .. } = service;
    let connection =
        connection(http, stream, &patience, router, &metrics.in_flight, peer, Arc::clone(sources));
    // The builder's own timer begins only when the first bytes have told the version of HTTP.
    match attend(connection, &patience, told(&mut stopped), || sleep(HEAD_TIME)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "connection ended"),
        Err(ended) => tracing::debug!("closed a connection: {}", ended.as_str()),
    }
}

/// A connection on which requests of `peer`, or of whom it speaks for, are answered.
fn connection<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    http: &Builder<TokioExecutor>,
    stream: S,
    patience: &Patience,
    router: &Router,
    in_flight: &Gauge<i64, AtomicI64>,
    peer: IpAddr,
    sources: Arc<Sources>,
) -> impl GracefulConnection<Error = Box<dyn Error + Send + Sync>> + Send + 'static {
    let (asked, answered) = (patience.clone(), patience.clone());
    let (mut router, waiting) = (router.clone(), in_flight.clone());
    let service = service_fn(move |mut request: Request<_>| {
        let open = asked.asked();
        let source = sources.of(peer, request.headers());
        request.extensions_mut().insert(SourceAddress(source));
        if let Some(reached) = sources.reached(peer, request.headers()) {
            request.extensions_mut().insert(reached);
        }
        let waits = (!request.uri().path().starts_with(OURS)).then(|| InFlight::new(&waiting));
        let (answer, answered) = (router.call(request.map(Body::new)), answered.clone());
        async move {
            let answer = answer.await;
            drop(waits);
            answer.map(|response: Response| response.map(|body| Awaited::new(body, &answered, open)))
        }
    });
    let stream = TokioIo::new(Watched::new(stream, patience));
    http.serve_connection(stream, TowerToHyperService::new(service)).into_owned()
}

async fn pause_after(error: &io::Error) {
    let passing = matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
    if !passing {
        tracing::warn!(%error, "cannot accept a connection; is the limit of open files (ulimit -n) too low?");
        sleep(ACCEPT_PAUSE).await;
    }
}

#[cfg(test)]
mod tests;
