DROP TABLE secrets;
DROP TABLE idempotency_keys;
DROP TABLE ledger_head;
DROP TABLE ledger_entries;
DROP FUNCTION refuse_ledger_change;
