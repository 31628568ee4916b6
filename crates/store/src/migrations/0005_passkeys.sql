-- Passkeys of users.
CREATE TABLE passkeys (
    pool_id {text} NOT NULL,
    credential_id {text} NOT NULL, -- base64url
    sub {text} NOT NULL,
    rp_id {text} NOT NULL,
    public_key {bytes} NOT NULL, -- COSE
    sign_count {int} NOT NULL,
    attachment {text}, -- platform, cross-platform
    transports {text} NOT NULL, -- JSON
    created_at {int} NOT NULL,
    PRIMARY KEY (pool_id, credential_id),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {table};
CREATE INDEX passkeys_by_user ON passkeys (pool_id, sub, created_at, credential_id);
