DROP TRIGGER rule_versions_no_replace;
DROP TRIGGER rule_versions_no_delete;
DROP TRIGGER rule_versions_no_update;
DROP TABLE rule_retirements;
DROP TABLE rule_test_runs;
DROP TABLE rule_waivers;
DROP TABLE rule_test_cases;
DROP TABLE rule_drafts;
