//! What-ifs on both engines: nobody moves without a change, who moves is who the assessment would move, and nothing but
//! the result is written.

mod edges;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use sanku::app::assessment::{self, RunRequest};
use sanku::app::caller::Caller;
use sanku::app::error::AppError;
use sanku::app::list::List;
use sanku::app::rules;
use sanku::app::simulation::{
    self, MoverQuery, MoverView, Movers, MoversOf, SimulationRequest, SimulationView, Summary,
};
use sanku::domain::rules::Library;
use sanku::store::StoreError;
use serde_json::{Value, json};

use crate::firms::{approve, firm, firm_in, open, ready, run, year};
use crate::harness::TestDb;
use crate::on_both_engines;

fn request(rule_set: &str, parameters: Value) -> SimulationRequest {
    SimulationRequest {
        rule_set: rule_set.into(),
        parameters: parameters.as_object().cloned(),
        ..SimulationRequest::default()
    }
}

fn simulated(db: &TestDb, request: &SimulationRequest) -> SimulationView {
    let mut heard = (0, 0);
    let made = simulation::run(&db.app, &Caller::operator(), request, |done, total| {
        heard = (done, total);
    });
    let made = made.expect("simulated");
    assert_eq!(heard.0 as i64, made.total);
    made
}

fn movers(db: &TestDb, made: &SimulationView, query: &MoverQuery) -> Vec<MoverView> {
    let of = MoversOf {
        simulation_id: made.id.clone(),
        filter: query.clone(),
    };
    Movers::page(&db.app, &Caller::operator(), &of, None, 10_000).expect("listed")
}

fn everyone(db: &TestDb, made: &SimulationView) -> Vec<MoverView> {
    movers(db, made, &MoverQuery::default())
}

fn counted(summary: &Summary, direction: &str) -> i64 {
    summary.counts[direction]
}

fn refused(db: &TestDb, request: &SimulationRequest) -> Vec<(String, &'static str)> {
    match simulation::run(&db.app, &Caller::operator(), request, |_, _| {}) {
        Err(AppError::Invalid { errors }) => {
            errors.into_iter().map(|it| (it.pointer, it.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Rows of every table that a what-if has no business with, the ledger apart.
fn register(db: &TestDb) -> Vec<i64> {
    let tables = [
        "enterprises",
        "enterprise_versions",
        "fact_statements",
        "certifications",
        "document_versions",
        "assessment_runs",
        "decisions",
        "decision_heads",
        "memberships",
        "pool_movements",
    ];
    tables.map(|table| rows(db, table)).to_vec()
}

fn rows(db: &TestDb, of: &str) -> i64 {
    let counted: Result<Count, StoreError> = db.app.store.read(|conn| {
        let sql = format!("SELECT COUNT(*) AS rows FROM {of}");
        Ok(diesel::sql_query(sql).get_result(conn)?)
    });
    counted.expect("counted").rows
}

on_both_engines!(the_version_in_force_against_itself_moves_nobody, |db| {
    ready(db);
    for (n, staff) in [(1, 10), (2, 5), (3, 4)] {
        firm(db, n, staff);
    }
    run(db, "maker");
    approve(db, &open(db)[0].id, "checker");
    let (register_before, entries) = (register(db), rows(db, "ledger_entries"));
    for rule_set in Library::shipped().iter() {
        let name = format!("{}@{}", rule_set.code, rule_set.effective_from);
        let made = simulated(db, &request(&name, Value::Null));
        assert_eq!((made.total, made.moved), (3, 0), "{name}");
        assert_eq!(everyone(db, &made), []);
        let moving = made.summary.matrix.iter().filter(|it| it.from != it.to);
        assert_eq!(moving.count(), 0, "{name}");
        let still = counted(&made.summary, "unchanged") + counted(&made.summary, "unknown");
        assert_eq!(still, 3, "{name}: {:?}", made.summary.counts);
        assert_eq!(made.base_hash, made.proposed_hash);
    }
    // A document that is the same comes to the same, word for word.
    let base = simulated(db, &request("POOLS", Value::Null));
    let document = Library::shipped().named("POOLS").expect("shipped");
    let same = SimulationRequest {
        document: Some(document.document.clone()),
        ..request("POOLS", Value::Null)
    };
    let same = simulated(db, &same);
    assert_eq!((same.moved, same.proposed_version), (0, None));
    assert_eq!(same.summary_hash, base.summary_hash);
    assert_eq!(register(db), register_before, "nothing else is written");
    let sets = Library::shipped().iter().count() as i64;
    assert_eq!(
        rows(db, "ledger_entries") - entries,
        sets + 2,
        "one event each"
    );
    let told = "ledger_entries WHERE kind = 'SIMULATION_COMPLETED'";
    assert_eq!(rows(db, told), sets + 2);
});

on_both_engines!(who_would_move_is_named_with_the_criterion, |db| {
    ready(db);
    let strong = firm(db, 1, 12);
    let near = firm_in(db, "330603", 2, 10);
    firm(db, 3, 5);
    let asked = request("POOLS", json!({"a_staff/at_least": "12"}));
    let made = simulated(db, &asked);
    assert_eq!((made.total, made.moved), (3, 1));
    let summary = &made.summary;
    assert_eq!(
        (counted(summary, "demoted"), counted(summary, "unchanged")),
        (1, 2)
    );
    let cell = summary.matrix.iter().find(|it| it.from != it.to);
    let cell = cell.expect("a move");
    assert_eq!(
        (cell.from.as_str(), cell.to.as_str(), cell.firms),
        ("ACCELERATION", "STARTER", 1)
    );
    let district = summary.districts.iter().find(|it| it.code == "330603");
    assert_eq!(district.expect("its district").counts["demoted"], 1);
    assert_eq!(summary.industries[0].code, "C");
    assert_eq!(summary.criteria[0].id, "a_staff");
    let listed = everyone(db, &made);
    assert_eq!(
        (listed[0].uscc.as_str(), listed[0].direction.as_str()),
        (near.as_str(), "DEMOTED")
    );
    let criterion = &listed[0].criteria[0];
    let side = |side: &Option<simulation::CriterionSide>| {
        let side = side.clone().expect("both have it");
        (
            side.outcome,
            side.actual.expect("found"),
            side.required.expect("asked"),
        )
    };
    let told = |outcome: &str, required: &str| {
        (
            outcome.to_string(),
            "0.100000".to_string(),
            required.to_string(),
        )
    };
    assert_eq!(side(&criterion.base), told("MET", "0.100000"));
    assert_eq!(side(&criterion.proposed), told("UNMET", "0.120000"));
    let elsewhere = MoverQuery {
        district_code: Some("330602".into()),
        ..MoverQuery::default()
    };
    assert_eq!(movers(db, &made, &elsewhere), []);
    // Asked again: the same, to the byte.
    let again = simulated(db, &asked);
    assert_eq!(again.summary_hash, made.summary_hash);
    assert_ne!(again.id, made.id);
    // Of a part only the part is looked at.
    let part = SimulationRequest {
        district_code: Some("330602".into()),
        industry_code: Some("C17".into()),
        ..asked.clone()
    };
    let part = simulated(db, &part);
    assert_eq!((part.total, part.moved), (2, 0));
    let other = SimulationRequest {
        industry_code: Some("I".into()),
        ..asked
    };
    assert_eq!(simulated(db, &other).total, 0);
    assert_ne!(strong, near);
});

// What a yearly assessment by the published rules proposes is what the what-if said, a year's warning included.
on_both_engines!(the_assessment_does_what_was_foretold, |db| {
    ready(db);
    for (n, staff) in [(1, 10), (2, 10), (3, 12), (4, 5)] {
        firm(db, n, staff);
    }
    run(db, "maker");
    for it in open(db) {
        approve(db, &it.id, "checker");
    }
    db.clock
        .set("2027-06-01T02:00:00Z".parse().expect("instant"));
    for (n, staff) in [(1, 10), (2, 10), (3, 12), (4, 10)] {
        year(db, &crate::builders::code(n), 2026, staff);
    }
    // 10 % is below 90 % of 12 %: two members fail; the last firm reaches 10 %, and needs 12 % to rise.
    let change = json!({"a_staff/at_least": "12"});
    let foretold = simulated(db, &request("POOLS", change.clone()));
    assert_eq!(counted(&foretold.summary, "warned"), 2);
    assert_eq!(
        counted(&foretold.summary, "demoted"),
        1,
        "no longer promoted"
    );
    let published = publish(db, &change);
    let by_number = SimulationRequest {
        version: Some(published),
        ..request("POOLS@2021-07-25", Value::Null)
    };
    let ended = run(db, "maker");
    assert!(ended.yearly);
    assert_eq!(
        (ended.summary.at_risk, ended.summary.movements.len()),
        (2, 0)
    );
    // After a second failure they go down; this year's evaluation does not hide that from the what-if of today.
    let second = simulated(db, &by_number);
    assert_eq!(second.proposed_version, Some(published));
    assert_eq!(
        counted(&second.summary, "unchanged"),
        4,
        "it is in force now"
    );
    db.clock
        .set("2028-06-01T02:00:00Z".parse().expect("instant"));
    for (n, staff) in [(1, 10), (2, 10), (3, 12), (4, 10)] {
        year(db, &crate::builders::code(n), 2027, staff);
    }
    let eased = simulated(
        db,
        &request("POOLS", json!({"moves/failures_before_demotion": 3})),
    );
    assert_eq!(counted(&eased.summary, "promoted"), 2);
    let listed = everyone(db, &eased);
    assert_eq!(
        (listed[0].from.as_str(), listed[0].to.as_str()),
        ("STARTER", "ACCELERATION")
    );
    let ended = assessment::run(
        &db.app,
        &Caller::operator(),
        &RunRequest::default(),
        |_, _| {},
    )
    .expect("ran");
    assert_eq!(ended.summary.movements.get("DEMOTION"), Some(&2));
});

/// The number of the new version of POOLS.
fn publish(db: &TestDb, change: &Value) -> i64 {
    let shipped = &Library::shipped().named("POOLS").expect("shipped").document;
    let given = change.as_object().expect("parameters");
    let given = given
        .iter()
        .map(|(place, value)| (place.clone(), value.clone()));
    let given: Vec<(String, Value)> = given.collect();
    let document = sanku::domain::rules::dated::with_parameters(shipped, &given).expect("changed");
    rules::publish(&db.app, &Caller::operator(), &document)
        .expect("published")
        .value
        .version
}

on_both_engines!(conditions_are_gained_and_lost_against_the_plan, |db| {
    ready(db);
    firm(db, 1, 10);
    firm(db, 2, 5);
    let stricter = json!({"p4_rd/more_than": "700000.00"});
    let made = simulated(db, &request("PROVINCIAL_TECH_SME", stricter));
    let keys: Vec<&str> = made.summary.counts.keys().map(String::as_str).collect();
    assert_eq!(keys, ["gained", "lost", "unchanged", "unknown"]);
    let target = &made.summary.targets[0];
    assert_eq!(
        (target.id.as_str(), target.measure.as_str()),
        ("provincial_tech_sme", "QUALIFYING")
    );
    let met = made.summary.places.iter().find(|it| it.place == "MET");
    assert_eq!(
        (target.base, target.proposed),
        met.map_or((0, 0), |it| (it.base, it.proposed))
    );
    // The pools feed the high-tech title.
    let pools = simulated(db, &request("POOLS", Value::Null));
    let target = &pools.summary.targets[0];
    assert_eq!(
        (target.id.as_str(), target.measure.as_str(), target.holders),
        ("national_hnte", "RESERVE", 0)
    );
    let sizes = simulated(db, &request("SIZE_CLASS", Value::Null));
    assert_eq!(sizes.summary.targets, []);
    assert!(sizes.summary.counts.contains_key("larger"));
});

on_both_engines!(what_is_not_known_is_refused_by_place, |db| {
    ready(db);
    let base = || request("POOLS", Value::Null);
    let one = |pointer: &str, code: &'static str| vec![(pointer.to_string(), code)];
    assert_eq!(
        refused(db, &request("NONE", Value::Null)),
        one("/rule_set", "rule_set.unknown")
    );
    let version = SimulationRequest {
        version: Some(7),
        ..base()
    };
    assert_eq!(
        refused(db, &version),
        one("/version", "rule_set.version_unknown")
    );
    assert_eq!(
        refused(db, &request("POOLS", json!({"a_rd/at_mots": "4"}))),
        one("/parameters/a_rd~1at_mots", "rule_set.parameter_unknown")
    );
    assert_eq!(
        refused(db, &request("POOLS", json!({"moves/keep_percent": true}))),
        one("/parameters/moves~1keep_percent", "rule_set.whole_wanted")
    );
    assert_eq!(
        refused(db, &request("POOLS", json!({"a_rd/at_least": "400"}))),
        one("/parameters/a_rd~1at_least", "rule_set.too_large")
    );
    let faulty = SimulationRequest {
        document: Some(json!({"code": "POOLS"})),
        ..base()
    };
    let missing = refused(db, &faulty);
    assert!(missing.len() > 5, "all that is missing: {missing:?}");
    assert_eq!(missing[..1], one("/document", "rule_set.key_missing"));
    let sizes = Library::shipped().iter().next().expect("sizes");
    let other = SimulationRequest {
        document: Some(sizes.document.clone()),
        ..base()
    };
    assert_eq!(
        refused(db, &other),
        one("/document", "simulation.other_kind")
    );
    let several = SimulationRequest {
        version: Some(1),
        parameters: json!({}).as_object().cloned(),
        as_of: Some("June".into()),
        district_code: Some("330621".into()),
        industry_code: Some("Z9".into()),
        ..base()
    };
    assert_eq!(
        refused(db, &several),
        [
            ("/as_of".to_string(), "date.form"),
            ("/district_code".to_string(), "district.replaced"),
            ("/industry_code".to_string(), "industry.unknown"),
            ("/parameters".to_string(), "simulation.one_change"),
        ]
    );
    assert_eq!(rows(db, "simulations"), 0);
});
