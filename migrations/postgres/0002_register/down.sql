DROP TABLE imports;
DROP TABLE certifications;
DROP TABLE fact_statements;
DROP TABLE personal_values;
DROP TABLE enterprise_versions;
DROP TABLE enterprises;
