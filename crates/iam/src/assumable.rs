//! Roles that are asked for.

use poolhouse_kernel::{Cx, Fault};
use poolhouse_policy::{Context, TrustPolicy};
use poolhouse_store::tables::entities::Entity;

use crate::role_parts::RoleParts;
use crate::{roles, tags, trusted};

/// A role that is asked for, and whom it trusts now.
pub(crate) struct Assumable {
    pub(crate) entity: Entity,
    pub(crate) parts: RoleParts,
    pub(crate) trust: TrustPolicy,
}

impl Assumable {
    /// The role with this ARN, if there is one.
    pub(crate) async fn find<S>(cx: &Cx<S>, arn: &str) -> Result<Option<Self>, Fault> {
        let mut tx = cx.read().await?;
        let Some(entity) = roles::find_by_arn(cx, &mut tx, arn).await? else { return Ok(None) };
        let parts = RoleParts::of(&entity)?;
        let trusted = trusted::now(cx, &mut tx, &parts).await?;
        let trust = TrustPolicy::parse(&trusted).map_err(Fault::internal)?;
        Ok(Some(Self { entity, parts, trust }))
    }

    /// What policies can know of it.
    pub(crate) fn describe(&self, context: &mut Context) -> Result<(), Fault> {
        for (key, value) in tags::read(&self.entity.tags)? {
            context.set(&format!("aws:ResourceTag/{key}"), value.as_str());
            context.set(&format!("iam:ResourceTag/{key}"), value);
        }
        Ok(())
    }
}
