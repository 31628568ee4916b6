//! The attributes of a user.

use std::collections::BTreeMap;

/// A user's attributes by name, `sub` not among them.
pub(crate) type Attributes = BTreeMap<String, String>;

/// Whether a verified flag says so. AWS takes `True` for true (authentication §11.2, recorded).
pub(crate) fn is_true(attributes: &Attributes, flag: &str) -> bool {
    attributes.get(flag).is_some_and(|v| v.eq_ignore_ascii_case("true"))
}

/// The flag that tells whether `attribute` was verified; only e-mail and phone number have one.
pub(crate) fn verified_flag(attribute: &str) -> Option<&'static str> {
    match attribute {
        "email" => Some("email_verified"),
        "phone_number" => Some("phone_number_verified"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Attributes>("user_attributes");
    }
}
