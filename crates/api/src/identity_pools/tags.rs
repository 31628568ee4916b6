//! Tags, which only identity pools carry.

use poolhouse_core::Cx;
use poolhouse_identity::tags;
use poolhouse_kernel::Fault;
use poolhouse_wire::identity_pools::{
    ListTagsForResourceInput, ListTagsForResourceResponse, TagResourceInput, TagResourceResponse,
    UntagResourceInput, UntagResourceResponse,
};

pub(crate) async fn list_tags_for_resource(
    cx: &Cx,
    input: ListTagsForResourceInput,
) -> Result<ListTagsForResourceResponse, Fault> {
    Ok(ListTagsForResourceResponse { tags: Some(tags::list(cx, &input.resource_arn).await?) })
}

pub(crate) async fn tag_resource(cx: &Cx, input: TagResourceInput) -> Result<TagResourceResponse, Fault> {
    tags::add(cx, &input.resource_arn, input.tags).await?;
    Ok(TagResourceResponse {})
}

pub(crate) async fn untag_resource(
    cx: &Cx,
    input: UntagResourceInput,
) -> Result<UntagResourceResponse, Fault> {
    tags::remove(cx, &input.resource_arn, &input.tag_keys).await?;
    Ok(UntagResourceResponse {})
}
