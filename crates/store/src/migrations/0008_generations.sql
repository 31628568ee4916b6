-- A sign-in is found by its event, which all its tokens name; by its `origin_jti` nothing looked for one.
DROP INDEX sessions_by_origin_jti;
ALTER TABLE sessions DROP COLUMN origin_jti;

-- How often the user was signed out everywhere: the generation of the tokens that are good.
ALTER TABLE users ADD COLUMN sign_outs {int} NOT NULL DEFAULT 0;
