//! Writing a simulation down: the movers a bounded number at a time, so that nobody else's change waits long, and the
//! result at the end.

use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use super::request::Plan;
use super::{SimulationView, Summary, filter, view};
use crate::app::App;
use crate::app::error::AppError;
use crate::domain::ledger::{Event, Subject};
use crate::store::simulations::{self, MoverRow, SimulationRow};
use crate::store::{Changed, Job, Stamp};

/// A few hundredths of a second for the one writer.
const AT_ONCE: usize = 2_000;

/// What is written of a simulation while it goes on. Where all movers fit into one change there is one change and one
/// event; where they do not, each change has an event of its own and the simulation shows only when it is complete.
pub(super) struct Keeper<'a> {
    app: &'a App,
    stamp: Stamp,
    row: SimulationRow,
    waiting: Vec<MoverRow>,
    /// Whether anything was written.
    begun: bool,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(app: &'a App, stamp: &Stamp, plan: &Plan) -> Self {
        let part = &plan.part;
        let only = filter(part.district_code.as_deref(), part.industry_code.as_deref());
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
            state: "RUNNING".into(),
            total: 0,
            moved: 0,
            summary: json!(Summary::default()).to_string(),
            summary_hash: String::new(),
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
            begun: false,
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
                self.write("SIMULATION_LISTED", full)?;
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
        self.row.state = "COMPLETED".into();
        let rest = std::mem::take(&mut self.waiting);
        self.write("SIMULATION_COMPLETED", rest)
    }

    /// What was written of a list that will not be complete is taken back.
    pub(super) fn give_up(&mut self) -> Result<(), AppError> {
        match self.begun {
            true => fail(self.app, &self.stamp, self.row.clone()),
            false => Ok(()),
        }
    }

    fn write(
        &mut self,
        kind: &'static str,
        movers: Vec<MoverRow>,
    ) -> Result<SimulationView, AppError> {
        let mut row = self.row.clone();
        let done = self
            .app
            .store
            .write(&self.stamp, move |tx| -> Result<_, AppError> {
                row.seq = tx.seq;
                if row.state == "COMPLETED" {
                    row.finished_at = Some(tx.now.naive_utc());
                }
                simulations::put(tx.conn, &row)?;
                simulations::insert_movers(tx.conn, &movers)?;
                let event = told(kind, &row, &movers);
                Ok(Changed::new(view(row)?, event))
            })?;
        self.begun = true;
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
        row.state = "FAILED".into();
        row.finished_at = Some(tx.now.naive_utc());
        row.seq = tx.seq;
        simulations::put(tx.conn, &row)?;
        simulations::delete_movers(tx.conn, &row.id)?;
        Ok(Changed::new((), told("SIMULATION_FAILED", &row, &[])))
    })?;
    Ok(())
}

fn told(kind: &'static str, row: &SimulationRow, movers: &[MoverRow]) -> Event {
    let mut body = json!({
        "rule_set": row.rule_set,
        "base_version": row.base_version,
        "base_hash": row.base_hash,
        "proposed_version": row.proposed_version,
        "proposed_hash": row.proposed_hash,
        "as_of": row.as_of.to_string(),
        "filter": row.filter,
        "state": row.state,
        "moved": row.moved,
    });
    if row.state == "COMPLETED" {
        body["change"] = row.change.clone().into();
        body["total"] = row.total.into();
        body["summary_hash"] = row.summary_hash.clone().into();
    }
    if !movers.is_empty() {
        body["listed"] = movers.len().into();
        body["list_hash"] = list_hash(movers);
    }
    Event::new(kind, Subject::new("simulation", &row.id), body)
}

/// Over what was listed in one change, so that a list cannot be altered unseen.
fn list_hash(movers: &[MoverRow]) -> Json {
    let mut digest = Sha256::new();
    for it in movers {
        for text in [
            &it.enterprise_id,
            &it.stood,
            &it.stands,
            &it.direction,
            &it.criteria,
        ] {
            digest.update(text);
            digest.update(b"\n");
        }
    }
    hex(&digest.finalize()).into()
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(digest: &[u8]) -> String {
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
