-- Identity pools: their identities, who logs in as them, and the keys that sign the tokens of all pools.

CREATE TABLE identity_pools (
    id {text} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    created_at {int} NOT NULL,
    config {text} NOT NULL -- JSON: providers, roles, tag maps, tags
) {table};
CREATE INDEX identity_pools_by_creation ON identity_pools (created_at, id);

CREATE TABLE identities (
    id {text} NOT NULL PRIMARY KEY,
    pool_id {text} NOT NULL REFERENCES identity_pools (id) ON DELETE CASCADE,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    authenticated {int} NOT NULL, -- whether it ever had a login: it is no guest's any more
    enabled {int} NOT NULL -- 0 once it was merged into another one
) {table};
CREATE INDEX identities_by_pool ON identities (pool_id, id);

CREATE TABLE identity_logins (
    pool_id {text} NOT NULL,
    kind {text} NOT NULL, -- public, or developer for users that the developer's own backend names
    provider {text} NOT NULL,
    subject {text} NOT NULL,
    identity_id {text} NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    PRIMARY KEY (pool_id, kind, provider, subject)
) {table};
CREATE INDEX identity_logins_by_identity ON identity_logins (identity_id, kind, provider, subject);

CREATE TABLE identity_keys (
    kid {text} NOT NULL PRIMARY KEY,
    created_at {int} NOT NULL,
    private_key {bytes} NOT NULL -- PKCS #8, sealed
) {table};
