//! The client's half of SRP, for users and for devices.

use std::collections::HashMap;

use aws_lc_rs::rand;
use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_crypto::srp::{ClientStart, Identity, SrpError, pool_name};
use poolhouse_crypto::timestamp;
use zeroize::Zeroizing;

use super::exchange::{Exchange, Reply};
use super::steps::SignIn;
use crate::client::Client;
use crate::devices::DeviceCredentials;
use crate::error::{Error, Result};
use crate::names::Challenge;
use crate::secret::Secret;

/// Length of the private exponent: as strong as the exchange itself. pycognito's is four times as long, and as slow.
const EXPONENT_BYTES: usize = 32;

/// Signs in with a password that is proven, not sent.
pub(super) async fn sign_in(mut exchange: Exchange, flow: AuthFlowType, password: &Secret) -> Result<SignIn> {
    let start = begin()?;
    let mut parameters = HashMap::from([("SRP_A".to_owned(), start.srp_a())]);
    match flow {
        AuthFlowType::CustomAuth => parameters.insert("CHALLENGE_NAME".to_owned(), "SRP_A".to_owned()),
        AuthFlowType::UserAuth => {
            parameters.insert("PREFERRED_CHALLENGE".to_owned(), "PASSWORD_SRP".to_owned())
        }
        _ => None,
    };
    let reply = exchange.initiate(flow, parameters, None).await?;
    verify_password(exchange, reply, &start, password).await
}

/// Answers PASSWORD_VERIFIER, if that is what the service asks for.
pub(super) async fn verify_password(
    mut exchange: Exchange,
    reply: Reply,
    start: &ClientStart,
    password: &Secret,
) -> Result<SignIn> {
    if reply.challenge != Some(Challenge::PasswordVerifier) {
        return exchange.advance(reply).await;
    }
    let user = reply.parameter("USER_ID_FOR_SRP")?;
    let identity = Identity::user(pool_name(exchange.client.pool_id()), user);
    let proof = proof(&exchange.client, start, &identity, password, &reply)?;
    // The name in the answer, and its hash, are those of the challenge (pycognito E14).
    exchange.username = reply.optional("USERNAME").unwrap_or(user).to_owned();
    let challenge = Challenge::PasswordVerifier;
    let next = exchange.respond(&challenge, reply.session(), proof).await?;
    exchange.advance(next).await
}

/// A fresh exchange.
pub(super) fn begin() -> Result<ClientStart> {
    let mut exponent = Zeroizing::new([0; EXPONENT_BYTES]);
    rand::fill(exponent.as_mut_slice())
        .map_err(|_| Error::Configuration("the system gives no random bytes"))?;
    ClientStart::new(exponent.as_slice()).map_err(|error| dishonest(&error))
}

/// The claim that proves a password to the server of a challenge.
fn proof(
    client: &Client,
    start: &ClientStart,
    identity: &Identity,
    password: &Secret,
    challenge: &Reply,
) -> Result<HashMap<String, String>> {
    let (salt, srp_b) = (challenge.parameter("SALT")?, challenge.parameter("SRP_B")?);
    let key =
        start.session_key(identity, password.expose(), salt, srp_b).map_err(|error| dishonest(&error))?;
    let block = challenge.parameter("SECRET_BLOCK")?;
    let bytes =
        STANDARD.decode(block).map_err(|_| Error::Protocol("SECRET_BLOCK is not base64".to_owned()))?;
    let now = client.service_now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let stamp = timestamp::format(i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    let signature = STANDARD.encode(key.claim_signature(identity, &bytes, &stamp));
    Ok(HashMap::from([
        ("PASSWORD_CLAIM_SECRET_BLOCK".to_owned(), block.to_owned()),
        ("PASSWORD_CLAIM_SIGNATURE".to_owned(), signature),
        ("TIMESTAMP".to_owned(), stamp),
    ]))
}

fn dishonest(error: &SrpError) -> Error {
    Error::Protocol(format!("SRP: {error}"))
}

/// Proves that this is a remembered device.
pub(super) struct DeviceProof {
    device: DeviceCredentials,
    start: ClientStart,
}

impl DeviceProof {
    pub(super) fn new(device: DeviceCredentials) -> Result<Self> {
        Ok(Self { device, start: begin()? })
    }

    /// DEVICE_SRP_AUTH, then DEVICE_PASSWORD_VERIFIER (authentication §12.4).
    pub(super) async fn prove(self, exchange: &mut Exchange, session: Option<&str>) -> Result<Reply> {
        let srp_a = HashMap::from([("SRP_A".to_owned(), self.start.srp_a())]);
        let reply = exchange.respond(&Challenge::DeviceSrpAuth, session, srp_a).await?;
        if reply.challenge != Some(Challenge::DevicePasswordVerifier) {
            return Ok(reply);
        }
        let identity = Identity::device(self.device.group_key(), self.device.key());
        let password = Secret::new(self.device.password());
        let proof = proof(&exchange.client, &self.start, &identity, &password, &reply)?;
        let challenge = Challenge::DevicePasswordVerifier;
        exchange.respond(&challenge, reply.session(), proof).await
    }
}
