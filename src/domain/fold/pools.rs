//! Runs, decisions, movements, memberships, and the work list of late facts.

use serde_json::Value as Json;

use super::row::{Row, instant, rename, row_of, set};
use super::rows::{EntryAt, Rows};
use crate::event::pools::{
    AssessmentRun, DecisionMade, LateFactsSought, LateFinding, MembershipChanged, MembershipState,
    MovementState,
};

pub(super) fn run(rows: &mut Rows, place: EntryAt<'_>, body: &AssessmentRun) {
    let mut row = row_of(body);
    rename(&mut row, "rule_set_version", "rule_version");
    rename(&mut row, "rule_set_hash", "rule_hash");
    set(&mut row, "id", body.id.as_str());
    set(&mut row, "known_at", instant(body.known_at));
    set(&mut row, "created_at", instant(body.created_at));
    set(&mut row, "finished_at", body.finished_at.map(instant));
    set(&mut row, "seq", place.seq);
    rows.put("assessment_runs", row);
}

/// A decision stands until a later one about the same rule set.
pub(super) fn decided(rows: &mut Rows, place: EntryAt<'_>, body: &DecisionMade) {
    let mut head = Row::new();
    set(&mut head, "enterprise_id", body.enterprise_id.as_str());
    set(&mut head, "rule_set", body.rule_set.as_str());
    set(&mut head, "decision_id", body.decision_id.as_str());
    set(&mut head, "digest", body.digest.as_str());
    set(&mut head, "moves_digest", body.moves_digest.as_str());
    rows.put("decision_heads", head);
    let mut row = row_of(body);
    rename(&mut row, "decision_id", "id");
    rename(&mut row, "rule_set_version", "rule_version");
    rename(&mut row, "rule_set_hash", "rule_hash");
    set(&mut row, "enterprise_id", body.enterprise_id.as_str());
    set(&mut row, "known_at", instant(body.known_at));
    set(&mut row, "seq", place.seq);
    rows.put("decisions", row);
}

pub(super) fn movement(rows: &mut Rows, place: EntryAt<'_>, id: &str, body: &MovementState) {
    let mut row = row_of(body);
    rename(&mut row, "movement_id", "id");
    set(&mut row, "enterprise_id", id);
    set(&mut row, "proposed_at", instant(body.proposed_at));
    set(&mut row, "endorsed_at", body.endorsed_at.map(instant));
    set(&mut row, "decided_at", body.decided_at.map(instant));
    set(&mut row, "seq", place.seq);
    rows.put("pool_movements", row);
}

pub(super) fn changed(rows: &mut Rows, place: EntryAt<'_>, body: &MembershipChanged) {
    let id = &body.enterprise_id;
    movement(rows, place, id, &body.movement);
    for state in [&body.ended, &body.begun].into_iter().flatten() {
        membership(rows, place, id, state);
    }
}

/// A state of a membership; the enterprise's own row shows the pool it is in.
pub(super) fn membership(rows: &mut Rows, place: EntryAt<'_>, id: &str, body: &MembershipState) {
    rows.supersede("memberships", &body.membership_id, place);
    let mut row = row_of(body);
    rename(&mut row, "membership_id", "id");
    set(&mut row, "enterprise_id", id);
    set(&mut row, "seq", place.seq);
    set(&mut row, "recorded_at", instant(place.recorded_at));
    set(&mut row, "superseded_at", Json::Null);
    rows.put("memberships", row);
    let pool = body.ended_on.is_none().then(|| body.pool.as_str());
    rows.change(
        "enterprises",
        |row| row["id"] == id,
        |row| {
            set(row, "pool", pool);
            set(row, "seq", place.seq);
            set(row, "updated_at", instant(place.recorded_at));
        },
    );
}

pub(super) fn sought(rows: &mut Rows, body: &LateFactsSought) {
    let mut row = Row::new();
    set(&mut row, "id", 1);
    set(&mut row, "seq", body.through);
    set(&mut row, "sweep_seq", body.following);
    set(&mut row, "sweep_after", body.after.clone());
    rows.put("late_cursor", row);
}

pub(super) fn finding(rows: &mut Rows, place: EntryAt<'_>, id: &str, body: &LateFinding) {
    let mut row = row_of(body);
    rename(&mut row, "finding_id", "id");
    set(&mut row, "enterprise_id", id);
    set(&mut row, "found_at", instant(body.found_at));
    set(&mut row, "decided_at", body.decided_at.map(instant));
    set(&mut row, "seq", place.seq);
    rows.put("late_findings", row);
}
