//! What a rule set is, once its document has been read and checked.

use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::moves::Moves;
use super::operand::Uses;
use super::points::PointTable;
use super::size::SizeTable;
use super::test::Test;
use crate::pool::placement::{Placement, Pool};

pub use super::wording::{Clause, Confidence, Words};

/// A rule set (规则集): one version of one scheme's or pool's rules, in force from a date.
#[derive(Debug)]
pub struct RuleSet {
    pub code: String,
    /// Counts the versions of this code.
    pub version: u32,
    /// The first day on which it reads as it does here: that of the version, or a later one from which a dated value holds.
    pub effective_from: NaiveDate,
    /// The first day of the version.
    pub version_from: NaiveDate,
    /// The last day, once the rule set has been retired.
    pub last_day: Option<NaiveDate>,
    /// In run-cases and the like the name is `CODE@date`; rule sets of the city go by the bare code.
    pub name: String,
    pub title: Words,
    pub clause: Clause,
    pub confidence: Confidence,
    /// `sha256:` over the canonical JSON of the document.
    pub hash: String,
    /// The document as it was published, with all its dated values: the pack file and the API form are the same.
    pub document: Json,
    pub points: PointTable,
    pub body: Body,
    /// What a unit of something is taken to cost, to compare ways to a goal.
    pub effort: Effort,
    /// The rule sets this one embeds as tests.
    pub embeds: Vec<Arc<RuleSet>>,
    /// What it reads of an enterprise.
    pub uses: Uses,
}

#[derive(Debug)]
pub enum Body {
    /// Conditions and a verdict.
    Conditions(Group),
    /// The three pools (三库).
    Pools(Box<PoolRules>),
    /// Size class (企业划型).
    Size(SizeTable),
}

/// Criteria judged together.
#[derive(Debug, Clone)]
pub struct Group {
    pub id: String,
    pub title: Words,
    pub criteria: Vec<Criterion>,
    pub need: Need,
    /// The criteria that belong to no route, as bits by their place.
    pub common: u64,
    /// Alternative routes (直通 …); all of the common criteria and all of one route must be met.
    pub routes: Vec<Route>,
}

#[derive(Debug, Clone)]
pub struct Route {
    pub name: String,
    /// Its criteria, as bits by their place in the group.
    pub criteria: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// All common criteria, and all of at least one route where there are routes.
    All,
    /// Any so many of the criteria (任意 k 项).
    AtLeast(usize),
}

/// One criterion (条件).
#[derive(Debug, Clone)]
pub struct Criterion {
    pub id: String,
    pub title: Words,
    pub clause: Clause,
    pub confidence: Confidence,
    pub route: Option<usize>,
    pub test: Test,
    /// "原则上": what does not meet it is for a person to judge.
    pub in_principle: bool,
    /// What it reads of an enterprise.
    pub uses: Uses,
    /// Whether points of the rule set itself decide it.
    pub by_points: bool,
}

#[derive(Debug)]
pub struct PoolRules {
    /// Looked at in this order, before the tiers.
    pub gates: Vec<Gate>,
    /// From the highest down.
    pub tiers: Vec<Tier>,
    pub moves: Moves,
}

/// Something that must hold before the tiers are looked at.
#[derive(Debug, Clone)]
pub struct Gate {
    pub group: Group,
    /// Where an enterprise is placed that does not pass. A gate that cannot be decided leaves the placement open;
    /// only one to GRADUATED is noted among the undecided and the tiers are looked at.
    pub otherwise: Placement,
}

#[derive(Debug, Clone)]
pub struct Tier {
    pub pool: Pool,
    /// What admits to the pool.
    pub entry: Group,
    /// What keeps a member in it: the numeric limits lowered by the keep ratio.
    pub keep: Group,
}

/// Yuan a unit of something is taken to cost: by the name of a fact or else of its unit.
#[derive(Debug, Default)]
pub struct Effort(pub Vec<(String, i64)>);

impl RuleSet {
    /// Whether it may be in force on a day; that another version replaces it must be asked of the library.
    pub fn spans(&self, day: NaiveDate) -> bool {
        self.effective_from <= day && self.last_day.is_none_or(|last| day <= last)
    }

    /// All criteria of the rule set in the order in which verdicts number them.
    pub fn criteria(&self) -> impl Iterator<Item = &Criterion> {
        self.groups().flat_map(|group| &group.criteria)
    }

    /// Gates and tiers of pools, or the one group of conditions.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        let (conditions, pools) = match &self.body {
            Body::Conditions(group) => (Some(group), None),
            Body::Pools(pools) => (None, Some(pools)),
            Body::Size(_) => (None, None),
        };
        let of_pools = pools.into_iter().flat_map(|pools| pools.groups());
        conditions.into_iter().chain(of_pools)
    }
}

impl PoolRules {
    /// The gates and then the tiers' entry conditions, from the highest.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        let gates = self.gates.iter().map(|gate| &gate.group);
        gates.chain(self.tiers.iter().map(|tier| &tier.entry))
    }

    pub fn tier(&self, pool: Pool) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.pool == pool)
    }
}

impl Effort {
    /// Yuan per unit of `fact`, which is counted in `unit`.
    pub fn of(&self, fact: &str, unit: &str) -> i64 {
        let priced = |name: &str| self.0.iter().find(|(known, _)| known == name);
        priced(fact).or_else(|| priced(unit)).map_or(1, |it| it.1)
    }
}
