//! What reads foreign text, fed with text that nobody would write: it answers, never panics, and what it takes reads as itself.
//!
//! A few hundred inputs by default; `SANKU_FUZZ_SECONDS=60 cargo test --test fuzz` goes on for so long with each target.
#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::cell::Cell;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sanku::app::import::{self, InputFile, ReadOptions};
use sanku::domain::date;
use sanku::domain::money::Money;
use sanku::domain::uscc::Uscc;
use sanku::http::json::{self, JsonFault};
use serde::Deserialize;

/// Runs a property on inputs until the time is up, once if none is given.
fn fuzz<S: Strategy>(
    name: &str,
    inputs: &S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let seconds = std::env::var("SANKU_FUZZ_SECONDS").ok();
    let lasting = Duration::from_secs(seconds.map_or(0, |it| it.parse().expect("seconds")));
    let (began, count) = (Instant::now(), Cell::new(0u64));
    loop {
        let config = Config {
            cases: 512,
            failure_persistence: None,
            ..Config::default()
        };
        let counted = |input| {
            count.set(count.get() + 1);
            property(input)
        };
        if let Err(error) = TestRunner::new(config).run(inputs, counted) {
            panic!("{name}: {error}");
        }
        if began.elapsed() >= lasting {
            eprintln!("{name}: {} inputs in {:?}", count.get(), began.elapsed());
            return;
        }
    }
}

/// Text of any kind, and text that is nearly right.
fn text(nearly: &'static str) -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,40}", any::<String>(), nearly]
}

#[test]
fn uscc() {
    fuzz(
        "uscc",
        &text("[ ]{0,1}[1-9ANY９][0-9A-Z]{1}[0-9]{6}[0-9A-Zａ-ｚ]{8,11}"),
        |raw| {
            if let Ok(code) = Uscc::parse(&raw) {
                prop_assert_eq!(Uscc::parse(code.as_str()), Ok(code));
            }
            let _ = Uscc::parse_with_override(&raw, Some(&raw));
            let _ = Uscc::from_body(&raw);
            Ok(())
        },
    );
}

#[test]
fn money() {
    fuzz("money", &text("-?[0-9]{0,17}([.][0-9]{0,3})?"), |raw| {
        if let Ok(amount) = Money::parse_signed(&raw) {
            prop_assert_eq!(Money::parse_signed(&amount.to_string()).ok(), Some(amount));
        }
        let _ = (Money::parse(&raw), Money::parse_wan(&raw, true));
        Ok(())
    });
}

#[test]
fn dates() {
    fuzz("date", &text("[0-9]{3,5}-[0-9]{1,2}-[0-9]{1,2}"), |raw| {
        if let Ok(day) = date::parse(&raw) {
            prop_assert_eq!(date::parse(&day.to_string()).ok(), Some(day));
            prop_assert_eq!(day.to_string(), raw.trim());
        }
        Ok(())
    });
}

/// A body as the operations take it: nested, with lists, numbers and what may be missing.
#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Body {
    name: String,
    count: Option<i64>,
    #[serde(default)]
    facts: std::collections::BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    list: Vec<Body>,
}

#[test]
fn json_bodies() {
    let leaf = prop_oneof![
        Just("null".to_string()),
        any::<f64>().prop_map(|it| it.to_string()),
        any::<i64>().prop_map(|it| it.to_string()),
        any::<String>().prop_map(|it| serde_json::to_string(&it).expect("text")),
        "[\\[\\]{}\",:0-9eE.+-]{0,12}",
    ];
    let nested = leaf.prop_recursive(6, 64, 6, |inner| {
        let name = prop_oneof!["name|count|facts|list|nmae", any::<String>()];
        let member = (name, inner.clone()).prop_map(|(name, value)| {
            format!("{}:{value}", serde_json::to_string(&name).expect("text"))
        });
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(|it| format!("[{}]", it.join(","))),
            prop::collection::vec(member, 0..6).prop_map(|it| format!("{{{}}}", it.join(","))),
        ]
    });
    let bytes = prop_oneof![
        nested.prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..200),
    ];
    fuzz("json", &bytes, |body| {
        match json::read::<Body>(&body) {
            // What our reader takes is JSON to any other.
            Ok(_) => prop_assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok()),
            Err(JsonFault::Fields(errors)) => {
                prop_assert!(!errors.is_empty() && errors.len() <= 20);
                let unseen = |text: &str| text.chars().any(|c| c.is_control() || c == '\u{202e}');
                prop_assert!(!errors.iter().any(|it| unseen(&it.pointer)));
            }
            Err(JsonFault::Unreadable { .. }) => {}
        }
        Ok(())
    });
}

#[test]
fn csv_rows() {
    const HEAD: &str =
        "统一社会信用代码,企业名称,所属区县,成立日期,行业代码,销售收入,联系人,联系电话\n";
    let cell = || prop_oneof!["\\PC{0,12}", any::<String>(), "[\"',;\t\r\n=+@0-9.-]{0,8}"];
    let good = Just(
        "91330602MAFF89BB62,绍兴示例有限公司,越城区,2015-06-30,1713,12.5,王芳,13800138000"
            .to_string(),
    );
    let odd = prop::collection::vec(cell(), 0..10).prop_map(|cells| cells.join(","));
    let rows = prop::collection::vec(prop_oneof![good, odd], 0..4);
    let table = rows.prop_map(|rows| format!("{HEAD}{}\n", rows.join("\n")).into_bytes());
    let files = prop_oneof![table, prop::collection::vec(any::<u8>(), 0..300)];
    let today = "2026-06-15".parse().expect("a day");
    fuzz("csv", &files, |bytes| {
        let file = InputFile {
            name: "a.csv".into(),
            bytes,
        };
        let options = ReadOptions::new(today);
        let reading = import::read::<Infallible>(&[file], &options, |_| Ok(Default::default()));
        let reading = reading.expect("infallible");
        // Every row is taken or told of.
        let taken = reading.register.enterprises.len();
        prop_assert!(taken > 0 || !reading.problems.is_empty() || !reading.notes.is_empty());
        Ok(())
    });
}
