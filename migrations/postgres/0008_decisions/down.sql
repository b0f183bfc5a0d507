DROP TABLE late_cursor;
DROP TABLE late_findings;
ALTER TABLE decision_heads DROP COLUMN moves_digest;
ALTER TABLE decisions DROP COLUMN moves_digest;
ALTER TABLE decisions DROP COLUMN inputs_hash;
ALTER TABLE decisions DROP COLUMN engine_version;
ALTER TABLE decisions DROP COLUMN known_seq;
ALTER TABLE assessment_runs DROP COLUMN known_seq;
