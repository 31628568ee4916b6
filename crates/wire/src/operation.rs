//! What is known of an operation.

use crate::{ErrorCode, Structure};

/// What a caller must show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// A signature of a principal whose policies allow the action.
    Iam,
    /// A signature of any principal: policies are not asked.
    Signature,
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
#[derive(Clone, Copy, Debug)]
pub enum OutputForm {
    /// A JSON object with the members of the response.
    Body,
    /// `{}`: the model has a response, but no member in it.
    EmptyObject,
    /// XML elements, one for each of these members: Query.
    Elements(&'static Structure),
    /// Zero bytes, or in Query no result: the model has no response.
    NoBody,
}

/// What policies speak of.
#[derive(Debug)]
pub struct Resource {
    /// The member that names it.
    pub member: &'static str,
    /// Its ARN, with `{region}`, `{account}`, and `{}` for the member's value.
    pub arn: &'static str,
}

impl Resource {
    /// The ARN of what the member names; a value that is one already stands for itself.
    pub fn arn_of(&self, value: &str, region: &str, account: &str) -> String {
        if value.starts_with("arn:") {
            return value.to_owned();
        }
        // The value last: whatever it holds is not looked into.
        self.arn.replace("{region}", region).replace("{account}", account).replace("{}", value)
    }
}

/// What the model and its overrides say of an operation.
#[derive(Debug)]
pub struct Facts {
    /// The name, as in `X-Amz-Target` and `Action`.
    pub name: &'static str,
    /// What a policy must allow whoever signs: `cognito-idp:CreateGroup`.
    pub action: &'static str,
    /// The resource of the action. Without one it is about every resource, or no policy is asked.
    pub resource: Option<&'static Resource>,
    /// What a caller must show.
    pub authority: Authority,
    /// The members of its request, for [`check()`](crate::check()).
    pub input: &'static Structure,
    /// What the body of its success is.
    pub output: OutputForm,
    /// The errors that the model lists for it, by name.
    pub errors: &'static [ErrorCode],
}

impl Facts {
    /// Whether it changes nothing and hands out nothing that was not there before, as its name tells.
    pub fn reads_only(&self) -> bool {
        const VERBS: [&str; 6] = ["Decrypt", "Describe", "Get", "List", "Lookup", "Simulate"];
        // Tokens and credentials are made, and the identity that they are for.
        const MAKING: [&str; 4] = ["GetCredentials", "GetDerivedToken", "GetOpenIdToken", "GetSessionToken"];
        let name = self.name.strip_prefix("Admin").unwrap_or(self.name);
        let begins_with = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
        begins_with(&VERBS) && !begins_with(&MAKING)
    }
}

/// Where the operation of that name stands in the table of a service, which is sorted.
pub(crate) fn index(table: &[Facts], name: &str) -> Option<usize> {
    table.binary_search_by_key(&name, |facts| facts.name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user_pools::Operation;
    use crate::{SERVICES, Service, iam, identity_pools, kms, sts, user_pools};

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
            .filter(|o| matches!(o.facts().output, OutputForm::NoBody))
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
        assert!(matches!(Operation::UpdateUserPool.facts().output, OutputForm::EmptyObject));
        assert!(matches!(Operation::DeleteUserPoolReplica.facts().output, OutputForm::Body));
    }

    #[test]
    fn declared_errors() {
        assert!(Operation::CreateGroup.facts().errors.contains(&ErrorCode::GroupExistsException));
        assert!(!Operation::GetGroup.facts().errors.contains(&ErrorCode::GroupExistsException));
    }

    #[test]
    fn what_policies_are_asked_about() {
        let of = |operation: Operation| {
            (operation.facts().action, operation.facts().resource.map(|resource| resource.member))
        };
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
    fn what_only_reads() {
        let reads = |service: &Service, name: &str| service.operation(name).unwrap().facts().reads_only();
        for name in ["AdminGetUser", "ListUsers", "DescribeUserPool", "GetCSVHeader"] {
            assert!(reads(&user_pools::SERVICE, name), "{name}");
        }
        for name in ["AdminSetUserPassword", "GetDerivedToken", "SetUICustomization", "AdminInitiateAuth"] {
            assert!(!reads(&user_pools::SERVICE, name), "{name}");
        }
        assert!(reads(&kms::SERVICE, "Decrypt") && reads(&iam::SERVICE, "SimulateCustomPolicy"));
        assert!(!reads(&identity_pools::SERVICE, "GetOpenIdTokenForDeveloperIdentity"));
        assert!(reads(&identity_pools::SERVICE, "LookupDeveloperIdentity"));
        assert!(!reads(&sts::SERVICE, "GetSessionToken") && reads(&sts::SERVICE, "GetCallerIdentity"));
    }

    fn arn(service: &Service, operation: &str, value: &str) -> String {
        let resource = service.operation(operation).unwrap().facts().resource;
        resource
            .map_or_else(|| "*".to_owned(), |resource| resource.arn_of(value, "eu-west-1", "123456789012"))
    }

    // identity-pools-and-iam §10.4, §11, new-operations §17.1
    #[test]
    fn arns_of_resources() {
        let pools = &identity_pools::SERVICE;
        for (service, operation, value, expected) in [
            (
                &user_pools::SERVICE,
                "GetGroup",
                "r_1",
                "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/r_1",
            ),
            (&user_pools::SERVICE, "TagResource", "arn:aws:a:b:c:d", "arn:aws:a:b:c:d"),
            (
                pools,
                "DescribeIdentityPool",
                "r:1",
                "arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/r:1",
            ),
            (pools, "SetIdentityPoolRoles", "", "*"),
            (&iam::SERVICE, "AttachUserPolicy", "ann", "arn:aws:iam::123456789012:user/ann"),
            (&iam::SERVICE, "AddUserToGroup", "{account}", "arn:aws:iam::123456789012:group/{account}"),
            (&iam::SERVICE, "PutRolePolicy", "r", "arn:aws:iam::123456789012:role/r"),
            (&iam::SERVICE, "CreatePolicy", "p", "arn:aws:iam::123456789012:policy/p"),
            (&iam::SERVICE, "GetPolicy", "arn:aws:iam::aws:policy/p", "arn:aws:iam::aws:policy/p"),
            (&iam::SERVICE, "ListUsers", "", "*"),
            (&sts::SERVICE, "AssumeRole", "arn:aws:iam::1:role/r", "arn:aws:iam::1:role/r"),
            (&sts::SERVICE, "GetCallerIdentity", "", "*"),
        ] {
            assert_eq!(arn(service, operation, value), expected, "{operation}");
        }
    }

    // identity-pools-and-iam §1, §8
    #[test]
    fn who_calls_the_other_services() {
        let with = |service: &Service, operations: Vec<&'static Facts>, authority| -> Vec<&str> {
            assert!(operations.iter().all(|facts| service.operation(facts.name).is_some()));
            operations
                .into_iter()
                .filter(|facts| facts.authority == authority)
                .map(|facts| facts.name)
                .collect()
        };
        let pools = identity_pools::Operation::ALL.map(identity_pools::Operation::facts).to_vec();
        let public = with(&identity_pools::SERVICE, pools.clone(), Authority::Public);
        assert_eq!(public, ["GetCredentialsForIdentity", "GetId", "GetOpenIdToken", "UnlinkIdentity"]);
        assert_eq!(with(&identity_pools::SERVICE, pools, Authority::Iam).len(), 19);
        let tokens = sts::Operation::ALL.map(sts::Operation::facts).to_vec();
        assert_eq!(with(&sts::SERVICE, tokens.clone(), Authority::Public), ["AssumeRoleWithWebIdentity"]);
        assert_eq!(
            with(&sts::SERVICE, tokens, Authority::Signature),
            ["GetCallerIdentity", "GetSessionToken"]
        );
        let account = iam::Operation::ALL.map(iam::Operation::facts).to_vec();
        assert_eq!(with(&iam::SERVICE, account.clone(), Authority::Iam).len(), account.len());
    }

    #[test]
    fn services_have_their_own_operations() {
        for service in SERVICES {
            let found = ["AdminGetUser", "Decrypt", "Encrypt"].map(|name| service.operation(name).is_some());
            assert_eq!(found, [service.signing_name == "cognito-idp", service.signing_name == "kms", false]);
        }
        let operation = kms::SERVICE.operation("Decrypt").unwrap();
        assert_eq!(operation, kms::Operation::Decrypt.into());
        assert_eq!(operation.service().signing_name, "kms");
        assert_ne!(iam::SERVICE.operation("CreateGroup"), user_pools::SERVICE.operation("CreateGroup"));
    }
}
