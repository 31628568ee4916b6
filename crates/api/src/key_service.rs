//! KMS's Decrypt, as far as functions that send messages call it (docs/decisions/0016-a-key-ring-for-custom-senders.md).
//!
//! Stock functions decrypt codes with the AWS Encryption SDK, which asks AWS KMS for the data key. With their KMS client's
//! endpoint set to this server (`AWS_ENDPOINT_URL_KMS`) it asks here.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_core::{Cx, key_ring};
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{answer, http};

/// The target by which SDKs name the operation.
const TARGET: &str = "TrentService.Decrypt";

/// The only algorithm of keys that can wrap data keys, and KMS's default.
const ALGORITHM: &str = "SYMMETRIC_DEFAULT";

/// Whether a request is for the key service.
pub(crate) fn is_meant(headers: &HeaderMap) -> bool {
    headers.get("x-amz-target").is_some_and(|target| target == TARGET)
}

/// Why a data key is not given out.
pub(crate) enum Refusal {
    /// By a fault that the user pools API has, too: of the signature, of the server.
    Fault(Fault),
    /// The ciphertext was not made here, or for another context.
    InvalidCiphertext,
    /// It was made for another key than the request names.
    IncorrectKey,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypt {
    ciphertext_blob: String,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
    key_id: Option<String>,
    encryption_algorithm: Option<String>,
}

/// Decrypts a data key; the caller has proven to hold an access key.
pub(crate) async fn decrypt(cx: &Cx, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let malformed = || Fault::new(ErrorCode::SerializationException, "The body is not a request of Decrypt.");
    let request: Decrypt = serde_json::from_slice(body).map_err(|_| malformed())?;
    let wrapped = STANDARD.decode(&request.ciphertext_blob).map_err(|_| malformed())?;
    if request.encryption_algorithm.is_some_and(|algorithm| algorithm != ALGORITHM) {
        return Err(Refusal::IncorrectKey);
    }
    let unwrapped = key_ring::unwrap(cx, &request.encryption_context, &wrapped).await?;
    let key = unwrapped.ok_or(Refusal::InvalidCiphertext)?;
    // A key is named by its ARN, or by what stands behind `key/` in it.
    let names_it =
        |id: &str| id == key.key_arn || key.key_arn.rsplit_once("key/").is_some_and(|(_, k)| k == id);
    if !request.key_id.as_deref().is_none_or(names_it) {
        return Err(Refusal::IncorrectKey);
    }
    let answer = json!({
        "KeyId": key.key_arn,
        "Plaintext": STANDARD.encode(&key.data_key),
        "EncryptionAlgorithm": ALGORITHM,
    });
    Ok(answer.to_string().into_bytes())
}

/// The answer, in KMS's words.
pub(crate) fn answer(request_id: Uuid, result: Result<Vec<u8>, Refusal>) -> Response<Body> {
    match result {
        Ok(body) => answer::success(request_id, body),
        Err(Refusal::Fault(fault)) => {
            http::log_refusal(&fault);
            answer::error(request_id, &fault)
        }
        Err(Refusal::InvalidCiphertext) => {
            answer::named_error(request_id, "InvalidCiphertextException", None, StatusCode::BAD_REQUEST)
        }
        Err(Refusal::IncorrectKey) => {
            let text = "The key ID in the request does not identify a CMK that can perform this operation.";
            answer::named_error(request_id, "IncorrectKeyException", Some(text), StatusCode::BAD_REQUEST)
        }
    }
}
