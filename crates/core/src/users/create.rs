//! AdminCreateUser: new users and repeated invitations (spec/users-and-groups.md §12.1).

use poolhouse_wire::ErrorCode;
use poolhouse_wire::types::{
    AttributeType, AuthFactorType, DeliveryMediumType, MessageActionType, UserStatusType, UserType,
};

use super::attributes::{self, Author};
use super::password::{self, Occasion};
use super::record::{self, User};
use super::{verifier, view};
use crate::pools::Pool;
use crate::{Cx, Fault, pools};

/// What an administrator asks for.
#[derive(Debug, Default)]
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

/// Creates a user with a temporary password, or repeats its invitation.
///
/// # Errors
/// `UsernameExistsException`, `AliasExistsException`, `InvalidParameterException`,
/// `InvalidPasswordException`; of a repeated invitation `UserNotFoundException` and
/// `UnsupportedUserStateException`.
pub async fn create(cx: &Cx, pool_id: &str, wanted: Invitation<'_>) -> Result<UserType, Fault> {
    let pool = pools::get(cx, pool_id).await?;
    if wanted.action == Some(MessageActionType::Resend) {
        return resend(cx, &pool, &wanted).await;
    }
    let given = attributes::collect(wanted.attributes.clone());
    let given = given.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let mut user = record::draft(cx, &pool, wanted.username, given, UserStatusType::ForceChangePassword)?;
    attributes::check_new(&pool.schema, &user.attributes, Author::Admin)?;
    if let Some(password) = temporary_password(cx, &pool, &wanted) {
        let ready = verifier::prepare(cx, &pool, &user, &password, Occasion::AdminCreate).await?;
        ready.set(&mut user, cx.now)?;
    } else {
        user.status = UserStatusType::Confirmed;
    }
    insert(cx, &pool, &user, wanted.force_alias).await?;
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
    let policy = pool.settings.pool.policies.as_ref().and_then(|p| p.sign_in_policy.as_ref());
    let factors = policy.and_then(|p| p.allowed_first_auth_factors.as_deref()).unwrap_or_default();
    factors.iter().any(|f| matches!(f, AuthFactorType::EmailOtp | AuthFactorType::SmsOtp))
}

async fn insert(cx: &Cx, pool: &Pool, user: &User, force_alias: bool) -> Result<(), Fault> {
    // A taken address is a taken user name where addresses are the names (users-and-groups §6, observed).
    let taken = |name: &str| {
        if name == "username" || !pool.username_attributes().is_empty() {
            Fault::new(ErrorCode::UsernameExistsException, "User account already exists")
        } else {
            record::alias_exists(name)
        }
    };
    let mut tx = cx.write().await?;
    if force_alias && pool.username_attributes().is_empty() {
        for (name, value) in record::aliases_of(pool, &user.attributes) {
            record::release_alias(&mut tx, cx, pool, name, &value).await?;
        }
    }
    record::insert(&mut tx, pool, user, taken).await?;
    Ok(tx.commit().await?)
}

/// A new temporary password with a new window; attributes in the call do not count (users-and-groups
/// §12.1, inferred).
async fn resend(cx: &Cx, pool: &Pool, wanted: &Invitation<'_>) -> Result<UserType, Fault> {
    let user = record::get(&mut cx.read().await?, pool, wanted.username).await?;
    check_invited(&user, wanted.username)?;
    let password = temporary_password(cx, pool, wanted);
    let password = password.unwrap_or_else(|| password::generate(&pool.password_policy(), cx.entropy()));
    let ready = verifier::prepare(cx, pool, &user, &password, Occasion::AdminCreate).await?;
    let mut tx = cx.write().await?;
    let mut user = record::get(&mut tx, pool, wanted.username).await?;
    check_invited(&user, wanted.username)?;
    ready.set(&mut user, cx.now)?;
    record::update(&mut tx, &mut user, cx.now).await?;
    tx.commit().await?;
    Ok(view::user_type(&user))
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
