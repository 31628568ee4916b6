//! A master key that AWS KMS, or what speaks as it does, decrypts: only a ciphertext lies on the disk.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, Request, Uri};
use http_body_util::Full;
use poolhouse_kernel::sealing::MasterKey;
use poolhouse_ports::Clock;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::parse;
use crate::exit::Failure;
use crate::http_client::{CallError, HttpClient};
use crate::sigv4::{self, Keys, Scope, Unsigned};

/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it may be, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Which key decrypts, and where it is asked.
pub(super) struct Kms<'a> {
    /// The ARN of the key.
    pub(super) key: &'a str,
    /// The URL; without one AWS's own.
    pub(super) endpoint: Option<&'a str>,
}

/// What is read of the answer to Decrypt.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    key_id: Option<String>,
    plaintext: Option<String>,
    #[serde(rename = "__type")]
    error: Option<String>,
}

/// The credentials of the environment, under the names that AWS's tools use.
pub(super) fn credentials() -> Result<Keys, Failure> {
    Keys::of_environment().ok_or_else(|| {
        Failure::setup(
            "master-key-kms: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set, to those of somebody who may kms:Decrypt",
        )
    })
}

impl Kms<'_> {
    /// Reads the ciphertext, and has it decrypted.
    ///
    /// # Errors
    /// Why there is no key, without anything of it.
    pub(super) async fn open(&self, file: &Path, keys: &Keys, clock: &Clock) -> Result<MasterKey, Failure> {
        let failure = |what: String| Failure::setup(format!("master-key-kms: {what}"));
        let ciphertext = fs::read_to_string(file).map_err(|error| {
            failure(format!(
                "cannot read {}: {error}; make it with: aws kms generate-data-key-without-plaintext --key-id {} --key-spec AES_256 --query CiphertextBlob --output text",
                file.display(),
                self.key
            ))
        })?;
        let request = self.request(ciphertext.trim(), keys, clock).map_err(failure)?;
        let client = HttpClient::new()?;
        let answer = timeout(PATIENCE, client.call(request, LONGEST_ANSWER)).await;
        let answer =
            answer.map_err(|_| failure(format!("no answer within {} seconds", PATIENCE.as_secs())))?;
        let answer = answer.map_err(|error| match error {
            CallError::Unreachable(why) => failure(why),
            CallError::TooLong => failure("the answer is too long".to_owned()),
        })?;
        let status = answer.status();
        let Answer { key_id, plaintext, error } = serde_json::from_slice(answer.body())
            .map_err(|_| failure(format!("HTTP status {}, and no answer of KMS", status.as_u16())))?;
        // An alias is answered with the key that it stands for.
        let is_ours = key_id.as_deref() == Some(self.key) || self.key.contains(":alias/");
        if status.is_success() && !is_ours {
            return Err(failure("another key than the named one decrypted it".to_owned()));
        }
        match plaintext.filter(|_| status.is_success()) {
            Some(text) => {
                parse(&text).ok_or_else(|| failure("what was decrypted is not 32 bytes".to_owned()))
            }
            None => Err(failure(format!("KMS refuses: {}", error.unwrap_or_else(|| status.to_string())))),
        }
    }

    fn request(&self, ciphertext: &str, keys: &Keys, clock: &Clock) -> Result<Request<Full<Bytes>>, String> {
        let region = self.key.split(':').nth(3).filter(|region| !region.is_empty());
        let region = region.ok_or_else(|| format!("{} is no ARN of a key", self.key))?;
        let usual = || format!("https://kms.{region}.amazonaws.com/");
        let uri: Uri = self
            .endpoint
            .map_or_else(usual, str::to_owned)
            .parse()
            .map_err(|error| format!("master-key-kms-endpoint is no URL: {error}"))?;
        let authority = uri.authority().ok_or("master-key-kms-endpoint has no host")?;
        if uri.scheme_str() != Some("https") && !is_loopback(authority.host()) {
            return Err(
                "master-key-kms-endpoint must begin with https://: the key comes back over it".to_owned()
            );
        }
        let body = json!({ "KeyId": self.key, "CiphertextBlob": ciphertext }).to_string();
        let mut headers = vec![
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("host", authority.to_string()),
            ("x-amz-target", "TrentService.Decrypt".to_owned()),
        ];
        let scope = Scope { region, service: "kms" };
        let request = Unsigned { method: &Method::POST, uri: &uri, headers: &headers, body: body.as_bytes() };
        headers.extend(sigv4::headers(keys, scope, request, clock.outside()));
        let request = headers
            .into_iter()
            .fold(Request::post(uri), |request, (name, value)| request.header(name, value));
        request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())
    }
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::State;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::Value;
    use tokio::net::TcpListener;

    use super::*;

    const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/k";

    type Asked = Arc<Mutex<Vec<(HeaderMap, Value)>>>;

    /// A service that knows one ciphertext.
    async fn service(plaintext: String) -> (String, Asked) {
        async fn decrypt(
            State((asked, plaintext)): State<(Asked, String)>,
            headers: HeaderMap,
            body: Bytes,
        ) -> (StatusCode, String) {
            let body: Value = serde_json::from_slice(&body).unwrap();
            let known = body["CiphertextBlob"] == "Y2lwaGVydGV4dA==";
            asked.lock().unwrap().push((headers, body));
            if known {
                (StatusCode::OK, json!({ "Plaintext": plaintext, "KeyId": KEY }).to_string())
            } else {
                (StatusCode::BAD_REQUEST, json!({ "__type": "InvalidCiphertextException" }).to_string())
            }
        }
        let asked = Asked::default();
        let router = Router::new().route("/", post(decrypt)).with_state((Arc::clone(&asked), plaintext));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (url, asked)
    }

    async fn open(endpoint: &str, ciphertext: &str) -> Result<MasterKey, String> {
        with_key(KEY, endpoint, ciphertext).await
    }

    async fn with_key(key: &str, endpoint: &str, ciphertext: &str) -> Result<MasterKey, String> {
        let name = format!("poolhouse-kms-{}", poolhouse_ports::Entropy::system().uuid());
        let file = env::temp_dir().join(name);
        fs::write(&file, format!("{ciphertext}\n")).unwrap();
        let keys = Keys {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: None,
        };
        let opened = Kms { key, endpoint: Some(endpoint) }.open(&file, &keys, &Clock::system()).await;
        fs::remove_file(file).unwrap();
        opened.map_err(|failure| failure.to_string())
    }

    #[tokio::test]
    async fn a_key_comes_from_who_was_asked_and_unseen_by_others() {
        let keys =
            Keys { access_key_id: String::new(), secret_access_key: String::new(), session_token: None };
        let asked =
            |endpoint| Kms { key: KEY, endpoint: Some(endpoint) }.request("x", &keys, &Clock::system());
        assert!(asked("http://kms.example.com/").unwrap_err().contains("https://"));
        for endpoint in ["https://kms.example.com/", "http://localhost:1/", "http://[::1]:1/"] {
            assert!(asked(endpoint).is_ok(), "{endpoint}");
        }
        let (url, _) = service(STANDARD.encode([7; 32])).await;
        let other = format!("{KEY}-of-another");
        let refused = with_key(&other, &url, "Y2lwaGVydGV4dA==").await.unwrap_err();
        assert!(refused.contains("another key than the named one"), "{refused}");
    }

    #[tokio::test]
    async fn a_service_decrypts_the_key_for_who_signs() {
        let (url, asked) = service(STANDARD.encode([7; 32])).await;
        let key = open(&url, "Y2lwaGVydGV4dA==").await.unwrap();
        assert_eq!(key.audit_key("c").mac(&[b"x"]), MasterKey::new([7; 32]).audit_key("c").mac(&[b"x"]));
        let (headers, body) = asked.lock().unwrap().remove(0);
        assert_eq!(headers["x-amz-target"], "TrentService.Decrypt");
        let authorization = headers["authorization"].to_str().unwrap();
        assert!(authorization.contains(
            "/eu-west-1/kms/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target"
        ));
        assert_eq!(body["KeyId"], KEY);
        let refused = open(&url, "b3RoZXI=").await.unwrap_err();
        assert!(refused.contains("KMS refuses: InvalidCiphertextException"), "{refused}");
    }

    #[tokio::test]
    async fn what_is_no_key_is_not_taken() {
        let (url, _) = service(STANDARD.encode([7; 16])).await;
        assert!(open(&url, "Y2lwaGVydGV4dA==").await.unwrap_err().contains("not 32 bytes"));
        let kms = Kms { key: "alias/k", endpoint: None };
        let keys =
            Keys { access_key_id: String::new(), secret_access_key: String::new(), session_token: None };
        assert!(kms.request("x", &keys, &Clock::system()).unwrap_err().contains("no ARN"));
        let missing = Kms { key: KEY, ..kms }.open(Path::new("/nowhere/key"), &keys, &Clock::system()).await;
        assert!(missing.unwrap_err().to_string().contains("generate-data-key-without-plaintext"));
    }
}
