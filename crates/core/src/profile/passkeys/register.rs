//! StartWebAuthnRegistration and CompleteWebAuthnRegistration (docs/cognito/authentication.md §13.4).
//!
//! The state between the two calls travels in the challenge, sealed; the server remembers nothing.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_crypto::webauthn::{self, ES256, Expected, RS256, Registered};
use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, Sub, Timestamp};
use poolhouse_store::tables::passkeys::{self as table, After, Passkey};
use poolhouse_store::tables::{Insert, spent};
use poolhouse_wire::ErrorCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Cx;
use crate::model::Pool;
use crate::passkeys::{
    BROWSER_TIMEOUT, LIMIT, RelyingParty, challenge_not_found, malformed, refused, user_handle,
};
use crate::tokens::access::{Authorized, Owner, authorize, authorize_guarded};
use crate::users::view::shown_name;

/// What a challenge is sealed as.
const KIND: &str = "passkey_registration";

/// How long a challenge may be answered, in seconds: longer than the browser waits.
const CHALLENGE_SECONDS: i64 = 5 * 60;

/// The transports that Web Authentication names.
const TRANSPORTS: [&str; 7] = ["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"];

/// What a challenge says.
#[derive(Serialize, Deserialize)]
struct Pending {
    /// By which it is answered once.
    id: String,
    client_id: ClientId,
    sub: Sub,
    expires_at: Timestamp,
}

/// The options with which a browser makes a passkey: a `PublicKeyCredentialCreationOptionsJSON`.
///
/// # Errors
/// Those of the owner; `WebAuthnNotEnabledException`, `WebAuthnConfigurationMissingException`.
pub async fn start(cx: &Cx, owner: Owner<'_>) -> Result<Value, Fault> {
    let authorized = authorize(cx, owner).await?;
    authorized.check_guarded(cx)?;
    let Authorized { pool, client, user, .. } = authorized;
    let rp = RelyingParty::of(cx, &pool)?;
    let pending = Pending {
        id: cx.entropy().uuid().to_string(),
        client_id: client.id.clone(),
        sub: user.row.sub.clone(),
        expires_at: cx.now.plus_seconds(CHALLENGE_SECONDS),
    };
    let mut tx = cx.read().await?;
    let known = table::list_after(&mut tx, &pool.id, &user.row.sub, After::START, LIMIT).await?;
    drop(tx);
    let exclude: Vec<Value> =
        known.iter().map(|key| json!({ "type": "public-key", "id": key.credential_id })).collect();
    let algorithms = [ES256, RS256].map(|alg| json!({ "type": "public-key", "alg": alg }));
    let name = shown_name(&pool, &user);
    Ok(json!({
        "rp": { "id": rp.id, "name": rp.id },
        "user": { "id": user_handle(&user), "name": name, "displayName": name },
        "challenge": pool.keys.seal_token(KIND, &pending)?,
        "pubKeyCredParams": algorithms,
        "timeout": BROWSER_TIMEOUT,
        "excludeCredentials": exclude,
        "authenticatorSelection": {
            "requireResidentKey": true,
            "residentKey": "required",
            "userVerification": rp.verification.as_str(),
        },
    }))
}

/// A `RegistrationResponseJSON`, as far as it is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    id: String,
    raw_id: String,
    r#type: String,
    authenticator_attachment: Option<String>,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    attestation_object: String,
    #[serde(default)]
    transports: Vec<String>,
}

/// Registers the passkey that a browser made with the options of [`start`]; `credential` is its answer, JSON as text.
///
/// # Errors
/// Those of the owner; `WebAuthnNotEnabledException`, `WebAuthnConfigurationMissingException`,
/// `WebAuthnChallengeNotFoundException`, `WebAuthnClientMismatchException`,
/// `WebAuthnRelyingPartyMismatchException`, `WebAuthnOriginNotAllowedException`,
/// `WebAuthnCredentialNotSupportedException`, `InvalidParameterException`, `LimitExceededException`.
pub async fn complete(cx: &Cx, owner: Owner<'_>, credential: &str) -> Result<(), Fault> {
    let Authorized { pool, client, user, .. } = authorize_guarded(cx, owner).await?;
    let rp = RelyingParty::of(cx, &pool)?;
    let Answer { id, raw_id, r#type, authenticator_attachment, response } =
        serde_json::from_str(credential).map_err(|_| malformed())?;
    if r#type != "public-key" || id != raw_id {
        return Err(malformed());
    }
    let Response { client_data_json, attestation_object, mut transports } = response;
    let made = Made {
        rp_id: rp.id.clone().into_owned(),
        user_verification: rp.must_verify(),
        client_data_json,
        attestation_object,
    };
    let (now, sub, client_id) = (cx.now, user.row.sub.clone(), client.id.clone());
    let (pending, made) = {
        let pool = Arc::clone(&pool);
        cx.crypto(move || made.check(&pool, now, &sub, &client_id)).await??
    };
    let credential_id = URL_SAFE_NO_PAD.encode(&made.credential_id);
    if id != credential_id {
        return Err(malformed());
    }
    let attachment =
        authenticator_attachment.filter(|a| ["platform", "cross-platform"].contains(&a.as_str()));
    transports.retain(|transport| TRANSPORTS.contains(&transport.as_str()));
    transports.sort_unstable();
    transports.dedup();
    let passkey = Passkey {
        pool_id: pool.id.clone(),
        credential_id,
        sub: user.row.sub,
        rp_id: rp.id.clone().into_owned(),
        public_key: made.public_key,
        sign_count: made.sign_count,
        attachment,
        transports: serde_json::to_string(&transports).map_err(Fault::internal)?,
        created_at: cx.now,
    };
    store(cx, &pending, &passkey).await
}

/// What a browser made, and for whom it should have.
struct Made {
    rp_id: String,
    user_verification: bool,
    client_data_json: String,
    attestation_object: String,
}

impl Made {
    /// Whether it answers a registration that `sub` began with the client `client_id`: the registration, and the
    /// new credential.
    fn check(
        &self,
        pool: &Pool,
        now: Timestamp,
        sub: &Sub,
        client_id: &ClientId,
    ) -> Result<(Pending, Registered), Fault> {
        let client_data = decode(&self.client_data_json)?;
        let challenge = webauthn::claimed_challenge(&client_data).map_err(refused)?;
        let pending: Option<Pending> = pool.keys.open_token(KIND, &URL_SAFE_NO_PAD.encode(&challenge));
        let pending = pending
            .filter(|pending| pending.sub == *sub && now < pending.expires_at)
            .ok_or_else(challenge_not_found)?;
        if pending.client_id != *client_id {
            return Err(Fault::new(
                ErrorCode::WebAuthnClientMismatchException,
                "The registration was started with another app client.",
            ));
        }
        let attestation = decode(&self.attestation_object)?;
        let expected =
            Expected { challenge: &challenge, rp_id: &self.rp_id, user_verification: self.user_verification };
        let made = webauthn::register(&expected, &client_data, &attestation).map_err(refused)?;
        Ok((pending, made))
    }
}

async fn store(cx: &Cx, pending: &Pending, passkey: &Passkey) -> Result<(), Fault> {
    let mark = format!("{KIND}/{}", pending.id);
    let mut tx = cx.write().await?;
    if spent::insert(&mut tx, &passkey.pool_id, &mark, pending.expires_at).await? == Insert::Exists {
        return Err(challenge_not_found());
    }
    let known = table::list_after(&mut tx, &passkey.pool_id, &passkey.sub, After::START, LIMIT).await?;
    if known.len() >= usize::try_from(LIMIT).unwrap_or(usize::MAX) {
        return Err(Fault::limit_exceeded("User has reached the limit of passkeys."));
    }
    if table::insert(&mut tx, passkey).await? == Insert::Exists {
        return Err(Fault::invalid_parameter("The passkey is registered already."));
    }
    Ok(tx.commit().await?)
}

fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Pending>("passkey_registration");
        crate::model::stored::check::<Vec<String>>("passkey_transports");
    }
}
