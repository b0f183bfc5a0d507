//! The shared collection of bad inputs, sent through HTTP: what is refused leaves no trace, what is accepted reads back
//! in its normal form, and nothing is a fault of ours.

mod files;
mod headers;
mod percents;
pub mod rows;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use sanku::domain::messages::{self, Lang};
use sanku::store::{StoreError, ledger};
use serde_json::{Value, json};

use crate::builders::{code, enterprise, faults};
use crate::client::{Answer, Client};
use crate::harness::TestDb;
use crate::on_both_engines;
use rows::{Row, rows};

/// Fields of the collection that this API does not have.
const NOT_HERE: &[(&str, &str)] = &[
    (
        "id_number",
        "no identity numbers are kept: the least data that does",
    ),
    (
        "website/webhook",
        "no addresses of others are kept or called",
    ),
];

const SLOWEST: Duration = Duration::from_secs(2);

/// A register with one enterprise on it, and what went wrong so far.
struct Bench<'a> {
    db: &'a TestDb,
    city: Client,
    next: usize,
    wrong: Vec<String>,
    unused: BTreeSet<&'static str>,
}

impl<'a> Bench<'a> {
    fn set_up(db: &'a TestDb) -> Self {
        let city = Client::with_role(db, "city", "CITY_OFFICER", None, None);
        let made = city.post(
            "/v1/enterprises",
            enterprise(0, "虚构A科技有限公司", "330602"),
        );
        assert_eq!(made.status, 201, "{}", made.text());
        Bench {
            db,
            city,
            next: 1,
            wrong: Vec::new(),
            unused: BTreeSet::new(),
        }
    }

    fn url(&self) -> String {
        format!("/v1/enterprises/{}", code(0))
    }

    fn size(&self) -> i64 {
        let head = self
            .db
            .app
            .store
            .read::<_, StoreError, _>(ledger::tree_head);
        head.expect("read").size
    }

    fn fault(&mut self, row: &Row, what: &str, answer: &Answer) {
        let text: String = answer.text().chars().take(300).collect();
        self.wrong
            .push(format!("{}: {what}: {} {text}", row.id, answer.status));
    }

    /// Sends a row whose value stands at a pointer of the body: it and nothing else may be the fault.
    fn judge_at(
        &mut self,
        row: &Row,
        pointer: &str,
        send: impl FnOnce(&Client) -> Answer,
    ) -> Option<Answer> {
        let mut elsewhere = None;
        let accepted = self.judge(row, |city| {
            let answer = send(city);
            if answer.status == 422 && faults(&answer).iter().any(|(at, _)| at != pointer) {
                elsewhere = Some(answer.text());
            }
            answer
        });
        if let Some(text) = elsewhere {
            self.wrong
                .push(format!("{}: refused elsewhere: {text}", row.id));
        }
        accepted
    }

    /// Sends a row and judges its answer; the answer is given back if the row was to be accepted and was.
    fn judge(&mut self, row: &Row, send: impl FnOnce(&Client) -> Answer) -> Option<Answer> {
        let (before, began) = (self.size(), Instant::now());
        let answer = send(&self.city);
        if began.elapsed() > SLOWEST {
            self.fault(row, "too slow", &answer);
        }
        if row.accepted.is_some() {
            if (200..300).contains(&answer.status) {
                return Some(answer);
            }
            self.fault(row, "refused", &answer);
            return None;
        }
        // Any other refusal would not be about the value.
        if ![400, 404, 413, 422].contains(&answer.status) {
            self.fault(row, "not refused for its value", &answer);
            return None;
        }
        let code = answer.code();
        if !messages::has(&code) || messages::text(&code, Lang::En, &Vec::new()).is_empty() {
            self.fault(row, "a code without words", &answer);
        }
        if echoes(&answer, row) {
            self.fault(row, "the value is echoed", &answer);
        }
        if self.size() != before {
            self.fault(row, "something was stored", &answer);
        }
        None
    }

    /// A field of a new enterprise: what is accepted reads back, and sending that changes nothing.
    fn field(&mut self, row: &Row, pointer: &str) {
        let mut body = enterprise(self.next, "虚构示例科技有限公司", "330602");
        self.next += 1;
        *body.pointer_mut(pointer).expect("the field") = row.text().into();
        let Some(made) = self.judge_at(row, pointer, |city| city.post("/v1/enterprises", body))
        else {
            return;
        };
        let url = made.header("location").to_string();
        let read = self.city.get(&url);
        // A contact stands masked in the record.
        let back = match pointer.strip_prefix("/contact") {
            Some(part) => {
                let full = self.city.get(&format!("{url}/contact")).json();
                full.pointer(part).cloned()
            }
            None => read.json().pointer(pointer).cloned(),
        };
        if back.as_ref().and_then(Value::as_str) != row.accepted.as_deref() {
            self.fault(row, "reads back otherwise", &read);
        }
        let patch = match pointer.strip_prefix("/contact/") {
            Some(name) => json!({"contact": {name: row.accepted}}),
            None => json!({&pointer[1..]: row.accepted}),
        };
        let again = self.city.change("PATCH", &url, read.header("etag"), patch);
        if (again.status, again.header("etag")) != (200, read.header("etag")) {
            self.fault(row, "its normal form changes something", &again);
        }
    }

    fn uscc(&mut self, row: &Row) {
        let mut body = enterprise(0, "虚构示例科技有限公司", "330602");
        body["uscc"] = row.text().into();
        let taken = row
            .accepted
            .as_ref()
            .is_some_and(|code| self.city.get(&format!("/v1/enterprises/{code}")).status == 200);
        if taken {
            // Another row had the same normal form: this one has to be known as the same code.
            let again = self.city.post("/v1/enterprises", body);
            if again.code() != "enterprise.uscc.taken" {
                self.fault(row, "not folded", &again);
            }
            return;
        }
        let Some(made) = self.judge_at(row, "/uscc", |city| city.post("/v1/enterprises", body))
        else {
            return;
        };
        if made.json()["uscc"].as_str() != row.accepted.as_deref() {
            self.fault(row, "reads back otherwise", &made);
        }
    }

    /// The whole body of a statement about a year; `value` stands for the facts.
    fn statement(&mut self, row: &Row, at: &str, facts: &str) {
        let url = format!("{}/annual-facts/2025", self.url());
        let body = format!("{{\"facts\":{facts},\"evidence\":\"DOCUMENTED\",\"source\":\"年报\"}}");
        let send = |city: &Client| {
            let headers = [("content-type", "application/json"), ("if-match", "*")];
            let headers = if city.get(&url).status == 404 {
                &headers[..1]
            } else {
                &headers[..]
            };
            city.send_raw("PUT", &url, headers, body.clone().into_bytes())
        };
        let Some(put) = self.judge_at(row, at, send) else {
            return;
        };
        let read = self.city.get(&url);
        if read.json()["facts"]["sales"].as_str() != row.accepted.as_deref() {
            self.fault(row, "reads back otherwise", &read);
        }
        let back =
            json!({"facts": {"sales": row.accepted}, "evidence": "DOCUMENTED", "source": "年报"});
        let again = self.city.change("PUT", &url, put.header("etag"), back);
        if (again.status, again.header("etag")) != (200, put.header("etag")) {
            self.fault(row, "its normal form changes something", &again);
        }
    }

    fn instant(&mut self, row: &Row) {
        let url = format!("{}/facts?known_at=", self.url());
        let ask = |text: &str| format!("{url}{}", encoded(text.as_bytes(), true));
        let Some(answer) = self.judge(row, |city| city.get(&ask(&row.text()))) else {
            return;
        };
        let instant = |text: &str| {
            text.parse::<chrono::DateTime<chrono::Utc>>()
                .expect("instant")
        };
        let shown = answer.json()["known_at"]
            .as_str()
            .unwrap_or_default()
            .to_string();
        let normal = row.accepted.as_deref().unwrap_or_default();
        if instant(&shown) != instant(normal) {
            self.fault(row, "reads back otherwise", &answer);
        }
        let again = self.city.get(&ask(&shown));
        if again.json() != answer.json() {
            self.fault(row, "its normal form asks for something else", &again);
        }
    }

    fn finish(self) {
        for field in self.unused {
            let (_, why) = NOT_HERE
                .iter()
                .find(|(name, _)| *name == field)
                .expect("listed");
            eprintln!("not here: {field}: {why}");
        }
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
    }
}

/// Whether an answer repeats the value. Short values occur in any text, and a name may be pointed to.
fn echoes(answer: &Answer, row: &Row) -> bool {
    let value = String::from_utf8_lossy(&row.value);
    let value = value.trim();
    let text = answer.text();
    let escaped = Value::from(value).to_string();
    value.chars().count() >= 6 && (text.contains(value) || text.contains(escaped.trim_matches('"')))
}

/// As a client has to write it: what no URL may hold is percent-encoded, and with `all` whatever could be misread.
fn encoded(bytes: &[u8], all: bool) -> String {
    let plain = |byte: &u8| {
        let always = byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        always || (!all && b"%!$&'()*+,;=:@/?[]{}|\\^`".contains(byte))
    };
    let write = |byte: &u8| match plain(byte) {
        true => char::from(*byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    bytes.iter().map(write).collect()
}

on_both_engines!(fields_of_the_collection, |db| {
    let mut bench = Bench::set_up(db);
    for row in ["uscc", "name", "person", "contact", "date", "money"]
        .into_iter()
        .flat_map(rows)
    {
        match (row.field.as_str(), row.encoding.as_str()) {
            ("uscc", _) => bench.uscc(&row),
            ("enterprise.name", _) => bench.field(&row, "/name"),
            ("contact.name", _) => bench.field(&row, "/contact/name"),
            ("phone", _) => bench.field(&row, "/contact/phone"),
            ("email", _) => bench.field(&row, "/contact/email"),
            ("established_on", _) => bench.field(&row, "/registered_on"),
            ("effective_at", _) => bench.instant(&row),
            ("valid_from/valid_to", _) => {
                let mut body: Value = serde_json::from_str(&row.text()).expect("JSON");
                body["valid_through"] = body.as_object_mut().unwrap().remove("valid_to").unwrap();
                body["scheme"] = "NATIONAL_HNTE".into();
                body["number"] = "GR1".into();
                let url = format!("{}/certifications", bench.url());
                bench.judge(&row, |city| city.post(&url, body));
            }
            ("revenue", "raw-json") => {
                let facts = row.text().replace("\"revenue\"", "\"sales\"");
                bench.statement(&row, "/facts/sales", &facts);
            }
            ("revenue", _) => bench.statement(
                &row,
                "/facts/sales",
                &json!({"sales": row.text()}).to_string(),
            ),
            (field, _) => {
                let listed = NOT_HERE.iter().find(|(name, _)| *name == field);
                let (name, _) =
                    listed.unwrap_or_else(|| panic!("{}: no way to send {field}", row.id));
                bench.unused.insert(name);
            }
        }
    }
    bench.finish();
});

on_both_engines!(paths_and_queries_of_the_collection, |db| {
    let mut bench = Bench::set_up(db);
    for row in rows("path") {
        let url = format!("/v1/enterprises/{}", encoded(&row.value, false));
        bench.judge(&row, |city| city.get(&url));
    }
    for row in rows("query") {
        let ask = |query: &str| {
            let query = query.replace("size=", "limit=");
            format!("/v1/enterprises?{}", encoded(query.as_bytes(), false))
        };
        let Some(answer) = bench.judge(&row, |city| city.get(&ask(&row.text()))) else {
            continue;
        };
        let normal = bench
            .city
            .get(&ask(row.accepted.as_deref().unwrap_or_default()));
        let found = answer.json()["items"].as_array().map(Vec::len);
        if found != Some(1) || answer.json() != normal.json() {
            bench.fault(&row, "reads otherwise", &answer);
        }
    }
    bench.finish();
});

on_both_engines!(bodies_of_the_collection, |db| {
    // What else a new enterprise needs, so that the fault of the row is the only one.
    const REST: &str =
        r#""district_code":"330602","registered_on":"2018-03-01","industry_code":"C1713","#;
    let mut bench = Bench::set_up(db);
    let json = [("content-type", "application/json")];
    for row in rows("json") {
        let text = String::from_utf8(row.value.clone());
        if let Ok(text) = &text
            && text.contains("\"employees\"")
        {
            bench.statement(
                &row,
                "/facts/staff_total",
                &text.replace("\"employees\"", "\"staff_total\""),
            );
            continue;
        }
        let body = match text {
            Ok(text) if text.contains("\"uscc\"") => {
                text.replacen('{', &format!("{{{REST}"), 1).into_bytes()
            }
            _ => row.value.clone(),
        };
        let send = |city: &Client| city.send_raw("POST", "/v1/enterprises", &json, body);
        if let Some(made) = bench.judge(&row, send) {
            let read = bench.city.get(made.header("location"));
            if read.json()["name"].as_str() != row.accepted.as_deref() {
                bench.fault(&row, "reads back otherwise", &read);
            }
        }
    }
    bench.finish();
});
