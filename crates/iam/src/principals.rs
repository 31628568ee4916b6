//! Users and sessions as principals.

use std::sync::Arc;

use poolhouse_kernel::request::{Identity, Principal};
use poolhouse_kernel::{Cx, Fault};
use poolhouse_ports::Timestamp;
use poolhouse_store::Tx;
use poolhouse_store::tables::entities::{self as table, Entity};
use poolhouse_wire::Sensitive;
use poolhouse_wire::sts::AssumedRoleUser;

use crate::entities;

/// What an access key stands for.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The secret that signs.
    pub secret: Sensitive,
    /// Who signs with it.
    pub principal: Arc<Principal>,
    /// The end of a temporary one.
    pub expires: Option<Timestamp>,
}

/// A user as a principal; `None` when he is gone.
pub(crate) async fn user<S>(
    cx: &Cx<S>,
    tx: &mut Tx,
    access_key_id: &str,
    id: &str,
) -> Result<Option<Principal>, Fault> {
    Ok(table::get(tx, id).await?.map(|user| Principal {
        access_key_id: access_key_id.to_owned(),
        arn: entities::arn(cx, &user),
        user_id: user.id.clone(),
        identity: Identity::User { id: user.id, name: user.name },
        session: None,
    }))
}

/// A session of a role as a principal.
pub(crate) fn role<S>(cx: &Cx<S>, access_key_id: &str, role: &Entity, session_name: &str) -> Principal {
    let assumed = assumed(cx, role, session_name);
    Principal {
        access_key_id: access_key_id.to_owned(),
        arn: assumed.arn,
        user_id: assumed.assumed_role_id,
        identity: Identity::Role { id: role.id.clone(), arn: entities::arn(cx, role) },
        session: None,
    }
}

/// The names of a session: `arn:aws:sts::<account>:assumed-role/<role>/<session>` and `AROA…:<session>`.
pub(crate) fn assumed<S>(cx: &Cx<S>, role: &Entity, session_name: &str) -> AssumedRoleUser {
    let account = &cx.settings().account_id;
    AssumedRoleUser {
        assumed_role_id: format!("{}:{session_name}", role.id),
        arn: format!("arn:aws:sts::{account}:assumed-role/{}/{session_name}", role.name),
    }
}
