-- The record of a tracked sign-in, on its row. All four are absent where sessions are not tracked, and again once the
-- sign-in has ended.
ALTER TABLE sessions ADD COLUMN session_id {text};
ALTER TABLE sessions ADD COLUMN last_active_at {int};
ALTER TABLE sessions ADD COLUMN device {text};
ALTER TABLE sessions ADD COLUMN address {text};

-- Leads to all sign-ins of a user, and to the tracked ones in the order of their activity.
CREATE INDEX sessions_by_activity ON sessions (pool_id, sub, last_active_at, event_id);
DROP INDEX sessions_by_user;

-- For how long a client takes up a browser's sign-in, in minutes; absent: the default.
ALTER TABLE clients ADD COLUMN sso_minutes {int};
