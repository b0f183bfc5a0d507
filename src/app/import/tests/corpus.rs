//! The shared collection of bad files.

use serde_json::Value;

#[path = "../../../../tests/common/shared.rs"]
mod beside;
#[path = "../../../../tests/common/repeated.rs"]
mod repeated;

use super::*;
use beside::shared;
use repeated::repeated;

/// The preset of five columns: a district and an industry for the table come with the import.
fn preset() -> ReadOptions {
    ReadOptions {
        district_code: Some("330602"),
        industry_code: Some("C1713"),
        ..options()
    }
}

fn base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for c in text.bytes().filter(|c| *c != b'=') {
        let six = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}

fn files(category: &str) -> Vec<(String, Vec<u8>, bool)> {
    let Some(inputs) = shared("corpus/bad-inputs.json") else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(inputs).unwrap();
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    all.iter()
        .filter(|row| row["category"] == category)
        .filter_map(|row| {
            let value = row["value"].as_str()?;
            let bytes = match row["encoding"].as_str()? {
                "base64" => base64(value),
                "repeat" => repeated(value).into_bytes(),
                _ => return None,
            };
            let accepted = row["expect"].as_str()?.starts_with("accept");
            Some((row["id"].as_str()?.to_owned(), bytes, accepted))
        })
        .collect()
}

#[test]
fn the_corpus_of_csv_files() {
    let mut wrong = Vec::new();
    for (id, bytes, accepted) in files("csv") {
        let reading = read_with(&[file("corpus.csv", bytes)], &preset(), &[]);
        let rows = reading.register.enterprises.len();
        let right = if accepted {
            reading.problems.is_empty() && rows == 1
        } else {
            !reading.problems.is_empty()
        };
        if !right {
            wrong.push(format!("{id}: {:?}", told(&reading)));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The 5 columns of the corpus: an amount of 1,000 万元 for the year that ended last; the ratio is not kept.
#[test]
fn the_preset_of_five_columns() {
    let table = "统一社会信用代码,企业名称,成立日期,营业收入,研发占比\n\
         91330602MAFF89BB62,绍兴示例(集团)有限公司,2015/6/30,\"1,000.00\",3%\n";
    let reading = read_with(&[file("a.csv", table)], &preset(), &[]);
    assert!(reading.problems.is_empty());
    let figures = &reading.register.figures[0];
    assert_eq!((figures.year, figures.facts[0].1), (2025, 1_000_000_000));
    assert_eq!(reading.notes[0].code, "import.note.not_kept");
}

#[test]
fn the_register_as_staff_hand_it_over() {
    let Some(path) = shared("data/register/register.xlsx") else {
        return;
    };
    let bytes = std::fs::read(path).unwrap();
    let reading = read_with(&[file("register.xlsx", bytes)], &options(), &[]);
    assert!(
        reading.problems.is_empty(),
        "{:?}",
        reading.problems.list.first()
    );
    let register = &reading.register;
    let counts = (
        register.enterprises.len(),
        register.figures.len(),
        register.certifications.len(),
    );
    assert_eq!(
        reading
            .sources
            .iter()
            .map(|s| s.rows as usize)
            .sum::<usize>(),
        counts.0 + counts.1 + counts.2
    );
    assert!(
        counts.0 > 1_000 && counts.1 > 2 * counts.0 && counts.2 > 100,
        "{counts:?}"
    );
    assert!(register.enterprises.iter().all(|row| row.facts.len() == 13));
}
