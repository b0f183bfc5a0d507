//! What-ifs with their lists, reports of imports, and files that were made.

use serde_json::Value as Json;

use super::hashed::bare;
use super::row::{Row, instant, rename, row_of, set};
use super::rows::{EntryAt, Rows};
use crate::event::office::{ExportDeleted, ExportMade, ImportCompleted, Simulation};
use crate::simulate::SimulationState;

pub(super) fn simulation(rows: &mut Rows, place: EntryAt<'_>, body: Simulation) {
    let ended = (body.state != SimulationState::Running).then(|| instant(place.recorded_at));
    let mut row = row_of(&body);
    set(&mut row, "id", body.simulation_id.as_str());
    set(&mut row, "document", bare(&body.proposed_hash));
    set(&mut row, "summary", bare(&body.summary_hash));
    set(&mut row, "known_at", instant(body.known_at));
    set(&mut row, "created_at", instant(body.created_at));
    set(&mut row, "finished_at", ended);
    set(&mut row, "seq", place.seq);
    rows.put("simulations", row);
    let list = together("simulation_id", &body.simulation_id, body.list_hash);
    match body.listed {
        0 => rows.remove("simulation_movements", &list),
        _ => rows.put("simulation_movements", list),
    }
}

/// What is sworn of all rows of a subject as one.
fn together(column: &str, id: &str, hash: String) -> Row {
    let mut row = Row::new();
    set(&mut row, column, id);
    set(&mut row, super::sworn::TOGETHER, hash);
    row
}

pub(super) fn imported(rows: &mut Rows, place: EntryAt<'_>, body: ImportCompleted) {
    let mut row = Row::new();
    set(&mut row, "id", body.import_id);
    set(&mut row, "created_by", place.actor);
    set(&mut row, "created_at", instant(place.recorded_at));
    set(&mut row, "files_hash", body.files_hash);
    set(&mut row, "report", body.report_hash);
    rows.put("imports", row);
}

pub(super) fn exported(rows: &mut Rows, place: EntryAt<'_>, body: ExportMade) {
    let mut row = row_of(&body);
    rename(&mut row, "content_hash", "content");
    set(&mut row, "id", body.export_id);
    set(&mut row, "created_by", place.actor);
    set(&mut row, "created_at", instant(place.recorded_at));
    rows.put("export_files", row);
}

pub(super) fn export_deleted(rows: &mut Rows, body: &ExportDeleted) {
    let mut row = Row::new();
    set(&mut row, "id", Json::from(body.export_id.as_str()));
    rows.remove("export_files", &row);
}
