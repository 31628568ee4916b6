-- Imports of users from CSV files. A job that runs is held by the node with the lease until the lease ends.
CREATE TABLE import_jobs (
    pool_id {text} NOT NULL REFERENCES pools (id) ON DELETE CASCADE,
    job_id {text} NOT NULL,
    name {text} NOT NULL,
    role_arn {text} NOT NULL,
    hashing {text}, -- BCRYPT, SCRYPT, ARGON2ID, PBKDF2_SHA256
    status {text} NOT NULL, -- in Cognito's words
    created_at {int} NOT NULL,
    started_at {int},
    completed_at {int},
    imported {int} NOT NULL,
    skipped {int} NOT NULL,
    failed {int} NOT NULL,
    message {text},
    upload_id {text}, -- whose parts are the file
    size {int} NOT NULL, -- of the file, in bytes
    position {int} NOT NULL, -- of the next line in the file
    line {int} NOT NULL, -- how many lines are done
    lease {text},
    due_at {int}, -- when a node may take the job; null unless it is to run
    attempts {int} NOT NULL, -- how often it was taken since it last got on
    PRIMARY KEY (pool_id, job_id)
) {table};
CREATE INDEX import_jobs_by_time ON import_jobs (pool_id, created_at, job_id);
CREATE INDEX import_jobs_by_due_at ON import_jobs (due_at);
CREATE INDEX import_jobs_by_status ON import_jobs (status, created_at);

-- The uploaded files, in parts of one size but for the last.
CREATE TABLE import_parts (
    pool_id {text} NOT NULL,
    job_id {text} NOT NULL,
    upload_id {text} NOT NULL,
    number {int} NOT NULL,
    content {bytes} NOT NULL, -- sealed
    PRIMARY KEY (pool_id, job_id, upload_id, number),
    FOREIGN KEY (pool_id, job_id) REFERENCES import_jobs (pool_id, job_id) ON DELETE CASCADE
) {table};

-- The password of an imported user as another system hashed it, sealed, until the user first signs in with it.
ALTER TABLE users ADD COLUMN imported_hash {bytes};

-- How many requests of a category the account may make in a second, where that is not the default.
CREATE TABLE provisioned_limits (
    region {text} NOT NULL,
    category {text} NOT NULL,
    value {int} NOT NULL,
    PRIMARY KEY (region, category)
) {table};

-- The servers that are there.
CREATE TABLE nodes (
    node_id {text} NOT NULL PRIMARY KEY,
    seen_at {int} NOT NULL
) {table};
CREATE INDEX nodes_by_seen_at ON nodes (seen_at);
