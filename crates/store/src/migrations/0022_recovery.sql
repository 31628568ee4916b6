-- From when the changes of a pool's users are kept, and which recovery holds them still.
CREATE TABLE journals (
    pool_id {text} NOT NULL PRIMARY KEY REFERENCES pools (id) ON DELETE CASCADE,
    since {int} NOT NULL,
    paused_by {text}, -- a recovery's id; absent: none
    paused_until {int}
) {table};

-- Recoveries of pools to an earlier moment.
CREATE TABLE recoveries (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    recovery_id {text} NOT NULL,
    status {text} NOT NULL,
    restore_at {int} NOT NULL,
    triggered_at {int} NOT NULL,
    ended_at {int},
    counts {text} NOT NULL, -- JSON
    is_counted {int} NOT NULL,
    phase {text}, -- absent: nothing is to be done
    position {text} NOT NULL, -- JSON: the key that was reached
    lease {text}, -- names who does it
    due_at {int}, -- absent unless something is to be done
    failing_since {int},
    PRIMARY KEY (pool_id, recovery_id)
) {table};
CREATE INDEX recoveries_by_time ON recoveries (pool_id, triggered_at, recovery_id);
CREATE INDEX recoveries_by_due_at ON recoveries (due_at);

-- The journal: rows as they were before they were changed at a time, one table for each kind of them. Where there was none,
-- only the key is there.
CREATE TABLE past_users (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    sub {text} NOT NULL,
    username {text},
    username_key {text},
    status {text},
    enabled {int},
    created_at {int},
    modified_at {int},
    attributes {text},
    verifier {bytes},
    password_set_at {int},
    password_version {int},
    password_history {bytes},
    mfa {text},
    sign_outs {int},
    imported_hash {bytes},
    changed_at {int} NOT NULL,
    existed {int} NOT NULL,
    PRIMARY KEY (pool_id, sub, changed_at)
) {table};
CREATE INDEX past_users_by_time ON past_users (changed_at);

CREATE TABLE past_groups (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    description {text},
    role_arn {text},
    precedence {int},
    created_at {int},
    modified_at {int},
    changed_at {int} NOT NULL,
    existed {int} NOT NULL,
    PRIMARY KEY (pool_id, name, changed_at)
) {table};
CREATE INDEX past_groups_by_time ON past_groups (changed_at);

CREATE TABLE past_members (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    sub {text} NOT NULL,
    group_name {text} NOT NULL,
    changed_at {int} NOT NULL,
    existed {int} NOT NULL,
    PRIMARY KEY (pool_id, sub, group_name, changed_at)
) {clustered};
CREATE INDEX past_members_by_time ON past_members (changed_at);

CREATE TABLE past_passkeys (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    credential_id {text} NOT NULL,
    sub {text},
    rp_id {text},
    public_key {bytes},
    sign_count {int},
    attachment {text},
    transports {text},
    created_at {int},
    changed_at {int} NOT NULL,
    existed {int} NOT NULL,
    PRIMARY KEY (pool_id, credential_id, changed_at)
) {table};
CREATE INDEX past_passkeys_by_time ON past_passkeys (changed_at);

CREATE TABLE past_linked_identities (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    provider_name {text} NOT NULL,
    attribute_name {text} NOT NULL,
    attribute_value {text} NOT NULL,
    sub {text},
    created_at {int},
    changed_at {int} NOT NULL,
    existed {int} NOT NULL,
    PRIMARY KEY (pool_id, provider_name, attribute_name, attribute_value, changed_at)
) {table};
CREATE INDEX past_linked_identities_by_time ON past_linked_identities (changed_at);
