-- Pools that are deleted for everybody, whose rows are still being removed.
CREATE TABLE deleted_pools (
    pool_id {text} NOT NULL PRIMARY KEY REFERENCES pools (id) ON DELETE CASCADE,
    deleted_at {int} NOT NULL
) {clustered};
