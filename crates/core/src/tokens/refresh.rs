//! Refresh tokens (docs/cognito/tokens.md §9). One is a sealed string: what it says needs no row, only
//! whether it was revoked or replaced does.

use poolhouse_kernel::Fault;
use poolhouse_kernel::limits::Asker;
use poolhouse_store::Tx;
use poolhouse_store::tables::sessions::{self, Session as SessionRow};
use poolhouse_store::tables::tracked_sessions;
use poolhouse_wire::user_pools::{AuthenticationResultType, UserStatusType};

use super::issue::{self, Issue};
use super::refresh_token::RefreshToken;
use super::sign_in::SignIn;
use super::{groups, rotation};
use crate::clients::lifetime;
use crate::directory::record;
use crate::model::group_claims::GroupClaims;
use crate::model::{Client, Pool, User};
use crate::sessions::{browser, record as tracking};
use crate::triggers::pre_token_generation::TriggerSource;
use crate::{Cx, devices, faults};

/// What a refresh token is sealed as.
const KIND: &str = "refresh";

/// Who comes with a refresh token that is good.
pub(crate) struct Bearer {
    pub(crate) user: User,
    groups: GroupClaims,
    session: SessionRow,
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
    user: &User,
    sign_in: &SignIn,
) -> Result<String, Fault> {
    let token = RefreshToken {
        id: None,
        client_id: client.id.clone(),
        sub: user.row.sub.clone(),
        expires_at: cx.now.seconds() + lifetime::refresh(&client.settings),
        generation: user.row.sign_outs,
        sign_in: sign_in.clone(),
    };
    token.seal(pool)
}

/// Opens a refresh token of the client; whether it has expired or was revoked is another matter.
pub(crate) fn open(pool: &Pool, client: &Client, token: &str) -> Result<RefreshToken, Refused> {
    let token: RefreshToken = pool.keys.open_token(KIND, token).ok_or(Refused::Unknown)?;
    let is_its_own = token.client_id == client.id && token.sign_in.client_url() == client.url();
    if is_its_own { Ok(token) } else { Err(Refused::OtherClient) }
}

impl RefreshToken {
    /// The text that the client keeps.
    pub(super) fn seal(&self, pool: &Pool) -> Result<String, Fault> {
        pool.keys.seal_token(KIND, self)
    }

    /// The row of its sign-in, unless that has one: it gets it when there is something to remember.
    pub(super) fn session(&self, pool: &Pool) -> SessionRow {
        self.sign_in.session(&pool.id, &self.client_id, &self.sub, self.expires_at)
    }

    /// The token that takes its place: of the same sign-in, for the rest of the same life.
    pub(super) fn successor(&self, id: &str) -> Self {
        Self { id: Some(id.to_owned()), ..self.clone() }
    }

    /// The user and the sign-in, as long as the token may be used by a client that names the device `device_key`.
    ///
    /// # Errors
    /// `NotAuthorizedException`, `RefreshTokenReuseException`, `PasswordResetRequiredException`,
    /// `TooManyRequestsException`.
    pub(crate) async fn bearer(
        &self,
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        device_key: Option<&str>,
    ) -> Result<Bearer, Fault> {
        cx.admit(Asker::User(&pool.id, &self.sub))?;
        if self.expires_at <= cx.now.seconds() {
            return Err(Fault::not_authorized("Refresh Token has expired"));
        }
        cx.look(async |mut tx| self.bearer_in(&mut tx, cx, pool, client, device_key).await).await
    }

    /// The same, as far as it is a matter of what is stored.
    async fn bearer_in(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        device_key: Option<&str>,
    ) -> Result<Bearer, Fault> {
        let user = record::by_sub(tx, pool, &self.sub).await?.ok_or_else(|| {
            Fault::not_authorized("The user has been deleted for the associated refresh token")
        })?;
        // Before the revocation that came with it (tokens §9.2, recorded).
        if !user.row.enabled {
            return Err(faults::user_disabled());
        }
        if user.row.sign_outs != self.generation {
            return Err(rotation::revoked(client));
        }
        let session = sessions::get(tx, &pool.id, &self.sign_in.event_id).await?;
        let session = session.unwrap_or_else(|| self.session(pool));
        rotation::check(client, self.id.as_deref(), &session, cx.now)?;
        let issued = self.sign_in.device_key.as_deref();
        if !devices::may_refresh(tx, pool, &self.sub, issued, device_key).await? {
            return Err(Refused::Unknown.fault());
        }
        if user.status == UserStatusType::ResetRequired {
            // Open (tokens §9.2).
            return Err(faults::password_reset_required());
        }
        let groups = groups::of_user(tx, pool, &user.row.sub).await?;
        Ok(Bearer { user, groups, session })
    }

    /// New ID and access tokens for the user, whose attributes and groups count as they are now; where tokens
    /// rotate, a new refresh token too. Otherwise nothing is written: the sign-in stays what it was, but for what
    /// tracking notes of it from time to time.
    ///
    /// # Errors
    /// PreTokenGeneration's; as [`Self::bearer`] when another use of the token came first.
    pub(crate) async fn redeem(
        &self,
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        bearer: &Bearer,
    ) -> Result<AuthenticationResultType, Fault> {
        let Bearer { user, groups, session } = bearer;
        let issue = Issue {
            client,
            user,
            groups,
            sign_in: &self.sign_in,
            source: TriggerSource::RefreshTokens,
            nonce: None,
        };
        let mut result = issue::tokens(cx, pool, issue).await?;
        let record = tracking::after_use(cx, pool, session);
        let origin = record.as_ref().and(session.record.as_ref()).and_then(|r| r.origin_session_id.as_ref());
        if let Some(origin) = origin {
            browser::touch(cx, pool, &user.row.sub, origin).await?;
        }
        if rotation::is_on(client) {
            let child = rotation::replace(cx, pool, client, self, record.as_ref()).await?;
            result.refresh_token = Some(child.into());
        } else if let Some(record) = record {
            let mut tx = cx.write().await?;
            tracked_sessions::touch(&mut tx, &pool.id, &session.event_id, &record).await?;
            tx.commit().await?;
        }
        Ok(result)
    }
}
