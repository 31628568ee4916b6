//! IAM: the account's users, groups, roles and policies (docs/cognito/identity-pools-and-iam.md §10.4).

mod access_keys;
mod account;
mod attachments;
mod boundaries;
mod groups;
mod inline;
mod oidc_providers;
mod page;
mod policies;
mod roles;
mod saml_providers;
mod simulation;
mod tags;
mod users;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::Operation;
use serde_json::Value;

use crate::dispatch::dispatch;

dispatch! {
    missing {}
    access_keys {
        CreateAccessKey => create_access_key,
        DeleteAccessKey => delete_access_key,
        GetAccessKeyLastUsed => get_access_key_last_used,
        ListAccessKeys => list_access_keys,
        UpdateAccessKey => update_access_key,
    }
    account {
        GetAccountAuthorizationDetails => get_account_authorization_details,
        GetAccountSummary => get_account_summary,
    }
    attachments {
        AttachGroupPolicy => attach_group_policy,
        AttachRolePolicy => attach_role_policy,
        AttachUserPolicy => attach_user_policy,
        DetachGroupPolicy => detach_group_policy,
        DetachRolePolicy => detach_role_policy,
        DetachUserPolicy => detach_user_policy,
        ListAttachedGroupPolicies => list_attached_group_policies,
        ListAttachedRolePolicies => list_attached_role_policies,
        ListAttachedUserPolicies => list_attached_user_policies,
        ListEntitiesForPolicy => list_entities_for_policy,
    }
    boundaries {
        DeleteRolePermissionsBoundary => delete_role_permissions_boundary,
        DeleteUserPermissionsBoundary => delete_user_permissions_boundary,
        PutRolePermissionsBoundary => put_role_permissions_boundary,
        PutUserPermissionsBoundary => put_user_permissions_boundary,
    }
    groups {
        AddUserToGroup => add_user_to_group,
        CreateGroup => create_group,
        DeleteGroup => delete_group,
        GetGroup => get_group,
        ListGroups => list_groups,
        ListGroupsForUser => list_groups_for_user,
        RemoveUserFromGroup => remove_user_from_group,
        UpdateGroup => update_group,
    }
    inline {
        DeleteGroupPolicy => delete_group_policy,
        DeleteRolePolicy => delete_role_policy,
        DeleteUserPolicy => delete_user_policy,
        GetGroupPolicy => get_group_policy,
        GetRolePolicy => get_role_policy,
        GetUserPolicy => get_user_policy,
        ListGroupPolicies => list_group_policies,
        ListRolePolicies => list_role_policies,
        ListUserPolicies => list_user_policies,
        PutGroupPolicy => put_group_policy,
        PutRolePolicy => put_role_policy,
        PutUserPolicy => put_user_policy,
    }
    oidc_providers {
        AddClientIDToOpenIDConnectProvider => add_client_id_to_open_id_connect_provider,
        CreateOpenIDConnectProvider => create_open_id_connect_provider,
        DeleteOpenIDConnectProvider => delete_open_id_connect_provider,
        GetOpenIDConnectProvider => get_open_id_connect_provider,
        ListOpenIDConnectProviders => list_open_id_connect_providers,
        RemoveClientIDFromOpenIDConnectProvider => remove_client_id_from_open_id_connect_provider,
        UpdateOpenIDConnectProviderThumbprint => update_open_id_connect_provider_thumbprint,
    }
    policies {
        CreatePolicy => create_policy,
        CreatePolicyVersion => create_policy_version,
        DeletePolicy => delete_policy,
        DeletePolicyVersion => delete_policy_version,
        GetPolicy => get_policy,
        GetPolicyVersion => get_policy_version,
        ListPolicies => list_policies,
        ListPolicyVersions => list_policy_versions,
        SetDefaultPolicyVersion => set_default_policy_version,
    }
    roles {
        CreateRole => create_role,
        DeleteRole => delete_role,
        GetRole => get_role,
        ListRoles => list_roles,
        UpdateAssumeRolePolicy => update_assume_role_policy,
        UpdateRole => update_role,
        UpdateRoleDescription => update_role_description,
    }
    saml_providers {
        CreateSAMLProvider => create_saml_provider,
        DeleteSAMLProvider => delete_saml_provider,
        GetSAMLProvider => get_saml_provider,
        ListSAMLProviders => list_saml_providers,
        UpdateSAMLProvider => update_saml_provider,
    }
    simulation {
        GetContextKeysForCustomPolicy => get_context_keys_for_custom_policy,
        GetContextKeysForPrincipalPolicy => get_context_keys_for_principal_policy,
        SimulateCustomPolicy => simulate_custom_policy,
        SimulatePrincipalPolicy => simulate_principal_policy,
    }
    tags {
        ListOpenIDConnectProviderTags => list_open_id_connect_provider_tags,
        ListPolicyTags => list_policy_tags,
        ListRoleTags => list_role_tags,
        ListSAMLProviderTags => list_saml_provider_tags,
        ListUserTags => list_user_tags,
        TagOpenIDConnectProvider => tag_open_id_connect_provider,
        TagPolicy => tag_policy,
        TagRole => tag_role,
        TagSAMLProvider => tag_saml_provider,
        TagUser => tag_user,
        UntagOpenIDConnectProvider => untag_open_id_connect_provider,
        UntagPolicy => untag_policy,
        UntagRole => untag_role,
        UntagSAMLProvider => untag_saml_provider,
        UntagUser => untag_user,
    }
    users {
        CreateUser => create_user,
        DeleteUser => delete_user,
        GetUser => get_user,
        ListUsers => list_users,
        UpdateUser => update_user,
    }
}
