DROP TABLE signing_keys;
DROP TABLE account_setups;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
DROP TABLE sessions;
DROP TABLE password_history;
DROP TABLE users;
