//! Which flow a client may begin (docs/cognito/authentication.md §2).

use poolhouse_kernel::Fault;
use poolhouse_kernel::request::Door;
use poolhouse_wire::user_pools::{AuthFlowType, ExplicitAuthFlowsType};
use poolhouse_wire::{ErrorCode, Sensitive};

use super::challenges::{custom, password_verifier};
use super::counted::{self, counted};
use super::flows::{choice, password, refresh};
use super::goal::Goal;
use super::parameters::Parameters;
use super::{Start, Step, admit};
use crate::Cx;
use crate::model::{Client, Pool};
use crate::threat::gate;
use crate::tokens::rotation;
use crate::triggers::challenges;

/// What a flow does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Password,
    Srp,
    Choice,
    Custom,
    Refresh,
}

/// Begins a sign-in.
///
/// # Errors
/// Those of authentication §3, in its order.
pub async fn start(cx: &Cx, start: Start) -> Result<Step, Fault> {
    cx.sign_in().set_flow(counted::flow(cx, &start.flow));
    counted(cx, begin(cx, start)).await
}

async fn begin(cx: &Cx, start: Start) -> Result<Step, Fault> {
    let (pool, client) = admit(cx, start.pool_id.as_ref(), &start.client_id).await?;
    let flow = permitted(cx.door(), &pool, &client, &start.flow)?;
    let parameters = Parameters::of(Goal::of(cx), start.parameters);
    if flow != Flow::Refresh {
        gate::check(cx, &pool, &client, parameters.get("USERNAME")).await?;
    }
    // What few begin with is put on the heap, so that the others take no room for it.
    match flow {
        Flow::Password => password::start(cx, pool, client, &parameters).await,
        Flow::Srp => password_verifier::start(cx, &pool, &client, &parameters).await,
        Flow::Choice => {
            let session = start.session.as_ref().map(Sensitive::as_str);
            Box::pin(choice::start(cx, pool, client, session, &parameters)).await
        }
        Flow::Custom => Box::pin(custom::start(cx, pool, client, &parameters)).await,
        Flow::Refresh => refresh::start(cx, &pool, &client, &parameters).await,
    }
}

/// The flow, if the operation and the client's `ExplicitAuthFlows`, or the page, allow it.
fn permitted(door: Door, pool: &Pool, client: &Client, flow: &AuthFlowType) -> Result<Flow, Fault> {
    use AuthFlowType as Asked;
    use ExplicitAuthFlowsType as Listed;
    if door == Door::Page {
        return of_page(pool, flow);
    }
    let allowed = |flow, listed: Listed, refusal: &'static str| {
        if client.allows(&listed) { Ok(flow) } else { Err(Fault::invalid_parameter(refusal)) }
    };
    match flow {
        Asked::UserPasswordAuth if door == Door::Public => allowed(
            Flow::Password,
            Listed::AllowUserPasswordAuth,
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
        Asked::AdminUserPasswordAuth | Asked::AdminNoSrpAuth if door == Door::Admin => allowed(
            Flow::Password,
            Listed::AllowAdminUserPasswordAuth,
            "Auth flow not enabled for this client",
        ),
        Asked::UserSrpAuth => {
            allowed(Flow::Srp, Listed::AllowUserSrpAuth, "USER_SRP_AUTH is not enabled for the client.")
        }
        Asked::RefreshTokenAuth | Asked::RefreshToken if rotation::is_on(client) => {
            Err(refused_by_rotation())
        }
        Asked::RefreshTokenAuth | Asked::RefreshToken => allowed(
            Flow::Refresh,
            Listed::AllowRefreshTokenAuth,
            "Refresh Token flow not enabled for this client",
        ),
        Asked::CustomAuth if client.allows(&Listed::AllowCustomAuth) && !challenges::are_defined(pool) => {
            Err(challenges::not_configured())
        }
        Asked::CustomAuth => {
            allowed(Flow::Custom, Listed::AllowCustomAuth, "CUSTOM_AUTH is not enabled for the client.")
        }
        Asked::UserAuth => {
            allowed(Flow::Choice, Listed::AllowUserAuth, "USER_AUTH flow not enabled for this client")
        }
        _ => Err(unsupported()),
    }
}

/// A page may begin whatever it can lead through: what the client's list says is about the API.
fn of_page(pool: &Pool, flow: &AuthFlowType) -> Result<Flow, Fault> {
    match flow {
        AuthFlowType::UserPasswordAuth => Ok(Flow::Password),
        AuthFlowType::UserAuth => Ok(Flow::Choice),
        AuthFlowType::CustomAuth if challenges::are_defined(pool) => Ok(Flow::Custom),
        AuthFlowType::CustomAuth => Err(challenges::not_configured()),
        _ => Err(unsupported()),
    }
}

fn unsupported() -> Fault {
    Fault::invalid_parameter("Initiate Auth method not supported.")
}

/// tokens §9.3, recorded
fn refused_by_rotation() -> Fault {
    Fault::new(ErrorCode::UnsupportedOperationException, "This API does not support refresh token rotation")
}
