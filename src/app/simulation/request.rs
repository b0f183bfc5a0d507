//! What is asked for, checked and completed: the two versions, the day and the firms.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value as Json, json};

use crate::app::error::AppError;
use crate::app::{App, rules};
use crate::domain::access::Scope;
use crate::domain::at::At;
use crate::domain::codes;
use crate::domain::date;
use crate::domain::document;
use crate::domain::field_error::{Fault, FieldError, keep};
use crate::domain::rules::place::{NamedTable, escaped};
use crate::domain::rules::{DocumentFault, Library, RuleSet};
use crate::domain::simulate::{Kind, changed};
use crate::store::assessments::Part;
use crate::store::{Conn, document_drafts, document_versions, enterprises, ledger};

/// Of `document`, `version` and `parameters` at most one; with none of them the base is compared with itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SimulationRequest {
    /// `CODE` (the version in force on the day) or `CODE@date`.
    pub rule_set: String,
    /// A whole document.
    pub document: Option<Json>,
    /// The number of a version of the rule set, published or drafted.
    pub version: Option<i64>,
    /// Values of the base that differ, by place.
    pub parameters: Option<Map<String, Json>>,
    /// Today if not given.
    pub as_of: Option<String>,
    /// Only this district.
    pub district_code: Option<String>,
    /// Only this section, division or class.
    pub industry_code: Option<String>,
}

/// A request checked and completed.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub base: rules::InForce,
    pub proposed: Arc<RuleSet>,
    pub proposed_version: Option<i64>,
    pub change: Json,
    /// Canonical JSON.
    pub document: String,
    pub kind: Kind,
    /// Tells the size class of each firm; none where the register has no size rules.
    pub size: Option<Arc<RuleSet>>,
    pub part: Part,
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
    /// The last ledger entry that is looked at.
    pub known_seq: i64,
    pub total: i64,
}

/// The rule set that sorts firms by size.
const SIZE: &str = "SIZE_CLASS";

pub(super) fn plan(app: &App, request: &SimulationRequest) -> Result<Plan, AppError> {
    let as_of = checked(app, request)?;
    let at = At {
        as_of,
        known_at: app.env.clock.now(),
    };
    app.store.read(|conn| {
        let base = rules::find(app, conn, &request.rule_set, at)?;
        let library = app.rules.library(conn, at.known_at)?;
        let (proposed, proposed_version, change) = proposed(conn, request, &base, &library, at)?;
        let kind = Kind::of(&base.set);
        if Kind::of(&proposed) != kind {
            let fault = Fault::new("simulation.other_kind");
            return Err(AppError::invalid(fault.at("/document")));
        }
        let part = Part {
            district_code: request.district_code.clone(),
            industry_code: request.industry_code.clone(),
        };
        let document = serde_json_canonicalizer::to_string(&proposed.document);
        Ok(Plan {
            size: library.in_force(SIZE, as_of).cloned(),
            document: document.map_err(AppError::internal)?,
            total: total(conn, &part)?,
            base,
            proposed,
            proposed_version,
            change,
            kind,
            part,
            as_of,
            known_at: at.known_at,
            known_seq: ledger::tree_head(conn)?.size,
        })
    })
}

/// All faults that show without looking anything up; then the day.
fn checked(app: &App, request: &SimulationRequest) -> Result<NaiveDate, AppError> {
    let mut errors = Vec::new();
    let day = request.as_of.as_deref().map(date::parse).transpose();
    let as_of = keep(day, "/as_of", &mut errors).flatten();
    if let Some(code) = &request.district_code {
        let known = codes::district(code).map(|_| ());
        keep(known, "/district_code", &mut errors);
    }
    if let Some(code) = &request.industry_code {
        let known = codes::industry_name(code).ok_or(Fault::new("industry.unknown"));
        keep(known, "/industry_code", &mut errors);
    }
    let given = [
        ("/document", request.document.is_some()),
        ("/version", request.version.is_some()),
        ("/parameters", request.parameters.is_some()),
    ];
    let changes = given.iter().filter(|(_, given)| *given);
    errors.extend(
        changes
            .skip(1)
            .map(|(pointer, _)| FieldError::new(*pointer, "simulation.one_change")),
    );
    match errors.is_empty() {
        true => Ok(as_of.unwrap_or_else(|| app.env.clock.today())),
        false => Err(AppError::Invalid { errors }),
    }
}

/// The proposed rules, the number of their version if they are one, and what was asked to differ.
fn proposed(
    conn: &mut Conn,
    request: &SimulationRequest,
    base: &rules::InForce,
    library: &Library,
    at: At,
) -> Result<(Arc<RuleSet>, Option<i64>, Json), AppError> {
    let read = |document: &Json| library.read_on("document", document, at.as_of);
    if let Some(document) = &request.document {
        let set = read(document).map_err(|error| rules::refused_document(&error))?;
        let change = json!({ "document": set.hash });
        return Ok((Arc::new(set), None, change));
    }
    if let Some(number) = request.version {
        let document = of_version(conn, &base.set.code, number, at)?;
        let set = read(&document).map_err(|error| rules::refused(&error, |_| "/version".into()));
        let set = set?;
        return Ok((Arc::new(set), Some(number), json!({ "version": number })));
    }
    if let Some(parameters) = &request.parameters {
        let document = changed(&base.set, at.as_of, parameters).map_err(AppError::invalid)?;
        let at = |fault: &DocumentFault| parameter(&document, parameters, &fault.pointer);
        let set = read(&document).map_err(|error| rules::refused(&error, at))?;
        return Ok((Arc::new(set), None, json!({ "parameters": parameters })));
    }
    Ok((base.set.clone(), Some(base.version), json!({})))
}

/// The document of a published version or a draft.
fn of_version(conn: &mut Conn, code: &str, number: i64, at: At) -> Result<Json, AppError> {
    let name = document::Kind::RuleSet.named(code);
    let published = document_versions::of(conn, &name, at.known_at)?;
    let published = published.into_iter().find(|row| row.version == number);
    let text = match published {
        Some(row) => Some(row.document),
        None => {
            let drafts = document_drafts::of(conn, &name, at.known_at)?;
            let draft = drafts.into_iter().rfind(|row| row.version == number);
            draft.map(|row| row.document)
        }
    };
    let unknown = || Fault::new("rule_set.version_unknown").at("/version");
    let text = text.ok_or_else(|| AppError::invalid(unknown()))?;
    serde_json::from_str(&text).map_err(AppError::internal)
}

/// Which of the parameters put a fault into the document; the whole list where it shows elsewhere.
fn parameter(document: &Json, parameters: &Map<String, Json>, pointer: &str) -> String {
    let is_above = |place: &&String| {
        let set = match place.starts_with('/') {
            true => Some((*place).clone()),
            false => NamedTable::pointer(document, place),
        };
        let rest = set.and_then(|set| pointer.strip_prefix(set.as_str()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    match parameters.keys().find(is_above) {
        Some(place) => format!("/parameters/{}", escaped(place)),
        None => "/parameters".into(),
    }
}

/// How many there are now: for the progress only, since some of them may not have existed on the day.
fn total(conn: &mut Conn, part: &Part) -> Result<i64, AppError> {
    let filter = enterprises::Filter {
        district_code: part.district_code.clone(),
        industry_code: part.industry_code.clone(),
        ..enterprises::Filter::default()
    };
    Ok(enterprises::count(conn, &Scope::All, &filter)?)
}
