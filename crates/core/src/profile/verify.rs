//! GetUserAttributeVerificationCode and VerifyUserAttribute.

use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_store::{StoreError, Tx};
use poolhouse_wire::user_pools::CodeDeliveryDetailsType;

use crate::Cx;
use crate::codes::{self, Purpose, Try};
use crate::directory::record;
use crate::limits::hourly::{self, Limit};
use crate::messages::{Address, Occasion};
use crate::model::attributes::verified_flag;
use crate::model::{Pool, User};
use crate::tokens::access::{Authorized, Owner, authorize_unpaused};

/// Protocol §9, documented; VerifyUserAttribute's limit is that of its code.
const LIMIT: Limit = Limit { action: "get_verification_code", most: 5 };

/// Sends the code that verifies an address: the one that waits for it, if there is one, else the one in
/// force, verified or not and whether the pool verifies it of its own accord or not (users-and-groups §13,
/// observed).
///
/// # Errors
/// Those of the owner; `InvalidParameterException`, `LimitExceededException`,
/// `CodeDeliveryFailureException`.
pub async fn request_code(
    cx: &Cx,
    owner: Owner<'_>,
    attribute: &str,
) -> Result<CodeDeliveryDetailsType, Fault> {
    let Authorized { pool, client, user, .. } = authorize_unpaused(cx, owner).await?;
    let medium = medium_of(attribute)?;
    let address = current_address(&mut cx.read().await?, &pool, &user, medium).await?;
    let code = codes::for_attribute(cx, &pool, &user, Occasion::VerifyUserAttribute, &address);
    let code = code.worded(cx, &pool, &user, Some(&client.id)).await;
    let mut tx = cx.write().await?;
    let user = record::reread(&mut tx, &pool, &user).await?;
    if current_address(&mut tx, &pool, &user, medium).await? != address {
        return Err(StoreError::Retry.into());
    }
    hourly::count(&mut tx, cx, &pool.id, &user.row.sub, LIMIT).await?;
    code.store(&mut tx, &pool).await?;
    tx.commit().await?;
    code.deliver(cx)
}

/// The new address that waits for its code, where the pool verifies before an update; else the user's own.
async fn current_address(tx: &mut Tx, pool: &Pool, user: &User, medium: Medium) -> Result<Address, Fault> {
    let sent_to = codes::address_of(tx, pool, &user.row.sub, medium).await?;
    let waiting = sent_to.filter(|address| pool.verifies_before_update(address.attribute()));
    waiting.or_else(|| Address::of(user, medium)).ok_or_else(|| no_address(medium))
}

/// Takes the code of an address: what waited for it comes into force, and the address is verified.
///
/// When another user holds the address, nothing changes and the code stays good.
///
/// # Errors
/// Those of the owner; `InvalidParameterException`, `CodeMismatchException`,
/// `ExpiredCodeException`, `LimitExceededException`, `AliasExistsException`.
pub async fn verify_attribute(cx: &Cx, owner: Owner<'_>, attribute: &str, code: &str) -> Result<(), Fault> {
    let Authorized { pool, client, user, .. } = authorize_unpaused(cx, owner).await?;
    let tried = Try { purpose: Purpose::Verify(medium_of(attribute)?), code, client: &client, event: None };
    let (mut tx, code) = codes::check(cx, &pool, &user.row.sub, tried).await?;
    let user = record::by_sub(&mut tx, &pool, &user.row.sub).await?;
    let mut user = user.ok_or(StoreError::Retry)?;
    let (Some(flag), Some(address)) = (verified_flag(attribute), &code.value) else {
        return Err(codes::expired());
    };
    // The code proves the address that it was sent to, and no other.
    if user.attributes.get(attribute) != Some(address) && !pool.verifies_before_update(attribute) {
        return Err(codes::expired());
    }
    user.attributes.insert(attribute.to_owned(), address.clone());
    user.attributes.insert(flag.to_owned(), "true".to_owned());
    codes::use_up(&mut tx, &code).await?;
    record::save(&mut tx, &pool, &mut user, cx.now).await?;
    Ok(tx.commit().await?)
}

fn medium_of(attribute: &str) -> Result<Medium, Fault> {
    match attribute {
        "email" => Ok(Medium::Email),
        "phone_number" => Ok(Medium::Sms),
        _ => Err(Fault::invalid_parameter(
            "Invalid attribute name. Only phone_number and email can be verified.",
        )),
    }
}

fn no_address(medium: Medium) -> Fault {
    Fault::invalid_parameter(match medium {
        Medium::Email => "User does not have a valid registered email address",
        Medium::Sms => "User does not have a valid registered phone number",
    })
}
