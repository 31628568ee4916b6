-- What the pages of a pool remember of a browser in which a user signed in.
CREATE TABLE browser_sessions (
    pool_id {text} NOT NULL,
    sub {text} NOT NULL,
    session_id {text} NOT NULL,
    client_id {text} NOT NULL, -- through which it was made; it may be gone
    authenticated_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    methods {text} NOT NULL, -- what was proven, as in the claim amr, separated by blanks
    last_active_at {int} NOT NULL,
    device {text} NOT NULL,
    address {text},
    PRIMARY KEY (pool_id, sub, session_id),
    FOREIGN KEY (pool_id, sub) REFERENCES users (pool_id, sub) ON DELETE CASCADE
) {table};
CREATE INDEX browser_sessions_by_activity ON browser_sessions (pool_id, sub, last_active_at, session_id);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_at);

-- The browser session that a tracked sign-in came through; absent for those of the API.
ALTER TABLE sessions ADD COLUMN origin_session_id {text};
