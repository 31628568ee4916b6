//! What things are called by, a type for each, so that one cannot be given where another is meant.
//!
//! An id reads as text wherever text is wanted; text becomes an id only where someone says so, at the borders:
//! a request, a row, a token.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Where a list in the order of these begins: before every id that there is.
            pub const START: &Self = &Self(String::new());

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id! {
    /// The id of a user pool: `<region>_<nine letters or digits>`.
    PoolId
}

id! {
    /// The id of an app client.
    ClientId
}

id! {
    /// The id of a user: unique in the pool, and never changed.
    Sub
}

id! {
    /// The name of a user as the pool holds it. What a caller gives may be another of the user's names, an alias
    /// or the sub, and stays text until the user is found.
    Username
}

id! {
    /// The id of an identity pool: `<region>:<uuid>`.
    IdentityPoolId
}

id! {
    /// The id of an identity of an identity pool: `<region>:<uuid>`, too.
    IdentityId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_shown_as_its_text_is() {
        let id = PoolId::from("eu-west-1_abcdefghi");
        assert_eq!(
            (id.to_string(), format!("{id:?}")),
            ("eu-west-1_abcdefghi".to_owned(), format!("{:?}", &*id))
        );
    }
}
