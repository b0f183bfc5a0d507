//! What a rule-set document says of itself, without reading the whole: for lists, and for the order in which documents are
//! read.

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::dated;
use super::read_set::embedded_names;
use crate::date;

/// `CODE@date`, or the bare code.
pub fn name(document: &Json) -> String {
    let text = |key: &str| document[key].as_str().unwrap_or_default();
    match document["named_without_date"].as_bool() {
        Some(true) => text("code").to_owned(),
        _ => format!("{}@{}", text("code"), text("effective_from")),
    }
}

/// The names of the rule sets it may embed.
pub fn embedded(document: &Json) -> Vec<&str> {
    let mut names = Vec::new();
    embedded_names(document, &mut names);
    names
}

pub fn effective_from(document: &Json) -> Option<NaiveDate> {
    date::parse(document["effective_from"].as_str()?).ok()
}

/// The Chinese and the English title as they read on a day.
pub fn titles(document: &Json, day: NaiveDate) -> (String, String) {
    let on = |key: &str| {
        let title = &document[key];
        if !dated::is_dated(title) {
            return title.as_str();
        }
        let steps = dated::steps(title);
        let day = day.to_string();
        let begun = steps.iter().rfind(|(from, _)| *from <= day.as_str());
        begun
            .or(steps.first())
            .and_then(|(_, title)| title.as_str())
    };
    let title = on("title").unwrap_or_default();
    (title.to_owned(), on("title_en").unwrap_or(title).to_owned())
}

/// The same document as version `number`: what publication sets, and nothing else.
pub fn numbered(document: &Json, number: i64) -> Json {
    let mut document = document.clone();
    document["version"] = number.into();
    document
}
