//! Late facts: what a correction, a late figure or a back-dated rule touches is listed, and nothing else happens.

use chrono::Duration;
use sanku::app::caller::Caller;
use sanku::app::error::AppError;
use sanku::app::expected::Expected;
use sanku::app::late::{self, LateFinding, LateFindings, LateQuery, LateSettlement};
use sanku::app::list::List;
use sanku::app::{certification, enterprise};
use sanku::app::{documents, rules};
use sanku::domain::access::ReadLateFindings;
use sanku::domain::certification::CertificationInput;
use sanku::domain::rules::Library;
use sanku::jobs::{self, Settings};
use serde_json::{Value as Json, json};

use crate::firms::{
    approve, city, dated, district, firm, firm_in, open, pool_of, ready, run, year,
};
use crate::harness::TestDb;
use crate::on_both_engines;

fn listed(db: &TestDb, query: &LateQuery) -> Vec<LateFinding> {
    let caller = Caller::<ReadLateFindings>::operator();
    LateFindings::page(&db.app, &caller, query, None, 100).expect("listed")
}

fn version(db: &TestDb, id: &str) -> i64 {
    let caller = Caller::<ReadLateFindings>::operator();
    late::get(&db.app, &caller, id).expect("found").version
}

fn findings(db: &TestDb) -> Vec<LateFinding> {
    listed(db, &LateQuery::default())
}

fn in_state(state: &str) -> LateQuery {
    LateQuery {
        state: Some(state.into()),
        ..LateQuery::default()
    }
}

fn publish(db: &TestDb, name: &str, change: impl FnOnce(&mut Json)) {
    let mut document = Library::shipped()
        .named(name)
        .expect("shipped")
        .document
        .clone();
    change(&mut document);
    rules::publish(&db.app, &Caller::operator(), &document).expect("published");
}

fn says(verdict: &str, reason: &str) -> LateSettlement {
    LateSettlement {
        verdict: verdict.into(),
        reason: Some(reason.into()),
    }
}

on_both_engines!(a_correction_lists_the_decisions_it_touches, |db| {
    ready(db);
    let (corrected, other) = (firm(db, 1, 10), firm(db, 2, 10));
    run(db, "maker");
    for proposal in open(db) {
        approve(db, &proposal.id, "checker");
    }
    assert_eq!(findings(db), []);
    db.clock.advance(Duration::days(1));
    year(db, &corrected, 2025, 5);
    let found = findings(db);
    assert_eq!(found.len(), 1);
    let it = &found[0];
    assert_eq!(
        (it.uscc.as_str(), it.state.as_str(), it.effect.as_str()),
        (corrected.as_str(), "OPEN", "OUTCOME")
    );
    assert_eq!(
        (it.then.pool.as_deref(), it.now.pool.as_deref()),
        (Some("ACCELERATION"), Some("STARTER"))
    );
    assert_eq!(
        (it.cause.kind.as_str(), it.standing),
        ("FACTS_STATED", true)
    );
    assert_eq!(it.as_of.0.to_string(), "2026-06-15");
    let caller = Caller::<ReadLateFindings>::operator();
    let detail = late::get(&db.app, &caller, &it.id).expect("read");
    let places: Vec<&str> = detail
        .differences
        .iter()
        .map(|it| it.pointer.as_str())
        .collect();
    assert!(
        places.contains(&"/inputs/years/2025/tech_staff"),
        "{places:?}"
    );
    assert!(places.contains(&"/result/pool"), "{places:?}");
    assert_eq!(
        pool_of(db, &corrected).as_deref(),
        Some("ACCELERATION"),
        "nothing moves by itself"
    );
    assert!(open(db).is_empty());
    // A later figure of the same firm changes the finding, and the old figure again resolves it.
    year(db, &corrected, 2025, 4);
    let changed = findings(db);
    assert_eq!((changed.len(), &changed[0].id), (1, &it.id));
    assert_ne!(changed[0].now.digest, it.now.digest);
    year(db, &corrected, 2025, 10);
    let resolved = findings(db);
    assert_eq!(
        (resolved.len(), resolved[0].state.as_str()),
        (1, "RESOLVED")
    );
    // What only concerns figures says so.
    year(db, &other, 2025, 11);
    let figures = listed(db, &in_state("OPEN"));
    assert_eq!((figures.len(), figures[0].effect.as_str()), (1, "FIGURES"));
    assert_eq!(figures[0].uscc, other);
});

on_both_engines!(
    a_late_figure_and_a_late_title_are_found_and_a_timely_one_is_not,
    |db| {
        ready(db);
        let (first, second) = (firm(db, 1, 10), firm(db, 2, 10));
        run(db, "maker");
        db.clock
            .set("2027-03-01T02:00:00Z".parse().expect("instant"));
        year(db, &first, 2026, 3);
        assert_eq!(
            findings(db),
            [],
            "the year 2026 is no concern of a decision as of 2026"
        );
        run(db, "maker");
        year(db, &first, 2024, 3);
        let late_year = findings(db);
        assert!(late_year.iter().all(|it| it.uscc == first));
        assert_eq!(late_year.len(), 2, "both decisions look at 2024");
        assert_eq!(
            late_year.iter().map(|it| it.standing).collect::<Vec<_>>(),
            [false, true]
        );
        let title = CertificationInput {
            scheme: Some("NATIONAL_HNTE".into()),
            number: Some("GR202533000001".into()),
            valid_from: Some("2026-01-01".into()),
            valid_through: Some("2028-12-31".into()),
            ..CertificationInput::default()
        };
        certification::record(&db.app, &Caller::operator(), &second, &title).expect("recorded");
        let query = LateQuery {
            uscc: Some(second.clone()),
            effect: Some("OUTCOME".into()),
            ..LateQuery::default()
        };
        let graduated = listed(db, &query);
        assert_eq!(graduated[0].now.pool.as_deref(), Some("GRADUATED"));
    }
);

on_both_engines!(a_back_dated_rule_version_lists_what_it_touches, |db| {
    ready(db);
    firm(db, 1, 10);
    firm(db, 2, 5);
    run(db, "maker");
    db.clock.advance(Duration::days(1));
    publish(db, "POOLS", |it| it["effective_from"] = "2026-12-01".into());
    assert_eq!(findings(db), [], "not for days that were decided");
    publish(db, "POOLS", |it| {
        it["effective_from"] = "2026-01-01".into();
        it["title"] = "只改了标题".into();
    });
    assert_eq!(findings(db), [], "other words decide nothing");
    publish(db, "POOLS", |it| {
        it["effective_from"] = "2026-06-01".into();
        let staff = it.pointer_mut("/pool/1/criterion/1/at_least/percent");
        *staff.expect("a limit") = "12".into();
    });
    let found = findings(db);
    assert_eq!(
        found.len(),
        1,
        "one moves; the other is only further from the limit"
    );
    let outcome = LateQuery {
        effect: Some("OUTCOME".into()),
        ..LateQuery::default()
    };
    let moved = listed(db, &outcome);
    assert_eq!(moved.len(), 1);
    assert_eq!(
        (moved[0].cause.kind.as_str(), moved[0].now.pool.as_deref()),
        ("DOCUMENT_PUBLISHED", Some("STARTER"))
    );
    // The same limits again, for the same days.
    publish(db, "POOLS", |it| it["effective_from"] = "2026-06-01".into());
    assert!(findings(db).iter().all(|it| it.state == "RESOLVED"));
});

on_both_engines!(a_version_of_what_the_rules_embed_is_followed, |db| {
    ready(db);
    firm(db, 1, 10);
    run(db, "maker");
    db.clock.advance(Duration::days(1));
    publish(db, "NATIONAL_TECH_SME@2017-05-03", |it| {
        let criteria = it["criterion"].as_array_mut().expect("criteria");
        let total = criteria.iter_mut().find(|it| it["points"] == "total");
        total.expect("the total")["at_least"]["point"] = "100".into();
    });
    let found = findings(db);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].rule_set.as_str(), found[0].now.pool.as_deref()),
        ("POOLS", Some("STARTER"))
    );
});

on_both_engines!(
    a_back_dated_retirement_lists_what_nothing_is_in_force_for,
    |db| {
        ready(db);
        let uscc = firm(db, 1, 10);
        run(db, "maker");
        db.clock.advance(Duration::days(1));
        let retire = |until: &str| {
            let caller = Caller::operator();
            documents::retire(
                &db.app,
                &caller,
                &rules::document("POOLS").expect("a code"),
                Some(until),
                Some("政策到期"),
            )
            .expect("retired")
        };
        retire("2026-06-15");
        assert_eq!(findings(db), [], "the day of the decision is its last");
        retire("2026-06-14");
        let found = findings(db);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].uscc.as_str(), found[0].effect.as_str()),
            (uscc.as_str(), "OUTCOME")
        );
        assert_eq!(
            (found[0].cause.kind.as_str(), found[0].now.outcome.as_str()),
            ("DOCUMENT_RETIRED", "NONE")
        );
        assert_eq!(found[0].now.pool, None);
        let caller = Caller::<ReadLateFindings>::operator();
        let detail = late::get(&db.app, &caller, &found[0].id).expect("read");
        assert_eq!(detail.differences.len(), 1);
        assert_eq!(detail.differences[0].pointer, "/rule_set_hash");
        assert_eq!(detail.differences[0].now, Json::Null);
        assert_eq!(
            pool_of(db, &uscc),
            None,
            "nothing moves by itself: the admission is still proposed"
        );
        assert_eq!(open(db).len(), 1);
        // Another figure is one more cause; the finding is the same.
        year(db, &uscc, 2025, 11);
        assert_eq!(findings(db), found);
        // What is published afterwards for a later day begins anew.
        publish(db, "POOLS", |it| it["effective_from"] = "2026-06-15".into());
        let after = findings(db);
        assert_eq!((after.len(), after[0].state.as_str()), (1, "OPEN"));
        assert_eq!(after[0].effect, "FIGURES", "only the staff differs");
        year(db, &uscc, 2025, 10);
        assert_eq!(findings(db)[0].state, "RESOLVED");
    }
);

on_both_engines!(a_finding_is_settled_by_somebody_else_and_stays_so, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    run(db, "maker");
    db.clock.advance(Duration::days(1));
    let maker = city(db, "maker");
    let staff = |n: i64| {
        let facts = crate::firms::input(json!({"tech_staff": n}));
        sanku::app::figures::state_year(
            &db.app,
            &city(db, "maker"),
            &uscc,
            2025,
            Expected::Any,
            facts,
        )
        .expect("stated");
    };
    staff(5);
    let found = findings(db).remove(0);
    let seen = Expected::OneOf(vec![version(db, &found.id)]);
    let dismiss = says("DISMISS", "已另案处理");
    let own = late::settle(&db.app, &maker, &found.id, &seen, &dismiss).err();
    assert_eq!(
        own,
        Some(AppError::conflict("late_finding.maker_is_checker"))
    );
    let checker = city(db, "checker");
    let stale = late::settle(
        &db.app,
        &checker,
        &found.id,
        &Expected::OneOf(vec![1]),
        &dismiss,
    )
    .err();
    assert_eq!(stale, Some(AppError::PreconditionFailed));
    let silent = LateSettlement {
        verdict: "DISMISS".into(),
        reason: None,
    };
    let silent = late::settle(&db.app, &checker, &found.id, &seen, &silent).err();
    assert!(matches!(silent, Some(AppError::Invalid { .. })));
    let settled = late::settle(&db.app, &checker, &found.id, &seen, &dismiss)
        .expect("settled")
        .value;
    assert_eq!(
        (settled.state.as_str(), settled.allowed_transitions.clone()),
        ("DISMISSED", vec!["TAKE_BACK".to_string()])
    );
    let again = late::settle(&db.app, &checker, &found.id, &Expected::Any, &dismiss).err();
    assert!(matches!(
        again,
        Some(AppError::Conflict {
            code: "late_finding.not_now",
            ..
        })
    ));
    staff(10);
    staff(5);
    assert_eq!(findings(db)[0].state, "DISMISSED", "that was settled");
    staff(6);
    let reopened = findings(db).remove(0);
    assert_eq!((reopened.state.as_str(), reopened.reason), ("OPEN", None));
    let acted = late::settle(
        &db.app,
        &maker,
        &found.id,
        &Expected::Any,
        &says("ACT", "已提出移库"),
    );
    assert_eq!(acted.expect("noted").value.state, "ACTED");
});

on_both_engines!(
    the_clock_looks_for_late_facts_and_each_sees_the_own_district,
    |db| {
        ready(db);
        let near = firm(db, 1, 10);
        let far = firm_in(db, "330603", 2, 10);
        run(db, "maker");
        for uscc in [&near, &far] {
            dated(db, uscc, json!({"ip_class1": 0}));
        }
        let at = db.app.env.clock.now();
        let ran = |app| {
            let ran = jobs::run_all(app, Settings::default(), at).into_iter();
            let mut late = ran.filter(|it| it.job == "late facts");
            late.next().expect("the job").outcome
        };
        let other = db.reopen();
        let alone = other
            .store
            .hold("late-facts")
            .expect("asked")
            .expect("free");
        assert_eq!(ran(&db.app), Ok(0), "somebody else is at it");
        drop(alone);
        assert_eq!(ran(&db.app), Ok(2));
        assert_eq!(ran(&db.app), Ok(0), "once");
        let seen = |code: &str| -> Vec<String> {
            let caller = district(db, code);
            let found = LateFindings::page(&db.app, &caller, &LateQuery::default(), None, 9)
                .expect("listed");
            found.into_iter().map(|it| it.uscc).collect()
        };
        assert_eq!((seen("330602"), seen("330603")), (vec![near], vec![far]));
        let caller = district::<ReadLateFindings>(db, "330602");
        let hidden = findings(db)
            .into_iter()
            .find(|it| it.district_code == "330603")
            .expect("listed");
        assert_eq!(
            late::get(&db.app, &caller, &hidden.id).err(),
            Some(AppError::NotFound)
        );
    }
);

on_both_engines!(
    only_what_a_decision_reads_is_a_cause_and_each_maker_is_one,
    |db| {
        ready(db);
        let uscc = firm(db, 1, 10);
        let contact = json!({"contact": {"name": "王某"}});
        let contact = contact.as_object().expect("object");
        enterprise::amend(
            &db.app,
            &Caller::operator(),
            &uscc,
            &Expected::Any,
            contact,
            None,
        )
        .expect("amended");
        run(db, "maker");
        let stated = |by: &str, n: i64| {
            let facts = crate::firms::input(json!({"tech_staff": n}));
            let any = Expected::Any;
            sanku::app::figures::state_year(&db.app, &city(db, by), &uscc, 2025, any, facts)
                .expect("stated");
        };
        let dismiss = |by: &str| {
            let found = findings(db).remove(0);
            let seen = Expected::OneOf(vec![version(db, &found.id)]);
            let why = says("DISMISS", "已另案处理");
            late::settle(&db.app, &city(db, by), &found.id, &seen, &why)
                .map(|it| it.value.record.state)
        };
        let refused = || Err(AppError::conflict("late_finding.maker_is_checker"));
        db.clock.advance(Duration::days(1));
        stated("maker", 5);
        let now = sanku::domain::at::At {
            as_of: db.app.env.clock.today(),
            known_at: db.app.env.clock.now(),
        };
        let read = enterprise::contact(&db.app, &city(db, "reader"), &uscc, now, None);
        assert!(read.expect("read").contact.is_some());
        assert_eq!(findings(db)[0].cause.kind, "FACTS_STATED");
        assert_eq!(dismiss("maker"), refused());
        // Somebody else's correction on top makes it no less the work of both.
        stated("second", 6);
        assert_eq!(
            (dismiss("maker"), dismiss("second")),
            (refused(), refused())
        );
        assert_eq!(dismiss("reader"), Ok("DISMISSED".to_string()));
    }
);
