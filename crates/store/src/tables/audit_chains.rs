//! Where the chains of audit logs stand: what their files must hold at least.

use poolhouse_ports::Timestamp;

use super::Table;
use crate::error::StoreError;
use crate::row::row;
use crate::statement::statements;
use crate::store::Tx;
use crate::value::params;

row! {
    /// One chain.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AuditChain {
        /// Its name, with which those of its files begin.
        pub chain_id: String,
        /// The number of its last record.
        pub sequence: i64,
        /// The code of that record.
        pub mac: String,
        /// When this was noted.
        pub noted_at: Timestamp,
    }
}

pub(crate) const TABLE: Table = Table { name: "audit_chains", columns: AuditChain::COLUMNS, key: "chain_id" };

statements! {
    LIST = [
        "SELECT ", AuditChain::COLUMNS, " FROM audit_chains WHERE chain_id > $1 ORDER BY chain_id LIMIT $2"
    ];
    PUT = [
        "INSERT INTO audit_chains (", AuditChain::COLUMNS, ") VALUES (", AuditChain::PLACEHOLDERS, ") \
         ON CONFLICT (chain_id) DO UPDATE SET sequence = excluded.sequence, mac = excluded.mac, \
         noted_at = excluded.noted_at"
    ];
}

/// Chains by name, behind this one.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn list(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<AuditChain>, StoreError> {
    tx.query(LIST, params![after, limit], AuditChain::decode).await
}

/// Notes where a chain stands.
///
/// # Errors
/// As any statement: see [`StoreError`].
pub async fn put(tx: &mut Tx, chain: &AuditChain) -> Result<(), StoreError> {
    tx.execute(PUT, &chain.values()).await.map(drop)
}
