DROP TABLE api_keys;
DROP TABLE api_clients;
DROP TABLE delegation_scopes;
DROP TABLE delegations;
DROP TABLE agencies;
