//! One sign-in: what all its tokens have in common, and what its refresh token remembers.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId, Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::sessions::{self, Session};
use serde::{Deserialize, Serialize};

use crate::Cx;
use crate::clients::lifetime;
use crate::model::{Client, Pool, scopes};
use crate::sessions::record;

/// What the tokens of one sign-in have in common, also after a refresh (tokens §9.2, recorded).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SignIn {
    /// The id of the request that issued the first tokens.
    pub(crate) event_id: String,
    /// By which the tokens are revoked together.
    pub(crate) origin_jti: String,
    /// When the user signed in, in seconds since 1970.
    pub(crate) auth_time: i64,
    /// Scopes, separated by blanks.
    pub(crate) scope: String,
    /// The device that was used, or the key given for it, where the pool tracks devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) device_key: Option<String>,
}

impl SignIn {
    /// A sign-in through the API that is completed by this request.
    pub(crate) fn now(cx: &Cx) -> Self {
        Self {
            event_id: cx.request_id.to_string(),
            origin_jti: cx.entropy().uuid().to_string(),
            auth_time: cx.now.seconds(),
            scope: scopes::API.to_owned(),
            device_key: None,
        }
    }

    /// Where the pool tracks sessions: writes the sign-in's row, after room was made for it among the user's; the
    /// caller commits.
    pub(crate) async fn track(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        sub: &Sub,
    ) -> Result<(), Fault> {
        let Some(record) = record::new(cx, pool) else { return Ok(()) };
        record::make_room(tx, cx, pool, sub).await?;
        let expires_at = cx.now.seconds() + lifetime::refresh(&client.settings);
        let session = self.session(&pool.id, &client.id, sub, expires_at);
        let session = Session { auth_time: cx.now, record: Some(record), ..session };
        match sessions::insert(tx, &session).await? {
            Insert::Inserted => Ok(()),
            Insert::Exists => Err(Fault::internal("two sign-ins have one event id")),
        }
    }

    /// The row of a sign-in of which there is something to remember, given when its refresh token expires, in seconds
    /// since 1970. It outlives the last access token that a refresh can still give, however the client's settings
    /// change until then.
    pub(super) fn session(
        &self,
        pool_id: &PoolId,
        client_id: &ClientId,
        sub: &Sub,
        expires_at: i64,
    ) -> Session {
        Session {
            pool_id: pool_id.to_owned(),
            event_id: self.event_id.clone(),
            sub: sub.to_owned(),
            client_id: client_id.to_owned(),
            auth_time: Timestamp::from_seconds(self.auth_time),
            expires_at: Timestamp::from_seconds(expires_at + lifetime::LONGEST_TOKEN),
            revoked_at: None,
            rotation: None,
            record: None,
        }
    }
}
