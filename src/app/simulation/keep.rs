//! Writing a simulation down: the movers a bounded number at a time, so that nobody else's change waits long, and the
//! result at the end.

use serde_json::json;

use super::request::Plan;
use super::view::{SimulationView, Summary, filter, view};
use crate::app::App;
use crate::app::error::AppError;
use crate::domain::event::Event;
use crate::domain::event::office::Simulation;
use crate::domain::fold::{Together, sha256};
use crate::domain::simulate::SimulationState;
use crate::store::simulations::{self, MoverRow, SimulationRow};
use crate::store::{Changed, Job, Seq, Stamp, StoreError, Tx};

/// A few hundredths of a second for the one writer.
const AT_ONCE: usize = 2_000;

/// What is written of a simulation while it goes on. Where all movers fit into one change there is one change and one
/// event; where they do not, each change has an event of its own and the simulation shows only when it is complete.
pub(super) struct Keeper<'a> {
    app: &'a App,
    stamp: Stamp,
    row: SimulationRow,
    waiting: Vec<MoverRow>,
    /// What was written.
    list: Listed,
}

/// Over what is listed by now, so that a list cannot be altered unseen.
#[derive(Debug, Clone, Default)]
struct Listed {
    count: i64,
    rows: Together,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(app: &'a App, stamp: &Stamp, plan: &Plan) -> Self {
        let part = &plan.part;
        let only = filter(part.district_code.as_deref(), part.industry_code.as_deref());
        let nothing = json!(Summary::default()).to_string();
        let row = SimulationRow {
            id: app.env.ids.new_id(),
            rule_set: plan.base.set.code.clone(),
            base_version: plan.base.version,
            base_hash: plan.base.set.hash.clone(),
            proposed_version: plan.proposed_version,
            proposed_hash: plan.proposed.hash.clone(),
            change: plan.change.to_string(),
            document: plan.document.clone(),
            as_of: plan.as_of,
            known_at: plan.known_at.naive_utc(),
            filter: only.to_string(),
            state: SimulationState::Running.into(),
            total: 0,
            moved: 0,
            summary_hash: hash(&nothing),
            summary: nothing,
            created_by: stamp.origin.actor.clone(),
            created_at: plan.known_at.naive_utc(),
            finished_at: None,
            seq: 0,
        };
        Keeper {
            app,
            stamp: stamp.going_on(),
            row,
            waiting: Vec::new(),
            list: Listed::default(),
        }
    }

    /// Takes movers in, in the order of the firms' ids.
    pub(super) fn add(&mut self, movers: Vec<MoverRow>) -> Result<(), AppError> {
        for mut mover in movers {
            self.row.moved += 1;
            mover.place = self.row.moved;
            mover.simulation_id.clone_from(&self.row.id);
            self.waiting.push(mover);
            // Not before there is one more: the last go with the result.
            if self.waiting.len() > AT_ONCE {
                let rest = self.waiting.split_off(AT_ONCE);
                let full = std::mem::replace(&mut self.waiting, rest);
                self.write(Event::SimulationListed, full)?;
            }
        }
        Ok(())
    }

    /// The result, which makes the simulation show.
    pub(super) fn finish(
        &mut self,
        total: i64,
        summary: &Summary,
    ) -> Result<SimulationView, AppError> {
        let canonical = serde_json_canonicalizer::to_string(summary).map_err(AppError::internal)?;
        self.row.summary_hash = hash(&canonical);
        self.row.summary = canonical;
        self.row.total = total;
        self.row.state = SimulationState::Completed.into();
        let rest = std::mem::take(&mut self.waiting);
        self.write(Event::SimulationCompleted, rest)
    }

    /// What was written of a list that will not be complete is taken back.
    pub(super) fn give_up(&mut self) -> Result<(), AppError> {
        match self.list.count {
            0 => Ok(()),
            _ => fail(self.app, &self.stamp, self.row.clone()),
        }
    }

    fn write(
        &mut self,
        event: fn(Simulation) -> Event,
        movers: Vec<MoverRow>,
    ) -> Result<SimulationView, AppError> {
        let mut row = self.row.clone();
        let mut list = self.list.clone();
        movers.iter().for_each(|it| list.add(it));
        let listed = list.clone();
        let done = self
            .app
            .store
            .write(&self.stamp, move |tx| -> Result<_, AppError> {
                let seq = put(tx, &mut row, &list, event)?;
                simulations::insert_movers(tx.conn, &movers)?;
                Ok(Changed::new(view(row)?, seq))
            })?;
        self.list = listed;
        Ok(done.value)
    }
}

/// Takes back what a process that is gone left unfinished; tells how many simulations.
pub fn fail_interrupted(app: &App) -> Result<usize, AppError> {
    // Another process may be at one; none takes this long.
    let before = app.env.clock.now() - chrono::Duration::hours(6);
    let left = app
        .store
        .read(|conn| simulations::unfinished(conn, before.naive_utc()))?;
    let count = left.len();
    for row in left {
        fail(app, &Stamp::job(Job::Clockwork), row)?;
    }
    Ok(count)
}

fn fail(app: &App, stamp: &Stamp, mut row: SimulationRow) -> Result<(), AppError> {
    app.store.write(stamp, move |tx| -> Result<_, AppError> {
        row.state = SimulationState::Failed.into();
        let seq = put(tx, &mut row, &Listed::default(), Event::SimulationFailed)?;
        simulations::delete_movers(tx.conn, &row.id)?;
        Ok(Changed::new((), seq))
    })?;
    Ok(())
}

/// Tells how far it has come, and puts it there.
fn put(
    tx: &mut Tx<'_>,
    row: &mut SimulationRow,
    list: &Listed,
    event: fn(Simulation) -> Event,
) -> Result<Seq, StoreError> {
    let seq = tx.tell(event(told(row, list)))?;
    row.seq = seq.get();
    if row.state != SimulationState::Running {
        row.finished_at = Some(tx.now.naive_utc());
    }
    simulations::put(tx.conn, row)?;
    Ok(seq)
}

fn told(row: &SimulationRow, list: &Listed) -> Simulation {
    Simulation {
        simulation_id: row.id.clone(),
        rule_set: row.rule_set.clone(),
        base_version: row.base_version,
        base_hash: row.base_hash.clone(),
        proposed_version: row.proposed_version,
        proposed_hash: row.proposed_hash.clone(),
        change: row.change.clone(),
        as_of: row.as_of,
        known_at: row.known_at.and_utc(),
        filter: row.filter.clone(),
        state: *row.state,
        total: row.total,
        moved: row.moved,
        summary_hash: row.summary_hash.clone(),
        created_by: row.created_by.clone(),
        created_at: row.created_at.and_utc(),
        listed: list.count,
        list_hash: list.rows.hash(),
    }
}

impl Listed {
    fn add(&mut self, row: &MoverRow) {
        self.count += 1;
        self.rows.add(row);
    }
}

fn hash(text: &str) -> String {
    format!("sha256:{}", sha256(text))
}
