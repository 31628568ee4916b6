//! Domains of pools.

use poolhouse_kernel::Fault;
use poolhouse_ports::{PoolId, Timestamp};
use poolhouse_store::tables::domains::Domain as Row;
use poolhouse_wire::user_pools::{RoutingType, SecurityPolicyType};
use serde::{Deserialize, Serialize};

/// A domain: a name under which the pages of a pool are.
#[derive(Clone, Debug)]
pub struct Domain {
    /// A prefix, or a whole host name; no other pool has it.
    pub name: String,
    /// The pool whose pages are there.
    pub pool_id: PoolId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// What can be changed of it.
    pub settings: Settings,
}

/// What is stored of a domain's configuration, as one JSON document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Which pages are served.
    pub version: ManagedLoginVersion,
    /// What the operator said of a custom domain; absent for a prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom: Option<Custom>,
    /// Where a custom domain leads when its region fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<RoutingType>,
}

/// What the operator said of a custom domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Custom {
    /// Stored and answered; this server's own certificates are its configuration.
    pub certificate_arn: String,
    /// The oldest version of TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_policy: Option<SecurityPolicyType>,
}

/// Which pages a domain serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManagedLoginVersion {
    /// The classic ones.
    Classic,
    /// Managed login.
    ManagedLogin,
}

/// The names of a pool's domains, of each kind at most one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pub(crate) prefix: Option<String>,
    pub(crate) custom: Option<String>,
}

impl Domain {
    /// Whether the name is a whole host name.
    pub fn is_custom(&self) -> bool {
        self.settings.custom.is_some()
    }

    /// Reads a stored row.
    pub(crate) fn from_row(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            settings: serde_json::from_str(&row.config).map_err(Fault::internal)?,
            name: row.name,
            pool_id: row.pool_id,
            created_at: row.created_at,
            modified_at: row.modified_at,
        })
    }

    /// The row to be stored.
    pub(crate) fn to_row(&self) -> Result<Row, Fault> {
        Ok(Row {
            name: self.name.clone(),
            pool_id: self.pool_id.clone(),
            custom: self.is_custom(),
            created_at: self.created_at,
            modified_at: self.modified_at,
            config: serde_json::to_string(&self.settings).map_err(Fault::internal)?,
        })
    }
}

impl ManagedLoginVersion {
    /// The API's number.
    pub fn number(self) -> i32 {
        match self {
            Self::Classic => 1,
            Self::ManagedLogin => 2,
        }
    }
}

impl Names {
    /// The names in the rows of one pool.
    pub(crate) fn of(rows: Vec<Row>) -> Self {
        let mut names = Self::default();
        for row in rows {
            let name = if row.custom { &mut names.custom } else { &mut names.prefix };
            *name = Some(row.name);
        }
        names
    }

    /// The name that stands for the pool: the custom one where there is one (oauth-and-managed-login §1.1, open).
    pub(crate) fn canonical(&self) -> Option<&str> {
        self.custom.as_deref().or(self.prefix.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_can_be_read() {
        crate::model::stored::check::<Settings>("domain");
    }
}
