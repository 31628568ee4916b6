//! Temporary credentials (identity-pools-and-iam §8). They are no rows: the session token holds, sealed, whose they are,
//! until when, and the secret that goes with the access key; so every node accepts them, and to issue them writes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use poolhouse_kernel::request::{Identity, Principal, Session};
use poolhouse_kernel::{Cx, Fault};
use poolhouse_policy::{Context, Policy, Request};
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::entities::{self as table, Entity};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::sts::{AssumedRoleUser, Credentials, Tag};
use serde::{Deserialize, Serialize};

use crate::assumable::Assumable;
use crate::caller::Caller;
use crate::keys::{access_key_id, secret_access_key};
use crate::principals::{self, Credential, assumed};
use crate::role_parts::RoleParts;
use crate::{documents, faults, keys, managed, tags};

/// What session tokens are sealed as.
const KIND: &str = "session token";

/// How long a session of a role lasts when nobody says.
const USUAL_SECONDS: i32 = 3600;

/// How long one may last that a session begins (role chaining).
const CHAINED_SECONDS: i32 = 3600;

/// How long credentials of GetSessionToken last when nobody says, and those of the root at most.
const USER_SECONDS: i32 = 43_200;
const ROOT_SECONDS: i32 = 3600;

/// The longest session policy.
const LONGEST_POLICY: usize = 2048;

/// What a session token holds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Token {
    access_key_id: String,
    secret: String,
    whose: Whose,
    session: Session,
    expires_at: Timestamp,
    /// The access key that it was made with, of one that is the caller's own: it ends with the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    made_with: Option<String>,
}

/// Whose policies the session has.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Whose {
    Root,
    User { id: String },
    Role { id: String, session_name: String },
}

/// What the access key and token of a session stand for; `None` when they are not of this server, do not belong together,
/// or whose they are is gone.
pub(crate) async fn find<S>(
    cx: &Cx<S>,
    access_key_id: &str,
    token: &str,
) -> Result<Option<Credential>, Fault> {
    let keys = cx.engine().sealing().installation_keys();
    let token = keys.open_token::<Token>(KIND, token).filter(|token| token.access_key_id == access_key_id);
    let Some(Token { secret, whose, session, expires_at, made_with, .. }) = token else { return Ok(None) };
    let mut tx = cx.read().await?;
    if let Some(key) = made_with
        && !keys::may_sign(cx, &mut tx, &key).await?
    {
        return Ok(None);
    }
    let principal = match whose {
        Whose::Root => Some(Principal::root(access_key_id, &cx.settings().account_id)),
        Whose::User { id } => principals::user(cx, &mut tx, access_key_id, &id).await?,
        Whose::Role { id, session_name } => table::get(&mut tx, &id)
            .await?
            .map(|role| principals::role(cx, access_key_id, &role, &session_name)),
    };
    Ok(principal.map(|principal| Credential {
        secret: secret.into(),
        principal: Arc::new(Principal { session: Some(session), ..principal }),
        expires: Some(expires_at),
    }))
}

/// Issues credentials of a session that begins now.
fn issue<S>(
    cx: &Cx<S>,
    whose: Whose,
    session: Session,
    made_with: Option<String>,
    seconds: i32,
) -> Result<Credentials, Fault> {
    let access_key_id = access_key_id("ASIA", cx.entropy());
    let secret = secret_access_key(cx.entropy());
    let expires_at = cx.now.plus_seconds(i64::from(seconds));
    let token = Token {
        access_key_id: access_key_id.clone(),
        secret: secret.clone(),
        whose,
        session,
        expires_at,
        made_with,
    };
    let session_token = cx.engine().sealing().installation_keys().seal_token(KIND, &token)?;
    Ok(Credentials { access_key_id, secret_access_key: secret.into(), session_token, expiration: expires_at })
}

/// Credentials of the caller's own, for a while.
///
/// # Errors
/// `AccessDenied` for those of a session, `ValidationError`.
pub fn of_caller<S>(cx: &Cx<S>, seconds: Option<i32>) -> Result<Credentials, Fault> {
    let caller = signed_by(cx)?;
    if caller.session.is_some() {
        return Err(denied("Cannot call GetSessionToken with session credentials".to_owned()));
    }
    let (whose, most) = match &caller.identity {
        Identity::Root => (Whose::Root, ROOT_SECONDS),
        Identity::User { id, .. } => (Whose::User { id: id.clone() }, i32::MAX),
        Identity::Role { .. } => return Err(Fault::internal("a role without a session")),
    };
    let session = Session { issued_at: cx.now, ..Session::default() };
    let made_with = Some(caller.access_key_id.clone());
    issue(cx, whose, session, made_with, seconds.unwrap_or(USER_SECONDS).min(most))
}

/// What somebody who asks for a role gives.
#[derive(Debug)]
pub struct Asked {
    /// The role's ARN.
    pub role_arn: String,
    /// How the session is to be called.
    pub session_name: String,
    /// How long it is to last, in seconds.
    pub seconds: Option<i32>,
    /// A policy of the session alone.
    pub policy: Option<String>,
    /// The ARNs of managed policies that bound the session.
    pub policy_arns: Vec<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Which of them a next role takes over.
    pub transitive_tag_keys: Vec<String>,
    /// What the trust policy may ask for.
    pub external_id: Option<String>,
}

/// A session that was begun.
#[derive(Debug)]
pub struct Begun {
    /// What its holder signs with.
    pub credentials: Credentials,
    /// Its names.
    pub assumed: AssumedRoleUser,
    /// How much of what a session can bring policies and tags take, in percent; `None` where there are none.
    pub packed_policy_size: Option<i32>,
}

/// Gives a signed caller the credentials of a role, if its trust policy and his own policies allow it. `context` is what is
/// known of the request.
///
/// # Errors
/// `AccessDenied`, `ValidationError`, `MalformedPolicyDocument`, `InvalidParameterValue`.
pub async fn assume<S>(cx: &Cx<S>, asked: Asked, mut context: Context) -> Result<Begun, Fault> {
    let principal = signed_by(cx)?;
    check_arn(&asked.role_arn)?;
    let before = principal.session.as_ref().filter(|_| matches!(principal.identity, Identity::Role { .. }));
    let (tags, transitive_tag_keys) = session_tags(&asked, before)?;
    if principal.identity == Identity::Root {
        return Err(denied("Roles may not be assumed by root accounts.".to_owned()));
    }
    let role = Assumable::find(cx, &asked.role_arn).await?;
    let caller = Caller::load(cx, None, principal).await?;
    let caller = caller.ok_or_else(|| Fault::internal("the root has no policies to ask"))?;
    caller.describe(&mut context);
    describe(&asked, &mut context);
    let refused = |action: &str, reason: String| {
        let (who, arn) = (&principal.arn, &asked.role_arn);
        denied(format!("User: {who} is not authorized to perform: {action} on resource: {arn}{reason}"))
    };
    // Who may not assume a role does not learn whether there is one.
    let Some(role) = role else {
        cx.engine().denials().count("sts:AssumeRole");
        return Err(refused("sts:AssumeRole", String::new()));
    };
    role.describe(&mut context)?;
    let actions = ["sts:AssumeRole", "sts:TagSession"];
    for action in actions.into_iter().take(if asked.tags.is_empty() { 1 } else { 2 }) {
        let request = Request::new(action, &asked.role_arn, &context);
        let decision = caller.decide_assuming(&role.trust, &request);
        caller.note(cx, action, &asked.role_arn, &decision);
        if let Some(reason) = decision.reason(action) {
            return Err(refused(action, reason));
        }
    }
    // Who may not assume it learns nothing of policies either.
    check_policies(cx, &mut cx.read().await?, &asked).await?;
    let seconds = seconds(asked.seconds, &role.parts, before.is_some())?;
    let session = Session { tags, transitive_tag_keys, ..session(cx, &asked) };
    begin(cx, asked, &role.entity, session, seconds)
}

/// A session with what was asked for besides the role.
pub(crate) fn session<S>(cx: &Cx<S>, asked: &Asked) -> Session {
    Session {
        issued_at: cx.now,
        policy: asked.policy.clone(),
        policy_arns: asked.policy_arns.clone(),
        ..Session::default()
    }
}

pub(crate) fn begin<S>(
    cx: &Cx<S>,
    asked: Asked,
    role: &Entity,
    session: Session,
    seconds: i32,
) -> Result<Begun, Fault> {
    let packed_policy_size = packed(&session);
    let assumed = assumed(cx, role, &asked.session_name);
    let whose = Whose::Role { id: role.id.clone(), session_name: asked.session_name };
    Ok(Begun { credentials: issue(cx, whose, session, None, seconds)?, assumed, packed_policy_size })
}

fn signed_by<S>(cx: &Cx<S>) -> Result<&Principal, Fault> {
    let principal = cx.principal().ok_or_else(|| Fault::internal("nobody has signed a signed operation"))?;
    Ok(principal)
}

pub(crate) fn denied(message: String) -> Fault {
    Fault::new(ErrorCode::AccessDeniedException, message)
}

/// What is long enough, but no ARN (identity-pools-and-iam §8.2, recorded).
pub(crate) fn check_arn(arn: &str) -> Result<(), Fault> {
    let is_arn = arn.starts_with("arn:") && arn.split(':').count() >= 6;
    if is_arn { Ok(()) } else { Err(faults::validation(format!("{arn} is invalid"))) }
}

/// The policies that a session is to be bounded by.
pub(crate) async fn check_policies<S>(cx: &Cx<S>, tx: &mut Tx, asked: &Asked) -> Result<(), Fault> {
    if let Some(policy) = &asked.policy {
        documents::check(policy)?;
        if policy.chars().count() > LONGEST_POLICY {
            let text = "The session policy is longer than 2048 characters.";
            return Err(Fault::new(ErrorCode::PackedPolicyTooLargeException, text));
        }
    }
    for arn in &asked.policy_arns {
        let document = managed::document(cx, tx, arn).await?;
        let document = document.ok_or_else(|| faults::validation(format!("{arn} is invalid")))?;
        Policy::parse(&document).map_err(Fault::internal)?;
    }
    Ok(())
}

/// The tags of a session: its own, and those that the session before hands on (recorded).
pub(crate) fn session_tags(
    asked: &Asked,
    before: Option<&Session>,
) -> Result<(BTreeMap<String, String>, Vec<String>), Fault> {
    let bad = |text: &'static str| Fault::invalid_parameter(text);
    for (place, tag) in asked.tags.iter().enumerate() {
        if asked.tags[..place].iter().any(|other| tags::same_key(&other.key, &tag.key)) {
            return Err(bad("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
        }
    }
    let given = |key: &str| asked.tags.iter().any(|tag| tags::same_key(&tag.key, key));
    if !asked.transitive_tag_keys.iter().all(|key| given(key)) {
        return Err(bad("The specified transitive tag key must be included in the requested tags."));
    }
    let mut session = BTreeMap::new();
    // By the tags' own letter case, in which they are looked up at the next hop.
    let is_transitive =
        |tag: &&Tag| asked.transitive_tag_keys.iter().any(|key| tags::same_key(key, &tag.key));
    let mut transitive: Vec<String> =
        asked.tags.iter().filter(is_transitive).map(|tag| tag.key.clone()).collect();
    for key in before.iter().flat_map(|session| &session.transitive_tag_keys) {
        if given(key) {
            return Err(bad(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
            ));
        }
        if let Some(value) = before.and_then(|session| session.tags.get(key)) {
            session.insert(key.clone(), value.clone());
            transitive.push(key.clone());
        }
    }
    session.extend(asked.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
    Ok((session, transitive))
}

/// How long a session lasts. What is asked for is in the bounds of the model.
pub(crate) fn seconds(asked: Option<i32>, role: &RoleParts, is_chained: bool) -> Result<i32, Fault> {
    let seconds = asked.unwrap_or(USUAL_SECONDS);
    if is_chained && seconds > CHAINED_SECONDS {
        let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(faults::validation(text));
    }
    if seconds > role.longest_session {
        let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(faults::validation(text));
    }
    Ok(seconds)
}

/// What a request for a role brings, by condition keys.
pub(crate) fn describe(asked: &Asked, context: &mut Context) {
    context.set("sts:RoleSessionName", asked.session_name.as_str());
    if let Some(external_id) = &asked.external_id {
        context.set("sts:ExternalId", external_id.as_str());
    }
    for tag in &asked.tags {
        context.set(&format!("aws:RequestTag/{}", tag.key), tag.value.as_str());
    }
    context.set_many("aws:TagKeys", asked.tags.iter().map(|tag| tag.key.as_str()));
    context.set_many("sts:TransitiveTagKeys", asked.transitive_tag_keys.iter().map(String::as_str));
}

/// What policies and tags take of the room that a session has for them, in percent.
fn packed(session: &Session) -> Option<i32> {
    let policies = session.policy.iter().chain(&session.policy_arns).map(String::len);
    let tags = session.tags.iter().map(|(key, value)| key.len() + value.len());
    let taken: usize = policies.chain(tags).sum();
    (taken > 0).then(|| i32::try_from((taken * 100).div_ceil(LONGEST_POLICY)).unwrap_or(i32::MAX).min(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/decisions/0034-stored-forms-are-the-domains-own.md
    #[test]
    fn what_was_sealed_can_be_read() {
        let documents: Vec<serde_json::Value> =
            serde_json::from_str(include_str!("../fixtures/session_token.json")).unwrap();
        assert!(!documents.is_empty());
        for document in documents {
            let token: Token = serde_json::from_value(document.clone()).unwrap();
            assert_eq!(serde_json::to_value(token).unwrap(), document);
        }
    }
}
