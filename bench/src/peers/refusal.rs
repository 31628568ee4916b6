//! Why a server has no figure.

use axum::body::Bytes;
use axum::http::StatusCode;
use serde_json::Value;

use crate::load::Failure;

/// What is in the name of an error that says that there is no such operation.
const MISSING: [&str; 4] = ["Unsupported", "NotImplemented", "UnknownOperation", "InvalidAction"];
const LACKS: &str = "does not have it";

/// Why, in a word or a few.
#[derive(Clone)]
pub(super) struct Refusal(pub(super) String);

impl Refusal {
    pub(super) fn of(word: &str) -> Self {
        Self(word.to_owned())
    }

    /// Unless `right`, the answers are wrong.
    pub(super) fn unless(right: bool) -> Result<(), Self> {
        if right { Ok(()) } else { Err(Self::of("answers wrongly")) }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(status, body) => Self(match named(&body) {
                Some(name) if MISSING.iter().any(|part| name.contains(part)) => LACKS.to_owned(),
                Some(name) => name,
                None => said_with(status),
            }),
            Failure::Unanswered(_) => Self::of("breaks the connection"),
        }
    }
}

/// The name of the error in an answer.
fn named(body: &Bytes) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let name = answer["__type"].as_str()?;
    Some(name.rsplit('#').next().unwrap_or(name).to_owned())
}

fn said_with(status: StatusCode) -> String {
    match status {
        StatusCode::NOT_FOUND | StatusCode::NOT_IMPLEMENTED => LACKS.to_owned(),
        _ => format!("status {}", status.as_u16()),
    }
}
