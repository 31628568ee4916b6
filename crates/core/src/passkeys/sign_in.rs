//! Signing in with a passkey: what a browser is asked, and its proof (docs/cognito/authentication.md §13.4).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poolhouse_crypto::webauthn::{self, Credential, Expected};
use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_store::Tx;
use poolhouse_store::tables::passkeys::{self as table, After, Passkey};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{BROWSER_TIMEOUT, LIMIT, RelyingParty, user_handle};
use crate::model::{Pool, User};
use crate::{Cx, faults};

/// The longest proof that is looked at, as JSON: four times what its parts can be, for what browsers say beside.
const LONGEST_CREDENTIAL: usize = 32 * 1024;

/// Whether the user can sign in with a passkey as the pool is set.
pub(crate) async fn has_any(cx: &Cx, pool: &Pool, user: &User) -> Result<bool, Fault> {
    let Ok(rp) = RelyingParty::of(cx, pool) else { return Ok(false) };
    let known = of_user(cx, pool, &rp, &user.row.sub).await?;
    Ok(!known.is_empty())
}

/// The user's passkeys for the pool's relying party.
async fn of_user(cx: &Cx, pool: &Pool, rp: &RelyingParty<'_>, sub: &Sub) -> Result<Vec<Passkey>, Fault> {
    let mut known = table::list_after(&mut cx.read().await?, &pool.id, sub, After::START, LIMIT).await?;
    known.retain(|passkey| passkey.rp_id == rp.id);
    Ok(known)
}

/// A challenge to be signed with a passkey.
pub(crate) struct Request {
    /// `CREDENTIAL_REQUEST_OPTIONS`: JSON as text.
    pub(crate) options: String,
    /// The challenge, in base64url.
    pub(crate) challenge: String,
}

/// Asks for one of the passkeys of `sub`. Nobody's has a passkey, too, the same for the same `sub`: the answer
/// does not tell who exists.
///
/// # Errors
/// `WebAuthnNotEnabledException`, `WebAuthnConfigurationMissingException`.
pub(crate) async fn request(cx: &Cx, pool: &Pool, sub: &Sub) -> Result<Request, Fault> {
    let rp = RelyingParty::of(cx, pool)?;
    let mut allowed = Vec::new();
    for passkey in of_user(cx, pool, &rp, sub).await? {
        let transports: Value = serde_json::from_str(&passkey.transports).map_err(Fault::internal)?;
        allowed.push(json!({ "id": passkey.credential_id, "type": "public-key", "transports": transports }));
    }
    if allowed.is_empty() {
        let id = URL_SAFE_NO_PAD.encode(pool.keys.hash("stand_in_passkey", sub));
        allowed.push(json!({ "id": id, "type": "public-key", "transports": ["hybrid", "internal"] }));
    }
    Ok(Request::new(cx, &rp, &allowed))
}

/// Asks for a passkey of whoever it is.
///
/// # Errors
/// `WebAuthnNotEnabledException`, `WebAuthnConfigurationMissingException`.
pub(crate) fn request_of_anybody(cx: &Cx, pool: &Pool) -> Result<Request, Fault> {
    Ok(Request::new(cx, &RelyingParty::of(cx, pool)?, &[]))
}

impl Request {
    fn new(cx: &Cx, rp: &RelyingParty<'_>, allowed: &[Value]) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(cx.entropy().bytes::<32>());
        let options = json!({
            "challenge": challenge,
            "timeout": BROWSER_TIMEOUT,
            "rpId": rp.id,
            "allowCredentials": allowed,
            "userVerification": rp.verification.as_str(),
        });
        Self { options: options.to_string(), challenge }
    }
}

/// Whose passkey `credential` says to be used: nothing of it is proven yet. A passkey that nobody asked for by name must
/// tell its user.
pub(crate) async fn claimed_owner(cx: &Cx, pool: &Pool, credential: &str) -> Result<Option<Sub>, Fault> {
    if credential.len() > LONGEST_CREDENTIAL {
        return Ok(None);
    }
    let Ok(Answer { id, response }) = serde_json::from_str(credential) else { return Ok(None) };
    if response.user_handle.is_none() {
        return Ok(None);
    }
    let passkey = table::get(&mut cx.read().await?, &pool.id, &id).await?;
    Ok(passkey.map(|passkey| passkey.sub))
}

/// An `AuthenticationResponseJSON`, as far as it is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    id: String,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    authenticator_data: String,
    signature: String,
    user_handle: Option<String>,
}

/// A passkey that proved itself; its counter is still to be kept.
pub(crate) struct Used {
    passkey: Passkey,
    sign_count: u32,
}

impl Used {
    /// Whether the device itself keeps it.
    pub(crate) fn is_of_device(&self) -> bool {
        self.passkey.attachment.as_deref() == Some("platform")
    }

    /// Keeps the counter; the caller commits.
    ///
    /// # Errors
    /// `NotAuthorizedException` when it moved in the meantime: of two proofs at the same time one counts.
    pub(crate) async fn keep(&self, tx: &mut Tx) -> Result<(), Fault> {
        let Passkey { pool_id, credential_id, sign_count, .. } = &self.passkey;
        if table::set_sign_count(tx, pool_id, credential_id, *sign_count, self.sign_count).await? {
            Ok(())
        } else {
            Err(faults::incorrect_username_or_password())
        }
    }
}

/// The passkey of `user` with which `credential` proves that it answers `challenge`; `None` when it does not,
/// for whatever reason.
pub(crate) async fn prove(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    challenge: &str,
    credential: &str,
) -> Result<Option<Used>, Fault> {
    let rp = RelyingParty::of(cx, pool)?;
    if credential.len() > LONGEST_CREDENTIAL {
        return Ok(None);
    }
    let Ok(Answer { id, response }) = serde_json::from_str(credential) else { return Ok(None) };
    let passkey = table::get(&mut cx.read().await?, &pool.id, &id).await?;
    let own = passkey.filter(|passkey| passkey.sub == user.row.sub && passkey.rp_id == rp.id);
    let handle_fits = response.user_handle.is_none_or(|handle| handle == user_handle(user));
    let Some(passkey) = own.filter(|_| handle_fits) else { return Ok(None) };
    let (rp_id, user_verification) = (rp.id.clone().into_owned(), rp.must_verify());
    let challenge = challenge.to_owned();
    cx.crypto(move || {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let challenge = decode(&challenge)?;
        let client_data = decode(&response.client_data_json)?;
        let (data, signature) = (decode(&response.authenticator_data)?, decode(&response.signature)?);
        let expected = Expected { challenge: &challenge, rp_id: &rp_id, user_verification };
        let known = Credential { public_key: &passkey.public_key, sign_count: passkey.sign_count };
        let proof = webauthn::assert(&expected, &known, &client_data, &data, &signature);
        proof.ok().map(|proof| Used { sign_count: proof.sign_count, passkey })
    })
    .await
}
