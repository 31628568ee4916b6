//! What is known of an operation.

use crate::{ErrorCode, Structure};

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

/// What the model and its overrides say of an operation.
#[derive(Debug)]
pub struct Facts {
    /// The name, as in `X-Amz-Target`.
    pub name: &'static str,
    /// What a policy must allow whoever signs: `cognito-idp:CreateGroup`.
    pub action: &'static str,
    /// The member that names the resource of the action. Without one it is about every resource, or nobody signs.
    pub resource: Option<&'static str>,
    /// What a caller must show.
    pub authority: Authority,
    /// The members of its request, for [`check()`](crate::check()).
    pub input: &'static Structure,
    /// What the body of its success is.
    pub output: OutputForm,
    /// The errors that the model lists for it, by name.
    pub errors: &'static [ErrorCode],
}

/// Where the operation of that name stands in the table of a service, which is sorted.
pub(crate) fn index(table: &[Facts], name: &str) -> Option<usize> {
    table.binary_search_by_key(&name, |facts| facts.name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user_pools::Operation;
    use crate::{SERVICES, kms};

    #[test]
    fn every_operation_is_found_by_its_name() {
        for operation in Operation::ALL {
            assert_eq!(Operation::from_name(operation.facts().name), Some(operation));
            assert_eq!(operation.facts().name, format!("{operation:?}"));
        }
        assert_eq!(Operation::from_name("createGroup"), None);
        assert_eq!(Operation::from_name(""), None);
    }

    fn count(authority: Authority) -> usize {
        Operation::ALL.into_iter().filter(|o| o.facts().authority == authority).count()
    }

    // protocol §5
    #[test]
    fn authority_of_the_153_operations() {
        assert_eq!(Operation::ALL.len(), 153);
        assert_eq!(count(Authority::Iam), 117);
        assert_eq!(count(Authority::Public), 11);
        assert_eq!(count(Authority::Token), 22);
        assert_eq!(count(Authority::TokenOrSession), 2);
        assert_eq!(Operation::GetDerivedToken.facts().authority, Authority::IamOrClient);
        assert_eq!(Operation::GetClientToken.facts().authority, Authority::Public);
        assert_eq!(Operation::ForgetDevice.facts().authority, Authority::Token);
        assert_eq!(Operation::VerifySoftwareToken.facts().authority, Authority::TokenOrSession);
        assert_eq!(Operation::CreateGroup.facts().authority, Authority::Iam);
    }

    // protocol §5, column Out
    #[test]
    fn operations_that_answer_with_zero_bytes() {
        let silent: Vec<_> = Operation::ALL
            .into_iter()
            .filter(|o| o.facts().output == OutputForm::NoBody)
            .map(|o| o.facts().name)
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
        assert_eq!(Operation::UpdateUserPool.facts().output, OutputForm::EmptyObject);
        assert_eq!(Operation::DeleteUserPoolReplica.facts().output, OutputForm::Body);
    }

    #[test]
    fn declared_errors() {
        assert!(Operation::CreateGroup.facts().errors.contains(&ErrorCode::GroupExistsException));
        assert!(!Operation::GetGroup.facts().errors.contains(&ErrorCode::GroupExistsException));
    }

    #[test]
    fn what_policies_are_asked_about() {
        let of = |operation: Operation| (operation.facts().action, operation.facts().resource);
        assert_eq!(of(Operation::CreateGroup), ("cognito-idp:CreateGroup", Some("UserPoolId")));
        assert_eq!(of(Operation::TagResource), ("cognito-idp:TagResource", Some("ResourceArn")));
        assert_eq!(of(Operation::ListUserPools), ("cognito-idp:ListUserPools", None));
        assert_eq!(of(Operation::GetUser), ("cognito-idp:GetUser", None));
        assert_eq!(kms::Operation::Decrypt.facts().action, "kms:Decrypt");
        for operation in Operation::ALL {
            let names_a_pool = operation.facts().input.members.iter().any(|m| m.name == "UserPoolId");
            let signed = matches!(operation.facts().authority, Authority::Iam | Authority::IamOrClient);
            assert_eq!(of(operation).1 == Some("UserPoolId"), names_a_pool && signed, "{operation}");
        }
    }

    #[test]
    fn services_have_their_own_operations() {
        for service in SERVICES {
            let found = ["CreateGroup", "Decrypt", "Encrypt"].map(|name| service.operation(name).is_some());
            assert_eq!(found, [service.signing_name == "cognito-idp", service.signing_name == "kms", false]);
        }
        let operation = kms::SERVICE.operation("Decrypt").unwrap();
        assert_eq!(operation, kms::Operation::Decrypt.into());
        assert_eq!(operation.service().target_prefix, "TrentService.");
    }
}
