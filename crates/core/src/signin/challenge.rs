//! `Session`: the state between two steps of a sign-in, sealed (spec/authentication.md §5).

use poolhouse_ports::Timestamp;
use poolhouse_wire::Sensitive;
use poolhouse_wire::types::ChallengeNameType;
use serde::{Deserialize, Serialize};

use super::finish::Redeemed;
use super::parameters::missing;
use crate::clients::Client;
use crate::pools::Pool;
use crate::users::User;
use crate::{Cx, Fault};

/// What a session is sealed as.
const KIND: &str = "session";

/// What a session says: who has come how far.
#[derive(Serialize, Deserialize)]
pub(super) struct Session {
    /// By which it is redeemed once.
    id: String,
    client_id: String,
    pub(super) sub: String,
    /// The challenge that it is to be answered with.
    challenge: String,
    /// The password that was proven; with another one the session is void.
    password_version: i64,
    /// Milliseconds since 1970.
    expires_at: i64,
}

impl Session {
    /// A session for a user who has proven the first factor and now meets `challenge`.
    pub(super) fn new(cx: &Cx, client: &Client, user: &User, challenge: &ChallengeNameType) -> Self {
        Self {
            id: cx.entropy().uuid().to_string(),
            client_id: client.id.clone(),
            sub: user.row.sub.clone(),
            challenge: challenge.as_str().to_owned(),
            password_version: user.row.password_version,
            expires_at: cx.now.plus_seconds(client.session_seconds()).millis(),
        }
    }

    /// The text that the client sends back.
    pub(super) fn seal(&self, pool: &Pool) -> Result<Sensitive, Fault> {
        pool.keys.seal_token(KIND, self).map(Sensitive::from)
    }

    /// Opens what a client sent back with its answer to `challenge`.
    ///
    /// # Errors
    /// `InvalidParameterException` without one, `NotAuthorizedException` when it is not good here and now.
    pub(super) fn open(
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        session: Option<&str>,
        challenge: &ChallengeNameType,
    ) -> Result<Self, Fault> {
        let text = session.ok_or_else(|| missing("Session"))?;
        let session: Self = pool.keys.open_token(KIND, text).ok_or_else(invalid)?;
        if session.client_id != client.id || session.challenge != challenge.as_str() {
            return Err(invalid());
        }
        if Timestamp(session.expires_at) <= cx.now {
            return Err(Fault::not_authorized("Invalid session for the user, session is expired."));
        }
        Ok(session)
    }

    /// Whether the user is the one of the session, with the password that was proven.
    pub(super) fn fits(&self, user: &User) -> bool {
        user.row.sub == self.sub && user.row.password_version == self.password_version
    }

    /// What using it up looks like.
    pub(super) fn redeemed(&self) -> Redeemed {
        Redeemed::session(&self.id, Timestamp(self.expires_at))
    }
}

/// Authentication §5, observed.
pub(super) fn invalid() -> Fault {
    Fault::not_authorized("Invalid session for the user.")
}
