//! The records, in AWS's form (operations-and-protection §10, observed).

use poolhouse_crypto::timestamp;
use poolhouse_ports::{LogRecord, Sub, Timestamp};
use serde_json::{Value, json};

use crate::Cx;
use crate::model::Pool;
use crate::model::logs::LogSource;

/// What an auth event tells. Texts that there are none of are empty, and what is true or false is text.
pub(crate) struct AuthEvent<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) response: &'a str,
    pub(crate) began_at: Timestamp,
    pub(crate) sub: &'a Sub,
    pub(crate) username: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) risk_level: &'a str,
    pub(crate) risk_decision: &'a str,
    /// Each as `PASSWORD:SUCCESS`.
    pub(crate) challenges: Vec<String>,
    pub(crate) device: &'a str,
    pub(crate) address: Option<String>,
    pub(crate) compromised: bool,
    pub(crate) has_context: bool,
}

/// Whether the pool wants its auth events told.
pub(crate) fn tells_auth_events(pool: &Pool) -> bool {
    pool.settings.logs.iter().any(|log| log.source == LogSource::UserAuthEvents)
}

/// Tells of an auth event, if the pool wants it told. Told again, as when a request is repeated, it counts once.
pub(crate) fn auth_event(cx: &Cx, pool: &Pool, event: &AuthEvent<'_>) {
    let text = |flag: bool| if flag { "true" } else { "false" };
    let message = json!({
        "version": "1",
        "eventId": event.id,
        "eventType": event.kind,
        "userSub": event.sub,
        "userName": event.username,
        "userPoolId": pool.id,
        "clientId": event.client_id,
        "creationDate": timestamp::format(event.began_at.seconds()),
        "eventResponse": event.response,
        "riskLevel": event.risk_level,
        "riskDecision": event.risk_decision,
        "challenges": event.challenges,
        "deviceName": event.device,
        "ipAddress": event.address.as_deref().unwrap_or_default(),
        "requestId": cx.request_id.to_string(),
        "idpName": "",
        "compromisedCredentialDetected": text(event.compromised),
        "city": "",
        "country": "",
        "eventFeedbackValue": "",
        "eventFeedbackDate": "",
        "eventFeedbackProvider": "",
        "hasContextData": text(event.has_context),
    });
    if let Some(record) = record(cx, pool, LogSource::UserAuthEvents, &message) {
        cx.tell_at_end(event.id, record);
    }
}

/// Tells that a message did not reach its user, if the pool wants it told: neither address nor code.
pub(crate) fn notification(cx: &Cx, pool: &Pool, details: &str) {
    if let Some(record) = record(cx, pool, LogSource::UserNotification, &json!({ "details": details })) {
        cx.engine().logs().write(record);
    }
}

/// A line of the log of an import, which every pool has (operations-and-protection §11, documented).
pub(crate) fn import_line(cx: &Cx, pool: &Pool, stream: &str, is_error: bool, text: String) {
    let (region, account) = (&pool.region, &cx.settings().account_id);
    let group = format!("/aws/cognito/userpools/{}/{}", pool.id, pool.name);
    let destination = format!("arn:aws:logs:{region}:{account}:log-group:{group}");
    let record = LogRecord { destination, stream: stream.to_owned(), at: cx.now, is_error, text };
    cx.engine().logs().write(record);
}

fn record(cx: &Cx, pool: &Pool, source: LogSource, message: &Value) -> Option<LogRecord> {
    let log = pool.settings.logs.iter().find(|log| log.source == source)?;
    let (source, level) = match source {
        LogSource::UserNotification => ("USER_NOTIFICATION", "ERROR"),
        LogSource::UserAuthEvents => ("USER_AUTH_EVENTS", "INFO"),
    };
    let text = json!({
        "eventTimestamp": cx.now.millis().to_string(),
        "eventSource": source,
        "logLevel": level,
        "message": message,
        "logSourceId": { "userPoolId": pool.id },
    });
    Some(LogRecord {
        destination: log.destination.arn().to_owned(),
        stream: pool.id.to_string(),
        at: cx.now,
        is_error: level == "ERROR",
        text: text.to_string(),
    })
}
