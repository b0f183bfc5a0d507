//! Taking back (撤回): whoever took a step undoes it, as long as nobody has taken the next.

use chrono::Duration;
use sanku::app::caller::Caller;
use sanku::app::error::AppError;
use sanku::app::expected::Expected;
use sanku::app::late::{self, LateFindings, LateQuery, LateSettlement};
use sanku::app::list::List;
use sanku::app::movement::{self, MovementDecision, PoolMovement};
use sanku::domain::at::At;
use serde_json::json;

use crate::client::{Client, PASSWORD};
use crate::firms::{city, district, firm, input, open, pool_of, ready, run, says};
use crate::harness::TestDb;
use crate::on_both_engines;

fn not_yours() -> Option<AppError> {
    Some(AppError::conflict("matter.not_your_step"))
}

fn for_the_day(day: &str) -> MovementDecision {
    MovementDecision {
        effective_on: Some(day.into()),
        reason: Some("同意".into()),
        ..says("APPROVE")
    }
}

fn as_it_stood(db: &TestDb, id: &str, known_at: chrono::DateTime<chrono::Utc>) -> PoolMovement {
    let at = At {
        as_of: db.app.env.clock.today(),
        known_at,
    };
    let found = movement::get_at(&db.app, &Caller::operator(), id, at);
    found.expect("found").record
}

on_both_engines!(an_endorsement_and_an_approval_are_taken_back, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    run(db, "maker");
    let before = open(db).remove(0);
    let id = before.id.clone();
    let (first, checker) = (district(db, "330602"), city(db, "checker"));
    movement::decide(&db.app, &first, &id, &says("ENDORSE")).expect("endorsed");
    let endorsed_at = db.app.env.clock.now();
    db.clock.advance(Duration::hours(1));

    let by_city = movement::decide(&db.app, &checker, &id, &says("TAKE_BACK")).err();
    let forbidden = AppError::Forbidden {
        code: "auth.forbidden",
    };
    assert_eq!(by_city, Some(forbidden), "that step is the district's");
    let back = movement::decide(&db.app, &first, &id, &says("TAKE_BACK"));
    let back = back.expect("taken back").value.record;
    assert_eq!(back, before, "as if it had never been endorsed");
    let again = movement::decide(&db.app, &first, &id, &says("TAKE_BACK")).err();
    let not_now = AppError::Conflict {
        code: "movement.not_now",
        allowed_transitions: vec!["ENDORSE", "REJECT"],
    };
    assert_eq!(again, Some(not_now));
    assert_eq!(as_it_stood(db, &id, endorsed_at).state, "ENDORSED");

    let endorsed = movement::decide(&db.app, &first, &id, &says("ENDORSE")).expect("endorsed");
    let endorsed = endorsed.value.record;
    assert_eq!(
        endorsed.allowed_transitions,
        ["APPROVE", "REJECT", "TAKE_BACK"]
    );
    let later = for_the_day("2026-08-01");
    let approved = movement::decide(&db.app, &checker, &id, &later).expect("approved");
    assert_eq!(approved.value.allowed_transitions, ["TAKE_BACK"]);
    let late = movement::decide(&db.app, &first, &id, &says("TAKE_BACK")).err();
    let forbidden = AppError::Forbidden {
        code: "auth.forbidden",
    };
    assert_eq!(late, Some(forbidden), "the city has taken the next step");
    let colleague = city(db, "colleague");
    let other = movement::decide(&db.app, &colleague, &id, &says("TAKE_BACK")).err();
    assert_eq!(other, not_yours());
    let back = movement::decide(&db.app, &checker, &id, &says("TAKE_BACK"));
    let back = back.expect("taken back").value.record;
    assert_eq!(back, endorsed, "day, reason and approver are gone with it");
    let now = db.app.env.clock.now();
    assert_eq!(as_it_stood(db, &id, now), endorsed);

    // One after the other: the approval that was taken back does not come back with the endorsement.
    let back = movement::decide(&db.app, &first, &id, &says("TAKE_BACK"));
    assert_eq!(back.expect("taken back").value.record, before);
    movement::decide(&db.app, &first, &id, &says("ENDORSE")).expect("endorsed");
    let later = for_the_day("2026-06-16");
    movement::decide(&db.app, &checker, &id, &later).expect("approved");
    db.clock.advance(Duration::days(1));
    let on_its_day = movement::decide(&db.app, &checker, &id, &says("TAKE_BACK")).err();
    let not_now = AppError::Conflict {
        code: "movement.not_now",
        allowed_transitions: vec![],
    };
    assert_eq!(
        on_its_day,
        Some(not_now),
        "it only waits to be put into effect"
    );
    movement::apply_due(&db.app, &Caller::operator(), db.app.env.clock.today()).expect("applied");
    assert_eq!(pool_of(db, &uscc).as_deref(), Some("ACCELERATION"));
    let over = movement::decide(&db.app, &checker, &id, &says("TAKE_BACK")).err();
    let not_now = AppError::Conflict {
        code: "movement.not_now",
        allowed_transitions: vec![],
    };
    assert_eq!(over, Some(not_now), "it is in effect");
});

on_both_engines!(what_was_said_of_a_finding_is_taken_back, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    run(db, "maker");
    db.clock.advance(Duration::days(1));
    let facts = input(json!({"tech_staff": 5}));
    let maker = city(db, "maker");
    sanku::app::figures::state_year(&db.app, &maker, &uscc, 2025, Expected::Any, facts)
        .expect("stated");
    late::catch_up(&db.app, usize::MAX).expect("sought");
    let all = |db: &TestDb| {
        let all = LateQuery::default();
        LateFindings::page(&db.app, &city(db, "checker"), &all, None, 10).expect("listed")
    };
    let found = all(db).remove(0);
    let settle = |who: &str, verdict: &str| {
        let words = LateSettlement {
            verdict: verdict.into(),
            reason: Some("核对后再定".into()),
        };
        let settled = late::settle(&db.app, &city(db, who), &found.id, &Expected::Any, &words);
        settled.map(|done| done.value.record)
    };
    let early = settle("checker", "TAKE_BACK").err();
    assert!(
        matches!(early, Some(AppError::Conflict { .. })),
        "{early:?}"
    );
    let settled = settle("checker", "DISMISS").expect("dismissed");
    assert_eq!(settled.allowed_transitions, ["TAKE_BACK"]);
    assert_eq!(settle("colleague", "TAKE_BACK").err(), not_yours());
    let back = settle("checker", "TAKE_BACK").expect("taken back");
    assert_eq!(back, found, "as if nothing had been said of it");
    assert_eq!(all(db), std::slice::from_ref(&found));
    settle("colleague", "DISMISS").expect("dismissed");
    // What has come to be the same again is not open.
    let facts = input(json!({"tech_staff": 10}));
    sanku::app::figures::state_year(&db.app, &maker, &uscc, 2025, Expected::Any, facts)
        .expect("stated");
    late::catch_up(&db.app, usize::MAX).expect("sought");
    assert_eq!(all(db).remove(0).state, "DISMISSED");
    let back = settle("colleague", "TAKE_BACK").expect("taken back");
    assert_eq!((back.state.as_str(), back.decided_by), ("RESOLVED", None));
});

on_both_engines!(a_proposed_role_is_taken_back, |db| {
    let root = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
    let other = Client::with_role(db, "other", "SYSTEM_ADMIN", None, None);
    let guard = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
    let body = json!({"username": "wang.fang", "password": PASSWORD, "role": "AUDITOR"});
    let account = root.post("/v1/users", body).json();
    let proposed = account["proposed"]["id"].as_str().expect("a proposal");
    let url = format!("/v1/role-assignments/{proposed}");
    let says = |who: &Client, verdict: &str| {
        who.post(&format!("{url}/decisions"), json!({"verdict": verdict}))
    };
    let colleague = says(&other, "TAKE_BACK");
    assert_eq!(
        (colleague.status, colleague.json()["code"].as_str()),
        (409, Some("matter.not_your_step"))
    );
    assert_eq!(says(&guard, "TAKE_BACK").status, 403);
    assert_eq!(
        says(&root, "APPROVE").status,
        403,
        "that is not for who proposes"
    );
    let back = says(&root, "TAKE_BACK");
    assert_eq!(back.status, 201, "{}", back.text());
    assert_eq!(back.json()["state"], "WITHDRAWN");
    assert_eq!(
        says(&guard, "APPROVE").json()["code"],
        "role_assignment.not_now"
    );
    let users = account["id"].as_str().expect("an id");
    let anew = root.post(
        &format!("/v1/users/{users}/role-assignments"),
        json!({"role": "AUDITOR"}),
    );
    assert_eq!(anew.status, 201, "{}", anew.text());
});

on_both_engines!(what_one_commit_tells_is_known_to_the_next_change, |db| {
    ready(db);
    firm(db, 1, 10);
    run(db, "maker");
    let before = open(db).remove(0);
    let by = [district(db, "330602"), city(db, "checker")];
    // Sent together, they may share a commit: what is restored may then stand in an entry that is not inserted yet.
    let steps = [
        (0, says("ENDORSE")),
        (1, for_the_day("2026-08-01")),
        (1, says("TAKE_BACK")),
        (0, says("TAKE_BACK")),
    ];
    std::thread::scope(|all| {
        for (who, step) in &steps {
            let (by, id) = (&by[*who], &before.id);
            all.spawn(move || {
                for _ in 0..100 {
                    let done = movement::decide(&db.app, by, id, step);
                    let refused = matches!(
                        done,
                        Err(AppError::Conflict { .. } | AppError::Forbidden { .. })
                    );
                    assert!(done.is_ok() || refused, "{step:?}: {done:?}");
                }
            });
        }
    });
    for (who, state) in [(1, "APPROVED"), (0, "ENDORSED")] {
        let now = movement::get(&db.app, &Caller::operator(), &before.id).expect("found");
        if now.record.state == state {
            movement::decide(&db.app, &by[who], &before.id, &says("TAKE_BACK")).expect("back");
        }
    }
    assert_eq!(open(db), [before]);
});
