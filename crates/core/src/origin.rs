//! Where a request comes from.

use std::net::IpAddr;

/// Where a request comes from, as far as the surface knows. Told to users in the list of their sessions; what a
/// caller may do never hangs on it alone.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The source address: the peer's, or the one that a trusted proxy names.
    pub address: Option<IpAddr>,
    /// The header `User-Agent`, where it is text.
    pub user_agent: Option<String>,
}
