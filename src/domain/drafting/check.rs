//! Static check (静态检查): what is wrong with a rule set whatever firms there are.
//!
//! Only what is certain is told. An ERROR keeps a version from being published, a WARNING is for a person to look at.
//! Facts outside the catalogue, wrong units, overlapping bands and the like are refused when a document is read;
//! [`refused`] tells them in the same form.

mod finding;
mod known;
mod points;
mod pools;
mod tests;
mod together;

use known::Known;
use together::together;

pub use finding::{Finding, Severity};

use crate::rules::model::{Body, RuleSet};
use crate::rules::{Library, RuleError};

/// Everything found, in the order of the document.
pub fn static_check(set: &RuleSet, library: &Library) -> Vec<Finding> {
    let mut findings = Vec::new();
    embeds(set, library, &mut findings);
    points::check(set, &mut findings);
    for criterion in set.criteria() {
        tests::check(set, criterion, &mut findings);
    }
    match &set.body {
        Body::Conditions(group) => together(set, group, &Known::default(), &mut findings),
        Body::Pools(rules) => pools::check(set, rules, &mut findings),
        Body::Size(_) => {}
    }
    findings
}

/// What was wrong with a document that could not be read.
pub fn refused(error: &RuleError) -> Vec<Finding> {
    let faults = error.faults.iter().map(|fault| Finding {
        params: fault.params.clone(),
        ..Finding::error(fault.code, fault.place.clone())
    });
    faults.collect()
}

/// What is embedded should be in force when the rule set is, and not replaced by then.
fn embeds(set: &RuleSet, library: &Library, findings: &mut Vec<Finding>) {
    for embedded in &set.embeds {
        if embedded.version_from > set.effective_from {
            let finding = Finding::warning("check.embeds_later", "");
            findings.push(
                finding
                    .with("name", &embedded.name)
                    .with("from", embedded.version_from),
            );
            continue;
        }
        let newer = library.in_force(&embedded.code, set.effective_from);
        let newer = newer.filter(|it| it.version_from > embedded.version_from);
        if let Some(newer) = newer {
            let finding = Finding::warning("check.embeds_superseded", "");
            findings.push(
                finding
                    .with("name", &embedded.name)
                    .with("newer", &newer.name),
            );
        }
    }
}
