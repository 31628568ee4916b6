//! The ARNs of what IAM's own operations are about.

use poolhouse_kernel::request::Identity;
use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::tables::entities as table;
use poolhouse_wire::ErrorCode;

use crate::managed::{self, Managed};
use crate::names::{self, Kind};
use crate::{entities, registered, tags};

/// The ARN of a user, group or role that a request names: with its path, which the request does not tell. What does not
/// exist has the path that it would be made with.
///
/// # Errors
/// When the database cannot be read.
pub async fn arn<S>(cx: &Cx<S>, kind: Kind, name: &str, path: Option<&str>) -> Result<String, Fault> {
    let found = table::find_by_name(&mut cx.read().await?, kind.as_str(), &names::key(name)).await?;
    Ok(found.map_or_else(
        || names::arn(&cx.settings().account_id, kind.as_str(), path.unwrap_or("/"), name),
        |entity| entities::arn(cx, &entity),
    ))
}

/// The ARN of a policy that is to be made.
pub fn new_policy<S>(cx: &Cx<S>, path: Option<&str>, name: &str) -> String {
    names::arn(&cx.settings().account_id, "policy", path.unwrap_or("/"), name)
}

/// The user whom a request means that names none: whoever asks.
pub fn caller<S>(cx: &Cx<S>) -> Option<String> {
    match cx.principal() {
        Some(principal) => match &principal.identity {
            Identity::User { .. } | Identity::Root => Some(principal.arn.clone()),
            Identity::Role { .. } => None,
        },
        None => None,
    }
}

/// The tags of the user, role, policy or provider that a request names, for `aws:ResourceTag/…`.
///
/// # Errors
/// When the database cannot be read.
pub async fn tags<S>(cx: &Cx<S>, arn: &str) -> Result<Vec<(String, String)>, Fault> {
    let mut tx = cx.read().await?;
    if let Some(entity) = entities::find_by_arn(cx, &mut tx, arn).await? {
        return tags::read(&entity.tags);
    }
    if let Some(tags) = registered::tags_of_any(cx, &mut tx, arn).await? {
        return Ok(tags);
    }
    match managed::find(cx, &mut tx, arn).await {
        Ok(Some(Managed::Own(row))) => tags::read(&row.tags),
        // What is no ARN is for the operation to refuse.
        Ok(Some(Managed::Aws(_)) | None) => Ok(Vec::new()),
        Err(fault) if fault.code() == ErrorCode::ValidationException => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

/// The policy that bounds the user or role that a request names, for `iam:PermissionsBoundary`.
///
/// # Errors
/// When the database cannot be read.
pub async fn boundary<S>(cx: &Cx<S>, arn: &str) -> Result<Option<String>, Fault> {
    let found = entities::find_by_arn(cx, &mut cx.read().await?, arn).await?;
    Ok(found.and_then(|entity| entity.boundary))
}
