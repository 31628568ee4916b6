//! Identity pools: the table of their operations (docs/cognito/identity-pools-and-iam.md §2).

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_wire::identity_pools::Operation;
use serde_json::Value;

use crate::dispatch::dispatch;

dispatch! {
    missing {
        CreateIdentityPool, DeleteIdentities, DeleteIdentityPool, DescribeIdentity,
        DescribeIdentityPool, GetCredentialsForIdentity, GetId, GetIdentityPoolRoles, GetOpenIdToken,
        GetOpenIdTokenForDeveloperIdentity, GetPrincipalTagAttributeMap, ListIdentities,
        ListIdentityPools, ListTagsForResource, LookupDeveloperIdentity, MergeDeveloperIdentities,
        SetIdentityPoolRoles, SetPrincipalTagAttributeMap, TagResource, UnlinkDeveloperIdentity,
        UnlinkIdentity, UntagResource, UpdateIdentityPool,
    }
}
