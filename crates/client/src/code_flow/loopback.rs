//! A program of the command line waits for its browser (RFC 8252 §7.3).

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::PendingAuthorization;
use super::redirect;
use super::request::{Page, Request};
use crate::client::Client;
use crate::error::{Error, RedirectError, Result};
use crate::secret::Secret;
use crate::signed_in::SignedIn;

/// Where the browser comes back to.
const PATH: &str = "/callback";

/// As long as a domain waits for a sign-in (oauth-and-managed-login §5.1).
const TIME_LIMIT: Duration = Duration::from_secs(5 * 60);

/// How long a visitor may take to ask and to be answered.
const VISIT: Duration = Duration::from_secs(10);

/// How many may visit at once: browsers open connections ahead of need.
const VISITORS: usize = 64;

/// Listens for the browser of a program on the same machine.
///
/// It answers at `http://127.0.0.1:<port>/callback`, and only there. Who comes without this sign-in's `state` (a page
/// that guesses ports, a browser that asks for an icon) is turned away, and the listener goes on waiting. Dropping it ends
/// it.
///
/// ```no_run
/// # async fn show(client: poolhouse_client::Client) -> poolhouse_client::Result<()> {
/// use poolhouse_client::LoopbackListener;
///
/// let listener = LoopbackListener::bind().await?;
/// let pending = client.authorize(listener.redirect_uri()).begin()?;
/// println!("open {}", pending.url());
/// let alice = listener.complete(&client, pending).await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct LoopbackListener {
    listener: TcpListener,
    redirect_uri: String,
    time_limit: Duration,
}

/// A visitor who waits for an answer, and the code or the refusal that came along.
type Found = (TcpStream, Result<Secret>);

impl LoopbackListener {
    /// Listens at a port that is free. The app client's callback URL is `http://127.0.0.1/callback`, which with Poolhouse fits
    /// any port (RFC 8252 §7.3).
    ///
    /// # Errors
    /// [`RedirectError::CannotListen`].
    pub async fn bind() -> Result<Self> {
        Self::bind_port(0).await
    }

    /// Listens at this port, for services that compare callback URLs with their port, as Amazon Cognito does:
    /// `http://127.0.0.1:<port>/callback`.
    ///
    /// # Errors
    /// [`RedirectError::CannotListen`], for example because the port is taken.
    pub async fn bind_port(port: u16) -> Result<Self> {
        let cannot = |error: io::Error| RedirectError::CannotListen(error.kind());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let redirect_uri = format!("http://{address}{PATH}");
        Ok(Self { listener, redirect_uri, time_limit: TIME_LIMIT })
    }

    /// How long to wait for the browser; five minutes by default, as long as the domain waits for the user.
    #[must_use]
    pub fn time_limit(self, time_limit: Duration) -> Self {
        Self { time_limit, ..self }
    }

    /// Where the browser comes back to: the redirect URI of [`Client::authorize`].
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the browser, ends the sign-in as [`Client::complete_authorization`] does, and tells the person in the
    /// browser what came of it.
    ///
    /// # Errors
    /// [`RedirectError::TimedOut`]; [`Error::InvalidArgument`] for a sign-in that was begun with another redirect URI; what [`Client::complete_authorization`] answers.
    pub async fn complete(self, client: &Client, pending: PendingAuthorization) -> Result<SignedIn> {
        if pending.redirect_uri != self.redirect_uri {
            return Err(Error::InvalidArgument("begin the sign-in with the listener's `redirect_uri()`"));
        }
        let found = timeout(self.time_limit, self.found(client, &pending)).await;
        let (visitor, code) = found.map_err(|_| RedirectError::TimedOut)??;
        let result = match code {
            Ok(code) => client.redeem(&pending, &code).await,
            Err(refusal) => Err(refusal),
        };
        let page = match &result {
            Ok(_) => Page::signed_in(),
            Err(error) => Page::failed(error),
        };
        // Whether the browser shows it is no matter of the sign-in.
        let _unseen = timeout(VISIT, page.show(visitor)).await;
        result
    }

    /// The visitor who brings the answer to this sign-in.
    async fn found(&self, client: &Client, pending: &PendingAuthorization) -> Result<Found> {
        let accepted = stream::poll_fn(|context| self.listener.poll_accept(context).map(Some));
        let visits = accepted.map(|accepted| visit(accepted, client, pending)).buffer_unordered(VISITORS);
        let mut visits = pin!(visits);
        while let Some(visit) = visits.next().await {
            if let Some(found) = visit {
                return found;
            }
        }
        Err(RedirectError::TimedOut.into())
    }
}

/// Lets a visitor speak, for a while.
async fn visit(
    accepted: io::Result<(TcpStream, SocketAddr)>,
    client: &Client,
    pending: &PendingAuthorization,
) -> Option<Result<Found>> {
    match accepted {
        Ok((stream, _)) => timeout(VISIT, hear(stream, client, pending)).await.ok().flatten().map(Ok),
        // Whoever wanted to come is gone.
        Err(error) if error.kind() == ErrorKind::ConnectionAborted => None,
        Err(error) => Some(Err(RedirectError::CannotListen(error.kind()).into())),
    }
}

/// Reads a visitor's request. Who does not bring the answer is turned away.
async fn hear(mut stream: TcpStream, client: &Client, pending: &PendingAuthorization) -> Option<Found> {
    let request = Request::read(&mut stream).await?;
    let answer = match request.query_at(PATH) {
        Ok(query) => redirect::read(query, pending.state.expose(), client.issuer()),
        Err(page) => {
            page.show(stream).await;
            return None;
        }
    };
    if let Err(Error::Redirect(_)) = answer {
        Page::stranger().show(stream).await;
        return None;
    }
    Some((stream, answer))
}
