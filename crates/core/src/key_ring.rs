//! The key service behind custom senders (docs/decisions/0016-a-key-ring-for-custom-senders.md).
//!
//! A data key is wrapped for the KMS key that the pool's `LambdaConfig` names, and unwrapped for a function that asks as
//! it would ask AWS KMS. There is nothing to manage: what is wrapped is sealed under the pool's own key, and belongs to
//! one encryption context.

use std::fmt;

use poolhouse_crypto::encryption_sdk::{DATA_KEY_BYTES, EncryptionContext};
use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_wire::ErrorCode;
use zeroize::Zeroizing;

use crate::model::Pool;
use crate::{Cx, pools};

/// The member of the context that names the pool (triggers-and-messages §8.12, observed).
pub(crate) const POOL_ID: &str = "userpool-id";

/// A data key that was unwrapped. Its `Debug` form does not show it.
pub struct Unwrapped {
    /// The KMS key for which it was wrapped.
    pub key_arn: String,
    /// The data key.
    pub data_key: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Unwrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unwrapped").field("key_arn", &self.key_arn).finish_non_exhaustive()
    }
}

/// Wraps a data key of a pool, for one KMS key and one context that names the pool.
pub(crate) fn wrap(
    pool: &Pool,
    key_arn: &str,
    context: &EncryptionContext,
    data_key: &[u8; DATA_KEY_BYTES],
) -> Vec<u8> {
    let content = Zeroizing::new([data_key.as_slice(), key_arn.as_bytes()].concat());
    pool.keys.seal(&place(context), &content)
}

/// Unwraps a data key; `None` when it was not wrapped here, for this context.
///
/// # Errors
/// When the database cannot be read.
pub async fn unwrap(
    cx: &Cx,
    context: &EncryptionContext,
    wrapped: &[u8],
) -> Result<Option<Unwrapped>, Fault> {
    let Some(pool_id) = context.get(POOL_ID) else { return Ok(None) };
    let pool = match pools::get(cx, &PoolId::from(pool_id.as_str())).await {
        Ok(pool) => pool,
        Err(fault) if fault.code() == ErrorCode::ResourceNotFoundException => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let Ok(content) = pool.keys.open(&place(context), wrapped).map(Zeroizing::new) else { return Ok(None) };
    let Some((data_key, key_arn)) = content.split_at_checked(DATA_KEY_BYTES) else { return Ok(None) };
    let key_arn = String::from_utf8_lossy(key_arn).into_owned();
    Ok(Some(Unwrapped { key_arn, data_key: Zeroizing::new(data_key.to_vec()) }))
}

/// What a wrapped key is sealed to. A map in its order: the same text for the same context.
fn place(context: &EncryptionContext) -> String {
    format!("data_key/{}", serde_json::json!(context))
}
