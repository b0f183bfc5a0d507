//! Static check (静态检查): what is wrong with a rule set whatever firms there are.
//!
//! Only what is certain is told. An ERROR keeps a version from being published, a WARNING is for a person to look at.
//! Facts outside the catalogue, wrong units, overlapping bands and the like are refused when a document is read;
//! [`refused`] tells them in the same form.

mod known;
mod points;
mod pools;
mod tests;

use known::{Clash, Known};

use crate::field_error::Params;
use crate::messages::{self, Lang};
use crate::rules::model::{Body, Criterion, Group, Need, RuleSet};
use crate::rules::{Library, RuleError};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// 阻止发布
    Error,
    /// 提示
    Warning,
}

/// Something wrong with a rule set, or worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable; its words stand in `packs/messages.toml`.
    pub code: &'static str,
    pub severity: Severity,
    /// Where in the document: `criterion h5a`, `item rd`, `pool SPRINT`.
    pub place: String,
    pub params: Params,
}

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

impl Finding {
    pub fn text(&self, lang: Lang) -> String {
        messages::text(self.code, lang, &self.params)
    }

    fn error(code: &'static str, place: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            place: place.into(),
            params: Vec::new(),
        }
    }

    fn warning(code: &'static str, place: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, place)
        }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.push((name, value.to_string()));
        self
    }
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
        }
    }
}

/// Criteria that must be met together and cannot be; `before` is what must hold besides.
fn together(set: &RuleSet, group: &Group, before: &Known, findings: &mut Vec<Finding>) {
    let add = |known: &mut Known, bits: u64| -> Result<(), Clash> {
        for (place, criterion) in group.criteria.iter().enumerate() {
            let is_asked = bits >> place & 1 == 1;
            // What can never be met by itself is told there.
            if is_asked && is_possible(criterion, &Known::default(), set) {
                known.add(&criterion.test, &criterion.id, set)?;
            }
        }
        Ok(())
    };
    let place = |clash: &Clash| format!("criterion {}", clash.place);
    let told = |code, place, clash: Clash| Finding::error(code, place).with("other", clash.other);
    if let Need::AtLeast(count) = group.need {
        let possible = possible(group, before, set);
        if possible < count {
            let place = format!("pool {}", group.id);
            let finding = Finding::error("check.need_never", place);
            findings.push(finding.with("count", count).with("possible", possible));
        }
        return;
    }
    let mut common = before.clone();
    if let Err(clash) = add(&mut common, group.common) {
        findings.push(told("check.contradiction", place(&clash), clash));
        return;
    }
    for route in &group.routes {
        if let Err(clash) = add(&mut common.clone(), route.criteria) {
            let place = format!("route {}", route.name);
            findings.push(told("check.contradiction", place, clash));
        }
    }
}

/// How many criteria of a group can be met, each by itself.
fn possible(group: &Group, before: &Known, set: &RuleSet) -> usize {
    let criteria = group.criteria.iter();
    criteria.filter(|it| is_possible(it, before, set)).count()
}

fn is_possible(criterion: &Criterion, before: &Known, set: &RuleSet) -> bool {
    let mut known = before.clone();
    known.add(&criterion.test, &criterion.id, set).is_ok()
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
