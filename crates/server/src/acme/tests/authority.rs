//! An authority of the tests' own: all names are proven there at once, and what it lies about and refuses can be chosen.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::serve::Listener;
use axum::{Json, Router};
use poolhouse_crypto::digest::from_base64url;
use poolhouse_ports::{Clock, Timestamp};
use poolhouse_testkit::tls::pem;
use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyIdMethod, KeyPair, PKCS_ECDSA_P256_SHA256,
    PublicKeyData, SerialNumber, SignatureAlgorithm, generate_simple_self_signed,
};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{DEFAULT_VERSIONS, RootCertStore, ServerConfig};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{params, settings};
use crate::acme::authority::Authority as Way;
use crate::acme::settings::Settings;
use crate::http_client::HttpClient;

/// What it calls the certificates that it gives: by the name of its key and their number.
pub(super) const RENEWAL: &str = "/renewal/wP_u.AMr-";

/// One that runs until the test ends. Clones are of the same.
#[derive(Clone)]
pub(super) struct Authority(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    roots: RootCertStore,
    issuer: Issuer<'static, KeyPair>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// The names that were ordered, or what it wants proven instead.
    names: Vec<String>,
    lie: Option<Vec<String>>,
    /// What it refuses: the kind of problem, by path.
    refusals: BTreeMap<String, String>,
    /// The paths that were asked for.
    asked: Vec<String>,
    /// How many orders there were.
    orders: usize,
    /// The certificate of the last one.
    certificate: Option<String>,
    /// When it suggests to renew, if it does.
    window: Option<Value>,
}

impl Authority {
    pub(super) async fn start() -> Self {
        let own = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(own.cert.der().clone()).unwrap();
        let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(DEFAULT_VERSIONS)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key.into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_identifier_method = KeyIdMethod::PreSpecified(vec![0xc0, 0xff, 0xee]);
        let authority = Self(Arc::new(Inner {
            address: listener.local_addr().unwrap(),
            roots,
            issuer: Issuer::new(params, KeyPair::generate().unwrap()),
            known: Mutex::default(),
        }));
        let router = Router::new().fallback(answer).with_state(authority.clone());
        let listener = Secure(listener, TlsAcceptor::from(Arc::new(config)));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        authority
    }

    /// Settings of a server that orders these names there.
    pub(super) fn settings(&self, names: &[&str]) -> Settings {
        let names = names.iter().map(ToString::to_string).collect();
        Settings { names, directory: self.url("/directory"), client: self.client(), ..settings() }
    }

    /// The way to it.
    pub(super) fn way(&self) -> Way {
        Way::new(self.client(), Clock::system())
    }

    fn client(&self) -> HttpClient {
        HttpClient::believing(self.0.roots.clone()).unwrap()
    }

    /// Refuses what is asked for at a path by a problem of this kind, or no longer.
    pub(super) fn refuse(&self, path: &str, kind: Option<&str>) {
        let refusals = &mut self.known().refusals;
        drop(match kind {
            Some(kind) => refusals.insert(path.to_owned(), kind.to_owned()),
            None => refusals.remove(path),
        });
    }

    /// Wants these names proven, whatever is ordered.
    pub(super) fn want(&self, names: &[&str]) {
        self.known().lie = Some(names.iter().map(ToString::to_string).collect());
    }

    /// Suggests to renew within a window.
    pub(super) fn suggest(&self, window: Value) {
        self.known().window = Some(window);
    }

    /// A certificate with its key in PEM, about which it is asked at [`RENEWAL`].
    pub(super) fn certificate_for(&self, name: &str, validity: &Range<Timestamp>) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        let mut params = params(name, validity);
        params.serial_number = Some(SerialNumber::from_slice(&[0xca, 0xfe]));
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.0.issuer).unwrap();
        let pem = [pem("PRIVATE KEY", &key.serialize_der()), pem("CERTIFICATE", certificate.der())];
        pem.concat().into_bytes()
    }

    /// How often a path was asked for.
    pub(super) fn asked(&self, path: &str) -> usize {
        self.known().asked.iter().filter(|asked| *asked == path).count()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.known.lock().unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.0.address)
    }

    /// The order as it is.
    fn order(&self, known: &Known) -> Value {
        let names = known.lie.as_ref().unwrap_or(&known.names);
        let authorizations = (0..names.len()).map(|at| self.url(&format!("/authorizations/{at}")));
        json!({
            "status": if known.certificate.is_some() { "valid" } else { "ready" },
            "identifiers": known.names.iter().map(|name| identifier(name)).collect::<Vec<_>>(),
            "authorizations": authorizations.collect::<Vec<_>>(),
            "finalize": self.url("/finalize"),
            "certificate": known.certificate.as_ref().map(|_| self.url("/certificate")),
        })
    }

    /// A certificate of the ordered names for the key of a request.
    fn certificate(&self, known: &Known, request: &[u8]) -> String {
        let params = CertificateParams::new(known.names.clone()).unwrap();
        let certificate = params.signed_by(&RequestedKey::of(request), &self.0.issuer).unwrap();
        pem("CERTIFICATE", certificate.der())
    }
}

fn identifier(name: &str) -> Value {
    json!({ "type": "dns", "value": name })
}

/// What was signed, whoever has signed it.
fn payload(body: &[u8]) -> Value {
    let signed: Value = serde_json::from_slice(body).unwrap_or_default();
    let payload = signed["payload"].as_str().and_then(from_base64url).unwrap_or_default();
    serde_json::from_slice(&payload).unwrap_or_default()
}

async fn answer(State(authority): State<Authority>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let mut answer = authority.answer(&path, &body);
    answer.headers_mut().insert("replay-nonce", HeaderValue::from_static("once"));
    answer
}

impl Authority {
    fn answer(&self, path: &str, body: &Bytes) -> Response {
        let (mut known, asked) = (self.known(), payload(body));
        known.asked.push(path.to_owned());
        if let Some(kind) = known.refusals.get(path) {
            let problem = json!({ "type": format!("urn:ietf:params:acme:error:{kind}"), "detail": "no" });
            return (StatusCode::FORBIDDEN, Json(problem)).into_response();
        }
        let made = |place: &str, what: Value| {
            (StatusCode::CREATED, [(LOCATION, self.url(place))], Json(what)).into_response()
        };
        match path {
            "/directory" => Json(json!({
                "newNonce": self.url("/nonce"), "newAccount": self.url("/accounts"),
                "newOrder": self.url("/orders"), "revokeCert": self.url("/revoke"),
                "renewalInfo": known.window.as_ref().map(|_| self.url("/renewal")),
            }))
            .into_response(),
            RENEWAL => Json(json!({ "suggestedWindow": known.window })).into_response(),
            "/accounts" => made("/accounts/1", json!({ "status": "valid" })),
            "/orders" => {
                let names = asked["identifiers"].as_array().unwrap().iter();
                known.names = names.map(|name| name["value"].as_str().unwrap().to_owned()).collect();
                (known.certificate, known.orders) = (None, known.orders + 1);
                made(&format!("/orders/{}", known.orders), self.order(&known))
            }
            path if path.starts_with("/orders/") => Json(self.order(&known)).into_response(),
            "/finalize" => {
                let request = from_base64url(asked["csr"].as_str().unwrap()).unwrap();
                known.certificate = Some(self.certificate(&known, &request));
                Json(self.order(&known)).into_response()
            }
            "/certificate" => known.certificate.clone().unwrap().into_response(),
            _ => match path.strip_prefix("/authorizations/") {
                Some(at) => {
                    let name = &known.lie.as_ref().unwrap_or(&known.names)[at.parse::<usize>().unwrap()];
                    let proven =
                        json!({ "identifier": identifier(name), "status": "valid", "challenges": [] });
                    Json(proven).into_response()
                }
                None => StatusCode::OK.into_response(),
            },
        }
    }
}

/// The key of a request for a certificate, which is of P-256.
struct RequestedKey(Vec<u8>);

impl RequestedKey {
    fn of(request: &[u8]) -> Self {
        // A string of 66 bytes, of which no bit is unused, and in it a point with both coordinates.
        let begin = [0x03, 0x42, 0x00, 0x04];
        let at = request.windows(begin.len()).position(|window| window == begin).unwrap() + 3;
        Self(request[at..at + 65].to_vec())
    }
}

impl PublicKeyData for RequestedKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

struct Secure(TcpListener, TlsAcceptor);

impl Listener for Secure {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.0.accept().await.unwrap();
            if let Ok(stream) = self.1.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}
