//! Settings of the installation that every domain may ask for.

use std::fmt;

use crate::limits::Limits;

/// The issuer of the tokens of AWS's identity pools, and of ours unless another one is set.
pub const IDENTITY_ISSUER: &str = "https://cognito-identity.amazonaws.com";

/// Settings of the installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Region of what is made where a request names none.
    pub region: String,
    /// Account in ARNs, 12 digits.
    pub account_id: String,
    /// What clients use to reach this server, without a slash at the end.
    pub public_url: String,
    /// `iss` of the tokens of identity pools.
    pub identity_issuer: String,
    /// How often one source may ask.
    pub limits: Limits,
    /// Root credentials given from outside; without them the stored ones count.
    pub root: Option<KeyPair>,
}

/// An access key with its secret.
#[derive(Clone)]
pub struct KeyPair {
    /// Public half, sent with each request.
    pub access_key_id: String,
    /// Secret half, which signs.
    pub secret_access_key: String,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}
