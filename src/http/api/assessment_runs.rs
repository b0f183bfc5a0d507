//! `/v1/assessment-runs`: judging the population, and what that came to.

use actix_web::web::Path;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::assessment::face::{AssessmentResult, AssessmentRun};
use crate::app::assessment::{self, RunRequest};
use crate::domain::access::{ReadAssessments, RunAssessment};
use crate::http::answer::{Accepted, Page, Shown};
use crate::http::body::Once;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Paging, Query};

use super::operations::{self, Operation};

#[derive(Deserialize, ToSchema)]
pub struct NewRun {
    /// Pool rules, `CODE` or `CODE@date`; `POOLS` if not given.
    #[schema(example = "POOLS")]
    rule_set: Option<String>,
    /// The day on which everybody is judged; today if not given, never one to come.
    #[schema(example = "2026-06-15")]
    as_of: Option<String>,
    /// Only this district.
    #[schema(example = "330602")]
    district_code: Option<String>,
    /// Judge and count, and keep neither decisions nor proposals.
    dry_run: Option<bool>,
}

#[derive(Deserialize, IntoParams)]
pub struct Results {
    /// `true`: only what this run decided anew.
    changed: Option<bool>,
    /// `false`: leave out the criteria.
    criteria: Option<bool>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same `changed`.
    cursor: Option<String>,
}

pub async fn create(
    ticket: Ticket<RunAssessment>,
    once: Once<NewRun>,
) -> Result<Accepted<Operation>, Problem> {
    let done = ticket.change(once, |app, caller, body| {
        let NewRun {
            rule_set,
            as_of,
            district_code,
            dry_run,
        } = body;
        let request = RunRequest {
            rule_set,
            as_of,
            district_code,
            dry_run: dry_run.unwrap_or(false),
        };
        let begun = assessment::begin(app, &caller, &request)?;
        Ok(operations::accepted(begun, caller.lang()))
    });
    done.await
}

pub async fn list(
    ticket: Ticket<ReadAssessments>,
    query: Query<Paging>,
) -> Result<Shown<Page<AssessmentRun>>, Problem> {
    const LIST: &str = "assessment-runs";
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let before = state.cursors.start(LIST, asked.cursor.as_deref())?;
        let found = assessment::list(app, &caller, before, limit as usize + 1)?;
        let page = state.cursors.page(LIST, limit, found, |it| it.number)?;
        let lang = caller.lang();
        Ok(page.map(|it| AssessmentRun::of(it, lang)))
    });
    Ok(Shown::new(page.await?))
}

pub async fn get(
    ticket: Ticket<ReadAssessments>,
    id: Path<String>,
) -> Result<Shown<AssessmentRun>, Problem> {
    let found = ticket.call(move |app, caller| {
        let found = assessment::get(app, &caller, &id)?;
        Ok(AssessmentRun::of(found, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

pub async fn results(
    ticket: Ticket<ReadAssessments>,
    id: Path<String>,
    query: Query<Results>,
) -> Result<Shown<Page<AssessmentResult>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let changed = asked.changed.unwrap_or(false);
        let list = format!("results {} {changed}", Etag::content(id.as_bytes()));
        let after: Option<String> = state.cursors.start(&list, asked.cursor.as_deref())?;
        let more = limit as usize + 1;
        let found = assessment::results(app, &caller, &id, changed, after.as_deref(), more)?;
        let place = |it: &assessment::ResultItem| it.enterprise_id.clone();
        let page = state.cursors.page(&list, limit, found, place)?;
        let (lang, whole) = (caller.lang(), asked.criteria.unwrap_or(true));
        Ok(page.map(|it| AssessmentResult::of(&it, whole, lang)))
    });
    Ok(Shown::new(page.await?))
}
