//! What the account has, and may have at most.

use std::collections::BTreeMap;

use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::tables::{entities, managed_policies};

use crate::names::Kind;
use crate::quotas::POLICIES;
use crate::{oidc_providers, saml_providers};

/// The counts and quotas of the account, by AWS's names.
///
/// # Errors
/// When the database cannot be read.
pub async fn get<S>(cx: &Cx<S>) -> Result<BTreeMap<String, i32>, Fault> {
    let providers = oidc_providers::list(cx).await?.len() + saml_providers::list(cx).await?.len();
    let mut tx = cx.read().await?;
    let mut map = BTreeMap::from(
        [
            ("AccessKeysPerUserQuota", 2),
            ("AssumeRolePolicySizeQuota", 2048),
            ("AttachedPoliciesPerGroupQuota", 10),
            ("AttachedPoliciesPerRoleQuota", 10),
            ("AttachedPoliciesPerUserQuota", 10),
            ("GroupPolicySizeQuota", 5120),
            ("GroupsPerUserQuota", 10),
            ("PolicySizeQuota", 6144),
            ("RolePolicySizeQuota", 10_240),
            ("Providers", i32::try_from(providers).unwrap_or(i32::MAX)),
            ("UserPolicySizeQuota", 2048),
            ("VersionsPerPolicyQuota", 5),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let mut count = |name: &str, count: u32, quota: u32| {
        map.insert(name.to_owned(), i32::try_from(count).unwrap_or(i32::MAX));
        map.insert(format!("{name}Quota"), i32::try_from(quota).unwrap_or(i32::MAX));
    };
    for (name, kind) in [("Users", Kind::User), ("Groups", Kind::Group), ("Roles", Kind::Role)] {
        let (_, quota) = kind.quota();
        count(name, entities::count(&mut tx, kind.as_str(), quota).await?, quota);
    }
    count("Policies", managed_policies::count(&mut tx, POLICIES).await?, POLICIES);
    Ok(map)
}
