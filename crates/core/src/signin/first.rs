//! What a choice-based sign-in can begin with (docs/cognito/authentication.md §10). A pure function of what
//! the pool allows and what the user has.

use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::{AuthFactorType, ChallengeNameType, UserStatusType};

use super::next;
use crate::messages::Address;
use crate::model::guess::Guess;
use crate::model::{Method, Pool, User};
use crate::passkeys;

/// A way to begin, in the order of AvailableChallenges (authentication §10; the order is open behind the
/// first pair).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    PasswordSrp,
    Password,
    EmailOtp,
    SmsOtp,
    WebAuthn,
}

impl Choice {
    pub(super) const ALL: [Self; 5] =
        [Self::PasswordSrp, Self::Password, Self::EmailOtp, Self::SmsOtp, Self::WebAuthn];

    /// The challenge by whose name it is chosen.
    pub(super) const fn challenge(self) -> ChallengeNameType {
        match self {
            Self::PasswordSrp => ChallengeNameType::PasswordSrp,
            Self::Password => ChallengeNameType::Password,
            Self::EmailOtp => ChallengeNameType::EmailOtp,
            Self::SmsOtp => ChallengeNameType::SmsOtp,
            Self::WebAuthn => ChallengeNameType::WebAuthn,
        }
    }

    /// What it proves. Which kind of passkey it is makes no difference before it is used.
    pub(super) const fn method(self) -> Method {
        match self {
            Self::PasswordSrp | Self::Password => Method::Password,
            Self::EmailOtp => Method::Email,
            Self::SmsOtp => Method::Sms,
            Self::WebAuthn => Method::RoamingPasskey,
        }
    }

    /// What wrong tries at it count as.
    pub(super) const fn guess(self) -> Guess {
        match self {
            Self::PasswordSrp | Self::Password => Guess::Password,
            Self::EmailOtp | Self::SmsOtp => Guess::FirstCode,
            Self::WebAuthn => Guess::Passkey,
        }
    }

    /// The choice of this name, if it is one.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.challenge().as_str() == name)
    }

    /// The ways that the pool allows.
    fn allowed(pool: &Pool) -> Vec<Self> {
        Self::ALL.into_iter().filter(|choice| pool.allows_first_factor(&choice.factor())).collect()
    }

    /// What everybody has who has a password and nothing else.
    pub(super) fn passwords(pool: &Pool) -> Vec<Self> {
        let mut allowed = Self::allowed(pool);
        allowed.retain(|choice| matches!(choice, Self::PasswordSrp | Self::Password));
        allowed
    }

    /// The value of AllowedFirstAuthFactors that allows it.
    fn factor(self) -> AuthFactorType {
        match self {
            Self::PasswordSrp | Self::Password => AuthFactorType::Password,
            Self::EmailOtp => AuthFactorType::EmailOtp,
            Self::SmsOtp => AuthFactorType::SmsOtp,
            Self::WebAuthn => AuthFactorType::WebAuthn,
        }
    }
}

/// What the choice depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FirstFacts {
    /// What the pool's AllowedFirstAuthFactors come to.
    pub(super) allowed: Vec<Choice>,
    pub(super) unconfirmed: bool,
    pub(super) has_password: bool,
    /// A code would go to an address that is verified, or by which an unconfirmed user becomes confirmed.
    pub(super) email: bool,
    pub(super) phone: bool,
    /// There is a passkey, and it is enough for this user.
    pub(super) passkey: bool,
    /// A temporary password waits to be replaced, or the user turned a second factor on.
    pub(super) needs_password: bool,
}

/// The ways that are open, in their order.
pub(super) fn eligible(facts: &FirstFacts) -> Vec<Choice> {
    let is_open = |choice: &Choice| match choice {
        Choice::PasswordSrp | Choice::Password => facts.has_password && !facts.unconfirmed,
        Choice::EmailOtp => facts.email && !facts.needs_password,
        Choice::SmsOtp => facts.phone && !facts.needs_password,
        Choice::WebAuthn => facts.passkey && !facts.unconfirmed,
    };
    facts.allowed.iter().copied().filter(is_open).collect()
}

impl FirstFacts {
    /// The facts of a user.
    pub(super) fn of(pool: &Pool, user: &User, has_passkey: bool) -> Self {
        let unconfirmed = user.status == UserStatusType::Unconfirmed;
        let reaches = |medium: Medium| {
            let any = Address::of(user, medium).filter(|_| unconfirmed);
            any.or_else(|| Address::verified_of(user, medium)).is_some()
        };
        let second = next::Facts::of(pool, user, None);
        Self {
            allowed: Choice::allowed(pool),
            unconfirmed,
            has_password: user.has_password(),
            email: reaches(Medium::Email),
            phone: reaches(Medium::Sms),
            passkey: has_passkey
                && !second.temporary_password
                && (second.activated.is_empty() || passkeys::stand_for_two_factors(pool)),
            needs_password: second.temporary_password || !second.activated.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anyone() -> FirstFacts {
        FirstFacts {
            allowed: Choice::ALL.to_vec(),
            unconfirmed: false,
            has_password: true,
            email: true,
            phone: true,
            passkey: true,
            needs_password: false,
        }
    }

    #[test]
    fn what_is_allowed_and_there_is_open() {
        let passwords = [Choice::PasswordSrp, Choice::Password];
        assert_eq!(eligible(&anyone()), Choice::ALL);
        let only_password = FirstFacts { allowed: passwords.to_vec(), ..anyone() };
        assert_eq!(eligible(&only_password), passwords);
        let without_password = FirstFacts { has_password: false, ..anyone() };
        assert_eq!(eligible(&without_password), [Choice::EmailOtp, Choice::SmsOtp, Choice::WebAuthn]);
        let without_address = FirstFacts { email: false, phone: false, passkey: false, ..anyone() };
        assert_eq!(eligible(&without_address), passwords);
        let only_passkey = FirstFacts { passkey: true, ..without_address };
        assert_eq!(eligible(&only_passkey), [Choice::PasswordSrp, Choice::Password, Choice::WebAuthn]);
        let with_second_factor = FirstFacts { needs_password: true, passkey: false, ..anyone() };
        assert_eq!(eligible(&with_second_factor), passwords);
        let unconfirmed = FirstFacts { unconfirmed: true, ..anyone() };
        assert_eq!(eligible(&unconfirmed), [Choice::EmailOtp, Choice::SmsOtp]);
    }

    #[test]
    fn choices_are_known_by_their_challenges() {
        for choice in Choice::ALL {
            assert_eq!(Choice::named(choice.challenge().as_str()), Some(choice));
        }
        assert_eq!(Choice::named("SOFTWARE_TOKEN_MFA"), None);
    }
}
