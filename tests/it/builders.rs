//! What tests put on the register.

use chrono::Duration;
use sanku::domain::uscc::Uscc;
use serde_json::{Value, json};

use crate::client::{Answer, Client, PASSWORD};
use crate::harness::TestDb;

/// A valid code for each number.
pub fn code(n: usize) -> String {
    Uscc::from_body(&format!("91330602MA{n:06}"))
        .expect("code")
        .to_string()
}

/// The body of a new enterprise.
pub fn enterprise(n: usize, name: &str, district: &str) -> Value {
    json!({
        "uscc": code(n),
        "name": name,
        "district_code": district,
        "park": "镜湖新区",
        "registered_on": "2018-03-01",
        "industry_code": "C1713",
        "contact": {"name": "王芳", "phone": "13800138000", "email": "wang.fang@example.cn"},
    })
}

/// Puts an enterprise on the register and gives its URL.
pub fn registered(client: &Client, n: usize, name: &str, district: &str) -> String {
    let made = client.post("/v1/enterprises", enterprise(n, name, district));
    assert_eq!(made.status, 201, "{}", made.text());
    made.header("location").to_string()
}

/// The accounts of a test: one for each role that has to do with the register.
pub struct Staff {
    pub city: Client,
    /// Of Yuecheng, 330602.
    pub district: Client,
    pub auditor: Client,
}

impl Staff {
    pub fn of(db: &TestDb) -> Staff {
        Staff {
            city: Client::with_role(db, "city", "CITY_OFFICER", None, None),
            district: Client::with_role(db, "district", "DISTRICT_OFFICER", Some("330602"), None),
            auditor: Client::with_role(db, "auditor", "AUDITOR", None, None),
        }
    }

    /// Time passes, and tokens with it: all log in again.
    pub fn later(&self, db: &TestDb, by: Duration) {
        db.clock.advance(by);
        for (client, name) in [
            (&self.city, "city"),
            (&self.district, "district"),
            (&self.auditor, "auditor"),
        ] {
            client.log_in(name, PASSWORD);
        }
    }
}

/// Pointers and codes of a refusal.
pub fn faults(answer: &Answer) -> Vec<(String, String)> {
    let body = answer.json();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    errors
        .iter()
        .map(|error| (text(&error["pointer"]), text(&error["code"])))
        .collect()
}

/// `faults` as literals compare with it.
pub fn told<const N: usize>(faults: [(&str, &str); N]) -> Vec<(String, String)> {
    faults
        .map(|(pointer, code)| (pointer.to_string(), code.to_string()))
        .to_vec()
}

/// The operation when it has ended. The polls leave the counted ids alone.
pub fn finished(client: &Client, url: &str) -> Value {
    let began = std::time::Instant::now();
    loop {
        let answer = client.send("GET", url, &[("x-request-id", "poll")], None);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let operation = answer.json();
        if operation["state"] != "RUNNING" {
            return operation;
        }
        assert!(began.elapsed().as_secs() < 60, "{operation}");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Hashes change with every word of a rule set; a snapshot is about the rest.
pub fn masked(mut body: Value) -> Value {
    mask(&mut body);
    body
}

fn mask(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("sha256:") => *text = "sha256:…".into(),
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(members) => members.values_mut().for_each(mask),
        _ => {}
    }
}
