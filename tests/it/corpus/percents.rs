//! Percentages, as a parameter of rules that somebody tries out.

use std::time::{Duration, Instant};

use sanku::app::caller::Caller;
use sanku::app::rules;
use serde_json::json;

use super::{Bench, rows};
use crate::on_both_engines;

on_both_engines!(percents_of_the_collection, |db| {
    rules::publish_shipped(&db.app, &Caller::operator()).expect("the shipped rule sets");
    let mut bench = Bench::set_up(db);
    for row in rows("percent") {
        // A share and a rate of growth.
        let parameter = match row.field.as_str() {
            "growth_pct" => "a_growth/at_least",
            _ => "a_staff/at_least",
        };
        let rule_set = match row.field.as_str() {
            "growth_pct" => "POOLS_LIFECYCLE",
            _ => "POOLS",
        };
        let body = json!({"rule_set": rule_set, "parameters": {parameter: row.text()}});
        let Some(begun) = bench.judge(&row, |city| city.post("/v1/simulations", body)) else {
            continue;
        };
        // Only so many may run at once: this one first.
        let (url, began) = (begun.header("location").to_string(), Instant::now());
        while bench.city.get(&url).json()["state"] == "RUNNING" {
            assert!(began.elapsed() < Duration::from_secs(30), "{}", row.id);
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    bench.finish();
});
