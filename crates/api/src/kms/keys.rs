//! Data keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_core::{Cx, key_ring};
use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::kms::{DecryptRequest, DecryptResponse, EncryptionAlgorithmSpec};
use serde::Deserialize as _;
use serde_json::Value;

/// The only algorithm of keys that can wrap data keys, and KMS's default.
const ALGORITHM: EncryptionAlgorithmSpec = EncryptionAlgorithmSpec::SymmetricDefault;

pub(crate) async fn decrypt(cx: &Cx, input: DecryptRequest) -> Result<DecryptResponse, Fault> {
    // The model lets it be absent, for dry runs.
    let wrapped = input.ciphertext_blob.and_then(|blob| STANDARD.decode(blob).ok());
    let wrapped = wrapped.ok_or_else(|| {
        Fault::new(ErrorCode::SerializationException, "The body is not a request of Decrypt.")
    })?;
    if input.encryption_algorithm.is_some_and(|algorithm| algorithm != ALGORITHM) {
        return Err(incorrect_key());
    }
    let unwrapped = key_ring::unwrap(cx, &input.encryption_context.unwrap_or_default(), &wrapped).await?;
    let key = unwrapped.ok_or_else(|| Fault::bare(ErrorCode::InvalidCiphertextException))?;
    // A key is named by its ARN, or by what stands behind `key/` in it.
    let names_it =
        |id: &str| id == key.key_arn || key.key_arn.rsplit_once("key/").is_some_and(|(_, k)| k == id);
    if !input.key_id.as_deref().is_none_or(names_it) {
        return Err(incorrect_key());
    }
    Ok(DecryptResponse {
        plaintext: Some(STANDARD.encode(&key.data_key).into()),
        key_id: Some(key.key_arn),
        encryption_algorithm: Some(ALGORITHM),
        ..DecryptResponse::default()
    })
}

/// The ARN of the key for which the ciphertext of a request was wrapped, whatever else the request says; `None` where it was
/// not wrapped here.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn key_of(cx: &Cx, input: &Value) -> Result<Option<String>, Fault> {
    let input = DecryptRequest::deserialize(input).map_err(Fault::internal)?;
    let Some(wrapped) = input.ciphertext_blob.and_then(|blob| STANDARD.decode(blob).ok()) else {
        return Ok(None);
    };
    let context = input.encryption_context.unwrap_or_default();
    Ok(key_ring::unwrap(cx, &context, &wrapped).await?.map(|key| key.key_arn))
}

/// It was wrapped for another key than the request names.
fn incorrect_key() -> Fault {
    Fault::new(
        ErrorCode::IncorrectKeyException,
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
}
