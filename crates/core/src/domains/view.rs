//! Domains as the wire shows them (docs/cognito/oauth-and-managed-login.md §2).

use poolhouse_crypto::digest;
use poolhouse_wire::user_pools::{CustomDomainConfigType, DomainDescriptionType, DomainStatusType};

use super::Domain;
use crate::{Cx, ids};

/// Where AWS keeps the files of its pages in us-east-1 (recorded): no such place is used here.
const BUCKET: &str = "aws-cognito-prod-iad-assets";

/// The answer of DescribeUserPoolDomain.
pub(super) fn of(cx: &Cx, domain: &Domain) -> DomainDescriptionType {
    let custom = domain.settings.custom.clone();
    DomainDescriptionType {
        user_pool_id: Some(domain.pool_id.clone()),
        aws_account_id: Some(cx.settings().account_id.clone()),
        domain: Some(domain.name.clone()),
        s3_bucket: Some(BUCKET.to_owned()),
        cloud_front_distribution: Some(distribution(&domain.name)),
        version: Some(ids::version_of(domain.modified_at)),
        // What is asked for is done at once.
        status: Some(DomainStatusType::Active),
        custom_domain_config: Some(CustomDomainConfigType {
            certificate_arn: custom.as_ref().map(|custom| custom.certificate_arn.clone()),
            security_policy: custom.and_then(|custom| custom.security_policy),
        }),
        managed_login_version: Some(domain.settings.version.number()),
        routing: domain.settings.routing.clone(),
    }
}

/// A name that is always the same for a domain, in the form of CloudFront's. It leads nowhere: a custom domain's DNS
/// record must name this server.
fn distribution(name: &str) -> String {
    let hash = digest::hex(&digest::sha256(&[name.as_bytes()]));
    format!("d{}.cloudfront.net", hash.get(..13).unwrap_or_default())
}
