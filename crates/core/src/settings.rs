//! Settings of the installation about user pools.

use std::collections::BTreeMap;

/// Settings of the installation about user pools.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The form of `iss` in tokens.
    pub issuer: IssuerMode,
    /// For how many days auth events are kept.
    pub auth_event_days: u32,
    /// For how many days users and groups can be taken back to an earlier moment; 0: nothing is kept for that.
    pub recovery_days: u32,
    /// Every how many days the published secrets of clients are rotated; 0: by hand alone.
    pub secret_rotation_days: u32,
    /// How many days old the keys may become that sign tokens; 0: they are rotated by hand alone.
    pub signing_key_days: u32,
    /// Whether a pool's tier bounds what it can do.
    pub tiers: Tiers,
    /// The domain below which prefixes are host names; without it they are paths below the public URL.
    pub auth_domain: Option<String>,
    /// Whether identity providers may be on this machine, without TLS: for development.
    pub local_providers: bool,
    /// Where social providers are instead: what their addresses begin with, and what it is replaced by.
    pub provider_addresses: BTreeMap<String, String>,
}

/// Which URL names a pool as the issuer of its tokens (docs/cognito/tokens.md §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerMode {
    /// `<public URL>/<pool id>`.
    Own,
    /// AWS's form, `https://cognito-idp.<region>.amazonaws.com/<pool id>`, or its updated form where the
    /// pool's IssuerConfiguration says so: for consumers that derive the issuer from the pool id.
    Aws,
}

/// Whether a pool's tier bounds what it can do (docs/cognito/operations-and-protection.md §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tiers {
    /// Every feature is in every tier, but for refresh token rotation.
    #[default]
    Open,
    /// As on AWS: what the tier lacks is refused.
    Strict,
}
