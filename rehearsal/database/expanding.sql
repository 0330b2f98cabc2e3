-- The first step of a rename that suits both versions: the old one does not know the new column.
ALTER TABLE releases ADD COLUMN first_seen timestamptz;
