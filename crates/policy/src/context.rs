//! What is asked, and what is known about it.

use std::cmp::Ordering;

use crate::arn::{Parts, parts};

/// What is known about a request, by condition keys (`aws:username`), whose names are compared without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Keys are in lower case, and in the order of [`order`].
    entries: Vec<(Box<str>, Value)>,
}

/// Short keys come first: most differ in length, so that few texts are compared.
fn order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// A value, of a key that has one or of a key that may have many.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    One(Box<str>),
    /// Even if it is only one: such a key wants `ForAllValues:` or `ForAnyValue:` before its operator.
    Many(Box<[Box<str>]>),
}

impl Value {
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Self::One(text) => (Some(text), &[][..]),
            Self::Many(texts) => (None, &**texts),
        };
        one.into_iter().chain(many).map(|text| &**text)
    }
}

impl Context {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key that has one value.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.put(key, Some(Value::One(value.into().into())));
    }

    /// Sets a key that may have many (`aws:TagKeys`). Without any it is absent.
    pub fn set_many<T: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        let values: Box<[Box<str>]> = values.into_iter().map(|value| value.into().into()).collect();
        self.put(key, (!values.is_empty()).then_some(Value::Many(values)));
    }

    fn put(&mut self, key: &str, value: Option<Value>) {
        let key: Box<str> = key.to_lowercase().into();
        let place = self.place(&key);
        if let Ok(place) = place {
            self.entries.remove(place);
        }
        if let Some(value) = value {
            self.entries.insert(place.unwrap_or_else(|place| place), (key, value));
        }
    }

    /// With a key that has one value.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, value);
        self
    }

    /// With a key that may have many values.
    #[must_use]
    pub fn with_many<T: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = T>) -> Self {
        self.set_many(key, values);
        self
    }

    /// Whether a key is known, in whatever case.
    #[must_use]
    pub fn knows(&self, key: &str) -> bool {
        self.get(&key.to_lowercase()).is_some()
    }

    /// The value of a key in lower case.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(self.place(key).ok()?).map(|(_, value)| value)
    }

    /// Where a key is, or would be.
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| order(known, key))
    }

    /// What a variable stands for. A key that may have many values has none here, nor is the default used for it
    /// (identity-pools-and-iam §10.2, recorded).
    pub(crate) fn variable<'a>(&'a self, key: &str, default: Option<&'a str>) -> Option<&'a str> {
        match self.get(key) {
            Some(Value::One(text)) => Some(text),
            Some(Value::Many(_)) => None,
            None => default,
        }
    }
}

/// What is asked: an action on a resource.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// In lower case.
    pub(crate) action: String,
    /// `None` of `*`, which is the resource where an action has none.
    pub(crate) resource: Option<Parts<'a>>,
    /// Another spelling of the resource.
    pub(crate) also: Option<Parts<'a>>,
    pub(crate) context: &'a Context,
}

impl<'a> Request<'a> {
    /// An action (`cognito-idp:CreateGroup`) on a resource: an ARN, or `*` where the action has none.
    #[must_use]
    pub fn new(action: &str, resource: &'a str, context: &'a Context) -> Self {
        Self { action: action.to_ascii_lowercase(), resource: parts(resource), also: None, context }
    }

    /// The same about a resource that has another ARN beside: who names the one names the other.
    #[must_use]
    pub fn also_about(self, resource: &'a str) -> Self {
        Self { also: parts(resource), ..self }
    }
}
