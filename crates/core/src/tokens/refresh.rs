//! Refresh tokens (spec/tokens.md §9). One is a sealed string: what it says needs no row, only whether it was
//! revoked does.

use poolhouse_store::Tx;
use poolhouse_store::tables::sessions;
use poolhouse_wire::types::{AuthenticationResultType, FeatureType, UserStatusType};
use serde::{Deserialize, Serialize};

use super::sign_in::SignIn;
use super::{groups, issue, lifetime};
use crate::clients::Client;
use crate::pools::Pool;
use crate::users::{User, record};
use crate::{Cx, Fault, triggers};

/// What a refresh token is sealed as.
const KIND: &str = "refresh";

/// What a refresh token says.
#[derive(Serialize, Deserialize)]
pub(crate) struct RefreshToken {
    client_id: String,
    pub(crate) sub: String,
    /// Seconds since 1970; counted from the sign-in, refreshing does not prolong it (tokens §9.2).
    expires_at: i64,
    pub(crate) sign_in: SignIn,
}

/// Whether the client's refresh tokens are replaced with each use.
pub(crate) fn rotates(client: &Client) -> bool {
    client.settings.refresh_token_rotation.as_ref().is_some_and(|r| r.feature == FeatureType::Enabled)
}

/// Why a refresh token is refused before anything of it is believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Not made here, or not for this pool.
    Unknown,
    /// Made for another client of the pool.
    OtherClient,
}

impl Refused {
    /// As a refresh answers it (tokens §9.2, recorded).
    pub(crate) fn fault(self) -> Fault {
        Fault::not_authorized(match self {
            Self::Unknown => "Invalid Refresh Token",
            Self::OtherClient => "Refresh Token has different Client",
        })
    }
}

/// The refresh token of a sign-in that is completed now.
pub(crate) fn seal(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    sub: &str,
    sign_in: &SignIn,
) -> Result<String, Fault> {
    let token = RefreshToken {
        client_id: client.id.clone(),
        sub: sub.to_owned(),
        expires_at: cx.now.seconds() + lifetime::refresh(&client.settings),
        sign_in: sign_in.clone(),
    };
    pool.keys.seal_token(KIND, &token)
}

/// Opens a refresh token of the client; whether it has expired or was revoked is another matter.
pub(crate) fn open(pool: &Pool, client: &Client, token: &str) -> Result<RefreshToken, Refused> {
    let token: RefreshToken = pool.keys.open_token(KIND, token).ok_or(Refused::Unknown)?;
    if token.client_id == client.id { Ok(token) } else { Err(Refused::OtherClient) }
}

impl RefreshToken {
    /// The user, as long as the token may be used.
    ///
    /// # Errors
    /// `NotAuthorizedException`, `PasswordResetRequiredException`.
    pub(crate) async fn user(&self, cx: &Cx, tx: &mut Tx, pool: &Pool) -> Result<User, Fault> {
        if self.expires_at <= cx.now.seconds() {
            return Err(Fault::not_authorized("Refresh Token has expired"));
        }
        let user = record::by_sub(tx, pool, &self.sub).await?.ok_or_else(|| {
            Fault::not_authorized("The user has been deleted for the associated refresh token")
        })?;
        // Before the revocation that came with it (tokens §9.2, recorded).
        if !user.row.enabled {
            return Err(Fault::user_disabled());
        }
        let session = sessions::get(tx, &pool.id, &self.sign_in.event_id).await?;
        if session.is_none_or(|s| s.revoked_at.is_some()) {
            return Err(Fault::not_authorized("Refresh Token has been revoked"));
        }
        if user.status == UserStatusType::ResetRequired {
            // Open (tokens §9.2).
            return Err(Fault::password_reset_required());
        }
        Ok(user)
    }

    /// New ID and access tokens for `user`, whose attributes and groups count as they are now. Writes
    /// nothing: the sign-in stays what it was.
    ///
    /// # Errors
    /// `UnexpectedLambdaException` when a trigger would have to change them.
    pub(crate) async fn redeem(
        &self,
        cx: &Cx,
        mut tx: Tx,
        pool: &Pool,
        client: &Client,
        user: &User,
    ) -> Result<AuthenticationResultType, Fault> {
        triggers::refuse_refresh(pool)?;
        let groups = groups::of_user(&mut tx, pool, &user.row.sub).await?;
        drop(tx);
        issue::tokens(cx, pool, client, user, &groups, &self.sign_in).await
    }
}
