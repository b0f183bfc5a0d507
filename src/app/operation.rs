//! Long work: begun by a request, run on a thread of its own, followed at `/v1/operations/{id}`.

pub(super) mod running;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::domain::access::OwnAccount;
use crate::domain::event::Event;
use crate::domain::event::office::Operation;
use crate::domain::operation::{OperationKind, OperationState};
use crate::store::operations::{self, OperationRow};
use crate::store::{Changed, Engine, Job, Seq, Stamp, StoreError, Tx};

use super::caller::Caller;
use super::error::AppError;
use super::{App, Done};

pub use running::Progress;
use running::Slot;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationView {
    pub id: String,
    pub kind: OperationKind,
    pub state: OperationState,
    pub done: i64,
    /// 0 as long as it is not known.
    pub total: i64,
    /// Where the result is, or will be if that is known already.
    pub result_url: Option<String>,
    /// Of a failure: `{code, errors}`; the transport makes a problem document of it.
    pub failure: Option<Json>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Begins work whose own records are made in the same change as the operation: `prepare` makes them, tells of them and gives
/// the address of the result. A repeated request finds the operation of the first and begins nothing.
pub(super) fn launch<P, F>(
    app: &App,
    stamp: &Stamp,
    kind: OperationKind,
    prepare: P,
    work: F,
) -> Result<Done<OperationView>, AppError>
where
    P: FnOnce(&mut Tx<'_>) -> Result<Option<String>, AppError> + Send + 'static,
    F: FnOnce(&App, &Progress) -> Result<String, AppError> + Send + 'static,
{
    let place = Slot::take(&app.running)?;
    let done = app.store.write(stamp, move |tx| -> Result<_, AppError> {
        let result_url = prepare(tx)?;
        let row = begun(tx, kind, result_url);
        operations::insert(tx.conn, &row)?;
        let seq = tell(tx, &row, Event::OperationBegun)?;
        Ok(Changed::new(view(row)?, seq))
    })?;
    if !done.replayed {
        let stamp = stamp.going_on();
        spawn(app, stamp, place, done.value.id.clone(), kind, work)?;
    }
    Ok(done)
}

/// The caller's own work.
pub fn get(app: &App, caller: &Caller<OwnAccount>, id: &str) -> Result<OperationView, AppError> {
    let row = app.store.read(|conn| operations::by_id(conn, id))?;
    let row = row
        .filter(|row| row.created_by == caller.actor())
        .ok_or(AppError::NotFound)?;
    let mut view = view(row)?;
    if let Some(progress) = app.running.by_id().get(id) {
        (view.done, view.total) = progress.get();
    }
    Ok(view)
}

/// Marks as failed what a process that is gone left running. For the one process that does the clocked work.
pub fn fail_interrupted(app: &App) -> Result<usize, AppError> {
    // Beside a PostgreSQL another process may be at work; nothing it does takes this long.
    let patience = match app.store.engine() {
        Engine::Sqlite { .. } => chrono::Duration::zero(),
        Engine::Postgres { .. } => chrono::Duration::hours(6),
    };
    let before = app.env.clock.now() - patience;
    let left: Vec<OperationRow> = app.store.read(operations::running)?;
    let stamp = Stamp::job(Job::Clockwork);
    let mut failed = 0;
    for row in left {
        let own = app.running.by_id().contains_key(&row.id);
        if own || row.created_at.and_utc() > before {
            continue;
        }
        let interrupted = AppError::conflict("operation.interrupted");
        end(app, &stamp, &row.id, Err(interrupted))?;
        failed += 1;
    }
    Ok(failed)
}

fn spawn<F>(
    app: &App,
    stamp: Stamp,
    place: Slot,
    id: String,
    kind: OperationKind,
    work: F,
) -> Result<(), AppError>
where
    F: FnOnce(&App, &Progress) -> Result<String, AppError> + Send + 'static,
{
    let progress = Arc::new(Progress::default());
    app.running.by_id().insert(id.clone(), progress.clone());
    let (mine, known_as) = (app.clone(), id.clone());
    let begun = std::thread::Builder::new()
        .name("sanku-work".into())
        .spawn(move || {
            let app = mine;
            let _place = place;
            let outcome =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&app, &progress)))
                    .unwrap_or_else(|_| Err(AppError::internal("background work panicked")));
            if let Err(error) = &outcome {
                tracing::warn!(%error, %kind, "background work failed");
            }
            if let Err(error) = end(&app, &stamp, &id, outcome) {
                tracing::error!(%error, %kind, "the end of background work was not recorded");
            }
            app.running.by_id().remove(&id);
        });
    begun.map(|_| ()).map_err(|error| {
        // Its record is failed as interrupted once the clocked work looks at it.
        app.running.by_id().remove(&known_as);
        AppError::internal(error)
    })
}

fn begun(tx: &Tx<'_>, kind: OperationKind, result_url: Option<String>) -> OperationRow {
    OperationRow {
        id: tx.new_id(),
        kind: kind.into(),
        state: OperationState::Running.into(),
        done: 0,
        total: 0,
        result_url,
        problem: None,
        created_by: tx.actor.into(),
        created_at: tx.now.naive_utc(),
        updated_at: tx.now.naive_utc(),
    }
}

fn end(
    app: &App,
    stamp: &Stamp,
    id: &str,
    outcome: Result<String, AppError>,
) -> Result<(), AppError> {
    let id = id.to_string();
    let progress = app.running.by_id().get(&id).cloned();
    let (done, total) = progress.map_or((0, 0), |it| it.get());
    app.store
        .write(&stamp.going_on(), move |tx| -> Result<_, AppError> {
            let mut row = operations::by_id(tx.conn, &id)?.ok_or(AppError::NotFound)?;
            (row.done, row.total) = (done, total);
            row.updated_at = tx.now.naive_utc();
            match outcome {
                Ok(url) => {
                    row.state = OperationState::Succeeded.into();
                    row.result_url = Some(url);
                }
                Err(error) => {
                    row.state = OperationState::Failed.into();
                    row.result_url = None;
                    row.problem = Some(failure(&error).to_string());
                }
            }
            operations::update(tx.conn, &row)?;
            let seq = tell(tx, &row, Event::OperationEnded)?;
            Ok(Changed::new((), seq))
        })?;
    Ok(())
}

fn failure(error: &AppError) -> Json {
    let errors: Vec<Json> = match error {
        AppError::Invalid { errors } => errors
            .iter()
            .map(|it| {
                let params: serde_json::Map<String, Json> = it
                    .params
                    .iter()
                    .map(|(name, value)| ((*name).to_string(), value.clone().into()))
                    .collect();
                json!({ "pointer": it.pointer, "code": it.code, "params": params })
            })
            .collect(),
        _ => Vec::new(),
    };
    json!({ "code": error.code(), "errors": errors })
}

fn tell(
    tx: &mut Tx<'_>,
    row: &OperationRow,
    event: fn(Operation) -> Event,
) -> Result<Seq, StoreError> {
    tx.tell(event(Operation {
        operation_id: row.id.clone(),
        kind: *row.kind,
        state: *row.state,
        result_url: row.result_url.clone(),
    }))
}

fn view(row: OperationRow) -> Result<OperationView, StoreError> {
    let failure = row.problem.as_deref().map(serde_json::from_str).transpose();
    Ok(OperationView {
        id: row.id,
        kind: *row.kind,
        state: *row.state,
        done: row.done,
        total: row.total,
        result_url: row.result_url,
        failure: failure.map_err(StoreError::corrupt)?,
        created_at: row.created_at.and_utc(),
        updated_at: row.updated_at.and_utc(),
    })
}
