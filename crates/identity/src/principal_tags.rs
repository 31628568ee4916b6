//! Attributes for access control: claims that become tags of sessions (identity-pools-and-iam §2, §7).

use std::collections::{BTreeMap, BTreeSet};

use poolhouse_core::Cx;
use poolhouse_kernel::Fault;
use poolhouse_ports::IdentityPoolId;

use crate::changes::PoolChange;
use crate::logins::Login;
use crate::record::{self, Config, Pool, TagMap};
use crate::{faults, role_choice};

/// Keys and values of a map together (documented).
const LONGEST: usize = 460;

/// The longest value of a tag (model).
const LONGEST_VALUE: usize = 256;

/// The map of a provider.
#[derive(Debug)]
pub struct Map {
    /// Whether it is the usual one.
    pub defaults: bool,
    /// Names of claims by keys of tags.
    pub tags: BTreeMap<String, String>,
}

/// Sets the map of a provider: the usual one, this one, or none.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`.
pub async fn set(
    cx: &Cx,
    id: &IdentityPoolId,
    provider: &str,
    defaults: bool,
    given: BTreeMap<String, String>,
) -> Result<Map, Fault> {
    check(&given)?;
    let mut change = PoolChange::begin(cx, id).await?;
    check_provider(&change.pool.config, provider)?;
    let tags = if defaults { usual() } else { given };
    let maps = &mut change.pool.config.tag_maps;
    if tags.is_empty() {
        maps.remove(provider);
    } else {
        maps.insert(provider.to_owned(), TagMap { defaults, tags: tags.clone() });
    }
    change.commit().await?;
    Ok(Map { defaults, tags })
}

/// The map of a provider.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidParameterException`.
pub async fn get(cx: &Cx, id: &IdentityPoolId, provider: &str) -> Result<Map, Fault> {
    let mut config = record::get(&mut cx.read().await?, id).await?.config;
    check_provider(&config, provider)?;
    let map = config.tag_maps.remove(provider);
    Ok(map.map_or_else(
        || Map { defaults: false, tags: BTreeMap::new() },
        |map| Map { defaults: map.defaults, tags: map.tags },
    ))
}

/// The tags of a session that begins with these logins.
///
/// # Errors
/// `InvalidIdentityPoolConfigurationException` where a claim is no value for a tag: without it, a policy that asks for the
/// tag would be asked about somebody else.
pub(crate) fn of(pool: &Pool, logins: &[Login]) -> Result<BTreeMap<String, String>, Fault> {
    let mut tags = BTreeMap::new();
    for login in logins {
        tags.extend(login.tags.clone());
        let Some(map) = pool.config.tag_maps.get(&login.provider) else { continue };
        for (key, claim) in &map.tags {
            let value = login.claims.get(claim).and_then(role_choice::text);
            let Some(value) = value else { continue };
            if !is_value(&value) {
                return Err(faults::configuration());
            }
            tags.insert(key.clone(), value);
        }
    }
    Ok(tags)
}

/// Looks at tags that a backend gives.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if let Some(key) = tags.iter().find_map(|(key, value)| (!is_value(value)).then_some(key)) {
        return Err(Fault::invalid_parameter(format!("The value of {key} is none for a tag.")));
    }
    check(tags)
}

/// Looks at the keys of tags, with their values or with the claims that they come from; lengths are the service model's.
fn check(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>() > LONGEST {
        let text = format!("Principal tags have {LONGEST} bytes at most, keys and values together.");
        return Err(Fault::invalid_parameter(text));
    }
    let mut folded = BTreeSet::new();
    if let Some(key) = tags.keys().find(|key| !is_value(key) || !folded.insert(key.to_lowercase())) {
        let text = format!("{key} is not the key of a tag, or is there twice: letter case does not count.");
        return Err(Fault::invalid_parameter(text));
    }
    Ok(())
}

/// The usual map (documented).
fn usual() -> BTreeMap<String, String> {
    [("username", "sub"), ("client", "aud")].map(|(key, claim)| (key.to_owned(), claim.to_owned())).into()
}

/// What a tag of a session may hold.
fn is_value(text: &str) -> bool {
    let is_blank = |c: char| c.is_whitespace() && !c.is_control();
    let of_tag = |c: char| c.is_alphanumeric() || is_blank(c) || "_.:/=+-@".contains(c);
    text.chars().count() <= LONGEST_VALUE && text.chars().all(of_tag)
}

fn check_provider(config: &Config, name: &str) -> Result<(), Fault> {
    let is_known = config.user_pools.iter().any(|client| client.provider == name)
        || config.social.contains_key(name)
        || config.oidc.iter().chain(&config.saml).any(|arn| arn == name);
    if is_known {
        Ok(())
    } else {
        Err(Fault::invalid_parameter(format!("({name}) is not a configured provider.")))
    }
}
