-- The account: its users, groups and roles, what policies they have, and with which keys users sign.

-- Users, groups and roles.
CREATE TABLE entities (
    id {text} NOT NULL PRIMARY KEY, -- AIDA…, AGPA…, AROA…
    kind {text} NOT NULL, -- user, group, role
    name {text} NOT NULL,
    name_key {text} NOT NULL, -- in lower case: names are found without regard to case
    path {text} NOT NULL,
    created_at {int} NOT NULL,
    boundary {text}, -- ARN of a managed policy
    tags {text} NOT NULL, -- JSON
    role {text}, -- JSON; of roles
    UNIQUE (kind, name_key)
) {table};
CREATE INDEX entities_by_boundary ON entities (boundary, id);

CREATE TABLE group_members (
    group_id {text} NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    user_id {text} NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
) {table};
CREATE INDEX group_members_by_user ON group_members (user_id, group_id);

CREATE TABLE access_keys (
    access_key_id {text} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    secret {bytes} NOT NULL, -- sealed
    active {int} NOT NULL,
    created_at {int} NOT NULL
) {table};
CREATE INDEX access_keys_by_user ON access_keys (user_id, access_key_id);

CREATE TABLE inline_policies (
    entity_id {text} NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    name_key {text} NOT NULL, -- in lower case
    document {text} NOT NULL,
    PRIMARY KEY (entity_id, name_key)
) {table};

-- Customer-managed policies; those of AWS are not stored.
CREATE TABLE managed_policies (
    id {text} NOT NULL PRIMARY KEY, -- ANPA…
    name {text} NOT NULL,
    name_key {text} NOT NULL UNIQUE, -- in lower case
    path {text} NOT NULL,
    description {text},
    default_version {int} NOT NULL,
    last_version {int} NOT NULL, -- numbers are not used again
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    tags {text} NOT NULL -- JSON
) {table};

CREATE TABLE policy_versions (
    policy_id {text} NOT NULL REFERENCES managed_policies (id) ON DELETE CASCADE,
    version {int} NOT NULL,
    document {text} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (policy_id, version)
) {table};

-- Which managed policies, AWS's included, users, groups and roles have.
CREATE TABLE attachments (
    entity_id {text} NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    policy_arn {text} NOT NULL,
    PRIMARY KEY (entity_id, policy_arn)
) {table};
CREATE INDEX attachments_by_policy ON attachments (policy_arn, entity_id);
