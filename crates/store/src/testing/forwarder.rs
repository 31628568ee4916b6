//! A way to PostgreSQL that can fall silent, as a network does: nothing is refused, nothing comes.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes bytes on between a port of its own and a server, for as long as the runtime lives.
#[derive(Debug)]
pub struct Forwarder {
    address: SocketAddr,
    silent: Arc<watch::Sender<bool>>,
}

impl Forwarder {
    /// A way to the server at `target`, such as `127.0.0.1:5432`.
    ///
    /// # Panics
    /// When there is no port.
    #[expect(clippy::unwrap_used, reason = "tests need no better report")]
    async fn start(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let silent = Arc::new(watch::Sender::new(false));
        let state = silent.subscribe();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (target, state) = (target.clone(), state.clone());
                tokio::spawn(async move {
                    let (near_in, near_out) = near.into_split();
                    let Ok(far) = TcpStream::connect(target).await else { return };
                    let (far_in, far_out) = far.into_split();
                    // Whichever side closes first closes both.
                    tokio::select! {
                        () = pass_on(near_in, far_out, state.clone()) => {}
                        () = pass_on(far_in, near_out, state) => {}
                    }
                });
            }
        });
        Self { address, silent }
    }

    /// A way to the PostgreSQL server of this URL, and the URL that goes this way.
    ///
    /// # Panics
    /// When the URL names no host.
    #[expect(clippy::unwrap_used, reason = "tests need no better report")]
    pub async fn to_postgres(url: &str) -> (Self, String) {
        let (_, rest) = url.split_once("//").unwrap();
        let (server, _) = rest.split_once('/').unwrap();
        let host = server.rsplit('@').next().unwrap_or(server);
        let forwarder = Self::start(host.to_owned()).await;
        let through = url.replacen(host, &forwarder.address.to_string(), 1);
        (forwarder, through)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing passes, or everything again, what was held up first.
    pub fn set_silent(&self, silent: bool) {
        self.silent.send_replace(silent);
    }
}

async fn pass_on(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut silent: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if silent.wait_for(|silent| !silent).await.is_err() || to.write_all(&buffer[..length]).await.is_err()
        {
            return;
        }
    }
}
