//! The clocked work, and what becomes of work that was cut off.

use chrono::Duration;
use sanku::app::App;
use sanku::app::assessment::{self, RunRequest};
use sanku::app::caller::Caller;
use sanku::app::error::AppError;
use sanku::app::movement::{self, MovementDecision};
use sanku::app::upkeep;
use sanku::domain::event::Event;
use sanku::domain::ledger::Origin;
use sanku::domain::run::RunState;
use sanku::jobs::{self, Settings};
use sanku::store::assessments::{self, RunRow};
use sanku::store::{Changed, Stamp, StoreError};
use serde_json::json;

use crate::builders::{faults, told};
use crate::client::{Client, PASSWORD};
use crate::firms::{city, district, firm, open, pool_of, ready, run, says};
use crate::harness::TestDb;
use crate::on_both_engines;

/// What each job did, by its name.
fn ran(app: &App, settings: Settings, at: &str) -> Vec<(&'static str, usize)> {
    let ran = jobs::run_all(app, settings, at.parse().expect("instant"));
    let counts = ran
        .into_iter()
        .map(|it| (it.job, it.outcome.expect(it.job)));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// A run that a killed process left as running.
fn cut_off(db: &TestDb) -> String {
    let ended = run(db, "maker");
    let id = ended.id.clone();
    let stamp = Stamp::of(Origin::system("u1"));
    let write = db.app.store.write::<_, AppError, _>(&stamp, move |tx| {
        let found = assessments::run_by_id(tx.conn, &ended.id)?;
        let mut row = RunRow {
            state: RunState::Running.into(),
            finished_at: None,
            ..found.expect("the run")
        };
        let seq = tx.tell(Event::AssessmentBegun(row.told()))?;
        row.seq = seq.get();
        assessments::update_run(tx.conn, &row)?;
        Ok(Changed::new((), seq))
    });
    write.expect("written");
    id
}

fn state(db: &TestDb, id: &str) -> String {
    let seen = assessment::get(&db.app, &Caller::operator(), id);
    seen.expect("the run").run.state
}

on_both_engines!(movements_take_effect_on_their_day, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    run(db, "maker");
    let id = open(db)[0].id.clone();
    movement::decide(&db.app, &district(db, "330602"), &id, &says("ENDORSE")).expect("endorsed");
    let approve = MovementDecision {
        verdict: "APPROVE".into(),
        reason: None,
        effective_on: Some("2026-07-01".into()),
    };
    movement::decide(&db.app, &city(db, "checker"), &id, &approve).expect("approved");
    let settings = Settings::default();
    assert_eq!(ran(&db.app, settings, "2026-06-30T15:59:59Z"), []);
    assert_eq!(pool_of(db, &uscc), None);
    let effect = [("movements taking effect", 1)];
    assert_eq!(ran(&db.app, settings, "2026-06-30T16:00:00Z"), effect);
    assert_eq!(pool_of(db, &uscc).as_deref(), Some("ACCELERATION"));
    assert_eq!(ran(&db.app, settings, "2026-06-30T16:00:00Z"), []);
});

on_both_engines!(answers_are_kept_for_a_week, |db| {
    let client = Client::with_role(db, "admin", "SYSTEM_ADMIN", None, None);
    let key = [("idempotency-key", "k-1")];
    let body = json!({"username": "wu.gang", "password": PASSWORD, "role": "AUDITOR"});
    assert_eq!(
        client.send("POST", "/v1/users", &key, Some(&body)).status,
        201
    );
    let settings = Settings::default();
    assert_eq!(ran(&db.app, settings, "2026-06-22T08:00:00Z"), []);
    let again = client.send("POST", "/v1/users", &key, Some(&body));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let forgotten = [("old idempotency keys", 1)];
    assert_eq!(ran(&db.app, settings, "2026-06-22T08:00:01Z"), forgotten);
    let taken = client.send("POST", "/v1/users", &key, Some(&body));
    assert_eq!(
        faults(&taken),
        told([("/username", "account.username_taken")])
    );
});

on_both_engines!(sessions_are_kept_for_half_a_year, |db| {
    let client = Client::with_role(db, "li.na", "AUDITOR", None, None);
    assert_eq!(client.delete("/v1/tokens/current").status, 204);
    let forgotten = |at: &str| {
        let all = ran(&db.app, Settings::default(), at);
        let mut counts = all.into_iter().filter(|(job, _)| *job == "old sessions");
        counts.next().map(|(_, count)| count)
    };
    // A session ends twelve hours after its log-in at the latest.
    assert_eq!(forgotten("2026-12-12T19:59:59Z"), None);
    assert_eq!(forgotten("2026-12-12T20:00:00Z"), Some(1));
    assert_eq!(forgotten("2026-12-12T20:00:00Z"), None);
    client.log_in("li.na", PASSWORD);
    let history = client.get("/v1/ledger-entries?limit=200").text();
    assert_eq!(history.matches("SESSIONS_FORGOTTEN").count(), 1);
});

on_both_engines!(one_process_is_on_duty, |db| {
    let other = db.reopen();
    let duty = upkeep::take_duty(&db.app).expect("asked");
    let mut duty = duty.expect("nobody else has it");
    assert!(duty.stands());
    assert!(upkeep::take_duty(&other).expect("asked").is_none());
    drop(duty);
    assert!(upkeep::take_duty(&other).expect("asked").is_some());
});

on_both_engines!(
    a_run_that_was_cut_off_is_failed_and_one_that_goes_on_is_not,
    |db| {
        ready(db);
        firm(db, 1, 10);
        let left = cut_off(db);
        let other = db.reopen();
        let alone = other
            .store
            .hold("assessment")
            .expect("asked")
            .expect("free");
        assert_eq!(
            assessment::fail_interrupted(&db.app),
            Ok(0),
            "somebody is at it"
        );
        let caller = city(db, "maker");
        let busy = assessment::run(&db.app, &caller, &RunRequest::default(), |_, _| {}).err();
        assert_eq!(busy, Some(AppError::conflict("assessment.running")));
        drop(alone);
        assert_eq!(
            ran(&db.app, Settings::default(), "2026-06-15T08:00:00Z"),
            [("interrupted assessments", 1)]
        );
        assert_eq!(state(db, &left), "FAILED");
        let left = cut_off(db);
        run(db, "maker");
        assert_eq!(
            state(db, &left),
            "FAILED",
            "the next run clears the way for itself"
        );
    }
);

on_both_engines!(everybody_is_assessed_once_a_night, |db| {
    ready(db);
    firm(db, 1, 10);
    let off = Settings::default();
    let at_two = Settings {
        nightly_hour: Some(2),
        ..Settings::default()
    };
    db.clock
        .set("2026-06-16T08:00:00Z".parse().expect("instant"));
    assert_eq!(ran(&db.app, off, "2026-06-15T18:00:00Z"), []);
    assert_eq!(
        ran(&db.app, at_two, "2026-06-15T17:59:59Z"),
        [],
        "two o'clock in Shaoxing is 18:00 UTC"
    );
    let assessed = [("nightly assessment", 1)];
    assert_eq!(ran(&db.app, at_two, "2026-06-15T18:00:00Z"), assessed);
    assert_eq!(
        ran(&db.app, at_two, "2026-06-16T08:00:00Z"),
        [],
        "once a day"
    );
    let runs = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| assessments::runs(conn, None, None, 9));
    let runs = runs.expect("read");
    assert_eq!(
        (runs.len(), runs[0].created_by.as_str()),
        (1, "system:jobs")
    );
    assert_eq!(runs[0].as_of.to_string(), "2026-06-16");
    db.clock.advance(Duration::days(1));
    assert_eq!(ran(&db.app, at_two, "2026-06-17T08:00:00Z"), assessed);
});
