//! Rows of bad inputs: the shared collection where it is at hand, and our own.

#[path = "../../common/shared.rs"]
mod beside;
#[path = "../../common/repeated.rs"]
mod repeated;

use repeated::repeated;
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

fn shared() -> Vec<Value> {
    let file = beside::shared("corpus/bad-inputs.json");
    file.map_or_else(Vec::new, |file| {
        let text = std::fs::read_to_string(file).expect("bad-inputs.json");
        serde_json::from_str(&text).expect("bad-inputs.json")
    })
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
