//! The forms of identifiers that the server makes (docs/cognito/protocol.md §7).

use poolhouse_crypto::timestamp::format_compact;
use poolhouse_ports::{ClientId, Entropy, PoolId, Timestamp};

const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LOWER_ALPHANUMERIC: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// `<region>_` and nine letters or digits.
pub(crate) fn pool_id(entropy: &Entropy, region: &str) -> PoolId {
    format!("{region}_{}", entropy.text(ALPHANUMERIC, 9)).into()
}

/// The region in a pool id.
pub(crate) fn region_of(pool_id: &PoolId) -> &str {
    pool_id.split_once('_').map_or("", |(region, _)| region)
}

/// Whether a region can have this name: no request could name another one.
pub(crate) fn is_region(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// 26 lower-case letters or digits.
pub(crate) fn client_id(entropy: &Entropy) -> ClientId {
    entropy.text(LOWER_ALPHANUMERIC, 26).into()
}

/// 26 lower-case letters or digits, too (new-operations §16.1, ours).
pub(crate) fn cimd_policy_id(entropy: &Entropy) -> String {
    entropy.text(LOWER_ALPHANUMERIC, 26)
}

/// 52 lower-case letters or digits: about 269 bits.
pub(crate) fn client_secret(entropy: &Entropy) -> String {
    entropy.text(LOWER_ALPHANUMERIC, 52)
}

/// `import-` and ten letters or digits (operations-and-protection §11, documented sample).
pub(crate) fn import_job_id(entropy: &Entropy) -> String {
    format!("import-{}", entropy.text(ALPHANUMERIC, 10))
}

/// `tkn` and 25 lower-case letters or digits: a session of tokens (new-operations §2.1).
pub(crate) fn token_session_id(entropy: &Entropy) -> String {
    format!("tkn{}", entropy.text(LOWER_ALPHANUMERIC, 25))
}

/// `sso` and 25 lower-case letters or digits: a session of a browser (new-operations §2.1).
pub(crate) fn browser_session_id(entropy: &Entropy) -> String {
    format!("sso{}", entropy.text(LOWER_ALPHANUMERIC, 25))
}

/// The ARN of a device, in the form of AWS's examples; `owner` is `<user name>.<pool id>`.
pub(crate) fn device_arn(account_id: &str, pool_id: &PoolId, owner: &str, device_key: &str) -> String {
    format!("arn:aws:cognito-idp:{}:{account_id}:owner/{owner}/device/{device_key}", region_of(pool_id))
}

/// The ARN of a pool in a region: its own, or one where it has a replica.
pub(crate) fn pool_arn(account_id: &str, region: &str, pool_id: &PoolId) -> String {
    format!("arn:aws:cognito-idp:{region}:{account_id}:userpool/{pool_id}")
}

/// The time of a change as the versions of domains and style sheets name it, in 14 digits: `20170405224234`.
pub(crate) fn version_of(changed_at: Timestamp) -> String {
    format_compact(changed_at.0.div_euclid(1000)).replace(['T', 'Z'], "")
}
