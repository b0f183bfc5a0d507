DROP TABLE pool_movements;
DROP TABLE memberships;
DROP TABLE decision_heads;
DROP TABLE decisions;
DROP TABLE assessment_runs;
DROP TABLE document_versions;
