//! Titles held (资质): recording and correcting them; which are valid on a day is computed, never stored.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::access::{ReadRegister, WriteRegister};
use crate::domain::at::At;
use crate::domain::certification::{Certification, CertificationInput, is_valid_on};
use crate::domain::clock::is_id;
use crate::domain::event::Event;
use crate::domain::event::register::CertificationState;
use crate::store::certifications::{self, CertificationRow};
use crate::store::{Changed, Seq, StoreError, Tx};

use super::caller::Caller;
use super::error::AppError;
use super::expected::Expected;
use super::shown::{Day, Instant, Versioned};
use super::{App, Done, enterprise};

/// A title. Whether it is valid is computed for a day, never stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Certification)]
pub struct CertificationView {
    pub id: String,
    #[schema(example = "NATIONAL_HNTE")]
    pub scheme: String,
    #[schema(example = "GR202333001234")]
    pub number: String,
    pub valid_from: Day,
    /// The last valid day; null where no end is known.
    pub valid_through: Option<Day>,
    pub issuer: Option<String>,
    /// 文号 of the decision that granted it.
    pub document: Option<String>,
    /// Whether it is valid on `as_of`.
    pub valid: bool,
    /// The account that recorded this state.
    pub recorded_by: String,
    pub recorded_at: Instant,
    pub as_of: Day,
    pub known_at: Instant,
}

/// Records a title. The same number again is a conflict: a correction goes through [`correct`].
pub fn record(
    app: &App,
    caller: &Caller<WriteRegister>,
    uscc: &str,
    input: &CertificationInput,
) -> Result<Done<Versioned<CertificationView>>, AppError> {
    app.store
        .read(|conn| enterprise::find(conn, caller.scope(), uscc))?;
    let today = app.env.clock.today();
    let title =
        Certification::check(input, today).map_err(|errors| AppError::Invalid { errors })?;
    let (uscc, scope) = (uscc.to_owned(), caller.scope().clone());
    app.store.write(&caller.stamp(), move |tx| {
        // Looked for again: it may have left the caller's scope meanwhile.
        let enterprise = enterprise::find(tx.conn, &scope, &uscc)?;
        if certifications::by_number(tx.conn, &enterprise.id, title.scheme, &title.number)?
            .is_some()
        {
            return Err(AppError::conflict("certification.number_taken"));
        }
        let id = tx.new_id();
        let (row, seq) = recorded(
            tx,
            &enterprise.id,
            &id,
            &title,
            Event::CertificationRecorded,
        )?;
        certifications::insert(tx.conn, &row)?;
        Ok(Changed::new(changed(row, today), seq))
    })
}

/// Puts a corrected state in the place of the one that stands; the earlier one stays readable by `known_at`.
pub fn correct(
    app: &App,
    caller: &Caller<WriteRegister>,
    uscc: &str,
    id: &str,
    expected: &Expected,
    input: &CertificationInput,
) -> Result<Done<Versioned<CertificationView>>, AppError> {
    app.store
        .read(|conn| enterprise::find(conn, caller.scope(), uscc))?;
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    let today = app.env.clock.today();
    let title =
        Certification::check(input, today).map_err(|errors| AppError::Invalid { errors })?;
    let (id, expected) = (id.to_string(), expected.clone());
    let (uscc, scope) = (uscc.to_owned(), caller.scope().clone());
    app.store.write(&caller.stamp(), move |tx| {
        let enterprise = enterprise::find(tx.conn, &scope, &uscc)?;
        let before =
            certifications::current(tx.conn, &enterprise.id, &id)?.ok_or(AppError::NotFound)?;
        expected.check(before.seq)?;
        if same(&before, &title) {
            return Ok(Changed::unchanged(changed(before, today)));
        }
        let holder =
            certifications::by_number(tx.conn, &enterprise.id, title.scheme, &title.number)?;
        if holder.is_some_and(|holder| holder.id != id) {
            return Err(AppError::conflict("certification.number_taken"));
        }
        certifications::supersede(tx.conn, &before.id, tx.now)?;
        let (row, seq) = recorded(
            tx,
            &enterprise.id,
            &id,
            &title,
            Event::CertificationCorrected,
        )?;
        certifications::insert(tx.conn, &row)?;
        Ok(Changed::new(changed(row, today), seq))
    })
}

/// As they stood by what was known at an instant, with their validity on a day.
pub fn list(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    at: At,
) -> Result<Vec<Versioned<CertificationView>>, AppError> {
    app.store.read(|conn| {
        let enterprise = enterprise::find(conn, caller.scope(), uscc)?;
        let rows = certifications::of_enterprise(conn, &enterprise.id, at.known_at)?;
        Ok(rows.into_iter().map(|row| view(row, at)).collect())
    })
}

pub fn get(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    id: &str,
    at: At,
) -> Result<Versioned<CertificationView>, AppError> {
    let all = list(app, caller, uscc, at)?;
    all.into_iter()
        .find(|title| title.id == id)
        .ok_or(AppError::NotFound)
}

/// Tells of a title as it is from now on; its row. The import records through the same door.
pub(super) fn recorded(
    tx: &mut Tx<'_>,
    enterprise_id: &str,
    id: &str,
    title: &Certification,
    event: fn(CertificationState) -> Event,
) -> Result<(CertificationRow, Seq), StoreError> {
    let seq = tx.tell(event(CertificationState {
        enterprise_id: enterprise_id.into(),
        certification_id: id.into(),
        scheme: title.scheme.into(),
        number: title.number.clone(),
        valid_from: title.valid_from,
        valid_through: title.valid_through,
        issuer: title.issuer.clone(),
        document: title.document.clone(),
    }))?;
    let row = CertificationRow {
        id: id.into(),
        seq: seq.get(),
        enterprise_id: enterprise_id.into(),
        scheme: title.scheme.into(),
        number: title.number.clone(),
        valid_from: title.valid_from,
        valid_through: title.valid_through,
        issuer: title.issuer.clone(),
        document: title.document.clone(),
        recorded_by: tx.actor.into(),
        recorded_at: tx.now.naive_utc(),
        superseded_at: None,
    };
    Ok((row, seq))
}

pub(super) fn same(row: &CertificationRow, title: &Certification) -> bool {
    row.scheme == title.scheme
        && row.number == title.number
        && row.valid_from == title.valid_from
        && row.valid_through == title.valid_through
        && row.issuer == title.issuer
        && row.document == title.document
}

/// What a change answers is shown for the instant at which it was recorded.
fn changed(row: CertificationRow, day: NaiveDate) -> Versioned<CertificationView> {
    let at = At {
        as_of: day,
        known_at: row.recorded_at.and_utc(),
    };
    view(row, at)
}

fn view(row: CertificationRow, at: At) -> Versioned<CertificationView> {
    Versioned {
        version: row.seq,
        record: CertificationView {
            valid: is_valid_on(row.valid_from, row.valid_through, at.as_of),
            id: row.id,
            scheme: row.scheme,
            number: row.number,
            valid_from: Day(row.valid_from),
            valid_through: row.valid_through.map(Day),
            issuer: row.issuer,
            document: row.document,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at.into(),
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        },
    }
}
