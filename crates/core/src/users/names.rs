//! The forms of user names, e-mail addresses and telephone numbers (docs/cognito/users-and-groups.md §6).

use poolhouse_wire::types::{AliasAttributeType, UsernameAttributeType};

use crate::Fault;
use crate::pools::Pool;

/// The longest e-mail address that can be delivered to, in bytes: 64, `@` and 255 (RFC 5321).
const LONGEST_EMAIL: usize = 320;

/// Whether `text` looks like an e-mail address: one `@`, something on both sides, no blanks.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    text.len() <= LONGEST_EMAIL
        && !local.is_empty()
        && !local.contains('@')
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !domain.contains("..")
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Whether `text` is a telephone number of E.164: `+` and up to 15 digits, the first not 0.
pub(crate) fn is_phone_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The attribute that a name of the form of `name` stands for in a pool whose users sign up with an
/// address; `None` in pools with free user names.
///
/// # Errors
/// `InvalidParameterException` when the pool asks for an address and `name` is none.
pub(crate) fn address_attribute(pool: &Pool, name: &str) -> Result<Option<&'static str>, Fault> {
    let attributes = pool.username_attributes();
    if attributes.is_empty() {
        return Ok(None);
    }
    let email = attributes.contains(&UsernameAttributeType::Email);
    let phone = attributes.contains(&UsernameAttributeType::PhoneNumber);
    match (email, phone) {
        (true, _) if is_email(name) => Ok(Some("email")),
        (_, true) if is_phone_number(name) => Ok(Some("phone_number")),
        (true, true) => {
            Err(Fault::invalid_parameter("Username should be either an email or a phone number."))
        }
        (true, false) => Err(Fault::invalid_parameter("Username should be an email.")),
        (false, _) => Err(Fault::invalid_parameter("Username should be a phone number.")),
    }
}

/// Refuses a free user name (or preferred_username) that could be taken for somebody's alias
/// (users-and-groups §6, recorded for e-mail, inferred for telephone numbers).
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn check_free_name(pool: &Pool, name: &str) -> Result<(), Fault> {
    let aliases = pool.alias_attributes();
    if aliases.contains(&AliasAttributeType::Email) && is_email(name) {
        return Err(Fault::invalid_parameter(
            "Username cannot be of email format, since user pool is configured for email alias.",
        ));
    }
    if aliases.contains(&AliasAttributeType::PhoneNumber) && is_phone_number(name) {
        return Err(Fault::invalid_parameter(
            "Username cannot be of phone number format, since user pool is configured for phone number alias.",
        ));
    }
    Ok(())
}

/// The form under which a name is compared: as it is, or without case where the pool says so.
pub(crate) fn fold(pool: &Pool, name: &str) -> String {
    if pool.case_sensitive() { name.to_owned() } else { name.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_addresses() {
        for good in ["a@b.c", "first.last+tag@mail.example.com", "ü@example.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b.c", "a@b", "a@.c", "a@b..c", "a b@c.d", "a@b@c.d", "a@b.c."] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn phone_numbers() {
        for good in ["+12065550100", "+498912345"] {
            assert!(is_phone_number(good), "{good}");
        }
        for bad in ["12345", "+", "+0123456", "+12 34", "+1234567890123456"] {
            assert!(!is_phone_number(bad), "{bad}");
        }
    }
}
