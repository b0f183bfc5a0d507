//! `…/memberships`.

use chrono::{Duration, NaiveDate};
use insta::assert_json_snapshot;
use sanku::app::error::AppError;
use sanku::domain::event::Event;
use sanku::domain::event::pools::MembershipEvaluated;
use sanku::domain::ledger::Origin;
use sanku::domain::pool::Pool;
use sanku::store::memberships::{self, MembershipRow};
use sanku::store::{Changed, Stamp};
use serde_json::Value;

use crate::builders::{Staff, registered};
use crate::harness::TestDb;
use crate::on_both_engines;

/// A stay in a pool, as an approved movement would begin or end it.
fn record(db: &TestDb, enterprise_id: &str, id: &str, pool: &str, days: [Option<&str>; 2]) {
    let [started, ended] = days.map(|day| day.map(|day| day.parse::<NaiveDate>().expect("day")));
    let (enterprise, id) = (enterprise_id.to_string(), id.to_string());
    let pool = Pool::parse(pool).expect("a pool").into();
    let write = db
        .app
        .store
        .write::<_, AppError, _>(&Stamp::of(Origin::system("u1")), move |tx| {
            let mut row = MembershipRow {
                id,
                seq: 0,
                enterprise_id: enterprise.clone(),
                pool,
                started_on: started.expect("a first day"),
                ended_on: ended,
                exit_reason: None,
                failures: 0,
                last_yearly: None,
                at_risk_since: None,
                extended_until: None,
                extension_reason: None,
                override_until: None,
                override_reason: None,
                movement_id: None,
                recorded_at: tx.now.naive_utc(),
                superseded_at: None,
            };
            let seq = tx.tell(Event::MembershipEvaluated(MembershipEvaluated {
                enterprise_id: enterprise,
                membership: row.told(),
            }))?;
            row.seq = seq.get();
            memberships::record_all(tx.conn, &[row])?;
            Ok(Changed::new((), seq))
        });
    write.expect("written");
}

on_both_engines!(stays_are_read_on_both_time_axes, |db| {
    let staff = Staff::of(db);
    let url = &registered(&staff.city, 1, "虚构越城有限公司", "330602");
    let other = registered(&staff.city, 2, "虚构柯桥有限公司", "330603");
    let id = staff.city.get(url).json()["id"]
        .as_str()
        .unwrap()
        .to_string();
    record(db, &id, "m1", "STARTER", [Some("2025-07-01"), None]);
    staff.later(db, Duration::days(30));
    record(
        db,
        &id,
        "m1",
        "STARTER",
        [Some("2025-07-01"), Some("2026-07-01")],
    );
    record(db, &id, "m2", "ACCELERATION", [Some("2026-07-01"), None]);
    let all = &format!("{url}/memberships");
    assert_json_snapshot!("memberships", staff.auditor.get(all).json());
    let in_force = |query: &str| -> Vec<Value> {
        let page = staff.city.get(&format!("{all}?{query}")).json();
        let items = page["items"].as_array().unwrap().clone();
        let held = items.into_iter().filter(|it| it["in_force"] == true);
        held.map(|it| it["pool"].clone()).collect()
    };
    assert_eq!(in_force(""), ["ACCELERATION"]);
    assert_eq!(in_force("as_of=2026-06-30"), ["STARTER"]);
    assert_eq!(in_force("as_of=2026-07-01"), ["ACCELERATION"]);
    assert_eq!(
        in_force("as_of=2026-07-01&known_at=2026-06-15T08:00:00Z"),
        ["STARTER"]
    );
    assert_eq!(in_force("as_of=2025-06-30"), Vec::<Value>::new());

    // The enterprise shows the pool on both axes too, under the version of its last change.
    let pool = |query: &str| staff.city.get(&format!("{url}?{query}")).json()["pool"].clone();
    assert_eq!(pool("as_of=2026-06-30"), "STARTER");
    assert_eq!(pool("as_of=2026-07-15"), "ACCELERATION");
    let then = staff.city.get(&format!("{url}?as_of=2026-06-30"));
    assert_eq!(then.header("etag"), staff.city.get(url).header("etag"));
    let listed = staff.city.get("/v1/enterprises?pool=ACCELERATION").json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);

    assert_eq!(
        staff.district.get(&format!("{other}/memberships")).status,
        404
    );
    assert_eq!(staff.city.get(&format!("{all}?as_of=x")).status, 400);
});
