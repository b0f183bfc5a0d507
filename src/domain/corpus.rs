//! The shared collection of bad inputs, for the tests of each primitive.

#[path = "../../tests/common/shared.rs"]
mod beside;
#[path = "../../tests/common/repeated.rs"]
mod repeated;

use repeated::repeated;
use serde_json::Value;

/// The text of a file of the shared folder.
pub fn shared(path: &str) -> Option<String> {
    let file = beside::shared(path)?;
    Some(std::fs::read_to_string(file).expect("a shared file"))
}

/// One row of the corpus, its value built.
pub struct Row {
    pub id: String,
    pub field: String,
    pub value: String,
    pub accepted: Option<String>,
}

/// The rows of one category whose value is a plain text (`literal` or `repeat`).
pub fn rows(category: &str) -> Vec<Row> {
    let Some(text) = shared("corpus/bad-inputs.json") else {
        return Vec::new();
    };
    let all: Vec<Value> = serde_json::from_str(&text).expect("bad-inputs.json");
    let found: Vec<Row> = all
        .iter()
        .filter(|row| row["category"] == category)
        .filter_map(row)
        .collect();
    assert!(!found.is_empty(), "no rows of category {category}");
    found
}

/// Runs `parse` (field, value) over a category: what must be accepted reads as its normal form, and that form
/// reads as itself; the rest is refused. Every row that goes wrong is listed.
pub fn check(category: &str, parse: impl Fn(&str, &str) -> Result<String, &'static str>) {
    let mut wrong = Vec::new();
    for row in rows(category) {
        let got = parse(&row.field, &row.value);
        let right = match (&row.accepted, &got) {
            (Some(normal), Ok(read)) => {
                normal == read && parse(&row.field, read).as_ref() == Ok(normal)
            }
            (None, Err(code)) => super::messages::has(code),
            _ => false,
        };
        if !right {
            wrong.push(format!("{}: {got:?} instead of {:?}", row.id, row.accepted));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The whole bodies (`raw-json`) of one field.
pub fn raw_rows(category: &str, field: &str) -> Vec<String> {
    let Some(text) = shared("corpus/bad-inputs.json") else {
        return Vec::new();
    };
    let all: Vec<Value> = serde_json::from_str(&text).expect("bad-inputs.json");
    all.iter()
        .filter(|row| row["category"] == category && row["field"] == field)
        .filter(|row| row["encoding"] == "raw-json")
        .filter_map(|row| row["value"].as_str().map(str::to_owned))
        .collect()
}

fn row(row: &Value) -> Option<Row> {
    let value = match row["encoding"].as_str()? {
        "literal" => row["value"].as_str()?.to_owned(),
        "repeat" => repeated(row["value"].as_str()?),
        _ => return None,
    };
    let accepted = row["expect"].as_str()?.starts_with("accept").then(|| {
        let normal = row["normalised"].as_str().unwrap_or_default();
        match row["encoding"].as_str() {
            Some("repeat") => repeated(normal),
            _ => normal.to_owned(),
        }
    });
    Some(Row {
        id: row["id"].as_str()?.to_owned(),
        field: row["field"].as_str()?.to_owned(),
        value,
        accepted,
    })
}
