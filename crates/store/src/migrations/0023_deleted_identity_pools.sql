-- When an identity pool was deleted whose identities are still to go; NULL of those that are there.
ALTER TABLE identity_pools ADD COLUMN deleted_at {int};
CREATE INDEX identity_pools_by_deletion ON identity_pools (deleted_at, created_at, id);
