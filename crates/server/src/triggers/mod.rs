//! What stands behind the ARNs of Lambda triggers: `[[triggers]]` of the configuration file (docs/triggers.md).
//!
//! | file | subject |
//! |---|---|
//! | `mapping` | an entry of the file, and what can be wrong with it |
//! | `lambda` | Lambda's Invoke API: a local runtime, or AWS |
//! | `webhook` | our own form: the event as a signed POST |

mod lambda;
mod mapping;
mod webhook;

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Request, Response};
use http_body_util::Full;
use poolhouse_ports::{Clock, Invocation, InvokeError, Timestamp, Triggers};
use tokio::sync::Semaphore;

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
    form: Form,
    client: HttpClient,
    clock: Clock,
    places: Semaphore,
}

/// The functions of the configuration.
///
/// # Errors
/// Each message names the entry.
pub(crate) fn triggers(mappings: &[Mapping], clock: &Clock) -> Result<Triggers, Failure> {
    let mut triggers = Triggers::none();
    if mappings.is_empty() {
        return Ok(triggers);
    }
    let client = HttpClient::new()?;
    for mapping in mappings {
        let target = Arc::new(Target {
            form: mapping.form()?,
            client: client.clone(),
            clock: clock.clone(),
            places: Semaphore::new(AT_ONCE),
        });
        triggers = triggers.on(mapping.function(), move |invocation| {
            let target = Arc::clone(&target);
            Box::pin(async move { target.invoke(&invocation).await })
        });
    }
    Ok(triggers)
}

impl Target {
    async fn invoke(&self, invocation: &Invocation) -> Result<Vec<u8>, InvokeError> {
        let Ok(_place) = self.places.try_acquire() else {
            return Err(InvokeError::Refused("TooManyRequestsException".to_owned()));
        };
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
