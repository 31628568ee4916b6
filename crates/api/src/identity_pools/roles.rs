//! Roles of identity pools.

use poolhouse_core::Cx;
use poolhouse_identity::roles::{self, Roles};
use poolhouse_kernel::Fault;
use poolhouse_wire::identity_pools::{
    GetIdentityPoolRolesInput, GetIdentityPoolRolesResponse, SetIdentityPoolRolesInput,
};

pub(crate) async fn set_identity_pool_roles(cx: &Cx, input: SetIdentityPoolRolesInput) -> Result<(), Fault> {
    let given = Roles { roles: input.roles, mappings: input.role_mappings.unwrap_or_default() };
    roles::set(cx, &input.identity_pool_id, given).await
}

pub(crate) async fn get_identity_pool_roles(
    cx: &Cx,
    input: GetIdentityPoolRolesInput,
) -> Result<GetIdentityPoolRolesResponse, Fault> {
    let Roles { roles, mappings } = roles::get(cx, &input.identity_pool_id).await?;
    Ok(GetIdentityPoolRolesResponse {
        identity_pool_id: Some(input.identity_pool_id),
        roles: Some(roles),
        role_mappings: Some(mappings).filter(|mappings| !mappings.is_empty()),
    })
}
