-- Which key signs follows from when the keys were made (decision 61).
ALTER TABLE signing_keys DROP COLUMN retired_at;
