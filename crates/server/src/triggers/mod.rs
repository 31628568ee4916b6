//! What stands behind the ARNs of Lambda triggers: `[[triggers]]` of the configuration file (docs/triggers.md).
//!
//! | file | subject |
//! |---|---|
//! | `figures` | what became of calls |
//! | `mapping` | an entry of the file, and what can be wrong with it |
//! | `lambda` | Lambda's Invoke API: a local runtime, or AWS |
//! | `webhook` | our own form: the event as a signed POST |

mod figures;
mod lambda;
mod mapping;
mod webhook;

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Request, Response};
use http_body_util::Full;
use poolhouse_ports::{Clock, Invocation, InvokeError, Timestamp, Triggers};
use tokio::sync::Semaphore;

pub(crate) use figures::Figures;
pub(crate) use mapping::Mapping;

use crate::exit::Failure;
use crate::http_client::{CallError, HttpClient};
use lambda::Lambda;
use webhook::Webhook;

/// The longest answer that is read, in bytes; an event is a few kilobytes long.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// How many events may wait for one target: Lambda's own limit for an account. More are refused at once, so
/// that a target that hangs does not fill the memory.
const AT_ONCE: usize = 1000;

/// The form in which a target takes events.
enum Form {
    Lambda(Lambda),
    Webhook(Box<Webhook>),
}

impl Form {
    fn request(&self, of: &Invocation, now: Timestamp) -> Result<Request<Full<Bytes>>, axum::http::Error> {
        match self {
            Self::Lambda(lambda) => lambda.request(of, now),
            Self::Webhook(webhook) => webhook.request(of, now),
        }
    }

    fn read(&self, answer: Response<Bytes>) -> Result<Vec<u8>, InvokeError> {
        match self {
            Self::Lambda(_) => lambda::read(answer),
            Self::Webhook(_) => webhook::read(answer),
        }
    }
}

struct Target {
    /// The pattern of the ARNs that lead here.
    function: String,
    form: Form,
    figures: Figures,
    client: HttpClient,
    clock: Clock,
    places: Semaphore,
}

/// The functions of the configuration, and what becomes of calls.
///
/// # Errors
/// Each message names the entry.
pub(crate) fn triggers(mappings: &[Mapping], clock: &Clock) -> Result<(Triggers, Figures), Failure> {
    let (mut triggers, figures) = (Triggers::none(), Figures::default());
    let client = if mappings.is_empty() { None } else { Some(HttpClient::new()?) };
    for (mapping, client) in mappings.iter().zip(client.iter().cycle()) {
        let target = Arc::new(Target {
            function: mapping.function().to_owned(),
            form: mapping.form()?,
            figures: figures.clone(),
            client: client.clone(),
            clock: clock.clone(),
            places: Semaphore::new(AT_ONCE),
        });
        triggers = triggers.on(mapping.function(), move |invocation| {
            let target = Arc::clone(&target);
            Box::pin(async move { target.invoke(&invocation).await })
        });
    }
    let unmapped = figures.clone();
    triggers = triggers.on("*", move |invocation| {
        let call = unmapped.call("none");
        Box::pin(async move {
            tracing::warn!(
                function = %invocation.function,
                "no [[triggers]] entry of the configuration fits the ARN of a function that a pool calls"
            );
            let refused = refused("AccessDeniedException");
            call.end(&refused);
            refused
        })
    });
    Ok((triggers, figures))
}

/// As AWS refuses a function that may not be invoked.
fn refused(exception: &str) -> Result<Vec<u8>, InvokeError> {
    Err(InvokeError::Refused(exception.to_owned()))
}

impl Target {
    async fn invoke(&self, invocation: &Invocation) -> Result<Vec<u8>, InvokeError> {
        let call = self.figures.call(&self.function);
        let answer = self.ask(invocation).await;
        call.end(&answer);
        answer
    }

    async fn ask(&self, invocation: &Invocation) -> Result<Vec<u8>, InvokeError> {
        let Ok(_place) = self.places.try_acquire() else { return refused("TooManyRequestsException") };
        // Signatures are held against clocks outside, which development's movable clock does not move.
        let request = self.form.request(invocation, self.clock.outside());
        let request = request.map_err(|error| InvokeError::Transport(error.to_string()))?;
        match self.client.call(request, LONGEST_ANSWER).await {
            Ok(answer) => self.form.read(answer),
            Err(CallError::Unreachable(error)) => Err(InvokeError::Transport(error)),
            // As Lambda says it of its own limit.
            Err(CallError::TooLong) => Err(InvokeError::Function(format!(
                "Response payload size exceeded maximum allowed payload size ({LONGEST_ANSWER} bytes)"
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
