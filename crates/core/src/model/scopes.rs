//! The scopes that every pool has; all others are of its resource servers (docs/cognito/oauth-and-managed-login.md §3).

/// With it, and no other, there is an ID token.
pub(crate) const OPENID_ITSELF: &str = "openid";

/// Those of OpenID Connect, which the discovery document names.
pub(crate) const OPENID: [&str; 4] = [OPENID_ITSELF, "email", "phone", "profile"];

/// The scope of an API sign-in (tokens §1, recorded). Without it a token is of no use to the operations
/// that take one.
pub(crate) const API: &str = "aws.cognito.signin.user.admin";

/// What a program's token needs to register clients (new-operations §10.2, documented). No resource server has it, and no
/// user's token.
pub(crate) const REGISTER: &str = "aws.cognito/dcr/register";

/// Whether every pool has the scope.
pub(crate) fn is_standard(scope: &str) -> bool {
    scope == API || OPENID.contains(&scope)
}
