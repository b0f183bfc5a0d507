DROP TRIGGER rule_versions_no_change ON rule_versions;
DROP FUNCTION refuse_rule_version_change();
DROP TABLE rule_retirements;
DROP FUNCTION refuse_rule_retirement_change();
DROP TABLE rule_test_runs;
DROP TABLE rule_waivers;
DROP TABLE rule_test_cases;
DROP TABLE rule_drafts;
