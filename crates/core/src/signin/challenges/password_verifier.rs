//! USER_SRP_AUTH and its challenge PASSWORD_VERIFIER (docs/cognito/authentication.md §8), with which custom
//! sign-ins may begin, too.
//!
//! The state between the two calls travels in SECRET_BLOCK, sealed; the server remembers nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use poolhouse_crypto::srp::ClientPublic;
use poolhouse_kernel::Fault;
use poolhouse_kernel::sign_ins::Flow;
use poolhouse_ports::{ClientId, Sub, Timestamp};
use poolhouse_wire::user_pools::ChallengeNameType;
use serde::{Deserialize, Serialize};

use super::custom;
use super::srp::{Claim, Exchange, srp_a};
use crate::model::guess::Guess;
use crate::model::{Client, Pool};
use crate::signin::Step;
use crate::signin::account::Account;
use crate::signin::applicant::Applicant;
use crate::signin::attempt::Attempt;
use crate::signin::next::Progress;
use crate::signin::parameters::Parameters;
use crate::signin::redeemed::Redeemed;
use crate::signin::session::{Session, invalid};
use crate::signin::target::Target;
use crate::tokens::groups;
use crate::triggers::authentication;
use crate::{Cx, devices, faults};

/// What a secret block is sealed as.
const KIND: &str = "secret_block";

/// What SECRET_BLOCK says. Its length tells nothing of whether the user exists.
#[derive(Serialize, Deserialize)]
struct SecretBlock {
    /// By which it is redeemed once.
    id: String,
    client_id: ClientId,
    sub: Sub,
    /// `USERNAME` as it was sent.
    name: String,
    exchange: Exchange,
    /// `DEVICE_KEY` as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_key: Option<String>,
    /// The level that is to be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
    /// Whether the pool's functions decide what follows the password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    custom: bool,
    /// By which way the user comes, for the figures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flow: Option<Flow>,
    /// Fixed here, so that the mark of a used block lasts as long as the block, however
    /// the client's settings change.
    expires_at: Timestamp,
}

/// Answers the challenge PASSWORD_VERIFIER, without a session (authentication §1.1, recorded).
pub(in crate::signin) async fn start(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    parameters: &Parameters,
) -> Result<Step, Fault> {
    let username = parameters.required("USERNAME")?;
    let srp_a = srp_a(parameters)?;
    parameters.proof().check(client, &[username])?;

    let mut tx = cx.read().await?;
    let account = Account::find(cx, &mut tx, pool, client, username).await?;
    account.check(cx, &mut tx, pool, Guess::Password).await?;
    drop(tx);
    authentication::run_pre_authentication(cx, pool, client, username, account.user()).await?;

    let device_key = devices::worth_carrying(parameters.get("DEVICE_KEY"));
    let carried = Carried { device_key, custom: None, target: None };
    Ok(Step::Challenge {
        name: ChallengeNameType::PasswordVerifier,
        session: None,
        parameters: exchange(cx, pool, client, &account, username, srp_a, carried).await?,
        available: Vec::new(),
    })
}

/// Answers the challenge to somebody who chose it, with a session (authentication §1.1, observed).
pub(in crate::signin) async fn offer(
    cx: &Cx,
    applicant: Applicant,
    given: &Parameters,
) -> Result<Step, Fault> {
    let srp_a = srp_a(given)?;
    let mut tx = cx.read().await?;
    applicant.account.check(cx, &mut tx, &applicant.pool, Guess::Password).await?;
    drop(tx);
    let Applicant { pool, client, account, name, .. } = &applicant;
    let (device_key, target) = (applicant.device_key(), applicant.target.clone());
    let carried = Carried { device_key, custom: None, target };
    let parameters = exchange(cx, pool, client, account, name, srp_a, carried).await?;
    applicant.record_step(cx, None).await?;
    let session = applicant.session(cx, &ChallengeNameType::PasswordVerifier);
    Ok(Step::Challenge {
        name: session.challenge(),
        session: Some(session.seal(cx, pool)?),
        parameters,
        available: Vec::new(),
    })
}

/// What the block carries for the rest of the sign-in.
pub(super) struct Carried<'a> {
    /// The device that was named.
    pub(super) device_key: Option<String>,
    /// The session of a custom sign-in, which the exchange then belongs to.
    pub(super) custom: Option<&'a Session>,
    /// The level that is to be reached.
    pub(super) target: Option<Target>,
}

/// The server's half of the exchange, as the parameters of the challenge.
pub(super) async fn exchange(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    account: &Account,
    name: &str,
    srp_a: ClientPublic,
    carried: Carried<'_>,
) -> Result<BTreeMap<String, String>, Fault> {
    let Carried { device_key, custom, target } = carried;
    let (exchange, srp_b) = Exchange::begin(cx, account.verifier.clone(), srp_a).await?;
    let new_id = || cx.entropy().uuid().to_string();
    let block = SecretBlock {
        id: custom.map_or_else(new_id, |session| session.id.clone()),
        client_id: client.id.clone(),
        sub: account.sub.clone(),
        name: name.to_owned(),
        exchange,
        device_key,
        target,
        custom: custom.is_some(),
        flow: cx.sign_in().flow(),
        expires_at: cx.now.plus_seconds(client.session_seconds()),
    };
    let parameters = [
        ("SALT", account.verifier.salt_hex()),
        ("SRP_B", srp_b),
        ("SECRET_BLOCK", pool.keys.seal_block(KIND, &block)?),
        ("USER_ID_FOR_SRP", account.username.clone()),
        ("USERNAME", account.username.clone()),
    ];
    Ok(parameters.map(|(name, value)| (name.to_owned(), value)).into())
}

/// Takes the answer to PASSWORD_VERIFIER.
///
/// Whatever is wrong with it, the answer is the same; only a wrong proof counts for the lock-out.
pub(in crate::signin) async fn respond(
    cx: &Cx,
    pool: Arc<Pool>,
    client: Arc<Client>,
    session: Option<&str>,
    responses: &Parameters,
) -> Result<Step, Fault> {
    let username = responses.required("USERNAME")?;
    let claim = Claim::read(responses)?;
    let block: Option<SecretBlock> = pool.keys.open_block(KIND, claim.secret_block);
    if let Some(flow) = block.as_ref().and_then(|block| block.flow) {
        cx.sign_in().set_flow(flow);
    }
    // The hash is over the name in this answer, or over the one of the first call (authentication §4).
    let first = block.as_ref().map_or(username, |block| &block.name);
    responses.proof().check(&client, &[username, first])?;
    let block =
        block.filter(|b| b.is_good(cx, &client)).ok_or_else(faults::incorrect_username_or_password)?;
    claim.check_timestamp(cx)?;
    if let (true, Some(text)) = (block.custom, session) {
        // The session of another sign-in does not go with this block.
        let sent = Session::open(cx, &pool, &client, Some(text), &ChallengeNameType::PasswordVerifier)?;
        if sent.id != block.id {
            return Err(invalid());
        }
    }
    let redeemed = Redeemed::secret_block(&block.id, block.expires_at);

    let mut tx = cx.read().await?;
    redeemed.check_unspent(&mut tx, &pool).await?;
    let account = Account::again(cx, &mut tx, &pool, &client, &block.sub, &block.name).await?;
    if !account.is_meant_by(&mut tx, &pool, username).await? {
        return Err(faults::incorrect_username_or_password());
    }
    account.check(cx, &mut tx, &pool, Guess::Password).await?;
    let groups = groups::of_user(&mut tx, &pool, &account.sub).await?;
    drop(tx);

    let place = account.place(cx, &pool, Guess::Password).await?;
    let (verifier, identity) = (account.verifier.clone(), account.identity(&pool));
    let proven = claim.proves(cx, &block.exchange, verifier, identity).await?;
    let wrong = faults::incorrect_username_or_password();
    let user = account.prove(cx, &pool, &client, place, proven, wrong).await?;
    let (given, carried) = (responses.get("DEVICE_KEY"), block.device_key.as_deref());
    let device = devices::named(cx, &pool, &user.row.sub, given, carried).await?;
    let attempt = Attempt::new(pool, client, block.name, user, groups, Progress::PASSWORD);
    let custom = block.custom.then(custom::after_srp);
    Attempt { device, redeemed: Some(redeemed), custom, target: block.target, ..attempt }.proceed(cx).await
}

impl SecretBlock {
    /// Whether the block was made for the client, and not too long ago (authentication §8.3; the time is
    /// open).
    fn is_good(&self, cx: &Cx, client: &Client) -> bool {
        self.client_id == client.id && cx.now < self.expires_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<SecretBlock>("secret_block");
    }
}
