//! The server's half of an SRP exchange, of users and of devices (docs/cognito/authentication.md §8).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_crypto::srp::{ClientPublic, Identity, ServerStart, SrpError, Verifier};
use poolhouse_crypto::timestamp::{self, TimestampError};
use poolhouse_kernel::Fault;
use serde::{Deserialize, Serialize};

use crate::signin::parameters::Parameters;
use crate::{Cx, faults};

/// How far a client's clock may be off, in seconds: generously, because the block says how fresh a claim is
/// (docs/decisions/0025-the-block-says-how-fresh-a-claim-is.md).
const CLOCK_TOLERANCE: i64 = 24 * 60 * 60;

/// What is remembered from the first step to the second: [`ServerStart`] in base64. To be sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Exchange(String);

impl Exchange {
    /// Begins an exchange; the second value is `SRP_B`.
    pub(super) async fn begin(
        cx: &Cx,
        verifier: Verifier,
        srp_a: ClientPublic,
    ) -> Result<(Self, String), Fault> {
        let entropy = cx.entropy().clone();
        let made = cx
            .traced_crypto("password", move || {
                loop {
                    match ServerStart::new(&verifier, &srp_a, entropy.bytes()) {
                        Err(SrpError::Degenerate) => {}
                        made => return made,
                    }
                }
            })
            .await?;
        let (exchange, srp_b) = made.map_err(Fault::internal)?;
        Ok((Self(STANDARD.encode(exchange.to_bytes())), srp_b))
    }
}

/// `SRP_A` of a request.
///
/// # Errors
/// `InvalidParameterException` (authentication §8.2; the text is open).
pub(super) fn srp_a(parameters: &Parameters) -> Result<ClientPublic, Fault> {
    let text = parameters.required("SRP_A")?;
    ClientPublic::parse(text).map_err(|_| Fault::invalid_parameter("Invalid SRP_A"))
}

/// The answer's proof, read but not believed.
pub(super) struct Claim<'a> {
    pub(super) secret_block: &'a str,
    block_bytes: Vec<u8>,
    signature: Vec<u8>,
    timestamp: &'a str,
    /// What the timestamp says, in seconds since 1970; `None` for a text that nobody's proof can cover.
    stamped_at: Option<i64>,
}

impl<'a> Claim<'a> {
    /// # Errors
    /// `InvalidParameterException` when something is missing or the timestamp has another form
    /// (authentication §8.3, observed), `NotAuthorizedException` for what is not base64.
    pub(super) fn read(responses: &'a Parameters) -> Result<Self, Fault> {
        let secret_block = responses.required("PASSWORD_CLAIM_SECRET_BLOCK")?;
        let signature = responses.required("PASSWORD_CLAIM_SIGNATURE")?;
        let timestamp = responses.required("TIMESTAMP")?;
        let stamped_at = match timestamp::parse(timestamp) {
            Ok(seconds) => Some(seconds),
            Err(TimestampError::Spelling) => None,
            Err(TimestampError::Form) => {
                return Err(Fault::invalid_parameter(
                    "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.",
                ));
            }
        };
        let decode = |text| STANDARD.decode(text).map_err(|_| faults::incorrect_username_or_password());
        Ok(Self {
            secret_block,
            block_bytes: decode(secret_block)?,
            signature: decode(signature)?,
            timestamp,
            stamped_at,
        })
    }

    /// The client stamped the claim by its own clock, so it is held against the clock outside.
    pub(super) fn check_timestamp(&self, cx: &Cx) -> Result<(), Fault> {
        let now = cx.outside_now().seconds();
        let is_near = |at: i64| (at - now).abs() <= CLOCK_TOLERANCE;
        if self.stamped_at.is_some_and(is_near) {
            Ok(())
        } else {
            Err(faults::incorrect_username_or_password())
        }
    }

    /// Whether it proves the password of `verifier`.
    pub(super) async fn proves(
        self,
        cx: &Cx,
        exchange: &Exchange,
        verifier: Verifier,
        identity: Identity,
    ) -> Result<bool, Fault> {
        let exchange = STANDARD.decode(&exchange.0).map_err(Fault::internal)?;
        let exchange = ServerStart::from_bytes(&exchange).map_err(Fault::internal)?;
        let (bytes, signature, timestamp) = (self.block_bytes, self.signature, self.timestamp.to_owned());
        cx.traced_crypto("password", move || {
            exchange.verify_claim(&verifier, &identity, &bytes, &timestamp, &signature)
        })
        .await
    }
}
