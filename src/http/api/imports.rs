//! `/v1/imports`: staff's tables into the register.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::Done;
use crate::app::import::{self, Counts, ImportOptions, ImportReport, Limits};
use crate::domain::access::Import;
use crate::domain::date;
use crate::domain::facts::Evidence;
use crate::http::answer::{Created, Shown};
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::upload::Upload;

#[derive(Deserialize, IntoParams)]
pub struct Options {
    /// Say what would change, and change nothing.
    validate_only: Option<bool>,
    /// From when the facts of the table of enterprises hold (YYYY-MM-DD); else from 1 January after the last year of figures.
    facts_from: Option<String>,
    /// How well the figures are proved: ENTITY_SUPPLIED (if not given), DOCUMENTED, DEPARTMENT_MATCHED or AUDITED.
    evidence: Option<String>,
}

/// What an import found and did.
// Not the report of `app`, which is kept: the problems in it are told as a problem document.
#[derive(Serialize, ToSchema)]
pub struct ImportView {
    /// None where nothing was changed.
    id: Option<String>,
    validate_only: bool,
    /// Whether the register now holds what the tables say.
    applied: bool,
    tables: Vec<TableView>,
    facts_from: Option<String>,
    enterprises: CountsView,
    /// Rows of yearly figures.
    figures: CountsView,
    /// Rows of enterprises as far as their dated facts go.
    dated_facts: CountsView,
    certifications: CountsView,
    notes: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct TableView {
    file: String,
    sheet: Option<String>,
    rows: u32,
}

#[derive(Serialize, ToSchema)]
struct CountsView {
    new: usize,
    changed: usize,
    unchanged: usize,
}

/// All or nothing. Faulty tables are a 422 that names file, sheet, row and column of each fault.
pub async fn create(
    ticket: Ticket<Import>,
    options: Query<Options>,
    upload: Upload,
) -> Result<Created<ImportView>, Problem> {
    let done = ticket.call(move |app, caller| {
        let asked = options.read()?;
        let upload = upload.read()?;
        let mut options = ImportOptions::new(app.env.clock.today());
        options.read.limits = Limits::upload();
        options.dry_run = asked.validate_only.unwrap_or(false);
        options.facts_from = match asked.facts_from.as_deref().map(date::parse) {
            None => None,
            Some(Ok(day)) => Some(day),
            Some(Err(fault)) => return Err(Problem::bad_query("facts_from", fault.code)),
        };
        if let Some(evidence) = asked.evidence {
            let known = Evidence::parse(&evidence);
            options.evidence =
                known.ok_or(Problem::bad_query("evidence", "fact.evidence_unknown"))?;
        }
        let done = import::import(
            app,
            &caller.once(upload.claim.clone()),
            &upload.files,
            options,
        )?;
        match done.value.problem_count {
            0 => Ok(done),
            _ => Err(Problem::Tables {
                report: Box::new(done.value),
            }),
        }
    });
    let Done { value, replayed } = done.await?;
    let url = value.id.as_ref().map(|id| format!("/v1/imports/{id}"));
    let created = Created::new(ImportView::from(value)).replayed(replayed);
    Ok(match url {
        Some(url) => created.location(url),
        None => created,
    })
}

pub async fn get(ticket: Ticket<Import>, id: Path<String>) -> Result<Shown<ImportView>, Problem> {
    let report = ticket.call(move |app, caller| Ok(import::recorded(app, &caller, &id)?));
    Ok(Shown::new(report.await?.into()))
}

impl From<ImportReport> for ImportView {
    fn from(report: ImportReport) -> Self {
        ImportView {
            id: report.id,
            validate_only: report.dry_run,
            applied: report.applied,
            tables: report
                .tables
                .into_iter()
                .map(|it| TableView {
                    file: it.file,
                    sheet: it.sheet,
                    rows: it.rows,
                })
                .collect(),
            facts_from: report.facts_from.map(|day| day.to_string()),
            enterprises: report.enterprises.into(),
            figures: report.figures.into(),
            dated_facts: report.dated_facts.into(),
            certifications: report.certifications.into(),
            notes: report.notes,
        }
    }
}

impl From<Counts> for CountsView {
    fn from(counts: Counts) -> Self {
        CountsView {
            new: counts.new,
            changed: counts.changed,
            unchanged: counts.unchanged,
        }
    }
}
