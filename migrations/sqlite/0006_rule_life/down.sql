DROP TRIGGER document_versions_no_replace;
DROP TRIGGER document_versions_no_delete;
DROP TRIGGER document_versions_no_update;
DROP TABLE document_retirements;
DROP TABLE document_test_runs;
DROP TABLE document_waivers;
DROP TABLE document_cases;
DROP TABLE document_drafts;
