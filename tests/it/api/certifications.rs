//! `…/certifications`.

use chrono::Duration;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::builders::{Staff, code, faults, registered, told};
use crate::client::Client;
use crate::on_both_engines;

const NAME: &str = "虚构越城华新科技有限公司";

fn title(number: &str, through: &str) -> Value {
    json!({
        "scheme": "NATIONAL_HNTE", "number": number, "valid_from": "2023-12-08", "valid_through": through,
        "issuer": "浙江省认定机构",
    })
}

on_both_engines!(a_title_is_recorded_corrected_and_read_back, |db| {
    let staff = Staff::of(db);
    let all = &format!(
        "{}/certifications",
        registered(&staff.city, 1, NAME, "330602")
    );
    let made = staff
        .district
        .post(all, title("ＧＲ202333000001", "2026-12-08"));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_json_snapshot!("certification", made.json());
    let one = made.header("location");
    let read = staff.auditor.get(one);
    assert_eq!(
        (read.json(), read.header("etag")),
        (made.json(), made.header("etag"))
    );
    let twice = staff.city.post(all, title("GR202333000001", "2026-12-08"));
    assert_eq!(
        (twice.status, twice.code().as_str()),
        (409, "certification.number_taken")
    );

    let shorter = title("GR202333000001", "2026-06-16");
    staff.later(db, Duration::hours(1));
    assert_eq!(staff.city.put(one, shorter.clone()).status, 428);
    let corrected = staff
        .city
        .change("PUT", one, read.header("etag"), shorter.clone());
    assert_eq!(corrected.status, 200, "{}", corrected.text());
    assert_eq!(
        staff
            .city
            .change("PUT", one, read.header("etag"), shorter.clone())
            .status,
        412
    );
    let same = staff
        .city
        .change("PUT", one, corrected.header("etag"), shorter);
    assert_eq!(same.header("etag"), corrected.header("etag"));

    let valid = |query: &str| staff.city.get(&format!("{one}?{query}")).json()["valid"].clone();
    assert_eq!(valid("as_of=2026-06-16"), true);
    assert_eq!(valid("as_of=2026-06-17"), false);
    assert_eq!(
        valid("as_of=2026-06-17&known_at=2026-06-15T08:00:00Z"),
        true
    );
    assert_eq!(valid("as_of=2023-12-07"), false);
    assert_json_snapshot!("certifications", staff.city.get(all).json());
    let with_title = staff.city.get("/v1/enterprises?scheme=NATIONAL_HNTE");
    assert_eq!(with_title.json()["items"][0]["uscc"], code(1));

    // What was seen yesterday may not be so today, though nobody changed it; it can still be corrected.
    let seen = staff.city.get(one).header("etag").to_string();
    staff.later(db, Duration::days(2));
    let copy = [("if-none-match", seen.as_str())];
    let today = staff.city.send("GET", one, &copy, None);
    assert_eq!(
        (today.status, today.json()["valid"].clone()),
        (200, json!(false))
    );
    assert_eq!(
        staff
            .city
            .change("PUT", one, &seen, title("GR202333000001", "2026-12-08"))
            .status,
        200
    );
});

on_both_engines!(a_wrong_title_is_told_at_its_places, |db| {
    let staff = Staff::of(db);
    let all = &format!(
        "{}/certifications",
        registered(&staff.city, 1, NAME, "330602")
    );
    let refused = |body: Value| faults(&staff.city.post(all, body));
    assert_eq!(
        refused(json!({"scheme": "HNTE", "number": "GR 1", "valid_through": "2026-02-30"})),
        told([
            ("/scheme", "scheme.unknown"),
            ("/number", "certification.number.blank"),
            ("/valid_from", "field.required"),
            ("/valid_through", "date.no_such_day"),
        ])
    );
    assert_eq!(
        refused(title("GR1", "2026-12-09")),
        told([("/valid_through", "certification.period.too_long")])
    );
    assert_eq!(
        refused(title("GR1", "2023-12-07")),
        told([("/valid_through", "certification.period.reversed")])
    );
    assert_eq!(refused(json!({"valid_to": "2026-12-08"}))[0].0, "/valid_to");
    let open = json!({"scheme": "NATIONAL_HNTE", "number": "GR1", "valid_from": "2023-12-08", "valid_through": null});
    assert_eq!(
        staff.city.post(all, open).json()["valid_through"],
        Value::Null
    );
});

on_both_engines!(titles_of_others_are_not_there, |db| {
    let staff = Staff::of(db);
    let url = registered(&staff.city, 1, NAME, "330602");
    let other = &format!(
        "{}/certifications",
        registered(&staff.city, 2, "虚构柯桥有限公司", "330603")
    );
    let made = staff.city.post(other, title("GR1", "2026-12-08"));
    let one = made.header("location");
    let firm = Client::with_role(db, "firm", "ENTERPRISE", None, Some(&code(1)));
    for client in [&staff.district, &firm] {
        assert_eq!(
            [client.get(other).status, client.get(one).status],
            [404, 404]
        );
    }
    assert_eq!(
        staff
            .district
            .post(other, title("GR2", "2026-12-08"))
            .status,
        404
    );
    let change = staff
        .district
        .change("PUT", one, made.header("etag"), title("GR2", "2026-12-08"));
    assert_eq!(change.status, 404);
    for client in [&staff.auditor, &firm] {
        let own = format!("{url}/certifications");
        assert_eq!(client.get(&own).json()["items"], json!([]));
        assert_eq!(
            client.post(&own, title("GR2", "2026-12-08")).code(),
            "auth.forbidden"
        );
    }
    for id in ["1", "1%00", "00000000-0000-7000-8000-0000000fffff"] {
        let nowhere = format!("{url}/certifications/{id}");
        assert_eq!(staff.city.get(&nowhere).status, 404, "{id}");
        let put = staff
            .city
            .change("PUT", &nowhere, "\"v1\"", title("GR2", "2026-12-08"));
        assert_eq!(put.status, 404, "{id}");
    }
    // A title is found under its own enterprise only.
    let id = one.rsplit('/').next().unwrap();
    assert_eq!(
        staff.city.get(&format!("{url}/certifications/{id}")).status,
        404
    );
});

on_both_engines!(a_repeated_title_is_recorded_once, |db| {
    let staff = Staff::of(db);
    let all = &format!(
        "{}/certifications",
        registered(&staff.city, 1, NAME, "330602")
    );
    let key = [("idempotency-key", "k-1")];
    let body = title("GR1", "2026-12-08");
    let first = staff.city.send("POST", all, &key, Some(&body));
    staff.later(db, Duration::days(1));
    let second = staff.city.send("POST", all, &key, Some(&body));
    assert_eq!(
        (second.status, second.header("idempotent-replayed")),
        (201, "true")
    );
    assert_eq!(
        (first.json(), first.header("location")),
        (second.json(), second.header("location"))
    );
    assert_eq!(
        staff.city.get(all).json()["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
});

on_both_engines!(a_title_that_has_not_begun_is_not_held, |db| {
    let staff = Staff::of(db);
    let all = &format!(
        "{}/certifications",
        registered(&staff.city, 1, NAME, "330602")
    );
    let mut later = title("GR202333000001", "2029-06-16");
    later["valid_from"] = "2026-06-16".into();
    let refused = staff.city.post(all, later.clone());
    assert_eq!(
        (refused.status, faults(&refused)),
        (422, told([("/valid_from", "date.future")]))
    );
    later["valid_from"] = "2026-06-15".into();
    later["valid_through"] = "2029-06-15".into();
    assert_eq!(staff.city.post(all, later).status, 201);
});
