//! What stands is kept beside the statements: it tells what a fold of all of them tells, on every day and by every knowledge.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sanku::app::assessment::{self, RunRequest};
use sanku::app::caller::Caller;
use sanku::app::eligibility;
use sanku::app::error::AppError;
use sanku::app::expected::Expected;
use sanku::app::figures::{self, StatementInput};
use sanku::app::import::{ImportOptions, InputFile, import};
use sanku::app::{enterprise, replay};
use sanku::domain::access::RecordFacts;
use sanku::domain::at::At;
use sanku::domain::date::FIRST_DAY;
use sanku::domain::messages::Lang;
use sanku::domain::statement::{self, About, NewStatement, Statement, standing};
use sanku::store::StoreError;
use sanku::store::facts::StatementRow;
use sanku::store::profile::{self, Known, Of, Seen, Topic};
use serde_json::{Value as Json, json};

use crate::firms::{firm, of_firm, ready, run};
use crate::harness::TestDb;
use crate::on_both_engines;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("day")
}

/// Of the statements about an enterprise those that are read from such a point on.
fn rows(db: &TestDb, uscc: &str, seen: Seen) -> Vec<StatementRow> {
    let id = enterprise::get(&db.app, &Caller::operator(), uscc)
        .expect("there")
        .record
        .id;
    let read = |conn: &mut _| profile::statements(conn, Of::One(&id), Topic::All, seen);
    db.app.store.read::<_, StoreError, _>(read).expect("read")
}

/// Every statement ever made.
fn all(db: &TestDb, uscc: &str) -> Vec<StatementRow> {
    let ever = Seen {
        as_of: FIRST_DAY,
        known: Known::Since(0),
    };
    rows(db, uscc, ever)
}

fn statement(row: &StatementRow) -> Statement {
    let about = match (row.year, row.effective_from) {
        (Some(year), _) => About::Year(year),
        (None, from) => About::From(from.expect("a year or a day")),
    };
    let new = NewStatement {
        about,
        facts: statement::facts_from_stored(&row.facts).expect("facts"),
        evidence: *row.evidence,
        source: row.source.clone(),
    };
    new.recorded(row.seq, &row.recorded_by, row.recorded_at.and_utc())
}

fn state(
    db: &TestDb,
    caller: &Caller<RecordFacts>,
    uscc: &str,
    about: About,
    facts: Json,
    (evidence, source): (&str, &str),
) -> Result<i64, AppError> {
    db.clock.advance(Duration::hours(1));
    let input = StatementInput {
        facts: facts.as_object().expect("object").clone(),
        evidence: Some(evidence.into()),
        source: source.into(),
    };
    let stated = |expected, input| match about {
        About::Year(year) => figures::state_year(&db.app, caller, uscc, year, expected, input),
        About::From(day) => figures::state_dated(&db.app, caller, uscc, day, expected, input),
    };
    let done = match stated(Expected::Any, input.clone()) {
        Err(AppError::PreconditionFailed) => stated(Expected::NotGiven, input),
        done => done,
    };
    done.map(|done| done.value.version)
}

fn put(db: &TestDb, uscc: &str, about: About, facts: Json) -> i64 {
    let by = Caller::operator();
    state(db, &by, uscc, about, facts, ("DOCUMENTED", "年报")).expect("stated")
}

fn taken_in(db: &TestDb, table: &str, facts_from: &str) {
    db.clock.advance(Duration::hours(1));
    let options = ImportOptions {
        facts_from: Some(day(facts_from)),
        ..ImportOptions::new(db.app.env.clock.today())
    };
    let file = InputFile {
        name: "1.csv".into(),
        bytes: table.as_bytes().to_vec(),
    };
    let report = import(&db.app, &Caller::operator(), &[file], options);
    let report = report.expect("imports").value;
    assert!(report.applied, "{:?}", report.problems);
}

/// What the register shows, against a fold of all statements, for many days and instants.
fn told_as_by_all(db: &TestDb, uscc: &str) {
    let all: Vec<Statement> = all(db, uscc).iter().map(statement).collect();
    let instants: Vec<DateTime<Utc>> = all.iter().map(|it| it.recorded_at).collect();
    let now = db.app.env.clock.now();
    for known_at in instants.into_iter().chain([now]) {
        let known: Vec<Statement> = all
            .iter()
            .filter(|it| it.recorded_at <= known_at)
            .cloned()
            .collect();
        for as_of in [
            "2025-12-31",
            "2026-01-01",
            "2026-02-10",
            "2026-03-05",
            "2026-06-15",
        ] {
            let at = At {
                as_of: day(as_of),
                known_at,
            };
            let dated = figures::dated(&db.app, &Caller::operator(), uscc, at).expect("read");
            assert_eq!(dated.figures, statement::on_day(&known, at), "{at:?}");
            let last = known.iter().filter(|it| matches!(it.about, About::From(_)));
            assert_eq!(
                dated.version,
                last.map(|it| it.seq).max().unwrap_or(0),
                "{at:?}"
            );
            let years = figures::years(&db.app, &Caller::operator(), uscc, at).expect("read");
            let found: Vec<i32> = years.iter().map(|(year, _)| *year).collect();
            assert_eq!(found, statement::years(&known), "{at:?}");
            for (year, view) in years {
                assert_eq!(
                    view.figures,
                    statement::of_year(&known, year),
                    "{year} {at:?}"
                );
                let one = figures::year(&db.app, &Caller::operator(), uscc, year, at);
                assert_eq!(one.expect("read"), Some(view));
            }
        }
    }
}

fn kept_as_derived(db: &TestDb, uscc: &str) {
    let rows = all(db, uscc);
    let statements: Vec<Statement> = rows.iter().map(statement).collect();
    let gone = standing::superseded(&statements);
    for row in &rows {
        assert_eq!(row.stands, !gone.contains(&row.seq), "{row:?}");
    }
}

on_both_engines!(what_stands_is_kept_by_every_door, |db| {
    let uscc = &firm(db, 1, 10);
    let check = || {
        kept_as_derived(db, uscc);
        told_as_by_all(db, uscc);
    };
    check();
    put(db, uscc, About::Year(2025), json!({"tech_staff": 12}));
    put(
        db,
        uscc,
        About::Year(2025),
        json!({"tech_staff": 13, "rd_expense": null}),
    );
    put(db, uscc, About::Year(2024), json!({"sales": "1.00"}));
    put(db, uscc, About::Year(2024), json!({"sales": null}));
    check();
    // Dated facts, and some that hold from an earlier day than what was stated before.
    put(
        db,
        uscc,
        About::From(day("2026-03-01")),
        json!({"ip_class1": 3, "ip_class2": 4}),
    );
    put(
        db,
        uscc,
        About::From(day("2026-02-01")),
        json!({"ip_class1": 2}),
    );
    put(
        db,
        uscc,
        About::From(day("2026-03-01")),
        json!({"ip_class1": 5}),
    );
    put(
        db,
        uscc,
        About::From(day("2026-03-05")),
        json!({"ip_class2": null}),
    );
    put(
        db,
        uscc,
        About::From(day("2025-11-01")),
        json!({"digital_level": 2}),
    );
    check();
    // Everything once more, so that statements end altogether.
    put(
        db,
        uscc,
        About::From(day("2026-06-15")),
        json!({"ip_class1": 6, "ip_class2": 7, "digital_level": 3}),
    );
    check();
    let figures = "统一社会信用代码,年度,科技人员数,销售收入\n{},2025,20,3\n{},2023,7,2\n";
    taken_in(db, &figures.replace("{}", uscc), "2026-01-01");
    check();
    let dated =
        "统一社会信用代码,企业名称,一类知识产权数,二类知识产权数\n{},虚构越城第1科技有限公司,9,8\n";
    taken_in(db, &dated.replace("{}", uscc), "2026-02-20");
    check();
    put(db, uscc, About::Year(2025), json!({"tech_staff": 21}));
    taken_in(db, &figures.replace("{}", uscc), "2026-01-01");
    check();
    let rows = all(db, uscc);
    assert!(rows.iter().any(|row| !row.stands), "{rows:?}");
    // What is read now are the rows that stand.
    let now = Seen {
        as_of: db.app.env.clock.today(),
        known: Known::At(db.app.env.clock.now()),
    };
    let stand: Vec<StatementRow> = rows.into_iter().filter(|row| row.stands).collect();
    assert_eq!(self::rows(db, uscc, now), stand);
});

on_both_engines!(one_instant_may_hold_several_statements, |db| {
    let uscc = &firm(db, 1, 10);
    let (first, second) = (json!({"tech_staff": 12}), json!({"tech_staff": 13}));
    for facts in [first, second] {
        let facts = facts.as_object().expect("object").clone();
        let input = StatementInput {
            facts,
            evidence: None,
            source: "年报".into(),
        };
        let caller = Caller::operator();
        figures::state_year(&db.app, &caller, uscc, 2025, Expected::Any, input).expect("stated");
    }
    kept_as_derived(db, uscc);
    told_as_by_all(db, uscc);
});

on_both_engines!(a_thousand_statements_leave_a_handful_to_read, |db| {
    let uscc = &firm(db, 1, 10);
    let stand = || {
        let rows = all(db, uscc);
        (rows.len(), rows.iter().filter(|row| row.stands).count())
    };
    for n in 0..60 {
        put(db, uscc, About::Year(2025), json!({"tech_staff": n}));
        let from = day("2026-01-02") + Duration::days(n);
        put(db, uscc, About::From(from), json!({"ip_class1": n}));
    }
    assert_eq!(stand(), (122, 4));
    told_as_by_all(db, uscc);
});

on_both_engines!(an_enterprise_does_not_touch_what_is_proved_better, |db| {
    let uscc = &firm(db, 1, 10);
    let own = of_firm::<RecordFacts>(db, uscc);
    let says = |about, facts| state(db, &own, uscc, about, facts, ("ENTITY_SUPPLIED", "自报"));
    let refused = |done: Result<i64, AppError>| matches!(done, Err(AppError::Invalid { .. }));
    // Audited, and the audited value was stated anew: it is the last word that counts.
    put(db, uscc, About::Year(2025), json!({"tech_staff": 11}));
    assert!(refused(says(About::Year(2025), json!({"tech_staff": 40}))));
    assert!(says(About::Year(2025), json!({"rd_staff": 4})).is_ok());
    assert!(refused(says(
        About::From(day("2026-05-01")),
        json!({"ip_class1": 9})
    )));
    // Before anything is proved it may say what it likes, whatever holds later.
    assert!(says(About::From(day("2025-05-01")), json!({"ip_class1": 9})).is_ok());
    put(
        db,
        uscc,
        About::From(day("2026-05-01")),
        json!({"ip_class1": null}),
    );
    assert!(says(About::From(day("2026-05-02")), json!({"ip_class1": 9})).is_ok());
    kept_as_derived(db, uscc);
    told_as_by_all(db, uscc);
});

on_both_engines!(the_same_again_is_no_statement, |db| {
    let uscc = &firm(db, 1, 10);
    let about = About::From(day("2026-03-01"));
    let first = put(db, uscc, about, json!({"ip_class1": 3}));
    let later = put(
        db,
        uscc,
        About::From(day("2026-05-01")),
        json!({"ip_class1": 4}),
    );
    // On its day the first still holds, and the version is that of all dated facts.
    assert_eq!(put(db, uscc, about, json!({"ip_class1": 3})), later);
    assert!(put(db, uscc, about, json!({"ip_class1": 4})) > later && later > first);
    kept_as_derived(db, uscc);
});

on_both_engines!(
    decisions_are_read_by_what_was_known_and_replayed_as_they_were,
    |db| {
        ready(db);
        let uscc = &firm(db, 1, 10);
        let early = run(db, "maker");
        let known_then = db.app.env.clock.now();
        let shown = |as_of: &str, known_at| {
            let at = At {
                as_of: day(as_of),
                known_at,
            };
            let found = eligibility::of_enterprise(&db.app, &Caller::operator(), uscc, None, at);
            format!("{:?}", found.expect("found").in_short(Lang::Zh))
        };
        let (then, before) = (
            shown("2026-06-15", known_then),
            shown("2026-01-31", known_then),
        );
        // All that the decision looked at is stated anew, from an earlier day and from a later one.
        let year = all(db, uscc)
            .into_iter()
            .find(|row| row.year == Some(2025))
            .expect("stated");
        let mut facts: Json = serde_json::from_str(&year.facts).expect("json");
        facts["tech_staff"] = json!(3);
        put(db, uscc, About::Year(2025), facts);
        let dated = all(db, uscc)
            .into_iter()
            .find(|row| row.year.is_none())
            .expect("stated");
        let mut facts: Json = serde_json::from_str(&dated.facts).expect("json");
        facts["ip_class1"] = json!(0);
        put(db, uscc, About::From(day("2026-06-01")), facts.clone());
        facts["ip_class1"] = json!(7);
        put(db, uscc, About::From(day("2026-02-01")), facts);
        assert_eq!(all(db, uscc).iter().filter(|row| row.stands).count(), 3);
        let again = run(db, "maker");
        assert_eq!(again.summary.changed, 1);
        let past = RunRequest {
            as_of: Some("2026-03-01".into()),
            ..RunRequest::default()
        };
        assessment::run(&db.app, &Caller::operator(), &past, |_, _| {}).expect("ran");
        assert_eq!(shown("2026-06-15", known_then), then);
        assert_eq!(shown("2026-01-31", known_then), before);
        assert_ne!(shown("2026-06-15", db.app.env.clock.now()), then);
        let mut replays = Vec::new();
        let count = replay::of_all(&db.app, &Caller::operator(), |page, _, _| {
            replays.extend(page)
        });
        let count = count.expect("replayed");
        assert!(count.replayed >= 3, "{count:?}");
        assert!(replays.iter().all(|it| it.reproduced), "{replays:#?}");
        assert_eq!(early.summary.changed, 1);
    }
);
