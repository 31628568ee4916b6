//! Sign-in: one state machine behind the public and the administrators' door.
//!
//! ```text
//! USER_PASSWORD_AUTH  ADMIN_USER_PASSWORD_AUTH ──► password ──┐
//! USER_SRP_AUTH ──► PASSWORD_VERIFIER ──────────► proof ──────┤
//!                                                             ▼
//!                                  confirmed? ── no, temporary password ──► NEW_PASSWORD_REQUIRED
//!                                      │                                            │
//!                                      └───────────────► tokens ◄───────────────────┘
//! REFRESH_TOKEN_AUTH ──────────────────────────► tokens
//! ```
//!
//! A challenge carries its own state, sealed: nothing is written before a first factor is proven. What a
//! challenge gave can be redeemed once; the mark of it, the tokens' session and the end of a lock-out
//! count are written in one transaction (`finish`).
//!
//! | file | subject |
//! |---|---|
//! | `start` | which flow a client may begin |
//! | `account` | the user whom a name means, or a stand-in; whether they may sign in at all |
//! | `flows` | password, SRP, refresh |
//! | `proven` | what follows the first factor |
//! | `challenge` | the sealed `Session` between two steps |
//! | `new_password` | the challenge NEW_PASSWORD_REQUIRED |
//! | `finish` | the tokens, and what is written with them |

mod account;
mod challenge;
mod finish;
mod flows;
mod new_password;
mod parameters;
mod proven;
mod respond;
mod start;

use std::collections::BTreeMap;
use std::sync::Arc;

use poolhouse_wire::Sensitive;
use poolhouse_wire::types::{AuthFlowType, AuthenticationResultType, ChallengeNameType};

use crate::clients::{self, Client};
use crate::pools::{self, Pool};
use crate::{Cx, Fault};

pub use respond::respond;
pub use start::start;

/// Through which pair of operations a sign-in comes. A challenge of one may be answered at the other
/// (authentication §5, recorded).
#[derive(Clone, Debug)]
pub enum Door {
    /// InitiateAuth and RespondToAuthChallenge.
    Public,
    /// AdminInitiateAuth and AdminRespondToAuthChallenge.
    Admin {
        /// The pool that the request names beside the client.
        pool_id: String,
    },
}

/// A request that begins a sign-in.
#[derive(Clone, Debug)]
pub struct Start {
    /// Where it came in.
    pub door: Door,
    /// The app client.
    pub client_id: String,
    /// How the user wants to sign in.
    pub flow: AuthFlowType,
    /// `AuthParameters`.
    pub parameters: BTreeMap<String, Sensitive>,
}

/// A request that answers a challenge.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where it came in.
    pub door: Door,
    /// The app client.
    pub client_id: String,
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
    },
    /// The user is signed in.
    Tokens(Box<AuthenticationResultType>),
}

/// The client and its pool.
async fn admit(cx: &Cx, door: &Door, client_id: &str) -> Result<(Arc<Pool>, Arc<Client>), Fault> {
    let Door::Admin { pool_id } = door else { return clients::get(cx, client_id).await };
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
