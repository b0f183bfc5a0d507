//! A value that the collection of bad inputs tells as a repetition.

use serde_json::Value;

/// `{"prefix", "unit", "times", "suffix"}`, written out.
#[allow(clippy::expect_used)]
pub fn repeated(spec: &str) -> String {
    let spec: Value = serde_json::from_str(spec).expect("repeat");
    let part = |name: &str| spec[name].as_str().unwrap_or_default().to_owned();
    let times = usize::try_from(spec["times"].as_u64().expect("times")).expect("times");
    part("prefix") + &part("unit").repeat(times) + &part("suffix")
}
