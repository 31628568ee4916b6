//! One module for each table: its row, its statements, and functions that are named after what
//! their SQL does.
//!
//! `get` and `find_by_…` give a row or `None`; `list_after` a page in the order of a key, after the
//! last key of the page before; `insert` tells whether the row was there already; `update` and
//! `delete` whether there was a row to change.

pub mod access_keys;
pub mod acme_accounts;
pub mod acme_certificates;
pub mod acme_challenges;
pub mod aliases;
pub mod attachments;
pub mod attempts;
pub mod audit_chains;
pub mod auth_events;
pub mod branding_assets;
pub mod branding_styles;
pub mod browser_sessions;
pub mod certificates;
pub mod cimd_documents;
pub mod cimd_policies;
pub mod client_secrets;
pub mod clients;
pub mod codes;
pub mod credentials;
pub mod deleted_pools;
pub mod devices;
pub mod domains;
pub mod entities;
pub mod federated_providers;
pub mod group_members;
pub mod groups;
pub mod identities;
pub mod identity_keys;
pub mod identity_logins;
pub mod identity_pools;
pub mod identity_providers;
pub mod idp_identifiers;
pub mod import_jobs;
pub mod import_parts;
pub mod inline_policies;
pub mod journals;
pub mod leases;
pub mod linked_identities;
pub mod managed_policies;
pub mod members;
pub mod nodes;
pub mod outbox;
pub mod passkeys;
pub mod past;
pub mod policy_versions;
pub mod pools;
pub mod provisioned_limits;
pub mod published_secrets;
pub mod recoveries;
pub mod resource_servers;
pub mod sessions;
pub mod settings;
pub mod signing_keys;
pub mod spent;
pub mod terms;
pub mod tracked_sessions;
pub mod ui_customizations;
pub mod user_index;
pub mod users;

/// What became of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Insert {
    /// The row is new.
    Inserted,
    /// A row with this key (or another unique value of it) was there; nothing was changed.
    Exists,
}

impl Insert {
    /// From the number of rows that an `INSERT … ON CONFLICT DO NOTHING` made.
    pub(crate) fn from_count(count: u64) -> Self {
        if count == 0 { Self::Exists } else { Self::Inserted }
    }
}

/// What the whole-database tools need to know of a table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its SQL name.
    pub(crate) name: &'static str,
    /// Its columns, separated by `, `.
    pub(crate) columns: &'static str,
    /// The columns of its primary key in order, separated by `, `.
    pub(crate) key: &'static str,
}

/// All tables, each after those it points to.
pub(crate) const TABLES: &[&Table] = &[
    &settings::TABLE,
    &credentials::TABLE,
    &pools::TABLE,
    &deleted_pools::TABLE,
    &signing_keys::TABLE,
    &certificates::TABLE,
    &clients::TABLE,
    &client_secrets::TABLE,
    &published_secrets::TABLE,
    &users::TABLE,
    &user_index::TABLE,
    &aliases::TABLE,
    &groups::TABLE,
    &members::TABLE,
    &codes::TABLE,
    &outbox::TABLE,
    &sessions::TABLE,
    &browser_sessions::TABLE,
    &spent::TABLE,
    &attempts::TABLE,
    &identity_providers::TABLE,
    &idp_identifiers::TABLE,
    &linked_identities::TABLE,
    &resource_servers::TABLE,
    &devices::TABLE,
    &passkeys::TABLE,
    &auth_events::TABLE,
    &domains::TABLE,
    &ui_customizations::TABLE,
    &branding_styles::TABLE,
    &branding_assets::TABLE,
    &terms::TABLE,
    &provisioned_limits::TABLE,
    &nodes::TABLE,
    &leases::TABLE,
    &import_jobs::TABLE,
    &import_parts::TABLE,
    &journals::TABLE,
    &recoveries::TABLE,
    &past::users::TABLE,
    &past::groups::TABLE,
    &past::members::TABLE,
    &past::passkeys::TABLE,
    &past::linked_identities::TABLE,
    &cimd_policies::TABLE,
    &cimd_documents::TABLE,
    &entities::TABLE,
    &group_members::TABLE,
    &access_keys::TABLE,
    &inline_policies::TABLE,
    &managed_policies::TABLE,
    &policy_versions::TABLE,
    &attachments::TABLE,
    &federated_providers::TABLE,
    &identity_pools::TABLE,
    &identities::TABLE,
    &identity_logins::TABLE,
    &identity_keys::TABLE,
    &audit_chains::TABLE,
    &acme_accounts::TABLE,
    &acme_certificates::TABLE,
    &acme_challenges::TABLE,
];

/// All statements of the tables' modules.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&[&crate::statement::Statement]] = &[
    access_keys::STATEMENTS,
    acme_accounts::STATEMENTS,
    acme_certificates::STATEMENTS,
    acme_challenges::STATEMENTS,
    aliases::STATEMENTS,
    attachments::STATEMENTS,
    attempts::STATEMENTS,
    audit_chains::STATEMENTS,
    auth_events::STATEMENTS,
    branding_assets::STATEMENTS,
    branding_styles::STATEMENTS,
    browser_sessions::STATEMENTS,
    certificates::STATEMENTS,
    cimd_documents::STATEMENTS,
    cimd_policies::STATEMENTS,
    client_secrets::STATEMENTS,
    clients::STATEMENTS,
    codes::STATEMENTS,
    credentials::STATEMENTS,
    deleted_pools::STATEMENTS,
    devices::STATEMENTS,
    domains::STATEMENTS,
    entities::STATEMENTS,
    federated_providers::STATEMENTS,
    group_members::STATEMENTS,
    groups::STATEMENTS,
    identities::STATEMENTS,
    identity_keys::STATEMENTS,
    identity_logins::STATEMENTS,
    identity_pools::STATEMENTS,
    identity_providers::STATEMENTS,
    idp_identifiers::STATEMENTS,
    import_jobs::STATEMENTS,
    import_parts::STATEMENTS,
    inline_policies::STATEMENTS,
    journals::STATEMENTS,
    leases::STATEMENTS,
    linked_identities::STATEMENTS,
    managed_policies::STATEMENTS,
    members::STATEMENTS,
    nodes::STATEMENTS,
    outbox::STATEMENTS,
    passkeys::STATEMENTS,
    past::users::STATEMENTS,
    past::groups::STATEMENTS,
    past::members::STATEMENTS,
    past::passkeys::STATEMENTS,
    past::linked_identities::STATEMENTS,
    policy_versions::STATEMENTS,
    pools::STATEMENTS,
    provisioned_limits::STATEMENTS,
    published_secrets::STATEMENTS,
    recoveries::STATEMENTS,
    resource_servers::STATEMENTS,
    sessions::STATEMENTS,
    settings::STATEMENTS,
    signing_keys::STATEMENTS,
    spent::STATEMENTS,
    terms::STATEMENTS,
    tracked_sessions::STATEMENTS,
    ui_customizations::STATEMENTS,
    user_index::STATEMENTS,
    users::STATEMENTS,
];
