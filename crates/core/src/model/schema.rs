//! The attribute schema of a pool, and whether values conform to it (docs/cognito/users-and-groups.md §7).

use std::collections::BTreeMap;

use poolhouse_wire::user_pools::{AttributeDataType, SchemaAttributeType};

/// Attributes that say whether an address was verified; only the service and administrators set them.
pub(crate) const VERIFIED_FLAGS: [&str; 2] = ["email_verified", "phone_number_verified"];

/// The longest value of any attribute, in characters.
pub(crate) const LONGEST_VALUE: i64 = 2048;

/// The schema by attribute name, custom names with their prefix.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schema(BTreeMap<String, SchemaAttributeType>);

impl Schema {
    pub(crate) fn new(attributes: &[SchemaAttributeType]) -> Self {
        Self(attributes.iter().filter_map(|a| Some((a.name.clone()?, a.clone()))).collect())
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether a value may be changed once it is set.
    pub(crate) fn is_mutable(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|a| a.mutable != Some(false))
    }

    /// Whether every user must have a value. `sub` is required too, but never given by a caller.
    pub(crate) fn is_required(&self, name: &str) -> bool {
        name != "sub" && self.0.get(name).is_some_and(|a| a.required == Some(true))
    }

    /// Names of all attributes, in alphabetical order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Names of the attributes that every user must have, in alphabetical order.
    pub(crate) fn required(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| self.is_required(name))
    }

    /// What an attribute holds.
    pub(crate) fn data_type(&self, name: &str) -> Option<&AttributeDataType> {
        self.0.get(name)?.attribute_data_type.as_ref()
    }

    /// What is wrong with a value, in AWS's words; `None` when it conforms (users-and-groups §7.4).
    pub(crate) fn objection(&self, name: &str, value: &str) -> Option<String> {
        let attribute = self.0.get(name)?;
        match attribute.attribute_data_type.as_ref()? {
            AttributeDataType::Number => number_objection(attribute, value),
            AttributeDataType::Boolean => {
                let fits = value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
                (!fits).then(|| "Value must be a boolean".to_owned())
            }
            AttributeDataType::DateTime => {
                (!is_date_time(value)).then(|| "Value must be a date and time".to_owned())
            }
            AttributeDataType::String | AttributeDataType::Other(_) => string_objection(attribute, value),
        }
    }
}

/// Constraint bounds travel as text; those that are absent do not bind.
fn bound(text: Option<&String>) -> Option<i64> {
    text.and_then(|t| t.parse().ok())
}

fn string_objection(attribute: &SchemaAttributeType, value: &str) -> Option<String> {
    let constraints = attribute.string_attribute_constraints.as_ref();
    let length = i64::try_from(value.encode_utf16().count()).unwrap_or(i64::MAX);
    let longest = bound(constraints.and_then(|c| c.max_length.as_ref())).unwrap_or(LONGEST_VALUE);
    let shortest = bound(constraints.and_then(|c| c.min_length.as_ref())).unwrap_or(0);
    if length > longest {
        Some(format!("String must be no longer than {longest} characters"))
    } else if length < shortest {
        Some(format!("String must be no shorter than {shortest} characters"))
    } else {
        None
    }
}

fn number_objection(attribute: &SchemaAttributeType, value: &str) -> Option<String> {
    let Some(number) = value.parse::<f64>().ok().filter(|n| n.is_finite()) else {
        return Some("Value must be a number".to_owned());
    };
    let constraints = attribute.number_attribute_constraints.as_ref();
    let bound = |text: Option<&String>| text.and_then(|t| t.parse::<f64>().ok());
    let highest = bound(constraints.and_then(|c| c.max_value.as_ref()));
    let lowest = bound(constraints.and_then(|c| c.min_value.as_ref()));
    match (lowest, highest) {
        (_, Some(highest)) if number > highest => Some(format!("Number must be no greater than {highest}")),
        (Some(lowest), _) if number < lowest => Some(format!("Number must be no less than {lowest}")),
        _ => None,
    }
}

/// A date of ISO 8601, with or without a time.
fn is_date_time(value: &str) -> bool {
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let (date, time) = value.split_once(['T', ' ']).map_or((value, None), |(d, t)| (d, Some(t)));
    let mut parts = date.splitn(3, '-');
    let date_fits = [4, 2, 2].into_iter().all(|length| parts.next().is_some_and(|p| digits(p, length)));
    let time_fits = time.is_none_or(|t| {
        let clock = t.split(['Z', '+', '.']).next().unwrap_or_default();
        clock.split(':').count() >= 2 && clock.split(':').all(|p| digits(p, 2))
    });
    date_fits && time_fits
}

/// The name of an attribute inside the service, which "required" texts show
/// (users-and-groups §7.4; `email`, `phone_number` and the names observed, the rest inferred).
pub(crate) fn internal_name(name: &str) -> &str {
    match name {
        "email" => "emails",
        "phone_number" => "phoneNumbers",
        "name" => "name.formatted",
        "given_name" => "name.givenName",
        "family_name" => "name.familyName",
        "middle_name" => "name.middleName",
        "nickname" => "nickName",
        "preferred_username" => "preferredUsername",
        "address" => "addresses",
        "picture" => "photos",
        "profile" => "profileUrl",
        "zoneinfo" => "timezone",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use poolhouse_wire::user_pools::{NumberAttributeConstraintsType, StringAttributeConstraintsType};

    use super::*;

    fn schema() -> Schema {
        let attribute = |name: &str, kind| SchemaAttributeType {
            name: Some(name.to_owned()),
            attribute_data_type: Some(kind),
            ..SchemaAttributeType::default()
        };
        let ten = StringAttributeConstraintsType {
            min_length: Some("10".to_owned()),
            max_length: Some("10".to_owned()),
        };
        let small = NumberAttributeConstraintsType {
            min_value: Some("1".to_owned()),
            max_value: Some("5".to_owned()),
        };
        Schema::new(&[
            SchemaAttributeType {
                string_attribute_constraints: Some(ten),
                ..attribute("birthdate", AttributeDataType::String)
            },
            SchemaAttributeType {
                number_attribute_constraints: Some(small),
                ..attribute("custom:level", AttributeDataType::Number)
            },
            attribute("custom:flag", AttributeDataType::Boolean),
            attribute("custom:at", AttributeDataType::DateTime),
        ])
    }

    #[test]
    fn values_are_held_against_their_type_and_bounds() {
        let cases = [
            ("birthdate", "not-a-date", None),
            ("birthdate", "also-not-a-date", Some("String must be no longer than 10 characters")),
            ("birthdate", "short", Some("String must be no shorter than 10 characters")),
            ("custom:level", "3", None),
            ("custom:level", "six", Some("Value must be a number")),
            ("custom:level", "6", Some("Number must be no greater than 5")),
            ("custom:level", "0", Some("Number must be no less than 1")),
            ("custom:flag", "TRUE", None),
            ("custom:flag", "yes", Some("Value must be a boolean")),
            ("custom:at", "2026-01-02T03:04:05Z", None),
            ("custom:at", "tomorrow", Some("Value must be a date and time")),
            ("unknown", "anything", None),
        ];
        for (name, value, expected) in cases {
            assert_eq!(schema().objection(name, value).as_deref(), expected, "{name}={value}");
        }
    }
}
