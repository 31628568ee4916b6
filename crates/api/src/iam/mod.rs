//! IAM: the account's users, groups, roles and policies (docs/cognito/identity-pools-and-iam.md §10.4).

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::Operation;
use serde_json::Value;

use crate::dispatch::dispatch;

dispatch! {
    missing {
        AddUserToGroup, AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, CreateAccessKey,
        CreateGroup, CreatePolicy, CreatePolicyVersion, CreateRole, CreateUser, DeleteAccessKey,
        DeleteGroup, DeleteGroupPolicy, DeletePolicy, DeletePolicyVersion, DeleteRole,
        DeleteRolePermissionsBoundary, DeleteRolePolicy, DeleteUser, DeleteUserPermissionsBoundary,
        DeleteUserPolicy, DetachGroupPolicy, DetachRolePolicy, DetachUserPolicy, GetAccessKeyLastUsed,
        GetAccountAuthorizationDetails, GetAccountSummary, GetContextKeysForCustomPolicy,
        GetContextKeysForPrincipalPolicy, GetGroup, GetGroupPolicy, GetPolicy, GetPolicyVersion,
        GetRole, GetRolePolicy, GetUser, GetUserPolicy, ListAccessKeys, ListAttachedGroupPolicies,
        ListAttachedRolePolicies, ListAttachedUserPolicies, ListEntitiesForPolicy, ListGroupPolicies,
        ListGroups, ListGroupsForUser, ListPolicies, ListPolicyTags, ListPolicyVersions,
        ListRolePolicies, ListRoleTags, ListRoles, ListUserPolicies, ListUserTags, ListUsers,
        PutGroupPolicy, PutRolePermissionsBoundary, PutRolePolicy, PutUserPermissionsBoundary,
        PutUserPolicy, RemoveUserFromGroup, SetDefaultPolicyVersion, SimulateCustomPolicy,
        SimulatePrincipalPolicy, TagPolicy, TagRole, TagUser, UntagPolicy, UntagRole, UntagUser,
        UpdateAccessKey, UpdateAssumeRolePolicy, UpdateGroup, UpdateRole, UpdateRoleDescription,
        UpdateUser,
    }
}
