//! AdminCreateUser: new users and repeated invitations (docs/cognito/users-and-groups.md §12.1).

use std::fmt;

use poolhouse_kernel::Fault;
use poolhouse_ports::{Medium, PoolId};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{
    AttributeType, AuthFactorType, DeliveryMediumType, MessageActionType, UserStatusType, UserType,
};

use super::attributes::{self, Author};
use super::password::{self, PasswordSource};
use super::{verifier, view};
use crate::codes::{self, Purpose};
use crate::directory::{edit, record};
use crate::messages::{self, Outgoing};
use crate::model::user::aliases_of;
use crate::model::{Pool, User, names};
use crate::triggers::pre_sign_up;
use crate::{Cx, pools, turns};

/// What an administrator asks for. Its `Debug` form shows neither password nor user.
#[derive(Default)]
pub struct Invitation<'a> {
    /// The user name, or the address that users of the pool sign in with.
    pub username: &'a str,
    /// Attributes of the new user.
    pub attributes: Vec<AttributeType>,
    /// The first password; absent or empty: one is generated.
    pub temporary_password: Option<&'a str>,
    /// Whether a verified address is taken from the user who holds it.
    pub force_alias: bool,
    /// `RESEND` repeats the invitation of a user who exists, `SUPPRESS` sends none.
    pub action: Option<MessageActionType>,
    /// Where the invitation goes; absent: SMS.
    pub media: Option<&'a [DeliveryMediumType]>,
}

impl fmt::Debug for Invitation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").field("action", &self.action).finish_non_exhaustive()
    }
}

/// Creates a user with a temporary password, or repeats its invitation.
///
/// # Errors
/// `UsernameExistsException`, `AliasExistsException`, `InvalidParameterException`,
/// `InvalidPasswordException`; of a repeated invitation `UserNotFoundException` and
/// `UnsupportedUserStateException`; `CodeDeliveryFailureException` when only the message failed; those of
/// PreSignUp.
pub async fn create(cx: &Cx, pool_id: &PoolId, wanted: Invitation<'_>) -> Result<UserType, Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    if wanted.action == Some(MessageActionType::Resend) {
        return resend(cx, &pool, &wanted).await;
    }
    let given = attributes::collect(wanted.attributes.clone());
    let given = given.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let mut user = record::draft(cx, &pool, wanted.username, given, UserStatusType::ForceChangePassword)?;
    attributes::check_new(&pool.schema, &user.attributes, Author::Admin)?;
    attributes::check_flags(&user.attributes)?;
    if let Some(name) = user.attributes.get("preferred_username") {
        names::check_free_name(&pool, name)?;
    }
    let Some(password) = temporary_password(cx, &pool, &wanted) else {
        user.status = UserStatusType::Confirmed;
        pre_sign_up::admin_create_user(cx, &pool, &user).await?;
        insert(cx, &pool, &user, wanted.force_alias, &[], |name| taken(&pool, name)).await?;
        return Ok(view::user_type(&user));
    };
    let media = media(&user, &wanted)?;
    let ready = verifier::prepare(cx, &pool, &user, &password, PasswordSource::AdminCreate).await?;
    ready.set(&mut user, cx.now)?;
    pre_sign_up::admin_create_user(cx, &pool, &user).await?;
    let invitations = invitations(cx, &pool, &user, &media, &password).await;
    insert(cx, &pool, &user, wanted.force_alias, &invitations, |name| taken(&pool, name)).await?;
    invite(cx, invitations)?;
    Ok(view::user_type(&user))
}

/// The password of the invitation: the given one or a generated one. None where users can sign in without
/// any and none is given (authentication §10, documented).
fn temporary_password(cx: &Cx, pool: &Pool, wanted: &Invitation<'_>) -> Option<String> {
    match wanted.temporary_password {
        Some(password) if !password.is_empty() => Some(password.to_owned()),
        _ if signs_in_by_code(pool) => None,
        _ => Some(password::generate(&pool.password_policy(), cx.entropy())),
    }
}

/// Whether users of the pool can sign in with a one-time code alone.
pub(crate) fn signs_in_by_code(pool: &Pool) -> bool {
    [AuthFactorType::EmailOtp, AuthFactorType::SmsOtp].iter().any(|factor| pool.allows_first_factor(factor))
}

/// What is taken. A taken address is a taken user name where addresses are the names (users-and-groups §6,
/// observed).
fn taken(pool: &Pool, name: &str) -> Fault {
    if name == "username" || !pool.username_attributes().is_empty() {
        Fault::new(ErrorCode::UsernameExistsException, "User account already exists")
    } else {
        record::alias_exists(name)
    }
}

/// Writes a new user and the messages to them. `taken` is the fault of a name or alias that somebody else holds.
///
/// Repeats the write alone where the database asks for it: the trigger has judged already.
pub(super) async fn insert(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    force_alias: bool,
    invitations: &[Outgoing],
    taken: impl Fn(&str) -> Fault,
) -> Result<(), Fault> {
    let taken = &taken;
    cx.repeat(async || {
        let mut tx = cx.write().await?;
        if force_alias && pool.username_attributes().is_empty() {
            for (name, value) in aliases_of(pool, &user.attributes) {
                record::release_alias(&mut tx, cx, pool, name, &value).await?;
            }
        }
        record::insert(&mut tx, pool, user, taken).await?;
        for invitation in invitations {
            invitation.store(&mut tx, pool).await?;
        }
        Ok(tx.commit().await?)
    })
    .await
}

/// A new temporary password with a new window; attributes in the call do not count (users-and-groups
/// §12.1, inferred).
async fn resend(cx: &Cx, pool: &Pool, wanted: &Invitation<'_>) -> Result<UserType, Fault> {
    turns::at_user(cx, pool, wanted.username).await?;
    let user = record::get(&mut cx.read().await?, pool, wanted.username).await?;
    check_invited(&user, wanted.username)?;
    let password = temporary_password(cx, pool, wanted);
    let password = password.unwrap_or_else(|| password::generate(&pool.password_policy(), cx.entropy()));
    let media = media(&user, wanted)?;
    let ready = verifier::prepare(cx, pool, &user, &password, PasswordSource::AdminCreate).await?;
    let invitations = invitations(cx, pool, &user, &media, &password).await;
    let mut edit = edit(cx, pool, wanted.username).await?;
    check_invited(&edit.user, wanted.username)?;
    ready.set(&mut edit.user, cx.now)?;
    codes::withdraw(&mut edit.tx, pool, &edit.user.row.sub, Purpose::ForgotPassword).await?;
    for invitation in &invitations {
        invitation.store(&mut edit.tx, pool).await?;
    }
    let user = edit.commit(cx).await?;
    invite(cx, invitations)?;
    Ok(view::user_type(&user))
}

/// Where the invitation goes. By default to the telephone, if there is a number (users-and-groups §12.1).
fn media(user: &User, wanted: &Invitation<'_>) -> Result<Vec<Medium>, Fault> {
    let has = |attribute: &str| user.attributes.contains_key(attribute);
    if wanted.action == Some(MessageActionType::Suppress) {
        return Ok(Vec::new());
    }
    let named = wanted.media.unwrap_or_default();
    if named.is_empty() {
        return Ok(if has("phone_number") { vec![Medium::Sms] } else { Vec::new() });
    }
    let mut media = Vec::new();
    if named.contains(&DeliveryMediumType::Email) {
        if !has("email") {
            return Err(Fault::invalid_parameter("No email provided but desired delivery medium was Email"));
        }
        media.push(Medium::Email);
    }
    if named.contains(&DeliveryMediumType::Sms) {
        if !has("phone_number") {
            return Err(Fault::invalid_parameter(
                "No phone number provided but desired delivery medium was SMS",
            ));
        }
        media.push(Medium::Sms);
    }
    Ok(media)
}

async fn invitations(cx: &Cx, pool: &Pool, user: &User, media: &[Medium], password: &str) -> Vec<Outgoing> {
    let mut invitations = Vec::new();
    for medium in media {
        let invitation = messages::invitation(cx, pool, user, *medium, password);
        invitations.push(invitation.worded(cx, pool, user, None).await);
    }
    invitations
}

/// Sends the invitations on their way, after the commit: the user exists even if that fails (documented).
fn invite(cx: &Cx, invitations: Vec<Outgoing>) -> Result<(), Fault> {
    invitations.into_iter().try_for_each(|invitation| invitation.deliver(cx))
}

fn check_invited(user: &User, username: &str) -> Result<(), Fault> {
    if user.status == UserStatusType::ForceChangePassword {
        return Ok(());
    }
    Err(Fault::new(
        ErrorCode::UnsupportedUserStateException,
        format!("Resend not possible. {username} status is not FORCE_CHANGE_PASSWORD"),
    ))
}
