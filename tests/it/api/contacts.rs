//! Contacts: masked in the record, read in full by a resource of their own, and every such reading on record.

use serde_json::{Value, json};

use crate::builders::{Staff, code, faults, registered, told};
use crate::client::Client;
use crate::on_both_engines;

const ALL: &str = "/v1/enterprises";

on_both_engines!(
    a_contact_is_read_in_full_and_the_reading_is_recorded,
    |db| {
        let staff = Staff::of(db);
        let url = &registered(&staff.city, 1, "虚构甲有限公司", "330602");
        let other = &registered(&staff.city, 2, "虚构乙有限公司", "330603");
        let firm = Client::with_role(db, "firm", "ENTERPRISE", None, Some(&code(1)));
        let own = &format!("{url}/contact");
        let readings = || -> Vec<Value> {
            let history = staff.city.get(&format!("{url}/history?limit=200")).json();
            let all = history["items"].as_array().expect("a list").iter();
            all.filter(|it| it["kind"] == "PERSONAL_DATA_READ")
                .cloned()
                .collect()
        };
        for path in [url.as_str(), ALL, &format!("{url}?as_of=2026-06-01")] {
            assert_eq!(staff.city.get(path).status, 200);
        }
        assert!(readings().is_empty(), "a masked reading is none");
        let etag = staff.city.get(url).header("etag").to_string();
        let read = staff
            .district
            .get(&format!("{own}?purpose=%E5%9B%9E%E8%AE%BF"));
        assert_eq!(
            (read.status, read.json()["phone"].clone()),
            (200, json!("13800138000"))
        );
        let told_of = readings();
        assert_eq!(told_of.len(), 1);
        assert_eq!(told_of[0]["body"]["purpose"], "回访");
        assert!(!told_of[0].to_string().contains("138"));
        assert_eq!(
            staff.city.get(url).header("etag"),
            etag,
            "a reading is no change"
        );
        assert_eq!(
            [staff.city.get(own).status, firm.get(own).status],
            [200, 200]
        );
        assert_eq!(readings().len(), 3);
        assert_eq!(staff.auditor.get(own).code(), "auth.forbidden");
        let far = format!("{other}/contact");
        assert_eq!(
            [staff.district.get(&far).status, firm.get(&far).status],
            [404, 404]
        );
        let wrong = staff.city.get(&format!("{own}?purpose=%3D1"));
        assert_eq!(
            (wrong.status, faults(&wrong)),
            (400, told([("/purpose", "text.start")]))
        );
        assert_eq!(readings().len(), 3);
        // What comes back masked is no contact that could be stored.
        let patched = staff
            .city
            .change("PATCH", url, &etag, json!({"contact": {"name": "李明"}}));
        let shown = json!({"name": "李*", "phone": "138****8000", "email": "w***@example.cn"});
        assert_eq!(
            (patched.status, patched.json()["contact"].clone()),
            (200, shown.clone())
        );
        let again = staff.city.change(
            "PATCH",
            url,
            patched.header("etag"),
            json!({"contact": shown}),
        );
        assert_eq!(again.status, 422);
        let then = staff
            .city
            .get(&format!("{own}?known_at=2026-06-15T07:59:59Z"));
        assert_eq!(then.status, 404);
    }
);
