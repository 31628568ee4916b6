//! The password policy of a pool (docs/cognito/users-and-groups.md §9).

use poolhouse_kernel::Fault;
use poolhouse_ports::Entropy;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::PasswordPolicyType;

/// The symbols that count as such; a blank inside the password is one too.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

/// Longer passwords are refused by the service model already.
const DEFAULT_LENGTH: usize = 8;

/// The length of generated passwords, unless the policy asks for more.
const GENERATED_LENGTH: usize = 16;

/// Where a password comes from. AWS has three ways to introduce the reason against one (users-and-groups §9, observed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordSource {
    /// SignUp.
    SignUp,
    /// AdminCreateUser.
    AdminCreate,
    /// Every other operation that sets a password.
    Change,
    /// A password that was good in another directory: this pool's policy does not count
    /// (triggers-and-messages §8.9, documented).
    Migration,
}

impl PasswordSource {
    const fn prefix(self) -> &'static str {
        match self {
            Self::SignUp => "Password did not conform with policy: ",
            Self::AdminCreate => "Password did not conform with password policy: ",
            Self::Change | Self::Migration => "Password does not conform to policy: ",
        }
    }
}

/// Checks `password`; the first reason that applies is the one answered.
///
/// # Errors
/// `InvalidPasswordException`.
pub(crate) fn check(
    policy: &PasswordPolicyType,
    password: &str,
    source: PasswordSource,
) -> Result<(), Fault> {
    match reason_against(policy, password) {
        _ if source == PasswordSource::Migration => Ok(()),
        None => Ok(()),
        Some(reason) => {
            Err(Fault::new(ErrorCode::InvalidPasswordException, format!("{}{reason}", source.prefix())))
        }
    }
}

/// Length first, then upper, lower, digit, symbol: the order is ours (users-and-groups §9, open).
fn reason_against(policy: &PasswordPolicyType, password: &str) -> Option<&'static str> {
    let required = |flag: Option<bool>| flag.unwrap_or(false);
    let has = |test: fn(char) -> bool| password.chars().any(test);
    if password.chars().count() < minimum_length(policy) {
        Some("Password not long enough")
    } else if required(policy.require_uppercase) && !has(|c| c.is_ascii_uppercase()) {
        Some("Password must have uppercase characters")
    } else if required(policy.require_lowercase) && !has(|c| c.is_ascii_lowercase()) {
        Some("Password must have lowercase characters")
    } else if required(policy.require_numbers) && !has(|c| c.is_ascii_digit()) {
        Some("Password must have numeric characters")
    } else if required(policy.require_symbols) && !has_symbol(password) {
        Some("Password must have symbol characters")
    } else {
        None
    }
}

fn minimum_length(policy: &PasswordPolicyType) -> usize {
    policy.minimum_length.and_then(|n| usize::try_from(n).ok()).unwrap_or(DEFAULT_LENGTH)
}

/// A blank counts when it is neither the first nor the last character.
fn has_symbol(password: &str) -> bool {
    password.contains(|c| SYMBOLS.contains(c)) || password.trim_matches(' ').contains(' ')
}

/// A random password that satisfies every policy of its length.
pub(crate) fn generate(policy: &PasswordPolicyType, entropy: &Entropy) -> String {
    // Characters that are easily taken for one another are left out: people type these from a message.
    const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    const LOWER: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
    const DIGITS: &[u8] = b"23456789";
    const MARKS: &[u8] = b"!@#%&*+=?-";
    let length = minimum_length(policy).max(GENERATED_LENGTH);
    loop {
        let password = entropy.text(&[UPPER, LOWER, DIGITS, MARKS].concat(), length);
        let complete =
            [UPPER, LOWER, DIGITS, MARKS].iter().all(|kind| password.bytes().any(|b| kind.contains(&b)));
        // About nine in ten draws have all four kinds; fixed places for them would weaken the rest.
        if complete {
            return password;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict() -> PasswordPolicyType {
        PasswordPolicyType {
            minimum_length: Some(8),
            require_uppercase: Some(true),
            require_lowercase: Some(true),
            require_numbers: Some(true),
            require_symbols: Some(true),
            ..PasswordPolicyType::default()
        }
    }

    #[test]
    fn one_reason_at_a_time_in_order() {
        let reasons = [
            ("aB1!", "Password not long enough"),
            ("abcdefg1!", "Password must have uppercase characters"),
            ("ABCDEFG1!", "Password must have lowercase characters"),
            ("Abcdefgh!", "Password must have numeric characters"),
            ("Abcdefgh1", "Password must have symbol characters"),
        ];
        for (password, reason) in reasons {
            assert_eq!(reason_against(&strict(), password), Some(reason), "{password}");
        }
        assert_eq!(reason_against(&strict(), "Abcdefg1!"), None);
    }

    #[test]
    fn only_basic_latin_counts_and_an_inner_blank_is_a_symbol() {
        assert_eq!(reason_against(&strict(), "äbcdefg1!Ä"), Some("Password must have uppercase characters"));
        assert_eq!(reason_against(&strict(), "Abcd efg1"), None);
        assert_eq!(reason_against(&strict(), " Abcdefg1 "), Some("Password must have symbol characters"));
    }

    #[test]
    fn each_occasion_has_its_words() {
        let text = |source| check(&strict(), "x", source).unwrap_err().message().unwrap().to_owned();
        assert_eq!(
            text(PasswordSource::SignUp),
            "Password did not conform with policy: Password not long enough"
        );
        assert_eq!(
            text(PasswordSource::AdminCreate),
            "Password did not conform with password policy: Password not long enough"
        );
        assert_eq!(
            text(PasswordSource::Change),
            "Password does not conform to policy: Password not long enough"
        );
    }

    #[test]
    fn generated_passwords_satisfy_the_policy() {
        let policy = PasswordPolicyType { minimum_length: Some(40), ..strict() };
        for _ in 0..50 {
            let password = generate(&policy, &Entropy::system());
            assert_eq!(reason_against(&policy, &password), None, "{password}");
        }
    }
}
