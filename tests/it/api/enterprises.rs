//! `/v1/enterprises` and `/v1/enterprises/{uscc}`.

use chrono::Duration;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::builders::{Staff, code, enterprise, faults, registered, told};
use crate::client::Client;
use crate::on_both_engines;

const ALL: &str = "/v1/enterprises";

on_both_engines!(an_enterprise_is_put_on_the_register_and_read_back, |db| {
    let staff = Staff::of(db);
    let made = staff
        .city
        .post(ALL, enterprise(1, "绍兴示例(集团)有限公司", "330602"));
    assert_eq!(made.status, 201, "{}", made.text());
    let url = made.header("location");
    assert_eq!(url, format!("{ALL}/{}", code(1)));
    assert_json_snapshot!("enterprise", made.json());
    staff.later(db, Duration::hours(20));
    let read = staff.city.get(url);
    assert_eq!(read.header("etag"), made.header("etag"));
    assert_json_snapshot!("enterprise_next_day", read.json());
    let copy = [("if-none-match", read.header("etag"))];
    assert_eq!(staff.city.send("GET", url, &copy, None).status, 304);
    let again = staff
        .district
        .post(ALL, enterprise(1, "另一家示例有限公司", "330602"));
    assert_eq!(
        (again.status, again.code().as_str()),
        (409, "enterprise.uscc.taken")
    );
});

on_both_engines!(every_fault_of_a_body_is_told_at_its_place, |db| {
    let staff = Staff::of(db);
    let bad = json!({
        "uscc": "91330602MAFF89BB63", "district_code": "330621", "registered_on": "2027-01-01",
        "industry_code": "C17", "legal_status": "GONE", "contact": {"phone": "110"},
    });
    let refused = staff.city.post(ALL, bad);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (422, "request.invalid")
    );
    assert_json_snapshot!("refused", refused.json()["errors"]);
    let typo = staff
        .city
        .post(ALL, json!({"nmae": "x", "contact": {"fone": "1"}}));
    assert_eq!(
        faults(&typo),
        told([
            ("/nmae", "field.unknown_near"),
            ("/contact/fone", "field.unknown")
        ]),
        "{}",
        typo.text()
    );
    let wrong_type = staff
        .city
        .post(ALL, json!({"contact": {"phone": 13_800_138_000_i64}}));
    assert_eq!(
        faults(&wrong_type),
        told([("/contact/phone", "field.type_text")])
    );
    let merge = [("content-type", "application/merge-patch+json")];
    let body = || {
        enterprise(1, "虚构示例有限公司", "330602")
            .to_string()
            .into_bytes()
    };
    assert_eq!(staff.city.send_raw("POST", ALL, &merge, body()).status, 415);
    let other_district = staff
        .district
        .post(ALL, enterprise(1, "虚构示例有限公司", "330603"));
    assert_eq!(
        faults(&other_district),
        told([("/district_code", "enterprise.district.not_yours")])
    );
    let early = json!({"uscc_override_reason": "试点期间发放，营业执照已核对"});
    let mut body = enterprise(1, "虚构示例有限公司", "330602");
    body["uscc"] = "91350211M0000XUF46".into();
    assert_eq!(staff.city.post(ALL, body.clone()).status, 422);
    body["uscc_override_reason"] = early["uscc_override_reason"].clone();
    assert_eq!(staff.district.post(ALL, body.clone()).status, 403);
    let taken = staff.city.post(ALL, body);
    assert_eq!(taken.status, 201);
    assert_eq!(
        taken.json()["uscc_override_reason"],
        early["uscc_override_reason"]
    );
});

on_both_engines!(a_merge_patch_changes_what_it_names, |db| {
    let staff = Staff::of(db);
    let url = &registered(&staff.city, 1, "虚构旧名有限公司", "330602");
    staff.later(db, Duration::days(10));
    let etag = staff.city.get(url).header("etag").to_string();
    let merge = [
        ("content-type", "application/merge-patch+json"),
        ("if-match", etag.as_str()),
    ];
    let patch = json!({"name": "虚构新名有限公司", "park": null, "contact": {"email": null}});
    let from = format!("{url}?effective_from=2026-06-20");
    let amended = staff
        .city
        .send_raw("PATCH", &from, &merge, patch.to_string().into_bytes());
    assert_eq!(amended.status, 200, "{}", amended.text());
    assert_json_snapshot!("amended", amended.json());
    let seen = amended.header("etag");
    assert_ne!(seen, etag);

    let rename = json!({"name": "虚构第三有限公司"});
    assert_eq!(
        staff.city.send("PATCH", url, &[], Some(&rename)).status,
        428
    );
    assert_eq!(
        staff
            .city
            .change("PATCH", url, &etag, rename.clone())
            .status,
        412
    );
    let weak = format!("W/{seen}");
    assert_eq!(
        staff
            .city
            .change("PATCH", url, &weak, rename.clone())
            .status,
        412
    );
    let refused = |body: Value| faults(&staff.city.change("PATCH", url, seen, body));
    assert_eq!(
        refused(json!({"uscc": code(2)})),
        told([("/uscc", "enterprise.uscc.fixed")])
    );
    assert_eq!(
        refused(json!({"name": null})),
        told([("/name", "field.required")])
    );
    assert_eq!(
        refused(json!({"name": 7})),
        told([("/name", "field.type_text")])
    );
    assert_eq!(
        refused(json!({"pool": "SPRINT"})),
        told([("/pool", "field.unknown")])
    );
    assert_eq!(
        refused(json!({"contact": {"phone": "110"}})),
        told([("/contact/phone", "contact.phone.form")])
    );
    for (day, code) in [
        ("2026-07-01", "fact.effective_in_the_future"),
        ("20.6.2026", "date.form"),
    ] {
        let late = format!("{url}?effective_from={day}");
        let late = staff.city.change("PATCH", &late, seen, rename.clone());
        assert_eq!(
            (late.status, faults(&late)),
            (400, told([("/effective_from", code)]))
        );
    }
    let same = staff
        .city
        .change("PATCH", url, seen, json!({"name": "虚构新名有限公司"}));
    assert_eq!((same.status, same.header("etag")), (200, seen));
    let moved = json!({"district_code": "330603"});
    assert_eq!(
        faults(&staff.district.change("PATCH", url, seen, moved.clone())),
        told([("/district_code", "enterprise.district.city_only")])
    );
    assert_eq!(staff.city.change("PATCH", url, seen, moved).status, 200);
    assert_eq!(staff.district.get(url).status, 404, "no longer theirs");
});

on_both_engines!(a_record_is_read_on_both_time_axes, |db| {
    let staff = Staff::of(db);
    let url = &registered(&staff.city, 1, "虚构旧名有限公司", "330602");
    staff.later(db, Duration::days(10));
    let renamed = json!({"name": "虚构新名有限公司"});
    let etag = staff.city.get(url).header("etag").to_string();
    let from = format!("{url}?effective_from=2026-06-20");
    assert_eq!(
        staff.city.change("PATCH", &from, &etag, renamed).status,
        200
    );
    let name = |query: &str| {
        let answer = staff.city.get(&format!("{url}?{query}"));
        match answer.status {
            200 => answer.json()["name"]
                .as_str()
                .unwrap_or_default()
                .to_string(),
            status => status.to_string(),
        }
    };
    assert_eq!(name("as_of=2026-06-19"), "虚构旧名有限公司");
    assert_eq!(name("as_of=2026-06-20"), "虚构新名有限公司");
    assert_eq!(
        name("as_of=2026-06-20&known_at=2026-06-24T23:59:59Z"),
        "虚构旧名有限公司"
    );
    assert_eq!(
        name("known_at=2026-06-25T16:00:00%2B08:00"),
        "虚构新名有限公司"
    );
    assert_eq!(name("as_of=2018-02-28"), "404");
    assert_eq!(name("known_at=2026-06-14T00:00:00Z"), "404");
    assert_eq!(name("as_of=2026-6-1"), "400");
    assert_eq!(
        name("known_at=2026-06-25T08:00:00.000001Z"),
        "400",
        "not yet known"
    );
    let then = staff.city.get(&format!(
        "{url}?as_of=2026-06-19&known_at=2026-06-25T16:00:00%2B08:00"
    ));
    assert_json_snapshot!("enterprise_then", then.json());
    let now = staff.city.get(url);
    assert_eq!(
        then.header("etag"),
        now.header("etag"),
        "one resource, one version"
    );
    let names = staff.city.get(&format!("{url}/former-names"));
    assert_json_snapshot!("former_names", names.json());
    let before = staff
        .city
        .get(&format!("{url}/former-names?as_of=2026-06-19"));
    assert_eq!(before.json()["items"], json!([]));
});

on_both_engines!(
    who_may_not_see_it_is_told_what_everybody_is_told_of_nothing,
    |db| {
        let staff = Staff::of(db);
        let url = &registered(&staff.city, 1, "虚构越城有限公司", "330602");
        let other = &registered(&staff.city, 2, "虚构柯桥有限公司", "330603");
        let firm = Client::with_role(db, "firm", "ENTERPRISE", None, Some(&code(1)));
        let missing = staff.district.get(&format!("{ALL}/{}", code(3)));
        assert_eq!(
            (missing.status, missing.code().as_str()),
            (404, "request.not_found")
        );
        for hidden in [
            staff.district.get(other),
            staff.district.get(&format!("{other}/former-names")),
            staff
                .district
                .change("PATCH", other, "\"v1\"", json!({"park": "园"})),
            firm.get(other),
            firm.get(&format!("{ALL}/nonsense")),
            firm.get(&format!("{ALL}/{}", code(1).to_lowercase())),
            firm.get(&format!("{ALL}/1%00")),
            firm.get(&format!("{ALL}/{}%2F..%2F", code(1))),
        ] {
            assert_eq!((hidden.status, hidden.lasting()), (404, missing.lasting()));
        }
        let listed = |client: &Client| client.get(ALL).json()["items"].as_array().unwrap().len();
        let seen = [&staff.city, &staff.auditor, &staff.district, &firm].map(listed);
        assert_eq!(seen, [2, 2, 1, 1]);

        // Full for the firm itself, masked for everybody else, and in no list.
        let contact = |client: &Client| client.get(url).json()["contact"].clone();
        let full = json!({"name": "王芳", "phone": "13800138000", "email": "wang.fang@example.cn"});
        assert_eq!(contact(&firm), full);
        let masked = json!({"name": "王*", "phone": "138****8000", "email": "w***@example.cn"});
        for client in [&staff.city, &staff.district, &staff.auditor] {
            assert_eq!(contact(client), masked);
        }
        let then = staff.auditor.get(&format!("{url}?as_of=2026-01-01"));
        assert_eq!(then.json()["contact"]["name"], "王*");
        assert!(!staff.city.get(ALL).text().contains("contact"));

        let etag = firm.get(url).header("etag").to_string();
        let patched = firm.change(
            "PATCH",
            url,
            &etag,
            json!({"contact": {"phone": "13900139000"}}),
        );
        assert_eq!(patched.json()["contact"]["phone"], "13900139000");
        let seen = patched.header("etag");
        assert_eq!(
            faults(&firm.change("PATCH", url, seen, json!({"name": "虚构我的有限公司"}))),
            told([("/name", "enterprise.contact_only")])
        );
        let new = enterprise(4, "虚构新设有限公司", "330602");
        for client in [&staff.auditor, &firm] {
            assert_eq!(client.post(ALL, new.clone()).code(), "auth.forbidden");
        }
        let refused = staff
            .auditor
            .change("PATCH", url, seen, json!({"park": "园"}));
        assert_eq!(refused.code(), "auth.forbidden");
    }
);

on_both_engines!(a_repeated_change_is_answered_as_before, |db| {
    let staff = Staff::of(db);
    let key = [("idempotency-key", "k-1")];
    let body = enterprise(1, "虚构示例有限公司", "330602");
    let first = staff.city.send("POST", ALL, &key, Some(&body));
    staff.later(db, Duration::days(2));
    let second = staff.city.send("POST", ALL, &key, Some(&body));
    assert_eq!(
        (second.status, second.header("idempotent-replayed")),
        (201, "true")
    );
    assert_eq!(first.json(), second.json());
    assert_eq!(first.header("etag"), second.header("etag"));
    let other = enterprise(2, "虚构示例有限公司", "330602");
    let reused = staff.city.send("POST", ALL, &key, Some(&other));
    assert_eq!(
        (reused.status, reused.code().as_str()),
        (422, "idempotency.key_reused")
    );

    let url = first.header("location");
    let headers = [
        ("idempotency-key", "k-2"),
        ("if-match", first.header("etag")),
    ];
    let patch = json!({"contact": {"phone": "13900139000"}});
    let first = staff.city.send("PATCH", url, &headers, Some(&patch));
    staff.later(db, Duration::hours(1));
    let second = staff.city.send("PATCH", url, &headers, Some(&patch));
    assert_eq!(
        (second.status, second.header("idempotent-replayed")),
        (200, "true")
    );
    assert_eq!(first.json(), second.json());
});

on_both_engines!(a_list_is_filtered_sorted_and_paged, |db| {
    let staff = Staff::of(db);
    for (n, name) in ["恒达", "安康", "正泰", "华新", "博远"]
        .into_iter()
        .enumerate()
    {
        let district = if n % 2 == 0 { "330602" } else { "330603" };
        registered(&staff.city, n, &format!("虚构{name}科技有限公司"), district);
        db.clock.advance(Duration::seconds(1));
    }
    let mut page = staff.city.get(&format!("{ALL}?limit=2&count=exact")).json();
    page["next_cursor"] = "[cursor]".into();
    assert_json_snapshot!("page", page);
    let pages = |query: &str| {
        let mut names = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = staff.city.get(&format!("{ALL}?limit=2&{query}{cursor}"));
            assert_eq!(page.status, 200, "{}", page.text());
            let page = page.json();
            for item in page["items"].as_array().unwrap() {
                names.push(item["name"].as_str().unwrap()[6..12].to_string());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return names.join(" "),
            }
        }
    };
    assert_eq!(pages("sort=name"), "安康 博远 恒达 华新 正泰");
    assert_eq!(pages("sort=-name"), "正泰 华新 恒达 博远 安康");
    assert_eq!(pages("sort=updated_at"), "恒达 安康 正泰 华新 博远");
    assert_eq!(pages("sort=-updated_at"), "博远 华新 正泰 安康 恒达");
    assert_eq!(
        pages("sort=registered_on").len(),
        "恒达 安康 正泰 华新 博远".len()
    );
    assert_eq!(pages("district_code=330603"), "安康 华新");
    assert_eq!(pages("q=%E5%8D%8E%E6%96%B0"), "华新");
    assert_eq!(pages("q=%EF%BC%A8%EF%BC%B8"), "华新", "full-width initials");
    assert_eq!(pages("q=%E7%A7%91%E6%8A%80"), "安康 博远 恒达 华新 正泰");
    let technology = "q=%E7%A7%91%E6%8A%80";
    assert_eq!(
        pages(&format!("{technology}&sort=-name")),
        "正泰 华新 恒达 博远 安康"
    );
    assert_eq!(
        pages(&format!("{technology}&sort=updated_at")),
        "恒达 安康 正泰 华新 博远"
    );
    assert_eq!(
        pages(&format!("{technology}&sort=-updated_at&count=exact")),
        "博远 华新 正泰 安康 恒达"
    );
    for (filter, count) in [
        ("", 5),
        ("&district_code=330603", 2),
        ("&status=ACTIVE", 5),
        ("&pool=SPRINT", 0),
    ] {
        let counted = staff
            .city
            .get(&format!("{ALL}?limit=1&count=exact&{technology}{filter}"));
        assert_eq!(counted.json()["total"], count, "{filter}");
    }
    assert_eq!(
        pages("industry_code=C17&status=ACTIVE"),
        "安康 博远 恒达 华新 正泰"
    );
    assert_eq!(pages("pool=SPRINT"), "");
    assert_eq!(pages("scheme=NATIONAL_HNTE"), "");

    // A cursor goes on with its own list only.
    let first = staff.city.get(&format!("{ALL}?limit=2"));
    let cursor = first.json()["next_cursor"].as_str().unwrap().to_string();
    let wider = staff.city.get(&format!("{ALL}?limit=200&cursor={cursor}"));
    assert_eq!(wider.json()["items"].as_array().unwrap().len(), 3);
    for other in ["sort=-name", "district_code=330602", "q=a"] {
        let answer = staff
            .city
            .get(&format!("{ALL}?limit=2&cursor={cursor}&{other}"));
        assert_eq!(
            faults(&answer),
            told([("/cursor", "request.cursor")]),
            "{other}"
        );
    }
});

on_both_engines!(
    what_names_nothing_is_refused_and_never_an_empty_list,
    |db| {
        let staff = Staff::of(db);
        for (query, pointer, code) in [
            ("district_code=999999", "/district_code", "district.unknown"),
            (
                "district_code=330621",
                "/district_code",
                "district.replaced",
            ),
            ("pool=sprint", "/pool", "field.choice"),
            ("scheme=HNTE", "/scheme", "scheme.unknown"),
            ("industry_code=C171", "/industry_code", "industry.unknown"),
            ("status=GONE", "/status", "legal_status.unknown"),
            ("sort=password_hash", "/sort", "field.choice"),
            ("count=yes", "/count", "field.choice"),
            ("q=", "/q", "text.required"),
            ("q=a%00", "/q", "request.parameter_character"),
            ("limit=201", "/limit", "request.limit"),
            ("limit=0", "/limit", "request.limit"),
            ("as_of=2026-01-01", "/as_of", "field.unknown"),
            (
                "pool=SPRINT&pool=SPRINT",
                "/pool",
                "request.parameter_repeated",
            ),
        ] {
            let refused = staff.city.get(&format!("{ALL}?{query}"));
            assert_eq!(refused.status, 400, "{query}");
            assert_eq!(faults(&refused), told([(pointer, code)]), "{query}");
            assert_eq!(refused.json()["errors"][0]["in"], "query");
        }
    }
);
