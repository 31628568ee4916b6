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
    /// What the caller says about the user on whose behalf it calls.
    pub user: UserContext,
}

/// Where a caller says that the user is (UserContextData, ContextData). Whether it is believed depends on the caller.
#[derive(Clone, Debug, Default)]
pub struct UserContext {
    /// The user's address.
    pub address: Option<IpAddr>,
    /// The `User-Agent` of the user's own request.
    pub user_agent: Option<String>,
}
