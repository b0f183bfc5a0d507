//! Retiring a rule set: not before it began, and not by one person.

use chrono::{Duration, NaiveDate};
use diesel::prelude::*;
use sanku::domain::clock::Clock;
use sanku::domain::document::Kind;
use sanku::domain::document::life::RetirementState;
use sanku::store::document_retirements::{self, RetirementRow};
use sanku::store::{Changed, Stamp, StoreError};
use serde_json::{Value, json};

use super::{Office, document, texts};
use crate::builders::{faults, told};
use crate::on_both_engines;

const URL: &str = "/v1/rule-sets/CITY_RULE/retirements";

on_both_engines!(a_retirement_needs_two_people, |db| {
    let office = Office::of(db);
    office.published(&document("3"), "2026-01-01");
    let in_force = |query: &str| {
        let listed = office.district.get(&format!("/v1/rule-sets?{query}"));
        listed.json()["items"].as_array().unwrap().len()
    };
    let propose = |until: &str| {
        let body = json!({ "effective_until": until, "reason": "合并" });
        office.maker.post(URL, body)
    };
    let early = propose("2025-12-31");
    assert_eq!(early.status, 422, "{}", early.text());
    assert_eq!(
        faults(&early),
        told([("/effective_until", "rule_retirement.before_it_began")])
    );
    assert!(early.text().contains("2026-01-01"), "{}", early.text());

    office.later(db, Duration::hours(1));
    let proposed = propose("2026-12-31");
    assert_eq!(proposed.status, 201, "{}", proposed.text());
    assert_eq!(proposed.json()["state"], "PROPOSED");
    assert_eq!(in_force("as_of=2027-01-01"), 1, "it does not count yet");
    assert_eq!(propose("2026-12-31").json()["code"], "rule_retirement.open");
    let id = proposed.json()["id"].as_str().unwrap().to_owned();
    let decide = |client: &crate::client::Client, body: Value| {
        client.post(&format!("{URL}/{id}/decisions"), body)
    };
    let own = decide(&office.maker, json!({ "verdict": "APPROVE" }));
    assert_eq!(
        (own.status, own.json()["code"].as_str()),
        (409, Some("rule_retirement.maker_is_checker"))
    );
    let bare = decide(&office.checker, json!({ "verdict": "REJECT" }));
    assert_eq!(
        faults(&bare),
        told([("/reason", "decision.reason_required")])
    );
    assert_eq!(
        decide(&office.auditor, json!({ "verdict": "APPROVE" })).status,
        403
    );

    office.later(db, Duration::hours(1));
    let decided = decide(&office.checker, json!({ "verdict": "APPROVE" }));
    assert_eq!(decided.status, 201, "{}", decided.text());
    assert_eq!(in_force("as_of=2026-12-31"), 1);
    assert_eq!(in_force("as_of=2027-01-01"), 0);
    assert_eq!(
        in_force("as_of=2027-01-01&known_at=2026-06-15T09:59:59Z"),
        1
    );
    let again = decide(&office.checker, json!({ "verdict": "APPROVE" }));
    assert_eq!(again.json()["code"], "rule_retirement.not_now");

    let states = |query: &str| {
        let listed = office.auditor.get(&format!("{URL}?{query}"));
        assert_eq!(listed.status, 200, "{}", listed.text());
        texts(&listed.json()["items"], "state")
    };
    assert_eq!(states(""), ["APPROVED"]);
    assert_eq!(states("known_at=2026-06-15T09:30:00Z"), ["PROPOSED"]);
    assert_eq!(office.district.get(URL).status, 403);
});

on_both_engines!(
    a_version_that_began_meanwhile_keeps_a_retirement_from_counting,
    |db| {
        let office = Office::of(db);
        office.published(&document("3"), "2026-01-01");
        let body = json!({ "effective_until": "2026-02-01", "reason": "合并" });
        let id = office.maker.post(URL, body).json()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        office.published(&document("4"), "2026-03-01");
        let url = format!("{URL}/{id}/decisions");
        let decided = office.checker.post(&url, json!({ "verdict": "APPROVE" }));
        assert_eq!(
            (decided.status, decided.json()["code"].as_str()),
            (409, Some("rule_retirement.overtaken"))
        );
        let body = json!({ "verdict": "REJECT", "reason": "已有新版本" });
        assert_eq!(office.checker.post(&url, body).json()["state"], "REJECTED");
    }
);

on_both_engines!(who_proposed_a_retirement_takes_it_back, |db| {
    let office = Office::of(db);
    office.published(&document("3"), "2026-01-01");
    let body = json!({ "effective_until": "2026-12-31", "reason": "合并" });
    let proposed = office.maker.post(URL, body.clone()).json();
    let url = format!("{URL}/{}/decisions", proposed["id"].as_str().unwrap());
    office.later(db, Duration::hours(1));
    let back = json!({ "verdict": "TAKE_BACK", "reason": "日期有误" });
    let other = office.checker.post(&url, back.clone());
    assert_eq!(
        (other.status, other.json()["code"].as_str()),
        (409, Some("matter.not_your_step"))
    );
    let done = office.maker.post(&url, back);
    assert_eq!(done.status, 201, "{}", done.text());
    assert_eq!(done.json()["state"], "WITHDRAWN");
    let late = office.checker.post(&url, json!({ "verdict": "APPROVE" }));
    assert_eq!(late.json()["code"], "rule_retirement.not_now");
    let states = |query: &str| {
        let listed = office.auditor.get(&format!("{URL}?{query}"));
        texts(&listed.json()["items"], "state")
    };
    assert_eq!(states(""), ["WITHDRAWN"]);
    assert_eq!(states("known_at=2026-06-15T08:30:00Z"), ["PROPOSED"]);
    assert_eq!(office.maker.post(URL, body).status, 201, "another one");
});

on_both_engines!(the_database_refuses_a_retirement_by_one_person, |db| {
    db.past_the_program();
    let retire = |id: &str, by: &str, decided_by: &str, state: RetirementState| {
        let row = RetirementRow {
            id: id.into(),
            name: Kind::RuleSet.named("CITY_RULE").into(),
            state: state.into(),
            effective_until: NaiveDate::from_ymd_opt(2026, 12, 31).unwrap(),
            reason: "合并".into(),
            proposed_by: by.into(),
            proposed_at: db.clock.now().naive_utc(),
            decided_by: Some(decided_by.into()),
            decided_at: Some(db.clock.now().naive_utc()),
            decision_reason: None,
            seq: 1,
        };
        write(db, move |conn| document_retirements::insert(conn, &row))
    };
    let (approved, withdrawn) = (RetirementState::Approved, RetirementState::Withdrawn);
    assert!(retire("r1", "u1", "u1", approved).is_err());
    assert!(retire("r1", "u1", "u2", approved).is_ok());
    assert!(retire("r2", "system:cli", "system:cli", approved).is_ok());
    assert!(retire("r3", "u1", "u2", withdrawn).is_err());
    assert!(retire("r3", "u1", "u1", withdrawn).is_ok());
    let touched = write(db, |conn| {
        diesel::sql_query("UPDATE document_retirements SET effective_until = '2020-12-31'")
            .execute(conn)?;
        Ok(())
    });
    assert!(touched.is_err(), "what was decided stays");
});

fn write(
    db: &crate::harness::TestDb,
    change: impl Fn(&mut sanku::store::Conn) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), StoreError> {
    use sanku::domain::ledger::Origin;
    let done = db
        .app
        .store
        .write(&Stamp::of(Origin::system("u1")), move |tx| {
            change(tx.conn)?;
            Ok(Changed::new((), tx.tell(crate::harness::event(1))?))
        });
    done.map(|_| ())
}
