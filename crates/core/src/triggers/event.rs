//! What all events have in common (triggers-and-messages §4).

use poolhouse_ports::ClientId;
use serde_json::{Map, Value, json};

use crate::Cx;
use crate::model::attributes::{is_true, verified_flag};
use crate::model::user::aliases_of;
use crate::model::{Pool, User};

/// An event, but for the parts that are the same in all.
pub(super) struct Event<'a> {
    /// `triggerSource`.
    pub(super) source: &'a str,
    /// `version`.
    pub(super) version: &'static str,
    /// `userName`.
    pub(super) username: &'a str,
    /// `callerContext.clientId`; absent for operations of administrators that name no client.
    pub(super) client_id: Option<&'a ClientId>,
    /// `request`.
    pub(super) request: Map<String, Value>,
    /// `response`, filled in advance so that the event unchanged is a valid answer: by nulls, but for
    /// PreSignUp's (triggers-and-messages §4, observed).
    pub(super) response: Value,
}

impl Event<'_> {
    /// The event as it is sent.
    pub(super) fn to_json(&self, cx: &Cx, pool: &Pool) -> Value {
        json!({
            "version": self.version,
            "triggerSource": self.source,
            "region": pool.seen_from(),
            "userPoolId": pool.id,
            "userName": self.username,
            "callerContext": {
                "awsSdkVersion": cx.metadata.sdk.as_deref().unwrap_or("aws-sdk-unknown-unknown"),
                "clientId": self.client_id.map_or("CLIENT_ID_NOT_APPLICABLE", ClientId::as_str),
            },
            "request": self.request,
            "response": self.response,
        })
    }
}

/// A `request` that begins with the attributes.
pub(super) fn request(attributes: Map<String, Value>) -> Map<String, Value> {
    Map::from_iter([("userAttributes".to_owned(), Value::Object(attributes))])
}

/// Adds `clientMetadata`, if the caller gave any: it is absent otherwise (triggers-and-messages §4, open).
pub(super) fn add_client_metadata(request: &mut Map<String, Value>, cx: &Cx) {
    if let Some(metadata) = &cx.metadata.client_metadata {
        request.insert("clientMetadata".to_owned(), json!(metadata));
    }
}

/// The attributes of a user who exists, all of them strings.
pub(super) fn user_attributes(pool: &Pool, user: &User) -> Map<String, Value> {
    let mut attributes = Map::new();
    attributes.insert("sub".to_owned(), json!(user.row.sub));
    attributes.insert("cognito:user_status".to_owned(), json!(user.status.as_str()));
    for (name, value) in &user.attributes {
        let is_flag = ["email", "phone_number"].iter().any(|n| verified_flag(n) == Some(name));
        let value = if is_flag { json!(is_true(&user.attributes, name).to_string()) } else { json!(value) };
        attributes.insert(name.clone(), value);
    }
    for (name, alias) in aliases_of(pool, &user.attributes) {
        if verified_flag(name).is_some() {
            attributes.insert(format!("cognito:{name}_alias"), json!(alias));
        }
    }
    attributes
}
