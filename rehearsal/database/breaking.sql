-- A rename in one step: it suits the new version only, and the old one still reads seen.
ALTER TABLE releases RENAME COLUMN seen TO first_seen;
