-- What-if (推演): two versions of the rules over the same firms on the same day. Kept whole, so that a published version
-- can be traced to what was expected of it.
CREATE TABLE simulations (
  id TEXT NOT NULL PRIMARY KEY,
  rule_set TEXT NOT NULL,
  base_version BIGINT NOT NULL,
  base_hash TEXT NOT NULL,
  proposed_version BIGINT,
  proposed_hash TEXT NOT NULL,
  change TEXT NOT NULL,
  document TEXT NOT NULL,
  as_of DATE NOT NULL,
  known_at TIMESTAMP NOT NULL,
  filter TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('RUNNING', 'COMPLETED', 'FAILED')),
  total BIGINT NOT NULL,
  moved BIGINT NOT NULL,
  summary TEXT NOT NULL,
  summary_hash TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP,
  seq BIGINT NOT NULL
);

-- Who would stand elsewhere, in the order of the firms' ids.
CREATE TABLE simulation_movements (
  simulation_id TEXT NOT NULL,
  place BIGINT NOT NULL,
  enterprise_id TEXT NOT NULL,
  district_code TEXT NOT NULL,
  industry_code TEXT NOT NULL,
  size_class TEXT NOT NULL,
  stood TEXT NOT NULL,
  stands TEXT NOT NULL,
  direction TEXT NOT NULL,
  criteria TEXT NOT NULL,
  PRIMARY KEY (simulation_id, place)
) WITHOUT ROWID;
CREATE INDEX simulation_movements_district ON simulation_movements (simulation_id, district_code, place);
CREATE INDEX simulation_movements_direction ON simulation_movements (simulation_id, direction, place);
