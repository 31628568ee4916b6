//! Accepting connections, and letting them finish.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use poolhouse_api::SourceAddress;
use poolhouse_kernel::limits::shares::{Share, Shares};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tower::ServiceExt as _;

use crate::metrics::Metrics;
use crate::source::Sources;

/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 64;

/// How long a client may take for the head of a request, and an idle connection may stay open.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long requests in flight may take after the server was told to stop.
const DRAIN_TIME: Duration = Duration::from_secs(30);

/// The longest head of a request, and the most of a body that waits to be read on a connection, in bytes: memory that
/// strangers take before anything is known of them.
const LONGEST_HEAD: usize = 64 * 1024;

/// The most of all bodies that waits to be read on a connection of HTTP/2, in bytes.
const UNREAD: u32 = 256 * 1024;

/// The pause after a failed accept: mostly the process has no file descriptors left, and needs some to close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` is done, then lets requests in flight finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    metrics: &Metrics,
    sources: Sources,
    room: &Arc<Shares>,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let sources = Arc::new(sources);
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(LONGEST_HEAD);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIME)
        // What waits for a client that reads nothing has a bound.
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(LONGEST_HEAD as u32)
        .initial_connection_window_size(UNREAD);
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
        let source = Some(peer.ip()).filter(|peer| !sources.trusts(peer.to_canonical()));
        match room.take(source, 1) {
            Ok(place) => spawn(stream, peer.ip(), place, &sources, &http, &router, metrics, &graceful),
            Err(full) => {
                tracing::debug!(peer = %peer.ip(), "closed a connection: there are too many {full}");
                metrics.refused_connection(full);
            }
        }
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => tracing::info!("all requests finished"),
        () = tokio::time::sleep(DRAIN_TIME) => {
            tracing::warn!("some requests did not finish within {} seconds", DRAIN_TIME.as_secs());
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "what a connection needs, from one place")]
fn spawn(
    stream: TcpStream,
    peer: IpAddr,
    place: Share,
    sources: &Arc<Sources>,
    http: &Builder<TokioExecutor>,
    router: &Router,
    metrics: &Metrics,
    graceful: &GracefulShutdown,
) {
    // Answers are small and waited for: they must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let asked = Arc::new(Notify::new());
    let first = Arc::clone(&asked);
    let sources = Arc::clone(sources);
    let service = router.clone().map_request(move |mut request: Request<_>| {
        asked.notify_one();
        let source = sources.of(peer, request.headers());
        request.extensions_mut().insert(SourceAddress(source));
        request.map(Body::new)
    });
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = graceful.watch(connection.into_owned());
    let open = metrics.connections.clone();
    open.inc();
    tokio::spawn(async move {
        match unless_silent(connection, &first, tokio::time::sleep(HEAD_TIME)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => tracing::debug!(%error, "connection ended"),
            None => tracing::debug!("closed a connection on which no request came"),
        }
        open.dec();
        drop(place);
    });
}

/// Runs a connection to its end, or drops it when no request was `asked` before it was `too_late`. The builder's
/// own timer begins only when the first bytes have told the version of HTTP.
async fn unless_silent<T>(
    connection: impl Future<Output = T>,
    asked: &Notify,
    too_late: impl Future<Output = ()>,
) -> Option<T> {
    tokio::pin!(connection);
    tokio::select! {
        biased;
        ended = &mut connection => return Some(ended),
        () = asked.notified() => {}
        () = too_late => return None,
    }
    Some(connection.await)
}

async fn pause_after(error: &io::Error) {
    let passing = matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
    if !passing {
        tracing::warn!(%error, "cannot accept a connection; is the limit of open files (ulimit -n) too low?");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use poolhouse_kernel::limits::shares::Bounds;
    use poolhouse_testkit::{Database, TestServer};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    use super::*;

    /// Whether a connection is answered, and if so the connection.
    async fn answered(address: std::net::SocketAddr) -> Option<TcpStream> {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.ok()?;
        let mut beginning = [0; 12];
        stream.read_exact(&mut beginning).await.ok()?;
        assert_eq!(&beginning, b"HTTP/1.1 404");
        Some(stream)
    }

    #[tokio::test]
    async fn a_connection_too_many_is_closed_and_makes_room_for_nobody() {
        let server = TestServer::start(Database::Sqlite).await;
        let metrics = Metrics::new(server.engine());
        let room = Shares::new(Bounds { all: 2, each: 1 });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn({
            let (metrics, room) = (metrics.clone(), Arc::clone(&room));
            async move {
                let stopped = async { drop(stopped.await) };
                serve(listener, Router::new(), &metrics, Sources::default(), &room, stopped).await;
            }
        });
        // This machine's own are bounded in all alone.
        let first = answered(address).await.unwrap();
        let second = answered(address).await.unwrap();
        assert!(answered(address).await.is_none());
        assert!(metrics.text().contains("poolhouse_refused_connections_total{limit=\"all\"} 1"));
        drop(first);
        while room.in_use() > 1 {
            tokio::task::yield_now().await;
        }
        let third = answered(address).await.unwrap();
        drop((second, third));
        stop.send(()).unwrap();
        serving.await.unwrap();
        while room.in_use() > 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn only_a_connection_without_a_request_is_dropped() {
        let asked = Notify::new();
        assert_eq!(unless_silent(pending::<()>(), &asked, ready(())).await, None);
        assert_eq!(unless_silent(ready(7), &asked, ready(())).await, Some(7));
        // The request comes within the connection's own work, and its answer takes longer than the head may.
        let connection = async {
            asked.notify_one();
            tokio::task::yield_now().await;
            7
        };
        assert_eq!(unless_silent(connection, &asked, ready(())).await, Some(7));
    }
}
