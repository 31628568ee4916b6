//! Links between a provider's user and a user of the pool (docs/cognito/federation.md §8).

use poolhouse_kernel::Fault;
use poolhouse_ports::PoolId;
use poolhouse_store::Tx;
use poolhouse_store::tables::Insert;
use poolhouse_store::tables::linked_identities::{self as table, LinkedIdentity};
use poolhouse_wire::user_pools::{ProviderUserIdentifierType, UserStatusType};

use super::person::{self, SUBJECT, links_by_attributes};
use crate::directory::provider::find;
use crate::directory::record;
use crate::model::identities::{self, Identity};
use crate::model::provider::Provider;
use crate::model::{Pool, User};
use crate::{Cx, faults, pools, turns};

/// Identities linked to one user (protocol §9, documented).
const LINKS_PER_USER: usize = 5;

/// Attribute names by which users of one provider are linked (federation §8.1, documented).
const NAMES_PER_PROVIDER: usize = 5;

/// The pool itself, as a provider of users.
const LOCAL: &str = "Cognito";

/// Links `source`, a provider's user who has not signed in yet, to `destination`: from then on they are
/// one user.
///
/// # Errors
/// `InvalidParameterException`, `LimitExceededException`, `ResourceNotFoundException`,
/// `UserNotFoundException`.
pub async fn link(
    cx: &Cx,
    pool_id: &PoolId,
    destination: &ProviderUserIdentifierType,
    source: &ProviderUserIdentifierType,
) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let name = required(&source.provider_name, "SourceUser.ProviderName")?;
    let attribute = required(&source.provider_attribute_name, "SourceUser.ProviderAttributeName")?;
    let value = required(&source.provider_attribute_value, "SourceUser.ProviderAttributeValue")?;
    if is_local(name) {
        return Err(local_source());
    }
    let whom = required(&destination.provider_attribute_value, "DestinationUser.ProviderAttributeValue")?;
    turns::at_user(cx, &pool, whom).await?;
    let mut tx = cx.write().await?;
    let provider = find(&mut tx, &pool, name).await?.ok_or_else(|| {
        // The text is open (federation §8.1).
        Fault::not_found(format!("Identity provider {name} does not exist."))
    })?;
    check_attribute(&provider, attribute)?;
    let mut user = destination_user(&mut tx, &pool, destination).await?;
    check_not_signed_up(&mut tx, &pool, name, value).await?;
    check_names_in_use(&mut tx, &pool, &provider, attribute).await?;
    let held = table::list(&mut tx, pool_id, &user.row.sub).await?.len();
    let row = LinkedIdentity {
        pool_id: pool_id.to_owned(),
        provider_name: name.to_owned(),
        attribute_name: attribute.to_owned(),
        attribute_value: value.to_owned(),
        sub: user.row.sub.clone(),
        created_at: cx.now,
    };
    if table::insert(&mut tx, &row).await? == Insert::Exists {
        return Err(Fault::invalid_parameter("SourceUser is already linked to DestinationUser"));
    }
    if held >= LINKS_PER_USER {
        return Err(Fault::limit_exceeded("The user cannot have more than 5 linked identities."));
    }
    identities::add(&mut user.attributes, Identity::linked(name, &provider.kind, value, cx.now))?;
    record::update(&mut tx, &mut user, cx.now).await?;
    Ok(tx.commit().await?)
}

/// Ends a way to sign in: the password of a local user, or the link of a provider's user, who becomes a
/// user of its own at the next sign-in.
///
/// # Errors
/// `InvalidParameterException`, `UserNotFoundException`.
pub async fn unlink(cx: &Cx, pool_id: &PoolId, user: &ProviderUserIdentifierType) -> Result<(), Fault> {
    let pool = pools::get_to_change(cx, pool_id).await?;
    let name = required(&user.provider_name, "User.ProviderName")?;
    let attribute = required(&user.provider_attribute_name, "User.ProviderAttributeName")?;
    let value = required(&user.provider_attribute_value, "User.ProviderAttributeValue")?;
    turns::at_user(cx, &pool, value).await?;
    let mut tx = cx.write().await?;
    let mut user = if is_local(name) {
        let mut user = record::get(&mut tx, &pool, value).await?;
        remove_password(&mut user);
        user
    } else {
        let link = table::get(&mut tx, pool_id, name, attribute, value).await?;
        let link = link.ok_or_else(faults::user_not_found)?;
        table::delete(&mut tx, pool_id, name, attribute, value).await?;
        let user = record::by_sub(&mut tx, &pool, &link.sub).await?;
        let mut user = user.ok_or_else(faults::user_not_found)?;
        identities::remove(&mut user.attributes, name, value)?;
        user
    };
    record::update(&mut tx, &mut user, cx.now).await?;
    Ok(tx.commit().await?)
}

/// Leaves a user with providers as the only way in, like one whom a provider made: only an administrator
/// can set a password again (federation §6).
fn remove_password(user: &mut User) {
    user.row.verifier = None;
    user.row.imported_hash = None;
    user.row.password_history = None;
    user.row.password_set_at = None;
    user.row.password_version += 1;
    user.status = UserStatusType::ExternalProvider;
}

fn required<'a>(member: &'a Option<String>, name: &str) -> Result<&'a str, Fault> {
    let given = member.as_deref().filter(|value| !value.is_empty());
    given.ok_or_else(|| Fault::invalid_parameter(format!("{name} is required.")))
}

fn is_local(provider: &str) -> bool {
    provider.eq_ignore_ascii_case(LOCAL)
}

fn local_source() -> Fault {
    Fault::invalid_parameter(
        "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser",
    )
}

fn check_attribute(provider: &Provider, attribute: &str) -> Result<(), Fault> {
    let maps = links_by_attributes(&provider.kind) && provider.maps.attributes.contains_key(attribute);
    if attribute == SUBJECT || maps {
        return Ok(());
    }
    // The text is ours.
    Err(Fault::invalid_parameter(format!(
        "Invalid SourceUser: ProviderAttributeName {attribute} cannot be used with provider {}",
        provider.name
    )))
}

/// The user to be linked to: by user name, or by the subject of the provider that made it.
async fn destination_user(
    tx: &mut Tx,
    pool: &Pool,
    destination: &ProviderUserIdentifierType,
) -> Result<User, Fault> {
    let name = required(&destination.provider_name, "DestinationUser.ProviderName")?;
    let value = required(&destination.provider_attribute_value, "DestinationUser.ProviderAttributeValue")?;
    if is_local(name) {
        record::get(tx, pool, value).await
    } else {
        // Anybody may sign up under such a name.
        let user = record::by_username(tx, pool, &person::username(pool, name, value)).await?;
        match user {
            Some(user) if identities::is_made_by(&user.attributes, name, value)? => Ok(user),
            _ => Err(faults::user_not_found()),
        }
    }
}

/// One who has a user in the pool already cannot become another's (federation §8.1, observed).
async fn check_not_signed_up(tx: &mut Tx, pool: &Pool, provider: &str, subject: &str) -> Result<(), Fault> {
    match record::find_for_sign_in(tx, pool, &person::username(pool, provider, subject)).await? {
        None => Ok(()),
        Some(user) if user.status == UserStatusType::ExternalProvider => Err(Fault::invalid_parameter(
            "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
        )),
        Some(_) => Err(local_source()),
    }
}

async fn check_names_in_use(
    tx: &mut Tx,
    pool: &Pool,
    provider: &Provider,
    attribute: &str,
) -> Result<(), Fault> {
    let mut others = 0;
    for name in provider.maps.attributes.keys().map(String::as_str).chain([SUBJECT]) {
        if name != attribute && table::any_by_name(tx, &pool.id, &provider.name, name).await? {
            others += 1;
        }
    }
    if others < NAMES_PER_PROVIDER {
        return Ok(());
    }
    Err(Fault::limit_exceeded("Users of a provider cannot be linked by more than 5 different attributes."))
}

/// Whether a link is by the subject.
pub(crate) fn is_settled(link: &LinkedIdentity) -> bool {
    link.attribute_name == SUBJECT
}

/// Makes a link by an attribute one by the subject, once the provider's user has signed in: from then on it is that user
/// alone, whose attributes may change (federation §8.2, model).
pub(crate) async fn settle(tx: &mut Tx, link: LinkedIdentity, subject: &str) -> Result<(), Fault> {
    if is_settled(&link) {
        return Ok(());
    }
    table::delete(tx, &link.pool_id, &link.provider_name, &link.attribute_name, &link.attribute_value)
        .await?;
    let link =
        LinkedIdentity { attribute_name: SUBJECT.to_owned(), attribute_value: subject.to_owned(), ..link };
    // Another sign-in of the same user may have been quicker.
    let _ = table::insert(tx, &link).await?;
    Ok(())
}
