//! Where a version stands in its life, and which steps may follow.

use super::kind::Document;
use super::register::{DocumentVersion, drafted};
use super::waiver::Waiver;
use crate::app::error::AppError;
use crate::app::matter::refused;
use crate::domain::clock::legal_day;
use crate::domain::document::life::{Act, PROCEDURE, State};
use crate::domain::event::Event;
use crate::domain::event::documents::{DraftState, VersionStands};
use crate::domain::matter::Refusal;
use crate::store::document_drafts::{self, DraftRow};
use crate::store::typed::Named;
use crate::store::{Conn, Seq, StoreError, Tx, document_versions, document_waivers};

/// The current state of a version that is not only published.
pub(super) fn find(conn: &mut Conn, of: &Document, number: i64) -> Result<DraftRow, AppError> {
    if let Some(row) = document_drafts::current(conn, &of.name, number)? {
        return Ok(row);
    }
    // What came with the program was never a draft.
    match document_versions::by_number(conn, &of.name, number)? {
        Some(_) => Err(not_now(State::Published)),
        None => Err(AppError::NotFound),
    }
}

/// What a change of a version answers: with its waivers as they stand then.
pub(super) fn shown(tx: &mut Tx<'_>, row: &DraftRow) -> Result<DocumentVersion, AppError> {
    let waivers = document_waivers::standing(tx.conn, &row.name, row.version, tx.now)?;
    Ok(DocumentVersion {
        waivers: waivers.into_iter().map(Waiver::from).collect(),
        ..drafted(row, legal_day(tx.now))?
    })
}

/// The state a step leads to.
pub(super) fn step(row: &DraftRow, act: Act) -> Result<State, AppError> {
    PROCEDURE.leads_to(*row.state, act).map_err(refused)
}

fn not_now(state: State) -> AppError {
    refused(Refusal::NotNow(PROCEDURE.not_now, PROCEDURE.allowed(state)))
}

/// The same version as a draft again, without its approval.
pub fn reopen(tx: &mut Tx<'_>, before: &DraftRow) -> Result<Seq, StoreError> {
    let (name, document) = (before.name.clone(), before.document.clone());
    let told = Event::DocumentReopened;
    let (_, seq) = stand(tx, name, document, reopened(before), told)?;
    Ok(seq)
}

pub fn reopened(before: &DraftRow) -> DraftState {
    DraftState {
        state: State::Draft,
        approved_by: None,
        approved_at: None,
        reason: None,
        ..stands(before)
    }
}

pub fn stands(row: &DraftRow) -> DraftState {
    DraftState {
        version: row.version,
        state: *row.state,
        document_hash: row.document_hash.clone(),
        created_by: row.created_by.clone(),
        created_at: row.created_at.and_utc(),
        edited_by: row.edited_by.clone(),
        edited_at: row.edited_at.and_utc(),
        approved_by: row.approved_by.clone(),
        approved_at: row.approved_at.map(|at| at.and_utc()),
        published_by: row.published_by.clone(),
        reason: row.reason.clone(),
    }
}

/// Tells how a version stands now, and puts it there.
pub fn stand(
    tx: &mut Tx<'_>,
    name: Named,
    document: String,
    draft: DraftState,
    told: fn(VersionStands) -> Event,
) -> Result<(DraftRow, Seq), StoreError> {
    let seq = tx.tell(told(VersionStands {
        name: name.to_string(),
        draft: draft.clone(),
    }))?;
    Ok((put(tx, name, document, draft, seq)?, seq))
}

/// Puts a version that was told of in the place of its earlier state.
pub fn put(
    tx: &mut Tx<'_>,
    name: Named,
    document: String,
    draft: DraftState,
    seq: Seq,
) -> Result<DraftRow, StoreError> {
    let row = DraftRow {
        name,
        version: draft.version,
        seq: seq.get(),
        state: draft.state.into(),
        document,
        document_hash: draft.document_hash,
        created_by: draft.created_by,
        created_at: draft.created_at.naive_utc(),
        edited_by: draft.edited_by,
        edited_at: draft.edited_at.naive_utc(),
        approved_by: draft.approved_by,
        approved_at: draft.approved_at.map(|at| at.naive_utc()),
        published_by: draft.published_by,
        reason: draft.reason,
        recorded_at: tx.now.naive_utc(),
        superseded_at: None,
    };
    document_drafts::put(tx.conn, &row)?;
    Ok(row)
}
