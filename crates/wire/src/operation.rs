//! What is known of an operation.

use std::fmt;

use crate::generated::operations::FACTS;
use crate::{ErrorCode, Operation, Structure};

/// What a caller must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// A signature of a principal whose policies allow the action.
    Iam,
    /// Nothing: the members of the request prove what must be proven. A signature is ignored.
    Public,
    /// An access token, in the member `AccessToken`. A signature is ignored.
    Token,
    /// An access token, or the session of a sign-in under way. A signature is ignored.
    TokenOrSession,
    /// A signature, or in its absence client id and secret.
    IamOrClient,
}

/// What the body of a success is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputForm {
    /// A JSON object with the members of the response.
    Body,
    /// `{}`: the model has a response, but no member in it.
    EmptyObject,
    /// Zero bytes: the model has no response.
    NoBody,
}

/// One row of the generated table.
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    pub(crate) authority: Authority,
    pub(crate) input: &'static Structure,
    pub(crate) output: OutputForm,
    pub(crate) errors: &'static [ErrorCode],
}

impl Operation {
    /// The operation of that name, which is case-sensitive.
    pub fn from_name(name: &str) -> Option<Self> {
        let index = FACTS.binary_search_by_key(&name, |facts| facts.name).ok()?;
        Self::ALL.get(index).copied()
    }

    fn facts(self) -> &'static Facts {
        // Cannot be out of range: the table has a row for every variant.
        &FACTS[self as usize]
    }

    /// The name, as in `X-Amz-Target` and in IAM actions.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// What a caller must show.
    pub fn authority(self) -> Authority {
        self.facts().authority
    }

    /// The errors that the model lists for it, by name.
    pub fn errors(self) -> &'static [ErrorCode] {
        self.facts().errors
    }

    /// The members of its request, for [`check()`](crate::check()).
    pub fn input(self) -> &'static Structure {
        self.facts().input
    }

    /// What the body of its success is.
    pub fn output(self) -> OutputForm {
        self.facts().output
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_name() {
        for operation in Operation::ALL {
            assert_eq!(Operation::from_name(operation.name()), Some(operation));
            assert_eq!(operation.name(), format!("{operation:?}"));
        }
        assert_eq!(Operation::from_name("createGroup"), None);
        assert_eq!(Operation::from_name(""), None);
    }

    fn count(authority: Authority) -> usize {
        Operation::ALL.into_iter().filter(|o| o.authority() == authority).count()
    }

    // protocol §5
    #[test]
    fn authority_of_the_153_operations() {
        assert_eq!(Operation::ALL.len(), 153);
        assert_eq!(count(Authority::Iam), 117);
        assert_eq!(count(Authority::Public), 11);
        assert_eq!(count(Authority::Token), 22);
        assert_eq!(count(Authority::TokenOrSession), 2);
        assert_eq!(Operation::GetDerivedToken.authority(), Authority::IamOrClient);
        assert_eq!(Operation::GetClientToken.authority(), Authority::Public);
        assert_eq!(Operation::ForgetDevice.authority(), Authority::Token);
        assert_eq!(Operation::VerifySoftwareToken.authority(), Authority::TokenOrSession);
        assert_eq!(Operation::CreateGroup.authority(), Authority::Iam);
    }

    // protocol §5, column Out
    #[test]
    fn operations_that_answer_with_zero_bytes() {
        let silent: Vec<_> = Operation::ALL
            .into_iter()
            .filter(|o| o.output() == OutputForm::NoBody)
            .map(Operation::name)
            .collect();
        assert_eq!(
            silent,
            [
                "AdminAddUserToGroup",
                "AdminDeleteUser",
                "AdminForgetDevice",
                "AdminRemoveUserFromGroup",
                "DeleteGroup",
                "DeleteIdentityProvider",
                "DeleteManagedLoginBranding",
                "DeleteResourceServer",
                "DeleteTerms",
                "DeleteUser",
                "DeleteUserPool",
                "DeleteUserPoolClient",
                "ForgetDevice",
            ]
        );
        assert_eq!(Operation::UpdateUserPool.output(), OutputForm::EmptyObject);
        assert_eq!(Operation::DeleteUserPoolReplica.output(), OutputForm::Body);
    }

    #[test]
    fn declared_errors() {
        assert!(Operation::CreateGroup.errors().contains(&ErrorCode::GroupExistsException));
        assert!(!Operation::GetGroup.errors().contains(&ErrorCode::GroupExistsException));
    }
}
