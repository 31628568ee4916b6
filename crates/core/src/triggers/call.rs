//! Sending an event to a function, and reading what it answers (triggers-and-messages §2, §3).

use std::fmt;

use poolhouse_kernel::Fault;
use poolhouse_ports::{Invocation, InvokeError};
use poolhouse_wire::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::event::Event;
use super::{Function, Trigger};
use crate::Cx;
use crate::model::Pool;

/// How often a function is tried that does not answer (triggers-and-messages §2, ours).
const TRIES: u32 = 3;

/// A trigger that gave no usable answer.
#[derive(Debug)]
pub(super) struct Failure {
    trigger: Trigger,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    /// The function failed; its own words.
    Function(String),
    /// The function died; the words of what runs it.
    Died(String),
    /// The function could not be run.
    NotRun(String),
    /// The answer is no JSON, or `null`.
    NoJson,
    /// The answer has another form than the event.
    Unrecognizable,
}

/// What a function says of a guess.
pub(crate) enum Verdict<T> {
    /// It is right.
    Right(T),
    /// It is wrong; a fault if the function said so by failing.
    Wrong(Option<Fault>),
    /// There is none: the function was out of order, and nobody has looked at the guess.
    None(Fault),
}

impl Function<'_> {
    /// Sends the event, and returns the `response` of the answer.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        cx: &Cx,
        pool: &Pool,
        event: &Event<'_>,
    ) -> Result<T, Failure> {
        let answer = self.answer(cx, cx.entropy().uuid(), &event.to_json(cx, pool)).await;
        answer.and_then(|answer| read(&answer)).map_err(|cause| {
            tracing::warn!(
                trigger = self.trigger.name(),
                function = self.arn,
                source = event.source,
                %cause,
                "a trigger gave no usable answer"
            );
            self.failure(cause)
        })
    }

    /// Sends an event that `id` names, and ignores what the function answers.
    pub(super) async fn tell(&self, cx: &Cx, id: Uuid, event: &Value) -> Result<(), Failure> {
        let answer = self.answer(cx, id, event).await;
        answer.map(drop).map_err(|cause| self.failure(cause))
    }

    /// An answer whose `response` cannot be what it says.
    pub(super) fn unrecognizable(&self) -> Failure {
        self.failure(Cause::Unrecognizable)
    }

    fn failure(&self, cause: Cause) -> Failure {
        Failure { trigger: self.trigger, cause }
    }

    /// Tries again when no answer comes, and never when the function says that it failed.
    async fn answer(&self, cx: &Cx, id: Uuid, event: &Value) -> Result<Vec<u8>, Cause> {
        let triggers = cx.engine().triggers();
        let event = event.to_string().into_bytes().into();
        let invocation = Invocation { function: self.arn.into(), id, event };
        let mut cause = String::new();
        for attempt in 1..=TRIES {
            let answer = triggers.invoke(invocation.clone());
            cause = match tokio::time::timeout(triggers.time_to_answer(), answer).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(InvokeError::Function(message))) => return Err(Cause::Function(message)),
                Ok(Err(InvokeError::Died(message))) => return Err(Cause::Died(message)),
                Ok(Err(InvokeError::Refused(name))) => return Err(Cause::NotRun(name)),
                Ok(Err(InvokeError::Transport(error))) => {
                    tracing::warn!(function = self.arn, attempt, error, "a function cannot be reached");
                    // Where functions live is no business of the caller; the words are ours.
                    "Connection failure while invoking Lambda function".to_owned()
                }
                // triggers-and-messages §3, observed
                Err(_) => "Socket timeout while invoking Lambda function".to_owned(),
            };
        }
        Err(Cause::NotRun(cause))
    }
}

/// The `response` of an answer. Whatever stands beside it is ignored, and so are members that nobody knows.
fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Cause> {
    let answer: Value = serde_json::from_slice(answer).map_err(|_| Cause::NoJson)?;
    if answer.is_null() {
        return Err(Cause::NoJson);
    }
    let response = answer.get("response").filter(|response| response.is_object());
    T::deserialize(response.ok_or(Cause::Unrecognizable)?).map_err(|_| Cause::Unrecognizable)
}

impl Failure {
    /// The function's own words, where it ran and failed.
    pub(super) fn of_function(&self) -> Option<&str> {
        match &self.cause {
            Cause::Function(message) | Cause::Died(message) => Some(message),
            Cause::NotRun(_) | Cause::NoJson | Cause::Unrecognizable => None,
        }
    }

    /// The verdict on a guess that this is, as `fault`: whatever the function said, if only that it failed, it said of the
    /// guess.
    pub(super) fn verdict<T>(&self, fault: Fault) -> Verdict<T> {
        match self.cause {
            Cause::Function(_) | Cause::NoJson | Cause::Unrecognizable => Verdict::Wrong(Some(fault)),
            Cause::Died(_) | Cause::NotRun(_) => Verdict::None(fault),
        }
    }

    /// The function's own words, where it failed by itself.
    pub(super) fn fault(&self) -> Fault {
        let name = self.trigger.name();
        match &self.cause {
            // Dead or not, it reads the same (triggers-and-messages §3, observed).
            Cause::Function(message) | Cause::Died(message) => Fault::new(
                ErrorCode::UserLambdaValidationException,
                format!("{name} failed with error {message}."),
            ),
            Cause::NotRun(cause) => Fault::new(
                ErrorCode::UnexpectedLambdaException,
                format!("{name} invocation failed due to error {cause}."),
            ),
            Cause::NoJson => Fault::new(
                ErrorCode::InvalidLambdaResponseException,
                "Invalid lambda function output : Invalid JSON",
            ),
            Cause::Unrecognizable => {
                Fault::new(ErrorCode::InvalidLambdaResponseException, "Unrecognizable lambda output")
            }
        }
    }
}

/// For the log.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(message) => write!(f, "it failed: {message}"),
            Self::Died(message) => write!(f, "it died: {message}"),
            Self::NotRun(cause) => write!(f, "it was not run: {cause}"),
            Self::NoJson => f.write_str("its answer is no JSON"),
            Self::Unrecognizable => f.write_str("its answer has another form than the event"),
        }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        failure.fault()
    }
}
