//! DefineAuthChallenge, CreateAuthChallenge, VerifyAuthChallengeResponse: a sign-in of the operator's own
//! making (triggers-and-messages §8.6 to §8.8, authentication §14).

use std::collections::BTreeMap;

use poolhouse_kernel::Fault;
use poolhouse_wire::ErrorCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::event::{self, Event};
use super::{Function, Trigger, Verdict, authentication};
use crate::Cx;
use crate::model::{Client, Pool, User};

/// The challenge that the functions make up.
pub(crate) const CUSTOM_CHALLENGE: &str = "CUSTOM_CHALLENGE";

/// The built-in challenge that they may ask for at the beginning.
pub(crate) const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";

/// A challenge that was answered: its name, whether rightly, and what CreateAuthChallenge noted of it. A list in
/// sessions, which have little room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answered(pub(crate) String, pub(crate) bool, pub(crate) Option<String>);

impl Answered {
    /// A built-in challenge that was answered rightly.
    pub(crate) fn rightly(name: &str) -> Self {
        Self(name.to_owned(), true, None)
    }
}

/// Who signs in.
#[derive(Clone, Copy)]
pub(crate) struct Claimant<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) client: &'a Client,
    /// Absent where the client hides that nobody has the name.
    pub(crate) user: Option<&'a User>,
    /// The user's name, or the one that was sent.
    pub(crate) username: &'a str,
}

/// What DefineAuthChallenge says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Tokens,
    Failure,
    /// The name of a challenge.
    Challenge(String),
}

/// What CreateAuthChallenge makes.
pub(crate) struct Created {
    /// For the client.
    pub(crate) public: BTreeMap<String, String>,
    /// For VerifyAuthChallengeResponse.
    pub(crate) private: BTreeMap<String, String>,
    /// For the list of answered challenges.
    pub(crate) metadata: Option<String>,
}

/// Whether the pool decides by a function how users sign in.
pub(crate) fn are_defined(pool: &Pool) -> bool {
    Trigger::DefineAuthChallenge.of(pool).is_some()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Defined {
    challenge_name: Option<String>,
    issue_tokens: Option<bool>,
    fail_authentication: Option<bool>,
}

/// Asks what follows after the challenges that were answered so far, the oldest first.
///
/// # Errors
/// The trigger's; `InvalidLambdaResponseException` when it decides nothing (triggers-and-messages §8.6,
/// open).
pub(crate) async fn define(
    cx: &Cx,
    claimant: Claimant<'_>,
    answered: &[Answered],
) -> Result<Decision, Fault> {
    let function = required(Trigger::DefineAuthChallenge, claimant.pool)?;
    let mut request = about(claimant);
    request.insert("session".to_owned(), session(answered));
    event::add_client_metadata(&mut request, cx);
    let response = json!({ "challengeName": null, "issueTokens": null, "failAuthentication": null });
    let event = claimant.event("DefineAuthChallenge_Authentication", request, response);
    let defined: Defined = function.call(cx, claimant.pool, &event).await?;
    match defined {
        Defined { fail_authentication: Some(true), .. } => Ok(Decision::Failure),
        Defined { issue_tokens: Some(true), .. } => Ok(Decision::Tokens),
        Defined { challenge_name: Some(name), .. } if !name.is_empty() => Ok(Decision::Challenge(name)),
        _ => Err(unrecognizable(claimant.pool)),
    }
}

/// A decision that makes no sense where it was made.
pub(crate) fn unrecognizable(pool: &Pool) -> Fault {
    match required(Trigger::DefineAuthChallenge, pool) {
        Ok(function) => function.unrecognizable().fault(),
        Err(fault) => fault,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Creation {
    public_challenge_parameters: Option<BTreeMap<String, String>>,
    private_challenge_parameters: Option<BTreeMap<String, String>>,
    challenge_metadata: Option<String>,
}

/// Makes a custom challenge.
///
/// # Errors
/// The trigger's.
pub(crate) async fn create(cx: &Cx, claimant: Claimant<'_>, answered: &[Answered]) -> Result<Created, Fault> {
    let function = required(Trigger::CreateAuthChallenge, claimant.pool)?;
    let mut request = about(claimant);
    request.insert("challengeName".to_owned(), json!(CUSTOM_CHALLENGE));
    request.insert("session".to_owned(), session(answered));
    event::add_client_metadata(&mut request, cx);
    let response = json!({
        "publicChallengeParameters": null, "privateChallengeParameters": null, "challengeMetadata": null,
    });
    let event = claimant.event("CreateAuthChallenge_Authentication", request, response);
    let made: Creation = function.call(cx, claimant.pool, &event).await?;
    Ok(Created {
        public: made.public_challenge_parameters.unwrap_or_default(),
        private: made.private_challenge_parameters.unwrap_or_default(),
        metadata: made.challenge_metadata,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verified {
    answer_correct: Option<bool>,
}

/// Has the answer to a custom challenge judged.
pub(crate) async fn verify(
    cx: &Cx,
    claimant: Claimant<'_>,
    private: &BTreeMap<String, String>,
    answer: &str,
) -> Verdict<()> {
    let function = match required(Trigger::VerifyAuthChallengeResponse, claimant.pool) {
        Ok(function) => function,
        Err(fault) => return Verdict::None(fault),
    };
    let mut request = about(claimant);
    request.insert("privateChallengeParameters".to_owned(), json!(private));
    request.insert("challengeAnswer".to_owned(), json!(answer));
    event::add_client_metadata(&mut request, cx);
    let response = json!({ "answerCorrect": null });
    let event = claimant.event("VerifyAuthChallengeResponse_Authentication", request, response);
    match function.call(cx, claimant.pool, &event).await {
        Ok(Verified { answer_correct: Some(true) }) => Verdict::Right(()),
        Ok(Verified { .. }) => Verdict::Wrong(None),
        Err(failure) => failure.verdict(failure.fault()),
    }
}

fn required(trigger: Trigger, pool: &Pool) -> Result<Function<'_>, Fault> {
    trigger.of(pool).ok_or_else(not_configured)
}

/// Authentication §2, observed of DefineAuthChallenge.
pub(crate) fn not_configured() -> Fault {
    Fault::new(
        ErrorCode::InvalidParameterException,
        "Custom auth lambda trigger is not configured for the user pool.",
    )
}

fn about(claimant: Claimant<'_>) -> Map<String, Value> {
    authentication::about(claimant.pool, claimant.client, claimant.user)
}

fn session(answered: &[Answered]) -> Value {
    let entry = |Answered(name, result, metadata): &Answered| json!({ "challengeName": name, "challengeResult": result, "challengeMetadata": metadata });
    answered.iter().map(entry).collect()
}

impl<'a> Claimant<'a> {
    fn event(self, source: &'static str, request: Map<String, Value>, response: Value) -> Event<'a> {
        let client_id = Some(&self.client.id);
        Event { source, version: "1", username: self.username, client_id, request, response }
    }
}
