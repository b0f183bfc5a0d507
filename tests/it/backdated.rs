//! Amendments that hold from a day gone by: what they change, what they leave alone, and what was known before.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sanku::app::caller::Caller;
use sanku::app::enterprise::{self, EnterpriseView, HistoryQuery};
use sanku::app::error::AppError;
use sanku::app::expected::Expected;
use sanku::domain::at::At;
use sanku::domain::enterprise::{ContactInput, EnterpriseInput};
use sanku::domain::field_error::Fault;
use serde_json::{Value as Json, json};

use crate::builders::code;
use crate::harness::TestDb;
use crate::on_both_engines;

const FIRST: &str = "虚构旧名有限公司";
const SECOND: &str = "虚构新名有限公司";
const THIRD: &str = "虚构他名有限公司";

fn day(text: &str) -> NaiveDate {
    text.parse().expect("day")
}

/// Of the first name since 2007.
fn founded(db: &TestDb) -> EnterpriseView {
    let given = |text: &str| Some(text.to_owned());
    let input = EnterpriseInput {
        uscc: Some(code(1)),
        name: given(FIRST),
        district_code: given("330602"),
        park: given("旧园"),
        registered_on: given("2007-05-01"),
        industry_code: given("C1713"),
        contact: Some(ContactInput {
            name: given("王某"),
            ..ContactInput::default()
        }),
        ..EnterpriseInput::default()
    };
    let made = enterprise::register(&db.app, &Caller::operator(), &input);
    made.expect("registered").value
}

fn amend(db: &TestDb, change: &Json, from: &str) -> Result<EnterpriseView, AppError> {
    db.clock.advance(Duration::hours(1));
    let done = enterprise::amend(
        &db.app,
        &Caller::operator(),
        &code(1),
        &Expected::Any,
        change.as_object().expect("object"),
        Some(day(from)),
    );
    done.map(|done| done.value)
}

/// One that was renamed on the first day of 2024.
fn renamed(db: &TestDb) -> DateTime<Utc> {
    founded(db);
    amend(db, &json!({"name": SECOND}), "2024-01-01").expect("renamed");
    db.app.env.clock.now()
}

fn seen(db: &TestDb, as_of: &str, known_at: DateTime<Utc>) -> EnterpriseView {
    let at = At {
        as_of: day(as_of),
        known_at,
    };
    enterprise::get_at(&db.app, &Caller::operator(), &code(1), at).expect("found")
}

fn name_on(db: &TestDb, as_of: &str) -> String {
    seen(db, as_of, db.app.env.clock.now()).record.name
}

fn former_names(db: &TestDb) -> Vec<(String, String)> {
    let now = At {
        as_of: day("2026-06-15"),
        known_at: db.app.env.clock.now(),
    };
    let names = enterprise::former_names(&db.app, &Caller::operator(), &code(1), now);
    let names = names.expect("names").into_iter();
    names
        .map(|it| (it.name, format!("{} {}", it.used_from, it.used_until)))
        .collect()
}

fn last_event(db: &TestDb) -> Json {
    let whole = HistoryQuery {
        as_of: None,
        known_at: db.app.env.clock.now(),
        after: 0,
        limit: 50,
    };
    let entries = enterprise::history(&db.app, &Caller::operator(), &code(1), &whole);
    let last = entries.expect("history").pop().expect("an entry");
    let entry: Json = serde_json::from_str(&last.entry).expect("entry");
    assert_eq!(entry["kind"], "ENTERPRISE_AMENDED");
    entry["body"].clone()
}

/// The member as it is told, whatever it is.
fn member(view: &EnterpriseView, name: &str) -> Json {
    let contact = view.contact.clone().unwrap_or_default();
    let record = serde_json::to_value(&view.record).expect("record");
    match name {
        "contact" => json!(contact.phone),
        _ => record[name].clone(),
    }
}

on_both_engines!(
    a_back_dated_change_touches_what_it_names_and_nothing_else,
    |db| {
        let mut known = renamed(db);
        let contact = json!({"phone": "13800138000"});
        let cases = [
            ("park", json!("镜湖新区"), json!("镜湖新区")),
            ("district_code", json!("330603"), json!("330603")),
            ("legal_status", json!("MOVED_OUT"), json!("MOVED_OUT")),
            ("industry_code", json!("C2614"), json!("C2614")),
            ("contact", contact, json!("13800138000")),
        ];
        for (name, given, kept) in cases {
            let (before, version) = (seen(db, "2022-01-01", known), seen(db, "2026-06-15", known));
            let was = member(&before, name);
            assert_ne!(was, kept);
            let row = amend(db, &json!({name: given}), "2022-01-01").expect("amended");
            // The row shows today: the name of today, and what now holds since then.
            assert_eq!(
                (row.record.name.as_str(), member(&row, name)),
                (SECOND, kept.clone())
            );
            assert!(row.record.version > version.record.version);
            let now = db.app.env.clock.now();
            for (as_of, its_name, value) in [
                ("2021-12-31", FIRST, &was),
                ("2022-01-01", FIRST, &kept),
                ("2023-06-01", FIRST, &kept),
                ("2024-01-01", SECOND, &kept),
                ("2026-06-15", SECOND, &kept),
            ] {
                let view = seen(db, as_of, now);
                assert_eq!(view.record.name, its_name, "{name} {as_of}");
                assert_eq!(member(&view, name), *value, "{name} {as_of}");
                assert_eq!(member(&seen(db, as_of, known), name), was, "{name} {as_of}");
            }
            let told = last_event(db);
            let changed = told["changes"].as_object().expect("changes");
            let told_as = if name == "contact" {
                "contact_commitment"
            } else {
                name
            };
            assert_eq!(changed.keys().collect::<Vec<_>>(), [told_as]);
            let on = &told["carried_on"][0];
            assert_eq!(on["effective_from"], "2024-01-01");
            assert_eq!(on["members"], json!([told_as]));
            assert_eq!(on["state"][told_as], told["state"][told_as]);
            known = now;
        }
        let names = [(FIRST.to_owned(), "2007-05-01 2024-01-01".to_owned())];
        assert_eq!(former_names(db), names);
    }
);

on_both_engines!(what_is_already_so_may_have_begun_earlier, |db| {
    let known = renamed(db);
    amend(db, &json!({"name": SECOND}), "2010-01-01").expect("amended");
    assert_eq!(name_on(db, "2009-12-31"), FIRST);
    assert_eq!(name_on(db, "2010-01-01"), SECOND);
    assert_eq!(name_on(db, "2024-01-01"), SECOND);
    assert_eq!(seen(db, "2010-01-01", known).record.name, FIRST);
    let names = [(FIRST.to_owned(), "2007-05-01 2010-01-01".to_owned())];
    assert_eq!(former_names(db), names);
    let told = last_event(db);
    assert_eq!(
        told["changes"]["name"],
        json!({"from": FIRST, "to": SECOND})
    );
    assert_eq!(told["carried_on"], Json::Null, "the later one named itself");
    // The same once more is no change.
    let again = amend(db, &json!({"name": SECOND}), "2015-01-01").expect("unchanged");
    assert_eq!(
        again.record.version,
        seen(db, "2026-06-15", db.app.env.clock.now())
            .record
            .version
    );
    assert_eq!(last_event(db), told);
});

on_both_engines!(a_later_state_keeps_what_it_changed_itself, |db| {
    renamed(db);
    let row = amend(db, &json!({"name": THIRD, "park": null}), "2022-01-01").expect("amended");
    assert_eq!((row.record.name.as_str(), row.record.park), (SECOND, None));
    assert_eq!(name_on(db, "2023-12-31"), THIRD);
    assert_eq!(name_on(db, "2024-01-01"), SECOND);
    let used = |name: &str, days: &str| (name.to_owned(), days.to_owned());
    let names = [
        used(FIRST, "2007-05-01 2022-01-01"),
        used(THIRD, "2022-01-01 2024-01-01"),
    ];
    assert_eq!(former_names(db), names);
    // A name carried on through a later state was not given up there.
    amend(db, &json!({"park": "袍江"}), "2025-01-01").expect("amended");
    amend(db, &json!({"name": FIRST}), "2024-06-01").expect("amended");
    assert_eq!(name_on(db, "2026-06-15"), FIRST);
    let since = used(SECOND, "2024-01-01 2024-06-01");
    assert_eq!(
        former_names(db),
        [names[0].clone(), names[1].clone(), since]
    );
    // A word taken back on its own day leaves no trace but in what was known.
    amend(db, &json!({"name": SECOND}), "2024-06-01").expect("amended");
    assert_eq!(former_names(db), names);
});

on_both_engines!(nothing_holds_before_the_firm_was_registered, |db| {
    founded(db);
    let fault =
        Fault::new("enterprise.effective_before_registered").with("registered_on", "2007-05-01");
    let refused = amend(db, &json!({"park": "镜湖"}), "2007-04-30").err();
    assert_eq!(
        refused,
        Some(AppError::invalid(fault.at("/effective_from")))
    );
    // Unless it turns out to be older than that.
    let row = amend(db, &json!({"registered_on": "2005-02-01"}), "2005-02-01").expect("amended");
    assert_eq!(row.record.registered_on, day("2005-02-01"));
    let then = seen(db, "2005-02-01", db.app.env.clock.now()).record;
    assert_eq!(
        (then.name.as_str(), then.registered_on),
        (FIRST, day("2005-02-01"))
    );
});

on_both_engines!(a_race_for_the_same_row_is_seen_inside_the_change, |db| {
    let made = founded(db);
    amend(db, &json!({"park": "袍江"}), "2026-06-15").expect("amended");
    let stale = enterprise::amend(
        &db.app,
        &Caller::operator(),
        &code(1),
        &Expected::OneOf(vec![made.record.version]),
        json!({"name": SECOND}).as_object().expect("object"),
        None,
    );
    assert_eq!(stale.err(), Some(AppError::PreconditionFailed));
});
