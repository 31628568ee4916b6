//! DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER: a remembered device proves its own password
//! (docs/cognito/authentication.md §8.7, §12.4).
//!
//! The state travels in the session and in SECRET_BLOCK. What waits for the device's first answer is kept
//! with the device, too, for clients that send no session (§1.2).

use std::sync::Arc;

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::ChallengeNameType;
use serde::{Deserialize, Serialize};

use super::Offer;
use super::srp::{Claim, Exchange, srp_a};
use crate::devices::{self, Known};
use crate::model::guess::Guess;
use crate::model::{Client, Pool};
use crate::signin::Step;
use crate::signin::account::Account;
use crate::signin::attempt::Attempt;
use crate::signin::next::Next;
use crate::signin::parameters::Parameters;
use crate::signin::session::{self, Session};
use crate::signin::turn::Turn;
use crate::{Cx, faults, guess, nobody};

const SRP_AUTH: ChallengeNameType = ChallengeNameType::DeviceSrpAuth;
const VERIFIER: ChallengeNameType = ChallengeNameType::DevicePasswordVerifier;

/// What a secret block is sealed as.
const KIND: &str = "device_block";

/// What SECRET_BLOCK says.
#[derive(Serialize, Deserialize)]
struct SecretBlock {
    exchange: Exchange,
    session: Session,
}

/// The challenge for a sign-in that lacks nothing but the device's proof.
pub(super) fn offer(cx: &Cx, attempt: &Attempt) -> Result<Offer, Fault> {
    let device = attempt.device.as_ref().ok_or_else(|| Fault::internal("there is no device to prove"))?;
    let offer = Offer::new(cx, attempt, SRP_AUTH, []);
    let waiting = device.seal_waiting(&attempt.pool, &offer.session)?;
    Ok(Offer { waiting: Some(waiting), ..offer })
}

/// Takes the device's public value. Nothing is written: the session is used up by the proof.
pub(in crate::signin) async fn start(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let device_key = responses.required("DEVICE_KEY")?;
    let srp_a = srp_a(responses)?;
    let session = match session {
        Some(text) => Session::open(cx, &pool, &client, Some(text), &SRP_AUTH),
        None => waiting(cx, &pool, &client, responses.required("USERNAME")?, device_key).await,
    };
    let turn = Turn::take(cx, pool, client, session, responses).await?;
    guess::check_lock(cx, &turn.pool.id, &turn.user.row.sub, Guess::Device).await?;
    let device = awaited(&turn)?;
    let verifier = device.verifier(&turn.pool)?;
    let salt = verifier.salt_hex();
    let (exchange, srp_b) = Exchange::begin(cx, verifier, srp_a).await?;
    let (device_key, username) = (device.key().to_owned(), turn.user.row.username.to_string());
    let block = SecretBlock { exchange, session: turn.session.at(&VERIFIER) };
    let parameters = [
        ("SALT", salt),
        ("SRP_B", srp_b),
        ("SECRET_BLOCK", turn.pool.keys.seal_block(KIND, &block)?),
        ("DEVICE_KEY", device_key),
        ("USERNAME", username),
    ];
    Ok(Step::Challenge {
        name: VERIFIER,
        session: Some(block.session.seal(cx, &turn.pool)?),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
        available: Vec::new(),
    })
}

/// Takes the device's proof. The session may be left out: the block says the same.
pub(in crate::signin) async fn answer(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let claim = Claim::read(responses)?;
    let block: Option<SecretBlock> = pool.keys.open_block(KIND, claim.secret_block);
    let (exchange, from_block) = match block {
        Some(block) => (Some(block.exchange), block.session.check(cx, &client, &VERIFIER)),
        None => (None, Err(faults::incorrect_username_or_password())),
    };
    let session = match session {
        // The session of another sign-in does not go with this block.
        Some(text) => Session::open(cx, &pool, &client, Some(text), &VERIFIER).and_then(|sent| {
            from_block.and_then(|own| if own.id == sent.id { Ok(own) } else { Err(session::invalid()) })
        }),
        None => from_block,
    };
    let turn = Turn::take(cx, pool, client, session, responses).await?;
    claim.check_timestamp(cx)?;
    let device = awaited(&turn)?;
    let exchange = exchange.ok_or_else(faults::incorrect_username_or_password)?;
    let place = turn.place(cx, Guess::Device).await?;
    if !claim.proves(cx, &exchange, device.verifier(&turn.pool)?, device.identity(&turn.pool)).await? {
        return turn.wrong(cx, place, faults::incorrect_username_or_password()).await;
    }
    place.right().await?;
    let mut attempt = turn.accept();
    attempt.progress.device = true;
    attempt.proceed(cx).await
}

/// The session that a client which sends none was given with DEVICE_SRP_AUTH. With one, the request is counted when it is
/// taken for an answer; without, here.
async fn waiting(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    username: &str,
    device_key: &str,
) -> Result<Session, Fault> {
    let account = Account::look_up(&mut cx.read().await?, pool, client, username).await;
    let user = account.as_ref().ok().and_then(Account::user);
    let session = match &account {
        Ok(account) => kept(cx, pool, client, account, device_key).await,
        Err(_) => Err(session::invalid()),
    };
    if session.is_err() {
        nobody::admit_named(cx, pool, username, user)?;
        account?;
    }
    session
}

/// The session that is kept with the device.
async fn kept(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    account: &Account,
    device_key: &str,
) -> Result<Session, Fault> {
    // Whoever sends no session has proven nothing yet, so nobody learns here which devices there are.
    let device = devices::named(cx, pool, &account.sub, None, Some(device_key)).await?;
    let waiting: Option<Session> = match device {
        Some(device) => device.waiting(pool)?,
        None => None,
    };
    waiting.ok_or_else(session::invalid)?.check(cx, client, &SRP_AUTH)
}

/// The device whose proof the sign-in waits for, as things are now.
fn awaited(turn: &Turn) -> Result<&Known, Fault> {
    turn.carried_device().filter(|_| turn.next() == Next::Device).ok_or_else(session::invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<SecretBlock>("device_block");
    }
}
