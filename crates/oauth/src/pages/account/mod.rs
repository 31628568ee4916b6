//! `/account`: what a signed-in person sees and changes of their own, within what the client may read and write. AWS has
//! no such page (oauth-and-managed-login §5.1).
//!
//! | file | subject |
//! |---|---|
//! | `action` | what its buttons do |
//! | `view`, `rows` | the page, and what it lists |
//! | `step` | what needs a code before it is done |

mod action;
mod rows;
mod step;
mod view;

use axum::body::Body;
use axum::http::{Method, Response};
use poolhouse_core::grants::usual;
use poolhouse_kernel::{Fault, Kind};
use poolhouse_ports::ClientId;

use super::front::{Front, Outcome, Stop, error_page, posted, settle};
use super::login::opened;
use super::next::Next;
use super::state::{ACTION, OF, STATE, Step, is_from_here};
use crate::visit::Visit;
use action::Action;
use view::Told;

/// The account of who is signed in.
pub(crate) async fn account(visit: &mut Visit) -> Result<Response<Body>, Fault> {
    let visit = &*visit;
    settle(if visit.method == Method::POST { post(visit).await } else { get(visit).await })
}

async fn get(visit: &Visit) -> Outcome {
    view::page(front(visit).await?, Told::default()).await
}

/// The page for a client that is named alone, too: what its users come back to is what they usually come back to.
async fn front(visit: &Visit) -> Result<Front<'_>, Stop> {
    let Ok(parameters) = &visit.query else {
        return Err(Stop::Answer(error_page(visit, Some("invalid_request"))));
    };
    let mut parameters = parameters.clone();
    if let (Some(client_id), None) = (parameters.get("client_id"), parameters.get("response_type")) {
        let client_id = ClientId::from(client_id);
        for (name, value) in usual::parameters(&visit.cx, &visit.place.pool_id, &client_id).await? {
            if parameters.get(name).is_none() {
                parameters.set(name, value);
            }
        }
    }
    let mut front = Front::of(visit, parameters).await?;
    front.set_next(Next::Account, false);
    Ok(front)
}

async fn post(visit: &Visit) -> Outcome {
    let given = posted(visit)?;
    if given.get(STATE).is_some() {
        let (front, step) = opened(visit, given).await?;
        return match step {
            Some(Step::Verify { attribute, destination }) => {
                step::verify(front, &attribute, destination.as_deref(), given).await
            }
            Some(Step::SetUpApp { key }) => step::set_up_app(front, &key, given).await,
            _ => Ok(front.expired()),
        };
    }
    let front = front(visit).await?;
    if !is_from_here(visit, given.get(super::state::CSRF)) {
        return Ok(front.expired());
    }
    match given.get(ACTION).and_then(Action::named) {
        Some(action) => action.take(front, given.get(OF).unwrap_or_default(), given).await,
        None => Err(Fault::invalid_parameter("The form says nothing that can be done.").into()),
    }
}

/// Where a fault leads that is about no form: to the sign-in, where that is all that is missing.
fn failed(front: Front<'_>, fault: Fault) -> Outcome {
    match fault.kind() {
        Some(Kind::SignIn) => Ok(front.lead_to_sign_in(Next::Account)),
        _ => Err(fault.into()),
    }
}
