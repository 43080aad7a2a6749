-- A ledger as the first version made it, when Flyway kept its schema: written by that version and dumped.
-- Keys: RL-JYY6DMPF-SC6RPDFJ-6RD2MFD5 of license 1, RL-PZFBN7RK-1CVVHG62-RS931J3Q of license 2.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "flyway_schema_history" (
    "installed_rank" INT NOT NULL PRIMARY KEY,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INT,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
    "execution_time" INT NOT NULL,
    "success" BOOLEAN NOT NULL
);
INSERT INTO flyway_schema_history VALUES(1,'1','ledger','SQL','V1__ledger.sql',961070331,'','2026-11-30 02:44:10.737',4,1);
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
INSERT INTO license VALUES(1,'lic_z91jwp7t94rbnk0yxtqa','ann@example.com','Example Ltd','Ann','standard',replace('ann@example.com\nexample ltd\nann\nlic_z91jwp7t94rbnk0yxtqa','\n',char(10)),'ACTIVE',1772352000000,1814313600000,0,1772352840000,300000,32400000,0,1360000,920000,0);
INSERT INTO license VALUES(2,'lic_jnajrb8c60sx2mtgrsbe','ann@example.com','Example Ltd','Ann','standard',replace('ann@example.com\nexample ltd\nann\nlic_jnajrb8c60sx2mtgrsbe','\n',char(10)),'SUSPENDED',1772352840000,NULL,0,1772352840000,300000,0,0,0,0,0);
CREATE TABLE license_key (
  sha256 BLOB PRIMARY KEY CHECK (length(sha256) = 32),
  license INTEGER NOT NULL REFERENCES license (id),
  masked TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ends_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO license_key VALUES(X'612d01e94557ab45cbc096171c8ed902cb33376902a199c21b693bef69d5b307',2,'RL-JATN…',1772352840000,1772439240000);
INSERT INTO license_key VALUES(X'83d283ad1e2dde01ccc35e2a250442ae016f24b4c2d37260da39fbf382c9c69b',2,'RL-PZFB…',1772352840000,NULL);
INSERT INTO license_key VALUES(X'eb01cda6072529ceff79d28739e359e6aa99110d7b807f5256a22f88e37e6eca',1,'RL-JYY6…',1772352000000,NULL);
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
INSERT INTO entry VALUES(1,1,'GRANT',3600000,3600000,3600000,0,0,NULL,NULL,'','created with the license','admin',1772352000000);
INSERT INTO entry VALUES(2,1,'PURCHASE',18000000,21600000,21600000,0,0,'stripe:cs_test_old',X'26f0b89f3065443ec87c1c2edc657653','cs_test_old','5 Hours Pack','credit',1772352060000);
INSERT INTO entry VALUES(3,1,'GRANT',7200000,28800000,28800000,0,0,'key-grant',X'afa8c2346a6eb39882cfaaa1c24797bc','','sorry','admin',1772352060000);
INSERT INTO entry VALUES(4,1,'PURCHASE',3600000,32400000,32400000,0,0,'key-reference',X'957f9d84881b55c0a86ef9714d762a58','ticket-4711','booked as a purchase by its reference','credit',1772352060000);
INSERT INTO entry VALUES(5,1,'DEBIT',-600000,31800000,32400000,600000,0,'key-debit',X'cba341647a3480cf192ef158f1a3edc8','','','usage',1772352060000);
INSERT INTO entry VALUES(6,1,'REVERSAL',-4500000,27300000,27900000,600000,0,NULL,NULL,'re_1','refund','credit',1772352060000);
INSERT INTO entry VALUES(7,1,'REINSTATEMENT',4500000,31800000,32400000,600000,0,NULL,NULL,'re_1','refund failed','credit',1772352060000);
CREATE TABLE creation (
  lookup BLOB PRIMARY KEY CHECK (length(lookup) = 32),
  license INTEGER NOT NULL UNIQUE REFERENCES license (id),
  input_hash BLOB NOT NULL,
  sealed_key BLOB NOT NULL,
  masked TEXT NOT NULL,
  credited INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO creation VALUES(X'58ca211541f415bad0736b2d00c3bfa3152eddcab81c5c389232e00cda59664b',1,X'f9d2cce841ae369aefb169e8a3945abc',X'1e34a177f0aa46a7c61b9c793d515518bc408229407b211f9e58f8c5a73c43279f004f90ead1e605d5d9756d501e4e32d3661d4055b5c7d41a','RL-JYY6…',3600000,1814313600000);
CREATE TABLE reversal (
  license INTEGER NOT NULL REFERENCES license (id),
  purchase TEXT NOT NULL,
  object TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version >= 0),
  part INTEGER NOT NULL CHECK (part >= 0),
  whole INTEGER NOT NULL CHECK (whole >= 1),
  PRIMARY KEY (license, purchase, object)
) STRICT, WITHOUT ROWID;
INSERT INTO reversal VALUES(1,'stripe:cs_test_old','re_1',2,0,10000);
CREATE TABLE license_event (
  id INTEGER PRIMARY KEY,
  license INTEGER NOT NULL REFERENCES license (id),
  what TEXT NOT NULL,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
INSERT INTO license_event VALUES(1,1,'created','admin',1772352000000);
INSERT INTO license_event VALUES(2,2,'created','admin',1772352840000);
INSERT INTO license_event VALUES(3,2,'status suspended','admin',1772352840000);
INSERT INTO license_event VALUES(4,2,'key rotated, the keys before end 2026-03-02T08:14:00Z','admin',1772352840000);
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
INSERT INTO lease VALUES(1,1,'lease-1','','session-1','node-1',1772352060000,300000,900000,600000,-9223372036854775808,600000,900000,0,1,0,2,600000,0,1772352660000,1772352960000);
INSERT INTO lease VALUES(2,1,'lease-2','','session-1','node-1',1772352720000,300000,900000,600000,-9223372036854775808,100000,1020000,0,0,0,2,160000,0,1772352840000,1772353740000);
INSERT INTO lease VALUES(3,2,'lease-3','','session-2','node-1',1772352840000,300000,900000,600000,-9223372036854775808,-1,0,0,0,0,1,0,0,1772352840000,1772352840000);
CREATE TABLE scope_break (
  license INTEGER NOT NULL REFERENCES license (id),
  scope TEXT NOT NULL,
  break_at INTEGER NOT NULL,
  PRIMARY KEY (license, scope)
) STRICT, WITHOUT ROWID;
INSERT INTO scope_break VALUES(2,'',1772352840000);
CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
CREATE INDEX license_key_license ON license_key (license, created_at);
CREATE UNIQUE INDEX entry_idempotency ON entry (license, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX entry_license ON entry (license, at);
CREATE UNIQUE INDEX lease_id ON lease (license, lease);
CREATE INDEX lease_open ON lease (license) WHERE closed = 0 AND lapsed = 0;
CREATE INDEX lease_reach ON lease (license, scope, reach);
CREATE INDEX lease_charged ON lease (license, charged_at);
CREATE INDEX lease_session ON lease (license, session);
COMMIT;
