-- Credits have a kind, and idempotency keys are unique for each kind of call: one for credits, one for debits, one for
-- adjustments. SQLite changes a CHECK only by copying the table; nothing refers to this one.

CREATE TABLE entry_copy (
  id INTEGER PRIMARY KEY,
  license INTEGER NOT NULL REFERENCES license (id),
  kind TEXT NOT NULL CHECK (kind IN
    ('PURCHASE', 'GRANT', 'TRIAL', 'COMPENSATION', 'DEBIT', 'REVERSAL', 'REINSTATEMENT', 'ADJUSTMENT')),
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
  CHECK (remaining_after = purchased_after - used_after),
  CHECK ((kind IN ('DEBIT', 'REVERSAL') AND millis < 0)
      OR (kind NOT IN ('DEBIT', 'REVERSAL') AND millis > 0)
      OR kind = 'ADJUSTMENT'),
  CHECK ((idempotency_key IS NULL) = (input_hash IS NULL))
) STRICT;
INSERT INTO entry_copy (id, license, kind, millis, remaining_after, purchased_after, used_after, held_after,
    idempotency_key, input_hash, reference, description, actor, at)
  SELECT id, license, kind, millis, remaining_after, purchased_after, used_after, held_after,
    idempotency_key, input_hash, reference, description, actor, at FROM entry;
DROP TABLE entry;
ALTER TABLE entry_copy RENAME TO entry;
CREATE UNIQUE INDEX entry_idempotency
  ON entry (license, idempotency_key, CASE kind WHEN 'DEBIT' THEN 'DEBIT' WHEN 'ADJUSTMENT' THEN 'ADJUST' ELSE 'CREDIT' END)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX entry_license ON entry (license, at);
