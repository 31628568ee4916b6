-- Where the audit logs of servers and commands stand, so that the end of a file cannot be cut off unseen.
CREATE TABLE audit_chains (
    chain_id {text} NOT NULL PRIMARY KEY,
    sequence {int} NOT NULL, -- of its last record
    mac {text} NOT NULL,
    noted_at {int} NOT NULL
) {table};
