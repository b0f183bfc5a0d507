//! The life of a rule set through HTTP: drafted, tested, approved by somebody else, published from a day, retired.

mod days;
mod gate;
mod late;
mod retirement;
mod waivers;

use chrono::Duration;
use diesel::prelude::*;
use sanku::app::caller::Caller;
use sanku::store::StoreError;
use serde_json::{Value, json};

use crate::client::{Answer, Client, PASSWORD};
use crate::harness::TestDb;
use crate::on_both_engines;

/// Two city officers, so that one makes and the other checks.
struct Office {
    maker: Client,
    checker: Client,
    auditor: Client,
    district: Client,
}

impl Office {
    fn of(db: &TestDb) -> Office {
        Office {
            maker: Client::with_role(db, "maker", "CITY_OFFICER", None, None),
            checker: Client::with_role(db, "checker", "CITY_OFFICER", None, None),
            auditor: Client::with_role(db, "auditor", "AUDITOR", None, None),
            district: Client::with_role(db, "district", "DISTRICT_OFFICER", Some("330602"), None),
        }
    }

    fn later(&self, db: &TestDb, by: Duration) {
        db.clock.advance(by);
        for (client, name) in [
            (&self.maker, "maker"),
            (&self.checker, "checker"),
            (&self.auditor, "auditor"),
            (&self.district, "district"),
        ] {
            client.log_in(name, PASSWORD);
        }
    }

    fn draft(&self, document: &Value) -> Answer {
        let code = document["code"].as_str().unwrap();
        let url = format!("/v1/rule-sets/{code}/versions");
        self.maker.post(&url, json!({ "document": document }))
    }

    /// Drafted, with all its boundary tests, tested and approved; gives the URL.
    fn approved(&self, document: &Value) -> String {
        let made = self.draft(document);
        assert_eq!(made.status, 201, "{}", made.text());
        let url = made.header("location").to_string();
        self.complete(&url);
        let run = self.tested(&url);
        assert_eq!(run["passed"], true, "{run}");
        let approved = self.checker.post(&format!("{url}/approvals"), json!({}));
        assert_eq!(approved.status, 201, "{}", approved.text());
        url
    }

    fn published(&self, document: &Value, from: &str) -> String {
        let url = self.approved(&from_day(document, from));
        let published = self.publish(&url, from);
        assert_eq!(published.status, 201, "{}", published.text());
        url
    }

    fn publish(&self, url: &str, from: &str) -> Answer {
        let body = json!({ "effective_from": from });
        self.maker.post(&format!("{url}/publications"), body)
    }

    /// Proposed by one and approved by the other.
    fn retired(&self, code: &str, until: &str) -> Value {
        let url = format!("/v1/rule-sets/{code}/retirements");
        let body = json!({ "effective_until": until, "reason": "政策到期" });
        let proposed = self.maker.post(&url, body);
        assert_eq!(proposed.status, 201, "{}", proposed.text());
        let id = proposed.json()["id"].as_str().unwrap().to_owned();
        let body = json!({ "verdict": "APPROVE" });
        let decided = self.checker.post(&format!("{url}/{id}/decisions"), body);
        assert_eq!(decided.status, 201, "{}", decided.text());
        decided.json()
    }

    fn tested(&self, url: &str) -> Value {
        let run = self.maker.post(&format!("{url}/test-runs"), json!({}));
        assert_eq!(run.status, 201, "{}", run.text());
        run.json()
    }

    /// Sends what the engine suggests for the boundary tests that lack.
    fn complete(&self, url: &str) {
        let suggestions = self.tested(url)["suggestions"].clone();
        if suggestions.as_array().is_some_and(|it| !it.is_empty()) {
            self.add(&self.maker, url, &suggestions);
        }
    }

    fn add(&self, client: &Client, url: &str, cases: &Value) -> Value {
        let added = client.post(&format!("{url}/test-cases"), json!({ "cases": cases }));
        assert_eq!(added.status, 201, "{}", added.text());
        added.json()
    }
}

/// The same document, in force from another day.
fn from_day(document: &Value, day: &str) -> Value {
    let mut document = document.clone();
    document["effective_from"] = day.into();
    document
}

/// Small enough to see all of: a limit and a yes/no.
fn document(percent: &str) -> Value {
    json!({
        "code": "CITY_RULE",
        "version": 1,
        "effective_from": "2026-01-01",
        "title": "示例规则",
        "title_en": "Example rule",
        "document": "绍政发〔2026〕1号",
        "article": "第二条",
        "confidence": "PROPOSAL",
        "criterion": [
            {
                "id": "rd", "title": "研发占比", "title_en": "R&D share",
                "ratio": ["rd_expense", "sales"], "at_least": { "percent": percent },
            },
            { "id": "levy", "title": "查账征收", "title_en": "audited levy", "fact": "audited_levy", "is": true },
        ],
    })
}

fn texts(items: &Value, name: &str) -> Vec<String> {
    let items = items.as_array().expect("a list").iter();
    items
        .map(|it| it[name].as_str().unwrap_or_default().to_string())
        .collect()
}

on_both_engines!(a_rule_set_goes_from_draft_to_publication, |db| {
    let office = Office::of(db);
    let scheduled = from_day(&document("3"), "2026-07-01");
    let made = office.draft(&scheduled);
    assert_eq!(made.status, 201, "{}", made.text());
    let url = made.header("location").to_string();
    assert_eq!(url, "/v1/rule-sets/CITY_RULE/versions/1");
    let draft = made.json();
    assert_eq!(
        [&draft["state"], &draft["status"], &draft["in_force"]],
        [&json!("DRAFT"), &Value::Null, &json!(false)]
    );
    assert_eq!(draft["document"], scheduled);
    assert!(draft["making"]["created_by"].is_string());
    // Drafts are shown to those who draft and audit.
    assert_eq!(office.auditor.get(&url).status, 200);
    assert_eq!(office.district.get(&url).status, 404);
    assert_eq!(
        office
            .district
            .get("/v1/rule-sets/CITY_RULE/versions")
            .status,
        404
    );
    assert_eq!(office.maker.get("/v1/rule-sets").json()["items"], json!([]));

    let run = office.tested(&url);
    assert_eq!(run["passed"], false, "there are no cases yet");
    let lacking = texts(&run["boundaries"]["missing"], "id");
    for id in ["rd/below", "rd/at", "rd/above"] {
        assert!(lacking.contains(&id.to_string()), "{lacking:?}");
    }
    assert_eq!(run["findings"], json!([]));
    let early = office.checker.post(&format!("{url}/approvals"), json!({}));
    assert_eq!(
        (early.status, early.code().as_str()),
        (409, "rule_version.not_tested")
    );
    let added = office.add(&office.maker, &url, &run["suggestions"]);
    assert_eq!(added["total"], run["suggestions"].as_array().unwrap().len());
    let run = office.tested(&url);
    assert_eq!(
        (&run["passed"], &run["failed_count"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(run["boundaries"]["missing"], json!([]));
    let runs = office.auditor.get(&format!("{url}/test-runs")).json();
    assert_eq!(runs["items"].as_array().unwrap().len(), 2);
    assert_eq!(runs["next_cursor"], Value::Null);
    let first = office.auditor.get(&format!("{url}/test-runs?limit=1"));
    assert_eq!(first.json()["items"], json!([runs["items"][0]]));
    let cursor = first.json()["next_cursor"]
        .as_str()
        .expect("another page")
        .to_string();
    let second = format!("{url}/test-runs?limit=1&cursor={cursor}");
    let second = office.auditor.get(&second).json();
    assert_eq!(second["items"], json!([runs["items"][1]]));
    assert_eq!(second["next_cursor"], Value::Null);
    assert_eq!(
        (
            &runs["items"][0]["case_count"],
            &runs["items"][1]["missing_count"]
        ),
        (&run["case_count"], &json!(lacking.len())),
    );
    let one = office
        .auditor
        .get(&format!("{url}/test-runs/{}", run["id"].as_str().unwrap()));
    assert_eq!(one.json()["results"], run["results"]);

    let unapproved = office.publish(&url, "2026-07-01");
    assert_eq!(
        (unapproved.status, unapproved.code().as_str()),
        (409, "rule_version.not_now")
    );
    assert!(
        unapproved.json()["allowed_transitions"]
            .as_array()
            .unwrap()
            .contains(&json!("APPROVE"))
    );
    let approved = office
        .checker
        .post(&format!("{url}/approvals"), json!({ "reason": "同意" }));
    assert_eq!(
        (approved.status, &approved.json()["state"]),
        (201, &json!("APPROVED"))
    );

    // By who gave it, and by nobody else: a draft again, which somebody approves anew.
    let approvals = format!("{url}/approvals");
    let other = office.maker.delete(&approvals);
    assert_eq!(
        (other.status, other.code().as_str()),
        (409, "matter.not_your_step")
    );
    let back = office.checker.delete(&approvals);
    assert_eq!(back.status, 200, "{}", back.text());
    assert_eq!(
        (&back.json()["state"], &back.json()["making"]["approved_by"]),
        (&json!("DRAFT"), &Value::Null)
    );
    assert_eq!(back.header("etag"), office.maker.get(&url).header("etag"));
    assert_eq!(
        office.checker.delete(&approvals).code(),
        "rule_version.not_now"
    );
    // For the day that was read, and no other.
    let another = json!({ "effective_from": "2026-07-02" });
    assert_eq!(
        office.checker.post(&approvals, another).code(),
        "rule_version.day_not_approved"
    );
    let named = json!({ "effective_from": "2026-07-01", "reason": "同意" });
    let anew = office.checker.post(&approvals, named);
    assert_eq!(anew.status, 201, "{}", anew.text());

    // Whoever publishes does not move the day that somebody else approved.
    let moved = office.publish(&url, "2026-07-02");
    assert_eq!(
        (moved.status, moved.code().as_str()),
        (409, "rule_version.day_not_approved")
    );
    let published = office.maker.post(&format!("{url}/publications"), json!({}));
    assert_eq!(published.status, 201, "{}", published.text());
    let version = published.json();
    assert_eq!(version["effective_from"], "2026-07-01");
    assert_eq!(
        (&version["state"], &version["status"]),
        (&json!("PUBLISHED"), &json!("SCHEDULED"))
    );
    assert_eq!(
        (&version["document"], &version["hash"]),
        (&scheduled, &draft["hash"]),
        "what was approved is what is published"
    );
    for step in ["approvals", "withdrawals", "test-runs"] {
        let again = office.checker.post(&format!("{url}/{step}"), json!({}));
        assert_eq!(
            (again.status, again.code().as_str()),
            (409, "rule_version.not_now"),
            "{step}"
        );
    }
    let shown = office.district.get(&url).json();
    assert_eq!(
        (&shown["status"], &shown["making"]),
        (&json!("SCHEDULED"), &Value::Null)
    );
    let making = office.auditor.get(&url).json()["making"].clone();
    assert_ne!(making["created_by"], making["approved_by"]);
    assert_eq!(making["published_by"], making["created_by"]);
    let kinds = texts(
        &office.auditor.get("/v1/ledger-entries?limit=200").json()["items"],
        "kind",
    );
    for kind in ["DRAFTED", "TESTED", "APPROVED", "PUBLISHED"] {
        let kind = format!("DOCUMENT_{kind}");
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
});

on_both_engines!(the_maker_is_never_the_checker, |db| {
    let office = Office::of(db);
    let url = office.draft(&document("3")).header("location").to_string();
    let approvals = format!("{url}/approvals");
    let refused = |client: &Client| {
        let answer = client.post(&approvals, json!({}));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "rule_version.maker_is_checker")
        );
    };
    office.complete(&url);
    office.tested(&url);
    refused(&office.maker);
    // Who edited once is a maker, also when somebody else edited after.
    let etag = office.maker.get(&url).header("etag").to_string();
    let edit = |client: &Client, etag: &str, percent: &str| {
        let body = json!({ "document": document(percent) });
        let answer = client.change("PUT", &url, etag, body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("etag").to_string()
    };
    let etag = edit(&office.checker, &etag, "4");
    edit(&office.maker, &etag, "3");
    office.tested(&url);
    refused(&office.checker);
    refused(&office.maker);
    // Nor does who wrote the cases that are to prove it.
    let third = Client::with_role(db, "third", "CITY_OFFICER", None, None);
    let cases = office.maker.get(&format!("{url}/test-cases")).json()["items"].clone();
    let mut case = cases[0]["case"].clone();
    case["id"] = "rd/another".into();
    office.add(&third, &url, &json!([case]));
    office.tested(&url);
    refused(&third);
    let fourth = Client::with_role(db, "fourth", "CITY_OFFICER", None, None);
    let removed = fourth.send(
        "DELETE",
        &format!("{url}/test-cases/rd%2Fanother"),
        &[],
        None,
    );
    assert_eq!(removed.status, 200, "{}", removed.text());
    office.tested(&url);
    refused(&fourth);
    // Whoever holds the machine is no person.
    let operator = sanku::app::documents::approve(
        &db.app,
        &Caller::operator(),
        &sanku::app::rules::document("CITY_RULE").expect("a code"),
        1,
        &sanku::app::documents::Seen {
            version: sanku::app::expected::Expected::NotGiven,
            day: None,
        },
        None,
    );
    assert_eq!(
        operator.unwrap_err().code(),
        "rule_version.approval_by_person"
    );
    // The database says the same to whoever goes past the program.
    for by in ["created_by", "edited_by"] {
        let sql = format!(
            "UPDATE document_drafts SET state = 'APPROVED', approved_by = {by} WHERE superseded_at IS NULL"
        );
        let written = by_sql(db, sql);
        assert!(
            matches!(written, Err(StoreError::Conflict(_) | StoreError::Db(_))),
            "{written:?}"
        );
    }
    let nobody =
        "UPDATE document_drafts SET state = 'APPROVED' WHERE superseded_at IS NULL".to_string();
    assert!(matches!(by_sql(db, nobody), Err(StoreError::Conflict(_))));
    let fifth = Client::with_role(db, "fifth", "CITY_OFFICER", None, None);
    assert_eq!(fifth.post(&approvals, json!({})).status, 201);
});

on_both_engines!(
    a_draft_is_changed_by_its_tag_and_a_request_done_once,
    |db| {
        let office = Office::of(db);
        let url = office.draft(&document("3")).header("location").to_string();
        let body = json!({ "document": document("4") });
        assert_eq!(office.maker.put(&url, body.clone()).status, 428);
        assert_eq!(
            office
                .maker
                .change("PUT", &url, "\"v1\"", body.clone())
                .status,
            412
        );
        let etag = office.maker.get(&url).header("etag").to_string();
        let changed = office.maker.change("PUT", &url, &etag, body.clone());
        assert_eq!(
            (changed.status, &changed.json()["document"]),
            (200, &document("4"))
        );
        assert_ne!(changed.header("etag"), etag);
        assert_eq!(
            office.maker.change("PUT", &url, &etag, body.clone()).status,
            412,
            "stale"
        );
        let known = office.maker.send(
            "GET",
            &url,
            &[("if-none-match", changed.header("etag"))],
            None,
        );
        assert_eq!(known.status, 304);
        // Approval by the tag that was seen.
        office.complete(&url);
        office.tested(&url);
        let approvals = format!("{url}/approvals");
        assert_eq!(
            office
                .checker
                .change("POST", &approvals, &etag, json!({}))
                .status,
            412
        );
        assert_eq!(
            office
                .checker
                .change("POST", &approvals, changed.header("etag"), json!({}))
                .status,
            201
        );
        // An edit voids the approval.
        let etag = office.maker.get(&url).header("etag").to_string();
        let edited = office
            .maker
            .change("PUT", &url, &etag, json!({ "document": document("3") }));
        assert_eq!(edited.json()["state"], "DRAFT");
        assert_eq!(edited.json()["making"]["approved_by"], Value::Null);

        let key = [("idempotency-key", "k1")];
        let versions = "/v1/rule-sets/CITY_RULE/versions";
        let once = office.maker.send("POST", versions, &key, Some(&body));
        let again = office.maker.send("POST", versions, &key, Some(&body));
        assert_eq!((once.status, again.status), (201, 201));
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(once.json()["version"], again.json()["version"]);
        let other = office.maker.send(
            "POST",
            versions,
            &key,
            Some(&json!({ "document": document("5") })),
        );
        assert_eq!(other.code(), "idempotency.key_reused");
        // A number is given once, also that of a draft which was taken out.
        let withdrawn = office.maker.post(
            &format!("{versions}/2/withdrawals"),
            json!({ "reason": "重复" }),
        );
        assert_eq!(
            (withdrawn.status, &withdrawn.json()["state"]),
            (201, &json!("WITHDRAWN"))
        );
        assert_eq!(office.draft(&document("5")).json()["version"], 3);
    }
);

/// A change that goes past the use cases.
fn by_sql(db: &TestDb, sql: String) -> Result<(), StoreError> {
    use sanku::domain::ledger::Origin;
    use sanku::store::{Changed, Stamp};
    let write = move |tx: &mut sanku::store::Tx<'_>| {
        diesel::sql_query(sql).execute(tx.conn)?;
        Ok::<_, StoreError>(Changed::new((), tx.tell(crate::harness::event(1))?))
    };
    db.app
        .store
        .write(&Stamp::of(Origin::system("u1")), write)
        .map(|_| ())
}
