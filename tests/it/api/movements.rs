//! `/v1/pool-movements`, their decisions, and overrides of memberships.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use insta::assert_json_snapshot;
use sanku::domain::clock::Clock;
use serde_json::{Value, json};

use crate::builders::{Staff, code, faults, finished, told};
use crate::client::{Answer, Client, PASSWORD};
use crate::firms::{dated, firm, ready};
use crate::harness::TestDb;
use crate::on_both_engines;

const ALL: &str = "/v1/pool-movements";

/// Two firms assessed by "city"; another officer decides.
fn proposed(db: &TestDb) -> (Staff, Client) {
    ready(db);
    firm(db, 1, 10);
    firm(db, 2, 5);
    let staff = Staff::of(db);
    assessed(&staff);
    let checker = Client::with_role(db, "checker", "CITY_OFFICER", None, None);
    (staff, checker)
}

fn assessed(staff: &Staff) -> String {
    let begun = staff.city.post("/v1/assessment-runs", json!({}));
    assert_eq!(begun.status, 202, "{}", begun.text());
    let ended = finished(&staff.city, begun.header("location"));
    ended["result_url"].as_str().expect("a run").to_string()
}

fn list(client: &Client, query: &str) -> Vec<Value> {
    let page = client.get(&format!("{ALL}?{query}"));
    assert_eq!(page.status, 200, "{}", page.text());
    page.json()["items"].as_array().expect("a list").clone()
}

fn of(client: &Client, n: usize) -> String {
    let found = list(client, &format!("uscc={}", code(n)));
    let id = found.last().expect("a movement")["id"].as_str();
    format!("{ALL}/{}", id.expect("an id"))
}

fn decide(client: &Client, url: &str, body: Value) -> Answer {
    client.post(&format!("{url}/decisions"), body)
}

on_both_engines!(a_movement_is_endorsed_approved_and_takes_effect, |db| {
    let (staff, checker) = proposed(db);
    let url = &of(&staff.city, 1);
    let seen = staff.district.get(url);
    assert!(seen.header("etag").starts_with("\"v"));
    assert_json_snapshot!("proposed", seen.json());

    let early = decide(&checker, url, json!({"verdict": "APPROVE"}));
    assert_eq!(
        (early.status, early.code().as_str()),
        (409, "movement.not_now")
    );
    assert_eq!(
        early.json()["allowed_transitions"],
        json!(["ENDORSE", "REJECT"])
    );
    let theirs = decide(&checker, url, json!({"verdict": "ENDORSE"}));
    assert_eq!(
        (theirs.status, theirs.code().as_str()),
        (403, "auth.forbidden")
    );
    let other = Client::with_role(db, "keqiao", "DISTRICT_OFFICER", Some("330603"), None);
    assert_eq!(other.get(url).status, 404);
    assert_eq!(
        decide(&other, url, json!({"verdict": "ENDORSE"})).status,
        404
    );
    assert_eq!(list(&other, "").len(), 0);

    let key = [("idempotency-key", "e-1")];
    let path = format!("{url}/decisions");
    let endorse = json!({"verdict": "ENDORSE", "reason": "现场核查属实"});
    let endorsed = staff.district.send("POST", &path, &key, Some(&endorse));
    assert_eq!(
        (endorsed.status, endorsed.header("location")),
        (201, url.as_str())
    );
    let again = staff.district.send("POST", &path, &key, Some(&endorse));
    assert_eq!(
        (
            again.status,
            again.header("idempotent-replayed"),
            again.json()
        ),
        (201, "true", endorsed.json())
    );
    let twice = decide(&staff.district, url, endorse);
    assert_eq!(
        (twice.status, twice.json()["allowed_transitions"].clone()),
        (409, json!(["APPROVE", "REJECT", "TAKE_BACK"]))
    );
    let own = decide(&staff.city, url, json!({"verdict": "APPROVE"}));
    assert_eq!(
        (own.status, own.code().as_str()),
        (409, "movement.maker_is_checker")
    );
    let approved = decide(&checker, url, json!({"verdict": "APPROVE"}));
    assert_json_snapshot!("effective", approved.json());
    let firm = staff
        .city
        .get(&format!("/v1/enterprises/{}", code(1)))
        .json();
    assert_eq!(firm["pool"], "ACCELERATION");
});

on_both_engines!(a_movement_is_read_on_both_time_axes, |db| {
    let (staff, checker) = proposed(db);
    let url = &of(&staff.city, 1);
    let (before, first) = (db.clock.now() - Duration::hours(1), db.clock.now());
    let later = |minutes| {
        db.clock.advance(Duration::minutes(minutes));
        db.clock.now()
    };
    later(1);
    let endorse = json!({"verdict": "ENDORSE", "reason": "现场核查属实"});
    assert_eq!(decide(&staff.district, url, endorse).status, 201);
    let second = db.clock.now();
    later(1);
    let approve = json!({"verdict": "APPROVE", "effective_on": "2026-06-01"});
    let approved = decide(&checker, url, approve);
    assert_eq!(approved.json()["state"], "EFFECTIVE", "{}", approved.text());
    let third = db.clock.now();
    later(1);

    let at = |known: DateTime<Utc>, day: &str| {
        let known = known.to_rfc3339_opts(SecondsFormat::Micros, true);
        let seen = staff
            .city
            .get(&format!("{url}?as_of={day}&known_at={known}"));
        let it = seen.json();
        if seen.status == 200 {
            assert_eq!(
                (&it["as_of"], &it["known_at"]),
                (&json!(day), &json!(known))
            );
        }
        let told = [
            "state",
            "endorsed_by",
            "reason",
            "decided_by",
            "effective_on",
        ];
        let shown = told.map(|name| it[name].as_str().unwrap_or("-").to_string());
        (seen.status, shown)
    };
    assert_eq!(at(before, "2026-06-15").0, 404);
    let state = |found: (u16, [String; 5])| (found.0, found.1[0].clone());
    assert_eq!(
        at(first, "2026-06-15").1[..],
        ["PROPOSED", "-", "-", "-", "-"]
    );
    let (_, endorsed) = at(second, "2026-06-15");
    assert_eq!(
        (endorsed[0].as_str(), endorsed[2].as_str()),
        ("ENDORSED", "现场核查属实")
    );
    assert_eq!(endorsed[3..], ["-", "-"]);
    let (_, effective) = at(third, "2026-06-15");
    assert_eq!(
        (effective[0].as_str(), effective[4].as_str()),
        ("EFFECTIVE", "2026-06-01")
    );
    assert_eq!(state(at(third, "2026-05-31")), (200, "APPROVED".into()));

    // Now, on both ways, it is the same.
    let (plain, now) = (
        staff.city.get(url),
        staff.city.get(&format!("{url}?as_of=2026-06-15")),
    );
    assert_eq!(plain.header("etag"), now.header("etag"));
    let (mut plain, mut now) = (plain.json(), now.json());
    for it in [&mut plain, &mut now] {
        (it["as_of"], it["known_at"]) = (Value::Null, Value::Null);
    }
    assert_eq!(plain, now);
});

on_both_engines!(many_are_decided_at_once_or_none, |db| {
    let (staff, checker) = proposed(db);
    let ids: Vec<String> = list(&staff.city, "state=PROPOSED")
        .iter()
        .map(|it| it["id"].as_str().unwrap().to_string())
        .collect();
    assert!(ids.len() >= 2, "{ids:?}");
    let post = |client: &Client, verdict: &str, ids: &[String]| {
        let body = json!({"movements": ids, "verdict": verdict});
        client.post("/v1/pool-movement-decisions", body)
    };
    let unknown = "00000000-0000-7000-8000-00000000ffff".to_string();
    let mixed = [ids[0].clone(), unknown, ids[1].clone()];
    assert_eq!(
        faults(&post(&staff.district, "ENDORSE", &mixed)),
        told([("/movements/1", "request.not_found")])
    );
    assert_eq!(
        list(&staff.city, "state=PROPOSED").len(),
        ids.len(),
        "none was decided"
    );
    let twice = [ids[0].clone(), ids[0].clone()];
    assert_eq!(
        faults(&post(&staff.district, "ENDORSE", &twice)),
        told([("/movements/1", "movement.batch_repeated")])
    );
    for wrong in [&[][..], &vec![ids[0].clone(); 201]] {
        assert_eq!(
            faults(&post(&staff.district, "ENDORSE", wrong)),
            told([("/movements", "movement.batch_size")])
        );
    }
    let early = faults(&post(&checker, "APPROVE", &ids));
    assert_eq!(early.len(), ids.len());
    assert_eq!(early[0].1, "movement.not_now");

    let endorsed = post(&staff.district, "ENDORSE", &ids);
    assert_eq!(endorsed.status, 201, "{}", endorsed.text());
    let own = faults(&post(&staff.city, "APPROVE", &ids));
    assert_eq!(own[0].1, "movement.maker_is_checker");
    assert_eq!(post(&staff.district, "APPROVE", &ids).status, 403);
    let early = json!({"movements": ids, "verdict": "APPROVE", "effective_on": "2000-01-01"});
    let early = checker.post("/v1/pool-movement-decisions", early).json();
    let text = early["errors"][0]["message"].as_str().unwrap();
    assert_eq!(early["errors"][0]["code"], "movement.day_before_registered");
    assert!(text.contains("20") && !text.contains('{'), "{text}");
    let approved = post(&checker, "APPROVE", &ids);
    let items = approved.json()["items"].as_array().unwrap().clone();
    assert_eq!((approved.status, items.len()), (201, ids.len()));
    for (item, id) in items.iter().zip(&ids) {
        assert_eq!(
            (&item["id"], &item["state"]),
            (&json!(id), &json!("EFFECTIVE"))
        );
        let seen = staff.city.get(&format!("/v1/pool-movements/{id}"));
        assert_eq!(seen.json()["state"], "EFFECTIVE");
    }
    let again = faults(&post(&checker, "APPROVE", &ids[..1]));
    assert_eq!(again, told([("/movements/0", "movement.not_now")]));
});

on_both_engines!(a_decision_is_checked, |db| {
    let (staff, _) = proposed(db);
    let url = &of(&staff.city, 2);
    let refused = |body: Value| faults(&decide(&staff.district, url, body));
    assert_eq!(
        refused(json!({"verdict": "MAYBE"})),
        told([("/verdict", "movement.verdict_unknown")])
    );
    assert_eq!(refused(json!({})), told([("/verdict", "field.required")]));
    assert_eq!(
        refused(json!({"verdict": "REJECT"})),
        told([("/reason", "decision.reason_required")])
    );
    assert_eq!(
        refused(json!({"verdict": "ENDORSE", "effective_on": "2026-02-30"})),
        told([
            ("/effective_on", "date.no_such_day"),
            ("/effective_on", "movement.day_needless")
        ])
    );
    let rejected = decide(
        &staff.district,
        url,
        json!({"verdict": "REJECT", "reason": "材料不符"}),
    );
    assert_eq!(
        (rejected.status, rejected.json()["state"].clone()),
        (201, json!("REJECTED"))
    );
    assert_eq!(rejected.json()["allowed_transitions"], json!([]));
    let none = format!("{ALL}/00000000-0000-7000-8000-0000000fffff");
    assert_eq!(staff.city.get(&none).status, 404);
    assert_eq!(
        decide(&staff.city, &none, json!({"verdict": "APPROVE"})).status,
        404
    );
});

on_both_engines!(movements_are_filtered_and_read_page_by_page, |db| {
    let (staff, _) = proposed(db);
    let run = list(&staff.city, "")[0]["run_id"]
        .as_str()
        .unwrap()
        .to_string();
    for (query, count) in [
        ("", 2),
        ("state=PROPOSED&kind=ADMISSION&district_code=330602", 2),
        (&format!("run_id={run}"), 2),
        (&format!("uscc={}", code(1)), 1),
        (&format!("uscc={}", code(9)), 0),
        ("state=EFFECTIVE", 0),
        ("kind=EXIT", 0),
        ("district_code=330603", 0),
    ] {
        assert_eq!(list(&staff.auditor, query).len(), count, "{query}");
    }
    let bad = staff.city.get(&format!(
        "{ALL}?state=OPEN&kind=UP&district_code=330621&run_id=7"
    ));
    assert_eq!(bad.status, 400);
    assert_eq!(
        faults(&bad),
        told([
            ("/state", "field.choice"),
            ("/kind", "field.choice"),
            ("/district_code", "district.replaced"),
            ("/run_id", "field.invalid"),
        ])
    );
    let first = staff.city.get(&format!("{ALL}?limit=1")).json();
    let cursor = first["next_cursor"].as_str().expect("another page");
    let last = list(&staff.city, &format!("limit=1&cursor={cursor}"));
    assert_ne!(first["items"][0]["id"], last[0]["id"]);
    let moved = format!("{ALL}?state=PROPOSED&cursor={cursor}");
    assert_eq!(
        staff.city.get(&moved).status,
        400,
        "the cursor of another list"
    );
});

on_both_engines!(a_membership_is_overridden_by_the_same_way, |db| {
    let (staff, checker) = proposed(db);
    let url = &of(&staff.city, 1);
    decide(&staff.district, url, json!({"verdict": "ENDORSE"}));
    assert_eq!(
        decide(&checker, url, json!({"verdict": "APPROVE"})).status,
        201
    );
    let stays = staff
        .city
        .get(&format!("/v1/enterprises/{}/memberships", code(1)))
        .json();
    let membership = stays["items"][0]["id"]
        .as_str()
        .expect("a stay")
        .to_string();
    let path = &format!("/v1/memberships/{membership}/overrides");
    assert_eq!(
        faults(
            &staff
                .city
                .post(path, json!({"pool": "FOURTH", "until": "2026-06-14"}))
        ),
        told([
            ("/pool", "pool.unknown"),
            ("/until", "membership.until_past"),
            ("/reason", "field.required"),
        ])
    );
    let body = json!({"pool": "SPRINT", "until": "2027-05-31", "reason": "重点培育企业"});
    assert_eq!(staff.district.post(path, body.clone()).status, 403);
    let made = staff.city.post(path, body.clone());
    assert_eq!(made.status, 201, "{}", made.text());
    assert_json_snapshot!("override", made.json());
    let open = staff.city.post(path, body);
    assert_eq!((open.status, open.code().as_str()), (409, "movement.open"));
    let url = made.header("location");
    assert_eq!(
        decide(&staff.district, url, json!({"verdict": "ENDORSE"})).status,
        201
    );
    assert_eq!(
        decide(&checker, url, json!({"verdict": "APPROVE"})).status,
        201
    );
    let firm = staff
        .city
        .get(&format!("/v1/enterprises/{}", code(1)))
        .json();
    assert_eq!(firm["pool"], "SPRINT");
    let ended = staff
        .city
        .post(path, json!({"until": "2027-05-31", "reason": "再延一年"}));
    assert_eq!(
        (ended.status, ended.code().as_str()),
        (409, "membership.ended")
    );
});

on_both_engines!(pools_are_counted_and_listed_on_both_time_axes, |db| {
    let (staff, checker) = proposed(db);
    for n in [1, 2] {
        let url = &of(&staff.city, n);
        decide(&staff.district, url, json!({"verdict": "ENDORSE"}));
        assert_eq!(
            decide(&checker, url, json!({"verdict": "APPROVE"})).status,
            201
        );
    }
    assert_json_snapshot!("pools", staff.city.get("/v1/pools").json());
    let before = db
        .app
        .env
        .clock
        .now()
        .to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    staff.later(db, Duration::days(10));
    checker.log_in("checker", PASSWORD);
    dated(db, &code(1), json!({"abnormal_or_dishonest": true}));
    assessed(&staff);
    let exit = &of(&staff.city, 1);
    decide(&staff.district, exit, json!({"verdict": "ENDORSE"}));
    // Found out late: it has been out of the pool since the 20th.
    let approve = json!({"verdict": "APPROVE", "effective_on": "2026-06-20"});
    assert_eq!(decide(&checker, exit, approve).status, 201);
    let members = |query: &str| {
        let path = format!("/v1/pools/ACCELERATION/memberships?{query}");
        let page = staff.auditor.get(&path);
        assert_eq!(page.status, 200, "{}", page.text());
        let counted = staff.auditor.get(&format!("/v1/pools?{query}")).json();
        let items = page.json()["items"].as_array().unwrap().clone();
        assert_eq!(counted["items"][1]["members"], items.len());
        items.len()
    };
    assert_eq!(members(""), 0);
    assert_eq!(members("as_of=2026-06-19"), 1);
    assert_eq!(members("as_of=2026-06-20"), 0);
    assert_eq!(
        members(&format!("as_of=2026-06-20&known_at={before}")),
        1,
        "by what was known then"
    );
    assert_eq!(members("as_of=2026-06-14"), 0);
    let starter = staff
        .district
        .get("/v1/pools/STARTER/memberships?at_risk=false&district_code=330602");
    assert_json_snapshot!("members", starter.json());
    assert_eq!(
        staff
            .city
            .get("/v1/pools/STARTER/memberships?district_code=1")
            .status,
        400
    );
    assert_eq!(staff.city.get("/v1/pools/FOURTH/memberships").status, 404);
    let other = Client::with_role(db, "keqiao", "DISTRICT_OFFICER", Some("330603"), None);
    let counted = other.get("/v1/pools").json();
    assert!(
        counted["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["members"] == 0)
    );
});

on_both_engines!(
    a_movement_follows_its_enterprise_to_another_district,
    |db| {
        let (staff, _) = proposed(db);
        let url = &of(&staff.city, 1);
        let keqiao = Client::with_role(db, "keqiao", "DISTRICT_OFFICER", Some("330603"), None);
        let firm = format!("/v1/enterprises/{}", code(1));
        let moved = json!({"district_code": "330603"});
        let moved = staff.city.change("PATCH", &firm, "*", moved);
        assert_eq!(moved.status, 200, "{}", moved.text());

        let endorse = || json!({"verdict": "ENDORSE"});
        assert_eq!(staff.district.get(url).status, 404);
        assert_eq!(decide(&staff.district, url, endorse()).status, 404);
        let usccs = |client: &Client, query: &str| -> Vec<Value> {
            let found = list(client, query).into_iter();
            found.map(|it| it["uscc"].clone()).collect()
        };
        assert_eq!(usccs(&staff.district, ""), [code(2)]);
        assert_eq!(usccs(&staff.city, "district_code=330602"), [code(2)]);
        for client in [&keqiao, &staff.city] {
            let query = "district_code=330603&state=PROPOSED";
            assert_eq!(usccs(client, query), [code(1)]);
            assert_eq!(client.get(url).json()["district_code"], "330603");
        }
        let endorsed = decide(&keqiao, url, endorse());
        assert_eq!(endorsed.status, 201, "{}", endorsed.text());

        let body = json!({"kind": "movements", "format": "csv"});
        let exported = |client: &Client| {
            let begun = client.post("/v1/exports", body.clone());
            let ended = finished(client, begun.header("location"));
            client
                .get(ended["result_url"].as_str().expect("a file"))
                .text()
        };
        let (old, new) = (exported(&staff.district), exported(&keqiao));
        assert!(!old.contains(&code(1)) && old.contains(&code(2)), "{old}");
        assert!(new.contains(&code(1)) && new.contains("柯桥区"), "{new}");
    }
);
