//! What stands between a version and its publication (发布检查): its own test cases, the boundaries that are neither shown by
//! one of them nor waived by a person, and what the static check finds.
//!
//! All of these are facts. The search for cases only suggests some: what it finds or does not find decides nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::app::error::AppError;
use crate::app::rules::Waiver;
use crate::domain::drafting::boundary::{self, Boundary};
use crate::domain::drafting::check::{Finding, Severity, static_check};
use crate::domain::drafting::tried::{TestCase, Tried};
use crate::domain::evaluate::Profile;
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::messages::Lang;
use crate::domain::rules::{Library, RuleSet};
use crate::store::rule_waivers::WaiverRow;

/// What was found; kept with a test run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub results: Vec<Tried>,
    pub findings: Vec<FindingView>,
    /// How many boundary tests the rule set needs.
    pub required: usize,
    /// Those that no case shows and a person has waived.
    pub waived: Vec<WaivedView>,
    /// Those that no case shows and nobody has waived.
    pub missing: Vec<MissingView>,
    /// Cases that make up what is missing, as the engine answers them, where the search finds some.
    pub suggestions: Vec<Json>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingView {
    pub code: String,
    /// An error keeps the version from being published.
    pub error: bool,
    pub place: String,
    pub zh: String,
    pub en: String,
}

/// A boundary that a person has waived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaivedView {
    pub id: String,
    #[serde(flatten)]
    pub waiver: Waiver,
}

/// A boundary to be shown by a case or waived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingView {
    pub id: String,
    /// The suggested case that shows it; none where the search finds none.
    pub case: Option<String>,
    pub zh: String,
    pub en: String,
}

impl Report {
    /// `periods` are those of the version, in order.
    pub fn make(
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
            report.boundaries(set, &profiles, waivers, &prefix);
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

    /// Whether there are cases and all of them hold.
    pub fn passed(&self) -> bool {
        !self.results.is_empty() && self.results.iter().all(|it| it.passed)
    }

    pub fn failed(&self) -> usize {
        self.results.iter().filter(|it| !it.passed).count()
    }

    /// Whether the version may be published as it is.
    pub fn admit(&self, lang: Lang) -> Result<(), AppError> {
        let faulty = self.findings.iter().filter(|it| it.error);
        let faulty: Vec<FieldError> = faulty
            .map(|it| {
                let what = lang.pick(&it.zh, &it.en);
                let fault = Fault::new("rule_set.finding");
                let fault = fault.with("place", &it.place).with("what", what);
                fault.at("/document")
            })
            .collect();
        let failed = self.results.iter().filter(|it| !it.passed);
        let failed: Vec<FieldError> = failed
            .map(|it| {
                let fault = Fault::new("rule_case.failed").with("id", &it.id);
                fault.at(pointer(&it.id))
            })
            .collect();
        let missing: Vec<FieldError> = self
            .missing
            .iter()
            .map(|it| {
                let what = lang.pick(&it.zh, &it.en);
                let fault = Fault::new("rule_case.boundary_missing");
                fault
                    .with("id", &it.id)
                    .with("what", what)
                    .at(pointer(&it.id))
            })
            .collect();
        // The weightiest gives the code; all are told.
        let code = match (faulty.is_empty(), failed.is_empty(), missing.is_empty()) {
            (true, true, true) if self.results.is_empty() => "rule_set.not_tested",
            (true, true, true) => return Ok(()),
            (false, _, _) => "rule_set.check_failed",
            (true, false, _) => "rule_set.test_failed",
            (true, true, false) => "rule_set.boundary_missing",
        };
        Err(AppError::Unfit {
            code,
            errors: [faulty, failed, missing].concat(),
            suggestions: self.suggestions.clone(),
        })
    }

    fn boundaries(
        &mut self,
        set: &RuleSet,
        profiles: &[Profile],
        waivers: &[WaiverRow],
        prefix: &str,
    ) {
        let shown = boundary::shown(set, profiles);
        let mut missing = Vec::new();
        for it in boundary::required(set) {
            self.required += 1;
            if shown.contains(&it.id) {
                continue;
            }
            let waiver = waivers
                .iter()
                .find(|waiver| it.is(&waiver.boundary, &waiver.place_hash));
            match waiver {
                Some(waiver) => self.waived.push(WaivedView {
                    id: format!("{prefix}{}", it.id),
                    waiver: waiver.clone().into(),
                }),
                None => missing.push(it),
            }
        }
        let (found, suggested) = boundary::suggestions(set, &missing);
        let lacking = missing.iter().zip(found);
        self.missing
            .extend(lacking.map(|(it, case)| lack(it, case, prefix)));
        let bare = suggested.into_iter().filter_map(|mut case| {
            let id = format!("{prefix}{}", case["id"].as_str()?);
            case["id"] = Json::String(id);
            // As it is kept, so that it can be sent back whatever day the version is published from.
            Some(TestCase::read(&case, set).ok()?.body)
        });
        self.suggestions.extend(bare);
    }
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

fn pointer(id: &str) -> String {
    format!("/test_cases/{}", id.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::drafting::{shipped_cases, shipped_waivers};

    fn waivers(set: &RuleSet) -> Vec<WaiverRow> {
        let at = chrono::DateTime::<chrono::Utc>::UNIX_EPOCH.naive_utc();
        let waived = shipped_waivers(set).into_iter();
        let waived = waived.map(|(place, reason)| WaiverRow {
            code: set.code.clone(),
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
            let report = Report::make(library, &periods, &cases, &waivers(set));
            assert_eq!(report.admit(Lang::En), Ok(()), "{}", set.name);
        }
    }
}
