//! Manifests: what a backup consists of.

use poolhouse_crypto::digest;
use poolhouse_ports::PoolId;
use poolhouse_store::migrate;
use serde::{Deserialize, Serialize};

use crate::BackupError;

/// The version of the form of manifests and parts.
pub(crate) const FORMAT: u32 = 1;

/// A backup. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of its form.
    pub format: u32,
    /// What it is called: the time, and a random number.
    pub name: String,
    /// When it was begun; what is in it is the state of that moment.
    pub made_at: String,
    /// The version of the program that made it.
    pub program: String,
    /// The version of the schema.
    pub schema: i64,
    /// Tells that schema from others of the number.
    pub schema_checksum: String,
    /// The pools that it is of; absent: everything.
    pub pools: Option<Vec<PoolId>>,
    /// The public keys that it is encrypted for.
    pub recipients: Vec<String>,
    /// Its parts, each table after those that it points to.
    pub parts: Vec<Part>,
}

/// A stretch of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The table.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// The size of its file.
    pub bytes: u64,
    /// The SHA-256 of its file.
    pub sha256: String,
    /// The keyed hash of what is in it, which names the file.
    pub content: String,
}

/// The one member that all forms have.
#[derive(Deserialize)]
struct AnyForm {
    format: u32,
}

impl Manifest {
    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// How many bytes its parts take.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }

    /// The form in which it is written.
    pub(crate) fn to_json(&self) -> String {
        // It is made of texts and numbers, which are always JSON.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads it, as `None` where it is none.
    ///
    /// # Errors
    /// [`BackupError::Newer`] when it has a form that is not known.
    pub(crate) fn from_json(json: &[u8]) -> Result<Option<Self>, BackupError> {
        let Ok(any) = serde_json::from_slice::<AnyForm>(json) else { return Ok(None) };
        if any.format > FORMAT {
            return Err(BackupError::Newer(format!("form {}", any.format), format!("form {FORMAT}")));
        }
        let manifest = serde_json::from_slice::<Self>(json).ok();
        Ok(manifest.filter(|m| is_name(&m.name) && m.parts.iter().all(Part::is_sound)))
    }

    /// Whether this program can restore it.
    ///
    /// # Errors
    /// [`BackupError::Newer`] and [`BackupError::OtherSchema`] when not.
    pub(crate) fn check_schema(&self) -> Result<(), BackupError> {
        let known = migrate::newest();
        if self.schema > known {
            return Err(BackupError::Newer(
                format!("{}, schema {}", self.program, self.schema),
                format!("schema {known}"),
            ));
        }
        if self.schema_checksum != migrate::checksum_of(self.schema) {
            return Err(BackupError::OtherSchema(self.schema));
        }
        Ok(())
    }
}

impl Part {
    /// Its name becomes part of a path.
    fn is_sound(&self) -> bool {
        let is_hash = |text: &str| {
            text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
        };
        is_hash(&self.content) && is_hash(&self.sha256)
    }

    /// Whether a file is the one that it says.
    pub(crate) fn is_of(&self, file: &[u8]) -> bool {
        file.len() as u64 == self.bytes && digest::hex(&digest::sha256(&[file])) == self.sha256
    }
}

/// Whether a text is what [`Manifest::name`] is: it becomes part of a path.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase() || matches!(b, b'T' | b'Z' | b'-');
    !text.is_empty() && text.len() <= 64 && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            format: FORMAT,
            name: "20300101T000000Z-00ff".to_owned(),
            made_at: "2030-01-01T00:00:00Z".to_owned(),
            program: "0.1.0".to_owned(),
            schema: migrate::newest(),
            schema_checksum: migrate::checksum_of(migrate::newest()),
            pools: Some(vec![PoolId::from("us-east-1_a")]),
            recipients: vec!["age1".to_owned()],
            parts: vec![Part {
                table: "users".to_owned(),
                rows: 1,
                bytes: 2,
                sha256: "0".repeat(64),
                content: "a".repeat(64),
            }],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(Manifest::from_json(manifest().to_json().as_bytes()), Ok(Some(manifest())));
    }

    #[test]
    fn a_newer_form_names_itself() {
        let refused = Manifest::from_json(br#"{"format": 2, "chapters": []}"#);
        assert_eq!(refused, Err(BackupError::Newer("form 2".to_owned(), "form 1".to_owned())));
    }

    #[test]
    fn a_schema_that_is_not_known_is_refused() {
        assert_eq!(manifest().check_schema(), Ok(()));
        let newer = Manifest { schema: migrate::newest() + 1, ..manifest() };
        assert!(matches!(newer.check_schema(), Err(BackupError::Newer(..))));
        let other = Manifest { schema_checksum: "0".to_owned(), ..manifest() };
        assert_eq!(other.check_schema(), Err(BackupError::OtherSchema(migrate::newest())));
    }

    #[test]
    fn names_that_lead_elsewhere_are_no_manifests() {
        for content in ["../../etc/passwd".to_owned(), format!("/{}", "a".repeat(63)), "A".repeat(64)] {
            let mut elsewhere = manifest();
            elsewhere.parts[0].content = content;
            assert_eq!(Manifest::from_json(elsewhere.to_json().as_bytes()), Ok(None));
        }
        let elsewhere = Manifest { name: "../x".to_owned(), ..manifest() };
        assert_eq!(Manifest::from_json(elsewhere.to_json().as_bytes()), Ok(None));
        assert_eq!(Manifest::from_json(b"[]"), Ok(None));
    }
}
