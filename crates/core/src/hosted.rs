//! What the pages of a domain need to know of a pool and one of its clients, and how what is on its way from one page to
//! the next is sealed.

use poolhouse_kernel::Fault;
use poolhouse_ports::{ClientId, PoolId};
use poolhouse_store::tables::idp_identifiers;
use poolhouse_wire::ErrorCode;
use poolhouse_wire::user_pools::{
    AliasAttributeType, AttributeDataType, AuthFactorType, ExplicitAuthFlowsType, PasswordPolicyType,
    UsernameAttributeType,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{Client, Pool};
use crate::users::create::signs_in_by_code;
use crate::{Cx, clients, pools, recovery};

/// What pages ask, and what they leave out.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What people call the pool.
    pub pool_name: String,
    /// Whether the pool's own users may come to the client.
    pub local: bool,
    /// By which identity providers users may come to the client, in its order.
    pub providers: Vec<String>,
    /// What users may sign in by.
    pub names: Names,
    /// What users sign up with: their name, unless it is an address.
    pub own_names: Names,
    /// How a sign-in begins where pages can choose.
    pub first: First,
    /// Whether a passkey may be what it begins with.
    pub passkeys: bool,
    /// Whether people may sign up.
    pub may_sign_up: bool,
    /// Whether one may sign up without a password.
    pub without_password: bool,
    /// Whether users can set a forgotten password anew by themselves.
    pub may_recover: bool,
    /// What a password needs.
    pub password: PasswordPolicyType,
    /// What is asked of a new user beside the name.
    pub attributes: Vec<Attribute>,
}

/// How a sign-in begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// With the password.
    Password,
    /// With what the user chooses.
    Choice,
    /// With what the pool's functions ask: the client can do nothing else.
    Custom,
}

/// What users are called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// A name that they chose.
    pub username: bool,
    /// Their e-mail address.
    pub email: bool,
    /// Their telephone number.
    pub phone: bool,
}

/// An attribute that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Whether there is no user without it.
    pub required: bool,
    /// Whether it is a number.
    pub number: bool,
}

/// The facts for a client of the pool.
///
/// # Errors
/// `ResourceNotFoundException`, also for a client of another pool.
pub async fn facts(cx: &Cx, pool_id: &PoolId, client_id: &ClientId) -> Result<Facts, Fault> {
    let (pool, client) = clients::get(cx, client_id).await?;
    if pool.id != *pool_id {
        return Err(Fault::bare(ErrorCode::ResourceNotFoundException));
    }
    Ok(of(&pool, &client))
}

/// The identity provider of the client that this identifier belongs to, in whatever letter case a domain is written.
///
/// # Errors
/// `ResourceNotFoundException`, also for a client of another pool.
pub async fn provider_of(
    cx: &Cx,
    pool_id: &PoolId,
    client_id: &ClientId,
    identifier: &str,
) -> Result<Option<String>, Fault> {
    let (_, client) = clients::get(cx, client_id).await?;
    let mut tx = cx.read().await?;
    let exact = idp_identifiers::get(&mut tx, pool_id, identifier).await?;
    let found = match exact {
        Some(name) => Some(name),
        None => idp_identifiers::get(&mut tx, pool_id, &identifier.to_lowercase()).await?,
    };
    Ok(found.filter(|name| client.takes_provider(name)))
}

fn of(pool: &Pool, client: &Client) -> Facts {
    let offers = |factor| pool.allows_first_factor(&factor);
    let passkeys = offers(AuthFactorType::WebAuthn);
    let without_password = signs_in_by_code(pool);
    Facts {
        pool_name: pool.name.clone(),
        local: client.takes_local_users(),
        providers: client.providers().map(ToOwned::to_owned).collect(),
        names: Names::of(pool),
        own_names: Names::own(pool),
        first: first(client, passkeys || without_password),
        passkeys,
        may_sign_up: !pool.admin_create_only(),
        without_password,
        may_recover: recovery::is_offered(pool),
        password: pool.password_policy(),
        attributes: attributes(pool, client),
    }
}

fn first(client: &Client, chooses: bool) -> First {
    use ExplicitAuthFlowsType as Flow;
    let others = [
        Flow::AllowUserPasswordAuth,
        Flow::AllowAdminUserPasswordAuth,
        Flow::AllowUserSrpAuth,
        Flow::AllowUserAuth,
    ];
    match chooses {
        _ if client.allows(&Flow::AllowCustomAuth) && !others.iter().any(|flow| client.allows(flow)) => {
            First::Custom
        }
        true => First::Choice,
        false => First::Password,
    }
}

impl Names {
    /// What users may sign in by: an address, or a name and the aliases that are addresses.
    fn of(pool: &Pool) -> Self {
        let aliases = pool.alias_attributes();
        let own = Self::own(pool);
        Self {
            username: own.username,
            email: own.email || aliases.contains(&AliasAttributeType::Email),
            phone: own.phone || aliases.contains(&AliasAttributeType::PhoneNumber),
        }
    }

    fn own(pool: &Pool) -> Self {
        let addresses = pool.username_attributes();
        Self {
            username: addresses.is_empty(),
            email: addresses.contains(&UsernameAttributeType::Email),
            phone: addresses.contains(&UsernameAttributeType::PhoneNumber),
        }
    }
}

/// What is asked at sign-up: what every user must have, and the addresses that are verified, without which nobody could
/// confirm the account. An address that is the name is asked for as such.
fn attributes(pool: &Pool, client: &Client) -> Vec<Attribute> {
    let own = Names::own(pool);
    let is_name = |name: &str| own.email && name == "email" || own.phone && name == "phone_number";
    let mut names: Vec<&str> = pool.schema.required().collect();
    for address in ["email", "phone_number"] {
        if pool.auto_verifies(address) && !names.contains(&address) && client.may_write(address) {
            names.push(address);
        }
    }
    let attribute = |name: &str| Attribute {
        name: name.to_owned(),
        required: pool.schema.is_required(name),
        number: pool.schema.data_type(name) == Some(&AttributeDataType::Number),
    };
    // One address of two is enough where either is the name.
    names.into_iter().filter(|name| !is_name(name)).map(attribute).collect()
}

/// Seals what goes through a browser from one page to the next, as something of this `kind`.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn seal<T: Serialize>(cx: &Cx, pool_id: &PoolId, kind: &str, value: &T) -> Result<String, Fault> {
    pools::get(cx, pool_id).await?.keys.seal_token(kind, value)
}

/// Opens what [`seal`] closed for the same pool and `kind`; None for anything else.
///
/// # Errors
/// `ResourceNotFoundException`.
pub async fn open<T: DeserializeOwned>(
    cx: &Cx,
    pool_id: &PoolId,
    kind: &str,
    sealed: &str,
) -> Result<Option<T>, Fault> {
    Ok(pools::get(cx, pool_id).await?.keys.open_token(kind, sealed))
}
