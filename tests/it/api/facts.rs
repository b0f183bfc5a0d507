//! `…/annual-facts` and `…/facts`.

use chrono::Duration;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::builders::{Staff, code, faults, registered, told};
use crate::client::Client;
use crate::on_both_engines;

const NAME: &str = "虚构越城华新科技有限公司";

fn stating(facts: Value) -> Value {
    json!({"facts": facts, "evidence": "DOCUMENTED", "source": "2025年度审计报告"})
}

fn from(day: &str, facts: Value) -> Value {
    let mut body = stating(facts);
    body["effective_from"] = day.into();
    body
}

on_both_engines!(figures_of_a_year_are_put_and_read_back, |db| {
    let staff = Staff::of(db);
    let url = registered(&staff.city, 1, NAME, "330602");
    let year = &format!("{url}/annual-facts/2025");
    assert_eq!(staff.city.get(year).status, 404, "nothing stated yet");
    let facts = json!({"sales": "50000000", "staff_total": 120, "net_profit": "-0.50"});
    let put = staff.city.put(year, stating(facts));
    assert_eq!(put.status, 200, "{}", put.text());
    assert_json_snapshot!("annual_facts", put.json());
    let read = staff.auditor.get(year);
    assert_eq!(
        (read.header("etag"), read.json()),
        (put.header("etag"), put.json())
    );

    // What was read can be put again, and says nothing new.
    let again = staff.city.change(
        "PUT",
        year,
        read.header("etag"),
        stating(read.json()["facts"].clone()),
    );
    assert_eq!(
        (again.status, again.header("etag")),
        (200, read.header("etag"))
    );

    let correction = stating(json!({"sales": "50000000.01", "net_profit": null}));
    assert_eq!(staff.city.put(year, correction.clone()).status, 428);
    staff.later(db, Duration::hours(1));
    let corrected = staff
        .city
        .change("PUT", year, read.header("etag"), correction.clone());
    assert_eq!(
        corrected.json()["facts"],
        json!({"sales": "50000000.01", "staff_total": 120})
    );
    let stale = staff
        .city
        .change("PUT", year, read.header("etag"), correction);
    assert_eq!(
        (stale.status, stale.code().as_str()),
        (412, "request.precondition_failed")
    );
    let sales = |known_at: &str| {
        let answer = staff.city.get(&format!("{year}?known_at={known_at}"));
        answer.json()["facts"]["sales"].clone()
    };
    assert_eq!(sales("2026-06-15T08:59:59Z"), "50000000.00");
    assert_eq!(sales("2026-06-15T09:00:00Z"), "50000000.01");
    assert_eq!(
        staff
            .city
            .get(&format!("{year}?known_at=2026-06-15T07:59:59Z"))
            .status,
        404
    );
    let earlier = format!("{url}/annual-facts/2024");
    assert_eq!(
        staff
            .city
            .put(&earlier, stating(json!({"sales": "1.00"})))
            .status,
        200
    );
    assert_json_snapshot!(
        "years",
        staff.city.get(&format!("{url}/annual-facts")).json()
    );
});

on_both_engines!(facts_hold_from_a_day_on, |db| {
    let staff = Staff::of(db);
    let url = &format!("{}/facts", registered(&staff.city, 1, NAME, "330602"));
    let nothing = staff.city.get(url);
    assert_eq!((nothing.status, nothing.header("etag")), (200, "\"v0\""));
    assert_eq!(nothing.json()["facts"], json!({}));
    let first = from(
        "2025-01-01",
        json!({"ip_class1": 3, "listed": false, "segment_years": "3.50"}),
    );
    let seen_nothing = staff.city.change("PUT", url, "\"v0\"", first);
    assert_eq!(seen_nothing.status, 200, "{}", seen_nothing.text());
    staff.later(db, Duration::days(1));
    let second = from(
        "2026-01-01",
        json!({"ip_class1": 5, "hightech_field": "4.新材料"}),
    );
    let put = staff
        .city
        .change("PUT", url, seen_nothing.header("etag"), second);
    assert_eq!(put.status, 200, "{}", put.text());
    assert_json_snapshot!("dated_facts", staff.city.get(url).json());
    let on = |query: &str| staff.city.get(&format!("{url}?{query}")).json()["facts"].clone();
    assert_eq!(on("as_of=2024-12-31"), json!({}));
    assert_eq!(on("as_of=2025-12-31")["ip_class1"], 3);
    assert_eq!(on("as_of=2026-01-01")["ip_class1"], 5);
    assert_eq!(
        on("as_of=2026-01-01&known_at=2026-06-15T08:00:00Z")["ip_class1"],
        3
    );
    let etag = put.header("etag");
    let refused = |body: Value| faults(&staff.city.change("PUT", url, etag, body));
    assert_eq!(
        refused(from("2026-06-17", json!({"ip_class1": 5}))),
        told([("/effective_from", "fact.effective_in_the_future")])
    );
    assert_eq!(
        refused(from("1.1.2026", json!({"ip_class1": 5}))),
        told([("/effective_from", "date.form")])
    );
    assert_eq!(
        refused(stating(json!({"ip_class1": 5}))),
        told([("/effective_from", "field.required")])
    );
    assert_eq!(
        refused(from(
            "2026-01-01",
            json!({"sales": "1.00", "hightech_field": "9.其他"})
        )),
        told([
            ("/facts/hightech_field", "fact.code"),
            ("/facts/sales", "fact.annual_here")
        ])
    );
});

on_both_engines!(wrong_figures_are_refused_in_the_words_of_their_kind, |db| {
    let staff = Staff::of(db);
    let url = registered(&staff.city, 1, NAME, "330602");
    let year = &format!("{url}/annual-facts/2025");
    let refused = |facts: Value| {
        let answer = staff.city.put(year, stating(facts));
        assert_eq!(answer.status, 422, "{}", answer.text());
        faults(&answer)
    };
    assert_eq!(
        refused(json!({"sales": "1.005", "rd_expense": "-1", "revenue": "1", "ip_class1": 1})),
        told([
            ("/facts/ip_class1", "fact.dated_here"),
            ("/facts/rd_expense", "money.negative"),
            ("/facts/revenue", "fact.unknown"),
            ("/facts/sales", "money.places"),
        ])
    );
    assert_eq!(
        refused(json!({"sales": 5})),
        told([("/facts/sales", "fact.type")])
    );
    assert_eq!(
        refused(json!({"sales": 5.5})),
        told([("/facts/sales", "fact.type")])
    );
    assert_eq!(
        refused(json!({"staff_total": 5.5})),
        told([("/facts/staff_total", "fact.number")])
    );
    assert_eq!(refused(json!({})), told([("/facts", "fact.none")]));
    let body = json!({"facts": {"sales": "1"}, "evidence": "SWORN", "source": " "});
    assert_eq!(
        faults(&staff.city.put(year, body)),
        told([
            ("/source", "text.required"),
            ("/evidence", "fact.evidence_unknown")
        ])
    );
    let bare = staff.city.put(year, json!({"facts": {"sales": "1"}}));
    assert_eq!(faults(&bare), told([("/source", "field.required")]));
    for (year, code) in [
        (2017, "fact.year_before_registration"),
        (2027, "fact.year_in_the_future"),
    ] {
        let early = format!("{url}/annual-facts/{year}");
        let early = staff.city.put(&early, stating(json!({"sales": "1"})));
        assert_eq!(
            (early.status, faults(&early)),
            (422, told([("/year", code)]))
        );
    }
    for year in ["abcd", "20250", "-2025", "+2025", "%EF%BC%92025", "1%00"] {
        let nowhere = format!("{url}/annual-facts/{year}");
        assert_eq!(staff.city.get(&nowhere).status, 404, "{year}");
        assert_eq!(
            staff
                .city
                .put(&nowhere, stating(json!({"sales": "1"})))
                .status,
            404
        );
    }
    assert_eq!(staff.city.get(year).status, 404, "nothing was stored");
});

on_both_engines!(who_states_what_about_whom, |db| {
    let staff = Staff::of(db);
    let url = registered(&staff.city, 1, NAME, "330602");
    let other = registered(&staff.city, 2, "虚构柯桥有限公司", "330603");
    let firm = Client::with_role(db, "firm", "ENTERPRISE", None, Some(&code(1)));
    let sales = |value: &str| stating(json!({"sales": value}));
    for client in [&staff.district, &firm] {
        for path in ["annual-facts/2025", "annual-facts", "facts"] {
            assert_eq!(client.get(&format!("{other}/{path}")).status, 404, "{path}");
        }
        let hidden = client.put(&format!("{other}/annual-facts/2025"), sales("1.00"));
        assert_eq!(hidden.code(), "request.not_found");
        let body = from("2026-01-01", json!({"ip_class1": 1}));
        assert_eq!(client.put(&format!("{other}/facts"), body).status, 404);
    }
    let year = &format!("{url}/annual-facts/2025");
    assert_eq!(
        staff.auditor.put(year, sales("1.00")).code(),
        "auth.forbidden"
    );
    assert_eq!(
        faults(&firm.put(year, sales("1.00"))),
        told([("/evidence", "fact.evidence_not_yours")])
    );
    let own = json!({"facts": {"sales": "1.00"}, "source": "企业填报"});
    let stated = firm.put(year, own.clone());
    assert_eq!(
        stated.json()["details"]["sales"]["evidence"],
        "ENTITY_SUPPLIED"
    );
    let proved = staff
        .district
        .change("PUT", year, stated.header("etag"), sales("2.00"));
    assert_eq!(proved.status, 200, "{}", proved.text());
    let weaker = firm.change("PUT", year, proved.header("etag"), own);
    assert_eq!(
        faults(&weaker),
        told([("/facts/sales", "fact.stronger_evidence")])
    );
});

on_both_engines!(a_repeated_statement_is_made_once, |db| {
    let staff = Staff::of(db);
    let url = registered(&staff.city, 1, NAME, "330602");
    let year = &format!("{url}/annual-facts/2025");
    let key = [("idempotency-key", "k-1")];
    let body = stating(json!({"sales": "1.00"}));
    let first = staff.city.send("PUT", year, &key, Some(&body));
    staff.later(db, Duration::days(1));
    let second = staff.city.send("PUT", year, &key, Some(&body));
    assert_eq!(
        (second.status, second.header("idempotent-replayed")),
        (200, "true")
    );
    assert_eq!(
        (first.json(), first.header("etag")),
        (second.json(), second.header("etag"))
    );
});

on_both_engines!(
    figures_that_contradict_one_another_are_taken_with_a_warning,
    |db| {
        let staff = Staff::of(db);
        let url = registered(&staff.city, 1, NAME, "330602");
        let year = &format!("{url}/annual-facts/2025");
        let put = staff
            .city
            .put(year, stating(json!({"staff_total": 10, "tech_staff": 50})));
        assert_eq!(put.status, 200, "{}", put.text());
        assert_eq!(
            put.json()["warnings"],
            json!([{
                "code": "fact.part_above_whole",
                "pointers": ["/facts/tech_staff", "/facts/staff_total"],
                "message": "科技人员数大于职工总数，请核对",
            }])
        );
        // One at a time: what stood before counts too.
        let corrected = staff.city.change(
            "PUT",
            year,
            put.header("etag"),
            stating(json!({"staff_total": 60})),
        );
        assert_eq!(corrected.json()["warnings"], json!([]));
    }
);

on_both_engines!(no_fact_holds_before_the_enterprise_was_there, |db| {
    let staff = Staff::of(db);
    let url = registered(&staff.city, 1, NAME, "330602");
    let firm = staff.city.get(&url).json();
    let registered_on: chrono::NaiveDate = firm["registered_on"].as_str().unwrap().parse().unwrap();
    let before = registered_on.pred_opt().unwrap().to_string();
    let put = |day: &str| {
        let body = from(day, json!({"ip_class1": 1}));
        staff.city.put(&format!("{url}/facts"), body)
    };
    let early = put(&before);
    assert_eq!(
        (early.status, faults(&early)),
        (
            422,
            told([("/effective_from", "enterprise.effective_before_registered")])
        )
    );
    assert_eq!(put(&registered_on.to_string()).status, 200);
});
