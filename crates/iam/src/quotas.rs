//! How much of everything there can be (identity-pools-and-iam §10.4, documented).

/// Access keys of a user.
pub(crate) const KEYS_PER_USER: u32 = 2;

/// Groups of a user.
pub(crate) const GROUPS_PER_USER: u32 = 10;

/// Managed policies of a user, group or role.
pub(crate) const POLICIES_PER_ENTITY: u32 = 10;

/// Customer-managed policies of an account.
pub(crate) const POLICIES: u32 = 1500;

/// Versions of a policy.
pub(crate) const VERSIONS: u32 = 5;

/// Providers of either kind of an account.
pub(crate) const PROVIDERS: u32 = 100;

/// Clients of a provider.
pub(crate) const CLIENTS_PER_PROVIDER: u32 = 100;

/// Thumbprints of a provider.
pub(crate) const THUMBPRINTS_PER_PROVIDER: usize = 5;

/// Users, groups and roles together: as many as can have a policy.
pub(crate) const HOLDERS: u32 = 6300;

/// Inline policies of a user, group or role: more than fit into the size that all of them together may have.
pub(crate) const INLINE: u32 = 1000;
