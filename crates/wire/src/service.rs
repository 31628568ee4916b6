//! What is known of a service. All speak AWS JSON 1.1.

use crate::{ErrorCode, Operation};

/// A service.
#[derive(Debug)]
pub struct Service {
    /// The name in the scope of signatures, and in front of the actions of policies.
    pub signing_name: &'static str,
    /// What stands before the operation's name in `X-Amz-Target`.
    pub target_prefix: &'static str,
    /// The error of a request that violates a constraint.
    pub violation: ErrorCode,
    /// The errors of its model whose HTTP status is not 400, by name.
    pub(crate) statuses: &'static [(ErrorCode, u16)],
    pub(crate) operation: fn(&str) -> Option<Operation>,
}

impl Service {
    /// Its operation of that name, which is case-sensitive.
    pub fn operation(&self, name: &str) -> Option<Operation> {
        (self.operation)(name)
    }

    /// The HTTP status of an error: its model's, or for what is in none of its own 500 for failures, else 400.
    pub fn status(&self, code: ErrorCode) -> u16 {
        let own = self.statuses.iter().find(|(error, _)| *error == code);
        own.map_or(if code.is_failure() { 500 } else { 400 }, |(_, status)| *status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SERVICES, user_pools};

    // protocol §3: never 401, 403 or 404
    #[test]
    fn only_the_services_own_failures_are_500() {
        let faults = [ErrorCode::InternalErrorException, ErrorCode::InternalServerException];
        assert_eq!(user_pools::SERVICE.statuses, faults.map(|code| (code, 500)));
        for service in SERVICES {
            assert!(ErrorCode::ALL.into_iter().all(|code| matches!(service.status(code), 400 | 500)));
            assert_eq!(service.status(ErrorCode::InternalErrorException), 500);
            assert_eq!(service.status(ErrorCode::SerializationException), 400);
        }
    }

    #[test]
    fn a_status_is_the_services_own() {
        let service =
            Service { statuses: &[(ErrorCode::LimitExceededException, 409)], ..user_pools::SERVICE };
        assert_eq!(service.status(ErrorCode::LimitExceededException), 409);
        assert_eq!(user_pools::SERVICE.status(ErrorCode::LimitExceededException), 400);
    }
}
