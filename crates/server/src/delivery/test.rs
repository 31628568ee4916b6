//! `poolhouse messages test`: one message to see whether delivery works, with everything that the other side says.

use std::time::Duration;

use poolhouse_core::messages::outbox::ATTEMPT;
use poolhouse_ports::{Clock, DeliveryError, Entropy, Medium, Message, PoolId, Username};
use tokio::time::timeout;

use super::courier;
use crate::config::TestMessageOptions;
use crate::exit::Failure;

const SUBJECT: &str = "Test of Poolhouse";
const TEXT: &str = "This is a test message of Poolhouse. If you can read it, delivery works.";

/// The way to a destination.
fn medium(to: &str) -> Result<Medium, Failure> {
    let is_number = |digits: &str| digits.len() > 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    match to.strip_prefix('+') {
        Some(digits) if is_number(digits) => Ok(Medium::Sms),
        _ if to.contains('@') => Ok(Medium::Email),
        _ => Err(Failure::setup(format!(
            "to: {to:?} is neither an e-mail address nor a telephone number such as +12065550100"
        ))),
    }
}

/// What becomes of an attempt that may take so long.
async fn within(
    patience: Duration,
    attempt: impl Future<Output = Result<(), DeliveryError>>,
) -> Result<(), DeliveryError> {
    let late = || DeliveryError::passing(format!("no answer within {} seconds", patience.as_secs()));
    timeout(patience, attempt).await.unwrap_or_else(|_| Err(late()))
}

/// Sends the message and says what came of it.
///
/// # Errors
/// Exit code 2 for wrong settings, 1 when the message was not taken.
#[expect(clippy::print_stdout, reason = "what a command found is its output")]
pub(crate) async fn run(options: TestMessageOptions) -> Result<(), Failure> {
    let (to, options) = options.complete()?;
    let medium = medium(&to)?;
    let clock = Clock::system();
    let courier = courier(&options, &clock)?;
    if !courier.serves(medium) {
        return Err(Failure::setup(match medium {
            Medium::Email => "no mail relay is configured: give smtp-host and email-from",
            Medium::Sms => "no SMS gateway is configured: give sms-hook-url and sms-hook-secret",
        }));
    }
    let message = Message {
        id: Entropy::system().uuid().to_string(),
        pool: PoolId::default(),
        username: Username::default(),
        destination: to.clone(),
        medium,
        kind: "Test",
        code: String::new(),
        subject: if medium == Medium::Email { SUBJECT.to_owned() } else { String::new() },
        body: TEXT.to_owned(),
        from: None,
        reply_to: None,
        sent_at: clock.now(),
    };
    // As long as one of the server's own attempts.
    match within(ATTEMPT, courier.hand_over(message)).await {
        Ok(()) => {
            println!("The message to {to} was handed over.");
            Ok(())
        }
        Err(error) => {
            let answer = error.answer.map(|answer| format!("\n  {answer}")).unwrap_or_default();
            Err(Failure::running(format!("the message to {to} was not taken: {}{answer}", error.reason)))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_relay_that_stays_silent_is_given_up() {
        let given_up = within(Duration::ZERO, pending()).await.unwrap_err();
        assert_eq!(given_up.reason, "no answer within 0 seconds");
        assert!(!given_up.permanent);
        assert_eq!(within(ATTEMPT, ready(Ok(()))).await, Ok(()));
        let refused = DeliveryError::permanent("no");
        assert_eq!(within(ATTEMPT, ready(Err(refused.clone()))).await, Err(refused));
    }
}
