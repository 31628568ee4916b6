-- Which URLs are clients of a pool: those that match a pattern, with the settings of an app client.
CREATE TABLE cimd_policies (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    policy_id {text} NOT NULL,
    client_id {text} NOT NULL, -- it may be gone
    name {text} NOT NULL,
    cache_seconds {int} NOT NULL,
    patterns {text} NOT NULL, -- JSON
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    PRIMARY KEY (pool_id, policy_id)
) {table};
CREATE UNIQUE INDEX cimd_policies_by_age ON cimd_policies (pool_id, created_at, policy_id);

-- What was read at these URLs.
CREATE TABLE cimd_documents (
    pool_id {text} NOT NULL,
    policy_id {text} NOT NULL,
    url {text} NOT NULL,
    document {text}, -- JSON; absent: forgotten, as the two times are
    cached_at {int},
    expires_at {int},
    used_at {int} NOT NULL,
    PRIMARY KEY (pool_id, policy_id, url),
    FOREIGN KEY (pool_id, policy_id) REFERENCES cimd_policies (pool_id, policy_id) ON DELETE CASCADE
) {table};
CREATE INDEX cimd_documents_by_use ON cimd_documents (pool_id, policy_id, used_at, url);
CREATE INDEX cimd_documents_by_age ON cimd_documents (used_at);
