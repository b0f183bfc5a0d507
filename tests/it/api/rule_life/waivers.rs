//! Boundaries that no case has to show: waived by a person with a reason, and by nobody else.

use chrono::Duration;
use sanku::app::caller::Caller;
use sanku::app::{documents, rules};
use sanku::domain::rules::Library;
use serde_json::{Value, json};

use super::{Office, document, from_day, texts};
use crate::builders::{faults, told};
use crate::client::Client;
use crate::firms::ready;
use crate::harness::TestDb;
use crate::on_both_engines;

const HIDDEN: [&str; 3] = ["ip/2/below", "ip/2/at", "ip/2/above"];
const REASON: &str = "有三件的企业必有一件，第一项已经符合，案例看不出来";

/// Its second alternative is met only where the first is, so that nothing shows of it.
fn hiding(percent: &str) -> Value {
    let mut document = document(percent);
    let one = |count: &str| json!({ "fact": "ip_class1", "at_least": { "right": count } });
    let criterion = json!({
        "id": "ip", "title": "知识产权", "title_en": "rights", "any": [one("1"), one("3")],
    });
    document["criterion"]
        .as_array_mut()
        .unwrap()
        .push(criterion);
    document
}

/// Drafted, with all that the search suggests.
fn drafted(office: &Office, document: &Value) -> String {
    let made = office.draft(document);
    assert_eq!(made.status, 201, "{}", made.text());
    let url = made.header("location").to_string();
    office.complete(&url);
    url
}

fn waive(client: &Client, url: &str, boundary: &str) -> Value {
    let body = json!({ "boundary": boundary, "reason": REASON });
    let waived = client.post(&format!("{url}/waivers"), body);
    assert_eq!(waived.status, 201, "{}", waived.text());
    waived.json()
}

fn take_back(client: &Client, url: &str, boundary: &str) -> crate::client::Answer {
    let boundary = boundary.replace('/', "%2F");
    client.send("DELETE", &format!("{url}/waivers/{boundary}"), &[], None)
}

fn standing(client: &Client, url: &str) -> Vec<String> {
    let listed = client.get(url);
    assert_eq!(listed.status, 200, "{}", listed.text());
    texts(&listed.json()["items"], "boundary")
}

fn approve(client: &Client, url: &str) -> crate::client::Answer {
    client.post(&format!("{url}/approvals"), json!({}))
}

fn officer(db: &TestDb, name: &str) -> Client {
    Client::with_role(db, name, "CITY_OFFICER", None, None)
}

on_both_engines!(
    what_no_case_shows_is_published_once_a_person_has_waived_it,
    |db| {
        let office = Office::of(db);
        let url = drafted(&office, &hiding("3"));
        let run = office.tested(&url);
        assert_eq!(run["passed"], true);
        assert_eq!(texts(&run["boundaries"]["missing"], "id"), HIDDEN);
        // The search found no case, which is no reason to let them pass.
        for it in run["boundaries"]["missing"].as_array().unwrap() {
            assert_eq!(it["case"], Value::Null);
        }
        assert_eq!(run["suggestions"], json!([]));
        let before = office.maker.get(&url).header("etag").to_string();
        assert_eq!(approve(&office.checker, &url).status, 201);
        let refused = office.publish(&url, "2026-01-01");
        assert_eq!(refused.code(), "rule_set.boundary_missing");
        assert_eq!(refused.json()["errors"].as_array().unwrap().len(), 3);

        // A waiver voids the approval, and whoever approves sees it.
        for boundary in HIDDEN {
            let waived = waive(&office.maker, &url, boundary);
            assert_eq!(waived["boundary"], boundary);
            assert_eq!(waived["reason"], REASON);
        }
        let draft = office.auditor.get(&url);
        assert_eq!(draft.json()["state"], "DRAFT");
        assert_ne!(draft.header("etag"), before);
        let shown = &draft.json()["waivers"];
        assert_eq!(texts(shown, "boundary").len(), 3);
        assert_eq!(shown[0]["waived_by"], draft.json()["making"]["created_by"]);
        assert_eq!(shown[0]["document_hash"], draft.json()["hash"]);
        let approvals = format!("{url}/approvals");
        let stale = office
            .checker
            .change("POST", &approvals, &before, json!({}));
        assert_eq!(stale.status, 412);

        let run = office.tested(&url);
        assert_eq!(run["boundaries"]["missing"], json!([]));
        let waived = &run["boundaries"]["waived"];
        assert_eq!(texts(waived, "id"), HIDDEN);
        assert_eq!(waived[0]["reason"], REASON);
        assert_eq!(approve(&office.checker, &url).status, 201);
        let published = office.publish(&url, "2026-01-01");
        assert_eq!(published.status, 201, "{}", published.text());
        assert_eq!(published.json()["waivers"].as_array().unwrap().len(), 3);
        // What is published stays as it is, and who may not read drafts is not told of its making.
        let body = json!({ "boundary": "rd/at", "reason": REASON });
        let late = office.maker.post(&format!("{url}/waivers"), body);
        assert_eq!(
            (late.status, late.code().as_str()),
            (409, "rule_version.not_now")
        );
        assert_eq!(
            take_back(&office.maker, &url, "ip/2/at").code(),
            "rule_version.not_now"
        );
        assert_eq!(office.district.get(&url).json()["waivers"], json!([]));
        assert_eq!(office.district.get(&format!("{url}/waivers")).status, 403);

        let entries = office.auditor.get("/v1/ledger-entries?limit=200").json();
        let kinds = texts(&entries["items"], "kind");
        let waived = kinds.iter().filter(|it| *it == "DOCUMENT_BOUNDARY_WAIVED");
        assert_eq!(waived.count(), 3);
    }
);

on_both_engines!(whoever_waives_does_not_approve, |db| {
    let office = Office::of(db);
    let url = drafted(&office, &hiding("3"));
    waive(&office.checker, &url, "ip/2/at");
    let third = officer(db, "third");
    waive(&third, &url, "ip/2/below");
    // Nor does who takes one back.
    let fourth = officer(db, "fourth");
    assert_eq!(take_back(&fourth, &url, "ip/2/below").status, 200);
    office.tested(&url);
    for client in [&office.maker, &office.checker, &third, &fourth] {
        let refused = approve(client, &url);
        assert_eq!(refused.code(), "rule_version.maker_is_checker");
    }
    let fifth = officer(db, "fifth");
    assert_eq!(approve(&fifth, &url).status, 201);
    // What the next version inherits is still the waiver of whoever gave it.
    let next = drafted(&office, &hiding("4"));
    assert_eq!(
        standing(&office.auditor, &format!("{next}/waivers")),
        ["ip/2/at"]
    );
    // The cases at the limit that moved answer otherwise now.
    let cases = format!("{next}/test-cases");
    for it in office.tested(&next)["results"].as_array().unwrap() {
        if it["passed"] == false {
            let id = it["id"].as_str().unwrap().replace('/', "%2F");
            let url = format!("{cases}/{id}");
            assert_eq!(office.maker.send("DELETE", &url, &[], None).status, 200);
        }
    }
    assert_eq!(office.tested(&next)["passed"], true);
    assert_eq!(
        approve(&office.checker, &next).code(),
        "rule_version.maker_is_checker"
    );
    assert_eq!(approve(&fifth, &next).status, 201);
    // Whoever holds the machine is nobody whose reason it could be.
    let operator = documents::waive(
        &db.app,
        &Caller::operator(),
        &rules::document("CITY_RULE").expect("a code"),
        1,
        Some("ip/2/below"),
        Some(REASON),
    );
    assert_eq!(operator.unwrap_err().code(), "rule_waiver.by_person");
});

on_both_engines!(a_waiver_says_what_and_why, |db| {
    let office = Office::of(db);
    let url = drafted(&office, &hiding("3"));
    let waivers = format!("{url}/waivers");
    let refused = |body: Value| {
        let refused = office.maker.post(&waivers, body);
        assert_eq!(refused.status, 422, "{}", refused.text());
        faults(&refused)
    };
    let of = |boundary: &str, reason: &str| json!({ "boundary": boundary, "reason": reason });
    assert_eq!(
        refused(of("ip/3/at", REASON)),
        told([("/boundary", "rule_waiver.boundary_unknown")])
    );
    assert_eq!(
        refused(of(&"长".repeat(201), REASON)),
        told([("/boundary", "text.length")])
    );
    assert_eq!(
        refused(of("", REASON)),
        told([("/boundary", "text.required")])
    );
    assert_eq!(
        refused(json!({ "reason": REASON })),
        told([("/boundary", "field.required")])
    );
    assert_eq!(
        refused(json!({ "boundary": "ip/2/at" })),
        told([("/reason", "field.required")])
    );
    assert_eq!(
        refused(json!({ "boundary": "ip/2/at", "reason": null })),
        told([("/reason", "field.required")])
    );
    assert_eq!(
        refused(of("ip/2/at", "  ")),
        told([("/reason", "text.required")])
    );
    assert_eq!(
        refused(of("ip/2/at", &"长".repeat(1_001))),
        told([("/reason", "text.length")])
    );
    assert_eq!(
        refused(of("ip/2/at", "a\u{0}b")),
        told([("/reason", "text.character")])
    );
    waive(&office.maker, &url, "ip/2/at");
    let twice = office.maker.post(&waivers, of("ip/2/at", REASON));
    assert_eq!(
        (twice.status, twice.code().as_str()),
        (409, "rule_waiver.there_already")
    );
    for client in [&office.auditor, &office.district] {
        assert_eq!(client.post(&waivers, of("ip/2/above", REASON)).status, 403);
    }
    let none = "/v1/rule-sets/CITY_RULE/versions/7/waivers";
    assert_eq!(office.maker.post(none, of("ip/2/at", REASON)).status, 404);
    assert_eq!(office.maker.get(none).status, 404);
    for gone in ["ip/2/above", "none", "%00"] {
        assert_eq!(take_back(&office.maker, &url, gone).status, 404, "{gone}");
    }
});

on_both_engines!(
    a_waiver_is_read_on_both_axes_and_lapses_with_its_place,
    |db| {
        let office = Office::of(db);
        let url = drafted(&office, &hiding("3"));
        let waivers = format!("{url}/waivers");
        for boundary in HIDDEN {
            waive(&office.maker, &url, boundary);
        }
        let then = db
            .app
            .env
            .clock
            .now()
            .to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        office.later(db, Duration::minutes(5));
        let back = take_back(&office.maker, &url, "ip/2/at");
        assert_eq!(
            (back.status, &back.json()["boundary"]),
            (200, &json!("ip/2/at"))
        );
        assert_eq!(
            standing(&office.auditor, &waivers),
            ["ip/2/above", "ip/2/below"]
        );
        let known = standing(&office.auditor, &format!("{waivers}?known_at={then}"));
        assert_eq!(known.len(), 3);
        let missing = office.tested(&url)["boundaries"]["missing"].clone();
        assert_eq!(texts(&missing, "id"), ["ip/2/at"]);

        // Another limit elsewhere leaves the place as it is; another text of its own does not.
        let edit = |document: Value| {
            let etag = office.maker.get(&url).header("etag").to_string();
            let body = json!({ "document": document });
            let edited = office.maker.change("PUT", &url, &etag, body);
            assert_eq!(edited.status, 200, "{}", edited.text());
            edited.json()
        };
        assert_eq!(edit(hiding("4"))["waivers"].as_array().unwrap().len(), 2);
        let mut other = hiding("4");
        other["criterion"][2]["any"][1]["at_least"]["right"] = "4".into();
        assert_eq!(edit(other)["waivers"], json!([]));
        assert_eq!(standing(&office.auditor, &waivers), Vec::<String>::new());
        let entries = office.auditor.get("/v1/ledger-entries?limit=200").json();
        let kinds = texts(&entries["items"], "kind");
        let count = |kind: &str| kinds.iter().filter(|it| *it == kind).count();
        assert_eq!(
            [
                count("DOCUMENT_BOUNDARY_WAIVED"),
                count("DOCUMENT_WAIVER_TAKEN_BACK"),
                count("DOCUMENT_WAIVER_LAPSED")
            ],
            [3, 1, 2]
        );
    }
);

on_both_engines!(the_next_version_inherits_waivers_of_the_same_places, |db| {
    ready(db);
    let office = Office::of(db);
    // What comes with the program brings its own.
    let shipped = "NATIONAL_TECH_SME@2017-05-03";
    let mut document = Library::shipped().named(shipped).unwrap().document.clone();
    let first = office
        .auditor
        .get("/v1/rule-sets/NATIONAL_TECH_SME/versions/1/waivers");
    let first = first.json()["items"].clone();
    assert_eq!(first.as_array().unwrap().len(), 3);
    document["title"] = "改名".into();
    let url = office.draft(&document).header("location").to_string();
    let inherited = office.maker.get(&format!("{url}/waivers")).json()["items"].clone();
    assert_eq!(inherited, first, "by whom and when they were given");
    document["item"][2]["ladder"][1]["gives"] = 23.into();
    let url = office.draft(&document).header("location").to_string();
    assert_eq!(
        standing(&office.maker, &format!("{url}/waivers")),
        Vec::<String>::new()
    );
});

on_both_engines!(a_waiver_holds_in_every_period_that_reads_alike, |db| {
    let office = Office::of(db);
    let mut dated = hiding("3");
    dated["criterion"][0]["at_least"] =
        json!({ "values": { "2026-01-01": { "percent": "3" }, "2027-01-01": { "percent": "4" } } });
    let url = drafted(&office, &dated);
    let missing = || texts(&office.tested(&url)["boundaries"]["missing"], "id");
    assert_eq!(missing().len(), 6);
    let bare = json!({ "boundary": "ip/2/at", "reason": REASON });
    let bare = office.maker.post(&format!("{url}/waivers"), bare);
    assert_eq!(
        faults(&bare),
        told([("/boundary", "rule_waiver.boundary_unknown")])
    );
    let waived = waive(&office.maker, &url, "2027-01-01:ip/2/at");
    assert_eq!(waived["boundary"], "ip/2/at");
    assert_eq!(missing().len(), 4);
    for side in ["below", "above"] {
        waive(&office.maker, &url, &format!("2026-01-01:ip/2/{side}"));
    }
    assert_eq!(missing(), Vec::<String>::new());
    assert_eq!(approve(&office.checker, &url).status, 201);
    // By the name that lists show, as long as only one is called so.
    let named = |name: &str| {
        let url = format!("{url}/waivers/{}", name.replace('/', "%2F"));
        office.maker.delete(&url).status
    };
    assert_eq!(named("ip/2/at"), 200);
    assert_eq!(named("ip/2/at"), 404);
    waive(&office.maker, &url, "2027-01-01:ip/2/at");
    office.tested(&url);
    assert_eq!(approve(&office.checker, &url).status, 201);
    // From another day the periods are called otherwise, and the places are the same: but another day is approved anew.
    let refused = office.publish(&url, "2026-07-01");
    assert_eq!(refused.code(), "rule_version.day_not_approved");
    let moved = json!({ "document": from_day(&dated, "2026-07-01") });
    let tag = office.maker.get(&url).header("etag").to_string();
    let moved = office.maker.change("PUT", &url, &tag, moved);
    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(moved.json()["state"], "DRAFT");
    office.tested(&url);
    assert_eq!(approve(&office.checker, &url).status, 201);
    let published = office.publish(&url, "2026-07-01");
    assert_eq!(published.status, 201, "{}", published.text());
});
