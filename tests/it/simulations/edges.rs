//! Drafts and other policies, long lists, and what a stopped process left.

use sanku::app::audit::{self, Fault};
use sanku::app::caller::Caller;
use sanku::app::demo_register;
use sanku::app::error::AppError;
use sanku::app::import::{ImportOptions, import_rows};
use sanku::app::simulation::{self, SimulationRequest};
use sanku::domain::document::Kind;
use sanku::domain::document::life::State;
use sanku::domain::event;
use sanku::domain::event::documents::{DraftState, VersionStands};
use sanku::domain::fold::sha256;
use sanku::domain::ledger::Origin;
use sanku::domain::rules::Library;
use sanku::domain::simulate::SimulationState;
use sanku::store::document_drafts::{self, DraftRow};
use sanku::store::simulations;
use sanku::store::{Changed, Stamp, StoreError};
use serde_json::{Value, json};

use super::{counted, everyone, request, rows, simulated};
use crate::firms::{firm, ready, year};
use crate::harness::{TestDb, TestEngine};
use crate::on_both_engines;

on_both_engines!(a_draft_is_tried_by_its_number, |db| {
    ready(db);
    firm(db, 1, 10);
    let mut document = Library::shipped()
        .named("POOLS")
        .expect("shipped")
        .document
        .clone();
    document["pool"][1]["criterion"][1]["at_least"] =
        json!({"values": {"2021-07-25": {"percent": "10"}, "2027-01-01": {"percent": "12"}}});
    draft(db, &document);
    let tried = |as_of: &str| {
        let asked = SimulationRequest {
            version: Some(2),
            as_of: Some(as_of.into()),
            ..request("POOLS", Value::Null)
        };
        simulated(db, &asked)
    };
    let today = tried("2026-06-15");
    assert_eq!((today.moved, today.proposed_version), (0, Some(2)));
    assert_ne!(today.base_hash, today.proposed_hash);
    // Of the year before that day there are no figures yet; the limit of the day is looked at all the same.
    year(db, &crate::builders::code(1), 2026, 10);
    let later = tried("2027-01-01");
    assert_eq!(
        (later.moved, counted(&later.summary, "demoted")),
        (1, 1),
        "{:?}",
        later.summary.matrix
    );
});

on_both_engines!(another_policy_for_the_pools_is_tried, |db| {
    ready(db);
    firm(db, 1, 10);
    let other = Library::shipped()
        .named("POOLS_LIFECYCLE")
        .expect("shipped");
    let asked = SimulationRequest {
        document: Some(other.document.clone()),
        ..request("POOLS", Value::Null)
    };
    let made = simulated(db, &asked);
    assert_eq!(made.proposed_hash, other.hash);
    assert_eq!((made.moved, made.summary.targets.len()), (1, 0));
    assert!(!everyone(db, &made)[0].criteria.is_empty());
});

on_both_engines!(what_was_cut_off_is_taken_back, |db| {
    ready(db);
    firm(db, 1, 10);
    let made = simulated(db, &request("POOLS", json!({"a_staff/at_least": "12"})));
    assert_eq!(rows(db, "simulation_movements"), 1);
    let id = made.id.clone();
    let write = db
        .app
        .store
        .write(&Stamp::of(Origin::system("u1")), move |tx| {
            let mut row = simulations::by_id(tx.conn, &id)?.expect("there");
            row.state = SimulationState::Running.into();
            simulations::put(tx.conn, &row)?;
            Ok::<_, StoreError>(Changed::new((), tx.tell(crate::harness::event(1))?))
        });
    write.expect("written");
    let read = || simulation::get(&db.app, &Caller::operator(), &made.id).err();
    assert_eq!(read(), Some(AppError::NotFound), "it is not complete");
    assert_eq!(simulation::fail_interrupted(&db.app), Ok(0), "not yet");
    db.clock.advance(chrono::Duration::hours(7));
    assert_eq!(simulation::fail_interrupted(&db.app), Ok(1));
    assert_eq!(simulation::fail_interrupted(&db.app), Ok(0));
    assert_eq!(
        (read(), rows(db, "simulation_movements")),
        (Some(AppError::NotFound), 0)
    );
    let told = "ledger_entries WHERE kind = 'SIMULATION_FAILED'";
    assert_eq!(rows(db, told), 1);
});

/// As version 2, past the checks of drafting.
fn draft(db: &TestDb, document: &Value) {
    let text = serde_json_canonicalizer::to_string(document).expect("canonical");
    let write = db
        .app
        .store
        .write(&Stamp::of(Origin::system("u1")), move |tx| {
            let now = tx.now.naive_utc();
            let name = Kind::RuleSet.named("POOLS");
            let draft = DraftState {
                version: 2,
                state: State::Draft,
                document_hash: format!("sha256:{}", sha256(&text)),
                created_by: "u1".into(),
                created_at: tx.now,
                edited_by: "u1".into(),
                edited_at: tx.now,
                approved_by: None,
                approved_at: None,
                published_by: None,
                reason: None,
            };
            let seq = tx.tell(event::Event::DocumentDrafted(VersionStands {
                name: name.to_string(),
                draft: draft.clone(),
            }))?;
            let row = DraftRow {
                name: name.into(),
                version: 2,
                seq: seq.get(),
                state: draft.state.into(),
                document: text,
                document_hash: draft.document_hash,
                created_by: draft.created_by,
                created_at: now,
                edited_by: draft.edited_by,
                edited_at: now,
                approved_by: None,
                approved_at: None,
                published_by: None,
                reason: None,
                recorded_at: now,
                superseded_at: None,
            };
            document_drafts::put(tx.conn, &row)?;
            Ok::<_, StoreError>(Changed::new((), seq))
        });
    write.expect("written");
}

/// More movers than are written in one change, over several chunks and threads.
#[test]
fn a_long_list_is_written_in_bounded_changes() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    ready(&db);
    let today = db.app.env.clock.today();
    let firms = demo_register::generate(2_600, 1, today).expect("generated");
    let options = ImportOptions::new(today);
    import_rows(&db.app, &Caller::operator(), firms, "test", options).expect("imported");
    // Nobody is seated where the pools would be.
    let asked = request("POOLS", json!({"n_district/district": "3307"}));
    let made = simulated(&db, &asked);
    assert!(made.moved > 2_000, "{:?}", made.summary.counts);
    assert_eq!(rows(&db, "simulation_movements"), made.moved);
    let told = |kind: &str| rows(&db, &format!("ledger_entries WHERE kind = '{kind}'"));
    assert_eq!(
        (told("SIMULATION_LISTED"), told("SIMULATION_COMPLETED")),
        (1, 1)
    );
    let listed = everyone(&db, &made);
    let places: Vec<i64> = listed.iter().map(|it| it.place).collect();
    assert_eq!(places, (1..=made.moved).collect::<Vec<i64>>());
    let of_cells: i64 = made.summary.matrix.iter().map(|it| it.firms).sum();
    assert_eq!((of_cells, made.total), (2_600, 2_600));
    assert_eq!(simulated(&db, &asked).summary_hash, made.summary_hash);
    db.agrees_with_its_ledger();
    // Of each mover the ledger swears, though no event names it.
    let fault = |sql: &str| {
        db.tamper(sql);
        let found = db.app.store.snapshot(audit::verify).expect("verified");
        match found.fault.expect("found") {
            Fault::Differs { table, column, .. } => (table, column),
            other => panic!("{other:?}"),
        }
    };
    let of_the_list = ("simulation_movements", "rows");
    let last = format!("simulation_id = '{}' AND place = {}", made.id, made.moved);
    assert_eq!(
        fault(&format!(
            "UPDATE simulation_movements SET direction = 'LOST' WHERE {last}"
        )),
        of_the_list
    );
    assert_eq!(
        fault(&format!("DELETE FROM simulation_movements WHERE {last}")),
        of_the_list
    );
}
