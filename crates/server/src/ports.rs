//! Where the server listens: for clients, and at a port of their own for those who watch, where that is wanted.

use std::future::pending;
use std::io::ErrorKind;
use std::net::SocketAddr;

use axum::Router;
use poolhouse_core::Engine;
use poolhouse_kernel::limits::shares::{Bounds, Shares};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::config::Options;
use crate::exit::Failure;
use crate::listener::{self, Service};
use crate::metrics::Metrics;
use crate::routes::FiguresAt;

/// Connections of those who watch: clients who have taken all of theirs take none of these.
const WATCHERS: Bounds = Bounds { all: 256, each: 0 };

/// The ports.
pub(crate) struct Ports {
    pub(crate) clients: TcpListener,
    /// Where clients come in.
    pub(crate) address: SocketAddr,
    pub(crate) watchers: Option<TcpListener>,
}

impl Ports {
    /// Begins to listen at them.
    ///
    /// # Errors
    /// Names the setting and what to do.
    pub(crate) async fn open(options: &Options) -> Result<Self, Failure> {
        let (clients, address) = bind("listen", options.listen()).await?;
        let watchers = match options.protection.watch_listen {
            Some(address) => {
                let (listener, address) = bind("watch-listen", address).await?;
                tracing::info!(%address, "figures, readiness and health are at a port of their own");
                Some(listener)
            }
            None => None,
        };
        Ok(Self { clients, address, watchers })
    }

    /// Where figures are shown.
    pub(crate) fn figures_at(&self) -> FiguresAt {
        if self.watchers.is_some() { FiguresAt::Watchers } else { FiguresAt::Clients }
    }
}

/// Serves those who watch, until it is aborted: they see how the requests of clients finish.
pub(crate) fn serve_watchers(
    listener: TcpListener,
    router: Router,
    engine: Engine,
    metrics: Metrics,
    options: &Options,
) -> JoinHandle<()> {
    let service = Service::new(router, engine, metrics, options.protection.sources(), None).of_watchers();
    tokio::spawn(async move {
        listener::serve(listener, service, &Shares::new(WATCHERS), pending(), async {}).await;
    })
}

async fn bind(setting: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let (port, ip) = (address.port(), address.ip());
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::setup(match error.kind() {
            ErrorKind::AddrInUse => format!(
                "{setting}: port {port} of {ip} is in use; stop the program that holds it or choose another with --{setting}"
            ),
            ErrorKind::PermissionDenied => format!(
                "{setting}: no permission for port {port}; choose one above 1023 with --{setting}, or give the program the right: AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit"
            ),
            _ => format!("{setting}: cannot listen on {address}: {error}"),
        })
    })?;
    let address = listener.local_addr().map_err(|error| Failure::setup(format!("{setting}: {error}")))?;
    Ok((listener, address))
}
