//! The main job: assess, propose, endorse, approve, and membership on both time axes.

use chrono::{Duration, NaiveDate};
use sanku::app::assessment::{self, RunRequest};
use sanku::app::caller::Caller;
use sanku::app::certification;
use sanku::app::enterprise;
use sanku::app::error::AppError;
use sanku::app::list::List;
use sanku::app::movement::{self, MembershipOverride, MovementDecision, MovementQuery, Movements};
use sanku::app::rules;
use sanku::app::shown::Day;
use sanku::domain::at::At;
use sanku::domain::certification::CertificationInput;
use sanku::store::{StoreError, ledger, memberships};
use serde_json::json;

use crate::firms::{approve, city, dated, district, firm, open, pool_of, ready, run, says, year};
use crate::on_both_engines;

on_both_engines!(proposals_are_endorsed_approved_and_take_effect, |db| {
    ready(db);
    let (strong, weak, poor) = (firm(db, 1, 10), firm(db, 2, 5), firm(db, 3, 4));
    dated(
        db,
        &poor,
        json!({"ip_class1": 0, "rd_ledger_or_contract": false, "abnormal_or_dishonest": true}),
    );
    let first = run(db, "maker");
    assert!(first.yearly);
    let placed: Vec<(&str, i64)> = first
        .summary
        .placed
        .iter()
        .map(|(pool, n)| (pool.as_str(), *n))
        .collect();
    assert_eq!(
        placed,
        [("ACCELERATION", 1), ("EXCLUDED", 1), ("STARTER", 1)]
    );
    assert_eq!((first.summary.changed, first.summary.unchanged), (3, 0));
    let proposals = open(db);
    assert_eq!(proposals.len(), 2);
    let id = &proposals
        .iter()
        .find(|it| it.uscc == strong)
        .expect("proposed")
        .id;

    let early = movement::decide(&db.app, &city(db, "checker"), id, &says("APPROVE")).err();
    assert!(
        matches!(
            early,
            Some(AppError::Conflict {
                code: "movement.not_now",
                ..
            })
        ),
        "{early:?}"
    );
    let other = movement::decide(&db.app, &district(db, "330603"), id, &says("ENDORSE")).err();
    assert_eq!(
        other,
        Some(AppError::NotFound),
        "another district does not see it"
    );
    movement::decide(&db.app, &district(db, "330602"), id, &says("ENDORSE")).expect("endorsed");
    let own = movement::decide(&db.app, &city(db, "maker"), id, &says("APPROVE")).err();
    assert_eq!(own, Some(AppError::conflict("movement.maker_is_checker")));
    let approved = movement::decide(&db.app, &city(db, "checker"), id, &says("APPROVE"))
        .expect("approved")
        .value;
    assert_eq!(
        (approved.state.as_str(), approved.effective_on),
        ("EFFECTIVE", Some(Day(db.app.env.clock.today())))
    );
    assert_eq!(pool_of(db, &strong).as_deref(), Some("ACCELERATION"));
    assert_eq!(pool_of(db, &weak), None, "proposed, not approved");

    let reject = MovementDecision {
        verdict: "REJECT".into(),
        ..MovementDecision::default()
    };
    let weak_id = &proposals
        .iter()
        .find(|it| it.uscc == weak)
        .expect("proposed")
        .id;
    let silent = movement::decide(&db.app, &district(db, "330602"), weak_id, &reject).err();
    assert!(
        matches!(silent, Some(AppError::Invalid { .. })),
        "a rejection needs a reason"
    );
    let reasoned = MovementDecision {
        reason: Some("现场核查不符".into()),
        ..reject
    };
    let rejected = movement::decide(&db.app, &district(db, "330602"), weak_id, &reasoned)
        .expect("rejected")
        .value;
    assert_eq!(
        (rejected.state.as_str(), rejected.allowed_transitions.len()),
        ("REJECTED", 0)
    );

    let again = run(db, "maker");
    assert_eq!(
        (again.summary.changed, again.summary.unchanged),
        (0, 3),
        "nothing changed, nothing stored"
    );
    assert!(
        !again.yearly,
        "the yearly evaluation was the first run after 1 June"
    );
    let results = assessment::results(&db.app, &Caller::operator(), &again.id, false, None, 100)
        .expect("results");
    assert_eq!(
        results.len(),
        3,
        "decisions stand until a later run decides otherwise"
    );
    let changed = assessment::results(&db.app, &Caller::operator(), &again.id, true, None, 100)
        .expect("results");
    assert_eq!(changed.len(), 0);
    let receipt = assessment::decision(&db.app, &Caller::operator(), &results[0].decision_id)
        .expect("receipt");
    assert!(receipt.hash.starts_with("sha256:") && receipt.inputs.contains("\"tech_staff\":"));
    let checked = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| Ok((ledger::recompute(conn)?, ledger::tree_head(conn)?)));
    let (recomputed, head) = checked.expect("read");
    assert_eq!(
        (recomputed.gap_at, recomputed.root.to_vec()),
        (None, head.root)
    );
});

on_both_engines!(two_yearly_failures_lead_one_tier_down, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    // The title test is not relaxed for members: without a title the figures would have to pass the whole rule set.
    let title = CertificationInput {
        scheme: Some("PROVINCIAL_TECH_SME".into()),
        number: Some("202533000001".into()),
        valid_from: Some("2025-01-01".into()),
        ..CertificationInput::default()
    };
    certification::record(&db.app, &Caller::operator(), &uscc, &title).expect("recorded");
    run(db, "maker");
    approve(db, &open(db)[0].id, "checker");
    // 9 % of tech staff is 90 % of the limit: the member keeps its pool.
    let evaluate = |on: &str, fiscal: i32, tech_staff: i64| {
        db.clock
            .set(format!("{on}T02:00:00Z").parse().expect("instant"));
        year(db, &uscc, fiscal, tech_staff);
        run(db, "maker").summary
    };
    let membership = || {
        let id = enterprise::get(&db.app, &Caller::operator(), &uscc)
            .expect("read")
            .record
            .id;
        db.app
            .store
            .read::<_, StoreError, _>(|conn| memberships::current(conn, &id))
            .expect("read")
            .expect("a member")
    };
    let kept = evaluate("2027-06-01", 2026, 9);
    assert_eq!((kept.movements.len(), membership().failures), (0, 0));
    let warned = evaluate("2028-06-10", 2027, 8);
    assert_eq!((warned.at_risk, warned.movements.len()), (1, 0));
    assert_eq!(
        membership().at_risk_since,
        Some("2028-06-10".parse::<NaiveDate>().expect("day"))
    );
    run(db, "maker");
    assert_eq!(
        membership().failures,
        1,
        "only the yearly evaluation counts"
    );
    let down = evaluate("2029-06-01", 2028, 8);
    assert_eq!(down.movements.get("EXIT"), None);
    assert_eq!(down.movements.get("DEMOTION"), Some(&1));
    let proposal = &open(db)[0];
    assert_eq!(proposal.to_pool.as_deref(), Some("STARTER"));
    assert_eq!(proposal.failed_criteria, ["a_staff"]);
    approve(db, &proposal.id, "checker");
    assert_eq!(pool_of(db, &uscc).as_deref(), Some("STARTER"));
});

on_both_engines!(
    an_exclusion_overtakes_a_proposal_and_removes_at_once,
    |db| {
        ready(db);
        let uscc = firm(db, 1, 10);
        run(db, "maker");
        let admission = open(db)[0].clone();
        dated(db, &uscc, json!({"abnormal_or_dishonest": true}));
        run(db, "maker");
        assert!(open(db).is_empty());
        let overtaken = movement::get(&db.app, &Caller::operator(), &admission.id).expect("read");
        assert_eq!(overtaken.state, "SUPERSEDED");
        dated(db, &uscc, json!({"abnormal_or_dishonest": false}));
        run(db, "maker");
        approve(db, &open(db)[0].id, "checker");
        db.clock.advance(Duration::days(1));
        dated(db, &uscc, json!({"abnormal_or_dishonest": true}));
        run(db, "maker");
        let exit = &open(db)[0];
        assert_eq!(
            (exit.kind.as_str(), exit.exit_reason.as_deref()),
            ("EXIT", Some("EXCLUDED"))
        );
        approve(db, &exit.id, "checker");
        assert_eq!(pool_of(db, &uscc), None);
    }
);

on_both_engines!(an_approved_movement_waits_for_its_day, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    run(db, "maker");
    let id = open(db)[0].id.clone();
    movement::decide(&db.app, &district(db, "330602"), &id, &says("ENDORSE")).expect("endorsed");
    let later = MovementDecision {
        verdict: "APPROVE".into(),
        effective_on: Some("2026-07-01".into()),
        reason: None,
    };
    let approved = movement::decide(&db.app, &city(db, "checker"), &id, &later)
        .expect("approved")
        .value;
    assert_eq!(approved.state, "APPROVED");
    assert_eq!(
        movement::apply_due(&db.app, &Caller::clockwork(), db.app.env.clock.today()),
        Ok(0)
    );
    assert_eq!(pool_of(db, &uscc), None);
    db.clock
        .set("2026-06-30T16:00:00Z".parse().expect("instant"));
    assert_eq!(
        movement::apply_due(&db.app, &Caller::clockwork(), db.app.env.clock.today()),
        Ok(1),
        "1 July has begun in Shaoxing"
    );
    assert_eq!(pool_of(db, &uscc).as_deref(), Some("ACCELERATION"));
    let known_at = db.app.env.clock.now();
    let on = |day: &str, known_at| {
        let at = sanku::domain::at::At {
            as_of: day.parse().expect("day"),
            known_at,
        };
        enterprise::get_at(&db.app, &Caller::operator(), &uscc, at)
            .expect("read")
            .record
            .pool
    };
    assert_eq!(on("2026-06-30", known_at), None);
    assert_eq!(on("2026-07-01", known_at).as_deref(), Some("ACCELERATION"));
    assert_eq!(
        on("2026-07-01", known_at - Duration::hours(1)),
        None,
        "not known an hour before"
    );
});

on_both_engines!(an_override_holds_until_its_day, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    run(db, "maker");
    approve(db, &open(db)[0].id, "checker");
    let id = enterprise::get(&db.app, &Caller::operator(), &uscc)
        .expect("read")
        .record
        .id;
    let membership = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| memberships::current(conn, &id))
        .expect("read")
        .expect("member");
    let wanted = MembershipOverride {
        pool: None,
        until: Some("2030-01-31".into()),
        reason: Some("重点培育".into()),
    };
    let proposed = movement::propose_override(&db.app, &city(db, "maker"), &membership.id, &wanted)
        .expect("proposed")
        .value;
    assert_eq!(proposed.kind, "RETENTION");
    let too_far = MembershipOverride {
        until: Some("2031-01-01".into()),
        ..wanted.clone()
    };
    let open_already =
        movement::propose_override(&db.app, &city(db, "maker"), &membership.id, &too_far).err();
    assert_eq!(open_already, Some(AppError::conflict("movement.open")));
    approve(db, &proposed.id, "checker");
    let refused =
        movement::propose_override(&db.app, &city(db, "maker"), &membership.id, &too_far).err();
    assert_eq!(
        refused,
        Some(AppError::conflict("membership.extended_already"))
    );
    for (on, fiscal) in [
        ("2027-06-01", 2026),
        ("2028-06-01", 2027),
        ("2029-07-01", 2028),
    ] {
        db.clock
            .set(format!("{on}T02:00:00Z").parse().expect("instant"));
        year(db, &uscc, fiscal, 1);
        assert!(run(db, "maker").summary.movements.is_empty(), "{on}");
    }
    db.clock
        .set("2030-07-01T02:00:00Z".parse().expect("instant"));
    year(db, &uscc, 2029, 1);
    run(db, "maker");
    assert_eq!(open(db)[0].exit_reason.as_deref(), Some("TIMED_OUT"));
});

on_both_engines!(a_rule_set_may_be_automatic, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    let shipped = sanku::domain::rules::Library::shipped()
        .named("POOLS")
        .expect("shipped");
    let mut document = shipped.document.clone();
    document["moves"]["automatic"] = json!(true);
    db.clock.advance(Duration::seconds(1));
    let published = rules::publish(&db.app, &Caller::operator(), &document)
        .expect("published")
        .value;
    assert_eq!(published.version, 2);
    let ran = run(db, "maker");
    assert_eq!(ran.rule_set_version, 2);
    assert!(open(db).is_empty());
    assert_eq!(pool_of(db, &uscc).as_deref(), Some("ACCELERATION"));
    let preview = assessment::preview(
        &db.app,
        &Caller::operator(),
        &RunRequest::default(),
        |_, _| {},
    )
    .expect("previewed");
    assert_eq!((preview.summary.changed, preview.summary.unchanged), (0, 1));

    // Nobody decided it; its past says so as its present does.
    let reader = Caller::operator();
    let all = MovementQuery::default();
    let found = Movements::page(&db.app, &reader, &all, None, 2).expect("listed");
    assert_eq!((found.len(), found[0].state.as_str()), (1, "EFFECTIVE"));
    let seen_from = |as_of| {
        let known_at = db.app.env.clock.now();
        let at = At { as_of, known_at };
        movement::get_at(&db.app, &reader, &found[0].id, at).expect("seen")
    };
    let today = db.app.env.clock.today();
    assert_eq!(seen_from(today).record, found[0]);
    let before = seen_from(today - Duration::days(1));
    assert_eq!(
        (before.state.as_str(), before.decided_by.clone()),
        ("APPROVED", found[0].decided_by.clone())
    );
    assert!(before.decided_at.is_some());
});

fn from(day: &str) -> MovementDecision {
    MovementDecision {
        effective_on: Some(day.into()),
        ..says("APPROVE")
    }
}

/// Codes of a refusal.
fn refused<T>(result: Result<T, AppError>) -> Vec<&'static str> {
    match result.err() {
        Some(AppError::Invalid { errors }) => errors.iter().map(|it| it.code).collect(),
        other => panic!("{other:?}"),
    }
}

on_both_engines!(
    a_firm_is_in_no_pool_before_it_exists_and_in_one_at_a_time,
    |db| {
        ready(db);
        let uscc = firm(db, 1, 10);
        let approve_from = |day: &str| {
            let id = open_or_endorsed(db);
            movement::decide(&db.app, &city(db, "checker"), &id, &from(day))
        };
        run(db, "maker");
        let early = approve_from("2018-02-28");
        assert_eq!(refused(early), ["movement.day_before_registered"]);
        approve_from("2026-06-01").expect("approved");
        db.clock.advance(Duration::days(10));
        dated(db, &uscc, json!({"abnormal_or_dishonest": true}));
        run(db, "maker");
        assert_eq!(
            refused(approve_from("2026-05-31")),
            ["movement.day_impossible"]
        );
        approve_from("2026-06-20").expect("left");
        dated(db, &uscc, json!({"abnormal_or_dishonest": false}));
        run(db, "maker");
        let overlapping = approve_from("2026-06-19");
        assert_eq!(refused(overlapping), ["movement.day_in_membership"]);
        let waiting = approve_from("2026-06-28").expect("approved").value;
        assert_eq!(waiting.state, "APPROVED");
        // Before the day comes the firm turns out to be younger than that.
        db.clock.advance(Duration::days(10));
        let younger = json!({"registered_on": "2026-07-01"});
        let younger = younger.as_object().expect("object");
        let any = sanku::app::expected::Expected::Any;
        enterprise::amend(&db.app, &Caller::operator(), &uscc, &any, younger, None)
            .expect("amended");
        let today = db.app.env.clock.today();
        assert_eq!(
            movement::apply_due(&db.app, &Caller::operator(), today),
            Ok(1)
        );
        let given_up = movement::get(&db.app, &Caller::operator(), &waiting.id).expect("read");
        assert_eq!(given_up.state, "SUPERSEDED");
        assert_eq!(pool_of(db, &uscc), None);
    }
);

/// The one movement under way, endorsed.
fn open_or_endorsed(db: &crate::harness::TestDb) -> String {
    for it in open(db) {
        movement::decide(&db.app, &district(db, "330602"), &it.id, &says("ENDORSE"))
            .expect("endorsed");
    }
    let query = movement::MovementQuery {
        state: Some("ENDORSED".into()),
        ..movement::MovementQuery::default()
    };
    let found = Movements::page(&db.app, &Caller::operator(), &query, None, 9).expect("listed");
    found[0].id.clone()
}
