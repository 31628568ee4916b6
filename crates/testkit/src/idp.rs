//! An identity provider of OpenID Connect in the test's own process: it signs whatever a test wants, by whatever key.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_ports::{FetchRequest, Fetched};
use serde_json::{Value, json};

use crate::server::TestServer;

/// Keys of all providers of a process: the first signs, the second is somebody else's.
static KEYS: LazyLock<[RsaKeyPair; 2]> =
    LazyLock::new(|| [(); 2].map(|()| RsaKeyPair::generate(KeySize::Rsa2048).unwrap()));

/// How a token is signed.
#[derive(Clone, Debug)]
pub enum Signer {
    /// By the provider's own key.
    Own,
    /// By a key that it does not have.
    Other,
    /// With a secret, by HS256.
    Secret(Vec<u8>),
    /// Not at all.
    Nobody,
}

/// What it answers to the next code.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The claims of the ID token, beside those that every one has.
    pub claims: Value,
    /// The members of its header.
    pub header: Value,
    /// By whom it is signed.
    pub signer: Signer,
    /// The whole answer of the token endpoint, instead.
    pub whole: Option<(u16, String)>,
    /// What its endpoint for attributes tells; nothing is answered with status 404.
    pub user_info: Option<Value>,
}

impl Answer {
    /// A good token with these claims, and the same user in the attributes.
    pub fn of(claims: Value) -> Self {
        let header = json!({ "alg": "RS256", "kid": "one" });
        let user_info = Some(json!({ "sub": claims["sub"] }));
        Self { claims, header, signer: Signer::Own, whole: None, user_info }
    }
}

/// A provider at an issuer's URL.
#[derive(Clone)]
pub struct Idp {
    issuer: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
}

impl Idp {
    /// The client's secret at every provider.
    pub const SECRET: &str = "a-secret-of-more-than-32-bytes-for-hs256";

    /// Puts a provider at `issuer`; `document` changes its discovery document.
    pub fn start(server: &TestServer, issuer: &str, document: impl Fn(&mut Value)) -> Self {
        let idp = Self { issuer: issuer.to_owned(), answers: Arc::default() };
        let mut discovery = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/me"),
            "jwks_uri": format!("{issuer}/keys"),
            "code_challenge_methods_supported": ["S256"],
        });
        document(&mut discovery);
        server.document(&format!("{issuer}/.well-known/openid-configuration"), &discovery);
        server.document(&format!("{issuer}/keys"), &json!({ "keys": [Self::jwk("one")] }));
        let answering = idp.clone();
        server.stranger(&format!("{issuer}/token"), move |request| Ok(answering.token(request)));
        let answering = idp.clone();
        server.stranger(&format!("{issuer}/me"), move |request| {
            let token = request.headers.iter().find(|(name, _)| *name == "authorization");
            let code = token.and_then(|(_, token)| token.strip_prefix("Bearer at-")).unwrap_or_default();
            let told = answering.answer_to(code).and_then(|answer| answer.user_info);
            Ok(json_answer(if told.is_some() { 200 } else { 404 }, &told.unwrap_or_default().to_string()))
        });
        idp
    }

    /// The details of a provider at this issuer, as CreateIdentityProvider takes them.
    pub fn details(&self) -> Value {
        json!({
            "client_id": "c", "client_secret": Self::SECRET, "authorize_scopes": "openid email",
            "oidc_issuer": self.issuer, "attributes_request_method": "GET",
        })
    }

    /// What it answers to a code.
    pub fn answers(&self, code: &str, answer: Answer) {
        self.known().insert(code.to_owned(), answer);
    }

    /// Its public key, by a name.
    pub fn jwk(name: &str) -> Value {
        let key = KEYS[0].public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (n, e) = (key.modulus(), key.exponent());
        json!({
            "kty": "RSA", "kid": name, "use": "sig", "alg": "RS256",
            "n": number(n.big_endian_without_leading_zero()), "e": number(e.big_endian_without_leading_zero()),
        })
    }

    /// A token with exactly these claims.
    pub fn sign(header: &Value, claims: &Value, signer: &Signer) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let rsa = |key: &RsaKeyPair| {
            let mut signature = vec![0; key.public_modulus_len()];
            let random = SystemRandom::new();
            key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
            signature
        };
        let signature = match signer {
            Signer::Own => rsa(&KEYS[0]),
            Signer::Other => rsa(&KEYS[1]),
            Signer::Nobody => Vec::new(),
            Signer::Secret(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn token(&self, request: &FetchRequest) -> Fetched {
        let form = request.form.as_deref().unwrap_or_default();
        let code = form.split('&').find_map(|pair| pair.strip_prefix("code=")).unwrap_or_default();
        let Some(answer) = self.answer_to(code) else {
            return json_answer(400, r#"{"error":"invalid_grant"}"#);
        };
        if let Some((status, body)) = &answer.whole {
            return json_answer(*status, body);
        }
        let token = Self::sign(&answer.header, &answer.claims, &answer.signer);
        let tokens =
            json!({ "access_token": format!("at-{code}"), "id_token": token, "token_type": "Bearer" });
        json_answer(200, &tokens.to_string())
    }

    fn answer_to(&self, code: &str) -> Option<Answer> {
        self.known().get(code).cloned()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Idp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Idp").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn json_answer(status: u16, body: &str) -> Fetched {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Fetched { status, headers, body: body.as_bytes().to_vec() }
}

/// A private key of P-256 as PEM, as Apple gives it to developers.
#[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
pub fn es256_key() -> String {
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let base64 = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----")
}
