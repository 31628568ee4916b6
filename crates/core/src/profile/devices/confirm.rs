//! ConfirmDevice: a key that came with the tokens becomes a device (docs/cognito/authentication.md §12.5).

use poolhouse_crypto::srp::Verifier;
use poolhouse_kernel::Fault;
use poolhouse_ports::Timestamp;
use poolhouse_store::tables::devices::{self as table, Device};
use poolhouse_store::tables::{Insert, spent};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::DeviceSecretVerifierConfigType;

use crate::Cx;
use crate::devices::{asks_user, forgotten, place, tracking};
use crate::tokens::access::{Authorized, Owner, authorize_change};

/// What a client says of the device that it confirms.
#[derive(Clone, Debug)]
pub struct Confirmation {
    /// The key that it was given at sign-in.
    pub device_key: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// Salt and verifier of the device's password. Without them the device can never prove itself.
    pub secret: Option<DeviceSecretVerifierConfigType>,
}

/// Confirms the device that the access token was issued with. True when the user is still to say whether it
/// is to be remembered.
///
/// # Errors
/// Those of the owner; `InvalidParameterException` for another key or a verifier that cannot be one,
/// `DeviceKeyExistsException`.
pub async fn confirm(cx: &Cx, owner: Owner<'_>, given: Confirmation) -> Result<bool, Fault> {
    let Authorized { pool, user, device_key, .. } = authorize_change(cx, owner).await?;
    let Some(tracking) = tracking(&pool).filter(|_| device_key.as_ref() == Some(&given.device_key)) else {
        return Err(invalid_key());
    };
    let prompts = asks_user(tracking);
    let place = place(&user.row.sub, &given.device_key);
    let verifier = given.secret.as_ref().map(verifier).transpose()?;
    let mark = forgotten(&given.device_key);
    let device = Device {
        pool_id: pool.id.clone(),
        sub: user.row.sub,
        device_key: given.device_key,
        name: given.name,
        remembered: !prompts,
        created_at: cx.now,
        modified_at: cx.now,
        // Whole seconds (authentication §12.5, observed).
        authenticated_at: Timestamp::from_seconds(cx.now.seconds()),
        verifier: verifier.map(|v| pool.keys.seal(&place, &v.to_bytes())),
        waiting: None,
    };
    let mut tx = cx.write().await?;
    if spent::contains(&mut tx, &pool.id, &mark).await? {
        return Err(invalid_key());
    }
    if table::insert(&mut tx, &device).await? == Insert::Exists {
        // Open (authentication §12.5).
        return Err(Fault::new(ErrorCode::DeviceKeyExistsException, "Device key already exists."));
    }
    tx.commit().await?;
    Ok(prompts)
}

/// Open (authentication §8.7).
fn verifier(given: &DeviceSecretVerifierConfigType) -> Result<Verifier, Fault> {
    let DeviceSecretVerifierConfigType { password_verifier: Some(verifier), salt: Some(salt) } = given else {
        return Err(Fault::invalid_parameter("Invalid device secret verifier"));
    };
    Verifier::from_device_config(verifier, salt)
        .map_err(|_| Fault::invalid_parameter("Invalid device secret verifier"))
}

/// Authentication §12.5, observed.
fn invalid_key() -> Fault {
    Fault::invalid_parameter("Invalid device key given.")
}
