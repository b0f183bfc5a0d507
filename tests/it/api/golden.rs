//! The golden cases of the pool rules, put on the register and asked for as a client would.

use serde_json::{Map, Value, json};

use crate::builders::{Staff, code};
use crate::client::Client;
use crate::firms::ready;
use crate::on_both_engines;

const CASES: &str = include_str!("../../rules/pools.json");

on_both_engines!(golden_cases_hold_through_the_register, |db| {
    ready(db);
    let staff = Staff::of(db);
    let file: Value = serde_json::from_str(CASES).expect("cases");
    let mut held = 0;
    for (n, case) in file["cases"].as_array().expect("a list").iter().enumerate() {
        let mut whole = file["base"].clone();
        merge(&mut whole, case);
        let Some(url) = registered(&staff.city, n, &whole) else {
            continue;
        };
        let asked = format!(
            "{url}/eligibility?as_of={}",
            whole["as_of"].as_str().unwrap()
        );
        let found = staff.city.get(&asked).json();
        for part in ["outcome", "pool", "undecided"] {
            assert_eq!(
                found[part], case["expected"]["POOLS"][part],
                "{} {part}",
                case["id"]
            );
        }
        held += 1;
    }
    assert!(held >= 60, "only {held} cases could be put on the register");
});

/// `None` where the register does not take it: seated elsewhere, or with figures that cannot be.
fn registered(client: &Client, n: usize, case: &Value) -> Option<String> {
    let enterprise = &case["enterprise"];
    let mut body = json!({
        "uscc": code(n),
        "name": format!("虚构越城第{n}科技有限公司"),
        "district_code": enterprise["district_code"],
        "registered_on": enterprise["registered_on"],
        "industry_code": "C1713",
    });
    if let Some(status) = enterprise.get("legal_status") {
        body["legal_status"] = status.clone();
    }
    let made = client.post("/v1/enterprises", body);
    if made.status != 201 {
        return None;
    }
    let url = made.header("location").to_string();
    for (year, facts) in case["years"].as_object().unwrap_or(&Map::new()) {
        let put = client.put(&format!("{url}/annual-facts/{year}"), stated(facts));
        if put.status != 200 {
            return None;
        }
    }
    let mut dated = stated(&case["facts"]);
    dated["effective_from"] = "2020-01-01".into();
    if client.put(&format!("{url}/facts"), dated).status != 200 {
        return None;
    }
    for (n, title) in case["certifications"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let mut body = title.clone();
        body["number"] = format!("测试{n}号").into();
        let put = client.post(&format!("{url}/certifications"), body);
        if put.status != 201 {
            return None;
        }
    }
    Some(url)
}

fn stated(facts: &Value) -> Value {
    json!({"facts": facts, "evidence": "AUDITED", "source": "测试"})
}

fn merge(target: &mut Value, patch: &Value) {
    let (Some(into), Some(from)) = (target.as_object_mut(), patch.as_object()) else {
        *target = patch.clone();
        return;
    };
    for (key, value) in from {
        match value {
            Value::Null => {
                into.remove(key);
            }
            _ => merge(into.entry(key).or_insert(Value::Null), value),
        }
    }
}
