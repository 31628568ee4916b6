//! Documents and answers of servers that a tenant named: keys, discovery, metadata, tokens of others.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// The longest answer that is taken, unless the request says otherwise.
const LONGEST: usize = 256 * 1024;

/// How long a fetch may take altogether, unless the request says otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request to a server that somebody else named. Its `Debug` form shows neither headers, form nor query: they may hold
/// secrets.
#[derive(Clone)]
pub struct FetchRequest {
    /// Where to; the scheme is `https` outside development.
    pub url: String,
    /// Fields of the head beside those of HTTP itself.
    pub headers: Vec<(&'static str, String)>,
    /// The body of a POST, `application/x-www-form-urlencoded`; without one it is a GET.
    pub form: Option<String>,
    /// The longest body that is taken, in bytes.
    pub longest: usize,
    /// How long it may take, from the name's resolution to the last byte.
    pub patience: Duration,
}

impl FetchRequest {
    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self { url: url.into(), headers: Vec::new(), form: None, longest: LONGEST, patience: PATIENCE }
    }

    /// A POST of an encoded form.
    pub fn post(url: impl Into<String>, form: impl Into<String>) -> Self {
        Self { form: Some(form.into()), ..Self::get(url) }
    }

    /// Adds a field to the head, such as `authorization`.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Bounds the body of the answer.
    #[must_use]
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// Bounds the time.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The URL without its query, which may hold secrets: for the log.
    pub fn place(&self) -> &str {
        self.url.split(['?', '#']).next().unwrap_or_default()
    }
}

impl fmt::Debug for FetchRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchRequest").field("place", &self.place()).finish_non_exhaustive()
    }
}

/// A whole answer, whatever its status, but for redirects: they are never followed. Its `Debug` form does not show the
/// body: it may hold tokens.
#[derive(Clone)]
pub struct Fetched {
    /// The status of HTTP.
    pub status: u16,
    /// The fields of the head, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Fetched {
    /// The first field of a name, given in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The media type, in small letters and without parameters.
    pub fn media_type(&self) -> Option<String> {
        let media_type = self.header("content-type")?.split(';').next()?;
        Some(media_type.trim().to_ascii_lowercase())
    }
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why there is no answer. The text is for the log of the operator, who can do something about it; a stranger who reads it
/// learns what the network looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// The URL cannot be fetched; the text says what it has to be.
    Url(&'static str),
    /// A field of the request's head is none; the text is its name.
    Header(&'static str),
    /// The name leads to an address of an own network.
    Private {
        /// The name, or the address as the URL writes it.
        host: String,
        /// The address.
        address: IpAddr,
    },
    /// The name has no address; the text is that of the resolver.
    Unknown(String),
    /// No connection; the text is that of the system.
    Unreachable(String),
    /// TLS failed, mostly for a certificate that does not fit; the text says why.
    Tls(String),
    /// The connection broke, or what came is not HTTP.
    Broken(String),
    /// The answer leads elsewhere; the number is its status.
    Redirect(u16),
    /// The body is compressed, though that was not asked for.
    Encoded,
    /// The body is longer than is taken.
    TooLong(usize),
    /// It took too long, waiting for its turn included.
    TimedOut(Duration),
    /// Nothing is fetched here.
    Off,
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(wanted) => write!(f, "the URL {wanted}"),
            Self::Header(name) => write!(f, "the field {name} holds what no header may"),
            Self::Private { host, address } => write!(
                f,
                "{host} leads to {address}, an address of an own network; if it is meant to be reached from here, start the server with --allow-private-fetch {host}"
            ),
            Self::Unknown(why) => {
                write!(f, "the name has no address: {why}; look at the name, and at this machine's DNS")
            }
            Self::Unreachable(why) => {
                write!(f, "no connection: {why}; look whether it runs and whether this machine may reach it")
            }
            Self::Tls(why) => write!(
                f,
                "TLS failed: {why}; its certificate must be for this name and of an authority that this machine knows (SSL_CERT_FILE names others)"
            ),
            Self::Broken(why) => write!(f, "the answer is broken: {why}"),
            Self::Redirect(status) => {
                write!(
                    f,
                    "it answers with a redirect ({status}), which is not followed; give the URL where it leads"
                )
            }
            Self::Encoded => f.write_str("the answer is compressed, though that was not asked for"),
            Self::TooLong(longest) => write!(f, "the answer is longer than {longest} bytes"),
            Self::TimedOut(patience) => write!(f, "no whole answer within {} ms", patience.as_millis()),
            Self::Off => f.write_str("nothing is fetched here"),
        }
    }
}

impl std::error::Error for FetchError {}

/// What becomes of a request.
pub type Fetching = Pin<Box<dyn Future<Output = Result<Fetched, FetchError>> + Send>>;

/// The way to servers that a tenant named. Whoever has none but this one cannot reach the own network. Clones share the way.
#[derive(Clone)]
pub struct Fetch(Arc<dyn Fn(FetchRequest) -> Fetching + Send + Sync>);

impl Fetch {
    /// A way that does `fetch`, which bounds its own time.
    pub fn new<F>(fetch: F) -> Self
    where
        F: Fn(FetchRequest) -> Fetching + Send + Sync + 'static,
    {
        Self(Arc::new(fetch))
    }

    /// No way: every request fails.
    pub fn none() -> Self {
        Self::new(|_| Box::pin(async { Err(FetchError::Off) }))
    }

    /// Sends a request and reads the whole answer. Not while a transaction is open.
    ///
    /// # Errors
    /// Whatever kept the whole answer away.
    pub async fn fetch(&self, request: FetchRequest) -> Result<Fetched, FetchError> {
        (self.0)(request).await
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetch")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_what_may_be_secret() {
        let request = FetchRequest::post("https://x.example/token?code=hunter2", "client_secret=hunter2")
            .header("authorization", "Basic hunter2");
        let fetched = Fetched { status: 200, headers: Vec::new(), body: b"hunter2".to_vec() };
        let shown = format!("{request:?} {fetched:?}");
        assert!(shown.contains("https://x.example/token") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_media_type_is_read_without_parameters() {
        let headers = vec![("content-type".to_owned(), "Application/JSON; charset=utf-8".to_owned())];
        let fetched = Fetched { status: 200, headers, body: Vec::new() };
        assert_eq!(fetched.media_type().as_deref(), Some("application/json"));
        assert_eq!(fetched.header("location"), None);
    }
}
