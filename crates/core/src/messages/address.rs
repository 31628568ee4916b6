//! Addresses of users, and the masked form in which answers show them
//! (docs/cognito/authentication.md §11.2, triggers-and-messages §12).

use poolhouse_ports::Medium;
use poolhouse_wire::user_pools::{CodeDeliveryDetailsType, DeliveryMediumType};

use crate::model::{Pool, User, names};

/// An e-mail address or a telephone number.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) medium: Medium,
    pub(crate) value: String,
}

impl Address {
    pub(crate) fn new(medium: Medium, value: &str) -> Self {
        Self { medium, value: value.to_owned() }
    }

    /// The user's address for this medium, verified or not. A value that is no address, from before its form was
    /// looked at as closely as now, is none to send to.
    pub(crate) fn of(user: &User, medium: Medium) -> Option<Self> {
        let value = user.attributes.get(attribute_of(medium))?;
        Some(Self::new(medium, value)).filter(Self::can_be_sent_to)
    }

    /// The user's address for this medium, if it is verified.
    pub(crate) fn verified_of(user: &User, medium: Medium) -> Option<Self> {
        let value = user.verified_address(attribute_of(medium))?;
        Some(Self::new(medium, value)).filter(Self::can_be_sent_to)
    }

    /// Whether it has the form of an address for its medium.
    pub(crate) fn can_be_sent_to(&self) -> bool {
        match self.medium {
            Medium::Email => names::is_email(&self.value),
            Medium::Sms => names::is_phone_number(&self.value),
        }
    }

    /// The attribute that holds it.
    pub(crate) const fn attribute(&self) -> &'static str {
        attribute_of(self.medium)
    }

    /// What the caller may know of where a message went.
    pub(crate) fn details(&self) -> CodeDeliveryDetailsType {
        CodeDeliveryDetailsType {
            destination: Some(self.mask()),
            delivery_medium: Some(match self.medium {
                Medium::Email => DeliveryMediumType::Email,
                Medium::Sms => DeliveryMediumType::Sms,
            }),
            attribute_name: Some(self.attribute().to_owned()),
        }
    }

    /// `t***@t***` (recorded) or `+*******9934` (observed).
    fn mask(&self) -> String {
        match self.medium {
            Medium::Email => {
                let (local, domain) = self.value.rsplit_once('@').unwrap_or((&self.value, ""));
                let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
                format!("{}***@{}***", first(local), first(domain))
            }
            Medium::Sms => {
                let digits: Vec<char> = self.value.chars().filter(char::is_ascii_digit).collect();
                let shown = digits.iter().skip(digits.len().saturating_sub(4));
                let hidden = "*".repeat(digits.len().saturating_sub(4));
                format!("+{hidden}{}", shown.collect::<String>())
            }
        }
    }
}

/// Shows the masked form only: addresses are personal.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Address").field(&self.mask()).finish()
    }
}

/// The attribute in which an address for this medium stands.
pub(crate) const fn attribute_of(medium: Medium) -> &'static str {
    match medium {
        Medium::Email => "email",
        Medium::Sms => "phone_number",
    }
}

/// Where a message would have gone for a user who does not exist: plausible, and the same each time
/// (users-and-groups §15; the form of the address is a choice, triggers-and-messages §12). `media` are those
/// that reach users of the pool, the preferred one first.
pub(super) fn simulated(pool: &Pool, username: &str, media: &[Medium]) -> Address {
    // A name that is an address would be the one that its owner's messages go to (authentication §7).
    let own = |medium: &&Medium| match medium {
        Medium::Email => names::is_email(username),
        Medium::Sms => names::is_phone_number(username),
    };
    if let Some(medium) = media.iter().find(own) {
        return Address::new(*medium, username);
    }
    let medium = media.first().copied().unwrap_or(Medium::Email);
    let hash = pool.keys.hash("simulated_address", &names::fold(pool, username));
    let letter = |byte: u8| char::from(b'a' + byte % 26);
    let digit = |byte: &u8| char::from(b'0' + byte % 10);
    let [local, domain, digits @ ..] = hash;
    let value = match medium {
        Medium::Email => format!("{}@{}", letter(local), letter(domain)),
        Medium::Sms => format!("+{}", digits.iter().take(11).map(digit).collect::<String>()),
    };
    Address { medium, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks() {
        let cases = [
            (Medium::Email, "test@test.com", "t***@t***"),
            (Medium::Email, "Hans@example.org", "H***@e***"),
            (Medium::Email, "ä@ö.de", "ä***@ö***"),
            (Medium::Sms, "+12065550100", "+*******0100"),
            (Medium::Sms, "+5215555555555", "+*********5555"),
            (Medium::Sms, "+123", "+123"),
        ];
        for (medium, value, expected) in cases {
            assert_eq!(Address::new(medium, value).mask(), expected, "{value}");
        }
    }

    #[test]
    fn debug_shows_the_mask_only() {
        assert_eq!(format!("{:?}", Address::new(Medium::Email, "test@test.com")), "Address(\"t***@t***\")");
    }
}
