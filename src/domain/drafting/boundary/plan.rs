//! The aims that make up a case for a boundary: what must hold around it so that its answer shows.

use super::aim::Aim;
use super::site::{Owner, Site, Turn, What};
use crate::rules::RuleSet;
use crate::rules::model::{Body, Criterion, Group, Need};
use crate::rules::points::{Points, Within};
use crate::rules::test::Test;

/// Plans to try one after the other: the fullest first, in which all else is met, so that the case turns the whole verdict.
pub fn plans<'s>(set: &'s RuleSet, site: &'s Site<'s>) -> Vec<Vec<Aim<'s>>> {
    let mut near = vec![Aim::Stand(site)];
    near.extend(around(set, site));
    near.push(Aim::Show(site));
    match site.owner {
        Owner::Criterion { group, criterion } => {
            let mut full = near.clone();
            full.extend(reached(set, group));
            let mut whole = full.clone();
            if let Some(of) = set.groups().nth(group) {
                full.extend(siblings(of, criterion));
                whole = full.clone();
                whole.extend(after(set, group));
            }
            vec![whole, full, near]
        }
        Owner::Entry(entry) => {
            let mut checked = near.clone();
            checked.push(Aim::Checks(Some(entry)));
            let mut full = checked.clone();
            full.extend(set.groups().next().map(|it| Aim::Group(it, true)));
            // A number outside its range leaves the verdict open.
            let is_settled = !matches!(
                site.what,
                What::RangeEnd {
                    is_within: false,
                    ..
                }
            );
            if is_settled {
                vec![full, checked, near]
            } else {
                vec![checked, near]
            }
        }
        Owner::Whole => vec![near],
    }
}

/// What a plan starts from: everything met that leads to this group.
pub fn ground<'s>(set: &'s RuleSet, owner: Owner<'s>) -> Vec<Aim<'s>> {
    let group = match owner {
        Owner::Criterion { group, .. } => group,
        Owner::Entry(_) | Owner::Whole => match &set.body {
            Body::Pools(pools) => pools.gates.len(),
            Body::Conditions(_) | Body::Size(_) => 0,
        },
    };
    let mut aims = reached(set, group);
    aims.extend(set.groups().nth(group).map(|it| Aim::Group(it, true)));
    aims.extend(after(set, group));
    aims
}

/// What must hold near the boundary itself.
fn around<'s>(set: &'s RuleSet, site: &Site<'s>) -> Vec<Aim<'s>> {
    match site.what {
        What::Edge(edge) => match edge.turn {
            Turn::Leaf(leaf) | Turn::Brackets { test: leaf, .. } => of_leaf(set, site.owner, leaf),
            Turn::Band { entry, way, band } => of_band(set, entry, way, band),
            Turn::Floor { .. } | Turn::Nothing => Vec::new(),
        },
        What::Answer { test, .. } => of_leaf(set, site.owner, test),
        What::Count { test, met } => {
            let mut aims = of_leaf(set, site.owner, test);
            if let Test::AtLeast(_, tests) = test {
                aims.push(Aim::Count(tests.iter().collect(), met));
            }
            aims
        }
        What::Code { entry, .. } | What::OverCap(entry) => vec![Aim::Uncapped(entry)],
        What::RangeEnd { .. } => Vec::new(),
        What::Route { group, route } => route_alone(set, group, route),
        What::Need { group, met } => {
            let mut aims = reached(set, group);
            if let Some(of) = set.groups().nth(group) {
                let tests = of.criteria.iter().map(|it| &it.test).collect();
                aims.push(Aim::Count(tests, met));
            }
            aims
        }
        What::Gate(gate) => {
            let mut aims = reached(set, gate);
            aims.extend(set.groups().nth(gate).map(|it| Aim::Group(it, false)));
            aims
        }
        What::Tier(tier) => tier_alone(set, tier),
    }
}

/// The tests beside a leaf answer so that its own answer decides: those it is joined with by "all" are met, its
/// alternatives are not, of "k of n" one less than k.
fn of_leaf<'s>(set: &'s RuleSet, owner: Owner<'s>, leaf: &'s Test) -> Vec<Aim<'s>> {
    let mut aims = Vec::new();
    match owner {
        Owner::Criterion { criterion, .. } => {
            beside(&criterion.test, leaf, &mut aims);
        }
        Owner::Entry(entry) => {
            let rungs: Vec<&Test> = match set.points.entries.get(entry).map(|it| &it.points) {
                Some(Points::Ladder(ladder)) => ladder.rungs.iter().map(|it| &it.0).collect(),
                Some(Points::Entered {
                    within: Within::Ladder(ladder),
                    ..
                }) => ladder.rungs.iter().map(|it| &it.0).collect(),
                _ => Vec::new(),
            };
            for rung in rungs {
                if beside(rung, leaf, &mut aims) {
                    break;
                }
                aims.push(Aim::Test(rung, false));
            }
            aims.push(Aim::Uncapped(entry));
        }
        Owner::Whole => {}
    }
    aims
}

/// Adds the aims on the way down to the leaf; whether it is there.
fn beside<'s>(test: &'s Test, leaf: &'s Test, aims: &mut Vec<Aim<'s>>) -> bool {
    if std::ptr::eq(test, leaf) {
        return true;
    }
    let (Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests)) = test else {
        return false;
    };
    let mut found = Vec::new();
    let Some(place) = tests.iter().position(|it| beside(it, leaf, &mut found)) else {
        return false;
    };
    let others = tests.iter().enumerate().filter(|it| it.0 != place);
    let others = others.map(|it| it.1);
    match test {
        Test::All(_) => aims.extend(others.map(|it| Aim::Test(it, true))),
        Test::AtLeast(count, _) => aims.push(Aim::Count(others.collect(), count - 1)),
        _ => aims.extend(others.map(|it| Aim::Test(it, false))),
    }
    aims.extend(found);
    true
}

fn of_band<'s>(set: &RuleSet, entry: usize, way: usize, band: usize) -> Vec<Aim<'s>> {
    let mut aims = vec![Aim::Uncapped(entry)];
    if let Some(Points::BestOf(ways)) = set.points.entries.get(entry).map(|it| &it.points)
        && let Some(bands) = ways.get(way)
    {
        let given = |band: usize| bands.bands.get(band).map_or(bands.otherwise, |it| it.1);
        let most = given(band).min(given(band + 1));
        aims.push(Aim::OtherWays { entry, way, most });
    }
    aims
}

/// The other criteria of the group answer so that this one decides.
fn siblings<'s>(group: &'s Group, criterion: &Criterion) -> Vec<Aim<'s>> {
    let place = group
        .criteria
        .iter()
        .position(|it| std::ptr::eq(it, criterion));
    let own = place.map_or(0, |place| 1u64 << place);
    if let Need::AtLeast(count) = group.need {
        let others = group.criteria.iter();
        let others = others.filter(|it| !std::ptr::eq(*it, criterion));
        return vec![Aim::Count(others.map(|it| &it.test).collect(), count - 1)];
    }
    let mut aims = vec![Aim::Criteria(group, group.common & !own, true)];
    match criterion.route {
        None if !group.routes.is_empty() => aims.push(Aim::AnyRoute(group)),
        None => {}
        Some(route) => {
            for (index, it) in group.routes.iter().enumerate() {
                let bits = it.criteria & !own;
                aims.push(Aim::Criteria(group, bits, index == route));
            }
        }
    }
    aims
}

/// Of pools: the gates before a group are passed, and no tier above it is reached.
fn reached(set: &RuleSet, group: usize) -> Vec<Aim<'_>> {
    let Body::Pools(pools) = &set.body else {
        return Vec::new();
    };
    let before = pools.groups().take(group).enumerate();
    before
        .map(|(index, it)| Aim::Group(it, index < pools.gates.len()))
        .collect()
}

/// Of a gate: who passes it passes the others too and is placed in the lowest tier, so that it shows.
fn after(set: &RuleSet, gate: usize) -> Vec<Aim<'_>> {
    let Body::Pools(pools) = &set.body else {
        return Vec::new();
    };
    if gate >= pools.gates.len() {
        return Vec::new();
    }
    let later = pools.gates.iter().skip(gate + 1);
    let mut aims: Vec<Aim> = later.map(|it| Aim::Group(&it.group, true)).collect();
    aims.extend(pools.tiers.last().map(|it| Aim::Group(&it.entry, true)));
    aims
}

fn route_alone(set: &RuleSet, group: usize, route: usize) -> Vec<Aim<'_>> {
    let mut aims = reached(set, group);
    if let Some(of) = set.groups().nth(group) {
        aims.push(Aim::Criteria(of, of.common, true));
        for (index, it) in of.routes.iter().enumerate() {
            aims.push(Aim::Criteria(of, it.criteria, index == route));
        }
    }
    aims
}

fn tier_alone(set: &RuleSet, tier: Option<usize>) -> Vec<Aim<'_>> {
    let Body::Pools(pools) = &set.body else {
        return Vec::new();
    };
    let tier_at = tier.unwrap_or(pools.tiers.len());
    let mut aims = reached(set, pools.gates.len() + tier_at);
    let own = pools.tiers.get(tier_at);
    aims.extend(own.map(|it| Aim::Group(&it.entry, true)));
    aims
}
