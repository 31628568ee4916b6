//! Helpers of development mode: reading messages, moving the clock (docs/ARCHITECTURE.md, "Contracts").

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use poolhouse_ports::{Message, MessageFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::routes::Shared;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/_poolhouse/dev/messages", get(messages))
        .route("/_poolhouse/dev/clock", get(read_clock).post(advance_clock))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    pool: Option<String>,
    username: Option<String>,
    destination: Option<String>,
}

#[derive(Serialize)]
struct SentMessage {
    pool: String,
    username: String,
    destination: String,
    medium: &'static str,
    kind: &'static str,
    code: String,
    subject: String,
    body: String,
    /// Seconds since 1970.
    sent_at: i64,
}

impl From<Message> for SentMessage {
    fn from(message: Message) -> Self {
        Self {
            pool: message.pool,
            username: message.username,
            destination: message.destination,
            medium: message.medium.as_str(),
            kind: message.kind,
            code: message.code,
            subject: message.subject,
            body: message.body,
            sent_at: message.sent_at.seconds(),
        }
    }
}

/// What would have been sent, newest first.
async fn messages(State(shared): State<Shared>, Query(filter): Query<Filter>) -> Json<Vec<SentMessage>> {
    let Filter { pool, username, destination } = filter;
    let found = shared.engine.courier().messages(&MessageFilter { pool, username, destination });
    Json(found.into_iter().map(SentMessage::from).collect())
}

async fn read_clock(State(shared): State<Shared>) -> Json<Value> {
    Json(clock(&shared))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

/// Takes any content type: the caller is a person with curl.
async fn advance_clock(State(shared): State<Shared>, body: String) -> Response {
    match serde_json::from_str::<Advance>(&body) {
        Ok(advance) => {
            shared.engine.clock().advance_seconds(advance.advance_seconds);
            Json(clock(&shared)).into_response()
        }
        Err(error) => {
            let text = format!("send {{\"advance_seconds\": N}}, N from 0 to 4294967295: {error}\n");
            (StatusCode::BAD_REQUEST, text).into_response()
        }
    }
}

fn clock(shared: &Shared) -> Value {
    json!({ "now": shared.engine.clock().now().seconds() })
}
