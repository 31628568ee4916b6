//! The attributes that a pool defines: the standard ones, and the rules for adding custom ones
//! (docs/cognito/users-and-groups.md §7.1-§7.3).

use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    AttributeDataType, NumberAttributeConstraintsType, SchemaAttributeType, StringAttributeConstraintsType,
};

use crate::model::schema::LONGEST_VALUE;

/// Custom attributes of a pool, at most (protocol §9).
const CUSTOM_LIMIT: usize = 50;

/// The standard attributes in the order of CreateUserPool's answer (users-and-groups §7.1, observed).
pub(crate) const STANDARD_ATTRIBUTES: [&str; 20] = [
    "sub",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "email_verified",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "phone_number_verified",
    "address",
    "updated_at",
];

/// The texts for the two operations that define attributes; AWS words them differently
/// (users-and-groups §7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DefinedBy {
    CreateUserPool,
    AddCustomAttributes,
}

/// The schema of a new pool: the standard attributes as `given` changes them, then the custom ones.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn schema_of_new_pool(given: Vec<SchemaAttributeType>) -> Result<Vec<SchemaAttributeType>, Fault> {
    let mut attributes: Vec<SchemaAttributeType> = STANDARD_ATTRIBUTES.into_iter().map(standard).collect();
    let mut custom: Vec<SchemaAttributeType> = Vec::new();
    for wanted in given {
        let name = name_of(&wanted)?;
        if let Some(attribute) = attributes.iter_mut().find(|a| a.name.as_deref() == Some(&name)) {
            change_standard(attribute, wanted, &name)?;
            continue;
        }
        let attribute = custom_attribute(wanted, &name, DefinedBy::CreateUserPool)?;
        if custom.iter().any(|a| a.name == attribute.name) {
            let name = attribute.name.unwrap_or_default();
            return Err(Fault::invalid_parameter(format!(
                "Duplicate custom attribute names {name} are not allowed in a user pool schema."
            )));
        }
        custom.push(attribute);
    }
    attributes.append(&mut custom);
    Ok(attributes)
}

/// Adds custom attributes to the schema of an existing pool.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn add_custom(
    schema: &mut Vec<SchemaAttributeType>,
    given: Vec<SchemaAttributeType>,
) -> Result<(), Fault> {
    for wanted in given {
        let name = name_of(&wanted)?;
        let attribute = custom_attribute(wanted, &name, DefinedBy::AddCustomAttributes)?;
        if schema.iter().any(|a| a.name == attribute.name) {
            let name = attribute.name.unwrap_or_default();
            return Err(Fault::invalid_parameter(format!(
                "{name}: Existing attribute already has name {name}."
            )));
        }
        schema.push(attribute);
    }
    // AddCustomAttributes declares no LimitExceededException.
    if schema.iter().filter(|a| is_custom(a)).count() > CUSTOM_LIMIT {
        return Err(Fault::invalid_parameter(format!(
            "A user pool can have at most {CUSTOM_LIMIT} custom attributes."
        )));
    }
    Ok(())
}

/// `identities`, which DescribeUserPool lists and CreateUserPool does not (users-and-groups §7.1, recorded).
/// Nobody writes it, so it is no part of the schema that values are held against.
pub(super) fn identities() -> SchemaAttributeType {
    SchemaAttributeType {
        string_attribute_constraints: Some(StringAttributeConstraintsType::default()),
        ..attribute("identities", AttributeDataType::String)
    }
}

fn attribute(name: &str, data_type: AttributeDataType) -> SchemaAttributeType {
    SchemaAttributeType {
        name: Some(name.to_owned()),
        attribute_data_type: Some(data_type),
        developer_only_attribute: Some(false),
        mutable: Some(true),
        required: Some(false),
        ..SchemaAttributeType::default()
    }
}

fn standard(name: &str) -> SchemaAttributeType {
    let text = |shortest: &str, longest: &str| SchemaAttributeType {
        string_attribute_constraints: Some(StringAttributeConstraintsType {
            min_length: Some(shortest.to_owned()),
            max_length: Some(longest.to_owned()),
        }),
        ..attribute(name, AttributeDataType::String)
    };
    match name {
        "sub" => SchemaAttributeType { mutable: Some(false), required: Some(true), ..text("1", "2048") },
        "birthdate" => text("10", "10"),
        "email_verified" | "phone_number_verified" => attribute(name, AttributeDataType::Boolean),
        "updated_at" => SchemaAttributeType {
            number_attribute_constraints: Some(NumberAttributeConstraintsType {
                min_value: Some("0".to_owned()),
                max_value: None,
            }),
            ..attribute(name, AttributeDataType::Number)
        },
        _ => text("0", "2048"),
    }
}

fn is_custom(attribute: &SchemaAttributeType) -> bool {
    attribute.name.as_ref().is_some_and(|n| n.starts_with("custom:") || n.starts_with("dev:custom:"))
}

fn name_of(wanted: &SchemaAttributeType) -> Result<String, Fault> {
    wanted.name.clone().ok_or_else(|| Fault::invalid_parameter("Every attribute of a schema needs a Name."))
}

/// Takes over what may be chosen for a standard attribute. What every `sub` is stays as it is.
fn change_standard(
    attribute: &mut SchemaAttributeType,
    wanted: SchemaAttributeType,
    name: &str,
) -> Result<(), Fault> {
    let other_type =
        wanted.attribute_data_type.is_some() && wanted.attribute_data_type != attribute.attribute_data_type;
    if other_type || wanted.developer_only_attribute == Some(true) {
        return Err(Fault::invalid_parameter(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {name}"
        )));
    }
    if name == "sub" {
        return Ok(());
    }
    check_bounds(&wanted, name, DefinedBy::CreateUserPool)?;
    attribute.mutable = wanted.mutable.or(attribute.mutable);
    attribute.required = wanted.required.or(attribute.required);
    // A bound that is left out keeps its standard value.
    if let (Some(bounds), Some(given)) =
        (&mut attribute.string_attribute_constraints, wanted.string_attribute_constraints)
    {
        bounds.min_length = given.min_length.or_else(|| bounds.min_length.take());
        bounds.max_length = given.max_length.or_else(|| bounds.max_length.take());
    }
    if let (Some(bounds), Some(given)) =
        (&mut attribute.number_attribute_constraints, wanted.number_attribute_constraints)
    {
        bounds.min_value = given.min_value.or_else(|| bounds.min_value.take());
        bounds.max_value = given.max_value.or_else(|| bounds.max_value.take());
    }
    Ok(())
}

/// A custom attribute as it is stored: name with its prefix, constraints of its own type only.
fn custom_attribute(
    wanted: SchemaAttributeType,
    name: &str,
    defined_by: DefinedBy,
) -> Result<SchemaAttributeType, Fault> {
    let Some(data_type) = wanted.attribute_data_type.clone() else {
        return Err(Fault::invalid_parameter(
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        ));
    };
    if wanted.required == Some(true) {
        return Err(Fault::invalid_parameter("Required custom attributes are not supported currently."));
    }
    let developer_only = wanted.developer_only_attribute == Some(true);
    let name = format!("{}custom:{name}", if developer_only { "dev:" } else { "" });
    check_bounds(&wanted, &name, defined_by)?;
    let is_string = data_type == AttributeDataType::String;
    let is_number = data_type == AttributeDataType::Number;
    Ok(SchemaAttributeType {
        developer_only_attribute: Some(developer_only),
        // Left out it counts as true: that loses no data (users-and-groups §7.2, open).
        mutable: Some(wanted.mutable != Some(false)),
        // Without bounds the member is there all the same, empty (users-and-groups §7.2, recorded for
        // String).
        string_attribute_constraints: is_string
            .then(|| wanted.string_attribute_constraints.unwrap_or_default()),
        number_attribute_constraints: is_number
            .then(|| wanted.number_attribute_constraints.unwrap_or_default()),
        ..attribute(&name, data_type)
    })
}

fn check_bounds(wanted: &SchemaAttributeType, name: &str, defined_by: DefinedBy) -> Result<(), Fault> {
    if let Some(bounds) = &wanted.string_attribute_constraints {
        let bad = || {
            Fault::invalid_parameter(format!(
                "Invalid StringAttributeConstraints for schema attribute {name}"
            ))
        };
        let shortest = length(bounds.min_length.as_ref()).ok_or_else(bad)?;
        let longest = length(bounds.max_length.as_ref()).ok_or_else(bad)?;
        if [shortest, longest].into_iter().flatten().any(|n| n > LONGEST_VALUE) {
            return Err(Fault::invalid_parameter(format!(
                "user.{name}: String attributes cannot have a length of more than {LONGEST_VALUE}"
            )));
        }
        if crossed(shortest, longest) {
            return Err(Fault::invalid_parameter(match defined_by {
                DefinedBy::CreateUserPool => {
                    format!("Attribute {name} cannot have a max length shorter than it's min length")
                }
                DefinedBy::AddCustomAttributes => {
                    format!("user.{name}: Max length cannot be less than min length.")
                }
            }));
        }
    }
    if let Some(bounds) = &wanted.number_attribute_constraints {
        let bad = || {
            Fault::invalid_parameter(format!(
                "Invalid NumberAttributeConstraints for schema attribute {name}"
            ))
        };
        let lowest = integer(bounds.min_value.as_ref()).ok_or_else(bad)?;
        let highest = integer(bounds.max_value.as_ref()).ok_or_else(bad)?;
        if crossed(lowest, highest) {
            return Err(Fault::invalid_parameter(match defined_by {
                DefinedBy::CreateUserPool => {
                    format!("Attribute {name} cannot have a max value smaller than it's min value")
                }
                DefinedBy::AddCustomAttributes => {
                    format!("user.{name}: Max value cannot be less than min value.")
                }
            }));
        }
    }
    Ok(())
}

fn crossed(low: Option<i64>, high: Option<i64>) -> bool {
    low.zip(high).is_some_and(|(low, high)| low > high)
}

/// The number in a bound, `Some(None)` where there is no bound, `None` where the text is no integer.
fn integer(text: Option<&String>) -> Option<Option<i64>> {
    text.map(|t| t.parse().ok()).map_or(Some(None), |n| n.map(Some))
}

fn length(text: Option<&String>) -> Option<Option<i64>> {
    integer(text).filter(|n| n.is_none_or(|n| n >= 0))
}
