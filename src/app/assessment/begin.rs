//! Beginning a run, and the certainty that only one goes on at a time.

use serde_json::json;

use super::plan::{Plan, RunRequest, plan};
use super::run::{End, execute, finish};
use super::view::{RunView, Summary, view};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::operation::{self, OperationView};
use crate::app::{App, Done};
use crate::domain::access::RunAssessment;
use crate::domain::document::Kind;
use crate::domain::event::Event;
use crate::domain::operation::OperationKind;
use crate::domain::run::RunState;
use crate::store::assessments::{self, RunRow};
use crate::store::{Changed, Hold, Job, Seq, Stamp, Tx, document_versions};

/// Makes a run and waits until it is through; `progress` hears of (done, total).
pub fn run(
    app: &App,
    caller: &Caller<RunAssessment>,
    request: &RunRequest,
    progress: impl FnMut(usize, usize),
) -> Result<RunView, AppError> {
    let plan = plan(app, request)?;
    let alone = alone(app)?;
    let (id, free) = (app.env.ids.new_id(), alone.is_some());
    let begun = app.store.write(&caller.stamp(), move |tx| {
        let (row, seq) = insert(tx, &plan, id, free)?;
        Ok::<_, AppError>(Changed::new(view(row)?, seq))
    })?;
    execute(app, caller, &begun.value.id, progress)
}

/// Begins a run that goes on in the background, and gives the operation by which it is followed.
pub fn begin(
    app: &App,
    caller: &Caller<RunAssessment>,
    request: &RunRequest,
) -> Result<Done<OperationView>, AppError> {
    let plan = plan(app, request)?;
    let alone = alone(app)?;
    let (id, free) = (app.env.ids.new_id(), alone.is_some());
    let (mine, run_id) = (caller.also::<RunAssessment>()?, id.clone());
    operation::launch(
        app,
        &caller.stamp(),
        OperationKind::Assessment,
        move |tx| {
            let (row, _) = insert(tx, &plan, id, free)?;
            Ok(Some(url(&row.id)))
        },
        move |app, progress| {
            // Until the run is through nobody else begins one.
            let _alone = alone;
            execute(app, &mine, &run_id, |done, total| progress.set(done, total))?;
            Ok(url(&run_id))
        },
    )
}

/// Marks as failed what a process that is gone left running; 0 while a run goes on somewhere.
pub fn fail_interrupted(app: &App) -> Result<usize, AppError> {
    match app.store.hold(ALONE)? {
        Some(_alone) => fail_left(app),
        None => Ok(0),
    }
}

const ALONE: &str = "assessment";

/// Whoever has this is the only one that runs an assessment, so that runs still marked as running were cut off.
fn alone(app: &App) -> Result<Option<Hold>, AppError> {
    let hold = app.store.hold(ALONE)?;
    if hold.is_some() {
        fail_left(app)?;
    }
    Ok(hold)
}

fn fail_left(app: &App) -> Result<usize, AppError> {
    let left = app.store.read(assessments::running)?;
    for row in &left {
        let end = End {
            state: RunState::Failed,
            done: row.done,
            summary: Summary::default(),
        };
        finish(app, &Stamp::job(Job::Clockwork), &row.id, end)?;
    }
    Ok(left.len())
}

fn insert(tx: &mut Tx<'_>, plan: &Plan, id: String, free: bool) -> Result<(RunRow, Seq), AppError> {
    if !free || !assessments::running(tx.conn)?.is_empty() {
        return Err(AppError::conflict("assessment.running"));
    }
    if !still_stands(tx, plan)? {
        return Err(AppError::conflict("request.conflict"));
    }
    // Everything before this entry is committed by the time the run reads; nothing after it is looked at.
    let known_seq = tx.known_seq();
    let mut row = RunRow {
        id,
        run_no: assessments::next_run_no(tx.conn)?,
        rule_set: plan.rules.set.code.clone(),
        rule_version: plan.rules.version,
        rule_hash: plan.rules.set.hash.clone(),
        as_of: plan.as_of,
        known_at: tx.now.naive_utc(),
        filter: plan.filter().to_string(),
        dry_run: plan.dry_run,
        yearly: plan.yearly(tx.conn)?,
        state: RunState::Running.into(),
        done: 0,
        total: plan.total,
        summary: json!(Summary::default()).to_string(),
        created_by: tx.actor.into(),
        created_at: tx.now.naive_utc(),
        finished_at: None,
        seq: 0,
        known_seq,
    };
    let seq = tx.tell(Event::AssessmentBegun(row.told()))?;
    row.seq = seq.get();
    assessments::insert_run(tx.conn, &row)?;
    Ok((row, seq))
}

/// Whether the version that was found is still the last one for its first day: another may have been published since.
fn still_stands(tx: &mut Tx<'_>, plan: &Plan) -> Result<bool, AppError> {
    let set = &plan.rules.set;
    let known = document_versions::of(tx.conn, &Kind::RuleSet.named(&*set.code), tx.now)?;
    let found = known.iter().find(|row| row.hash == set.hash);
    let same_day = known
        .iter()
        .filter(|row| found.is_some_and(|it| it.effective_from == row.effective_from));
    let last = same_day.max_by_key(|row| row.seq);
    Ok(last.is_some_and(|row| row.hash == set.hash))
}

fn url(id: &str) -> String {
    format!("/v1/assessment-runs/{id}")
}
