//! What is guessed at.

/// What is guessed. Each has a counter of its own: who knows a password must not learn how many wrong ones were tried
/// before, and at least five wrong codes are told as such (authentication §6). And who can guess at one of them must
/// not lock its owner out of another: a name alone suffices for a first factor, not for a second one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Guess {
    /// A password, plain or by its proof.
    Password,
    /// A code that was sent to sign in with, as the first factor.
    FirstCode,
    /// A code of a second factor.
    SecondCode,
    /// An answer to a custom challenge, with nothing proven before.
    FirstAnswer,
    /// An answer to a custom challenge behind the password.
    SecondAnswer,
    /// The proof of a remembered device's password.
    Device,
    /// The first code of a software token. That it was right says nothing of the factors that the user has.
    NewToken,
    /// The signature of a passkey. It cannot be guessed, so nothing is counted and nothing locks.
    Passkey,
}

impl Guess {
    /// The action under which wrong ones are counted.
    pub(crate) const fn counter(self) -> Option<&'static str> {
        match self {
            Self::Password => Some("password"),
            Self::FirstCode => Some("first_code"),
            Self::SecondCode => Some("code"),
            Self::FirstAnswer => Some("first_answer"),
            Self::SecondAnswer => Some("second_answer"),
            Self::Device => Some("device"),
            Self::NewToken => Some("new_token"),
            Self::Passkey => None,
        }
    }

    /// Whether wrong ones are counted.
    pub(crate) const fn is_counted(self) -> bool {
        self.counter().is_some()
    }
}
