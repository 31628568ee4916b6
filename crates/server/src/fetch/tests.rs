//! Fetches over the network, from servers of the tests' own, by TLS where production has it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// Long enough for what comes at all.
const PATIENT: Duration = Duration::from_secs(30);

/// For what never comes.
const BRIEF: Duration = Duration::from_millis(50);

/// What a server writes after it has read the head of a request, and whether it then goes on for ever.
#[derive(Clone)]
struct Script {
    answer: Vec<u8>,
    then: Then,
}

#[derive(Clone, Copy)]
enum Then {
    Close,
    Hang,
    /// More of the body without an end.
    Pour,
}

fn says(answer: impl AsRef<[u8]>) -> Script {
    Script { answer: answer.as_ref().to_vec(), then: Then::Close }
}

/// The requests that a server got.
type Seen = Arc<Mutex<Vec<String>>>;

async fn play(mut stream: impl AsyncRead + AsyncWrite + Unpin, script: Script, seen: Seen) -> io::Result<()> {
    let mut request = Vec::new();
    let length = loop {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let body = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            break head.len() + 4 + body.map_or(0, |length| length.parse().unwrap());
        }
    };
    while request.len() < length {
        stream.read_buf(&mut request).await?;
    }
    seen.lock().unwrap().push(String::from_utf8(request).unwrap());
    stream.write_all(&script.answer).await?;
    match script.then {
        Then::Close => stream.shutdown().await,
        Then::Hang => std::future::pending().await,
        Then::Pour => loop {
            stream.write_all(&[b'x'; 4096]).await?;
        },
    }
}

/// A server in plain text.
async fn plain(script: Script) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, seen) = (listener.local_addr().unwrap(), Seen::default());
    let told = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(play(stream, script.clone(), Arc::clone(&told)));
        }
    });
    (address, seen)
}

/// An authority, and what it makes.
struct Authority(Issuer<'static, KeyPair>, RootCertStore);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(params.self_signed(&key).unwrap().der().clone()).unwrap();
        Self(Issuer::new(params, key), roots)
    }

    /// TLS with a certificate for `name`, which ends in `year`.
    fn tls(&self, name: &str, year: i32) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A server with TLS.
async fn secure(tls: TlsAcceptor, script: Script) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, seen) = (listener.local_addr().unwrap(), Seen::default());
    let told = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (tls, script, seen) = (tls.clone(), script.clone(), Arc::clone(&told));
            tokio::spawn(async move { play(tls.accept(stream).await?, script, seen).await });
        }
    });
    (address, seen)
}

fn development() -> Fetcher {
    Fetcher::new(Reach::new(Vec::new(), true), RootCertStore::empty()).unwrap()
}

/// A fetcher that may reach this machine, whose certificates are of `authority`.
fn trusting(authority: &Authority) -> Fetcher {
    let reach = Reach::new(vec!["localhost".parse().unwrap()], false);
    Fetcher::new(reach, authority.1.clone()).unwrap()
}

async fn get_plain(script: Script) -> Result<Fetched, FetchError> {
    let (address, _) = plain(script).await;
    let request = FetchRequest::get(format!("http://{address}/")).longest(1000).patience(PATIENT);
    development().fetch(request).await
}

#[tokio::test]
async fn a_document_is_fetched_by_tls() {
    let authority = Authority::new();
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    let (address, seen) = secure(authority.tls("localhost", 2999), says(answer)).await;
    let url = format!("https://localhost:{}/a?b=c", address.port());
    let request = FetchRequest::get(&url).header("accept", "application/json").patience(PATIENT);
    let fetched = trusting(&authority).fetch(request).await.unwrap();
    assert_eq!((fetched.status, &*fetched.body), (200, &b"{}"[..]));
    assert_eq!(fetched.media_type().as_deref(), Some("application/json"));
    let seen = seen.lock().unwrap().join("");
    assert!(seen.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{seen}");
    for field in [
        &format!("host: localhost:{}", address.port()),
        "accept: application/json",
        "accept-encoding: identity",
    ] {
        assert!(seen.contains(&format!("\r\n{field}\r\n")), "{seen}");
    }
}

#[tokio::test]
async fn a_form_is_posted_and_a_refusal_is_an_answer() {
    let refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 25\r\n\r\n{\"error\":\"invalid_grant\"}";
    let (address, seen) = plain(says(refusal)).await;
    let request = FetchRequest::post(format!("http://{address}/token"), "grant_type=x&code=y");
    let request = request.header("authorization", "Basic YTpi").patience(PATIENT);
    let fetched = development().fetch(request).await.unwrap();
    assert_eq!((fetched.status, &*fetched.body), (400, &br#"{"error":"invalid_grant"}"#[..]));
    let seen = seen.lock().unwrap().join("");
    assert!(seen.starts_with("POST /token HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("authorization: Basic YTpi\r\n"), "{seen}");
    assert!(seen.contains("content-type: application/x-www-form-urlencoded\r\n"), "{seen}");
    assert!(seen.ends_with("\r\n\r\ngrant_type=x&code=y"), "{seen}");
}

#[tokio::test]
async fn certificates_that_do_not_fit_are_refused() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for (tls, why) in [
        // An authority that merely has the same name.
        (stranger.tls("localhost", 2999), "BadSignature"),
        (authority.tls("other.example", 2999), "not valid for name"),
        (authority.tls("localhost", 2020), "expired"),
    ] {
        let (address, seen) = secure(tls, says("HTTP/1.1 200 OK\r\n\r\n")).await;
        let url = format!("https://localhost:{}/", address.port());
        let outcome = trusting(&authority).fetch(FetchRequest::get(url).patience(PATIENT)).await;
        assert!(matches!(&outcome, Err(FetchError::Tls(text)) if text.contains(why)), "{why}: {outcome:?}");
        assert_eq!(seen.lock().unwrap().len(), 0);
    }
}

#[tokio::test]
async fn own_networks_are_not_reached_and_not_in_plain_text() {
    let (address, seen) = plain(says("HTTP/1.1 200 OK\r\n\r\n")).await;
    let fetcher = Fetcher::new(Reach::default(), RootCertStore::empty()).unwrap();
    // The resolver reads the second and third as addresses, too.
    for host in ["127.0.0.1", "127.1", "2130706433", "localhost", "[::ffff:127.0.0.1]"] {
        let request = FetchRequest::get(format!("https://{host}:{}/", address.port())).patience(PATIENT);
        let outcome = fetcher.fetch(request).await;
        assert!(matches!(outcome, Err(FetchError::Private { .. })), "{host}: {outcome:?}");
    }
    let outcome = fetcher.fetch(FetchRequest::get(format!("http://{address}/")).patience(PATIENT)).await;
    assert_eq!(outcome.unwrap_err(), FetchError::Url("must begin with https://"));
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_no_url_is_refused() {
    for (url, wanted) in [
        ("", "is none"),
        ("/a", "must begin with https://"),
        ("ftp://localhost/", "must begin with https://"),
        ("file:///etc/passwd", "is none"),
        ("https://user:secret@localhost/", "must not hold credentials"),
        ("https://a b/", "is none"),
    ] {
        let outcome = development().fetch(FetchRequest::get(url).patience(PATIENT)).await;
        assert_eq!(outcome.unwrap_err(), FetchError::Url(wanted), "{url}");
    }
    let request = FetchRequest::get("http://127.0.0.1:1/").header("authorization", "a\r\nhost: b");
    let outcome = development().fetch(request.patience(PATIENT)).await;
    assert_eq!(outcome.unwrap_err(), FetchError::Header("authorization"));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let (elsewhere, seen) = plain(says("HTTP/1.1 200 OK\r\n\r\n")).await;
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\n\r\n");
    assert_eq!(get_plain(says(answer)).await.unwrap_err(), FetchError::Redirect(302));
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn long_answers_are_cut_off() {
    let told = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
    let untold = "HTTP/1.1 200 OK\r\n\r\n";
    for head in [told, untold] {
        let script = Script { answer: head.as_bytes().to_vec(), then: Then::Pour };
        assert_eq!(get_plain(script).await.unwrap_err(), FetchError::TooLong(1000), "{head}");
    }
    let exact = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1000));
    assert_eq!(get_plain(says(exact)).await.unwrap().body.len(), 1000);
}

#[tokio::test]
async fn heads_are_bounded() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(MOST_FIELDS + 1));
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(LONGEST_HEAD));
    for head in [many, long] {
        let outcome = get_plain(says(head)).await;
        assert!(matches!(outcome, Err(FetchError::Broken(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn compressed_bodies_are_not_taken() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x08";
    assert_eq!(get_plain(says(answer)).await.unwrap_err(), FetchError::Encoded);
}

#[tokio::test]
async fn what_never_ends_is_given_up() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    for answer in ["", "HTTP/1.1 200", head, &format!("{head}12345")] {
        let script = Script { answer: answer.as_bytes().to_vec(), then: Then::Hang };
        let (address, _) = plain(script).await;
        let request = FetchRequest::get(format!("http://{address}/")).patience(BRIEF);
        let outcome = development().fetch(request).await;
        assert_eq!(outcome.unwrap_err(), FetchError::TimedOut(BRIEF), "{answer}");
    }
}

#[tokio::test]
async fn what_breaks_off_or_is_no_http_is_no_answer() {
    for answer in ["", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"] {
        let outcome = get_plain(says(answer)).await;
        assert!(matches!(outcome, Err(FetchError::Broken(_))), "{answer}: {outcome:?}");
    }
    // Nobody listens where somebody just did.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let outcome = development().fetch(FetchRequest::get(format!("http://{address}/"))).await;
    assert!(matches!(outcome, Err(FetchError::Unreachable(_))), "{outcome:?}");
}

#[test]
fn messages_tell_what_to_do() {
    let address = "10.0.0.1".parse().unwrap();
    let texts = BTreeMap::from([
        (FetchError::Private { host: "idp".to_owned(), address }.to_string(), "--allow-private-fetch idp"),
        (FetchError::Tls("x".to_owned()).to_string(), "SSL_CERT_FILE"),
        (FetchError::Redirect(301).to_string(), "give the URL where it leads"),
    ]);
    for (text, part) in texts {
        assert!(text.contains(part), "{text}");
    }
}
