//! The policies that a user, group or role holds, with their documents as they are now.

use poolhouse_kernel::{Cx, Fault};
use poolhouse_store::Tx;
use poolhouse_store::tables::entities::Entity;
use poolhouse_store::tables::{attachments, group_members};

use crate::quotas::{GROUPS_PER_USER, POLICIES_PER_ENTITY};
use crate::{inline, managed, names};

/// A policy that somebody holds.
pub(crate) struct Held {
    pub(crate) origin: Origin,
    pub(crate) document: String,
}

/// Which policy it is.
pub(crate) enum Origin {
    /// One of the holder's own.
    Inline {
        /// `user`, `group` or `role`.
        kind: String,
        /// The holder's name.
        holder: String,
        /// The policy's name.
        name: String,
    },
    /// A managed one, by its ARN.
    Managed(String),
}

impl Origin {
    /// As simulations name it: a managed one by its name, an inline one with its holder (identity-pools-and-iam §10.4,
    /// observed).
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Inline { kind, holder, name } => format!("{kind}_{holder}_{name}"),
            Self::Managed(arn) => names::of_policy(arn),
        }
    }
}

/// What the identity policies of a user, group or role are: a user has those of his groups as well.
pub(crate) async fn of<S>(cx: &Cx<S>, tx: &mut Tx, entity: &Entity) -> Result<Vec<Held>, Fault> {
    let mut held = own(cx, tx, entity).await?;
    for group in group_members::groups_of_user(tx, &entity.id, "", GROUPS_PER_USER).await? {
        held.extend(own(cx, tx, &group).await?);
    }
    Ok(held)
}

async fn own<S>(cx: &Cx<S>, tx: &mut Tx, entity: &Entity) -> Result<Vec<Held>, Fault> {
    let mut held = Vec::new();
    for row in inline::all_of(tx, &entity.id).await? {
        let (kind, holder) = (entity.kind.clone(), entity.name.clone());
        let origin = Origin::Inline { kind, holder, name: row.name };
        held.push(Held { origin, document: row.document });
    }
    for arn in attachments::list_after(tx, &entity.id, "", POLICIES_PER_ENTITY).await? {
        if let Some(document) = managed::document(cx, tx, &arn).await? {
            held.push(Held { origin: Origin::Managed(arn), document });
        }
    }
    Ok(held)
}
