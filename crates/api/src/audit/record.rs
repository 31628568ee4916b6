//! A record, in the shape of CloudTrail's (version 1.11): its readers can read ours.

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_kernel::request::{Identity, Principal};
use poolhouse_ports::{Clock, Entropy, Sub, Timestamp};
use poolhouse_wire::{CheckError, Operation, check_discreetly, redacted};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The longest parameters that a record holds, in bytes of JSON; CloudTrail has such a bound, too.
const LONGEST: usize = 64 * 1024;

/// The same of a call that was refused: whoever may do nothing shall not fill the disk.
const LONGEST_REFUSED: usize = 2 * 1024;

/// The longest texts of strangers: a header of theirs may be as long as a head.
const LONGEST_TEXT: usize = 1024;

/// Where a command says that it comes from, as CloudTrail names services that call others.
const COMMAND_LINE: &str = "poolhouse command line";

/// What happened, as one object of JSON.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    event_version: &'static str,
    user_identity: Value,
    event_time: String,
    event_source: String,
    event_name: String,
    aws_region: String,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: String,
    user_agent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    request_parameters: Value,
    response_elements: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_event_data: Option<Value>,
    #[serde(rename = "requestID")]
    request_id: String,
    #[serde(rename = "eventID")]
    event_id: String,
    read_only: bool,
    event_type: &'static str,
    management_event: bool,
    recipient_account_id: String,
    event_category: &'static str,
}

/// Whose record it is that no call is of, and what it is made with.
#[derive(Clone, Debug)]
pub struct Place {
    /// The account of the installation.
    pub account_id: String,
    /// Its region.
    pub region: String,
    /// The time.
    pub clock: Clock,
    /// Randomness for ids.
    pub entropy: Entropy,
}

/// What a command did to an installation.
#[derive(Clone, Debug)]
pub struct Command<'a> {
    /// What it is called, as operations are: `RotateSigningKeys`.
    pub name: &'a str,
    /// What it was given, without secrets.
    pub parameters: Value,
    /// Why it failed.
    pub error: Option<&'a str>,
}

impl Record {
    /// The same, which also says how many before it were not told because there were too many.
    pub(super) fn after_suppressed(mut self, count: u64) -> Self {
        if count > 0 {
            let data = self.additional_event_data.get_or_insert_with(|| json!({}));
            data["suppressed"] = count.into();
        }
        self
    }

    /// Of a call whose caller is known.
    pub(super) fn of(
        cx: &Cx,
        operation: Operation,
        input: &Value,
        answer: Result<&[u8], &Fault>,
        sub: Option<&Sub>,
    ) -> Self {
        let identity =
            cx.principal().map_or_else(unknown, |principal| identity(principal, &cx.settings().account_id));
        let facts = operation.facts();
        let longest = if answer.is_ok() { LONGEST } else { LONGEST_REFUSED };
        let response = match answer {
            Ok(body) if !facts.reads_only() => identifiers(body),
            _ => Value::Null,
        };
        Self {
            error_message: answer.err().and_then(|fault| message(operation, input, fault)),
            request_parameters: bounded(redacted(facts.input, input), longest),
            response_elements: response,
            additional_event_data: sub.map(|sub| json!({ "sub": sub.as_str() })),
            ..Self::call(cx, operation, identity, answer.err())
        }
    }

    /// Of a call whose signature was refused.
    pub(super) fn of_stranger(
        cx: &Cx,
        operation: Option<Operation>,
        access_key_id: Option<&str>,
        fault: &Fault,
    ) -> Self {
        let mut identity = unknown();
        if let Some(id) = access_key_id {
            identity["accessKeyId"] = cut(id).into();
        }
        match operation {
            Some(operation) => Self::call(cx, operation, identity, Some(fault)),
            None => {
                Self { error_code: Some(fault.code().as_str().to_owned()), ..Self::nameless(cx, identity) }
            }
        }
    }

    /// Of what a command did, on whose machine nobody signs.
    pub fn of_command(place: &Place, command: Command<'_>) -> Self {
        let account = place.account_id.clone();
        Self {
            event_version: VERSION,
            user_identity: json!({
                "type": "Root", "principalId": account, "arn": format!("arn:aws:iam::{account}:root"),
                "accountId": account, "invokedBy": COMMAND_LINE,
            }),
            event_time: whole_seconds(place.clock.now()),
            event_source: "poolhouse".to_owned(),
            event_name: command.name.to_owned(),
            aws_region: place.region.clone(),
            source_ip_address: COMMAND_LINE.to_owned(),
            user_agent: COMMAND_LINE.to_owned(),
            error_code: command.error.map(|_| "CommandFailed".to_owned()),
            error_message: command.error.map(cut),
            request_parameters: bounded(command.parameters, LONGEST),
            response_elements: Value::Null,
            additional_event_data: None,
            request_id: place.entropy.uuid().to_string(),
            event_id: place.entropy.uuid().to_string(),
            read_only: false,
            event_type: "AwsServiceEvent",
            management_event: true,
            recipient_account_id: account,
            event_category: "Management",
        }
    }

    /// What all records of calls of an operation have.
    fn call(cx: &Cx, operation: Operation, user_identity: Value, fault: Option<&Fault>) -> Self {
        let (facts, service) = (operation.facts(), operation.service());
        Self {
            event_source: format!("{}.amazonaws.com", service.signing_name),
            event_name: facts.name.to_owned(),
            error_code: fault.map(|fault| service.answered(fault.code()).0.to_owned()),
            error_message: fault.and_then(Fault::message).map(cut),
            read_only: facts.reads_only(),
            ..Self::nameless(cx, user_identity)
        }
    }

    /// What all records of calls have. One that names no operation may say anything instead, which is not repeated.
    fn nameless(cx: &Cx, user_identity: Value) -> Self {
        let address = cx.origin.address.map(|address| address.to_string());
        Self {
            event_version: VERSION,
            user_identity,
            event_time: whole_seconds(cx.now),
            event_source: "poolhouse".to_owned(),
            event_name: "UnknownOperation".to_owned(),
            aws_region: cut(&cx.region),
            // Without one it is a call within this process.
            source_ip_address: address.unwrap_or_else(|| COMMAND_LINE.to_owned()),
            user_agent: cut(cx.origin.user_agent.as_deref().unwrap_or_default()),
            error_code: None,
            error_message: None,
            request_parameters: Value::Null,
            response_elements: Value::Null,
            additional_event_data: None,
            request_id: cx.request_id.to_string(),
            event_id: cx.entropy().uuid().to_string(),
            read_only: false,
            event_type: "AwsApiCall",
            management_event: true,
            recipient_account_id: cx.settings().account_id.clone(),
            event_category: "Management",
        }
    }
}

const VERSION: &str = "1.11";

/// CloudTrail tells no fractions of a second.
fn whole_seconds(at: Timestamp) -> String {
    Timestamp::from_seconds(at.seconds()).iso8601()
}

fn unknown() -> Value {
    json!({ "type": "Unknown" })
}

fn identity(principal: &Principal, own_account: &str) -> Value {
    let account = super::account(principal, own_account);
    let mut identity = json!({
        "principalId": principal.user_id, "arn": principal.arn, "accountId": account,
        "accessKeyId": principal.access_key_id,
    });
    match &principal.identity {
        Identity::Root => identity["type"] = "Root".into(),
        Identity::User { name, .. } => {
            identity["type"] = "IAMUser".into();
            identity["userName"] = name.as_str().into();
        }
        Identity::Role { id, arn } => {
            identity["type"] = "AssumedRole".into();
            let name = arn.rsplit('/').next().unwrap_or_default();
            let issuer = json!({
                "type": "Role", "principalId": id, "arn": arn, "accountId": account, "userName": name,
            });
            identity["sessionContext"] = json!({ "sessionIssuer": issuer });
        }
    }
    if let Some(session) = &principal.session {
        let began = whole_seconds(session.issued_at);
        identity["sessionContext"]["attributes"] =
            json!({ "creationDate": began, "mfaAuthenticated": "false" });
    }
    identity
}

/// The ids and ARNs in an answer, at its top and one level below: what was made, and nothing of what it holds.
fn identifiers(body: &[u8]) -> Value {
    let Ok(Value::Object(answer)) = serde_json::from_slice(body) else { return Value::Null };
    among(answer, |value| match value {
        Value::Object(inner) => among(inner, |_| Value::Null),
        _ => Value::Null,
    })
}

fn among(members: Map<String, Value>, below: impl Fn(Value) -> Value) -> Value {
    let mut found = Map::new();
    for (name, value) in members {
        let names = name.ends_with("Id") || name.ends_with("Arn");
        let value = if value.is_string() && names { value } else { below(value) };
        if !value.is_null() {
            let (first, rest) = name.split_at(name.chars().next().map_or(0, char::len_utf8));
            found.insert(format!("{}{rest}", first.to_lowercase()), value);
        }
    }
    if found.is_empty() { Value::Null } else { Value::Object(found) }
}

/// Why a call was refused. Where the message repeats what was given, that may be secret.
fn message(operation: Operation, input: &Value, fault: &Fault) -> Option<String> {
    let message = fault.message()?;
    let repeats = message.contains(" detected: ");
    match repeats.then(|| check_discreetly(operation.facts().input, &mut input.clone())) {
        Some(Err(CheckError::Violations(discreet))) => Some(cut(&discreet)),
        _ => Some(cut(message)),
    }
}

fn bounded(parameters: Value, longest: usize) -> Value {
    let size = parameters.to_string().len();
    if size <= longest {
        return parameters;
    }
    json!({ "omitted": true, "originalSize": size, "reason": "field content exceeds maximum allowed size" })
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_ids_and_arns_are_told() {
        let answer = json!({
            "UserPool": { "Id": "r_1", "Arn": "arn:x", "Name": "people", "Policies": { "Id": "deep" } },
            "AccessKey": { "AccessKeyId": "AKIA", "SecretAccessKey": "secret" }, "Session": "secret", "UserSub": "s",
        });
        let expected = json!({
            "userPool": { "id": "r_1", "arn": "arn:x" }, "accessKey": { "accessKeyId": "AKIA" },
        });
        assert_eq!(identifiers(answer.to_string().as_bytes()), expected);
        assert_eq!(identifiers(b"{}"), Value::Null);
        assert_eq!(identifiers(b""), Value::Null);
    }

    #[test]
    fn what_is_too_long_is_omitted() {
        let short = json!({ "a": "b" });
        assert_eq!(bounded(short.clone(), LONGEST_REFUSED), short);
        let long = json!({ "a": "x".repeat(LONGEST_REFUSED) });
        assert_eq!(bounded(long.clone(), LONGEST), long);
        assert_eq!(bounded(long, LONGEST_REFUSED)["omitted"], true);
    }

    #[test]
    fn callers_are_named_as_cloudtrail_names_them() {
        let user = Principal {
            access_key_id: "AKIA1".to_owned(),
            arn: "arn:aws:iam::123456789012:user/ann".to_owned(),
            user_id: "AIDA1".to_owned(),
            identity: Identity::User { id: "AIDA1".to_owned(), name: "ann".to_owned() },
            session: None,
        };
        let expected = json!({
            "type": "IAMUser", "principalId": "AIDA1", "arn": "arn:aws:iam::123456789012:user/ann",
            "accountId": "123456789012", "accessKeyId": "AKIA1", "userName": "ann",
        });
        assert_eq!(identity(&user, "000000000000"), expected);
        let role = Principal {
            arn: "arn:aws:sts::123456789012:assumed-role/path-less/me".to_owned(),
            identity: Identity::Role {
                id: "AROA1".to_owned(),
                arn: "arn:aws:iam::123456789012:role/r".to_owned(),
            },
            session: Some(poolhouse_kernel::request::Session::default()),
            ..user
        };
        let told = identity(&role, "000000000000");
        assert_eq!(told["type"], "AssumedRole");
        assert_eq!(told["sessionContext"]["sessionIssuer"]["userName"], "r");
        assert_eq!(told["sessionContext"]["attributes"]["creationDate"], "1970-01-01T00:00:00Z");
    }
}
