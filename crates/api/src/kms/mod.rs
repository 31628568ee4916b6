//! The key service: of AWS KMS what functions that send messages ask for
//! (docs/decisions/0016-a-key-ring-for-custom-senders.md).
//!
//! Stock functions decrypt codes with the AWS Encryption SDK, which asks AWS KMS for the data key. With their KMS client's
//! endpoint set to this server (`AWS_ENDPOINT_URL_KMS`) it asks here.

mod keys;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::kms::Operation;
use serde_json::Value;

use crate::dispatch::dispatch;

pub(crate) use keys::key_of;

dispatch! {
    missing {}
    keys {
        Decrypt => decrypt,
    }
}
