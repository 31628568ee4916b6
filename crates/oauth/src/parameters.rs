//! Parameters of a query or a form: each at most once, and those without a value left out (RFC 6749 §3.1, §3.2).

use std::collections::BTreeMap;

use percent_encoding::percent_decode;

pub(crate) use poolhouse_core::form::query;

/// More of them are in no form of ours: the attributes of a new user are at most 66.
const MOST: usize = 128;

/// The parameters of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters(BTreeMap<String, String>);

/// One of them came twice, is no text, or there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`. Work is in proportion to the text.
    pub(crate) fn read(text: &[u8]) -> Result<Self, Malformed> {
        let mut parameters = BTreeMap::new();
        for pair in text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == MOST {
                return Err(Malformed);
            }
            let end = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at_checked(end).ok_or(Malformed)?;
            let value = decode(value.get(1..).unwrap_or_default())?;
            if parameters.insert(decode(name)?, value).is_some() {
                return Err(Malformed);
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// The value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets a parameter.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Takes a parameter away.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Everything, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Text without NUL, which no database of ours holds.
fn decode(bytes: &[u8]) -> Result<String, Malformed> {
    let bytes: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let text = String::from_utf8(percent_decode(&bytes).collect()).map_err(|_| Malformed)?;
    if text.contains('\0') { Err(Malformed) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, Malformed> {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Parameters::read(text.as_bytes()).map(|parameters| parameters.iter().map(owned).collect())
    }

    #[test]
    fn values_are_decoded_and_empty_ones_left_out() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read("b=1+2%2B3&a=%C3%A9==&c=&d&&"), Ok(vec![pair("a", "é=="), pair("b", "1 2+3")]));
        assert_eq!(read("a=%zz%"), Ok(vec![pair("a", "%zz%")]));
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn what_comes_twice_or_is_no_text_is_refused() {
        for text in ["a=1&a=1", "a=&a=1", "%61=1&a=2", "a=%ff", "%ff=a", "a=%00"] {
            assert_eq!(read(text), Err(Malformed), "{text}");
        }
        let many: Vec<String> = (0..=MOST).map(|index| format!("p{index}=1")).collect();
        assert_eq!(read(&many.join("&")), Err(Malformed));
        assert!(read(&many[1..].join("&")).is_ok());
    }

    #[test]
    fn a_query_says_what_was_read() {
        let text = "a=%26%3D+%23&b=%C3%A9";
        assert_eq!(query(Parameters::read(text.as_bytes()).unwrap().iter()), text);
        assert_eq!(query([]), "");
    }
}
