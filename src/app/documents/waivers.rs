//! Waivers (免测): a boundary that no case has to show, by a person and with a reason.
//!
//! A waiver is of a boundary as the document reads there, in every period in which it does. It lapses once another document
//! reads otherwise at the place. Whoever approves the version sees the waivers and gave none of them, so that each change of
//! them makes the version a draft again.

use super::cases::exists;
use super::kind::{Document, Required, Sound};
use super::stage::{find, reopen, step};
use super::waiver::Waiver;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::{App, Done};
use crate::domain::access::{DraftRules, ReadRuleDrafts};
use crate::domain::at::At;
use crate::domain::document::life::Act;
use crate::domain::event::Event;
use crate::domain::event::documents::{WaiverEnded, WaiverGiven};
use crate::domain::field_error::Fault;
use crate::domain::text;
use crate::store::document_drafts::DraftRow;
use crate::store::document_versions::VersionRow;
use crate::store::document_waivers::{self, WaiverRow};
use crate::store::typed::Named;
use crate::store::{Changed, StoreError, Tx, document_tests};

const REASON_MAX: usize = 1_000;

/// Longer than any boundary is called.
const LONGEST_BOUNDARY: usize = 200;

/// Waives a boundary, named as the test report names it.
pub fn waive(
    app: &App,
    caller: &Caller<DraftRules>,
    of: &Document,
    number: i64,
    boundary: Option<&str>,
    reason: Option<&str>,
) -> Result<Done<Waiver>, AppError> {
    check_person(caller)?;
    let standing = app.store.read(|conn| find(conn, of, number))?;
    step(&standing, Act::Edit)?;
    let reason = read_reason(reason)?;
    let place = place(app, of, &standing, boundary)?;
    let of = of.clone();
    app.store.write(&caller.stamp(), move |tx| {
        let draft = unchanged_draft(tx, &of, &standing)?;
        if waiver_of(tx, &draft, &place)?.is_some() {
            return Err(AppError::conflict("rule_waiver.there_already"));
        }
        let hash = &draft.document_hash;
        let waiver = row(tx, (&draft.name, draft.version, hash), &place, reason);
        let waiver = give(tx, waiver)?;
        settle(tx, &draft, waiver)
    })
}

/// Takes a waiver back: the boundary is to be shown again.
pub fn take_back_waiver(
    app: &App,
    caller: &Caller<DraftRules>,
    of: &Document,
    number: i64,
    boundary: &str,
) -> Result<Done<Waiver>, AppError> {
    check_person(caller)?;
    let standing = app.store.read(|conn| find(conn, of, number))?;
    step(&standing, Act::Edit)?;
    let place = of.read(app, &standing.document)?.place(boundary);
    let (of, called) = (of.clone(), boundary.to_owned());
    app.store.write(&caller.stamp(), move |tx| {
        let row = unchanged_draft(tx, &of, &standing)?;
        let waiver = called_so(tx, &row, place.as_ref(), &called)?;
        let waiver = waiver.ok_or(AppError::NotFound)?;
        end(tx, &waiver, Event::DocumentWaiverTakenBack)?;
        settle(tx, &row, waiver)
    })
}

/// The waivers of a version as they stood at an instant, by boundary.
pub fn list_waivers(
    app: &App,
    _: &Caller<ReadRuleDrafts>,
    of: &Document,
    number: i64,
    at: At,
) -> Result<Vec<Waiver>, AppError> {
    app.store.read(|conn| {
        exists(conn, of, number, at.known_at)?;
        let rows = document_waivers::standing(conn, &of.name, number, at.known_at)?;
        Ok(rows.into_iter().map(Waiver::from).collect())
    })
}

/// Those of the version before whose places a new one has too, as whoever gave them gave them.
pub fn inherit(tx: &mut Tx<'_>, row: &DraftRow, sound: &dyn Sound) -> Result<(), AppError> {
    let Some(before) = document_tests::version_before(tx.conn, &row.name, row.version)? else {
        return Ok(());
    };
    let known = document_waivers::standing(tx.conn, &row.name, before, tx.now)?;
    if known.is_empty() {
        return Ok(());
    }
    let places = sound.places();
    for waiver in known.into_iter().filter(|it| is_there(it, &places)) {
        let version = row.version;
        give(tx, WaiverRow { version, ..waiver })?;
    }
    Ok(())
}

/// Ends those whose places another document of the version does not have any more.
pub fn lapse(tx: &mut Tx<'_>, row: &DraftRow, sound: &dyn Sound) -> Result<(), AppError> {
    let known = document_waivers::standing(tx.conn, &row.name, row.version, tx.now)?;
    if known.is_empty() {
        return Ok(());
    }
    let places = sound.places();
    for waiver in known.iter().filter(|it| !is_there(it, &places)) {
        end(tx, waiver, Event::DocumentWaiverLapsed)?;
    }
    Ok(())
}

/// The waivers that come with the program, for a version that does.
pub fn keep_shipped_waivers(
    tx: &mut Tx<'_>,
    version: &VersionRow,
    given: Vec<(Required, String)>,
) -> Result<(), AppError> {
    for (place, reason) in given {
        let of = (&version.name, version.version, version.hash.as_str());
        let waiver = row(tx, of, &place, reason);
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

/// The boundary of a draft's document that is called so.
fn place(
    app: &App,
    of: &Document,
    row: &DraftRow,
    called: Option<&str>,
) -> Result<Required, AppError> {
    let at = |fault: Fault| AppError::invalid(fault.at("/boundary"));
    let called = called.ok_or_else(|| at(Fault::new("field.required")))?;
    let called = text::plain(called, 1, LONGEST_BOUNDARY).map_err(at)?;
    let place = of.read(app, &row.document)?.place(&called);
    place.ok_or_else(|| at(Fault::new("rule_waiver.boundary_unknown").with("boundary", called)))
}

/// The version as it stands now, if the document is still the one that was looked at.
fn unchanged_draft(
    tx: &mut Tx<'_>,
    of: &Document,
    standing: &DraftRow,
) -> Result<DraftRow, AppError> {
    let row = find(tx.conn, of, standing.version)?;
    step(&row, Act::Edit)?;
    match row.document_hash == standing.document_hash {
        true => Ok(row),
        false => Err(AppError::conflict("request.conflict")),
    }
}

/// A new waiver for a version with this document.
fn row(
    tx: &Tx<'_>,
    (name, version, document_hash): (&Named, i64, &str),
    place: &Required,
    reason: String,
) -> WaiverRow {
    WaiverRow {
        name: name.clone(),
        version,
        boundary: place.id.clone(),
        place_hash: place.hash.clone(),
        // Once it is told.
        seq: 0,
        what_zh: place.zh.clone(),
        what_en: place.en.clone(),
        reason,
        document_hash: document_hash.into(),
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
    place: &Required,
) -> Result<Option<WaiverRow>, AppError> {
    let known = document_waivers::standing(tx.conn, &row.name, row.version, tx.now)?;
    let mut known = known.into_iter();
    Ok(known.find(|it| place.is(&it.boundary, &it.place_hash)))
}

/// The waiver of a place; or the only one of that name, as lists show it, without the day of its period.
fn called_so(
    tx: &mut Tx<'_>,
    row: &DraftRow,
    place: Option<&Required>,
    called: &str,
) -> Result<Option<WaiverRow>, AppError> {
    if let Some(place) = place
        && let Some(found) = waiver_of(tx, row, place)?
    {
        return Ok(Some(found));
    }
    let known = document_waivers::standing(tx.conn, &row.name, row.version, tx.now)?;
    let mut named = known.into_iter().filter(|it| it.boundary == called);
    let only = named.next().filter(|_| named.next().is_none());
    Ok(only)
}

fn is_there(waiver: &WaiverRow, places: &[Required]) -> bool {
    let mut places = places.iter();
    places.any(|it| it.is(&waiver.boundary, &waiver.place_hash))
}

/// Tells of a waiver, and keeps it.
fn give(tx: &mut Tx<'_>, waiver: WaiverRow) -> Result<WaiverRow, StoreError> {
    let seq = tx.tell(Event::DocumentBoundaryWaived(WaiverGiven {
        name: waiver.name.to_string(),
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
    document_waivers::insert(tx.conn, &waiver)?;
    Ok(waiver)
}

/// From now on it does not stand.
fn end(
    tx: &mut Tx<'_>,
    waiver: &WaiverRow,
    told: fn(WaiverEnded) -> Event,
) -> Result<(), StoreError> {
    tx.tell(told(WaiverEnded {
        name: waiver.name.to_string(),
        version: waiver.version,
        boundary: waiver.boundary.clone(),
        place_hash: waiver.place_hash.clone(),
    }))?;
    document_waivers::supersede(tx.conn, waiver, tx.actor, tx.now)
}

/// The version is a draft with another tag from here on: what was seen of it is not what it is now.
fn settle(tx: &mut Tx<'_>, row: &DraftRow, waiver: WaiverRow) -> Result<Changed<Waiver>, AppError> {
    let seq = reopen(tx, row)?;
    Ok(Changed::new(Waiver::from(waiver), seq))
}
