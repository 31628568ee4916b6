-- Whose session at a SAML provider a browser's is, so that the provider can end it: the provider, and a hash of its own name for
-- the user. Absent for who came otherwise, and in sessions of before.
ALTER TABLE browser_sessions ADD COLUMN provider_user {text};
CREATE INDEX browser_sessions_by_provider_user ON browser_sessions (pool_id, provider_user, last_active_at, session_id);
