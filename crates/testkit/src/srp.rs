//! The client's half of an SRP sign-in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use poolhouse_crypto::srp::{ClientStart, Identity, pool_name};
use poolhouse_crypto::timestamp;
use poolhouse_ports::Timestamp;
use serde_json::{Value, json};

/// Signs in to one pool as an SDK does.
#[derive(Debug)]
pub struct SrpClient {
    pool: String,
    start: ClientStart,
}

impl SrpClient {
    /// Begins an exchange with a pool; always with the same secret exponent.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn new(pool: &str) -> Self {
        Self { pool: pool.to_owned(), start: ClientStart::new(&[0x5a; 32]).unwrap() }
    }

    /// `SRP_A`.
    pub fn srp_a(&self) -> String {
        self.start.srp_a()
    }

    /// The `ChallengeResponses` for the parameters of a PASSWORD_VERIFIER challenge.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn answer(&self, challenge: &Value, password: &str, now: Timestamp) -> Value {
        let user = challenge["USER_ID_FOR_SRP"].as_str().expect("USER_ID_FOR_SRP");
        self.proof(challenge, &Identity::user(pool_name(&self.pool), user), password, now)
    }

    /// The same for a DEVICE_PASSWORD_VERIFIER challenge, of a device of this group.
    #[expect(clippy::missing_panics_doc, reason = "a test kit fails by panicking")]
    pub fn device_answer(&self, challenge: &Value, group: &str, password: &str, now: Timestamp) -> Value {
        let device = challenge["DEVICE_KEY"].as_str().expect("DEVICE_KEY");
        let mut responses = self.proof(challenge, &Identity::device(group, device), password, now);
        responses["DEVICE_KEY"] = challenge["DEVICE_KEY"].clone();
        responses
    }

    fn proof(&self, challenge: &Value, identity: &Identity, password: &str, now: Timestamp) -> Value {
        let text = |name: &str| challenge[name].as_str().unwrap_or_else(|| panic!("{name} in {challenge}"));
        let key = self.start.session_key(identity, password, text("SALT"), text("SRP_B")).unwrap();
        let block = STANDARD.decode(text("SECRET_BLOCK")).unwrap();
        let stamp = timestamp::format(now.seconds());
        let signature = STANDARD.encode(key.claim_signature(identity, &block, &stamp));
        json!({
            "USERNAME": text("USERNAME"),
            "PASSWORD_CLAIM_SECRET_BLOCK": text("SECRET_BLOCK"),
            "PASSWORD_CLAIM_SIGNATURE": signature,
            "TIMESTAMP": stamp,
        })
    }
}
