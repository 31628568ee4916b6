//! What a line says of a user, and whether the pool takes it (docs/cognito/operations-and-protection.md §11).

use std::collections::BTreeMap;

use poolhouse_crypto::foreign_hash::Scheme;
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    DeliveryMediumType, MFAOptionType, PasswordHashingAlgorithmType, UserPoolMfaType, UserStatusType,
    UsernameAttributeType,
};

use super::csv::{MFA_ENABLED, PASSWORD_HASH, USERNAME};
use crate::Cx;
use crate::directory::record;
use crate::model::attributes::{is_true, verified_flag};
use crate::model::schema::VERIFIED_FLAGS;
use crate::model::{Attributes, Pool, User, names};
use crate::users::attributes::{self, Author};
use crate::users::{imported_hash, mfa};

/// Addresses that a pool may verify by itself.
const ADDRESSES: [&str; 2] = ["email", "phone_number"];

/// Whether users of the pool can be imported: one of their addresses must be verified.
pub(super) fn can_be_verified(pool: &Pool) -> bool {
    ADDRESSES.into_iter().any(|address| pool.auto_verifies(address))
}

/// The user of a line.
///
/// # Errors
/// Why the pool does not take it, without a value of the user.
pub(super) fn user(
    cx: &Cx,
    pool: &Pool,
    hashing: Option<&PasswordHashingAlgorithmType>,
    mut values: BTreeMap<&str, String>,
) -> Result<User, String> {
    let has_factor = values.remove(MFA_ENABLED);
    let hash = values.remove(PASSWORD_HASH);
    let name = values.remove(USERNAME);
    let given = given_attributes(values)?;
    let name = name.or_else(|| address_as_name(pool, &given)).ok_or("The user name is missing.")?;
    check_name(&name)?;
    let uses_sms = uses_sms(pool, has_factor.as_deref())?;
    let mut user = record::draft(cx, pool, &name, given, UserStatusType::ResetRequired).map_err(reason)?;
    check(pool, &user.attributes)?;
    if uses_sms && user.attributes.contains_key("phone_number") {
        let by_sms = MFAOptionType {
            delivery_medium: Some(DeliveryMediumType::Sms),
            attribute_name: Some("phone_number".to_owned()),
        };
        mfa::set_options(&mut user, vec![by_sms]).map_err(reason)?;
    }
    if let (Some(hash), Some(hashing)) = (hash, hashing) {
        let scheme = scheme(hashing).ok_or("The PasswordHashingAlgorithm is not known.")?;
        imported_hash::set(cx, pool, &mut user, scheme, &hash)?;
        user.status = UserStatusType::Confirmed;
    }
    Ok(user)
}

fn scheme(hashing: &PasswordHashingAlgorithmType) -> Option<Scheme> {
    match hashing {
        PasswordHashingAlgorithmType::Bcrypt => Some(Scheme::Bcrypt),
        PasswordHashingAlgorithmType::Scrypt => Some(Scheme::Scrypt),
        PasswordHashingAlgorithmType::Argon2Id => Some(Scheme::Argon2id),
        PasswordHashingAlgorithmType::Pbkdf2Sha256 => Some(Scheme::Pbkdf2Sha256),
        PasswordHashingAlgorithmType::Other(_) => None,
    }
}

/// What the other columns give, in the form in which attributes are stored.
fn given_attributes(values: BTreeMap<&str, String>) -> Result<Attributes, String> {
    let mut given: Attributes = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(birthdate) = given.get_mut("birthdate") {
        *birthdate = date(birthdate).ok_or("The birthdate is not of the form mm/dd/yyyy.")?;
    }
    for flag in VERIFIED_FLAGS {
        if let Some(value) = given.get_mut(flag) {
            value.make_ascii_lowercase();
        }
    }
    // Files have the column for everybody; without an address it says nothing.
    for address in ADDRESSES {
        if !given.contains_key(address)
            && let Some(flag) = verified_flag(address)
        {
            given.remove(flag);
        }
    }
    Ok(given)
}

/// `02/01/1985` as `1985-02-01`.
fn date(text: &str) -> Option<String> {
    let mut parts = text.split('/');
    let mut part = |length: usize| {
        parts.next().filter(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (month, day, year) = (part(2)?, part(2)?, part(4)?);
    let is_date = ("01"..="12").contains(&month) && ("01"..="31").contains(&day);
    (is_date && parts.next().is_none()).then(|| format!("{year}-{month}-{day}"))
}

/// Where an address is the name, the column of names may be empty (users-and-groups §17, documented).
fn address_as_name(pool: &Pool, given: &Attributes) -> Option<String> {
    let attributes = pool.username_attributes().iter().map(UsernameAttributeType::as_str);
    attributes.filter_map(|attribute| given.get(attribute)).next().cloned()
}

fn check_name(name: &str) -> Result<(), &'static str> {
    if name.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err("The user name must not contain blanks.");
    }
    if name.chars().count() > names::LONGEST {
        return Err("The user name is longer than 128 characters.");
    }
    Ok(())
}

/// What the pool says about second factors, the line must say as well.
fn uses_sms(pool: &Pool, given: Option<&str>) -> Result<bool, &'static str> {
    let given = match given.map(str::to_ascii_lowercase).as_deref() {
        Some("true") => true,
        Some("false") => false,
        _ => return Err("cognito:mfa_enabled must be true or false."),
    };
    match &pool.settings.general.mfa_configuration {
        Some(UserPoolMfaType::On) if !given => {
            Err("cognito:mfa_enabled must be true: the user pool requires MFA.")
        }
        Some(UserPoolMfaType::Optional | UserPoolMfaType::On) => Ok(given),
        _ if given => Err("cognito:mfa_enabled must be false: the user pool has no MFA."),
        _ => Ok(false),
    }
}

/// Whether the pool takes a user with these attributes.
fn check(pool: &Pool, given: &Attributes) -> Result<(), String> {
    if let Some(missing) = pool.schema.required().find(|name| !given.contains_key(*name)) {
        return Err(format!("The attribute {missing} is required."));
    }
    attributes::check_new(&pool.schema, given, Author::Admin).map_err(reason)?;
    attributes::check_flags(given).map_err(reason)?;
    if let Some(name) = given.get("preferred_username") {
        names::check_free_name(pool, name).map_err(reason)?;
    }
    let is_verified = |address: &&str| {
        pool.auto_verifies(address)
            && given.contains_key(*address)
            && verified_flag(address).is_some_and(|flag| is_true(given, flag))
    };
    if !ADDRESSES.iter().any(is_verified) {
        // The text is AWS's (documented).
        return Err("The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).".to_owned());
    }
    Ok(())
}

/// What a fault says, in one line.
#[expect(clippy::needless_pass_by_value, reason = "it is what an error is mapped with")]
fn reason(fault: Fault) -> String {
    fault.message().unwrap_or("The user could not be imported.").trim_end().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_turned_round() {
        assert_eq!(date("02/01/1985").as_deref(), Some("1985-02-01"));
        for other in
            ["1985-02-01", "2/1/1985", "13/01/1985", "00/01/1985", "02/32/1985", "02/01/85", "02/01/1985/"]
        {
            assert_eq!(date(other), None, "{other}");
        }
    }
}
