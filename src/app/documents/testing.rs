//! Running the test cases of a version (试运行).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::cases::{exists, hash};
use super::kind::{Document, Sound};
use super::report::Report;
use super::stage::{find, step};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::shown::{Instant, Versioned};
use crate::app::{App, Done};
use crate::domain::access::{DraftRules, ReadRuleDrafts};
use crate::domain::at::At;
use crate::domain::clock::is_id;
use crate::domain::document::life::Act;
use crate::domain::event::Event;
use crate::domain::event::documents::VersionTested;
use crate::domain::fold::sha256;
use crate::store::document_drafts::DraftRow;
use crate::store::document_tests::{self, CaseRow, TestRunRow};
use crate::store::{Changed, Seq, StoreError, Tx, document_waivers};

/// A run of the test cases, of this very document and these very cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestRunView {
    pub id: String,
    pub code: String,
    pub version: i64,
    pub document_hash: String,
    pub cases_hash: String,
    /// Whether there are cases and all of them hold.
    pub passed: bool,
    pub run_by: String,
    pub run_at: DateTime<Utc>,
    pub report: Report,
}

// A run in a list: what came of it in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TestRunItem {
    pub id: String,
    pub version: i64,
    /// Whether there are cases and all of them hold.
    pub passed: bool,
    pub case_count: i64,
    pub failed_count: i64,
    /// Boundaries neither shown by a case nor waived.
    pub missing_count: i64,
    /// Of the document and the cases that were tried.
    pub document_hash: String,
    pub cases_hash: String,
    pub run_by: String,
    pub run_at: Instant,
}

/// Tries the draft on all its cases and keeps what came of it; for an approval, and for people to look at.
pub fn test(
    app: &App,
    caller: &Caller<DraftRules>,
    of: &Document,
    number: i64,
) -> Result<Done<TestRunView>, AppError> {
    let standing = app.store.read(|conn| find(conn, of, number))?;
    step(&standing, Act::Test)?;
    let sound = of.read(app, &standing.document)?;
    let tried = Trial::make(app, &standing, &*sound)?;
    let (of, id) = (of.clone(), app.env.ids.new_id());
    app.store.write(&caller.stamp(), move |tx| {
        let row = find(tx.conn, &of, number)?;
        step(&row, Act::Test)?;
        if row.document_hash != standing.document_hash {
            return Err(AppError::conflict("request.conflict"));
        }
        let (view, seq) = tried.keep(tx, &row, id)?;
        Ok(Changed::new(view, seq))
    })
}

/// The runs of a version known at an instant, latest first; from before one on, if its sequence is given.
pub fn test_runs(
    app: &App,
    _: &Caller<ReadRuleDrafts>,
    of: &Document,
    number: i64,
    at: At,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Versioned<TestRunItem>>, AppError> {
    let before = before.unwrap_or(i64::MAX);
    app.store.read(|conn| {
        exists(conn, of, number, at.known_at)?;
        let rows = document_tests::runs(conn, &of.name, number, at.known_at, before, limit)?;
        Ok(rows.into_iter().map(item).collect())
    })
}

pub fn test_run(
    app: &App,
    _: &Caller<ReadRuleDrafts>,
    of: &Document,
    number: i64,
    id: &str,
) -> Result<TestRunView, AppError> {
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    app.store.read(|conn| {
        let found = document_tests::run(conn, &of.name, number, id)?;
        let (row, report) = found.ok_or(AppError::NotFound)?;
        let report = serde_json::from_str(&report).map_err(StoreError::corrupt)?;
        Ok(view(row, report))
    })
}

/// A document tried on the cases of its version.
pub struct Trial {
    pub report: Report,
    pub cases_hash: String,
}

impl Trial {
    pub fn make(app: &App, row: &DraftRow, sound: &dyn Sound) -> Result<Trial, AppError> {
        let (rows, waivers) = app.store.read(|conn| {
            let now = app.env.clock.now();
            let rows = document_tests::cases(conn, &row.name, row.version, now)?;
            let waivers = document_waivers::standing(conn, &row.name, row.version, now)?;
            Ok::<_, AppError>((rows, waivers))
        })?;
        let body = |row: &CaseRow| -> Result<(String, Json), StoreError> {
            let body = serde_json::from_str(&row.body).map_err(StoreError::corrupt)?;
            Ok((row.id.clone(), body))
        };
        let cases: Vec<_> = rows.iter().map(body).collect::<Result<_, _>>()?;
        Ok(Trial {
            report: sound.tried(&cases, &waivers)?,
            cases_hash: hash(&rows),
        })
    }

    /// Tells what came of it, and keeps it.
    pub fn keep(
        self,
        tx: &mut Tx<'_>,
        of: &DraftRow,
        id: String,
    ) -> Result<(TestRunView, Seq), AppError> {
        let report = serde_json::to_string(&self.report).map_err(AppError::internal)?;
        let run = VersionTested {
            name: of.name.to_string(),
            version: of.version,
            test_run_id: id,
            document_hash: of.document_hash.clone(),
            cases_hash: self.cases_hash,
            passed: self.report.passed(),
            case_count: self.report.results.len() as i64,
            failed_count: self.report.failed() as i64,
            missing_count: self.report.missing.len() as i64,
            waived_count: self.report.waived.len() as i64,
            report_hash: sha256(&report),
        };
        let seq = tx.tell(Event::DocumentTested(run.clone()))?;
        let row = TestRunRow {
            id: run.test_run_id,
            name: of.name.clone(),
            version: run.version,
            document_hash: run.document_hash,
            cases_hash: run.cases_hash,
            passed: run.passed,
            case_count: run.case_count,
            failed_count: run.failed_count,
            missing_count: run.missing_count,
            run_by: tx.actor.into(),
            run_at: tx.now.naive_utc(),
            seq: seq.get(),
        };
        document_tests::insert_run(tx.conn, &row, &report)?;
        Ok((view(row, self.report), seq))
    }
}

fn view(row: TestRunRow, report: Report) -> TestRunView {
    TestRunView {
        report,
        id: row.id,
        code: row.name.code.clone(),
        version: row.version,
        document_hash: row.document_hash,
        cases_hash: row.cases_hash,
        passed: row.passed,
        run_by: row.run_by,
        run_at: row.run_at.and_utc(),
    }
}

fn item(row: TestRunRow) -> Versioned<TestRunItem> {
    Versioned {
        version: row.seq,
        record: TestRunItem {
            id: row.id,
            version: row.version,
            passed: row.passed,
            case_count: row.case_count,
            failed_count: row.failed_count,
            missing_count: row.missing_count,
            document_hash: row.document_hash,
            cases_hash: row.cases_hash,
            run_by: row.run_by,
            run_at: row.run_at.into(),
        },
    }
}
