//! Which of a pool's logs go where (docs/cognito/operations-and-protection.md §10).

use serde::{Deserialize, Serialize};

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LogSource {
    /// Messages that did not reach their users: errors.
    UserNotification,
    /// What happened around sign-ins, in pools with threat protection.
    UserAuthEvents,
}

/// Where it goes, by its ARN.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LogDestination {
    LogGroup(String),
    Bucket(String),
    Stream(String),
}

impl LogDestination {
    pub(crate) fn arn(&self) -> &str {
        match self {
            Self::LogGroup(arn) | Self::Bucket(arn) | Self::Stream(arn) => arn,
        }
    }
}

/// One log of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogDelivery {
    pub(crate) source: LogSource,
    pub(crate) destination: LogDestination,
}
