//! `Session`: the state between two steps of a sign-in, sealed (docs/cognito/authentication.md §5).

use std::collections::BTreeMap;

use poolhouse_kernel::sign_ins::Flow;
use poolhouse_kernel::{Fault, Kind};
use poolhouse_ports::{ClientId, Sub, Timestamp};
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::ChallengeNameType;
use serde::{Deserialize, Serialize};

use super::account;
use super::attempt::Attempt;
use super::goal::Goal;
use super::held::Held;
use super::next::Progress;
use super::parameters::missing;
use super::redeemed::Redeemed;
use super::target::Target;
use crate::model::{Client, Pool, User};
use crate::threat::events::Event;
use crate::triggers::challenges::Answered;
use crate::{Cx, nobody};

/// Between the id of the client and what is sealed under its pool's key. Ids have none.
const SEPARATOR: char = '-';

/// What a session says: who has come how far.
#[derive(Serialize, Deserialize)]
pub(super) struct Session {
    /// By which it is redeemed once.
    pub(super) id: String,
    client_id: ClientId,
    pub(super) sub: Sub,
    /// `USERNAME` as it was sent at first.
    pub(super) name: String,
    /// The challenge that it is to be answered with.
    challenge: String,
    /// None before the first factor is proven.
    pub(super) progress: Option<Progress>,
    /// The device that the client named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) device_key: Option<String>,
    pub(super) data: Data,
    /// What a custom sign-in has had answered so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) custom: Option<Vec<Answered>>,
    /// What is written once the second factor is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<Held>,
    /// The level that is to be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Target>,
    /// The event that tells of the sign-in, where the pool has such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Event>,
    /// By which way the user comes, for the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flow: Option<Flow>,
    /// The password that was proven; with another one the session is void.
    password_version: i64,
    expires_at: Timestamp,
}

/// What the answer to the challenge is held against.
#[derive(Default, Serialize, Deserialize)]
pub(super) enum Data {
    #[default]
    Nothing,
    /// A code that was sent.
    Code(SentCode),
    /// The challenge that a passkey is to sign, in base64url.
    Passkey(String),
    /// The sealed secret of a software token that waits for its first code.
    SoftwareToken(String),
    /// What a function made of a custom challenge.
    Custom(CustomChallenge),
}

/// What a session knows of a code that was sent.
#[derive(Serialize, Deserialize)]
pub(super) struct SentCode {
    pub(super) hash: String,
    /// An address that becomes the user's with the right code.
    pub(super) new_address: Option<String>,
}

/// What a session knows of the custom challenge under way.
#[derive(Serialize, Deserialize)]
pub(super) struct CustomChallenge {
    pub(super) private: BTreeMap<String, String>,
    pub(super) metadata: Option<String>,
}

/// Whose session it is.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) sub: &'a Sub,
    /// The name that they came by.
    pub(super) name: &'a str,
    /// The password that was proven, or that they have.
    pub(super) password_version: i64,
}

impl Session {
    /// A session for a sign-in that now meets `challenge`.
    pub(super) fn new(cx: &Cx, attempt: &Attempt, challenge: &ChallengeNameType) -> Self {
        let user = attempt.user();
        let owner =
            Owner { sub: &user.row.sub, name: &attempt.name, password_version: user.row.password_version };
        let device_key = attempt.device.as_ref().map(|device| device.key().to_owned());
        let session = Self::make(cx, &attempt.client, owner, Some(attempt.progress), challenge);
        let (custom, held, target) = (attempt.custom.clone(), attempt.held.clone(), attempt.target.clone());
        Self { device_key, custom, held, target, event: attempt.event.clone(), ..session }
    }

    /// A session of `owner`, which waits for the answer to `challenge`.
    pub(super) fn make(
        cx: &Cx,
        client: &Client,
        owner: Owner<'_>,
        progress: Option<Progress>,
        challenge: &ChallengeNameType,
    ) -> Self {
        Self {
            id: cx.entropy().uuid().to_string(),
            client_id: client.id.clone(),
            sub: owner.sub.to_owned(),
            name: owner.name.to_owned(),
            challenge: challenge.as_str().to_owned(),
            progress,
            device_key: None,
            data: Data::Nothing,
            custom: None,
            held: None,
            target: None,
            event: None,
            flow: cx.sign_in().flow(),
            password_version: owner.password_version,
            expires_at: cx.now.plus_seconds(Goal::of(cx).session_seconds(client)),
        }
    }

    /// Has it wait for longer than others.
    pub(super) fn wait_until(&mut self, expires_at: Timestamp) {
        self.expires_at = expires_at;
    }

    /// The challenge that it is to be answered with.
    pub(super) fn challenge(&self) -> ChallengeNameType {
        ChallengeNameType::from(&*self.challenge)
    }

    /// The text that the client sends back. It begins with the id of the client, because two operations name
    /// nothing but a session.
    pub(super) fn seal(&self, cx: &Cx, pool: &Pool) -> Result<Sensitive, Fault> {
        let sealed = pool.keys.seal_token(Goal::of(cx).session_kind(), self)?;
        Ok(format!("{}{SEPARATOR}{sealed}", self.client_id).into())
    }

    /// The id of the client that a session says to be for.
    pub(super) fn client_id(session: &str) -> Option<ClientId> {
        session.split_once(SEPARATOR).map(|(client_id, _)| client_id.into())
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
        let (_, sealed) = text.split_once(SEPARATOR).ok_or_else(invalid)?;
        let session: Self = pool.keys.open_token(Goal::of(cx).session_kind(), sealed).ok_or_else(invalid)?;
        session.check(cx, client, challenge)
    }

    /// The session, if it is good for an answer of `client` to `challenge` now. One that waits for a choice
    /// may be answered by what is chosen (authentication §10, model).
    ///
    /// # Errors
    /// `NotAuthorizedException`.
    pub(super) fn check(
        self,
        cx: &Cx,
        client: &Client,
        challenge: &ChallengeNameType,
    ) -> Result<Self, Fault> {
        if let Some(flow) = self.flow {
            cx.sign_in().set_flow(flow);
        }
        let chooses = matches!(challenge, ChallengeNameType::Password | ChallengeNameType::PasswordSrp)
            && self.challenge == ChallengeNameType::SelectChallenge.as_str();
        if self.client_id != client.id || (self.challenge != challenge.as_str() && !chooses) {
            return Err(invalid());
        }
        if self.expires_at <= cx.now {
            let text = "Invalid session for the user, session is expired.";
            return Err(Fault::not_authorized(text).of_kind(Kind::Session));
        }
        Ok(self)
    }

    /// The same session at another challenge of the same step: using up one uses up both.
    pub(super) fn at(self, challenge: &ChallengeNameType) -> Self {
        Self { challenge: challenge.as_str().to_owned(), ..self }
    }

    /// Whether the user is the one of the session, with the password that was proven.
    pub(super) fn fits(&self, user: &User) -> bool {
        user.row.sub == self.sub && user.row.password_version == self.password_version
    }

    /// When it is no longer accepted.
    pub(super) fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// What using it up looks like.
    pub(super) fn redeemed(&self, pool: &Pool) -> Redeemed {
        Redeemed::session(&self.id, self.place(pool), self.expires_at())
    }

    /// What its end in failure looks like.
    pub(super) fn ended(&self, pool: &Pool) -> Redeemed {
        Redeemed::ended_session(&self.id, self.place(pool), self.expires_at())
    }

    /// Where its use is marked if it is nobody's.
    fn place(&self, pool: &Pool) -> Option<String> {
        let is_nobodys = self.sub == account::stand_in_sub(pool, &self.name);
        is_nobodys.then(|| nobody::session(pool, &self.id))
    }
}

/// Authentication §5, observed.
pub(super) fn invalid() -> Fault {
    Fault::not_authorized("Invalid session for the user.").of_kind(Kind::Session)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Session>("session");
    }
}
