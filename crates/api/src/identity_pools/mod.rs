//! Identity pools: the table of their operations (docs/cognito/identity-pools-and-iam.md §2).

mod developers;
mod identities;
mod pools;
mod principal_tags;
mod roles;
mod tags;

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::identity_pools::Operation;
use serde_json::Value;

use crate::dispatch::dispatch;

dispatch! {
    missing {}
    developers {
        GetOpenIdTokenForDeveloperIdentity => get_open_id_token_for_developer_identity,
        LookupDeveloperIdentity => lookup_developer_identity,
        MergeDeveloperIdentities => merge_developer_identities,
        UnlinkDeveloperIdentity => unlink_developer_identity,
    }
    identities {
        DeleteIdentities => delete_identities,
        DescribeIdentity => describe_identity,
        GetCredentialsForIdentity => get_credentials_for_identity,
        GetId => get_id,
        GetOpenIdToken => get_open_id_token,
        ListIdentities => list_identities,
        UnlinkIdentity => unlink_identity,
    }
    pools {
        CreateIdentityPool => create_identity_pool,
        DeleteIdentityPool => delete_identity_pool,
        DescribeIdentityPool => describe_identity_pool,
        ListIdentityPools => list_identity_pools,
        UpdateIdentityPool => update_identity_pool,
    }
    principal_tags {
        GetPrincipalTagAttributeMap => get_principal_tag_attribute_map,
        SetPrincipalTagAttributeMap => set_principal_tag_attribute_map,
    }
    roles {
        GetIdentityPoolRoles => get_identity_pool_roles,
        SetIdentityPoolRoles => set_identity_pool_roles,
    }
    tags {
        ListTagsForResource => list_tags_for_resource,
        TagResource => tag_resource,
        UntagResource => untag_resource,
    }
}
