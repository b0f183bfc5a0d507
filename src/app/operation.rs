//! Long work: begun by a request, run on a thread of its own, followed at `/v1/operations/{id}`.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::domain::access::OwnAccount;
use crate::domain::ledger::{Event, Subject};
use crate::store::operations::{self, OperationRow};
use crate::store::{Changed, Engine, Stamp};

use super::App;
use super::caller::Caller;
use super::error::AppError;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperationView {
    pub id: String,
    /// ASSESSMENT, IMPORT or EXPORT.
    pub kind: String,
    /// RUNNING, SUCCEEDED or FAILED.
    pub state: String,
    pub done: i64,
    /// 0 as long as it is not known.
    pub total: i64,
    pub result_url: Option<String>,
    /// Of a failure: `{code, errors}`; the transport makes a problem document of it.
    pub failure: Option<Json>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// How far a piece of work has come.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicI64,
    total: AtomicI64,
}

impl Progress {
    pub fn set(&self, done: usize, total: usize) {
        self.done.store(done as i64, Ordering::Relaxed);
        self.total.store(total as i64, Ordering::Relaxed);
    }

    pub fn get(&self) -> (i64, i64) {
        (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        )
    }
}

/// The progress of what this process is working on; kept in memory, since it is no fact of the register.
#[derive(Debug, Default)]
pub struct Running {
    by_id: Mutex<HashMap<String, Arc<Progress>>>,
}

/// More than these at once would only slow each other down.
const MOST_AT_ONCE: usize = 4;

/// Begins work and returns at once; `work` gives the address of its result.
pub fn in_background<F>(
    app: &App,
    stamp: &Stamp,
    kind: &'static str,
    work: F,
) -> Result<OperationView, AppError>
where
    F: FnOnce(&App, &Progress) -> Result<String, AppError> + Send + 'static,
{
    let progress = Arc::new(Progress::default());
    let begun = begin(app, stamp, kind)?;
    {
        let mut running = app
            .running
            .by_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if running.len() >= MOST_AT_ONCE {
            drop(running);
            end(app, stamp, &begun.id, Err(AppError::Busy))?;
            return Err(AppError::Busy);
        }
        running.insert(begun.id.clone(), progress.clone());
    }
    let (app, stamp, id) = (app.clone(), stamp.clone(), begun.id.clone());
    std::thread::Builder::new()
        .name("sanku-work".into())
        .spawn(move || {
            let outcome =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&app, &progress)))
                    .unwrap_or_else(|_| Err(AppError::internal("background work panicked")));
            if let Err(error) = &outcome {
                tracing::warn!(%error, kind, "background work failed");
            }
            if let Err(error) = end(&app, &stamp, &id, outcome) {
                tracing::error!(%error, kind, "the end of background work was not recorded");
            }
            app.running
                .by_id
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
        })
        .map_err(AppError::internal)?;
    Ok(begun)
}

/// The caller's own work.
pub fn get(app: &App, caller: &Caller<OwnAccount>, id: &str) -> Result<OperationView, AppError> {
    let row = app.store.read(|conn| operations::by_id(conn, id))?;
    let row = row
        .filter(|row| row.created_by == caller.actor())
        .ok_or(AppError::NotFound)?;
    let mut view = view(row)?;
    let running = app
        .running
        .by_id
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(progress) = running.get(id) {
        (view.done, view.total) = progress.get();
    }
    Ok(view)
}

/// Marks as failed what a process that is gone left running.
pub fn fail_interrupted(app: &App) -> Result<usize, AppError> {
    // Beside a PostgreSQL another process may be at work; nothing it does takes this long.
    let patience = match app.store.engine() {
        Engine::Sqlite { .. } => chrono::Duration::zero(),
        Engine::Postgres { .. } => chrono::Duration::hours(6),
    };
    let before = app.env.clock.now() - patience;
    let left: Vec<OperationRow> = app.store.read(operations::running)?;
    let stamp = Stamp::new("system:jobs");
    let mut failed = 0;
    for row in left
        .into_iter()
        .filter(|row| row.created_at.and_utc() <= before)
    {
        end(
            app,
            &stamp,
            &row.id,
            Err(AppError::conflict("operation.interrupted")),
        )?;
        failed += 1;
    }
    Ok(failed)
}

fn begin(app: &App, stamp: &Stamp, kind: &'static str) -> Result<OperationView, AppError> {
    // The key belongs to the change the work makes, not to the work's own record.
    let stamp = Stamp::new(stamp.actor.clone());
    let done = app.store.write(&stamp, move |tx| -> Result<_, AppError> {
        let row = OperationRow {
            id: tx.new_id(),
            kind: kind.into(),
            state: "RUNNING".into(),
            done: 0,
            total: 0,
            result_url: None,
            problem: None,
            created_by: tx.actor.into(),
            created_at: tx.now.naive_utc(),
            updated_at: tx.now.naive_utc(),
        };
        operations::insert(tx.conn, &row)?;
        let event = told("OPERATION_BEGUN", &row);
        Ok(Changed::new(view(row)?, event))
    })?;
    Ok(done.value)
}

fn end(
    app: &App,
    stamp: &Stamp,
    id: &str,
    outcome: Result<String, AppError>,
) -> Result<(), AppError> {
    let id = id.to_string();
    let (done, total) = {
        let running = app
            .running
            .by_id
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        running.get(&id).map_or((0, 0), |progress| progress.get())
    };
    app.store.write(
        &Stamp::new(stamp.actor.clone()),
        move |tx| -> Result<_, AppError> {
            let mut row = operations::by_id(tx.conn, &id)?.ok_or(AppError::NotFound)?;
            (row.done, row.total) = (done, total);
            row.updated_at = tx.now.naive_utc();
            match outcome {
                Ok(url) => {
                    row.state = "SUCCEEDED".into();
                    row.result_url = Some(url);
                }
                Err(error) => {
                    row.state = "FAILED".into();
                    row.problem = Some(failure(&error).to_string());
                }
            }
            operations::update(tx.conn, &row)?;
            let event = told("OPERATION_ENDED", &row);
            Ok(Changed::new((), event))
        },
    )?;
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

fn told(kind: &'static str, row: &OperationRow) -> Event {
    let body = json!({ "kind": row.kind, "state": row.state, "result_url": row.result_url });
    Event::new(kind, Subject::new("operation", &row.id), body)
}

fn view(row: OperationRow) -> Result<OperationView, AppError> {
    let failure = row.problem.as_deref().map(serde_json::from_str).transpose();
    Ok(OperationView {
        id: row.id,
        kind: row.kind,
        state: row.state,
        done: row.done,
        total: row.total,
        result_url: row.result_url,
        failure: failure.map_err(AppError::internal)?,
        created_at: row.created_at.and_utc(),
        updated_at: row.updated_at.and_utc(),
    })
}
