//! Domains of pools.

use poolhouse_core::Cx;
use poolhouse_core::domains::{self, Custom, Wanted};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    CreateUserPoolDomainRequest, CreateUserPoolDomainResponse, CustomDomainConfigType,
    DeleteUserPoolDomainRequest, DeleteUserPoolDomainResponse, DescribeUserPoolDomainRequest,
    DescribeUserPoolDomainResponse, DomainDescriptionType, UpdateUserPoolDomainRequest,
    UpdateUserPoolDomainResponse,
};

pub(crate) async fn create_user_pool_domain(
    cx: &Cx,
    input: CreateUserPoolDomainRequest,
) -> Result<CreateUserPoolDomainResponse, Fault> {
    let wanted = Wanted {
        version: input.managed_login_version,
        custom: input.custom_domain_config.map(custom),
        routing: input.routing,
    };
    let made = domains::create(cx, &input.user_pool_id, input.domain, wanted).await?;
    Ok(CreateUserPoolDomainResponse {
        managed_login_version: made.managed_login_version,
        cloud_front_domain: distribution_of_custom(&made),
        routing: made.routing,
    })
}

pub(crate) async fn update_user_pool_domain(
    cx: &Cx,
    input: UpdateUserPoolDomainRequest,
) -> Result<UpdateUserPoolDomainResponse, Fault> {
    let wanted = Wanted {
        version: input.managed_login_version,
        custom: input.custom_domain_config.map(custom),
        routing: input.routing,
    };
    let changed = domains::update(cx, &input.user_pool_id, &input.domain, wanted).await?;
    Ok(UpdateUserPoolDomainResponse {
        managed_login_version: changed.managed_login_version,
        cloud_front_domain: distribution_of_custom(&changed),
        routing: changed.routing,
    })
}

pub(crate) async fn describe_user_pool_domain(
    cx: &Cx,
    input: DescribeUserPoolDomainRequest,
) -> Result<DescribeUserPoolDomainResponse, Fault> {
    let description = domains::describe(cx, &input.domain).await?;
    Ok(DescribeUserPoolDomainResponse { domain_description: Some(description) })
}

pub(crate) async fn delete_user_pool_domain(
    cx: &Cx,
    input: DeleteUserPoolDomainRequest,
) -> Result<DeleteUserPoolDomainResponse, Fault> {
    domains::delete(cx, &input.user_pool_id, &input.domain).await?;
    Ok(DeleteUserPoolDomainResponse {})
}

/// What a request says of a custom domain; that it names a certificate was checked.
fn custom(config: CustomDomainConfigType) -> Custom {
    Custom {
        certificate_arn: config.certificate_arn.unwrap_or_default(),
        security_policy: config.security_policy,
    }
}

/// Those who make or change a prefix domain are not told of it.
fn distribution_of_custom(domain: &DomainDescriptionType) -> Option<String> {
    let config = domain.custom_domain_config.as_ref()?;
    config.certificate_arn.as_ref().and(domain.cloud_front_distribution.clone())
}
