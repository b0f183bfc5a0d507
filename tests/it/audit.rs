//! The ledger folded equals the tables: what somebody alters with SQL in hand is found, and named.

use std::collections::BTreeSet;

use sanku::app::audit::{self, Fault, Verification};
use sanku::app::caller::Caller;
use sanku::app::late::{LateFindings, LateQuery};
use sanku::app::list::List;
use sanku::app::{certification, enterprise};
use sanku::domain::certification::CertificationInput;
use sanku::domain::enterprise::{ContactInput, EnterpriseInput};
use sanku::domain::fold::sworn;
use sanku::domain::ledger::Origin;
use sanku::store::{Changed, Stamp, StoreError, sworn as stored};

use crate::builders::code;
use crate::firms::{approve, firm, open, ready, run, year};
use crate::harness::{TestDb, TestEngine};
use crate::on_both_engines;

on_both_engines!(every_column_of_every_table_has_a_line, |db| {
    let there = db.app.store.read::<_, StoreError, _>(stored::catalog);
    let there: BTreeSet<(String, String)> = there.expect("catalog").into_iter().collect();
    assert!(there.len() > 200, "{} columns found", there.len());
    let unsworn = |table: &str| sworn::UNSWORN.iter().any(|it| it.name == table);
    let mut lines = BTreeSet::new();
    for table in sworn::TABLES {
        let columns = table.columns().map(|it| it.name);
        for column in columns.chain(table.unsworn.iter().map(|(column, _)| *column)) {
            let line = (table.name.to_owned(), column.to_owned());
            assert!(lines.insert(line), "{}.{column} has two lines", table.name);
        }
    }
    let there: BTreeSet<_> = there
        .into_iter()
        .filter(|(table, _)| !unsworn(table))
        .collect();
    let without: Vec<_> = there.difference(&lines).collect();
    assert!(without.is_empty(), "columns without a line: {without:?}");
    let of_nothing: Vec<_> = lines.difference(&there).collect();
    assert!(
        of_nothing.is_empty(),
        "lines without a column: {of_nothing:?}"
    );
});

/// A register with something in every table that is sworn.
fn filled(db: &TestDb) {
    ready(db);
    let (first, second) = (firm(db, 1, 10), firm(db, 2, 10));
    run(db, "maker");
    let proposed = open(db);
    approve(db, &proposed[0].id, "checker");
    year(db, &first, 2025, 5);
    year(db, &second, 2025, 5);
    let late = LateFindings::page(
        &db.app,
        &Caller::operator(),
        &LateQuery::default(),
        None,
        100,
    );
    assert_eq!(late.expect("listed").len(), 2);
    let title = CertificationInput {
        scheme: Some("NATIONAL_HNTE".into()),
        number: Some("GR202633000001".into()),
        valid_from: Some("2026-01-01".into()),
        ..CertificationInput::default()
    };
    certification::record(&db.app, &Caller::operator(), &first, &title).expect("recorded");
    let given = |text: &str| Some(text.to_owned());
    let input = EnterpriseInput {
        uscc: Some(code(7)),
        name: given("虚构有联系人有限公司"),
        district_code: given("330602"),
        registered_on: given("2018-03-01"),
        industry_code: given("C1713"),
        contact: Some(ContactInput {
            name: given("王小明"),
            ..ContactInput::default()
        }),
        ..EnterpriseInput::default()
    };
    enterprise::register(&db.app, &Caller::operator(), &input).expect("registered");
}

/// What a verification finds after an edit that is then undone.
fn after(db: &TestDb, edit: &str) -> Verification {
    enum Looked {
        Found(Box<Verification>),
        Failed(StoreError),
    }
    impl From<StoreError> for Looked {
        fn from(error: StoreError) -> Self {
            Looked::Failed(error)
        }
    }
    let sql = edit.to_owned();
    let by = Stamp::of(Origin::system("u1"));
    let looked = db
        .app
        .store
        .write(&by, move |tx| -> Result<Changed<()>, Looked> {
            tx.conn.execute_batch(&sql).map_err(StoreError::from)?;
            Err(Looked::Found(Box::new(audit::verify(tx.conn)?)))
        });
    match looked {
        Err(Looked::Found(found)) => *found,
        Err(Looked::Failed(error)) => panic!("{edit}: {error}"),
        Ok(_) => panic!("{edit}: not undone"),
    }
}

/// In short: `table.column`, or what is wrong with the row.
fn named(found: &Verification) -> String {
    match &found.fault {
        None => "nothing".into(),
        Some(Fault::Differs { table, column, .. }) => format!("{table}.{column}"),
        Some(Fault::Unproved { table, columns, .. }) => format!("{table}.{columns}"),
        Some(Fault::Missing { table, .. }) => format!("{table} misses a row"),
        Some(Fault::Unmade { table, .. }) => format!("{table} has a row too many"),
        Some(other) => format!("{other:?}"),
    }
}

/// Each with what it is found by.
const EDITS: [(&str, &str); 32] = [
    (
        "INSERT INTO agencies (id, uscc, name, state, created_by, created_at, updated_at, seq) \
         VALUES ('', 'X', '无主', 'ACTIVE', 'u', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1)",
        "agencies has a row too many",
    ),
    (
        "UPDATE pool_movements SET extension = NOT extension",
        "pool_movements.extension",
    ),
    (
        "UPDATE enterprises SET name = name || '（集团）'",
        "enterprises.name",
    ),
    (
        "UPDATE enterprises SET pool = NULL WHERE pool IS NOT NULL",
        "enterprises.pool",
    ),
    (
        "UPDATE enterprises SET uscc_override_reason = 'x' WHERE pool IS NOT NULL",
        "enterprises.uscc_override_reason",
    ),
    (
        "UPDATE enterprises SET created_at = '2020-01-01 00:00:00' WHERE pool IS NOT NULL",
        "enterprises.created_at",
    ),
    (
        "UPDATE enterprise_versions SET district_code = '330604'",
        "enterprise_versions.district_code",
    ),
    (
        "UPDATE enterprise_versions SET registered_on = '2001-01-01'",
        "enterprise_versions.registered_on",
    ),
    (
        "DELETE FROM enterprise_versions",
        "enterprise_versions misses a row",
    ),
    (
        "UPDATE personal_values SET value = '{\"name\":\"李四\"}'",
        "personal_values.salt value",
    ),
    (
        "UPDATE fact_statements SET facts = '{\"tech_staff\":99}' WHERE year = 2025",
        "fact_statements.facts",
    ),
    (
        "UPDATE fact_statements SET evidence = 'ENTITY_SUPPLIED'",
        "fact_statements.evidence",
    ),
    (
        "UPDATE fact_statements SET recorded_by = 'u2'",
        "fact_statements.recorded_by",
    ),
    (
        "DELETE FROM fact_statements WHERE year IS NULL",
        "fact_statements misses a row",
    ),
    (
        "UPDATE certifications SET valid_through = '2030-01-01'",
        "certifications.valid_through",
    ),
    (
        "INSERT INTO certifications (id, seq, enterprise_id, scheme, number, valid_from, recorded_by, recorded_at) \
         SELECT 'c2', seq, enterprise_id, scheme, 'GR2', valid_from, recorded_by, recorded_at FROM certifications",
        "certifications has a row too many",
    ),
    (
        "UPDATE decisions SET result = '{}'",
        "decisions.inputs result",
    ),
    (
        "UPDATE decisions SET inputs = replace(inputs, '10', '11')",
        "decisions.inputs result",
    ),
    (
        "UPDATE decisions SET outcome = 'UNMET'",
        "decisions.outcome",
    ),
    (
        "UPDATE decision_heads SET digest = 'x'",
        "decision_heads.digest",
    ),
    ("DELETE FROM decisions", "decisions misses a row"),
    (
        "UPDATE memberships SET started_on = '2020-01-01'",
        "memberships.started_on",
    ),
    (
        "UPDATE memberships SET failures = 2",
        "memberships.failures",
    ),
    (
        "UPDATE memberships SET superseded_at = recorded_at",
        "memberships.superseded_at",
    ),
    ("DELETE FROM memberships", "memberships misses a row"),
    (
        "UPDATE pool_movements SET reason = '照顾' WHERE state = 'EFFECTIVE'",
        "pool_movements.reason",
    ),
    (
        "UPDATE pool_movements SET decided_by = 'nobody' WHERE state = 'EFFECTIVE'",
        "pool_movements.decided_by",
    ),
    (
        "UPDATE late_findings SET cause_by = 'nobody'",
        "late_findings.cause_by",
    ),
    ("DELETE FROM late_findings", "late_findings misses a row"),
    ("UPDATE late_cursor SET seq = 99999", "late_cursor.seq"),
    (
        "UPDATE assessment_runs SET summary = '{}'",
        "assessment_runs.summary",
    ),
    (
        "UPDATE assessment_runs SET known_seq = 1",
        "assessment_runs.known_seq",
    ),
];

on_both_engines!(what_is_altered_by_hand_is_found_and_named, |db| {
    filled(db);
    let sound = after(db, "SELECT 1");
    assert_eq!(named(&sound), "nothing");
    assert!(sound.rows > 30, "{} rows compared", sound.rows);
    for (edit, found_by) in EDITS {
        assert_eq!(named(&after(db, edit)), found_by, "{edit}");
    }
});

on_both_engines!(an_erased_contact_is_no_fault, |db| {
    filled(db);
    let erased = after(db, "DELETE FROM personal_values");
    assert_eq!((named(&erased).as_str(), erased.erased), ("nothing", 1));
});

/// SQLite keeps a number in a column of truth values that no query takes for either.
#[test]
fn a_number_that_is_no_truth_value_is_found() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is built in");
    filled(&db);
    let found = after(&db, "UPDATE pool_movements SET extension = 2");
    assert_eq!(named(&found), "pool_movements.extension");
}
