//! The test cases of a version, and their runs.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::{IntoParams, ToSchema};

use super::{numbered, of_version};
use crate::app::Done;
use crate::app::documents::{self, CaseChange, CaseView, TestRunItem, TestRunView, WaiverView};
use crate::app::error::AppError;
use crate::domain::access::{DraftRules, ReadRuleDrafts};
use crate::domain::field_error::FieldError;
use crate::domain::messages::Lang;
use crate::http::answer::{Created, Shown};
use crate::http::body::Once;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::time::{Day, Instant, When};

/// Cases in golden form, each with what it expects of this rule set.
#[derive(Deserialize, ToSchema)]
pub struct NewCases {
    #[schema(value_type = Vec<Object>)]
    cases: Option<Vec<Json>>,
}

#[derive(Deserialize, ToSchema)]
pub struct NewTestRun {}

#[derive(Deserialize, IntoParams)]
pub struct Runs {
    /// True when: the runs of a version are those of every day. Today if not given.
    #[param(example = "2026-06-15")]
    as_of: Option<String>,
    /// Recorded when: the RFC 3339 instant whose knowledge to show. Now if not given.
    #[param(example = "2026-06-15T08:00:00Z")]
    known_at: Option<String>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same `known_at`.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct TestCases {
    items: Vec<CaseView>,
    /// Always null: they are shown as a whole.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

#[derive(Serialize, ToSchema)]
pub struct TestRuns {
    items: Vec<TestRunItem>,
    /// Sent as `cursor` it gives the next page.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

/// A run with the result of each case, what the static check finds, and the boundaries waived and missing.
#[derive(Serialize, ToSchema)]
pub struct TestRun {
    #[serde(flatten)]
    item: TestRunItem,
    results: Vec<CaseResult>,
    findings: Vec<FindingItem>,
    boundaries: Boundaries,
    /// Cases that make up what is missing: send them to `…/test-cases`.
    #[schema(value_type = Vec<Object>)]
    suggestions: Vec<Json>,
}

#[derive(Serialize, ToSchema)]
pub struct CaseResult {
    id: String,
    passed: bool,
    #[schema(value_type = Object)]
    expected: Json,
    /// The members that were asked for.
    #[schema(value_type = Object)]
    got: Json,
}

#[derive(Serialize, ToSchema)]
pub struct FindingItem {
    #[schema(example = "check.never")]
    code: String,
    /// `ERROR` keeps the version from being published, `WARNING` is for a person to look at.
    severity: &'static str,
    place: String,
    message: String,
}

#[derive(Serialize, ToSchema)]
pub struct Boundaries {
    required: usize,
    /// Those that no case shows and a person has waived.
    waived: Vec<WaivedBoundary>,
    /// Those that no case shows and nobody has waived: they keep the version from being published.
    missing: Vec<MissingBoundary>,
}

#[derive(Serialize, ToSchema)]
pub struct WaivedBoundary {
    #[schema(example = "s_staff/at")]
    id: String,
    #[serde(flatten)]
    waiver: WaiverView,
}

#[derive(Serialize, ToSchema)]
pub struct MissingBoundary {
    #[schema(example = "s_staff/at")]
    id: String,
    message: String,
    /// The suggestion that shows it; null where the search found none.
    case: Option<String>,
}

pub async fn list(
    ticket: Ticket<ReadRuleDrafts>,
    path: Path<(String, String)>,
    query: Query<When>,
) -> Result<Shown<TestCases>, Problem> {
    let found = ticket.call(move |app, caller| {
        let at = query.read()?.at(&*app.env.clock)?;
        let (of, number) = numbered(&path)?;
        let found = documents::list_cases(app, &caller, &of, number, at)?;
        Ok(TestCases {
            items: found,
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(found.await?))
}

pub async fn add(
    ticket: Ticket<DraftRules>,
    path: Path<(String, String)>,
    once: Once<NewCases>,
) -> Result<Created<CaseChange>, Problem> {
    let url = format!("/v1/rule-sets/{}/versions/{}/test-cases", path.0, path.1);
    let done = ticket.change(once, move |app, caller, body| {
        let (of, number) = numbered(&path)?;
        let missing = || AppError::invalid(FieldError::new("/cases", "field.required"));
        let cases = body.cases.ok_or_else(missing)?;
        Ok(documents::add_cases(app, &caller, &of, number, &cases)?)
    });
    let Done { value, replayed } = done.await?;
    Ok(Created::new(value).location(url).replayed(replayed))
}

pub async fn remove(
    ticket: Ticket<DraftRules>,
    path: Path<(String, String, String)>,
) -> Result<Shown<CaseChange>, Problem> {
    let done = ticket.call(move |app, caller| {
        let (of, number, id) = of_version(&path)?;
        let done = documents::remove_case(app, &caller, &of, number, id)?;
        Ok(done.value)
    });
    Ok(Shown::new(done.await?))
}

pub async fn run(
    ticket: Ticket<DraftRules>,
    path: Path<(String, String)>,
    once: Once<NewTestRun>,
) -> Result<Created<TestRun>, Problem> {
    let done = ticket.change(once, move |app, caller, NewTestRun {}| {
        let (of, number) = numbered(&path)?;
        let done = documents::test(app, &caller, &of, number)?;
        Ok((done, caller.lang()))
    });
    let (Done { value, replayed }, lang) = done.await?;
    let url = format!(
        "/v1/rule-sets/{}/versions/{}/test-runs/{}",
        value.code, value.version, value.id
    );
    Ok(Created::new(TestRun::of(value, lang))
        .location(url)
        .replayed(replayed))
}

pub async fn runs(
    ticket: Ticket<ReadRuleDrafts>,
    path: Path<(String, String)>,
    query: Query<Runs>,
) -> Result<Shown<TestRuns>, Problem> {
    let state = ticket.state();
    let found = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let (of, number) = numbered(&path)?;
        let known_at = asked.known_at.as_deref().unwrap_or_default();
        let list = format!("rule-test-runs {} {number} {known_at}", path.0);
        let when = When {
            as_of: asked.as_of,
            known_at: asked.known_at,
        };
        let at = when.at(&*app.env.clock)?;
        let before = state.cursors.start(&list, asked.cursor.as_deref())?;
        let more = i64::from(limit) + 1;
        let found = documents::test_runs(app, &caller, &of, number, at, before, more)?;
        let page = state
            .cursors
            .page(&list, limit, found, |last| last.version)?;
        Ok(TestRuns {
            items: page.items.into_iter().map(|it| it.record).collect(),
            next_cursor: page.next_cursor,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(found.await?))
}

pub async fn one_run(
    ticket: Ticket<ReadRuleDrafts>,
    path: Path<(String, String, String)>,
) -> Result<Shown<TestRun>, Problem> {
    let found = ticket.call(move |app, caller| {
        let (of, number, id) = of_version(&path)?;
        let found = documents::test_run(app, &caller, &of, number, id)?;
        Ok(TestRun::of(found, caller.lang()))
    });
    Ok(Shown::new(found.await?))
}

impl TestRun {
    fn of(view: TestRunView, lang: Lang) -> Self {
        let report = view.report;
        let item = TestRunItem {
            id: view.id,
            version: view.version,
            passed: view.passed,
            case_count: report.results.len() as i64,
            failed_count: report.failed() as i64,
            missing_count: report.missing.len() as i64,
            document_hash: view.document_hash,
            cases_hash: view.cases_hash,
            run_by: view.run_by,
            run_at: Instant(view.run_at),
        };
        let results = report.results.into_iter().map(|it| CaseResult {
            id: it.id,
            passed: it.passed,
            expected: it.expected,
            got: it.got,
        });
        let findings = report.findings.into_iter().map(|it| FindingItem {
            code: it.code,
            severity: if it.error { "ERROR" } else { "WARNING" },
            place: it.place,
            message: lang.pick(it.zh, it.en),
        });
        let waived = report.waived.into_iter().map(|it| WaivedBoundary {
            waiver: WaiverView::of(&it.waiver, lang),
            id: it.id,
        });
        let missing = report.missing.into_iter().map(|it| MissingBoundary {
            id: it.id,
            message: lang.pick(it.zh, it.en),
            case: it.case,
        });
        TestRun {
            item,
            results: results.collect(),
            findings: findings.collect(),
            boundaries: Boundaries {
                required: report.required,
                waived: waived.collect(),
                missing: missing.collect(),
            },
            suggestions: report.suggestions,
        }
    }
}
