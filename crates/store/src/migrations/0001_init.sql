-- Times are milliseconds since 1970, booleans 0 or 1. "Sealed" columns are encrypted and bound to their row.

-- Facts about the installation as a whole.
CREATE TABLE settings (
    name {text} NOT NULL PRIMARY KEY,
    value {bytes} NOT NULL
) {table};

-- Access keys of callers who sign their requests.
CREATE TABLE credentials (
    access_key_id {text} NOT NULL PRIMARY KEY,
    secret {bytes} NOT NULL, -- sealed
    created_at {int} NOT NULL
) {table};

CREATE TABLE pools (
    id {text} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    region {text} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    config {text} NOT NULL, -- JSON
    data_key {bytes} NOT NULL -- sealed by the master key; seals everything else of the pool
) {table};
CREATE INDEX pools_by_created_at ON pools (created_at, id);

CREATE TABLE signing_keys (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    kid {text} NOT NULL,
    token_use {text} NOT NULL, -- id, access
    created_at {int} NOT NULL,
    retired_at {int},
    private_key {bytes} NOT NULL, -- sealed PKCS #8
    public_key {bytes} NOT NULL, -- DER
    PRIMARY KEY (pool_id, kid)
) {table};

CREATE TABLE certificates (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    created_at {int} NOT NULL,
    certificate {bytes} NOT NULL, -- DER
    private_key {bytes} NOT NULL, -- sealed
    PRIMARY KEY (pool_id, created_at)
) {table};

CREATE TABLE clients (
    client_id {text} NOT NULL PRIMARY KEY,
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    config {text} NOT NULL -- JSON
) {table};
CREATE INDEX clients_by_pool ON clients (pool_id, client_id);

CREATE TABLE client_secrets (
    client_id {text} NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    secret_id {text} NOT NULL,
    created_at {int} NOT NULL,
    secret {bytes} NOT NULL, -- sealed
    PRIMARY KEY (client_id, secret_id)
) {table};

CREATE TABLE users (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    sub {text} NOT NULL,
    username {text} NOT NULL,
    username_key {text} NOT NULL, -- the user name, folded when the pool ignores case
    status {text} NOT NULL,
    enabled {int} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    attributes {text} NOT NULL, -- JSON object of strings, without sub
    verifier {bytes}, -- sealed: salt and SRP verifier
    password_set_at {int},
    password_version {int} NOT NULL, -- counts the passwords
    password_history {bytes}, -- sealed
    mfa {text}, -- JSON
    PRIMARY KEY (pool_id, sub),
    UNIQUE (pool_id, username_key)
) {table};
CREATE INDEX users_by_created_at ON users (pool_id, created_at, sub);
CREATE INDEX users_by_status ON users (pool_id, status, created_at, sub);
CREATE INDEX users_by_enabled ON users (pool_id, enabled, created_at, sub);

-- The attributes that ListUsers can search.
CREATE TABLE user_index (
    pool_id {text} NOT NULL,
    name {text} NOT NULL,
    value {text} NOT NULL, -- folded
    sub {text} NOT NULL,
    PRIMARY KEY (pool_id, name, value, sub),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {clustered};
CREATE INDEX user_index_by_user ON user_index (pool_id, sub);

-- Who may sign in by an attribute's value.
CREATE TABLE aliases (
    pool_id {text} NOT NULL,
    name {text} NOT NULL, -- email, phone_number, preferred_username
    value {text} NOT NULL, -- folded
    sub {text} NOT NULL,
    PRIMARY KEY (pool_id, name, value),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {clustered};
CREATE INDEX aliases_by_user ON aliases (pool_id, sub);

CREATE TABLE user_groups (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    description {text},
    role_arn {text},
    precedence {int},
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    PRIMARY KEY (pool_id, name)
) {table};

-- Who is in which group.
CREATE TABLE members (
    pool_id {text} NOT NULL,
    sub {text} NOT NULL,
    group_name {text} NOT NULL,
    PRIMARY KEY (pool_id, sub, group_name),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE,
    FOREIGN KEY (pool_id, group_name) REFERENCES user_groups (pool_id, name) ON DELETE CASCADE
) {clustered};
CREATE INDEX members_by_group ON members (pool_id, group_name, sub);

-- Codes that were sent to users: one at a time for each purpose.
CREATE TABLE codes (
    pool_id {text} NOT NULL,
    sub {text} NOT NULL,
    purpose {text} NOT NULL, -- sign_up, forgot_password, verify_email ...
    attribute {text} NOT NULL, -- the attribute whose value it was sent to
    value {text}, -- a new value that waits for the code
    code {bytes} NOT NULL, -- keyed hash
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    attempts {int} NOT NULL, -- wrong answers so far
    PRIMARY KEY (pool_id, sub, purpose),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {table};
CREATE INDEX codes_by_expires_at ON codes (expires_at);

-- One row for each sign-in whose tokens may still be used.
CREATE TABLE sessions (
    pool_id {text} NOT NULL,
    event_id {text} NOT NULL,
    sub {text} NOT NULL,
    client_id {text} NOT NULL,
    origin_jti {text} NOT NULL,
    auth_time {int} NOT NULL,
    expires_at {int} NOT NULL,
    revoked_at {int},
    PRIMARY KEY (pool_id, event_id),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {clustered};
CREATE INDEX sessions_by_user ON sessions (pool_id, sub);
CREATE INDEX sessions_by_origin_jti ON sessions (pool_id, origin_jti);
CREATE INDEX sessions_by_expires_at ON sessions (expires_at);

-- Marks of what can be used once. Without a foreign key: every sign-in of a pool would lock the pool's row.
CREATE TABLE spent (
    pool_id {text} NOT NULL,
    mark {text} NOT NULL,
    expires_at {int} NOT NULL,
    PRIMARY KEY (pool_id, mark)
) {clustered};
CREATE INDEX spent_by_expires_at ON spent (expires_at);

-- Counters for lock-out and hourly limits; without a foreign key for the same reason.
CREATE TABLE attempts (
    pool_id {text} NOT NULL,
    subject {text} NOT NULL,
    action {text} NOT NULL,
    count {int} NOT NULL,
    first_at {int} NOT NULL,
    last_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    PRIMARY KEY (pool_id, subject, action)
) {clustered};
CREATE INDEX attempts_by_expires_at ON attempts (expires_at);

CREATE TABLE identity_providers (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    provider_type {text} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    config {text} NOT NULL, -- JSON, without secrets
    secrets {bytes}, -- sealed JSON
    PRIMARY KEY (pool_id, name)
) {table};

CREATE TABLE idp_identifiers (
    pool_id {text} NOT NULL,
    identifier {text} NOT NULL,
    provider_name {text} NOT NULL,
    PRIMARY KEY (pool_id, identifier),
    FOREIGN KEY (pool_id, provider_name) REFERENCES identity_providers (pool_id, name) ON DELETE CASCADE
) {clustered};
CREATE INDEX idp_identifiers_by_provider ON idp_identifiers (pool_id, provider_name);

-- Which user a provider's user is.
CREATE TABLE linked_identities (
    pool_id {text} NOT NULL,
    provider_name {text} NOT NULL,
    attribute_name {text} NOT NULL,
    attribute_value {text} NOT NULL,
    sub {text} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (pool_id, provider_name, attribute_name, attribute_value),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {clustered};
CREATE INDEX linked_identities_by_user ON linked_identities (pool_id, sub);

CREATE TABLE resource_servers (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    identifier {text} NOT NULL,
    name {text} NOT NULL,
    scopes {text} NOT NULL, -- JSON
    PRIMARY KEY (pool_id, identifier)
) {table};
