//! Rows of bad inputs: the shared collection where it is at hand, and our own.

use std::path::Path;

use serde_json::Value;

pub struct Row {
    pub id: String,
    pub field: String,
    pub encoding: String,
    pub value: Vec<u8>,
    /// The normal form, if it is to be accepted.
    pub accepted: Option<String>,
}

impl Row {
    pub fn text(&self) -> String {
        String::from_utf8(self.value.clone()).expect("text")
    }
}

/// The rows of one category, ours and the shared ones.
pub fn rows(category: &str) -> Vec<Row> {
    let ours: Vec<Value> = serde_json::from_str(include_str!("inputs.json")).expect("our rows");
    let all = ours.into_iter().chain(shared());
    let rows: Vec<Row> = all
        .filter(|it| it["category"] == category)
        .map(|it| row(&it))
        .collect();
    rows
}

/// None where the collection is not there, as beside a clone of the project alone; on the way to main it has to be.
fn shared() -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/bad-inputs.json");
    match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).expect("bad-inputs.json"),
        Err(_) => {
            assert!(
                std::env::var_os("CI").is_none(),
                "the shared collection is not there"
            );
            eprintln!("skipped: the shared collection of bad inputs is not there");
            Vec::new()
        }
    }
}

fn row(row: &Value) -> Row {
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_string();
    let built = |value: String| match row["encoding"].as_str() {
        Some("repeat") => repeated(&value).into_bytes(),
        Some("base64") => unbase64(&value),
        _ => value.into_bytes(),
    };
    let accepted = text("expect").starts_with("accept");
    Row {
        id: text("id"),
        field: text("field"),
        encoding: text("encoding"),
        value: built(text("value")),
        // Of a file it is told in words.
        accepted: accepted.then(|| match row["encoding"].as_str() {
            Some("repeat") => repeated(&text("normalised")),
            _ => text("normalised"),
        }),
    }
}

fn repeated(spec: &str) -> String {
    let spec: Value = serde_json::from_str(spec).expect("repeat");
    let part = |name: &str| spec[name].as_str().unwrap_or_default().to_string();
    let times = spec["times"].as_u64().expect("times") as usize;
    part("prefix") + &part("unit").repeat(times) + &part("suffix")
}

fn unbase64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for digit in text.bytes().filter(|byte| *byte != b'=') {
        let value = DIGITS
            .iter()
            .position(|known| *known == digit)
            .expect("base64");
        bits = (bits << 6) | value as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}
