-- Dates by the store's clock. A license's own time (at, from_at, charged_at) orders its rows and measures use; after the
-- clock was set back it is ahead of the calendar, by the offset that now stands beside it.

ALTER TABLE entry ADD COLUMN clock_offset INTEGER NOT NULL DEFAULT 0;
-- written while nobody knew whether the clock was right
ALTER TABLE entry ADD COLUMN date_uncertain INTEGER NOT NULL DEFAULT 0 CHECK (date_uncertain IN (0, 1));

ALTER TABLE lease ADD COLUMN from_clock_offset INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN from_uncertain INTEGER NOT NULL DEFAULT 0 CHECK (from_uncertain IN (0, 1));
ALTER TABLE lease ADD COLUMN charged_clock_offset INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lease ADD COLUMN charged_uncertain INTEGER NOT NULL DEFAULT 0 CHECK (charged_uncertain IN (0, 1));

ALTER TABLE license_event ADD COLUMN date_uncertain INTEGER NOT NULL DEFAULT 0 CHECK (date_uncertain IN (0, 1));

-- The end of a key is a date like the end of a license.
UPDATE license_key SET ends_at = ends_at - (SELECT l.clock_offset FROM license l WHERE l.id = license_key.license)
  WHERE ends_at IS NOT NULL;

-- What the clock showed when the ledger was written last; the row that a probe writes.
DROP TABLE probe;
CREATE TABLE clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL,
  -- how far it was ahead of what was expected; 0 when it was believed
  ahead INTEGER NOT NULL,
  -- what it showed after its last jump
  since INTEGER NOT NULL
) STRICT;
INSERT INTO clock (id, at, ahead, since) VALUES (1, 0, 0, 0);
