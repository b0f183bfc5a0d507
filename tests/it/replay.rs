//! Decisions made again: still the same after everything has changed, and what was altered behind our back is named.

use chrono::Duration;
use sanku::app::assessment;
use sanku::app::caller::Caller;
use sanku::app::error::AppError;
use sanku::app::replay::{self, Count, DecisionReplay};
use sanku::app::rules;
use sanku::domain::ledger::Origin;
use sanku::domain::rules::Library;
use sanku::store::{Changed, Stamp};
use serde_json::{Value as Json, json};

use crate::firms::{approve, city, dated, firm, open, ready, run, year};
use crate::harness::{TestDb, event};
use crate::on_both_engines;

/// Behind the program's back: what a person with the database in hand might do.
fn sql(db: &TestDb, text: &str) {
    db.past_the_program();
    let text = text.to_owned();
    let done = db
        .app
        .store
        .write::<_, AppError, _>(&Stamp::of(Origin::system("u1")), move |tx| {
            tx.conn.execute_batch(&text).expect(&text);
            Ok(Changed::new((), tx.tell(event(1))?))
        });
    done.expect("altered");
}

fn replayed(db: &TestDb, id: &str) -> DecisionReplay {
    replay::of_decision(&db.app, &Caller::operator(), id).expect("replayed")
}

fn all(db: &TestDb) -> (Count, Vec<DecisionReplay>) {
    let mut differing = Vec::new();
    let count = replay::of_all(&db.app, &Caller::operator(), |page, _, _| {
        differing.extend(page.into_iter().filter(|it| !it.reproduced));
    });
    (count.expect("replayed"), differing)
}

fn places(it: &DecisionReplay) -> Vec<&str> {
    it.differences
        .iter()
        .map(|it| it.pointer.as_str())
        .collect()
}

/// The decisions of a run, by the firms' order.
fn decisions(db: &TestDb, run_id: &str) -> Vec<String> {
    let found = assessment::results(&db.app, &Caller::operator(), run_id, true, None, 500);
    let found = found.expect("results").into_iter();
    found.map(|it| it.decision_id).collect()
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

fn set(document: &mut Json, pointer: &str, value: Json) {
    *document.pointer_mut(pointer).expect(pointer) = value;
}

/// Every rule and every figure is another one: also for days past, also of what the rules embed.
fn change_everything(db: &TestDb, firms: &[String]) {
    for (place, uscc) in firms.iter().enumerate() {
        year(db, uscc, 2025, 90 - place as i64);
        let facts = json!({
            "ip_class1": 0, "ip_class2": 9, "rd_ledger_or_contract": false, "tsme_direct_route": true,
            "audited_levy": false, "industry_allowed": false, "innovation_self_score": 99, "hightech_field": "1.电子信息",
        });
        dated(db, uscc, facts);
    }
    publish(db, "NATIONAL_TECH_SME@2017-05-03", |it| {
        it["title"] = "改过的标题".into()
    });
    let stricter = |it: &mut Json| set(it, "/moves/keep_percent", json!(95));
    publish(db, "POOLS", stricter);
    publish(db, "POOLS", |it| {
        stricter(it);
        it["effective_from"] = "2025-01-01".into();
        it["pool"][1]["criterion"][0]["title"] = "另一个条件".into();
    });
}

on_both_engines!(
    a_hundred_decisions_replay_after_everything_has_changed,
    |db| {
        ready(db);
        let firms: Vec<String> = (1..=25).map(|n| firm(db, n, 4 + n as i64 % 8)).collect();
        let mut made = 0;
        for round in 0..4 {
            for (place, uscc) in firms.iter().enumerate() {
                if round > 0 {
                    year(db, uscc, 2025, 3 + (place as i64 + round * 3) % 11);
                }
            }
            let ran = run(db, "maker");
            made += ran.summary.changed;
            if round == 0 {
                for proposal in open(db) {
                    approve(db, &proposal.id, "checker");
                }
            }
            // The last two rounds happen at one and the same instant.
            if round < 2 {
                db.clock.advance(Duration::days(1));
            }
        }
        assert_eq!(made, 100);
        change_everything(db, &firms);
        let (count, differing) = all(db);
        let expected = Count {
            replayed: 100,
            reproduced: 100,
        };
        assert_eq!((count, differing), (expected, Vec::new()));
    }
);

// A run knows the ledger up to an entry. By the instant it could not tell: here everything happens at the same one.
on_both_engines!(decisions_made_while_figures_arrive_replay, |db| {
    ready(db);
    let firms: Vec<String> = (1..=12).map(|n| firm(db, n, 10)).collect();
    let going = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut count = 0;
            while going.load(std::sync::atomic::Ordering::SeqCst) {
                let uscc = &firms[count % firms.len()];
                year(db, uscc, 2025, 1 + (count as i64 * 7) % 60);
                count += 1;
            }
        });
        let caller = city(db, "maker");
        for _ in 0..8 {
            let request = assessment::RunRequest::default();
            assessment::run(&db.app, &caller, &request, |_, _| {}).expect("ran");
        }
        going.store(false, std::sync::atomic::Ordering::SeqCst);
    });
    let (count, differing) = all(db);
    assert!(count.replayed >= 24, "{count:?}");
    assert_eq!((count.reproduced, differing), (count.replayed, Vec::new()));
});

on_both_engines!(what_the_moves_came_to_replays_too, |db| {
    ready(db);
    let uscc = firm(db, 1, 10);
    run(db, "maker");
    approve(db, &open(db)[0].id, "checker");
    for (on, fiscal) in [("2027-06-01", 2026), ("2028-06-01", 2027)] {
        db.clock
            .set(format!("{on}T02:00:00Z").parse().expect("instant"));
        year(db, &uscc, fiscal, 1);
        let ran = run(db, "maker");
        assert_eq!((ran.yearly, ran.summary.changed), (true, 1));
    }
    let down = open(db).remove(0);
    assert_eq!(down.kind, "DEMOTION");
    let decision = down.decision_id.expect("a decision");
    let receipt = assessment::decision(&db.app, &Caller::operator(), &decision).expect("receipt");
    let result: Json = serde_json::from_str(&receipt.result).expect("JSON");
    let inputs: Json = serde_json::from_str(&receipt.inputs).expect("JSON");
    assert_eq!(result["moves"]["movement"]["to_pool"], "STARTER");
    assert_eq!(result["moves"]["keep"]["outcome"], "UNMET");
    assert_eq!(result["moves"]["failures"], 2);
    assert_eq!(inputs["situation"]["member"]["failures"], 1);
    assert_eq!(inputs["situation"]["yearly"], true);
    approve(db, &down.id, "checker");
    run(db, "maker");
    let (count, differing) = all(db);
    assert_eq!(
        (count.replayed == count.reproduced, differing),
        (true, Vec::new())
    );
    sql(db, "UPDATE memberships SET failures = 0 WHERE failures = 1");
    let found = replayed(db, &decision);
    assert_eq!(places(&found), ["/inputs/situation/member/failures"]);
    assert!(found.checked.inputs_hash && !found.checked.register);
});

on_both_engines!(whatever_was_altered_is_named, |db| {
    ready(db);
    firm(db, 1, 10);
    let id = decisions(db, &run(db, "maker").id).remove(0);
    let good = replayed(db, &id);
    assert!(good.reproduced && good.differences.is_empty(), "{good:?}");
    let column = |name: &str, from: &str, to: &str| {
        format!("UPDATE decisions SET {name} = REPLACE({name}, '{from}', '{to}')")
    };
    let altered = |name: &str, from: &str, to: &str, named: &[&str]| {
        sql(db, &column(name, from, to));
        let found = replayed(db, &id);
        assert_eq!(
            (found.reproduced, places(&found)),
            (false, named.to_vec()),
            "{name}"
        );
        sql(db, &column(name, to, from));
        assert!(replayed(db, &id).reproduced, "{name} put back");
        found
    };
    let input = altered(
        "inputs",
        "\"tech_staff\":10",
        "\"tech_staff\":11",
        &["/inputs/years/2025/tech_staff"],
    );
    assert_eq!(
        (
            &input.differences[0].stored,
            &input.differences[0].recomputed
        ),
        (&json!(11), &json!(10))
    );
    assert!(!input.checked.inputs_hash && input.checked.rule_set_hash && input.checked.ledger);
    let result = altered(
        "result",
        "\"actual\":\"0.100000\"",
        "\"actual\":\"0.200000\"",
        &[
            "/result/criteria/a_staff/actual",
            "/result/criteria/b_staff/actual",
            "/result/criteria/s_hightech/actual",
            "/result/criteria/s_staff/actual",
        ],
    );
    assert!(
        !result.checked.result_hash && !result.checked.decision_hash && result.checked.register
    );
    altered("outcome", "MET", "UNMET", &["/outcome"]);
    altered("pool", "ACCELERATION", "SPRINT", &["/pool"]);
    altered("hash", "sha256:", "sha255:", &["/hash"]);
    altered("inputs_hash", "sha256:", "sha255:", &["/inputs_hash"]);
    altered("rule_hash", "sha256:", "sha255:", &["/rule_set_hash"]);
    sql(
        db,
        "UPDATE decisions SET as_of = '2026-06-14', engine_version = 7",
    );
    assert_eq!(places(&replayed(db, &id)), ["/as_of", "/engine_version"]);
    sql(
        db,
        "UPDATE decisions SET as_of = '2026-06-15', engine_version = 1",
    );
});

on_both_engines!(altered_rules_and_records_are_named, |db| {
    ready(db);
    firm(db, 1, 10);
    let id = decisions(db, &run(db, "maker").id).remove(0);
    // Whoever has the database in hand can take the triggers away, too.
    sql(
        db,
        match db.app.store.engine().name() {
            "sqlite" => "DROP TRIGGER document_versions_no_update",
            _ => "DROP TRIGGER document_versions_no_change ON document_versions",
        },
    );
    let document = |from: &str, to: &str, code: &str| {
        sql(
            db,
            &format!(
                "UPDATE document_versions SET document = REPLACE(document, '{from}', '{to}') WHERE name = 'RULE_SET/{code}'"
            ),
        );
    };
    for code in ["POOLS", "NATIONAL_TECH_SME"] {
        document("\"title\":\"", "\"title\":\"改", code);
        let found = replayed(db, &id);
        assert_eq!(
            (found.reproduced, places(&found)),
            (false, vec!["/rule_set_hash"]),
            "{code}"
        );
        assert!(!found.checked.rule_set_hash);
        document("\"title\":\"改", "\"title\":\"", code);
        assert!(replayed(db, &id).reproduced, "{code}");
    }
    let pools = |to: &str| {
        sql(
            db,
            &format!("UPDATE document_versions SET document = {to} WHERE name = 'RULE_SET/POOLS'"),
        );
    };
    pools("'x' || document");
    let found = replayed(db, &id);
    assert_eq!(places(&found), ["/rule_set_hash"], "no document at all");
    pools("SUBSTR(document, 2)");
    sql(
        db,
        "UPDATE fact_statements SET facts = REPLACE(facts, '\"sales\":\"10000000.00\"', '\"sales\":\"20000000.00\"')",
    );
    let found = replayed(db, &id);
    assert_eq!(places(&found), ["/inputs/years/2025/sales"]);
    assert!(!found.checked.register && found.checked.result_hash && found.checked.inputs_hash);
    sql(db, "DELETE FROM enterprise_versions");
    assert_eq!(places(&replayed(db, &id)), ["/inputs"]);
});

on_both_engines!(who_may_not_see_the_firm_may_not_replay, |db| {
    ready(db);
    firm(db, 1, 10);
    let id = decisions(db, &run(db, "maker").id).remove(0);
    let elsewhere = crate::firms::district(db, "330603");
    let refused = replay::of_decision(&db.app, &elsewhere, &id).err();
    assert_eq!(refused, Some(AppError::NotFound));
    let officer = city(db, "maker");
    assert!(
        replay::of_decision(&db.app, &officer, &id)
            .expect("replayed")
            .reproduced
    );
    let unknown = replay::of_decision(&db.app, &officer, "none").err();
    assert_eq!(unknown, Some(AppError::NotFound));
});
