//! Every boundary a rule set has: its items and blocks, its criteria, its gates and tiers.

use super::site::Site;
use super::walk::Walk;
use super::walk_points::entries;
use crate::rules::RuleSet;
use crate::rules::model::Body;

/// Every boundary a rule set has.
pub fn sites(set: &RuleSet) -> Vec<Site<'_>> {
    let mut walk = Walk {
        points: &set.points,
        found: Vec::new(),
    };
    entries(&mut walk);
    for (index, group) in set.groups().enumerate() {
        walk.group(index, group);
    }
    match &set.body {
        Body::Conditions(_) => {}
        Body::Pools(pools) => walk.pools(pools),
        Body::Size(table) => walk.size(table, &set.title),
    }
    walk.found
}
