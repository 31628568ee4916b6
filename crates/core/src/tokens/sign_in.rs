//! One sign-in: what all its tokens have in common, and what its refresh token remembers.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId, Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::sessions::{self, Session as SessionRow};
use serde::{Deserialize, Serialize};

use crate::Cx;
use crate::clients::lifetime;
use crate::model::{Client, Level, Methods, Pool, scopes};
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
    /// What is told of how surely the user is who they say.
    #[serde(default, skip_serializing_if = "Assurance::is_unasked")]
    pub(crate) assurance: Assurance,
    /// What else was asked for at a domain of the pool; absent for a sign-in through the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hosted: Option<Hosted>,
}

/// What the request to a domain asked for that its tokens say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hosted {
    /// `resource`, which becomes `aud` of access tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) audience: Option<String>,
    /// The client, where it is a URL: its tokens are no other's, not even those of the app client whose settings it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_url: Option<String>,
}

/// How surely the user is who they say, where levels were asked for (tokens §13).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Assurance {
    /// The level that was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acr: Option<String>,
    /// By what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) amr: Vec<String>,
}

impl Assurance {
    /// What the claims say of what was proven.
    pub(crate) fn of(pool: &Pool, methods: Methods) -> Self {
        Self::new(pool, methods.level(), methods.amr())
    }

    /// What they say of a level and how it was reached.
    pub(crate) fn new(pool: &Pool, level: Option<Level>, amr: Vec<String>) -> Self {
        Self { acr: level.map(|level| level.name(pool)), amr }
    }

    fn is_unasked(&self) -> bool {
        *self == Self::default()
    }
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
            assurance: Assurance::default(),
            hosted: None,
        }
    }

    /// What is granted at a domain to who signed in there at `auth_time`. Many grants may come of one such login, each with
    /// an end of its own.
    pub(crate) fn hosted(cx: &Cx, auth_time: Timestamp, scopes: &[String], hosted: Hosted) -> Self {
        Self {
            event_id: cx.entropy().uuid().to_string(),
            auth_time: auth_time.seconds(),
            scope: scopes.join(" "),
            hosted: Some(hosted),
            ..Self::now(cx)
        }
    }

    /// The scopes.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split(' ')
    }

    /// Whether there is an ID token (tokens §1, documented).
    pub(crate) fn has_id_token(&self) -> bool {
        self.hosted.is_none() || self.scopes().any(|scope| scope == scopes::OPENID_ITSELF)
    }

    /// `aud` of its access tokens.
    pub(crate) fn audience(&self) -> Option<&str> {
        self.hosted.as_ref()?.audience.as_deref()
    }

    /// The client, where it is a URL.
    pub(crate) fn client_url(&self) -> Option<&str> {
        self.hosted.as_ref()?.client_url.as_deref()
    }

    /// Where the pool tracks sessions: writes the sign-in's row, which came through the browser session `origin` if there
    /// is one, after room was made for it among the user's; the caller commits.
    pub(crate) async fn track(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        sub: &Sub,
        origin: Option<&str>,
    ) -> Result<(), Fault> {
        let Some(record) = record::new(cx, pool, origin) else { return Ok(()) };
        record::make_room(tx, cx, pool, sub).await?;
        let expires_at = cx.now.seconds() + lifetime::refresh(&client.settings);
        let session = self.session(&pool.id, &client.id, sub, expires_at);
        let session = SessionRow { auth_time: cx.now, record: Some(record), ..session };
        match sessions::insert(tx, &session).await? {
            Insert::Inserted => Ok(()),
            Insert::Exists => Err(Fault::internal("two sign-ins have one event id")),
        }
    }

    /// The row of a sign-in of which there is something to remember, given when its refresh token expires, in seconds
    /// since 1970. It outlives the last access token that a refresh can still give, however the client's settings
    /// change until then.
    pub(crate) fn session(
        &self,
        pool_id: &PoolId,
        client_id: &ClientId,
        sub: &Sub,
        expires_at: i64,
    ) -> SessionRow {
        SessionRow {
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
