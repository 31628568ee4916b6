//! Sign-in: one state machine behind the public and the administrators' door, and the pages.
//!
//! ```text
//! USER_PASSWORD_AUTH  ADMIN_USER_PASSWORD_AUTH ──► password ──┐
//! USER_SRP_AUTH ──► PASSWORD_VERIFIER ──────────► proof ──────┤
//! USER_AUTH ──► `first`: SELECT_CHALLENGE ──► one of both, or EMAIL_OTP, SMS_OTP ──► code ──┤
//!                                                             ▼
//!                                                  `next`: what follows?
//!                                                             │
//!            NEW_PASSWORD_REQUIRED ─► SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP, SELECT_MFA_TYPE, MFA_SETUP
//!                                                             │
//!                         DEVICE_SRP_AUTH ─► DEVICE_PASSWORD_VERIFIER ──► tokens
//! `federated`: proven by an identity provider ──► `next` ──► a login of the browser
//! REFRESH_TOKEN_AUTH ──────────────────────────► tokens
//! ```
//!
//! A challenge of one door of the API may be answered at the other (authentication §5, recorded). At a page the same
//! ways lead to a login of the browser instead of tokens (`goal`), and neither answers the other's challenges.
//!
//! Every proof and every right answer makes an `Attempt` that proceeds: `next` says what follows, and either the
//! tokens are made (`finish`) or a challenge is given. A challenge carries its own state, sealed: nothing is
//! written before a first factor is proven. What a challenge gave can be redeemed once; the mark of it, what the
//! step changed about the user, the tokens' session and the end of a lock-out count are written in one transaction.
//!
//! | file | subject |
//! |---|---|
//! | `start` | which flow a client may begin |
//! | `goal` | what a sign-in ends in |
//! | `parameters` | what the request brings |
//! | `account` | the user whom a name means, or a stand-in; whether they may sign in at all |
//! | `flows` | password, choice, refresh |
//! | `first` | what a choice-based sign-in can begin with |
//! | `applicant` | who begins one and has proven nothing yet |
//! | `confirmed` | signing in right after a sign-up |
//! | `federated` | signing in behind an identity provider |
//! | `target` | a level of assurance that is to be reached |
//! | `step_up` | going on from an earlier sign-in to a higher level |
//! | `by_passkey` | signing in with a passkey before anybody is named |
//! | `next` | which challenge follows |
//! | `attempt` | a sign-in on its way from the first factor to the tokens |
//! | `challenges` | one file a challenge: what is offered, how an answer is taken |
//! | `session` | the sealed `Session` between two steps |
//! | `turn` | an answer whose session is good |
//! | `redeemed` | what can be used once |
//! | `held` | what waits for the second factor before it is written |
//! | `finish` | the end: tokens or a login, and what is written with them |
//! | `counted` | what the figures say of it |

mod account;
mod applicant;
mod attempt;
mod by_passkey;
mod challenges;
mod confirmed;
mod counted;
mod federated;
mod finish;
mod first;
mod flows;
mod goal;
mod held;
mod next;
mod parameters;
mod redeemed;
mod respond;
mod session;
mod start;
mod step_up;
mod target;
mod turn;

use std::collections::BTreeMap;
use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_wire::Sensitive;
use poolhouse_wire::user_pools::{AuthFlowType, AuthenticationResultType, ChallengeNameType};

use crate::model::{Client, Pool};
use crate::sessions::browser::Login;
use crate::{Cx, clients, pools};

pub use by_passkey::{PasskeyRequest, request_passkey, take_passkey};
pub use challenges::{associate as associate_software_token, verify as verify_software_token};
pub(crate) use confirmed::{after_confirmation, after_sign_up};
pub(crate) use federated::{Came, check_state as check_state_of_federated, sign_in as sign_in_federated};
pub use respond::respond;
pub use start::start;
pub use step_up::{step_up, step_up_factors};

/// A request that begins a sign-in.
#[derive(Clone, Debug)]
pub struct Start {
    /// The pool that administrators name beside the client.
    pub pool_id: Option<PoolId>,
    /// The app client.
    pub client_id: ClientId,
    /// How the user wants to sign in.
    pub flow: AuthFlowType,
    /// The session that ConfirmSignUp answered; of use to USER_AUTH alone.
    pub session: Option<Sensitive>,
    /// `AuthParameters`.
    pub parameters: BTreeMap<String, Sensitive>,
}

/// A request that answers a challenge.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The pool that administrators name beside the client.
    pub pool_id: Option<PoolId>,
    /// The app client.
    pub client_id: ClientId,
    /// The challenge that is answered.
    pub challenge: ChallengeNameType,
    /// The session that came with the challenge.
    pub session: Option<Sensitive>,
    /// `ChallengeResponses`.
    pub responses: BTreeMap<String, Sensitive>,
}

/// What a request leads to.
#[derive(Clone, Debug)]
pub enum Step {
    /// The user has more to prove or to give.
    Challenge {
        /// Which challenge.
        name: ChallengeNameType,
        /// To be sent back with the answer; PASSWORD_VERIFIER after USER_SRP_AUTH has none.
        session: Option<Sensitive>,
        /// What the client needs for the answer.
        parameters: BTreeMap<String, String>,
        /// What a choice-based sign-in could begin with; empty in others.
        available: Vec<ChallengeNameType>,
    },
    /// The user is signed in, and the caller of the API has the tokens.
    Tokens(Box<AuthenticationResultType>),
    /// The user is signed in in this browser.
    LoggedIn {
        /// Who, since when and by what.
        login: Box<Login>,
        /// By which the browser is known from now on.
        cookie: Sensitive,
    },
}

/// The client and its pool.
async fn admit(
    cx: &Cx,
    pool_id: Option<&PoolId>,
    client_id: &ClientId,
) -> Result<(Arc<Pool>, Arc<Client>), Fault> {
    let Some(pool_id) = pool_id else { return clients::get(cx, client_id).await };
    pools::get(cx, pool_id).await?;
    let (pool, client) = clients::get(cx, client_id).await?;
    if pool.id != *pool_id {
        // authentication §2, recorded
        return Err(Fault::not_found(format!(
            "User pool client {client_id} does not exist in user pool {pool_id}."
        )));
    }
    Ok((pool, client))
}
