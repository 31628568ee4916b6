//! Enumerations that keep values they do not know.

/// Defines an enumeration of strings: the known values, and `Other` for the rest.
///
/// Open, because values are added to the service over time and stored ones must stay readable; the
/// checker refuses unknown values in requests.
macro_rules! open_enum {
    ($(#[$about:meta])* $name:ident { $($variant:ident => $value:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $value, "`")] $variant,)+
            /// A value that is not known; empty by default.
            Other(String),
        }

        impl $name {
            /// The known values as the service spells them, in the model's order.
            pub const VALUES: &'static [&'static str] = &[$($value),+];

            /// The value as the service spells it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)+
                    Self::Other(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($value => Self::$variant,)+
                    _ => Self::Other(value.to_owned()),
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let value = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                Ok(Self::from(&*value))
            }
        }
    };
}

pub(crate) use open_enum;

#[cfg(test)]
mod tests {
    use crate::user_pools::{ChallengeNameType, UserStatusType};

    #[test]
    fn known_values_are_variants_and_others_are_kept() {
        let known: UserStatusType = serde_json::from_str("\"FORCE_CHANGE_PASSWORD\"").unwrap();
        assert_eq!(known, UserStatusType::ForceChangePassword);
        let unknown: UserStatusType = serde_json::from_str("\"NEW_STATE\"").unwrap();
        assert_eq!(unknown.as_str(), "NEW_STATE");
        assert_eq!(serde_json::to_string(&unknown).unwrap(), "\"NEW_STATE\"");
        for value in ChallengeNameType::VALUES {
            let read = ChallengeNameType::from(*value);
            assert_eq!(read.to_string(), *value);
            assert!(!matches!(read, ChallengeNameType::Other(_)));
        }
    }
}
