//! ResendConfirmationCode.

use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::{CodeDeliveryDetailsType, EventResponseType, EventType, UserStatusType};

use super::{Named, address_to_verify};
use crate::directory::record;
use crate::limits::hourly::{self, Limit};
use crate::messages::{self, Address, Occasion, Pretended};
use crate::model::{Pool, User};
use crate::threat::events;
use crate::{Cx, codes, faults, nobody, turns};

/// Protocol §9, documented.
const LIMIT: Limit = Limit { action: "resend_confirmation_code", most: 5 };

/// Sends a new code to a user who signed up; the one before is no longer good.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `UserNotFoundException`,
/// `InvalidParameterException`, `LimitExceededException`, `CodeDeliveryFailureException`.
pub async fn resend(cx: &Cx, named: Named<'_>) -> Result<CodeDeliveryDetailsType, Fault> {
    let (pool, client) = named.proven_client(cx).await?;
    let Named { client_id, username, .. } = named;
    let found = nobody::find_named(cx, &pool, username).await?;
    let Some((user, address)) = nobody::hide(&client, to_confirm(&pool, found))? else {
        return pretend(cx, &pool, username).await;
    };
    hourly::check(&mut cx.read().await?, cx, &pool.id, &user.row.sub, LIMIT).await?;
    let code = codes::for_sign_up(cx, &pool, client_id, &user, Occasion::ResendCode, &address);
    let code = code.worded_for(cx, &pool, &user, &client).await;
    // Not before: others wait in this line, and functions take their time.
    turns::at_name(cx, &pool, username).await?;
    let mut tx = cx.write().await?;
    record::check_unchanged(&mut tx, &pool, &user).await?;
    hourly::count(&mut tx, cx, &pool.id, &user.row.sub, LIMIT).await?;
    code.store(&mut tx, &pool).await?;
    let sent = events::Noted { kind: EventType::ResendCode, response: EventResponseType::Pass };
    events::note(&mut tx, cx, &pool, &client, &user.row.sub, sent).await?;
    tx.commit().await?;
    code.deliver(cx)
}

/// Answers for a user who does not exist as for one who does, the limit included (users-and-groups §15).
async fn pretend(cx: &Cx, pool: &Pool, username: &str) -> Result<CodeDeliveryDetailsType, Fault> {
    // triggers-and-messages §12, ours: e-mail where the pool verifies it.
    let media = [Medium::Email, Medium::Sms].into_iter();
    let media: Vec<_> = media.filter(|m| pool.auto_verifies(messages::attribute_of(*m))).collect();
    if media.is_empty() {
        return Err(not_verified());
    }
    messages::send_code(cx, pool, username, Pretended::new(pool, username, &media), LIMIT).await
}

/// A user who signed up, and the address that is to be verified.
fn to_confirm(pool: &Pool, found: Option<User>) -> Result<(User, Address), Fault> {
    let user = found.ok_or_else(faults::username_client_not_found)?;
    if user.status != UserStatusType::Unconfirmed {
        return Err(Fault::invalid_parameter("User is already confirmed."));
    }
    let address = address_to_verify(pool, &user).ok_or_else(not_verified)?;
    Ok((user, address))
}

/// The pool verifies no address that the user has (users-and-groups §11.3, observed).
fn not_verified() -> Fault {
    Fault::not_authorized("Cannot resend codes. Auto verification not turned on.")
}
