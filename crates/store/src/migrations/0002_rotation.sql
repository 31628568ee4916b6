-- Which refresh token of a sign-in is in force; all three are absent until the first rotation.
ALTER TABLE sessions ADD COLUMN refresh_id {text};
ALTER TABLE sessions ADD COLUMN refresh_parent_id {text}; -- absent: the first token, which has no id
ALTER TABLE sessions ADD COLUMN rotated_at {int}; -- when the parent was replaced for the first time
