//! A document as it is written. Each value is read once and straight into its place: what stands nowhere in a policy's
//! grammar ends the reading where it begins, so that nothing nests deeper than the grammar does.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A struct that is written as an object: the library would read a list as well, member by member.
pub(crate) struct Object<T>(pub(crate) T);

/// The whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Document {
    #[serde(default, deserialize_with = "given")]
    pub(crate) version: Option<Version>,
    #[serde(default, rename = "Id", deserialize_with = "given")]
    pub(crate) _id: Option<String>,
    #[serde(deserialize_with = "one_or_many")]
    pub(crate) statement: Vec<Object<Statement>>,
}

/// The two versions of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Version {
    /// `2008-10-17`, which has no variables. The default.
    V2008,
    /// `2012-10-17`.
    V2012,
}

impl TryFrom<String> for Version {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "2008-10-17" => Ok(Self::V2008),
            "2012-10-17" => Ok(Self::V2012),
            _ => Err("no version of the language"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(crate) struct Statement {
    #[serde(default, deserialize_with = "given")]
    pub(crate) sid: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) effect: Option<Effect>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) principal: Option<Principals>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) not_principal: Option<Principals>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) action: Option<Texts>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) not_action: Option<Texts>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) resource: Option<Texts>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) not_resource: Option<Texts>,
    #[serde(default, deserialize_with = "given")]
    pub(crate) condition: Option<Members<Members<Scalars>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Effect {
    Allow,
    Deny,
}

impl TryFrom<String> for Effect {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "Allow" => Ok(Self::Allow),
            "Deny" => Ok(Self::Deny),
            _ => Err("no effect"),
        }
    }
}

/// Text or a list of texts.
#[derive(Deserialize)]
pub(crate) struct Texts(#[serde(deserialize_with = "one_or_many")] pub(crate) Vec<String>);

/// Values of a condition, numbers and booleans as their text.
#[derive(Deserialize)]
pub(crate) struct Scalars(#[serde(deserialize_with = "one_or_many")] pub(crate) Vec<Scalar>);

/// The members of an object, each named once.
pub(crate) struct Members<T>(pub(crate) Vec<(String, T)>);

/// Who is meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Principals {
    /// `"*"`.
    Everyone,
    /// `{"AWS": …, "Federated": …, "Service": …}`.
    Named(Vec<(Kind, String)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Kind {
    #[serde(rename = "AWS")]
    Aws,
    Federated,
    Service,
    CanonicalUser,
}

/// A member that is there has a value: `null` is none.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// One `T`, or a list of them.
fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct OneOrMany<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value or a list of values")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Vec<T>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(items))
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Vec<T>, A::Error> {
            Ok(vec![T::deserialize(MapAccessDeserializer::new(members))?])
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
            Ok(vec![T::deserialize(serde::de::value::StrDeserializer::new(text))?])
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<Vec<T>, E> {
            Ok(vec![T::deserialize(serde::de::value::BoolDeserializer::new(value))?])
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<Vec<T>, E> {
            Ok(vec![T::deserialize(serde::de::value::I64Deserializer::new(value))?])
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<Vec<T>, E> {
            Ok(vec![T::deserialize(serde::de::value::U64Deserializer::new(value))?])
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<Vec<T>, E> {
            Ok(vec![T::deserialize(serde::de::value::F64Deserializer::new(value))?])
        }
    }

    deserializer.deserialize_any(OneOrMany(PhantomData))
}

/// A text, a number or a boolean, as text.
pub(crate) struct Scalar(pub(crate) String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsText;

        impl Visitor<'_> for AsText {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number or a boolean")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(text.to_owned()))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar(value.to_string()))
            }
        }

        deserializer.deserialize_any(AsText)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsMap<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for AsMap<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(members)).map(Object)
            }
        }

        deserializer.deserialize_map(AsMap(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Once<T> {
            type Value = Members<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members<T>, A::Error> {
                let mut read = Vec::new();
                while let Some(member) = members.next_entry::<String, T>()? {
                    read.push(member);
                }
                let names: BTreeSet<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
                if names.len() < read.len() {
                    return Err(A::Error::custom("a member is there twice"));
                }
                Ok(Members(read))
            }
        }

        deserializer.deserialize_map(Once(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Principals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Who;

        impl<'de> Visitor<'de> for Who {
            type Value = Principals;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"*\" or an object of principals")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Principals, E> {
                if text == "*" { Ok(Principals::Everyone) } else { Err(E::custom("a principal has a kind")) }
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Principals, A::Error> {
                let mut read: Vec<(Kind, Texts)> = Vec::new();
                while let Some(kind) = members.next_key::<Kind>()? {
                    if read.iter().any(|(known, _)| *known == kind) {
                        return Err(A::Error::custom("a kind of principal is there twice"));
                    }
                    read.push((kind, members.next_value()?));
                }
                let each = |(kind, names): (Kind, Texts)| names.0.into_iter().map(move |name| (kind, name));
                Ok(Principals::Named(read.into_iter().flat_map(each).collect()))
            }
        }

        deserializer.deserialize_any(Who)
    }
}
