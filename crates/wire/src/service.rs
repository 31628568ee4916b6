//! What is known of a service.

use crate::{ErrorCode, Operation};

/// A service.
#[derive(Debug)]
pub struct Service {
    /// The name in the scope of signatures, and in front of the actions of policies.
    pub signing_name: &'static str,
    /// How it is spoken to.
    pub protocol: Protocol,
    /// The region of everything that it has, where it is in none of its own.
    pub region: Option<&'static str>,
    /// The error of a request that violates a constraint.
    pub violation: ErrorCode,
    /// The errors that it does not answer by their own name with the usual status, by name: what it calls them, and their
    /// HTTP status.
    pub(crate) errors: &'static [(ErrorCode, &'static str, u16)],
    pub(crate) operation: fn(&str) -> Option<Operation>,
}

/// How a service is spoken to.
#[derive(Clone, Copy, Debug)]
pub enum Protocol {
    /// AWS JSON 1.1.
    Json {
        /// What stands before the operation's name in `X-Amz-Target`.
        target_prefix: &'static str,
        /// The member of an error with its text.
        message: &'static str,
    },
    /// Query: a form in, XML out.
    Query {
        /// What requests have as `Version`.
        version: &'static str,
        /// The namespace of answers.
        namespace: &'static str,
    },
}

impl Service {
    /// Its operation of that name, which is case-sensitive.
    pub fn operation(&self, name: &str) -> Option<Operation> {
        (self.operation)(name)
    }

    /// What it calls an error, and the HTTP status of that: its model's, or for what is in none of its own 500 for
    /// failures, else 400.
    pub fn answered(&self, code: ErrorCode) -> (&'static str, u16) {
        let own = self.errors.iter().find(|(error, ..)| *error == code);
        let usual = (code.as_str(), if code.is_failure() { 500 } else { 400 });
        own.map_or(usual, |(_, name, status)| (*name, *status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SERVICES, iam, identity_pools, secretsmanager, sts, user_pools};

    // protocol §3: never 401, 403 or 404
    #[test]
    fn only_the_services_own_failures_are_500_in_json() {
        for service in
            SERVICES.into_iter().filter(|service| matches!(service.protocol, Protocol::Json { .. }))
        {
            for code in ErrorCode::ALL {
                let expected = if code.is_failure() { 500 } else { 400 };
                assert_eq!(service.answered(code).1, expected, "{code}");
            }
            assert_eq!(service.answered(ErrorCode::ExpiredToken), ("ExpiredTokenException", 400));
        }
        let failures: Vec<_> = ErrorCode::ALL.into_iter().filter(|code| code.is_failure()).collect();
        assert!(failures.contains(&ErrorCode::InternalServiceError));
        assert!(failures.contains(&ErrorCode::ServiceFailureException));
    }

    // identity-pools-and-iam §8.1, §10.4, §12
    #[test]
    fn services_of_query_have_names_and_statuses_of_their_own() {
        for service in [&iam::SERVICE, &sts::SERVICE] {
            for (code, expected) in [
                (ErrorCode::AccessDeniedException, ("AccessDenied", 403)),
                (ErrorCode::ExpiredToken, ("ExpiredToken", 403)),
                (ErrorCode::InternalErrorException, ("InternalFailure", 500)),
                (ErrorCode::InvalidSignatureException, ("SignatureDoesNotMatch", 403)),
                (ErrorCode::MalformedPolicyDocumentException, ("MalformedPolicyDocument", 400)),
                (ErrorCode::MissingAuthenticationTokenException, ("MissingAuthenticationToken", 403)),
                (ErrorCode::UnrecognizedClientException, ("InvalidClientTokenId", 403)),
                (service.violation, ("ValidationError", 400)),
            ] {
                assert_eq!(service.answered(code), expected, "{}", service.signing_name);
            }
        }
        for (service, code, expected) in [
            (&iam::SERVICE, ErrorCode::NoSuchEntityException, ("NoSuchEntity", 404)),
            (&iam::SERVICE, ErrorCode::LimitExceededException, ("LimitExceeded", 409)),
            (&iam::SERVICE, ErrorCode::ServiceFailureException, ("ServiceFailure", 500)),
            (&sts::SERVICE, ErrorCode::ExpiredTokenException, ("ExpiredTokenException", 400)),
            (&sts::SERVICE, ErrorCode::IDPRejectedClaimException, ("IDPRejectedClaim", 403)),
            (&user_pools::SERVICE, ErrorCode::LimitExceededException, ("LimitExceededException", 400)),
        ] {
            assert_eq!(service.answered(code), expected);
        }
    }

    // new-operations §17.1
    #[test]
    fn the_member_with_an_errors_text_is_the_services_own() {
        let member = |service: &Service| match service.protocol {
            Protocol::Json { message, .. } => message,
            Protocol::Query { .. } => "",
        };
        let services = [&user_pools::SERVICE, &identity_pools::SERVICE, &secretsmanager::SERVICE];
        assert_eq!(services.map(member), ["message", "message", "Message"]);
    }
}
