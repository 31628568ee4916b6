//! What is wrong with an answer, as the page says it.

use poolhouse_kernel::{Fault, Kind};
use poolhouse_pages::Problem;
use poolhouse_wire::ErrorCode;

/// What became of a form.
pub(super) enum Verdict<'a> {
    /// It comes back, with a problem beside a field; without a name, of no field.
    Again(&'static str, Problem<'a>),
    /// What it belongs to has ended.
    Expired,
    /// It is no matter of the form.
    Failed,
}

/// What a fault says of the form that led to it; `field` is the one that was filled last.
pub(super) fn judge<'a>(fault: &'a Fault, field: &'static str) -> Verdict<'a> {
    use ErrorCode as Code;
    let said = fault.message().unwrap_or_default();
    let again = |field, problem| Verdict::Again(field, problem);
    match fault.kind() {
        Some(Kind::Session | Kind::SignIn) => return Verdict::Expired,
        Some(Kind::Locked) => return again("", Problem::TooMany),
        Some(Kind::Credentials) if field == "credential" => return again("", Problem::PasskeyRefused),
        Some(Kind::Credentials) if field == "current_password" => {
            return again(field, Problem::WrongPassword);
        }
        Some(Kind::Credentials) => return again(field, Problem::WrongCredentials),
        Some(Kind::KnownPassword) => return again("password", Problem::PasswordKnown),
        Some(Kind::Email) => return again("email", Problem::InvalidEmail),
        Some(Kind::Phone) => return again("phone_number", Problem::InvalidPhone),
        Some(Kind::Level | Kind::Signature(_)) | None => {}
    }
    match fault.code() {
        Code::UserNotFoundException => again(field, Problem::WrongCredentials),
        Code::CodeMismatchException => again("code", Problem::WrongCode),
        Code::ExpiredCodeException => again("code", Problem::ExpiredCode),
        Code::EnableSoftwareTokenMFAException => again("code", Problem::WrongCode),
        Code::LimitExceededException
        | Code::TooManyFailedAttemptsException
        | Code::TooManyRequestsException => again("", Problem::TooMany),
        Code::InvalidPasswordException => again("password", Problem::PasswordRules),
        Code::PasswordHistoryPolicyViolationException => again("password", Problem::PasswordUsed),
        Code::UsernameExistsException | Code::AliasExistsException => {
            again("username", Problem::UsernameTaken)
        }
        Code::CodeDeliveryFailureException => again("", Problem::CodeNotSent),
        Code::InvalidParameterException => again(field, Problem::Invalid),
        Code::NotAuthorizedException
        | Code::UserLambdaValidationException
        | Code::UnexpectedLambdaException
        | Code::InvalidLambdaResponseException
            if !said.is_empty() =>
        {
            again("", Problem::Said(said))
        }
        code if code.as_str().starts_with("WebAuthn") => again("", Problem::PasskeyRefused),
        code if code.is_failure() => Verdict::Failed,
        _ => again("", Problem::Unexpected),
    }
}
