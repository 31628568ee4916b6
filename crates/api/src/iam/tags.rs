//! Tags of users, roles, policies and providers.

use poolhouse_core::Cx;
use poolhouse_iam::tagging::{self, Tagged};
use poolhouse_iam::{Kind, ProviderKind};
use poolhouse_kernel::Fault;
use poolhouse_wire::iam::{
    ListOpenIDConnectProviderTagsRequest, ListOpenIDConnectProviderTagsResponse, ListPolicyTagsRequest,
    ListPolicyTagsResponse, ListRoleTagsRequest, ListRoleTagsResponse, ListSAMLProviderTagsRequest,
    ListSAMLProviderTagsResponse, ListUserTagsRequest, ListUserTagsResponse, TagOpenIDConnectProviderRequest,
    TagPolicyRequest, TagRoleRequest, TagSAMLProviderRequest, TagUserRequest,
    UntagOpenIDConnectProviderRequest, UntagPolicyRequest, UntagRoleRequest, UntagSAMLProviderRequest,
    UntagUserRequest,
};

use super::page::{asked, told};

fn oidc(arn: &str) -> Tagged<'_> {
    Tagged::Provider(ProviderKind::Oidc, arn)
}

fn saml(arn: &str) -> Tagged<'_> {
    Tagged::Provider(ProviderKind::Saml, arn)
}

pub(crate) async fn tag_open_id_connect_provider(
    cx: &Cx,
    input: TagOpenIDConnectProviderRequest,
) -> Result<(), Fault> {
    tagging::tag(cx, oidc(&input.open_id_connect_provider_arn), input.tags).await
}

pub(crate) async fn untag_open_id_connect_provider(
    cx: &Cx,
    input: UntagOpenIDConnectProviderRequest,
) -> Result<(), Fault> {
    tagging::untag(cx, oidc(&input.open_id_connect_provider_arn), &input.tag_keys).await
}

pub(crate) async fn list_open_id_connect_provider_tags(
    cx: &Cx,
    input: ListOpenIDConnectProviderTagsRequest,
) -> Result<ListOpenIDConnectProviderTagsResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = tagging::list(cx, oidc(&input.open_id_connect_provider_arn), asked).await?;
    let (tags, is_truncated, marker) = told(page);
    Ok(ListOpenIDConnectProviderTagsResponse { tags, is_truncated, marker })
}

pub(crate) async fn tag_saml_provider(cx: &Cx, input: TagSAMLProviderRequest) -> Result<(), Fault> {
    tagging::tag(cx, saml(&input.saml_provider_arn), input.tags).await
}

pub(crate) async fn untag_saml_provider(cx: &Cx, input: UntagSAMLProviderRequest) -> Result<(), Fault> {
    tagging::untag(cx, saml(&input.saml_provider_arn), &input.tag_keys).await
}

pub(crate) async fn list_saml_provider_tags(
    cx: &Cx,
    input: ListSAMLProviderTagsRequest,
) -> Result<ListSAMLProviderTagsResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = tagging::list(cx, saml(&input.saml_provider_arn), asked).await?;
    let (tags, is_truncated, marker) = told(page);
    Ok(ListSAMLProviderTagsResponse { tags, is_truncated, marker })
}

pub(crate) async fn tag_policy(cx: &Cx, input: TagPolicyRequest) -> Result<(), Fault> {
    tagging::tag(cx, Tagged::Policy(&input.policy_arn), input.tags).await
}

pub(crate) async fn untag_policy(cx: &Cx, input: UntagPolicyRequest) -> Result<(), Fault> {
    tagging::untag(cx, Tagged::Policy(&input.policy_arn), &input.tag_keys).await
}

pub(crate) async fn list_policy_tags(
    cx: &Cx,
    input: ListPolicyTagsRequest,
) -> Result<ListPolicyTagsResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = tagging::list(cx, Tagged::Policy(&input.policy_arn), asked).await?;
    let (tags, is_truncated, marker) = told(page);
    Ok(ListPolicyTagsResponse { tags, is_truncated, marker })
}

pub(crate) async fn tag_role(cx: &Cx, input: TagRoleRequest) -> Result<(), Fault> {
    tagging::tag(cx, Tagged::Entity((Kind::Role, &input.role_name)), input.tags).await
}

pub(crate) async fn untag_role(cx: &Cx, input: UntagRoleRequest) -> Result<(), Fault> {
    tagging::untag(cx, Tagged::Entity((Kind::Role, &input.role_name)), &input.tag_keys).await
}

pub(crate) async fn list_role_tags(
    cx: &Cx,
    input: ListRoleTagsRequest,
) -> Result<ListRoleTagsResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = tagging::list(cx, Tagged::Entity((Kind::Role, &input.role_name)), asked).await?;
    let (tags, is_truncated, marker) = told(page);
    Ok(ListRoleTagsResponse { tags, is_truncated, marker })
}

pub(crate) async fn tag_user(cx: &Cx, input: TagUserRequest) -> Result<(), Fault> {
    tagging::tag(cx, Tagged::Entity((Kind::User, &input.user_name)), input.tags).await
}

pub(crate) async fn untag_user(cx: &Cx, input: UntagUserRequest) -> Result<(), Fault> {
    tagging::untag(cx, Tagged::Entity((Kind::User, &input.user_name)), &input.tag_keys).await
}

pub(crate) async fn list_user_tags(
    cx: &Cx,
    input: ListUserTagsRequest,
) -> Result<ListUserTagsResponse, Fault> {
    let asked = asked(input.marker.as_ref(), input.max_items);
    let page = tagging::list(cx, Tagged::Entity((Kind::User, &input.user_name)), asked).await?;
    let (tags, is_truncated, marker) = told(page);
    Ok(ListUserTagsResponse { tags, is_truncated, marker })
}
