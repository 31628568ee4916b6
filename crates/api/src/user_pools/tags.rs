//! Tags, which only user pools carry.

use poolhouse_core::Cx;
use poolhouse_core::pools::tags;
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    ListTagsForResourceRequest, ListTagsForResourceResponse, TagResourceRequest, TagResourceResponse,
    UntagResourceRequest, UntagResourceResponse,
};

pub(crate) async fn list_tags_for_resource(
    cx: &Cx,
    input: ListTagsForResourceRequest,
) -> Result<ListTagsForResourceResponse, Fault> {
    Ok(ListTagsForResourceResponse { tags: Some(tags::list(cx, &input.resource_arn).await?) })
}

pub(crate) async fn tag_resource(cx: &Cx, input: TagResourceRequest) -> Result<TagResourceResponse, Fault> {
    tags::add(cx, &input.resource_arn, input.tags).await?;
    Ok(TagResourceResponse {})
}

pub(crate) async fn untag_resource(
    cx: &Cx,
    input: UntagResourceRequest,
) -> Result<UntagResourceResponse, Fault> {
    tags::remove(cx, &input.resource_arn, &input.tag_keys).await?;
    Ok(UntagResourceResponse {})
}
