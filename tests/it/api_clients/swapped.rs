//! Who swaps a hash, slips in a key or widens a right with the database in hand is found by the ledger.

use sanku::app::audit::{self, Fault};
use serde_json::json;

use super::{Town, client, key};
use crate::on_both_engines;

/// What is done to a table, how it is undone, and the table.
const SWAPS: [(&str, &str, &str); 13] = [
    (
        "UPDATE users SET password_hash = password_hash || 'x'",
        "UPDATE users SET password_hash = substr(password_hash, 1, length(password_hash) - 1)",
        "users",
    ),
    (
        "UPDATE users SET username = username || 'x'",
        "UPDATE users SET username = substr(username, 1, length(username) - 1)",
        "users",
    ),
    (
        "UPDATE users SET epoch = epoch + 1",
        "UPDATE users SET epoch = epoch - 1",
        "users",
    ),
    (
        "UPDATE password_history SET seq = seq + 1000",
        "UPDATE password_history SET seq = seq - 1000",
        "password_history",
    ),
    (
        "UPDATE role_assignments SET reason = 'x'",
        "UPDATE role_assignments SET reason = NULL",
        "role_assignments",
    ),
    (
        "INSERT INTO recovery_codes SELECT id, 'x' FROM users",
        "DELETE FROM recovery_codes",
        "recovery_codes",
    ),
    (
        "INSERT INTO account_setups SELECT id, id, created_at, created_at FROM users",
        "DELETE FROM account_setups",
        "account_setups",
    ),
    (
        "UPDATE agencies SET uscc = uscc || 'x'",
        "UPDATE agencies SET uscc = substr(uscc, 1, length(uscc) - 1)",
        "agencies",
    ),
    (
        "UPDATE delegations SET valid_through = '2027-12-31'",
        "UPDATE delegations SET valid_through = '2026-12-31'",
        "delegations",
    ),
    (
        "INSERT INTO delegation_scopes SELECT id, 'contact:read' FROM delegations",
        "DELETE FROM delegation_scopes WHERE scope = 'contact:read'",
        "delegation_scopes",
    ),
    (
        "INSERT INTO delegation_scopes VALUES ('none', 'contact:read')",
        "DELETE FROM delegation_scopes WHERE scope = 'contact:read'",
        "delegation_scopes",
    ),
    (
        "UPDATE api_keys SET hash = hash || 'x'",
        "UPDATE api_keys SET hash = substr(hash, 1, length(hash) - 1)",
        "api_keys",
    ),
    (
        "INSERT INTO signing_keys SELECT id, 'x', created_at, created_at, NULL, NULL FROM api_keys",
        "DELETE FROM signing_keys",
        "signing_keys",
    ),
];

on_both_engines!(a_swapped_hash_and_a_widened_right_are_found, |db| {
    let town = Town::of(db);
    town.agency();
    town.delegated(&["register:read"]);
    let body = json!({"name": "财务系统", "scopes": ["register:read"]});
    let url = client(&town.firm, body);
    key(&town.firm, &url, json!({}));
    let fault = || {
        let found = db.app.store.snapshot(audit::verify).expect("verified");
        found.fault
    };
    for (swap, undo, swapped) in SWAPS {
        db.tamper(swap);
        match fault() {
            Some(
                Fault::Missing { table, .. }
                | Fault::Unmade { table, .. }
                | Fault::Differs { table, .. },
            ) => assert_eq!(table, swapped, "{swap}"),
            other => panic!("{swap}: {other:?}"),
        }
        db.tamper(undo);
    }
    assert_eq!(fault(), None);
});
