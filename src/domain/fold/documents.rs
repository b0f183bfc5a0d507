//! Documents of the bureau: versions drafted and published, their test cases, waivers and runs, retirements.

use serde_json::Value as Json;

use super::hashed::bare;
use super::row::{Row, instant, rename, row_of, set};
use super::rows::{EntryAt, Rows};
use crate::event::Event;
use crate::event::documents::{
    CasesChanged, DraftState, RetirementStands, VersionPublished, VersionTested, WaiverEnded,
    WaiverGiven,
};

pub(super) fn take(rows: &mut Rows, place: EntryAt<'_>, event: Event) {
    match event {
        Event::DocumentDrafted(body)
        | Event::DocumentReopened(body)
        | Event::DocumentApprovalTakenBack(body)
        | Event::DocumentWithdrawn(body) => drafted(rows, place, &body.name, &body.draft),
        Event::DocumentEdited(body) => drafted(rows, place, &body.name, &body.draft),
        Event::DocumentApproved(body) => drafted(rows, place, &body.name, &body.draft),
        Event::DocumentPublished(body) => published(rows, place, body),
        Event::DocumentTested(body) => tested(rows, place, body),
        Event::DocumentCasesChanged(body) => cases_changed(rows, place, body),
        Event::DocumentBoundaryWaived(body) => waived(rows, place, body),
        Event::DocumentWaiverTakenBack(body) | Event::DocumentWaiverLapsed(body) => {
            waiver_ended(rows, place, &body);
        }
        Event::DocumentRetirementProposed(body)
        | Event::DocumentRetirementRejected(body)
        | Event::DocumentRetirementTakenBack(body)
        | Event::DocumentRetired(body) => retirement(rows, place, body),
        // Of a document nothing else is told.
        _ => {}
    }
}

/// A version on its way to publication, in the place of what it was before.
fn drafted(rows: &mut Rows, place: EntryAt<'_>, name: &str, draft: &DraftState) {
    rows.change(
        "document_drafts",
        |row| {
            row["name"] == name && row["version"] == draft.version && row["superseded_at"].is_null()
        },
        |row| set(row, "superseded_at", instant(place.recorded_at)),
    );
    let mut row = row_of(draft);
    set(&mut row, "name", name);
    set(&mut row, "seq", place.seq);
    set(&mut row, "document", bare(&draft.document_hash));
    set(&mut row, "created_at", instant(draft.created_at));
    set(&mut row, "edited_at", instant(draft.edited_at));
    set(&mut row, "approved_at", draft.approved_at.map(instant));
    set(&mut row, "recorded_at", instant(place.recorded_at));
    set(&mut row, "superseded_at", Json::Null);
    rows.put("document_drafts", row);
}

fn published(rows: &mut Rows, place: EntryAt<'_>, body: VersionPublished) {
    if let Some(draft) = &body.draft {
        drafted(rows, place, &body.name, draft);
    }
    let mut row = row_of(&body);
    set(&mut row, "name", body.name);
    set(&mut row, "document", bare(&body.hash));
    set(&mut row, "recorded_at", instant(place.recorded_at));
    set(&mut row, "seq", place.seq);
    rows.put("document_versions", row);
}

fn tested(rows: &mut Rows, place: EntryAt<'_>, body: VersionTested) {
    let mut row = row_of(&body);
    rename(&mut row, "test_run_id", "id");
    rename(&mut row, "report_hash", "report");
    set(&mut row, "name", body.name);
    set(&mut row, "run_by", place.actor);
    set(&mut row, "run_at", instant(place.recorded_at));
    set(&mut row, "seq", place.seq);
    rows.put("document_test_runs", row);
}

fn cases_changed(rows: &mut Rows, place: EntryAt<'_>, body: CasesChanged) {
    let gone = |row: &Row| {
        row["id"].as_str().is_some_and(|id| {
            body.cases.contains_key(id) || body.removed.iter().any(|removed| removed == id)
        })
    };
    rows.change(
        "document_cases",
        |row| {
            row["name"] == body.name.as_str()
                && row["version"] == body.version
                && row["superseded_at"].is_null()
                && gone(row)
        },
        |row| {
            set(row, "superseded_at", instant(place.recorded_at));
            set(row, "superseded_by", place.actor);
        },
    );
    for (id, hash) in &body.cases {
        let mut row = Row::new();
        set(&mut row, "name", body.name.as_str());
        set(&mut row, "version", body.version);
        set(&mut row, "id", id.as_str());
        set(&mut row, "seq", place.seq);
        set(&mut row, "body", hash.as_str());
        set(&mut row, "added_by", place.actor);
        set(&mut row, "recorded_at", instant(place.recorded_at));
        set(&mut row, "superseded_at", Json::Null);
        set(&mut row, "superseded_by", Json::Null);
        rows.put("document_cases", row);
    }
}

fn waived(rows: &mut Rows, place: EntryAt<'_>, body: WaiverGiven) {
    let mut row = row_of(&body);
    set(&mut row, "name", body.name);
    set(&mut row, "seq", place.seq);
    set(&mut row, "waived_at", instant(body.waived_at));
    set(&mut row, "recorded_at", instant(place.recorded_at));
    set(&mut row, "superseded_at", Json::Null);
    set(&mut row, "superseded_by", Json::Null);
    rows.put("document_waivers", row);
}

fn waiver_ended(rows: &mut Rows, place: EntryAt<'_>, body: &WaiverEnded) {
    rows.change(
        "document_waivers",
        |row| {
            row["name"] == body.name.as_str()
                && row["version"] == body.version
                && row["boundary"] == body.boundary.as_str()
                && row["place_hash"] == body.place_hash.as_str()
                && row["superseded_at"].is_null()
        },
        |row| {
            set(row, "superseded_at", instant(place.recorded_at));
            set(row, "superseded_by", place.actor);
        },
    );
}

fn retirement(rows: &mut Rows, place: EntryAt<'_>, body: RetirementStands) {
    let mut row = row_of(&body);
    rename(&mut row, "retirement_id", "id");
    set(&mut row, "name", body.name);
    set(&mut row, "proposed_at", instant(body.proposed_at));
    set(&mut row, "decided_at", body.decided_at.map(instant));
    set(&mut row, "seq", place.seq);
    rows.put("document_retirements", row);
}
