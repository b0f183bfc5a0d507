DROP TRIGGER document_versions_no_change ON document_versions;
DROP FUNCTION refuse_rule_version_change();
DROP TABLE document_retirements;
DROP FUNCTION refuse_rule_retirement_change();
DROP TABLE document_test_runs;
DROP TABLE document_waivers;
DROP TABLE document_cases;
DROP TABLE document_drafts;
