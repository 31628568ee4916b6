//! What a signed-in user sees of their own account at once, within what the client may read.

use poolhouse_kernel::Fault;
use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::{AttributeDataType, UserStatusType};

use crate::Cx;
use crate::devices::tracking;
use crate::messages::Address;
use crate::model::attributes::{is_true, verified_flag};
use crate::model::factors::Factor;
use crate::model::schema::VERIFIED_FLAGS;
use crate::model::{Client, Pool, User};
use crate::passkeys::RelyingParty;
use crate::sessions::record;
use crate::tokens::access::{Authorized, Owner, authorize};
use crate::users::view::shown_name;

/// Attributes that an account has room for where nobody has filled them in.
const USUAL: [&str; 3] = ["email", "name", "phone_number"];

/// An account as its owner sees it.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What the user is called: an address, where names are made up.
    pub name: String,
    /// The attributes that the client may read.
    pub attributes: Vec<OwnAttribute>,
    /// Whether there is a password.
    pub has_password: bool,
    /// Whether there may be one: who comes by a provider signs in there.
    pub may_have_password: bool,
    /// The second factors of the pool.
    pub factors: Vec<OwnFactor>,
    /// Whether users may have passkeys.
    pub has_passkeys: bool,
    /// Whether devices are remembered.
    pub has_devices: bool,
    /// Whether sessions are tracked.
    pub has_sessions: bool,
}

/// An attribute, and what its owner can do with it.
#[derive(Clone, Debug)]
pub struct OwnAttribute {
    /// Its name.
    pub name: String,
    /// Its value, where there is one.
    pub value: Option<String>,
    /// Whether the owner may change it through the client.
    pub writable: bool,
    /// Whether there must be a value.
    pub required: bool,
    /// Whether it is a number.
    pub number: bool,
    /// Whether it was proven to be the user's; None for what is no address.
    pub verified: Option<bool>,
}

/// A second factor, and what its owner can do with it.
#[derive(Clone, Debug)]
pub struct OwnFactor {
    /// Its name in the API.
    pub name: &'static str,
    /// Where its codes go, masked.
    pub destination: Option<String>,
    /// Whether the user has what it takes.
    pub has_means: bool,
    /// Whether it is on.
    pub is_on: bool,
    /// Whether it is asked for before others.
    pub is_preferred: bool,
}

/// The account of who asks.
///
/// # Errors
/// Those of the owner.
pub async fn overview(cx: &Cx, owner: Owner<'_>) -> Result<Overview, Fault> {
    let Authorized { pool, client, user, .. } = authorize(cx, owner).await?;
    Ok(Overview {
        name: shown_name(&pool, &user).to_owned(),
        attributes: attributes(&pool, &client, &user),
        has_password: user.row.verifier.is_some(),
        may_have_password: user.status != UserStatusType::ExternalProvider,
        factors: factors(&pool, &user),
        has_passkeys: RelyingParty::of(cx, &pool).is_ok(),
        has_devices: tracking(&pool).is_some(),
        has_sessions: record::is_on(&pool),
    })
}

/// Those with a value, and those that are usual or cannot be missing. Flags are told with their addresses.
fn attributes(pool: &Pool, client: &Client, user: &User) -> Vec<OwnAttribute> {
    let is_shown = |name: &&str| {
        let is_there = user.attributes.contains_key(*name)
            || pool.schema.is_required(name)
            || USUAL.contains(name)
            || name.starts_with("custom:");
        let is_own = !VERIFIED_FLAGS.contains(name) && !["sub", "identities", "updated_at"].contains(name);
        is_there && is_own && client.may_read(name) && !name.starts_with("dev:")
    };
    let shown = pool.schema.names().filter(is_shown).map(|name| {
        let value = user.attributes.get(name).cloned();
        let is_open = value.is_none() || pool.schema.is_mutable(name);
        let verified = verified_flag(name).filter(|_| value.is_some());
        OwnAttribute {
            name: name.to_owned(),
            writable: is_open && client.may_write_at_page(name),
            required: pool.schema.is_required(name),
            number: pool.schema.data_type(name) == Some(&AttributeDataType::Number),
            verified: verified.map(|flag| is_true(&user.attributes, flag)),
            value,
        }
    });
    // What is empty and cannot be filled tells nothing.
    shown.filter(|attribute| attribute.writable || attribute.value.is_some()).collect()
}

fn factors(pool: &Pool, user: &User) -> Vec<OwnFactor> {
    let destination = |factor| {
        let medium = match factor {
            Factor::Sms => Medium::Sms,
            Factor::Email => Medium::Email,
            Factor::SoftwareToken => return None,
        };
        Address::of(user, medium)?.details().destination
    };
    let offered = Factor::ALL.into_iter().filter(|factor| pool.offers_factor(*factor));
    let factor = |factor: Factor| OwnFactor {
        name: factor.as_str(),
        destination: destination(factor),
        has_means: user.has_means_for(factor),
        is_on: user.mfa.is_activated(factor),
        is_preferred: user.mfa.preferred() == Some(factor),
    };
    offered.map(factor).collect()
}
