-- The ledger. Times are milliseconds since 1970, amounts of time are milliseconds.
-- Rows of entry, license_event and creation are added and never changed.

CREATE TABLE license (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  company TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  -- what a list is searched in, lower case
  search TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'SUSPENDED', 'REVOKED')),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  -- the license's calendar: what is added to the store's clock, and the latest instant seen
  clock_offset INTEGER NOT NULL,
  last_now INTEGER NOT NULL,
  -- the longest idle gap any of its nodes ever sent
  max_gap INTEGER NOT NULL CHECK (max_gap >= 0),
  -- running totals: a cache of the sums over entry and lease
  credited INTEGER NOT NULL,
  reversed INTEGER NOT NULL CHECK (reversed BETWEEN 0 AND credited),
  charged INTEGER NOT NULL CHECK (charged BETWEEN 0 AND credited),
  held INTEGER NOT NULL CHECK (held >= 0),
  uncollected INTEGER NOT NULL CHECK (uncollected >= 0)
) STRICT;

-- A key is kept as its hash alone. A license has several while one is rotated out.
CREATE TABLE license_key (
  sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
  license INTEGER NOT NULL REFERENCES license (id),
  masked TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ends_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX license_key_license ON license_key (license, created_at);

CREATE TABLE entry (
  id INTEGER PRIMARY KEY,
  license INTEGER NOT NULL REFERENCES license (id),
  kind TEXT NOT NULL
    CHECK (kind IN ('PURCHASE', 'GRANT', 'DEBIT', 'REVERSAL', 'REINSTATEMENT', 'ADJUSTMENT')),
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
  CHECK ((kind IN ('PURCHASE', 'GRANT', 'REINSTATEMENT') AND millis > 0)
      OR (kind IN ('DEBIT', 'REVERSAL') AND millis < 0)
      OR kind = 'ADJUSTMENT'),
  CHECK ((idempotency_key IS NULL) = (input_hash IS NULL))
) STRICT;
CREATE UNIQUE INDEX entry_idempotency ON entry (license, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX entry_license ON entry (license, at);

-- How a license came to be, where its creation had an idempotency key. The key is encrypted under the
-- idempotency key, of which only a hash is kept.
CREATE TABLE creation (
  lookup BLOB PRIMARY KEY CHECK (length(lookup) = 32),
  license INTEGER NOT NULL UNIQUE REFERENCES license (id),
  input_hash BLOB NOT NULL,
  sealed_key BLOB NOT NULL,
  masked TEXT NOT NULL,
  credited INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;

-- What each refund or dispute takes of a purchase at the moment.
CREATE TABLE reversal (
  license INTEGER NOT NULL REFERENCES license (id),
  purchase TEXT NOT NULL,
  object TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 0),
  part INTEGER NOT NULL CHECK (part >= 0),
  whole INTEGER NOT NULL CHECK (whole >= 1),
  PRIMARY KEY (license, purchase, object)
) STRICT, WITHOUT ROWID;

-- What was done to a license apart from its balance.
CREATE TABLE license_event (
  id INTEGER PRIMARY KEY,
  license INTEGER NOT NULL REFERENCES license (id),
  what TEXT NOT NULL,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- The right of one node to serve one scope; watermarks grow, the rest is fixed. The itemised bill of use.
CREATE TABLE lease (
  id INTEGER PRIMARY KEY,
  license INTEGER NOT NULL REFERENCES license (id),
  lease TEXT NOT NULL,
  scope TEXT NOT NULL,
  session TEXT NOT NULL,
  node TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  gap INTEGER NOT NULL CHECK (gap >= 0),
  ahead INTEGER NOT NULL CHECK (ahead >= 0),
  grace INTEGER NOT NULL CHECK (grace >= 0),
  break_at INTEGER NOT NULL,
  -- -1: no activity yet
  used INTEGER NOT NULL CHECK (used >= -1),
  authorized INTEGER NOT NULL CHECK (authorized >= 0),
  offline INTEGER NOT NULL CHECK (offline IN (0, 1)),
  closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
  lapsed INTEGER NOT NULL CHECK (lapsed IN (0, 1)),
  seq INTEGER NOT NULL,
  charged INTEGER NOT NULL CHECK (charged >= 0),
  uncollected INTEGER NOT NULL CHECK (uncollected >= 0),
  -- when it was charged last: its place among the lines of the history
  charged_at INTEGER NOT NULL,
  -- the latest moment it can cover
  reach INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX lease_id ON lease (license, lease);
CREATE INDEX lease_open ON lease (license) WHERE closed = 0 AND lapsed = 0;
CREATE INDEX lease_reach ON lease (license, scope, reach);
CREATE INDEX lease_charged ON lease (license, charged_at);
CREATE INDEX lease_session ON lease (license, session);

-- Until when somebody was refused in a scope: no pause is filled across it.
CREATE TABLE scope_break (
  license INTEGER NOT NULL REFERENCES license (id),
  scope TEXT NOT NULL,
  break_at INTEGER NOT NULL,
  PRIMARY KEY (license, scope)
) STRICT, WITHOUT ROWID;
