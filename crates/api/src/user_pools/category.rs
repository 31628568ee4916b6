//! The rate category of each operation (docs/cognito/protocol.md §5).

use poolhouse_core::provisioned::Category;
use poolhouse_wire::user_pools::Operation;

/// The category that requests of an operation count to.
#[expect(clippy::too_many_lines, reason = "all operations are named once")]
pub(super) fn of(operation: Operation) -> Category {
    use Operation::*;
    match operation {
        AdminInitiateAuth
        | AdminRespondToAuthChallenge
        | GetClientToken
        | GetTokensFromRefreshToken
        | InitiateAuth
        | RespondToAuthChallenge => Category::UserAuthentication,
        AdminConfirmSignUp | AdminCreateUser | ConfirmSignUp | SignUp => Category::UserCreation,
        AdminResetUserPassword
        | AdminSetUserPassword
        | ChangePassword
        | ConfirmForgotPassword
        | ForgotPassword => Category::UserAccountRecovery,
        AdminGetUser | GetUser => Category::UserRead,
        AdminAddUserToGroup
        | AdminDeleteUser
        | AdminDeleteUserAttributes
        | AdminDisableProviderForUser
        | AdminDisableUser
        | AdminEnableUser
        | AdminLinkProviderForUser
        | AdminRemoveUserFromGroup
        | AdminUpdateUserAttributes
        | AdminUserGlobalSignOut
        | DeleteUser
        | DeleteUserAttributes
        | GlobalSignOut
        | UpdateUserAttributes
        | VerifyUserAttribute => Category::UserUpdate,
        GetDerivedToken | RevokeToken => Category::UserToken,
        AdminGetDevice
        | AdminGetUserAuthFactors
        | AdminListDevices
        | AdminListGroupsForUser
        | AdminListUserAuthEvents
        | AdminListUserSessions
        | GetDevice
        | GetUserAttributeVerificationCode
        | GetUserAuthFactors
        | ListDevices
        | ListUserSessions
        | ListWebAuthnCredentials
        | ResendConfirmationCode => Category::UserResourceRead,
        AdminDeleteSoftwareToken
        | AdminForgetDevice
        | AdminRevokeUserSession
        | AdminSetUserMFAPreference
        | AdminSetUserSettings
        | AdminUpdateAuthEventFeedback
        | AdminUpdateDeviceStatus
        | AssociateSoftwareToken
        | CompleteWebAuthnRegistration
        | ConfirmDevice
        | DeleteWebAuthnCredential
        | ForgetDevice
        | RevokeUserSession
        | SetUserMFAPreference
        | SetUserSettings
        | StartWebAuthnRegistration
        | UpdateAuthEventFeedback
        | UpdateDeviceStatus
        | VerifySoftwareToken => Category::UserResourceUpdate,
        ListUsers | ListUsersInGroup => Category::UserList,
        DescribeUserPool | GetProvisionedLimit | GetUserPoolSessionConfiguration | ListUserPools => {
            Category::UserPoolRead
        }
        CreateUserPool
        | CreateUserPoolReplica
        | DeleteUserPool
        | DeleteUserPoolReplica
        | SetUserPoolSessionConfiguration
        | UpdateProvisionedLimit
        | UpdateUserPool
        | UpdateUserPoolReplica => Category::UserPoolUpdate,
        DescribeCIMDPolicy
        | DescribeIdentityProvider
        | DescribeManagedLoginBranding
        | DescribeManagedLoginBrandingByClient
        | DescribePointInTimeRecovery
        | DescribeResourceServer
        | DescribeRiskConfiguration
        | DescribeTerms
        | DescribeTermsByClient
        | DescribeUserImportJob
        | DescribeUserPoolDomain
        | GetCSVHeader
        | GetGroup
        | GetIdentityProviderByIdentifier
        | GetLogDeliveryConfiguration
        | GetSigningCertificate
        | GetUICustomization
        | GetUserPoolMfaConfig
        | ListCIMDPolicies
        | ListClientMetadataURLs
        | ListGroups
        | ListIdentityProviders
        | ListPointInTimeRecoveries
        | ListResourceServers
        | ListTagsForResource
        | ListTerms
        | ListUserImportJobs
        | ListUserPoolReplicas => Category::UserPoolResourceRead,
        AddCustomAttributes
        | CancelPointInTimeRecovery
        | CreateCIMDPolicy
        | CreateGroup
        | CreateIdentityProvider
        | CreateManagedLoginBranding
        | CreateResourceServer
        | CreateTerms
        | CreateUserImportJob
        | CreateUserPoolDomain
        | DeleteCIMDPolicy
        | DeleteGroup
        | DeleteIdentityProvider
        | DeleteManagedLoginBranding
        | DeleteResourceServer
        | DeleteTerms
        | DeleteUserPoolDomain
        | InitiatePointInTimeRecovery
        | SetLogDeliveryConfiguration
        | SetRiskConfiguration
        | SetUICustomization
        | SetUserPoolMfaConfig
        | StartPointInTimeRecovery
        | StartUserImportJob
        | StopUserImportJob
        | TagResource
        | UntagResource
        | UpdateCIMDPolicy
        | UpdateClientMetadataURLState
        | UpdateGroup
        | UpdateIdentityProvider
        | UpdateManagedLoginBranding
        | UpdateResourceServer
        | UpdateTerms
        | UpdateUserPoolDomain => Category::UserPoolResourceUpdate,
        DescribeUserPoolClient
        | GetUserPoolClientSessionConfiguration
        | ListUserPoolClientSecrets
        | ListUserPoolClients => Category::UserPoolClientRead,
        AddUserPoolClientSecret
        | CreateUserPoolClient
        | DeleteUserPoolClient
        | DeleteUserPoolClientSecret
        | SetUserPoolClientSessionConfiguration
        | UpdateUserPoolClient => Category::UserPoolClientUpdate,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The code of a category in the chapter's tables.
    fn code(category: Category) -> &'static str {
        match category {
            Category::UserAuthentication => "UA",
            Category::UserCreation => "UC",
            Category::UserAccountRecovery => "AR",
            Category::UserRead => "UR",
            Category::UserUpdate => "UU",
            Category::UserToken => "UT",
            Category::UserResourceRead => "RR",
            Category::UserResourceUpdate => "RU",
            Category::UserList => "UL",
            Category::UserPoolRead => "PR",
            Category::UserPoolUpdate => "PU",
            Category::UserPoolResourceRead => "SR",
            Category::UserPoolResourceUpdate => "SU",
            Category::UserPoolClientRead => "CR",
            Category::UserPoolClientUpdate => "CU",
            Category::UserFederation | Category::ClientAuthentication => "–",
        }
    }

    #[test]
    fn each_operation_counts_as_the_chapter_says() {
        let chapter = include_str!("../../../../docs/cognito/protocol.md");
        let rows = chapter.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        let mut listed = BTreeMap::new();
        for row in rows.filter(|row| row.len() == 12) {
            for half in [&row[1..6], &row[6..11]] {
                if let [name, _, _, _, code] = half {
                    listed.insert(*name, code.trim_end_matches('*'));
                }
            }
        }
        for operation in Operation::ALL {
            let name = operation.facts().name;
            assert_eq!(listed.get(name).copied(), Some(code(of(operation))), "{name}");
        }
    }
}
