//! What a file says that the account is to have (`docs/iam.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::exit::Failure;

/// The whole file. What it names is to be as it says; the rest of the account is not its business.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Declaration {
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) users: BTreeMap<String, User>,
    pub(super) roles: BTreeMap<String, Role>,
}

/// A managed policy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    #[serde(default = "root")]
    pub(super) path: String,
    pub(super) description: Option<String>,
    /// JSON.
    pub(super) document: String,
}

/// A group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    #[serde(default = "root")]
    pub(super) path: String,
    /// Managed policies: names of those of the file or of AWS's, or ARNs.
    #[serde(default)]
    pub(super) policies: BTreeSet<String>,
    /// Policies of its own by name, in JSON.
    #[serde(default)]
    pub(super) inline: BTreeMap<String, String>,
}

/// A user. Access keys are not declared: a secret does not belong into a file that others read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    #[serde(default = "root")]
    pub(super) path: String,
    /// A managed policy.
    pub(super) boundary: Option<String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) groups: BTreeSet<String>,
    #[serde(default)]
    pub(super) policies: BTreeSet<String>,
    #[serde(default)]
    pub(super) inline: BTreeMap<String, String>,
}

/// A role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Role {
    #[serde(default = "root")]
    pub(super) path: String,
    pub(super) description: Option<String>,
    /// Seconds.
    #[serde(default = "usual_session")]
    pub(super) longest_session: i32,
    /// Who may assume it, in JSON.
    pub(super) trust: String,
    pub(super) boundary: Option<String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) policies: BTreeSet<String>,
    #[serde(default)]
    pub(super) inline: BTreeMap<String, String>,
}

fn root() -> String {
    "/".to_owned()
}

fn usual_session() -> i32 {
    3600
}

impl Declaration {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or says something else.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |why: String| Failure::setup(format!("iam-file: {}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        toml::from_str(&text).map_err(|error| failed(error.to_string()))
    }
}
