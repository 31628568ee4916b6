//! The form of the files: Cognito's own, without quotes (docs/cognito/operations-and-protection.md §11).

use std::collections::BTreeMap;

use crate::model::Pool;
use crate::pools;

/// Whether the user's second factor is SMS.
pub(super) const MFA_ENABLED: &str = "cognito:mfa_enabled";

/// The name that the user signs in with.
pub(super) const USERNAME: &str = "cognito:username";

/// The hash of the user's password, in files of jobs that say how it is made (new-operations §14, ours).
pub(super) const PASSWORD_HASH: &str = "cognito:password_hash";

/// What programs of Windows write in front of UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The columns of GetCSVHeader: the standard attributes but for `sub`, which nobody chooses, in the order that pools have them
/// in (users-and-groups §17, documented).
pub(super) fn columns(pool: &Pool) -> Vec<String> {
    let attributes = pool.settings.basis.schema_attributes.as_deref().unwrap_or_default();
    let custom = attributes.iter().filter_map(|attribute| attribute.name.clone());
    let custom = custom.filter(|name| name.contains("custom:"));
    let standard = pools::STANDARD_ATTRIBUTES.into_iter().filter(|name| *name != "sub").map(str::to_owned);
    standard.chain(custom).chain([MFA_ENABLED, USERNAME].map(str::to_owned)).collect()
}

/// The columns of a file in their order.
#[derive(Debug, PartialEq)]
pub(super) struct Header(Vec<String>);

impl Header {
    /// Reads the first line of a file. It has every column once, in any order; that of password hashes need not be
    /// there, and is only where the job takes them.
    ///
    /// # Errors
    /// What is wrong with it, in no more than the 128 characters of a CompletionMessage.
    pub(super) fn parse(line: &str, wanted: &[String], takes_hashes: bool) -> Result<Self, &'static str> {
        if line.starts_with(BYTE_ORDER_MARK) {
            return Err("The CSV file begins with a byte order mark. Save it as UTF-8 without one.");
        }
        let found = fields(line);
        if found.iter().any(|name| name == PASSWORD_HASH) && !takes_hashes {
            return Err("The CSV file has password hashes, and the job no PasswordHashingAlgorithm.");
        }
        let mut expected: Vec<&str> = wanted.iter().map(String::as_str).collect();
        expected.extend(found.iter().any(|name| name == PASSWORD_HASH).then_some(PASSWORD_HASH));
        expected.sort_unstable();
        let mut given: Vec<&str> = found.iter().map(String::as_str).collect();
        given.sort_unstable();
        if given == expected {
            return Ok(Self(found));
        }
        Err("The header of the CSV file does not have the columns of GetCSVHeader, each of them once.")
    }

    /// The values of a line by column, empty ones left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn values(&self, line: &str) -> Result<BTreeMap<&str, String>, &'static str> {
        let values = fields(line);
        if values.len() != self.0.len() {
            return Err("The line does not have as many values as the header has columns.");
        }
        let pairs = self.0.iter().map(String::as_str).zip(values);
        Ok(pairs.filter(|(_, value)| !value.is_empty()).collect())
    }
}

/// The values of a line, trimmed. A comma is one of the value's behind a backslash; quotes are as any character.
fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field) = (Vec::new(), String::new());
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if characters.peek() == Some(&',') => field.extend(characters.next()),
            ',' => fields.push(std::mem::take(&mut field)),
            _ => field.push(character),
        }
    }
    fields.push(field);
    fields.into_iter().map(|field| field.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Vec<String> {
        ["name", USERNAME].map(str::to_owned).to_vec()
    }

    #[test]
    fn values_are_trimmed_and_hold_escaped_commas() {
        for (line, expected) in [
            ("", vec![""]),
            ("a,b", vec!["a", "b"]),
            (" a , b\r", vec!["a", "b"]),
            ("a\\, b,c", vec!["a, b", "c"]),
            ("a\\\\,b", vec!["a\\,b"]),
            ("\\a,\"b\"", vec!["\\a", "\"b\""]),
            ("\"a,b\"", vec!["\"a", "b\""]),
            (",,", vec!["", "", ""]),
            ("a\\", vec!["a\\"]),
        ] {
            assert_eq!(fields(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_header_has_every_column_once() {
        for line in ["name,cognito:username", "cognito:username , name\r"] {
            assert!(Header::parse(line, &wanted(), false).is_ok(), "{line}");
        }
        for line in
            ["", "name", "name,name,cognito:username", "name,cognito:username,x", "\"name\",cognito:username"]
        {
            assert!(Header::parse(line, &wanted(), false).is_err(), "{line}");
        }
        let marked = Header::parse("\u{feff}name,cognito:username", &wanted(), false);
        assert!(marked.unwrap_err().contains("byte order mark"));
        let hashed = "cognito:password_hash,name,cognito:username";
        assert!(Header::parse(hashed, &wanted(), true).is_ok());
        assert!(Header::parse(hashed, &wanted(), false).unwrap_err().contains("PasswordHashingAlgorithm"));
        let twice = "cognito:password_hash,cognito:password_hash,name,cognito:username";
        assert!(Header::parse(twice, &wanted(), true).is_err());
    }

    #[test]
    fn texts_are_no_longer_than_a_completion_message() {
        for line in ["", "\u{feff}", PASSWORD_HASH] {
            let text = Header::parse(line, &wanted(), false).unwrap_err();
            assert!(text.len() <= 128, "{text}");
        }
    }

    #[test]
    fn values_go_by_the_columns() {
        let header = Header::parse("cognito:username,name", &wanted(), false).unwrap();
        let values = header.values("alice, ").unwrap();
        assert_eq!(values, BTreeMap::from([(USERNAME, "alice".to_owned())]));
        assert!(header.values("alice").is_err());
        assert!(header.values("alice,Alice,").is_err());
    }
}
