//! Waivers (免测): a boundary that no case has to show, by a person and with a reason.
//!
//! A waiver is of a boundary as the document reads there, in every period in which it does. It lapses once another document
//! reads otherwise at the place. Whoever approves the version sees the waivers and gave none of them, so that each change of
//! them makes the version a draft again.

use serde_json::Value as Json;

use super::cases::exists;
use super::stage::{find, reopen, step};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::rules::{self, Waiver};
use crate::app::{App, Done};
use crate::domain::access::{DraftRules, ReadRuleDrafts};
use crate::domain::at::At;
use crate::domain::drafting::boundary::{Boundary, period_prefix, required};
use crate::domain::drafting::life::Act;
use crate::domain::drafting::shipped_waivers;
use crate::domain::event::Event;
use crate::domain::event::rules::{WaiverEnded, WaiverGiven};
use crate::domain::field_error::Fault;
use crate::domain::messages::Lang;
use crate::domain::rules::RuleSet;
use crate::domain::text;
use crate::store::rule_drafts::DraftRow;
use crate::store::rule_versions::RuleVersionRow;
use crate::store::rule_waivers::{self, WaiverRow};
use crate::store::{Changed, StoreError, Tx, rule_tests};

const REASON_MAX: usize = 1_000;

/// Longer than any boundary is called.
const LONGEST_BOUNDARY: usize = 200;

/// Waives a boundary, named as the test report names it.
pub fn waive(
    app: &App,
    caller: &Caller<DraftRules>,
    code: &str,
    number: i64,
    boundary: Option<&str>,
    reason: Option<&str>,
) -> Result<Done<Waiver>, AppError> {
    check_person(caller)?;
    let standing = app.store.read(|conn| find(conn, code, number))?;
    step(&standing, Act::Edit)?;
    let reason = read_reason(reason)?;
    let place = place(app, &standing, boundary)?;
    app.store.write(&caller.stamp(), move |tx| {
        let draft = unchanged_draft(tx, &standing)?;
        if waiver_of(tx, &draft, &place)?.is_some() {
            return Err(AppError::conflict("rule_waiver.there_already"));
        }
        let waiver = WaiverRow {
            code: draft.code.clone(),
            version: draft.version,
            document_hash: draft.document_hash.clone(),
            ..row(tx, &place, reason)
        };
        let waiver = give(tx, waiver)?;
        settle(tx, &draft, waiver)
    })
}

/// Takes a waiver back: the boundary is to be shown again.
pub fn take_back_waiver(
    app: &App,
    caller: &Caller<DraftRules>,
    code: &str,
    number: i64,
    boundary: &str,
) -> Result<Done<Waiver>, AppError> {
    check_person(caller)?;
    let standing = app.store.read(|conn| find(conn, code, number))?;
    step(&standing, Act::Edit)?;
    let place = place(app, &standing, Some(boundary)).map_err(|_| AppError::NotFound)?;
    app.store.write(&caller.stamp(), move |tx| {
        let row = unchanged_draft(tx, &standing)?;
        let waiver = waiver_of(tx, &row, &place)?.ok_or(AppError::NotFound)?;
        end(tx, &waiver, Event::RuleWaiverTakenBack)?;
        settle(tx, &row, waiver)
    })
}

/// The waivers of a version as they stood at an instant, by boundary.
pub fn list_waivers(
    app: &App,
    _: &Caller<ReadRuleDrafts>,
    code: &str,
    number: i64,
    at: At,
) -> Result<Vec<Waiver>, AppError> {
    app.store.read(|conn| {
        exists(conn, code, number, at.known_at)?;
        let rows = rule_waivers::standing(conn, code, number, at.known_at)?;
        Ok(rows.into_iter().map(Waiver::from).collect())
    })
}

/// Those of the version before whose places a new one has too, as whoever gave them gave them.
pub fn inherit(tx: &mut Tx<'_>, row: &DraftRow, periods: &[RuleSet]) -> Result<(), AppError> {
    let Some(before) = rule_tests::version_before(tx.conn, &row.code, row.version)? else {
        return Ok(());
    };
    let known = rule_waivers::standing(tx.conn, &row.code, before, tx.now)?;
    if known.is_empty() {
        return Ok(());
    }
    let places: Vec<Boundary> = periods.iter().flat_map(required).collect();
    for waiver in known.into_iter().filter(|it| is_there(it, &places)) {
        let version = row.version;
        give(tx, WaiverRow { version, ..waiver })?;
    }
    Ok(())
}

/// Ends those whose places another document of the version does not have any more.
pub fn lapse(tx: &mut Tx<'_>, row: &DraftRow, periods: &[RuleSet]) -> Result<(), AppError> {
    let known = rule_waivers::standing(tx.conn, &row.code, row.version, tx.now)?;
    if known.is_empty() {
        return Ok(());
    }
    let places: Vec<Boundary> = periods.iter().flat_map(required).collect();
    for waiver in known.iter().filter(|it| !is_there(it, &places)) {
        end(tx, waiver, Event::RuleWaiverLapsed)?;
    }
    Ok(())
}

/// The waivers that come with the program, for a version that does.
pub fn keep_shipped_waivers(
    tx: &mut Tx<'_>,
    version: &RuleVersionRow,
    set: &RuleSet,
) -> Result<(), AppError> {
    for (place, reason) in shipped_waivers(set) {
        let waiver = WaiverRow {
            code: version.code.clone(),
            version: version.version,
            document_hash: version.hash.clone(),
            ..row(tx, &place, reason)
        };
        give(tx, waiver)?;
    }
    Ok(())
}

/// Whoever holds the machine is nobody in particular, and a reason is somebody's.
fn check_person(caller: &Caller<DraftRules>) -> Result<(), AppError> {
    match caller.role() {
        Some(_) => Ok(()),
        None => Err(AppError::Forbidden {
            code: "rule_waiver.by_person",
        }),
    }
}

fn read_reason(reason: Option<&str>) -> Result<String, AppError> {
    let reason = reason.ok_or_else(|| Fault::new("field.required"));
    let reason = reason.and_then(|raw| text::plain(raw, 1, REASON_MAX));
    reason.map_err(|fault| AppError::invalid(fault.at("/reason")))
}

/// The boundary of a draft's document that is called so: with the first day of its period where there are several.
fn place(app: &App, row: &DraftRow, named: Option<&str>) -> Result<Boundary, AppError> {
    let at = |fault: Fault| AppError::invalid(fault.at("/boundary"));
    let named = named.ok_or_else(|| at(Fault::new("field.required")))?;
    let named = text::plain(named, 1, LONGEST_BOUNDARY).map_err(at)?;
    let document: Json = serde_json::from_str(&row.document).map_err(StoreError::corrupt)?;
    let periods = rules::checked_periods(app, &document)?;
    for set in &periods {
        let prefix = period_prefix(&periods, set);
        let mut places = required(set).into_iter();
        if let Some(found) = places.find(|it| format!("{prefix}{}", it.id) == named) {
            return Ok(found);
        }
    }
    Err(at(
        Fault::new("rule_waiver.boundary_unknown").with("boundary", named)
    ))
}

/// The version as it stands now, if the document is still the one that was looked at.
fn unchanged_draft(tx: &mut Tx<'_>, standing: &DraftRow) -> Result<DraftRow, AppError> {
    let row = find(tx.conn, &standing.code, standing.version)?;
    step(&row, Act::Edit)?;
    match row.document_hash == standing.document_hash {
        true => Ok(row),
        false => Err(AppError::conflict("request.conflict")),
    }
}

/// A new waiver, of no version yet.
fn row(tx: &Tx<'_>, place: &Boundary, reason: String) -> WaiverRow {
    WaiverRow {
        code: String::new(),
        version: 0,
        boundary: place.id.clone(),
        place_hash: place.place_hash.clone(),
        // Once it is told.
        seq: 0,
        what_zh: place.text(Lang::Zh),
        what_en: place.text(Lang::En),
        reason,
        document_hash: String::new(),
        waived_by: tx.actor.into(),
        waived_at: tx.now.naive_utc(),
        recorded_at: tx.now.naive_utc(),
        superseded_at: None,
        superseded_by: None,
    }
}

fn waiver_of(
    tx: &mut Tx<'_>,
    row: &DraftRow,
    place: &Boundary,
) -> Result<Option<WaiverRow>, AppError> {
    let known = rule_waivers::standing(tx.conn, &row.code, row.version, tx.now)?;
    let mut known = known.into_iter();
    Ok(known.find(|it| place.is(&it.boundary, &it.place_hash)))
}

fn is_there(waiver: &WaiverRow, places: &[Boundary]) -> bool {
    let mut places = places.iter();
    places.any(|it| it.is(&waiver.boundary, &waiver.place_hash))
}

/// Tells of a waiver, and keeps it.
fn give(tx: &mut Tx<'_>, waiver: WaiverRow) -> Result<WaiverRow, StoreError> {
    let seq = tx.tell(Event::RuleBoundaryWaived(WaiverGiven {
        code: waiver.code.clone(),
        version: waiver.version,
        boundary: waiver.boundary.clone(),
        place_hash: waiver.place_hash.clone(),
        what_zh: waiver.what_zh.clone(),
        what_en: waiver.what_en.clone(),
        reason: waiver.reason.clone(),
        document_hash: waiver.document_hash.clone(),
        waived_by: waiver.waived_by.clone(),
        waived_at: waiver.waived_at.and_utc(),
    }))?;
    let waiver = WaiverRow {
        seq: seq.get(),
        recorded_at: tx.now.naive_utc(),
        ..waiver
    };
    rule_waivers::insert(tx.conn, &waiver)?;
    Ok(waiver)
}

/// From now on it does not stand.
fn end(
    tx: &mut Tx<'_>,
    waiver: &WaiverRow,
    told: fn(WaiverEnded) -> Event,
) -> Result<(), StoreError> {
    tx.tell(told(WaiverEnded {
        code: waiver.code.clone(),
        version: waiver.version,
        boundary: waiver.boundary.clone(),
        place_hash: waiver.place_hash.clone(),
    }))?;
    rule_waivers::supersede(tx.conn, waiver, tx.actor, tx.now)
}

/// The version is a draft with another tag from here on: what was seen of it is not what it is now.
fn settle(tx: &mut Tx<'_>, row: &DraftRow, waiver: WaiverRow) -> Result<Changed<Waiver>, AppError> {
    let seq = reopen(tx, row)?;
    Ok(Changed::new(Waiver::from(waiver), seq))
}
