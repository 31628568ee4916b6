//! How often risks were found, for the metrics (docs/cognito/operations-and-protection.md §9.3, documented
//! names).

use std::sync::atomic::{AtomicU64, Ordering};

use poolhouse_wire::user_pools::{EventFilterType, RiskLevelType};

/// What can be found about a request, in Cognito's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A sign-in that is unlike the user's.
    AccountTakeOverRisk,
    /// A password that others know.
    CompromisedCredentialRisk,
    /// A sign-in from an address that the configuration blocks.
    OverrideBlock,
    /// A risk of whatever kind.
    Risk,
    /// No risk.
    NoRisk,
}

impl Finding {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::AccountTakeOverRisk,
        Self::CompromisedCredentialRisk,
        Self::OverrideBlock,
        Self::Risk,
        Self::NoRisk,
    ];

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountTakeOverRisk => "AccountTakeOverRisk",
            Self::CompromisedCredentialRisk => "CompromisedCredentialRisk",
            Self::OverrideBlock => "OverrideBlock",
            Self::Risk => "Risk",
            Self::NoRisk => "NoRisk",
        }
    }
}

/// What this node has found since its start.
#[derive(Debug, Default)]
pub struct Findings {
    of_kind: [AtomicU64; Finding::ALL.len()],
    /// For each of [`Findings::PASSWORD_EVENTS`]: how many were let pass, and refused.
    compromised_passwords: [[AtomicU64; 2]; 3],
}

impl Findings {
    /// Where passwords are held against those that others know.
    pub const PASSWORD_EVENTS: [EventFilterType; 3] =
        [EventFilterType::SignIn, EventFilterType::SignUp, EventFilterType::PasswordChange];

    /// How many passwords that others know were found in `event` so far and `blocked`, or not.
    pub fn compromised_passwords(&self, event: &EventFilterType, blocked: bool) -> u64 {
        self.password_counter(event, blocked).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    pub(crate) fn count_compromised_password(&self, event: &EventFilterType, blocked: bool) {
        if let Some(count) = self.password_counter(event, blocked) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn password_counter(&self, event: &EventFilterType, blocked: bool) -> Option<&AtomicU64> {
        let place = Self::PASSWORD_EVENTS.iter().position(|known| known == event)?;
        self.compromised_passwords.get(place)?.get(usize::from(blocked))
    }

    /// How often.
    pub fn of(&self, finding: Finding) -> u64 {
        self.of_kind.get(finding as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    pub(crate) fn count(&self, finding: Finding) {
        if let Some(count) = self.of_kind.get(finding as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a sign-in that was looked at.
    pub(crate) fn count_level(&self, level: Option<&RiskLevelType>) {
        if level.is_none() {
            return self.count(Finding::NoRisk);
        }
        self.count(Finding::Risk);
        self.count(Finding::AccountTakeOverRisk);
    }
}
