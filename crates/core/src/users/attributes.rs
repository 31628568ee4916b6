//! Changes of a user's attributes: which are allowed, and what they turn the set into
//! (docs/cognito/users-and-groups.md §7.4, §8).

use poolhouse_kernel::{Fault, Kind};
use poolhouse_wire::user_pools::AttributeType;

use crate::model::schema::{Schema, VERIFIED_FLAGS, internal_name};
use crate::model::{Attributes, Client, names};

/// Who asks for the change.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Author<'a> {
    /// An administrator: no client's permissions apply, verified flags may be set.
    Admin,
    /// The user, through a client.
    User(&'a Client),
}

/// The list of a request as a map. Of several entries with one name only the last counts
/// (users-and-groups §7.4, recorded); an absent value is an empty one.
pub(crate) fn collect(list: Vec<AttributeType>) -> Attributes {
    list.into_iter().map(|a| (a.name, a.value.map_or_else(String::new, |v| v.to_string()))).collect()
}

/// Checks the attributes of a new user. Empty values are to be removed beforehand.
///
/// Administrators may leave required attributes out (users-and-groups §12.1).
///
/// # Errors
/// `InvalidParameterException`, `NotAuthorizedException`.
pub(crate) fn check_new(schema: &Schema, given: &Attributes, author: Author<'_>) -> Result<(), Fault> {
    check_author(given.keys(), author)?;
    check_known(schema, given)?;
    if let Author::User(_) = author {
        let missing: Vec<_> =
            schema.required().filter(|name| !given.contains_key(*name)).map(required).collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(Fault::invalid_parameter(format!(
                "Attributes did not conform to the schema: {missing}"
            )));
        }
    }
    check_values(schema, given)
}

/// Checks the attributes of a change. An empty value asks for removal; an immutable attribute may not be
/// given again even with the value that it has (federation §4, observed).
///
/// # Errors
/// `InvalidParameterException`, `NotAuthorizedException`.
pub(crate) fn check_update(schema: &Schema, given: &Attributes, author: Author<'_>) -> Result<(), Fault> {
    check_author(given.keys(), author)?;
    let mut objections = String::new();
    for name in given.keys() {
        if !schema.contains(name) {
            objections.push_str(&format!("user.{name}: Attribute does not exist in the schema.\n"));
        } else if !schema.is_mutable(name) {
            objections.push_str(&format!("user.{name}: Attribute cannot be updated.\n"));
        }
    }
    if !objections.is_empty() {
        return Err(Fault::invalid_parameter(objections));
    }
    let (kept, removed): (Attributes, Attributes) =
        given.clone().into_iter().partition(|(_, value)| !value.is_empty());
    check_removal_of_required(schema, removed.keys())?;
    check_values(schema, &kept)
}

/// Checks attributes that the user does not have yet, at the end of a sign-in: immutable ones may be set for
/// the first time.
///
/// # Errors
/// `InvalidParameterException`, `NotAuthorizedException`.
pub(crate) fn check_added(schema: &Schema, given: &Attributes, author: Author<'_>) -> Result<(), Fault> {
    check_author(given.keys(), author)?;
    check_known(schema, given)?;
    check_values(schema, given)
}

fn check_known(schema: &Schema, given: &Attributes) -> Result<(), Fault> {
    match given.keys().find(|name| !schema.contains(name)) {
        None => Ok(()),
        Some(unknown) => Err(Fault::invalid_parameter(format!(
            "Attributes did not conform to the schema: Type for attribute {{{unknown}}} could not be determined"
        ))),
    }
}

/// Checks that the attributes `names` may be deleted; deleting an absent one is no error.
///
/// # Errors
/// `InvalidParameterException`, `NotAuthorizedException`.
pub(crate) fn check_delete(schema: &Schema, names: &[String], author: Author<'_>) -> Result<(), Fault> {
    check_author(names.iter(), author)?;
    let unknown: Vec<&String> = names.iter().filter(|name| !schema.contains(name)).collect();
    if let Some(first) = unknown.first() {
        let objections = match author {
            Author::User(_) => format!("Type for attribute {{{first}}} could not be determined"),
            Author::Admin => unknown
                .iter()
                .map(|name| format!("user.{name}: Attribute does not exist in the schema.\n"))
                .collect(),
        };
        return Err(Fault::invalid_parameter(format!("Invalid user attributes: {objections}")));
    }
    check_removal_of_required(schema, names.iter())?;
    if let Some(fixed) = names.iter().find(|name| !schema.is_mutable(name)) {
        let inner =
            fixed.strip_prefix("custom:").map_or_else(|| fixed.clone(), |n| format!("Custom.User.{n}"));
        return Err(Fault::invalid_parameter(format!(
            "Invalid user attributes: {inner}: This attribute does not satisfy the mutability validation defined in the schema."
        )));
    }
    Ok(())
}

/// A verified flag needs its address (users-and-groups §7.4, inferred). To be called with all attributes
/// that the user is going to have.
///
/// # Errors
/// `InvalidParameterException`.
pub(crate) fn check_flags(attributes: &Attributes) -> Result<(), Fault> {
    let lonely =
        |flag: &str, address: &str| attributes.contains_key(flag) && !attributes.contains_key(address);
    if lonely("email_verified", "email") {
        return Err(Fault::invalid_parameter("Email is required to verify/un-verify an email"));
    }
    if lonely("phone_number_verified", "phone_number") {
        return Err(Fault::invalid_parameter("Phone Number is required to verify/un-verify a phone number"));
    }
    Ok(())
}

/// `sub` belongs to nobody; the verified flags and developer-only attributes to administrators; the rest as the
/// client permits.
fn check_author<'n>(names: impl Iterator<Item = &'n String>, author: Author<'_>) -> Result<(), Fault> {
    let mut unwritable = false;
    for name in names {
        let protected = match author {
            Author::Admin => name == "sub",
            Author::User(client) => {
                unwritable |= !client.may_write(name) || is_developer_only(name);
                name == "sub" || VERIFIED_FLAGS.contains(&name.as_str())
            }
        };
        if protected {
            return Err(Fault::invalid_parameter(format!("Cannot modify the non-mutable attribute {name}")));
        }
    }
    if unwritable {
        return Err(Fault::not_authorized("A client attempted to write unauthorized attribute"));
    }
    Ok(())
}

/// Model text of DeveloperOnlyAttribute: modified with administrator privileges alone.
fn is_developer_only(name: &str) -> bool {
    name.starts_with("dev:")
}

fn check_removal_of_required<'n>(
    schema: &Schema,
    mut names: impl Iterator<Item = &'n String>,
) -> Result<(), Fault> {
    match names.find(|name| schema.is_required(name)) {
        None => Ok(()),
        Some(name) => Err(Fault::invalid_parameter(format!("Invalid user attributes: {}", required(name)))),
    }
}

fn required(name: &str) -> String {
    let inner = internal_name(name);
    format!("{inner}: The attribute {inner} is required")
}

/// Every objection of the schema in one text, a line each; then the forms of addresses.
fn check_values(schema: &Schema, given: &Attributes) -> Result<(), Fault> {
    let objections: String = given
        .iter()
        .filter_map(|(name, value)| Some(format!("user.{name}: {}\n", objection(schema, name, value)?)))
        .collect();
    if !objections.is_empty() {
        return Err(Fault::invalid_parameter(objections));
    }
    if given.get("email").is_some_and(|v| !names::is_email(v)) {
        return Err(Fault::invalid_parameter("Invalid email address format.").of_kind(Kind::Email));
    }
    if given.get("phone_number").is_some_and(|v| !names::is_phone_number(v)) {
        return Err(Fault::invalid_parameter("Invalid phone number format.").of_kind(Kind::Phone));
    }
    Ok(())
}

fn objection(schema: &Schema, name: &str, value: &str) -> Option<String> {
    // Ours: databases do not take it.
    let unstorable = value.contains('\0').then(|| "String must not contain a NUL character".to_owned());
    unstorable.or_else(|| schema.objection(name, value))
}
