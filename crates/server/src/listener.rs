//! Accepting connections, and letting them finish.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use crate::metrics::Metrics;

/// How long a client may take for the head of a request, and an idle connection may stay open.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long requests in flight may take after the server was told to stop.
const DRAIN_TIME: Duration = Duration::from_secs(30);

/// The pause after a failed accept: mostly the process has no file descriptors left, and needs some to close.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `stop` is done, then lets requests in flight finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    metrics: &Metrics,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let mut http = Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    http.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_TIME);
    tokio::pin!(stop);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        spawn(stream, &http, &router, metrics, &graceful);
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => tracing::info!("all requests finished"),
        () = tokio::time::sleep(DRAIN_TIME) => {
            tracing::warn!("some requests did not finish within {} seconds", DRAIN_TIME.as_secs());
        }
    }
}

fn spawn(
    stream: TcpStream,
    http: &Builder<TokioExecutor>,
    router: &Router,
    metrics: &Metrics,
    graceful: &GracefulShutdown,
) {
    // Answers are small and waited for: they must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let service = router.clone().map_request(|request: Request<_>| request.map(Body::new));
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = graceful.watch(connection.into_owned());
    let open = metrics.connections.clone();
    tokio::spawn(async move {
        open.inc();
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection ended");
        }
        open.dec();
    });
}

async fn pause_after(error: &io::Error) {
    let passing = matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
    if !passing {
        tracing::warn!(%error, "cannot accept a connection; is the limit of open files (ulimit -n) too low?");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}
