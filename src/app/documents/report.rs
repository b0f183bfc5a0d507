//! What stands between a version and its publication (发布检查): its own test cases, the boundaries that are neither shown by
//! one of them nor waived by a person, and what the static check finds.
//!
//! All of these are facts. The search for cases only suggests some: what it finds or does not find decides nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::waiver::Waiver;
use crate::app::error::AppError;
use crate::domain::drafting::tried::Tried;
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::messages::Lang;

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
}

fn pointer(id: &str) -> String {
    format!("/test_cases/{}", id.replace('~', "~0").replace('/', "~1"))
}
