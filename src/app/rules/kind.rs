//! What rule sets bring to the life of the bureau's documents: how one is read among the others, its boundaries and cases, its
//! static check.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;

use super::compiled::{Unsound, compile};
use super::refused::refused_document;
use crate::app::caller::Caller;
use crate::app::documents::{
    Case, Document, DocumentVersion, FindingView, Kind, MissingView, Report, Required, Sound,
    WaivedView, publish_at_once,
};
use crate::app::error::AppError;
use crate::app::{App, Done};
use crate::domain::access::PublishRules;
use crate::domain::document;
use crate::domain::drafting::boundary::{self, Boundary};
use crate::domain::drafting::check::{Finding, Severity, static_check};
use crate::domain::drafting::diff::{Difference, diff};
use crate::domain::drafting::tried::TestCase;
use crate::domain::evaluate::Profile;
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::messages::Lang;
use crate::domain::rules::{Library, RuleError, RuleSet};
use crate::store::document_versions::{self, VersionRow};
use crate::store::document_waivers::WaiverRow;
use crate::store::{Conn, document_retirements};

/// Rule sets, as a kind of document.
pub const RULE_SETS: &dyn Kind = &RuleSets;

/// The rule set of a code.
pub fn document(code: &str) -> Result<Document, AppError> {
    Document::of(RULE_SETS, code)
}

/// Publishes a rule document straight away ([`publish_at_once`]).
pub fn publish(
    app: &App,
    caller: &Caller<PublishRules>,
    document: &Json,
) -> Result<Done<DocumentVersion>, AppError> {
    publish_at_once(app, caller, RULE_SETS, document)
}

/// The rule set that a document is one of.
pub fn named_in(app: &App, text: &Json) -> Result<Document, AppError> {
    document(RULE_SETS.read(app, text)?.code())
}

struct RuleSets;

impl Kind for RuleSets {
    fn kind(&self) -> document::Kind {
        document::Kind::RuleSet
    }

    fn read(&self, app: &App, document: &Json) -> Result<Box<dyn Sound>, AppError> {
        let library = app
            .store
            .read(|conn| app.rules.library(conn, app.env.clock.now()))?;
        let periods = library
            .read_periods("document", document)
            .map_err(|error| refused_document(&error))?;
        match periods.is_empty() {
            true => Err(AppError::internal("a document without a period")),
            false => Ok(Box::new(Readable { library, periods })),
        }
    }

    fn differences(&self, from: &Json, to: &Json) -> Vec<Difference> {
        diff(from, to)
    }

    /// The whole library: what embeds another version of it, too.
    fn admit(
        &self,
        conn: &mut Conn,
        version: &VersionRow,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let mut rows = document_versions::all(conn, self.kind(), now)?;
        rows.push(version.clone());
        let retired = document_retirements::all(conn, self.kind(), now)?;
        compile(&rows, &retired).map_err(breaks_others)?;
        Ok(())
    }
}

/// A rule document that can be read.
struct Readable {
    library: Arc<Library>,
    /// For each period in which the document reads alike, in order: at least one.
    periods: Vec<RuleSet>,
}

impl Readable {
    fn first(&self) -> &RuleSet {
        &self.periods[0]
    }
}

impl Sound for Readable {
    fn code(&self) -> &str {
        &self.first().code
    }

    fn hash(&self) -> &str {
        &self.first().hash
    }

    fn effective_from(&self) -> NaiveDate {
        self.first().effective_from
    }

    fn case(&self, given: &Json) -> Result<Case, FieldError> {
        let TestCase { id, body, .. } = TestCase::read(given, self.first())?;
        Ok(Case { id, body })
    }

    fn places(&self) -> Vec<Required> {
        let all = self.periods.iter().flat_map(boundary::required);
        all.map(Required::from).collect()
    }

    /// With the first day of its period where there are several.
    fn place(&self, called: &str) -> Option<Required> {
        self.periods.iter().find_map(|set| {
            let prefix = boundary::period_prefix(&self.periods, set);
            let mut places = boundary::required(set).into_iter();
            let found = places.find(|it| format!("{prefix}{}", it.id) == called)?;
            Some(Required::from(found))
        })
    }

    fn tried(&self, cases: &[(String, Json)], waivers: &[WaiverRow]) -> Result<Report, AppError> {
        check_extent(&self.periods)?;
        let mut errors = Vec::new();
        let mut read = Vec::with_capacity(cases.len());
        for (id, body) in cases {
            match TestCase::read(body, self.first()) {
                Ok(case) => read.push(case),
                // Checked when it came in; the document may have become another kind of rule set since.
                Err(mut error) => {
                    error.pointer = format!("/test_cases/{id}{}", error.pointer);
                    errors.push(error);
                }
            }
        }
        match errors.is_empty() {
            true => Ok(report(&self.library, &self.periods, &read, waivers)),
            false => Err(AppError::Invalid { errors }),
        }
    }
}

impl From<Boundary> for Required {
    fn from(boundary: Boundary) -> Self {
        Required {
            zh: boundary.text(Lang::Zh),
            en: boundary.text(Lang::En),
            id: boundary.id,
            hash: boundary.place_hash,
        }
    }
}

/// The library does not stand with a new version in it: which rule set fails then, and why.
fn breaks_others(why: Unsound) -> AppError {
    let error: RuleError = match why {
        Unsound::Stored(error) => return error.into(),
        Unsound::Document(error) => error,
    };
    let named = Fault::new("rule_set.breaks_others").with("rule_set", &error.file);
    let faults = error.faults.iter();
    let faults = faults.map(|it| it.fault().with("at", &it.place).at("/document"));
    AppError::Invalid {
        errors: std::iter::once(named.at("/document"))
            .chain(faults)
            .collect(),
    }
}

/// Each boundary is held against each case; a rule text has some hundreds.
fn check_extent(periods: &[RuleSet]) -> Result<(), AppError> {
    const MOST_BOUNDARIES: usize = 2_000;
    let count: usize = periods.iter().map(boundary::count).sum();
    if count > MOST_BOUNDARIES {
        let fault = Fault::new("rule_set.too_many_boundaries").with("max", MOST_BOUNDARIES);
        return Err(AppError::invalid(fault.at("/document")));
    }
    Ok(())
}

/// `periods` are those of the version, in order.
fn report(
    library: &Library,
    periods: &[RuleSet],
    cases: &[TestCase],
    waivers: &[WaiverRow],
) -> Report {
    let mut report = Report {
        results: cases.iter().map(|case| case.try_on(periods)).collect(),
        findings: Vec::new(),
        required: 0,
        waived: Vec::new(),
        missing: Vec::new(),
        suggestions: Vec::new(),
    };
    for (place, set) in periods.iter().enumerate() {
        let all = cases.iter().map(|case| case.profile().clone()).collect();
        let profiles = boundary::in_period(periods, place, all);
        let prefix = boundary::period_prefix(periods, set);
        boundaries(&mut report, set, &profiles, waivers, &prefix);
        let found = static_check(set, library);
        let found = found.iter().map(|it| finding(it, &prefix));
        for it in found {
            if !report.findings.contains(&it) {
                report.findings.push(it);
            }
        }
    }
    report
}

fn boundaries(
    report: &mut Report,
    set: &RuleSet,
    profiles: &[Profile],
    waivers: &[WaiverRow],
    prefix: &str,
) {
    let shown = boundary::shown(set, profiles);
    let mut missing = Vec::new();
    for it in boundary::required(set) {
        report.required += 1;
        if shown.contains(&it.id) {
            continue;
        }
        let waiver = waivers
            .iter()
            .find(|waiver| it.is(&waiver.boundary, &waiver.place_hash));
        match waiver {
            Some(waiver) => report.waived.push(WaivedView {
                id: format!("{prefix}{}", it.id),
                waiver: waiver.clone().into(),
            }),
            None => missing.push(it),
        }
    }
    let (found, suggested) = boundary::suggestions(set, &missing);
    let lacking = missing.iter().zip(found);
    report
        .missing
        .extend(lacking.map(|(it, case)| lack(it, case, prefix)));
    let bare = suggested.into_iter().filter_map(|mut case| {
        let id = format!("{prefix}{}", case["id"].as_str()?);
        case["id"] = Json::String(id);
        // As it is kept, so that it can be sent back whatever day the version is published from.
        Some(TestCase::read(&case, set).ok()?.body)
    });
    report.suggestions.extend(bare);
}

fn lack(boundary: &Boundary, case: Option<String>, prefix: &str) -> MissingView {
    MissingView {
        id: format!("{prefix}{}", boundary.id),
        case: case.map(|id| format!("{prefix}{id}")),
        zh: boundary.text(Lang::Zh),
        en: boundary.text(Lang::En),
    }
}

fn finding(finding: &Finding, prefix: &str) -> FindingView {
    FindingView {
        code: finding.code.to_owned(),
        error: finding.severity == Severity::Error,
        place: format!("{prefix}{}", finding.place),
        zh: finding.text(Lang::Zh),
        en: finding.text(Lang::En),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::Kind;
    use crate::domain::drafting::{shipped_cases, shipped_waivers};
    use crate::domain::messages::Lang;

    fn waivers(set: &RuleSet) -> Vec<WaiverRow> {
        let at = chrono::DateTime::<chrono::Utc>::UNIX_EPOCH.naive_utc();
        let waived = shipped_waivers(set).into_iter();
        let waived = waived.map(|(place, reason)| WaiverRow {
            name: Kind::RuleSet.named(&*set.code).into(),
            version: 1,
            what_zh: place.text(Lang::Zh),
            what_en: place.text(Lang::En),
            boundary: place.id,
            place_hash: place.place_hash,
            seq: 1,
            reason,
            document_hash: set.hash.clone(),
            waived_by: "tester".into(),
            waived_at: at,
            recorded_at: at,
            superseded_at: None,
            superseded_by: None,
        });
        waived.collect()
    }

    /// They are published by `init` without asking, and would be let through.
    #[test]
    fn what_comes_with_the_program_passes_the_gate() {
        let library = Library::shipped();
        for set in library.iter() {
            let periods = library.read_periods(&set.name, &set.document);
            let periods = periods.expect("a shipped document");
            let cases = shipped_cases(&set.code, &set.name);
            let cases = cases.iter().map(|case| TestCase::read(case, set));
            let cases = cases.collect::<Result<Vec<_>, _>>().expect("cases");
            let report = report(library, &periods, &cases, &waivers(set));
            assert_eq!(report.admit(Lang::En), Ok(()), "{}", set.name);
        }
    }
}
