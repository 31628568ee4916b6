//! Users of another directory, brought in by the pool's UserMigration trigger
//! (docs/cognito/triggers-and-messages.md §8.9).

use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{DeliveryMediumType, MFAOptionType, UserStatusType};

use super::attributes::{self, Author};
use super::password::PasswordSource;
use super::{create, mfa, verifier};
use crate::Cx;
use crate::directory::record;
use crate::messages::{self, Outgoing};
use crate::model::{Client, Pool, User};
use crate::triggers::pre_sign_up;
use crate::triggers::user_migration::{self as trigger, Found};

/// What stands in a welcome instead of the password: that is the user's own, and not to be sent about (ours).
const HIDDEN: &str = "********";

/// Brings in the user who has forgotten the password, where nobody knows the name yet.
///
/// # Errors
/// The trigger's; those of a new user that the pool does not take.
pub(crate) async fn at_forgotten_password(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    name: &str,
) -> Result<(), Fault> {
    let is_known =
        async || Ok::<_, Fault>(record::find_for_sign_in(&mut cx.read().await?, pool, name).await?.is_some());
    if !trigger::is_configured(pool) || is_known().await? {
        return Ok(());
    }
    match trigger::at_forgotten_password(cx, pool, client, name).await? {
        Some(found) => bring_in(cx, pool, client, name, None, found).await,
        None => Ok(()),
    }
}

/// Makes a user of whoever was found, with the `password` that they sign in with; then the sign-in goes on as if the user
/// had existed.
///
/// # Errors
/// Those of a new user that the pool does not take.
pub(crate) async fn bring_in(
    cx: &Cx,
    pool: &Pool,
    client: &Client,
    name: &str,
    password: Option<&str>,
    mut found: Found,
) -> Result<(), Fault> {
    // Allowed where the name that was sent is an alias (documented).
    let own_name = found.attributes.remove("username");
    found.attributes.retain(|_, value| !value.is_empty());
    let status = if found.confirmed { UserStatusType::Confirmed } else { UserStatusType::ResetRequired };
    let given = std::mem::take(&mut found.attributes);
    let mut user = record::draft(cx, pool, own_name.as_deref().unwrap_or(name), given, status)?;
    attributes::check_new(&pool.schema, &user.attributes, Author::Admin)?;
    attributes::check_flags(&user.attributes)?;
    if found.sms_mfa && user.attributes.contains_key("phone_number") {
        mfa::set_options(
            &mut user,
            vec![MFAOptionType {
                delivery_medium: Some(DeliveryMediumType::Sms),
                attribute_name: Some("phone_number".to_owned()),
            }],
        )?;
    }
    pre_sign_up::migrated(cx, pool, &client.id, &user).await?;
    if let (true, Some(password)) = (found.confirmed, password) {
        let ready = verifier::prepare(cx, pool, &user, password, PasswordSource::Migration).await?;
        ready.set(&mut user, cx.now)?;
    }
    let mut welcomes = Vec::new();
    for medium in media(&user, &found) {
        let welcome = messages::invitation(cx, pool, &user, medium, HIDDEN);
        welcomes.push(welcome.worded(cx, pool, &user, Some(&client.id)).await);
    }
    if insert(cx, pool, &user, found.force_alias, &welcomes).await? {
        for welcome in welcomes {
            // The user is there; that the message has no way is no matter of the sign-in.
            let _ = welcome.deliver(cx);
        }
    }
    Ok(())
}

/// Where the welcome goes: as the trigger says, as far as there is an address, or else to the telephone.
fn media(user: &User, found: &Found) -> Vec<Medium> {
    let named: &[DeliveryMediumType] =
        if found.media.is_empty() { &[DeliveryMediumType::Sms] } else { &found.media };
    let wanted = [
        (Medium::Email, DeliveryMediumType::Email, "email"),
        (Medium::Sms, DeliveryMediumType::Sms, "phone_number"),
    ];
    let wanted = wanted.into_iter().filter(|(_, medium, attribute)| {
        found.welcomed && named.contains(medium) && user.attributes.contains_key(*attribute)
    });
    wanted.map(|(medium, ..)| medium).collect()
}

/// False: another request was quicker to bring the user in.
async fn insert(
    cx: &Cx,
    pool: &Pool,
    user: &User,
    force_alias: bool,
    welcomes: &[Outgoing],
) -> Result<bool, Fault> {
    let taken = |name: &str| match name {
        "username" => Fault::bare(ErrorCode::UsernameExistsException),
        _ => record::alias_exists(name),
    };
    match create::insert(cx, pool, user, force_alias, welcomes, taken).await {
        Ok(()) => Ok(true),
        Err(fault) if fault.code() == ErrorCode::UsernameExistsException => {
            // Perhaps in a batch that is not on the disk yet: who reads next must find the user.
            cx.write().await?.commit().await?;
            Ok(false)
        }
        Err(fault) => Err(fault),
    }
}
