//! `poolhouse messages test`: one message to see whether delivery works, with everything that the other side says.

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
    let taken = timeout(ATTEMPT, courier.hand_over(message)).await;
    let late = || Err(DeliveryError::passing(format!("no answer within {} seconds", ATTEMPT.as_secs())));
    match taken.unwrap_or_else(|_| late()) {
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
