//! Criteria that must be met together: which of them cannot be.

use super::finding::Finding;
use super::known::{Clash, Known};
use crate::rules::model::{Criterion, Group, Need, RuleSet};

/// Criteria that must be met together and cannot be; `before` is what must hold besides.
pub(super) fn together(set: &RuleSet, group: &Group, before: &Known, findings: &mut Vec<Finding>) {
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
pub(super) fn possible(group: &Group, before: &Known, set: &RuleSet) -> usize {
    let criteria = group.criteria.iter();
    criteria.filter(|it| is_possible(it, before, set)).count()
}

fn is_possible(criterion: &Criterion, before: &Known, set: &RuleSet) -> bool {
    let mut known = before.clone();
    known.add(&criterion.test, &criterion.id, set).is_ok()
}
