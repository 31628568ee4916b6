//! Auth events: what is written down of a user's sign-ins and what belongs to them
//! (docs/cognito/operations-and-protection.md §9.4).
//!
//! Only pools with threat protection have them; others pay a look at a setting that is at hand. An event stands in
//! the transaction of what it tells of. All steps of a sign-in are one event, which travels in their sessions; each
//! wrong answer is one of its own. Nothing is written of requests that are refused before anything was proven or
//! tried, nor of users who do not exist: who cannot sign in cannot fill the table either.

use poolhouse_kernel::Fault;
use poolhouse_ports::{Sub, Timestamp};
use poolhouse_store::Tx;
use poolhouse_store::tables::auth_events::{self as table, AuthEvent};
use poolhouse_store::tables::users;
use poolhouse_wire::user_pools::{
    ChallengeName, ChallengeResponse, EventResponseType, EventType, RiskDecisionType, RiskLevelType,
};
use serde::{Deserialize, Serialize};

use super::context::{self, Context};
use crate::model::{Client, Pool, threat_protection};
use crate::{Cx, logs};

/// An event on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    id: String,
    began_at: Timestamp,
    details: Details,
}

/// What is told of an event beside its kind, its response and where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    /// What was answered, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) answers: Vec<(ChallengeName, ChallengeResponse)>,
    /// How unlike the user it was; None: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) level: Option<RiskLevelType>,
    /// Whether the configuration blocked it: for its address, or its password.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) blocked: bool,
    /// Whether others know the password.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) compromised: bool,
}

impl Event {
    pub(crate) fn new(cx: &Cx) -> Self {
        let id = cx.entropy().uuid().to_string();
        Self { id, began_at: cx.now, details: Details::default() }
    }

    /// The event that begins with this answer.
    pub(crate) fn answered(cx: &Cx, name: ChallengeName, is_right: bool) -> Self {
        Self::new(cx).and(name, is_right)
    }

    /// Another event that tells what this one tells: the wrong answer in the middle of a sign-in.
    pub(crate) fn fork(self, cx: &Cx) -> Self {
        Self { details: self.details, ..Self::new(cx) }
    }

    /// The event with one more answer.
    pub(crate) fn and(mut self, name: ChallengeName, is_right: bool) -> Self {
        let response = if is_right { ChallengeResponse::Success } else { ChallengeResponse::Failure };
        self.details.answers.push((name, response));
        self
    }

    /// The event with its risk.
    pub(super) fn at_risk(mut self, level: Option<RiskLevelType>) -> Self {
        self.details.level = level;
        self
    }

    /// The event, with a password that others know.
    pub(crate) fn compromised(mut self) -> Self {
        self.details.compromised = true;
        self
    }

    /// The event, blocked by the configuration.
    pub(super) fn blocked(mut self) -> Self {
        self.details.blocked = true;
        self
    }

    /// By which users and administrators refer to it.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Writes the event, or what became of it; the caller commits. The pool is given: to look it up here could take a second
    /// connection.
    pub(crate) async fn put(
        &self,
        tx: &mut Tx,
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        sub: &Sub,
        noted: Noted,
    ) -> Result<(), Fault> {
        let context = context::of(cx, client);
        if logs::tells_auth_events(pool) {
            let user = users::get(tx, &pool.id, sub).await?;
            let username = user.as_ref().map_or("", |user| user.username.as_str());
            self.tell(cx, pool, client, (sub, username), &noted, &context);
        }
        let event = AuthEvent {
            pool_id: client.pool_id.clone(),
            sub: sub.to_owned(),
            event_id: self.id.clone(),
            created_at: self.began_at,
            kind: noted.kind.as_str().to_owned(),
            response: noted.response.as_str().to_owned(),
            address: context.address.map(|address| address.to_string()),
            device: context.device,
            details: serde_json::to_string(&self.details).map_err(Fault::internal)?,
            feedback: None,
        };
        Ok(table::put(tx, &event).await?)
    }

    /// Tells the event where the pool's events are told, once the request has ended.
    fn tell(
        &self,
        cx: &Cx,
        pool: &Pool,
        client: &Client,
        (sub, username): (&Sub, &str),
        noted: &Noted,
        context: &Context,
    ) {
        let Details { answers, level, compromised, .. } = &self.details;
        let challenge = |(name, response): &(ChallengeName, ChallengeResponse)| {
            format!("{name}:{response}").to_uppercase()
        };
        let decision = self.details.decision();
        let event = logs::AuthEvent {
            id: &self.id,
            kind: noted.kind.as_str(),
            response: noted.response.as_str(),
            began_at: self.began_at,
            sub,
            username,
            client_id: &client.id,
            risk_level: level.as_ref().map_or("", RiskLevelType::as_str),
            risk_decision: decision.as_str(),
            challenges: answers.iter().map(challenge).collect(),
            device: context.device.as_deref().unwrap_or_default(),
            address: context.address.map(|address| address.to_string()),
            compromised: *compromised,
            has_context: cx.origin.user.address.is_some() || cx.origin.user.user_agent.is_some(),
        };
        logs::auth_event(cx, pool, &event);
    }
}

impl Details {
    /// What was made of the risk.
    pub(super) fn decision(&self) -> RiskDecisionType {
        match (self.blocked, &self.level) {
            (true, _) => RiskDecisionType::Block,
            (false, Some(_)) => RiskDecisionType::AccountTakeover,
            (false, None) => RiskDecisionType::NoRisk,
        }
    }
}

/// What an event is of, and how that ended.
pub(crate) struct Noted {
    pub(crate) kind: EventType,
    pub(crate) response: EventResponseType,
}

impl Noted {
    /// A sign-in that failed.
    pub(crate) const FAILED_SIGN_IN: Self =
        Self { kind: EventType::SignIn, response: EventResponseType::Fail };
}

/// Writes an event that is one by itself, where the pool has them; the caller commits.
pub(crate) async fn note(
    tx: &mut Tx,
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    sub: &Sub,
    noted: Noted,
) -> Result<(), Fault> {
    match threat_protection::mode(pool) {
        Some(_) => Event::new(cx).put(tx, cx, pool, client, sub, noted).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Details>("auth_event");
    }
}
