//! At which of a pool's regions a request is, and what can be asked there (docs/cognito/new-operations.md §7.1).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_kernel::request::Door;
use poolhouse_ports::PoolId;
use poolhouse_wire::user_pools::Operation;
use poolhouse_wire::{Authority, Operation as AnyOperation};

use crate::model::Pool;
use crate::model::pool::PoolSettings;
use crate::{Cx, faults, ids};

/// When an operation can be asked for at a pool's secondary region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Always,
    WhileActive,
    Never,
}

/// The pool as it is at the region that the request is at.
pub(super) fn seen(cx: &Cx, pool: Arc<Pool>) -> Arc<Pool> {
    match &pool.secondary {
        Some(secondary) if is_secondary(cx, &pool.settings) => Arc::clone(secondary),
        _ => pool,
    }
}

/// The settings of a pool as they are at the region that the request is at; `None` at a read node whose region it is not in.
pub(super) fn seen_settings(cx: &Cx, settings: PoolSettings) -> Option<PoolSettings> {
    match is_secondary(cx, &settings) {
        true => settings.at_replica(),
        false => (!is_read_node(cx)).then_some(settings),
    }
}

/// Whether the request is at the other one of a pool's regions.
pub(super) fn is_secondary(cx: &Cx, pool: &PoolSettings) -> bool {
    pool.replica.as_ref().is_some_and(|replica| region(cx) == Some(&replica.region))
}

/// Whether all that this node is asked for is about replicas in its region.
fn is_read_node(cx: &Cx) -> bool {
    cx.door() != Door::Job && cx.engine().store().is_read_node()
}

/// The region that a request is at, where that is known: at a read node that of the node, and else the one that the request
/// itself names, by its signature or the host that it was sent to. Services beside user pools have no such regions.
fn region(cx: &Cx) -> Option<&str> {
    match cx.operation {
        _ if is_read_node(cx) => Some(&cx.settings().region),
        Some(AnyOperation::UserPools(_)) => cx.named_region.as_deref(),
        _ => None,
    }
}

/// Whether the request is at the pool's first region, which its id tells, as far as it tells where it is.
pub(super) fn is_first(cx: &Cx, pool_id: &PoolId) -> bool {
    !is_read_node(cx) && region(cx).is_none_or(|region| region == ids::region_of(pool_id))
}

/// Refuses what cannot be done at the region that the request is at. A read node knows no pools that have no replica there.
///
/// # Errors
/// `OperationNotEnabledException`, `ResourceNotFoundException`.
pub(super) fn admit(cx: &Cx, pool_id: &PoolId, pool: &PoolSettings) -> Result<(), Fault> {
    if !is_secondary(cx, pool) {
        return if is_read_node(cx) { Err(faults::pool_not_found(pool_id)) } else { Ok(()) };
    }
    let is_active = pool.replica.as_ref().is_some_and(|replica| replica.active);
    let used = match cx.operation {
        Some(AnyOperation::UserPools(operation)) => use_of(operation),
        // Documents and pages of the pool, and services that take its tokens.
        _ => Use::WhileActive,
    };
    match used {
        Use::Always => Ok(()),
        Use::WhileActive if is_active => Ok(()),
        Use::WhileActive | Use::Never => Err(faults::operation_not_enabled()),
    }
}

/// Refuses new pools at a read node, which is no pool's first region.
///
/// # Errors
/// `OperationNotEnabledException`.
pub(super) fn admit_new(cx: &Cx) -> Result<(), Fault> {
    if is_read_node(cx) { Err(faults::operation_not_enabled()) } else { Ok(()) }
}

/// The table of new-operations §7.1 (inferred).
fn use_of(operation: Operation) -> Use {
    let facts = operation.facts();
    match operation {
        Operation::SetRiskConfiguration
        | Operation::TagResource
        | Operation::UntagResource
        | Operation::UpdateUserPool
        | Operation::UpdateUserPoolReplica => Use::Always,
        Operation::AdminInitiateAuth
        | Operation::AdminRespondToAuthChallenge
        | Operation::AdminUserGlobalSignOut
        | Operation::GetClientToken
        | Operation::GetDerivedToken
        | Operation::GetDevice
        | Operation::GetTokensFromRefreshToken
        | Operation::GetUser
        | Operation::GetUserAuthFactors
        | Operation::GlobalSignOut
        | Operation::InitiateAuth
        | Operation::ListDevices
        | Operation::ListUserSessions
        | Operation::RespondToAuthChallenge
        | Operation::RevokeToken => Use::WhileActive,
        _ if facts.authority == Authority::Iam && facts.reads_only() => Use::Always,
        _ => Use::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_has_its_place() {
        let names = |of: Use| -> Vec<_> {
            let all = Operation::ALL.into_iter().filter(|operation| use_of(*operation) == of);
            all.map(|operation| operation.facts().name).collect()
        };
        assert_eq!(names(Use::WhileActive).len(), 15);
        let always = names(Use::Always);
        for name in ["AdminGetUser", "ListUsers", "DescribeUserPool", "ListUserPoolReplicas", "GetCSVHeader"]
        {
            assert!(always.contains(&name), "{name}");
        }
        let never = names(Use::Never);
        for name in
            ["SignUp", "CreateUserPoolReplica", "DeleteUserPoolReplica", "GetUserAttributeVerificationCode"]
        {
            assert!(never.contains(&name), "{name}");
        }
    }
}
