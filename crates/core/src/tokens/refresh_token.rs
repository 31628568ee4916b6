//! What a refresh token says.

use poolhouse_ports::{ClientId, Sub};
use serde::{Deserialize, Serialize};

use super::sign_in::SignIn;

/// What a refresh token says.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    /// By which rotation tells it from others of the sign-in; the first one has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    pub(super) client_id: ClientId,
    pub(crate) sub: Sub,
    /// Seconds since 1970; counted from the sign-in, refreshing does not prolong it (tokens §9.2).
    pub(super) expires_at: i64,
    /// The user's generation of tokens.
    pub(super) generation: i64,
    pub(crate) sign_in: SignIn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<RefreshToken>("refresh_token");
    }
}
