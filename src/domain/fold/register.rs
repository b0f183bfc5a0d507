//! Enterprises with their states, figures, titles and contacts.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::row::{Row, instant, rename, row_of, set};
use super::rows::{EntryAt, Rows};
use crate::event::register::{
    CertificationState, EnterpriseAmended, EnterpriseRegistered, EnterpriseState, FactsStated,
};
use crate::facts::Evidence;
use crate::search_key;
use crate::statement::{About, NewStatement, Statement, facts_from_stored, standing};

pub(super) fn registered(rows: &mut Rows, place: EntryAt<'_>, body: EnterpriseRegistered) {
    let mut row = Row::new();
    set(&mut row, "id", body.enterprise_id.as_str());
    set(&mut row, "uscc", body.uscc);
    set(&mut row, "uscc_override_reason", body.uscc_override_reason);
    set(&mut row, "pool", Json::Null);
    set(&mut row, "created_at", instant(place.recorded_at));
    rows.put("enterprises", row);
    let from = body.state.registered_on.to_string();
    state(rows, place, &body.enterprise_id, &from, &body.state);
    stand(rows, place, &body.enterprise_id);
}

pub(super) fn amended(rows: &mut Rows, place: EntryAt<'_>, body: EnterpriseAmended) {
    let id = &body.enterprise_id;
    state(
        rows,
        place,
        id,
        &body.effective_from.to_string(),
        &body.state,
    );
    for it in &body.carried_on {
        state(rows, place, id, &it.effective_from.to_string(), &it.state);
    }
    stand(rows, place, id);
}

/// A state from a day on, and the contact that it names.
fn state(rows: &mut Rows, place: EntryAt<'_>, id: &str, from: &str, state: &EnterpriseState) {
    let mut row = row_of(state);
    set(&mut row, "enterprise_id", id);
    set(&mut row, "seq", place.seq);
    set(&mut row, "effective_from", from);
    set(&mut row, "recorded_at", instant(place.recorded_at));
    rows.put("enterprise_versions", row);
    let Some(commitment) = &state.contact_commitment else {
        return;
    };
    let kept = |row: &Row| row["subject_id"] == id && row["commitment"] == commitment.as_str();
    if rows.find("personal_values", kept).is_none() {
        let mut row = Row::new();
        set(&mut row, "subject_id", id);
        set(&mut row, "commitment", commitment.as_str());
        set(&mut row, "recorded_at", instant(place.recorded_at));
        rows.put("personal_values", row);
    }
}

/// The enterprise shows the state that holds today. None is recorded for a day to come, so that it is the one of the last
/// day, and of several for that day the one recorded last.
fn stand(rows: &mut Rows, place: EntryAt<'_>, id: &str) {
    let day = |row: &Row| {
        row["effective_from"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let states = rows
        .0
        .get("enterprise_versions")
        .into_iter()
        .flat_map(|it| it.values());
    let of_it = states.filter(|row| row["enterprise_id"] == id);
    let Some(last) = of_it
        .max_by_key(|row| (day(row), row["seq"].as_i64()))
        .cloned()
    else {
        return;
    };
    rows.change(
        "enterprises",
        |row| row["id"] == id,
        |row| {
            for (column, value) in &last {
                if !["enterprise_id", "effective_from", "recorded_at"].contains(&column.as_str()) {
                    set(row, column, value.clone());
                }
            }
            let name = last["name"].as_str().unwrap_or_default();
            set(row, "name_sort", search_key::sort_key(name));
            set(row, "seq", place.seq);
            set(row, "updated_at", instant(place.recorded_at));
        },
    );
}

pub(super) fn stated(rows: &mut Rows, place: EntryAt<'_>, body: FactsStated) {
    let mut row = Row::new();
    set(&mut row, "enterprise_id", body.enterprise_id);
    set(&mut row, "seq", place.seq);
    set(&mut row, "year", body.year);
    set(
        &mut row,
        "effective_from",
        body.effective_from.map(|day| day.to_string()),
    );
    set(&mut row, "facts", Json::Object(body.facts).to_string());
    set(&mut row, "evidence", body.evidence.as_str());
    set(&mut row, "source", body.source);
    set(&mut row, "recorded_by", place.actor);
    set(&mut row, "recorded_at", instant(place.recorded_at));
    rows.put("fact_statements", row);
}

/// Which statements still stand, once all about the enterprise are there.
pub(super) fn all_stated(rows: &mut Rows) {
    let table = rows.0.get("fact_statements").into_iter();
    let statements: Vec<Statement> = table
        .flat_map(|it| it.values())
        .filter_map(statement)
        .collect();
    let gone = standing::superseded(&statements);
    rows.change(
        "fact_statements",
        |_| true,
        |row| {
            let stands = row["seq"].as_i64().is_some_and(|seq| !gone.contains(&seq));
            set(row, "stands", stands);
        },
    );
}

fn statement(row: &Row) -> Option<Statement> {
    let year = row["year"].as_i64().and_then(|it| i32::try_from(it).ok());
    let day = || row["effective_from"].as_str()?.parse().ok();
    let new = NewStatement {
        about: year
            .map(About::Year)
            .or_else(|| Some(About::From(day()?)))?,
        facts: facts_from_stored(row["facts"].as_str()?).ok()?,
        evidence: Evidence::parse(row["evidence"].as_str()?)?,
        source: String::new(),
    };
    let at = DateTime::<Utc>::UNIX_EPOCH;
    Some(new.recorded(row["seq"].as_i64()?, "", at))
}

pub(super) fn titled(rows: &mut Rows, place: EntryAt<'_>, body: CertificationState) {
    rows.supersede("certifications", &body.certification_id, place);
    let mut row = row_of(&body);
    rename(&mut row, "certification_id", "id");
    set(&mut row, "enterprise_id", body.enterprise_id);
    set(&mut row, "seq", place.seq);
    set(&mut row, "recorded_by", place.actor);
    set(&mut row, "recorded_at", instant(place.recorded_at));
    set(&mut row, "superseded_at", Json::Null);
    rows.put("certifications", row);
}
