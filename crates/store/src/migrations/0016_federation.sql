-- By which identity provider the user of a browser came, and how surely it knew them: JSON; absent for who signed in here.
ALTER TABLE browser_sessions ADD COLUMN federation {text};
