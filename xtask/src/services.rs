//! The services of which the house serves something: the one list of them.

/// A service, and where its model is.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its module in `poolhouse_wire` and in `poolhouse_api`.
    pub(crate) module: &'static str,
    /// Its name at botocore, and of its files in `model/`.
    pub(crate) name: &'static str,
    /// The version of its API.
    version: &'static str,
    /// What is taken over from its model.
    pub(crate) operations: Operations,
}

/// Operations of a model.
#[derive(Debug)]
pub(crate) enum Operations {
    /// All: what is not served yet is named missing.
    All,
    /// These, and what they need: the rest is none of the house's business.
    Only(&'static [&'static str]),
}

/// By module.
pub(crate) const SERVICES: &[Service] = &[
    Service { module: "iam", name: "iam", version: "2010-05-08", operations: Operations::Only(ACCOUNT) },
    Service {
        module: "identity_pools",
        name: "cognito-identity",
        version: "2014-06-30",
        operations: Operations::All,
    },
    Service {
        module: "kms",
        name: "kms",
        version: "2014-11-01",
        // What functions that send messages ask a key service for.
        operations: Operations::Only(&["Decrypt"]),
    },
    Service {
        module: "secretsmanager",
        name: "secretsmanager",
        version: "2017-10-17",
        // What applications read the secrets of app clients by.
        operations: Operations::Only(&["DescribeSecret", "GetSecretValue"]),
    },
    Service {
        module: "sts",
        name: "sts",
        version: "2011-06-15",
        operations: Operations::Only(&[
            "AssumeRole",
            "AssumeRoleWithWebIdentity",
            "DecodeAuthorizationMessage",
            "GetCallerIdentity",
            "GetSessionToken",
        ]),
    },
    Service { module: "user_pools", name: "cognito-idp", version: "2016-04-18", operations: Operations::All },
];

/// Of IAM what an account of its own needs (docs/cognito/identity-pools-and-iam.md §10.4).
const ACCOUNT: &[&str] = &[
    "AddClientIDToOpenIDConnectProvider",
    "AddUserToGroup",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateAccessKey",
    "CreateGroup",
    "CreateOpenIDConnectProvider",
    "CreatePolicy",
    "CreatePolicyVersion",
    "CreateRole",
    "CreateSAMLProvider",
    "CreateUser",
    "DeleteAccessKey",
    "DeleteGroup",
    "DeleteGroupPolicy",
    "DeleteOpenIDConnectProvider",
    "DeletePolicy",
    "DeletePolicyVersion",
    "DeleteRole",
    "DeleteRolePermissionsBoundary",
    "DeleteRolePolicy",
    "DeleteSAMLProvider",
    "DeleteUser",
    "DeleteUserPermissionsBoundary",
    "DeleteUserPolicy",
    "DetachGroupPolicy",
    "DetachRolePolicy",
    "DetachUserPolicy",
    "GetAccessKeyLastUsed",
    "GetAccountAuthorizationDetails",
    "GetAccountSummary",
    "GetContextKeysForCustomPolicy",
    "GetContextKeysForPrincipalPolicy",
    "GetGroup",
    "GetGroupPolicy",
    "GetOpenIDConnectProvider",
    "GetPolicy",
    "GetPolicyVersion",
    "GetRole",
    "GetRolePolicy",
    "GetSAMLProvider",
    "GetUser",
    "GetUserPolicy",
    "ListAccessKeys",
    "ListAttachedGroupPolicies",
    "ListAttachedRolePolicies",
    "ListAttachedUserPolicies",
    "ListEntitiesForPolicy",
    "ListGroupPolicies",
    "ListGroups",
    "ListGroupsForUser",
    "ListOpenIDConnectProviderTags",
    "ListOpenIDConnectProviders",
    "ListPolicies",
    "ListPolicyTags",
    "ListPolicyVersions",
    "ListRolePolicies",
    "ListRoleTags",
    "ListRoles",
    "ListSAMLProviderTags",
    "ListSAMLProviders",
    "ListUserPolicies",
    "ListUserTags",
    "ListUsers",
    "PutGroupPolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
    "RemoveClientIDFromOpenIDConnectProvider",
    "RemoveUserFromGroup",
    "SetDefaultPolicyVersion",
    "SimulateCustomPolicy",
    "SimulatePrincipalPolicy",
    "TagOpenIDConnectProvider",
    "TagPolicy",
    "TagRole",
    "TagSAMLProvider",
    "TagUser",
    "UntagOpenIDConnectProvider",
    "UntagPolicy",
    "UntagRole",
    "UntagSAMLProvider",
    "UntagUser",
    "UpdateAccessKey",
    "UpdateAssumeRolePolicy",
    "UpdateGroup",
    "UpdateOpenIDConnectProviderThumbprint",
    "UpdateRole",
    "UpdateRoleDescription",
    "UpdateSAMLProvider",
    "UpdateUser",
];

impl Service {
    /// The imported model.
    pub(crate) fn model(&self) -> String {
        format!("model/{}.json", self.name)
    }

    /// What the generator must know beyond the model.
    pub(crate) fn overrides(&self) -> String {
        format!("model/{}.toml", self.name)
    }

    /// The model in a wheel of botocore.
    pub(crate) fn in_wheel(&self) -> String {
        format!("botocore/data/{}/{}/service-2.json.gz", self.name, self.version)
    }

    /// The file with the table of its operations.
    pub(crate) fn table(&self) -> String {
        format!("crates/api/src/{}/mod.rs", self.module)
    }
}
