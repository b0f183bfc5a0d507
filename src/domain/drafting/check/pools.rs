//! Pools: a tier nobody can enter, one that a higher tier always takes from, and a keep condition above the entry's.

use super::finding::Finding;
use super::known::Known;
use super::together::{possible, together};
use crate::rules::RuleSet;
use crate::rules::model::{Group, Need, PoolRules, Tier};
use crate::rules::test::{Bound, Limit, Test};

pub fn check(set: &RuleSet, pools: &PoolRules, findings: &mut Vec<Finding>) {
    let mut passed = Known::default();
    for gate in &pools.gates {
        together(set, &gate.group, &passed, findings);
        // A gate that clashes with those before it was told; the tiers are looked at all the same.
        let mut with = passed.clone();
        if add(&mut with, &gate.group, gate.group.common, set) {
            passed = with;
        }
    }
    for (index, tier) in pools.tiers.iter().enumerate() {
        together(set, &tier.entry, &passed, findings);
        let place = format!("pool {}", tier.pool);
        if !can_be_entered(&tier.entry, &passed, set) {
            findings.push(Finding::error("check.pool_never", place.clone()));
        }
        let above = &pools.tiers[..index];
        if let Some(higher) = above.iter().find(|it| shadows(it, tier, &passed, set)) {
            let finding = Finding::error("check.pool_shadowed", place.clone());
            findings.push(finding.with("higher", higher.pool));
        }
        for (entry, keep) in tier.entry.criteria.iter().zip(&tier.keep.criteria) {
            if is_stricter(&entry.test, &keep.test) {
                let place = format!("criterion {}", entry.id);
                findings.push(Finding::error("check.keep_stricter", place));
            }
        }
    }
}

/// Adds all these criteria; whether they can be met together.
fn add(known: &mut Known, group: &Group, bits: u64, set: &RuleSet) -> bool {
    if group.need != Need::All {
        return true;
    }
    let criteria = group.criteria.iter().enumerate();
    let mut chosen = criteria.filter(|(place, _)| bits >> place & 1 == 1);
    chosen.all(|(_, it)| known.add(&it.test, &it.id, set).is_ok())
}

fn can_be_entered(group: &Group, passed: &Known, set: &RuleSet) -> bool {
    if let Need::AtLeast(count) = group.need {
        return possible(group, passed, set) >= count;
    }
    let ways = ways(group);
    ways.iter()
        .any(|bits| add(&mut passed.clone(), group, *bits, set))
}

/// The sets of criteria each of which admits.
fn ways(group: &Group) -> Vec<u64> {
    let routes = group.routes.iter();
    let ways: Vec<u64> = routes.map(|it| group.common | it.criteria).collect();
    if ways.is_empty() {
        vec![group.common]
    } else {
        ways
    }
}

/// Whoever meets the lower tier meets the higher one, in whichever way.
fn shadows(higher: &Tier, lower: &Tier, passed: &Known, set: &RuleSet) -> bool {
    ways(&lower.entry).iter().all(|bits| {
        let mut known = passed.clone();
        add(&mut known, &lower.entry, *bits, set) && known.implies_group(&higher.entry, set)
    })
}

/// A share of a limit below zero lies above it.
fn is_stricter(entry: &Test, keep: &Test) -> bool {
    let higher =
        |entry: &Bound, keep: &Bound| entry.comparison.is_lower_limit() && keep.limit > entry.limit;
    match (entry, keep) {
        (Test::Compare(entry), Test::Compare(keep)) => match (&entry.limit, &keep.limit) {
            (Limit::Fixed(entry), Limit::Fixed(keep)) => higher(entry, keep),
            (
                Limit::Bracketed {
                    brackets: entry, ..
                },
                Limit::Bracketed { brackets: keep, .. },
            ) => entry
                .iter()
                .zip(keep)
                .any(|(entry, keep)| higher(&entry.bound, &keep.bound)),
            _ => false,
        },
        (Test::All(entry), Test::All(keep))
        | (Test::Any(entry), Test::Any(keep))
        | (Test::AtLeast(_, entry), Test::AtLeast(_, keep)) => {
            let mut pairs = entry.iter().zip(keep);
            pairs.any(|(entry, keep)| is_stricter(entry, keep))
        }
        _ => false,
    }
}
