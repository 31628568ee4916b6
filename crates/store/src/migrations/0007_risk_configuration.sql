-- The risk configuration of a client: JSON; absent: the pool's, which stands among the pool's settings.
ALTER TABLE clients ADD COLUMN risk {text};
