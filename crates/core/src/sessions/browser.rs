//! What the pages of a pool remember of a browser: a row, which the browser's cookie names, sealed
//! (docs/cognito/oauth-and-managed-login.md §5.2, docs/cognito/new-operations.md §2).
//!
//! A browser session ends by sign-out at the pages, with its user, when the user is disabled, and by the operations on
//! sessions. GlobalSignOut leaves it (documented): its tokens end, and new ones are a silent sign-in away.

use poolhouse_crypto::digest;
use poolhouse_kernel::{Fault, Kind};
use poolhouse_ports::{ClientId, PoolId, Sub, Timestamp, Username};
use poolhouse_saml::LogoutRequest;
use poolhouse_store::Tx;
use poolhouse_store::tables::browser_sessions::{self as table, BrowserSession};
use poolhouse_store::tables::sessions::Session as SessionRow;
use poolhouse_store::tables::{Insert, clients as client_table};
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::UserStatusType;
use serde::{Deserialize, Serialize};

use super::configuration::DEFAULT_SSO_MINUTES;
use super::record::{self, Record};
use crate::directory::record as users;
use crate::ids;
use crate::model::{Client, Pool, User};
use crate::{Cx, pools};

pub use crate::model::assurance::{Level, Methods};
pub use crate::model::federation::Federation;

/// What a cookie is sealed as.
const KIND: &str = "browser";

/// For how long a browser's sign-in is taken up where sessions are not tracked.
const CLASSIC_MINUTES: i64 = 60;

/// How many browser sessions a user has at most; one more ends the one that was used least recently (ours).
const MOST: u32 = 100;

/// Somebody who is signed in in a browser: who, since when and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The pool of the user.
    pub pool_id: PoolId,
    /// The app client through which they signed in.
    pub client_id: ClientId,
    /// The user.
    pub sub: Sub,
    /// What the user is called.
    pub username: Username,
    /// The user's generation of tokens, when this was read.
    pub generation: i64,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// By what.
    pub methods: Methods,
    /// By which provider they came; None of who signed in here.
    pub federation: Option<Federation>,
    /// The browser session, by which users and administrators name it.
    pub session_id: String,
    /// When the browser session ends.
    pub expires_at: Timestamp,
}

/// For how long after signing in what protects an account can be changed, in seconds (ours).
const FRESH_SECONDS: i64 = 10 * 60;

impl Login {
    /// Whether the user proved more than a password, or came by a provider.
    pub(crate) fn has_more_than_a_password(&self) -> bool {
        self.federation.is_some() || self.level() >= Some(Level::Three)
    }

    /// The highest level of assurance that was reached, by the provider's word or here.
    pub(crate) fn level(&self) -> Option<Level> {
        self.federation.as_ref().map(|federation| federation.level).max(self.methods.level())
    }

    /// The claim `amr`.
    pub(crate) fn amr(&self) -> Vec<String> {
        let of_provider = self.federation.iter().flat_map(|federation| federation.amr.clone());
        of_provider.chain(self.methods.amr()).collect()
    }

    /// When they proved it last to whoever asked: the provider by which they came, as far as it told, or the pool.
    pub(crate) fn proven_at(&self) -> Timestamp {
        let before = self.federation.as_ref().map_or(0, |federation| federation.seconds_before);
        self.auth_time.plus_seconds(-i64::from(before))
    }

    /// Whether the user signed in just now: nobody sits at a browser that was left open.
    pub fn is_fresh(&self, cx: &Cx) -> bool {
        cx.now < self.auth_time.plus_seconds(FRESH_SECONDS)
    }
}

/// What a browser keeps.
#[derive(Serialize, Deserialize)]
struct Cookie {
    sub: Sub,
    session_id: String,
}

/// A browser session that is made, and its cookie.
#[derive(Debug)]
pub(crate) struct New {
    row: BrowserSession,
    /// Whether there is a row already, which says less.
    is_raised: bool,
    pub(crate) login: Login,
    pub(crate) cookie: Sensitive,
}

/// The session of a browser whose user signs in now; nothing is written yet.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn begin(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &User,
    methods: Methods,
    federation: Option<&Federation>,
) -> Result<New, Fault> {
    let used = record::used_by(cx, ids::browser_session_id(cx.entropy()));
    let row = BrowserSession {
        pool_id: pool.id.clone(),
        sub: user.row.sub.clone(),
        session_id: used.session_id,
        client_id: client.id.clone(),
        authenticated_at: cx.now,
        expires_at: cx.now.plus_seconds(minutes(cx, pool).await? * 60),
        methods: methods.to_text(),
        last_active_at: used.last_active_at,
        device: used.device,
        address: used.address,
        federation: federation.map(serde_json::to_string).transpose().map_err(Fault::internal)?,
        provider_user: federation.and_then(|federation| {
            Some(provider_user(&federation.provider, &federation.session.as_ref()?.name_id))
        }),
    };
    let cookie = Cookie { sub: row.sub.clone(), session_id: row.session_id.clone() };
    let (login, cookie) = (login(&row, user)?, pool.keys.seal_token(KIND, &cookie)?.into());
    Ok(New { login, cookie, row, is_raised: false })
}

/// The session of a browser whose user proves more now than when it was made; nothing is written yet. It stays as old as
/// it is.
///
/// # Errors
/// `NotAuthorizedException` where it has ended.
pub(crate) async fn raise(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    session_id: &str,
    methods: Methods,
) -> Result<New, Fault> {
    let stored = table::get(&mut cx.read().await?, &pool.id, &user.row.sub, session_id).await?;
    let mut row = stored.filter(|row| cx.now < end_of(pool, row)).ok_or_else(ended)?;
    row.methods = Methods::from_text(&row.methods).and(methods).to_text();
    let cookie = Cookie { sub: row.sub.clone(), session_id: row.session_id.clone() };
    let (login, cookie) = (login(&row, user)?, pool.keys.seal_token(KIND, &cookie)?.into());
    Ok(New { login, cookie, row, is_raised: true })
}

fn ended() -> Fault {
    Fault::not_authorized("The browser is signed out.").of_kind(Kind::Session)
}

impl New {
    /// Writes the session; the caller commits.
    pub(crate) async fn write(&self, tx: &mut Tx) -> Result<(), Fault> {
        if self.is_raised {
            // Another window may have proven something else meanwhile.
            let stored = table::get(tx, &self.row.pool_id, &self.row.sub, &self.row.session_id).await?;
            let stored = stored.ok_or_else(ended)?;
            let methods = Methods::from_text(&stored.methods).and(Methods::from_text(&self.row.methods));
            let row = BrowserSession { methods: methods.to_text(), ..self.row.clone() };
            return if table::set_methods(tx, &row).await? { Ok(()) } else { Err(ended()) };
        }
        table::evict(tx, &self.row.pool_id, &self.row.sub, MOST - 1).await?;
        match table::insert(tx, &self.row).await? {
            Insert::Inserted => Ok(()),
            Insert::Exists => Err(Fault::internal("two browser sessions have one id")),
        }
    }
}

/// For how long a sign-in made now is taken up by some client of the pool (new-operations §2.5, open).
async fn minutes(cx: &Cx, pool: &Pool) -> Result<i64, Fault> {
    if !record::is_on(pool) {
        return Ok(CLASSIC_MINUTES);
    }
    Ok(client_table::longest_sso(&mut cx.read().await?, &pool.id, DEFAULT_SSO_MINUTES.into()).await?)
}

/// Who is signed in in a browser with this cookie: None for a cookie of nobody's, a session that has ended, and a user
/// who may not have tokens.
///
/// # Errors
/// `ResourceNotFoundException` where the pool does not exist.
pub async fn find(cx: &Cx, pool_id: &PoolId, cookie: &str) -> Result<Option<Login>, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    find_in(cx, &pool, cookie).await
}

pub(crate) async fn find_in(cx: &Cx, pool: &Pool, cookie: &str) -> Result<Option<Login>, Fault> {
    Ok(find_user(cx, pool, cookie).await?.map(|(login, _)| login))
}

/// As [`find`], with the user.
pub(crate) async fn find_user(cx: &Cx, pool: &Pool, cookie: &str) -> Result<Option<(Login, User)>, Fault> {
    let Some(cookie) = pool.keys.open_token(KIND, cookie) else { return Ok(None) };
    match cx.look(async |mut tx| stored(&mut tx, cx, pool, &cookie).await).await {
        Err(fault) if fault.kind() == Some(Kind::Session) => Ok(None),
        found => found.map(Some),
    }
}

/// Who is signed in by what is stored.
async fn stored(tx: &mut Tx, cx: &Cx, pool: &Pool, cookie: &Cookie) -> Result<(Login, User), Fault> {
    let row = table::get(tx, &pool.id, &cookie.sub, &cookie.session_id).await?;
    let row = row.filter(|row| cx.now < end_of(pool, row)).ok_or_else(ended)?;
    let user = users::by_sub(tx, pool, &cookie.sub).await?.filter(may_have_tokens).ok_or_else(ended)?;
    Ok((login(&row, &user)?, user))
}

/// Ends the session of a browser. A cookie of nobody's ends nothing, and is no error: whoever signs out is signed out.
///
/// # Errors
/// `ResourceNotFoundException` where the pool does not exist.
pub async fn end(cx: &Cx, pool_id: &PoolId, cookie: &str) -> Result<(), Fault> {
    let pool = pools::get(cx, pool_id).await?;
    let Some(Cookie { sub, session_id }) = pool.keys.open_token(KIND, cookie) else { return Ok(()) };
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        table::delete(&mut tx, &pool.id, &sub, &session_id).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Ends all browser sessions of a user; the caller commits.
pub(crate) async fn end_of_user(tx: &mut Tx, user: &User) -> Result<(), Fault> {
    table::delete_of_user(tx, &user.row.pool_id, &user.row.sub).await?;
    Ok(())
}

/// Ends the browser sessions of a user but this one; the caller commits.
pub(crate) async fn end_others(tx: &mut Tx, user: &User, session_id: &str) -> Result<(), Fault> {
    let (pool_id, sub) = (&user.row.pool_id, &user.row.sub);
    for row in table::list(tx, pool_id, sub, MOST).await? {
        if row.session_id != session_id {
            table::delete(tx, pool_id, sub, &row.session_id).await?;
        }
    }
    Ok(())
}

/// Ends the browser sessions that a SAML provider means: of its name for the user, and of the sessions it names, if it names any;
/// the caller commits.
pub(crate) async fn end_at_provider(
    tx: &mut Tx,
    pool_id: &PoolId,
    provider: &str,
    asked: &LogoutRequest,
) -> Result<(), Fault> {
    let provider_user = provider_user(provider, &asked.name_id.value);
    for row in table::list_of_provider_user(tx, pool_id, &provider_user, MOST).await? {
        let federation = row.federation.as_deref().map(serde_json::from_str::<Federation>).transpose();
        let session = federation.map_err(Fault::internal)?.and_then(|federation| federation.session);
        if session.is_some_and(|session| session.is_meant_by(asked)) {
            table::delete(tx, pool_id, &row.sub, &row.session_id).await?;
        }
    }
    Ok(())
}

/// A SAML provider's user, as rows name it: the provider's own name has whatever length.
fn provider_user(provider: &str, name_id: &str) -> String {
    format!("{provider}/{}", digest::hex(&digest::sha256(&[name_id.as_bytes()])))
}

/// Ends the browser session that a tracked sign-in came through, if it did; the caller commits.
pub(crate) async fn end_origin(tx: &mut Tx, session: &SessionRow) -> Result<(), Fault> {
    if let Some(origin) = session.record.as_ref().and_then(|record| record.origin_session_id.as_ref()) {
        table::delete(tx, &session.pool_id, &session.sub, origin).await?;
    }
    Ok(())
}

/// Whether `client` takes up a sign-in of this time without asking again.
pub(crate) fn is_taken_up(cx: &Cx, pool: &Pool, client: &Client, auth_time: Timestamp) -> bool {
    let minutes = match client.sso_minutes {
        Some(minutes) if record::is_on(pool) => minutes,
        None if record::is_on(pool) => DEFAULT_SSO_MINUTES.into(),
        _ => CLASSIC_MINUTES,
    };
    cx.now < auth_time.plus_seconds(minutes * 60)
}

/// Notes a use of a browser session, where the pool tracks sessions and something of it changes that is worth a write;
/// the fresh sign-in's time stays (new-operations §2.5).
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn touch(cx: &Cx, pool: &Pool, sub: &Sub, session_id: &str) -> Result<(), Fault> {
    if !record::is_on(pool) {
        return Ok(());
    }
    let stored = table::get(&mut cx.read().await?, &pool.id, sub, session_id).await?;
    let Some(mut row) = stored.filter(|row| cx.now < end_of(pool, row)) else { return Ok(()) };
    let used = record::used_by(cx, row.session_id.clone());
    if !record::is_worth_a_write(&record_of(&row), &used) {
        return Ok(());
    }
    row.last_active_at = row.last_active_at.max(used.last_active_at);
    (row.device, row.address) = (used.device, used.address);
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        table::touch(&mut tx, &row).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// What tracking tells of a browser session.
pub(super) fn record_of(row: &BrowserSession) -> Record {
    Record {
        session_id: row.session_id.clone(),
        origin_session_id: None,
        last_active_at: row.last_active_at,
        device: row.device.clone(),
        address: row.address.clone(),
    }
}

/// The user's browser sessions that are tracked and have not ended, the one used last first.
pub(super) async fn active(
    cx: &Cx,
    tx: &mut Tx,
    pool: &Pool,
    sub: &Sub,
) -> Result<Vec<BrowserSession>, Fault> {
    let Some(since) = pool.settings.sessions.since() else { return Ok(Vec::new()) };
    let mut rows = table::list(tx, &pool.id, sub, MOST).await?;
    rows.retain(|row| row.authenticated_at >= since && cx.now < end_of(pool, row));
    Ok(rows)
}

/// When a session ends: without tracking no later than the classic hour, whatever was set while there was some
/// (new-operations §2.2).
fn end_of(pool: &Pool, row: &BrowserSession) -> Timestamp {
    if record::is_on(pool) {
        row.expires_at
    } else {
        row.expires_at.min(row.authenticated_at.plus_seconds(CLASSIC_MINUTES * 60))
    }
}

/// Open (oauth-and-managed-login §5.2): who is disabled or must have the password reset is not signed in silently.
fn may_have_tokens(user: &User) -> bool {
    let has_state = !matches!(user.status, UserStatusType::ResetRequired | UserStatusType::Unconfirmed);
    user.row.enabled && has_state
}

fn login(row: &BrowserSession, user: &User) -> Result<Login, Fault> {
    let federation = row.federation.as_deref().map(serde_json::from_str).transpose();
    Ok(Login {
        federation: federation.map_err(Fault::internal)?,
        pool_id: row.pool_id.clone(),
        client_id: row.client_id.clone(),
        sub: row.sub.clone(),
        username: user.row.username.clone(),
        generation: user.row.sign_outs,
        auth_time: row.authenticated_at,
        methods: Methods::from_text(&row.methods),
        session_id: row.session_id.clone(),
        expires_at: row.expires_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Cookie>("browser_cookie");
    }
}
