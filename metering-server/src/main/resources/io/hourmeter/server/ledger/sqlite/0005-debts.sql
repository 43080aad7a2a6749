-- What is uncollected can be owed, and is then paid first by the next credit. All three amounts only grow: what was
-- used and not paid then, how much of that is owed, how much of that was collected since. What was uncollected before
-- is not owed.

ALTER TABLE license ADD COLUMN owed INTEGER NOT NULL DEFAULT 0 CHECK (owed BETWEEN 0 AND uncollected);
ALTER TABLE license ADD COLUMN collected INTEGER NOT NULL DEFAULT 0 CHECK (collected BETWEEN 0 AND owed);
ALTER TABLE lease ADD COLUMN owed INTEGER NOT NULL DEFAULT 0 CHECK (owed BETWEEN 0 AND uncollected);
ALTER TABLE lease ADD COLUMN collected INTEGER NOT NULL DEFAULT 0 CHECK (collected BETWEEN 0 AND owed);
CREATE INDEX lease_debt ON lease (license) WHERE owed > collected;

-- A kind of entry for what is collected, under the idempotency key of the credit that pays it. SQLite changes a CHECK
-- only by copying the table; nothing refers to this one.
CREATE TABLE entry_copy (
  id INTEGER PRIMARY KEY,
  license INTEGER NOT NULL REFERENCES license (id),
  kind TEXT NOT NULL CHECK (kind IN
    ('PURCHASE', 'GRANT', 'TRIAL', 'COMPENSATION', 'DEBIT', 'COLLECTION', 'REVERSAL', 'REINSTATEMENT', 'ADJUSTMENT')),
  millis INTEGER NOT NULL CHECK (millis <> 0),
  -- the balance after it, which is also the first answer of the call
  remaining_after INTEGER NOT NULL,
  purchased_after INTEGER NOT NULL,
  used_after INTEGER NOT NULL,
  held_after INTEGER NOT NULL,
  idempotency_key TEXT,
  input_hash BLOB,
  reference TEXT NOT NULL,
  description TEXT NOT NULL,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  clock_offset INTEGER NOT NULL DEFAULT 0,
  -- written while nobody knew whether the clock was right
  date_uncertain INTEGER NOT NULL DEFAULT 0 CHECK (date_uncertain IN (0, 1)),
  CHECK (remaining_after = purchased_after - used_after),
  CHECK ((kind IN ('DEBIT', 'COLLECTION', 'REVERSAL') AND millis < 0)
      OR (kind NOT IN ('DEBIT', 'COLLECTION', 'REVERSAL') AND millis > 0)
      OR kind = 'ADJUSTMENT'),
  CHECK ((idempotency_key IS NULL) = (input_hash IS NULL))
) STRICT;
INSERT INTO entry_copy (id, license, kind, millis, remaining_after, purchased_after, used_after, held_after,
    idempotency_key, input_hash, reference, description, actor, at, clock_offset, date_uncertain)
  SELECT id, license, kind, millis, remaining_after, purchased_after, used_after, held_after,
    idempotency_key, input_hash, reference, description, actor, at, clock_offset, date_uncertain FROM entry;
DROP TABLE entry;
ALTER TABLE entry_copy RENAME TO entry;
CREATE UNIQUE INDEX entry_idempotency ON entry (license, idempotency_key, CASE kind
    WHEN 'DEBIT' THEN 'DEBIT' WHEN 'COLLECTION' THEN 'COLLECT' WHEN 'ADJUSTMENT' THEN 'ADJUST' ELSE 'CREDIT' END)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX entry_license ON entry (license, at);
