//! Requests to servers that tenants named (docs/protection.md, *Fetching*).
//!
//! | file | subject |
//! |---|---|
//! | `reach` | which addresses may be reached |
//! | `places` | how many requests at once |
//!
//! Each request has a connection of its own, to an address that was looked at: a name that is asked twice may lead
//! elsewhere the second time.

mod places;
mod reach;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use poolhouse_ports::{Fetch, FetchError, FetchRequest, Fetched};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::exit::Failure;
use crate::http_client::{authorities, tls, with_causes};
use places::Places;

pub(crate) use reach::{Allowed, Reach};

/// How long one address may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(2);

/// The longest head of an answer, in bytes, and the most fields in it.
const LONGEST_HEAD: usize = 16 * 1024;
const MOST_FIELDS: usize = 100;

/// The way to servers that tenants named.
///
/// # Errors
/// When TLS cannot be set up.
pub(crate) fn fetch(reach: Reach) -> Result<Fetch, Failure> {
    let fetcher = Arc::new(Fetcher::new(reach, authorities())?);
    Ok(Fetch::new(move |request| {
        let fetcher = Arc::clone(&fetcher);
        Box::pin(async move { fetcher.fetch(request).await })
    }))
}

struct Fetcher {
    reach: Reach,
    tls: Arc<ClientConfig>,
    places: Places,
}

/// Where a URL leads.
struct Destination {
    authority: Authority,
    /// Without the brackets of IPv6.
    host: String,
    port: u16,
    plain: bool,
    target: Uri,
}

impl Fetcher {
    fn new(reach: Reach, authorities: RootCertStore) -> Result<Self, Failure> {
        Ok(Self { reach, tls: Arc::new(tls(authorities)?), places: Places::default() })
    }

    async fn fetch(&self, request: FetchRequest) -> Result<Fetched, FetchError> {
        let begun = Instant::now();
        let outcome = match timeout(request.patience, self.answer(&request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(FetchError::TimedOut(request.patience)),
        };
        let millis = begun.elapsed().as_millis();
        match &outcome {
            Ok(fetched) => {
                tracing::debug!(place = request.place(), status = fetched.status, millis, "fetched");
            }
            Err(error) => tracing::warn!(place = request.place(), %error, millis, "cannot fetch"),
        }
        outcome
    }

    async fn answer(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let destination = Destination::of(&request.url)?;
        let sent = destination.request(request)?;
        let (addresses, _place) = self.resolve(&destination).await?;
        self.reach.check(&destination.host, destination.plain, &addresses)?;
        let stream = connect(&addresses).await?;
        let answer = if destination.plain {
            exchange(TokioIo::new(stream), sent).await?
        } else {
            let name = ServerName::try_from(destination.host)
                .map_err(|_| FetchError::Url("must name its host by a DNS name or an address"))?;
            let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await;
            exchange(TokioIo::new(stream.map_err(|error| FetchError::Tls(with_causes(&error)))?), sent)
                .await?
        };
        read(answer, request.longest).await
    }

    /// The addresses of the destination. The place is taken before and outlasts a resolver that nobody waits for any more.
    async fn resolve(
        &self,
        destination: &Destination,
    ) -> Result<(Vec<SocketAddr>, places::Place), FetchError> {
        let (host, port) = (destination.host.clone(), destination.port);
        let place = self.places.take(&host).await;
        let looked_up = tokio::spawn(async move {
            let addresses = lookup_host((host, port)).await.map(Vec::from_iter);
            (addresses, place)
        });
        let unknown = |why: String| FetchError::Unknown(why);
        let (addresses, place) = looked_up.await.map_err(|error| unknown(error.to_string()))?;
        let addresses = addresses.map_err(|error| unknown(error.to_string()))?;
        if addresses.is_empty() {
            return Err(unknown("the resolver knows none".to_owned()));
        }
        Ok((addresses, place))
    }
}

impl Destination {
    fn of(url: &str) -> Result<Self, FetchError> {
        let uri: Uri = url.parse().map_err(|_| FetchError::Url("is none"))?;
        let plain = if uri.scheme() == Some(&Scheme::HTTPS) {
            false
        } else if uri.scheme() == Some(&Scheme::HTTP) {
            true
        } else {
            return Err(FetchError::Url("must begin with https://"));
        };
        let authority = uri.authority().cloned().ok_or(FetchError::Url("must name a host"))?;
        if authority.as_str().contains('@') {
            return Err(FetchError::Url("must not hold credentials"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if plain => 80,
            None => 443,
        };
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let target = target.parse().map_err(|_| FetchError::Url("has no path that can be asked for"))?;
        Ok(Self { authority, host, port, plain, target })
    }

    fn request(&self, of: &FetchRequest) -> Result<Request<Full<Bytes>>, FetchError> {
        let value = |name, value: &str| HeaderValue::from_str(value).map_err(|_| FetchError::Header(name));
        let form = of.form.clone().map(Bytes::from);
        let mut request = match form {
            Some(form) => Request::post(self.target.clone())
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Full::new(form)),
            None => Request::get(self.target.clone()).body(Full::default()),
        }
        .map_err(|_| FetchError::Url("is none"))?;
        let headers = request.headers_mut();
        headers.insert(header::HOST, value("host", self.authority.as_str())?);
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static("poolhouse"));
        for (name, text) in &of.headers {
            headers.insert(*name, value(name, text)?);
        }
        Ok(request)
    }
}

/// A connection to the first address that accepts one.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, FetchError> {
    let mut why = String::new();
    for address in addresses {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => why = error.to_string(),
            Err(_) => "it does not answer".clone_into(&mut why),
        }
    }
    Err(FetchError::Unreachable(why))
}

/// Sends the request over a connection of its own.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Response<Exchanged>, FetchError>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| FetchError::Broken(with_causes(&error));
    let mut http = http1::Builder::new();
    http.max_buf_size(LONGEST_HEAD).max_headers(MOST_FIELDS);
    let (mut sender, connection) = http.handshake(stream).await.map_err(broken)?;
    let driver = Driver(tokio::spawn(async move {
        // What breaks it is told to who reads.
        let _ = connection.await;
    }));
    let answer = sender.send_request(request).await.map_err(broken)?;
    Ok(answer.map(|body| Exchanged { body, _driver: driver }))
}

/// A body, and what brings it, which ends with it.
struct Exchanged {
    body: Incoming,
    _driver: Driver,
}

struct Driver(tokio::task::JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The whole answer.
async fn read(answer: Response<Exchanged>, longest: usize) -> Result<Fetched, FetchError> {
    let (head, exchanged) = answer.into_parts();
    if head.status.is_redirection() {
        return Err(FetchError::Redirect(head.status.as_u16()));
    }
    let encoding = head.headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(FetchError::Encoded);
    }
    let body = Limited::new(exchanged.body, longest).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            FetchError::TooLong(longest)
        } else {
            FetchError::Broken(with_causes(&*error))
        }
    })?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value)));
    Ok(Fetched { status: head.status.as_u16(), headers: headers.collect(), body: body.to_bytes().to_vec() })
}

#[cfg(test)]
mod tests;
