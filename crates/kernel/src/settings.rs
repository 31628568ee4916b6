//! Settings of the installation that every domain may ask for.

use crate::credentials::KeyPair;
use crate::limits::Limits;

/// Settings of the installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Region of what is made where a request names none.
    pub region: String,
    /// Account in ARNs, 12 digits.
    pub account_id: String,
    /// What clients use to reach this server, without a slash at the end.
    pub public_url: String,
    /// How often one source may ask.
    pub limits: Limits,
    /// Root credentials given from outside; without them the stored ones count.
    pub root: Option<KeyPair>,
}
