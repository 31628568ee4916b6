-- App clients whose secrets the server keeps and rotates, for applications to read as they read those of AWS Secrets Manager.
CREATE TABLE published_secrets (
    client_id {text} NOT NULL PRIMARY KEY REFERENCES clients (client_id) ON DELETE CASCADE,
    suffix {text} NOT NULL, -- ends the ARN
    published_at {int} NOT NULL,
    rotated_at {int}, -- absent: not yet
    rotate_at {int} -- absent: by hand alone
) {table};
CREATE INDEX published_secrets_by_rotation ON published_secrets (rotate_at, client_id);

-- Whether a secret was made here: the caller's own are not rotated. Of older ones it is not known, and they count as made here.
ALTER TABLE client_secrets ADD COLUMN generated {int} NOT NULL DEFAULT 1;
