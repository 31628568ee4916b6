//! SignUp.

use std::fmt;

use poolhouse_kernel::Fault;
use poolhouse_ports::Sub;
use poolhouse_wire::user_pools::{
    AttributeType, CodeDeliveryDetailsType, EventFilterType, EventResponseType, EventType, UserStatusType,
};
use poolhouse_wire::{ErrorCode, Sensitive};

use super::{Named, address_to_verify};
use crate::codes::{self, NewCode};
use crate::directory::record;
use crate::messages::Occasion;
use crate::model::attributes::verified_flag;
use crate::model::user::aliases_of;
use crate::model::{Attributes, Client, Pool, User, names};
use crate::threat::{compromised, events};
use crate::triggers::post_confirmation;
use crate::triggers::pre_sign_up::{self, Decision};
use crate::users::attributes::{self, Author};
use crate::users::password::PasswordSource;
use crate::users::{create, verifier};
use crate::{Cx, signin};

/// What a new user gives. Its `Debug` form shows neither password nor attributes.
pub struct Registration<'a> {
    /// The name and the client.
    pub named: Named<'a>,
    /// The password; only pools with sign-in by code do without.
    pub password: Option<&'a str>,
    /// Attributes of the new user.
    pub attributes: Vec<AttributeType>,
}

impl fmt::Debug for Registration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("named", &self.named).finish_non_exhaustive()
    }
}

/// What became of a sign-up.
#[derive(Debug)]
pub struct SignedUp {
    /// The `sub` of the new user.
    pub sub: Sub,
    /// Whether the pool's trigger confirmed the user already.
    pub confirmed: bool,
    /// Where the confirmation code went; absent when no address is to be verified (users-and-groups §11.1,
    /// recorded).
    pub delivery: Option<CodeDeliveryDetailsType>,
    /// For ConfirmSignUp, where the client signs in by choice.
    pub session: Option<Sensitive>,
}

/// Makes an unconfirmed user and sends the code that confirms it, unless PreSignUp confirms the user. When the
/// message cannot be delivered the user stays, and ResendConfirmationCode repeats it.
///
/// # Errors
/// `ResourceNotFoundException`, `NotAuthorizedException`, `InvalidParameterException`,
/// `InvalidPasswordException`, `UsernameExistsException`, `CodeDeliveryFailureException`; those of PreSignUp,
/// and of PostConfirmation, after which the user stays.
pub async fn sign_up(cx: &Cx, wanted: Registration<'_>) -> Result<SignedUp, Fault> {
    let (pool, client) = wanted.named.proven_client(cx).await?;
    let Named { client_id, username, .. } = wanted.named;
    if pool.admin_create_only() {
        return Err(Fault::not_authorized("SignUp is not permitted for this user pool"));
    }
    let given = attributes::collect(wanted.attributes);
    let mut user = draft(cx, &pool, username, given)?;
    attributes::check_new(&pool.schema, &user.attributes, Author::User(&client))?;
    if let Some(name) = user.attributes.get("preferred_username") {
        names::check_free_name(&pool, name)?;
    }
    match wanted.password {
        Some(given) if !given.is_empty() => {
            let ready = verifier::prepare(cx, &pool, &user, given, PasswordSource::SignUp).await?;
            compromised::check_new(cx, &pool, &client, given, EventFilterType::SignUp).await?;
            ready.set(&mut user, cx.now)?;
        }
        _ if create::signs_in_by_code(&pool) => {}
        // users-and-groups §9, inferred
        _ => return Err(Fault::invalid_parameter("Password is required")),
    }
    let decision = pre_sign_up::sign_up(cx, &pool, client_id, &user).await?;
    add_verified_flags(&mut user.attributes, decision);
    if decision.confirm {
        user.status = UserStatusType::Confirmed;
    }
    let address = address_to_verify(&pool, &user).filter(|_| !decision.confirm);
    let code =
        address.map(|address| codes::for_sign_up(cx, &pool, client_id, &user, Occasion::SignUp, &address));
    let code = match code {
        Some(code) => Some(code.worded(cx, &pool, &user, Some(client_id)).await),
        None => None,
    };
    // The write alone is repeated where the database asks for it: the trigger has judged already.
    cx.repeat(|| insert(cx, &pool, &client, &user, decision, code.as_ref())).await?;
    if decision.confirm {
        post_confirmation::sign_up(cx, &pool, Some(client_id), &user).await?;
    }
    let delivery = code.map(|code| code.deliver(cx)).transpose()?;
    let session = signin::after_sign_up(cx, &pool, &client, &user)?;
    Ok(SignedUp { sub: user.row.sub, confirmed: decision.confirm, delivery, session })
}

/// An empty value is none (users-and-groups §7.4).
fn draft(cx: &Cx, pool: &Pool, username: &str, given: Attributes) -> Result<User, Fault> {
    let given = given.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    record::draft(cx, pool, username, given, UserStatusType::Unconfirmed)
}

/// A new address is an unverified one (users-and-groups §11.1, observed), unless the pool's trigger says
/// otherwise.
fn add_verified_flags(attributes: &mut Attributes, decision: Decision) {
    let flags: Vec<_> = attributes.keys().filter_map(|name| verified_flag(name)).collect();
    attributes.extend(flags.into_iter().map(|flag| (flag.to_owned(), decision.verifies(flag).to_string())));
}

/// Writes the new user and the code.
async fn insert(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    user: &User,
    decision: Decision,
    code: Option<&NewCode>,
) -> Result<(), Fault> {
    // users-and-groups §6, observed. SignUp declares no AliasExistsException.
    let taken = |name: &str| {
        let text = match name {
            "email" | "phone_number" => format!("An account with the given {name} already exists."),
            _ => "User already exists".to_owned(),
        };
        Fault::new(ErrorCode::UsernameExistsException, text)
    };
    let mut tx = cx.write().await?;
    if pool.username_attributes().is_empty() {
        // A verified address is taken from the user who holds it (triggers-and-messages §8.1, documented).
        for (name, value) in aliases_of(pool, &user.attributes) {
            if verified_flag(name).is_some_and(|flag| decision.verifies(flag)) {
                record::release_alias(&mut tx, cx, pool, name, &value).await?;
            }
        }
    }
    record::insert(&mut tx, pool, user, taken).await?;
    let signed_up = events::Noted { kind: EventType::SignUp, response: EventResponseType::Pass };
    events::note(&mut tx, cx, pool, client, &user.row.sub, signed_up).await?;
    if let Some(code) = code {
        code.store_first(&mut tx, pool).await?;
    }
    Ok(tx.commit().await?)
}
