//! The course of a run: chunks are read on one thread, judged on another, and recorded by the writer meanwhile.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::judge::{Judged, judge};
use super::load::{Chunk, View, chunk};
use super::plan::{Plan, RunRequest, plan};
use super::proposals::{Course, Proposed, proposals};
use super::record::record;
use super::view::{RunView, Summary, view};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::population::Reading;
use crate::app::{App, rules};
use crate::domain::access::RunAssessment;
use crate::domain::event::Event;
use crate::domain::outcome::Outcome;
use crate::domain::rules::RuleSet;
use crate::domain::run::RunState;
use crate::store::assessments::{self, Part, RunRow};
use crate::store::{Changed, Stamp, StoreError, ledger};

/// What a run would come to, with nothing written.
#[derive(Debug, Clone)]
pub struct Preview {
    pub rule_set: String,
    pub rule_set_version: i64,
    pub rule_set_hash: String,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    pub district_code: Option<String>,
    pub yearly: bool,
    pub total: i64,
    pub summary: Summary,
    /// What it was judged by.
    pub rules: Arc<RuleSet>,
}

/// Chunks waiting between two threads: enough to keep both busy, little enough to keep memory flat.
const WAITING: usize = 2;

/// Does the work of a run that was begun.
pub(super) fn execute(
    app: &App,
    caller: &Caller<RunAssessment>,
    run_id: &str,
    mut progress: impl FnMut(usize, usize),
) -> Result<RunView, AppError> {
    let row = app
        .store
        .read(|conn| assessments::run_by_id(conn, run_id))?
        .ok_or(AppError::NotFound)?;
    if row.state != RunState::Running {
        return Err(AppError::conflict("assessment.ended"));
    }
    let outcome = course(app, &row).and_then(|course| {
        walk(app, &course, caller.stamp(), !row.dry_run, |done| {
            progress(done, row.total as usize)
        })
    });
    let end = match &outcome {
        Ok((done, summary)) => End {
            state: RunState::Completed,
            done: *done,
            summary: summary.clone(),
        },
        Err(_) => End {
            state: RunState::Failed,
            done: 0,
            summary: Summary::default(),
        },
    };
    let ended = finish(app, &caller.stamp(), run_id, end);
    outcome?;
    ended
}

/// Judges everybody and writes nothing.
pub fn preview(
    app: &App,
    caller: &Caller<RunAssessment>,
    request: &RunRequest,
    mut progress: impl FnMut(usize, usize),
) -> Result<Preview, AppError> {
    let plan = plan(app, request)?;
    let yearly = app.store.read(|conn| plan.yearly(conn))?;
    let known_seq = app.store.read(ledger::tree_head)?.size;
    let course = planned(app, &plan, yearly, known_seq);
    let total = plan.total as usize;
    let (_, summary) = walk(app, &course, caller.stamp(), false, |done| {
        progress(done, total)
    })?;
    Ok(Preview {
        rule_set: plan.rules.set.code.clone(),
        rule_set_version: plan.rules.version,
        rule_set_hash: plan.rules.set.hash.clone(),
        as_of: plan.as_of,
        known_at: course.view.reading.known_at,
        district_code: plan.district_code,
        yearly,
        total: plan.total,
        summary,
        rules: plan.rules.set,
    })
}

fn course(app: &App, row: &RunRow) -> Result<Course, AppError> {
    let rules = app.store.read(|conn| rules::of_run(app, conn, row))?;
    let district = view(row.clone())?.district_code;
    let seen = View {
        rule_set: rules.set.code.clone(),
        reading: Reading {
            part: part(district),
            as_of: row.as_of,
            known_at: row.known_at.and_utc(),
            known_seq: row.known_seq,
            is_today: row.as_of >= app.env.clock.today(),
        },
    };
    Ok(Course {
        run_id: Some(row.id.clone()),
        run_no: row.run_no,
        yearly: row.yearly,
        rules,
        view: seen,
    })
}

fn planned(app: &App, plan: &Plan, yearly: bool, known_seq: i64) -> Course {
    Course {
        run_id: None,
        run_no: 0,
        yearly,
        view: View {
            rule_set: plan.rules.set.code.clone(),
            reading: Reading {
                part: part(plan.district_code.clone()),
                as_of: plan.as_of,
                known_at: app.env.clock.now(),
                known_seq,
                is_today: plan.as_of >= app.env.clock.today(),
            },
        },
        rules: plan.rules.clone(),
    }
}

fn part(district_code: Option<String>) -> Part {
    Part {
        district_code,
        industry_code: None,
    }
}

/// Reads, judges and, unless it is a trial, records the whole population.
fn walk(
    app: &App,
    course: &Course,
    stamp: Stamp,
    keep: bool,
    mut progress: impl FnMut(usize),
) -> Result<(i64, Summary), AppError> {
    // The key of the request was used when the run was begun.
    let stamp = stamp.going_on();
    std::thread::scope(|scope| {
        let (send, chunks) = sync_channel::<Result<Chunk, StoreError>>(WAITING);
        scope.spawn(move || read_all(app, &course.view, &send));
        let mut tally = Tally::new(course);
        for chunk in received(&chunks) {
            let judged: Vec<Judged<'_>> = chunk?
                .candidates
                .into_iter()
                .filter_map(|candidate| judge(&course.rules.set, candidate, course.yearly))
                .collect();
            judged.iter().for_each(|it| tally.count(it));
            let chunk = proposals(course, judged);
            tally.count_moves(&chunk);
            if keep {
                record(app, course, &stamp, chunk)?;
            }
            progress(tally.done as usize);
        }
        Ok((tally.done, tally.finish(course)))
    })
}

fn read_all(app: &App, view: &View, send: &SyncSender<Result<Chunk, StoreError>>) {
    let mut after = String::new();
    loop {
        let read = app.store.read(|conn| chunk(conn, view, &after));
        let message = match read {
            Ok(None) => return,
            Ok(Some(chunk)) => {
                after.clone_from(&chunk.last_id);
                Ok(chunk)
            }
            Err(error) => Err(error),
        };
        let failed = message.is_err();
        // Nobody receives any more once the judging has failed.
        if send.send(message).is_err() || failed {
            return;
        }
    }
}

fn received(
    chunks: &Receiver<Result<Chunk, StoreError>>,
) -> impl Iterator<Item = Result<Chunk, AppError>> + '_ {
    chunks.iter().map(|chunk| chunk.map_err(AppError::from))
}

/// Counts while the run goes on.
struct Tally {
    done: i64,
    summary: Summary,
    /// By the place of the criterion in the rule set.
    unmet: Vec<i64>,
}

impl Tally {
    fn new(course: &Course) -> Self {
        Tally {
            done: 0,
            summary: Summary::default(),
            unmet: vec![0; course.rules.set.criteria().count()],
        }
    }

    fn count(&mut self, judged: &Judged<'_>) {
        self.done += 1;
        if let Some(membership) = &judged.candidate.membership {
            bump(&mut self.summary.before, membership.pool.as_str());
        }
        let placed = judged
            .assessment
            .verdict
            .placement
            .map_or("UNDECIDED", |it| it.as_str());
        bump(&mut self.summary.placed, placed);
        match &judged.decision {
            Some(_) => self.summary.changed += 1,
            None => self.summary.unchanged += 1,
        }
        for (place, count) in self.unmet.iter_mut().enumerate() {
            if judged.assessment.verdict.outcomes.get(place) == Outcome::Unmet {
                *count += 1;
            }
        }
    }

    fn count_moves(&mut self, chunk: &Proposed) {
        for kind in chunk.kinds() {
            bump(&mut self.summary.movements, kind);
        }
        self.summary.at_risk += chunk.newly_at_risk() as i64;
    }

    fn finish(mut self, course: &Course) -> Summary {
        let ids = course
            .rules
            .set
            .criteria()
            .map(|criterion| criterion.id.clone());
        self.summary.unmet = ids
            .zip(self.unmet)
            .filter(|(_, count)| *count > 0)
            .collect();
        self.summary
    }
}

fn bump(counts: &mut std::collections::BTreeMap<String, i64>, key: &str) {
    match counts.get_mut(key) {
        Some(count) => *count += 1,
        None => {
            counts.insert(key.to_string(), 1);
        }
    }
}

/// How a run ended.
pub(super) struct End {
    pub state: RunState,
    pub done: i64,
    pub summary: Summary,
}

pub(super) fn finish(
    app: &App,
    stamp: &Stamp,
    run_id: &str,
    end: End,
) -> Result<RunView, AppError> {
    let id = run_id.to_string();
    let stamp = stamp.going_on();
    let done = app.store.write(&stamp, move |tx| -> Result<_, AppError> {
        let mut row = assessments::run_by_id(tx.conn, &id)?.ok_or(AppError::NotFound)?;
        row.state = end.state.into();
        row.done = end.done;
        row.summary = json!(end.summary).to_string();
        row.finished_at = Some(tx.now.naive_utc());
        let seq = tx.tell(Event::AssessmentEnded(row.told()))?;
        row.seq = seq.get();
        assessments::update_run(tx.conn, &row)?;
        Ok(Changed::new(view(row)?, seq))
    })?;
    Ok(done.value)
}
