//! Calls of the authority, within bounds of size and time, by the server's own client of HTTP.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::http::header::{HeaderValue, RETRY_AFTER, USER_AGENT};
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use instant_acme::{BodyWrapper, BytesResponse, Error};
use poolhouse_ports::{Clock, Timestamp};
use serde_json::Value;
use tokio::time::timeout;

use crate::http_client::{CallError, HttpClient};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The longest answer, in bytes: a chain of certificates has some thousands.
const LONGEST: usize = 256 * 1024;

/// As what this server asks.
const NAME: HeaderValue = HeaderValue::from_static(concat!("poolhouse/", env!("CARGO_PKG_VERSION")));

/// The way to the authority. Clones share what it has asked for.
#[derive(Clone)]
pub(super) struct Authority {
    client: HttpClient,
    clock: Clock,
    /// How long it wants not to be asked again, by its last refusal, or since by something else.
    pause: Arc<Mutex<Option<Duration>>>,
}

impl Authority {
    pub(super) fn new(client: HttpClient, clock: Clock) -> Self {
        Self { client, clock, pause: Arc::default() }
    }

    /// How long it wants not to be asked again.
    pub(super) fn pause(&self) -> Option<Duration> {
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    /// In words, when there is none within the bounds.
    pub(super) async fn ask(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Bytes>, String> {
        let place = request.uri().to_string();
        if request.uri().scheme() != Some(&Scheme::HTTPS) {
            return Err(format!("the authority names {place}, which is no https"));
        }
        request.headers_mut().insert(USER_AGENT, NAME);
        let mut answer = match timeout(PATIENCE, self.client.call(request, LONGEST)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(CallError::Unreachable(cause))) => {
                return Err(format!("{place} cannot be reached: {cause}"));
            }
            Ok(Err(CallError::TooLong)) => {
                return Err(format!("{place} answers with more than {LONGEST} bytes"));
            }
            Err(_) => return Err(format!("{place} does not answer within {} s", PATIENCE.as_secs())),
        };
        let status = answer.status();
        let is_refusal = status.is_client_error() || status.is_server_error();
        self.note(is_refusal, answer.headers_mut());
        if is_refusal {
            // What says why is an object; anything else comes from something that stands before the authority.
            if !serde_json::from_slice(answer.body()).is_ok_and(|body: Value| body.is_object()) {
                return Err(format!("{place} answers {status}"));
            }
        }
        Ok(answer)
    }

    /// The object at a URL.
    ///
    /// # Errors
    /// In words, when there is none.
    pub(super) async fn object(&self, url: &str) -> Result<Value, String> {
        let request = Request::get(url).body(Full::default()).map_err(|_| format!("{url} is no URL"))?;
        let answer = self.ask(request).await?;
        let object = serde_json::from_slice(answer.body()).ok().filter(Value::is_object);
        match object {
            Some(object) if answer.status().is_success() => Ok(object),
            Some(_) => Err(format!("{url} answers {}", answer.status())),
            None => Err(format!("{url} answers with something else than an object of JSON")),
        }
    }

    /// Notes how long it wants not to be asked again, and takes that away: the crate would wait for it, however long it is, and
    /// cannot count that far.
    fn note(&self, is_refusal: bool, headers: &mut HeaderMap) {
        let asked = retry_after(headers, self.clock.outside());
        headers.remove(RETRY_AFTER);
        if is_refusal || asked.is_some() {
            *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = asked;
        }
    }
}

impl instant_acme::HttpClient for Authority {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let authority = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let Ok(body) = body.collect().await;
            let request = Request::from_parts(head, Full::new(body.to_bytes()));
            let answer = authority.ask(request).await.map_err(|why| Error::Other(why.into()))?;
            Ok(BytesResponse::from(answer.map(Full::new)))
        })
    }
}

/// What `Retry-After` asks for: seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    let at = at.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    at.checked_sub(Duration::from_millis(now.millis().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_noted_and_goes_no_further() {
        let client = HttpClient::believing(rustls::RootCertStore::empty()).unwrap();
        let authority = Authority::new(client, Clock::manual(Timestamp::default()));
        let answered = |is_refusal, text: Option<&'static str>| {
            let pause = text.map(|text| (RETRY_AFTER, HeaderValue::from_static(text)));
            let mut headers = HeaderMap::from_iter(pause);
            authority.note(is_refusal, &mut headers);
            assert!(headers.is_empty());
            authority.pause().map(|pause| pause.as_secs())
        };
        assert_eq!(answered(false, Some("86400")), Some(86_400));
        assert_eq!(answered(false, None), Some(86_400));
        assert_eq!(answered(true, Some("18446744073709551615")), Some(u64::MAX));
        assert_eq!(answered(false, Some("soon")), Some(u64::MAX));
        assert_eq!(answered(true, None), None);
    }

    #[test]
    fn pauses_are_seconds_or_a_date() {
        let now = Timestamp::from_seconds(784_111_777 - 90);
        let asked = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(text).unwrap())]);
            retry_after(&headers, now).map(|pause| pause.as_secs())
        };
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(90));
        assert_eq!(asked("Sun, 06 Nov 1993 08:49:37 GMT"), None);
        assert_eq!(asked("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
