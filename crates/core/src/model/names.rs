//! The forms of user names, e-mail addresses and telephone numbers (docs/cognito/users-and-groups.md §6).

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_wire::user_pools::{AliasAttributeType, UsernameAttributeType};
use uuid::Uuid;

use crate::model::Pool;

/// The longest user name that a request can carry, in characters: the service model's.
pub(crate) const LONGEST: usize = 128;

/// The longest local part, domain, and label of a domain, in bytes (RFC 5321 §4.5.3.1, RFC 1035 §2.3.4).
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 255;
const LONGEST_LABEL: usize = 63;

/// What may stand in a local part beside letters and digits (RFC 5321 §4.1.2, `atext`).
const ATOM_SIGNS: &str = "!#$%&'*+-/=?^_`{|}~";

/// Whether `text` is an e-mail address that a message can go to: a dot-atom, `@`, and a domain of two labels or more
/// (RFC 5321 §4.1.2), letters of any alphabet included (RFC 6531).
///
/// Quoted local parts and addresses in place of a domain are none: such mailboxes are hardly found, and what may stand
/// in quotes means something in the headers of a mail.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_atom =
        |atom: &str| !atom.is_empty() && atom.chars().all(|c| c.is_alphanumeric() || ATOM_SIGNS.contains(c));
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    local.len() <= LONGEST_LOCAL
        && domain.len() <= LONGEST_DOMAIN
        && domain.contains('.')
        && local.split('.').all(is_atom)
        && domain.split('.').all(is_label)
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

/// The `sub` that a text of this form stands for, in whatever letter case it is written; `None` for any other text.
pub(crate) fn as_sub(text: &str) -> Option<Sub> {
    // Other forms of a UUID, without hyphens or in braces, are no `sub`.
    const LENGTH: usize = 36;
    let uuid = (text.len() == LENGTH).then(|| Uuid::try_parse(text).ok())??;
    Some(uuid.to_string().into())
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
        let longest = format!("{}@{}.de", "l".repeat(64), "d".repeat(63));
        for good in [
            "a@b.c",
            "first.last+tag@mail.example.com",
            "ü@example.com",
            "o'neil@ex-ample.de",
            "a@müller.de",
            &longest,
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b.c", "a@b", "a@.c", "a@b..c", "a b@c.d", "a@b@c.d", "a@b.c."] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    // What a relay or a mail's header could take for several addresses, or for something else than one.
    #[test]
    fn what_means_more_than_one_address_is_none() {
        let signs = [
            ",", ";", ":", "<", ">", "(", ")", "[", "]", "\"", "\\", " ", "\t", "\r\n", "\0", "\u{85}",
            "\u{200b}",
        ];
        for sign in signs {
            for text in [
                format!("a{sign}b@x.yz"),
                format!("a@x{sign}y.yz"),
                format!("a@x.yz{sign}"),
                format!("{sign}a@x.yz"),
            ] {
                assert!(!is_email(&text), "{text:?}");
            }
        }
        let bad = [
            "a@x.yz>,<b",
            "\"a b\"@x.yz",
            "a@[127.0.0.1]",
            ".a@x.yz",
            "a.@x.yz",
            "a..b@x.yz",
            "a@-x.yz",
            "a@x-.yz",
            "a@x_y.z",
        ];
        for text in bad {
            assert!(!is_email(text), "{text:?}");
        }
        let long_local = format!("{}@x.yz", "l".repeat(65));
        let long_label = format!("a@{}.yz", "d".repeat(64));
        let long_domain = format!("a@{}yz", "label.".repeat(43));
        for text in [long_local, long_label, long_domain] {
            assert!(!is_email(&text), "{text:?}");
        }
    }

    #[test]
    fn a_sub_is_known_by_its_form() {
        let sub = "d8f3a7c2-1b4e-4f6a-9c8d-0123456789ab";
        assert_eq!(as_sub(sub).as_deref(), Some(sub));
        assert_eq!(as_sub(&sub.to_uppercase()).as_deref(), Some(sub));
        for other in ["alice", "", &sub.replace('-', ""), &format!("{{{sub}}}"), &sub.replace('d', "x")] {
            assert_eq!(as_sub(other), None, "{other}");
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
