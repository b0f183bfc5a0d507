//! Finding a profile for a boundary: from an ordinary firm, one change after the other, each the best there is.
//!
//! The way is the same every time: ties go to the change named first, and no profile is looked at twice.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::aim::{Aim, cost};
use super::change::plain;
use super::moves::moves;
use super::plan::{ground, plans};
use super::site::{Owner, Site};
use super::turned::is_shown;
use super::walk_set::sites;
use crate::drafting::extent;
use crate::enterprise::LegalStatus;
use crate::evaluate::reading::Source;
use crate::evaluate::scoring::score;
use crate::evaluate::{Profile, inputs_json};
use crate::facts::{Kind, catalogue};
use crate::rules::RuleSet;
use crate::rules::test::Operand;

/// How many changes a way may have.
const LONGEST: usize = 60;

/// How many changes may pass without coming nearer.
const PATIENCE: usize = 6;

/// Ten years: all the years a rule may look at existed.
const AGE: i32 = 10;

/// An ordinary firm, so that suggestions look like one: amounts in fen, counts as they are.
const ORDINARY: &[(&str, i64)] = &[
    ("sales", 6_000_000_000),
    ("total_income", 6_000_000_000),
    ("hightech_income", 4_500_000_000),
    ("main_revenue", 5_000_000_000),
    ("rd_expense", 400_000_000),
    ("rd_expense_domestic", 360_000_000),
    ("cost_total", 5_000_000_000),
    ("net_profit", 500_000_000),
    ("total_assets", 8_000_000_000),
    ("total_liabilities", 3_000_000_000),
    ("net_assets", 5_000_000_000),
    ("equity_raised", 0),
    ("staff_total", 500),
    ("tech_staff", 150),
    ("rd_staff", 100),
];

/// Finds profiles for the boundaries of one rule set.
pub struct Search<'s> {
    set: &'s RuleSet,
    pub sites: Vec<Site<'s>>,
    /// Where the ways begin, by the group they lead to.
    grounds: Vec<OnceCell<Profile>>,
}

impl<'s> Search<'s> {
    pub fn new(set: &'s RuleSet) -> Self {
        let groups = set.groups().count() + 1;
        Self {
            set,
            sites: sites(set),
            grounds: (0..groups).map(|_| OnceCell::new()).collect(),
        }
    }

    pub fn site(&self, id: &str) -> Option<&Site<'s>> {
        self.sites.iter().find(|site| site.id == id)
    }

    /// A profile that stands at the boundary and shows it.
    pub fn profile(&self, site: &Site<'s>) -> Option<Profile> {
        self.try_plans(site, |profile| is_shown(self.set, site, profile))
    }

    fn try_plans(&self, site: &Site<'s>, is_good: impl Fn(&Profile) -> bool) -> Option<Profile> {
        let start = self.ground(site.owner);
        let plans = plans(self.set, site);
        plans
            .iter()
            .find_map(|aims| self.walk(start, aims, &is_good))
    }

    fn ground(&self, owner: Owner<'s>) -> &Profile {
        let place = match owner {
            Owner::Criterion { group, .. } => group,
            Owner::Entry(_) | Owner::Whole => self.grounds.len() - 1,
        };
        self.grounds[place].get_or_init(|| {
            let firm = ordinary(self.set);
            let aims = ground(self.set, owner);
            self.walk(&firm, &aims, &|_| true).unwrap_or(firm)
        })
    }

    /// Goes from a profile to one in which all aims are reached and that is good.
    fn walk(
        &self,
        start: &Profile,
        aims: &[Aim],
        is_good: &impl Fn(&Profile) -> bool,
    ) -> Option<Profile> {
        let mut now = start.clone();
        let mut seen = BTreeSet::from([key(self.set, &now)]);
        let (mut nearest, mut idle) = (i64::MAX, 0);
        for _ in 0..LONGEST {
            let away = cost(self.set, aims, &now);
            if away == 0 {
                return is_good(&now).then_some(now);
            }
            idle = if away < nearest { 0 } else { idle + 1 };
            nearest = nearest.min(away);
            if idle > PATIENCE {
                return None;
            }
            now = self.step(&now, aims, &mut seen)?;
        }
        None
    }

    /// The nearest of the next profiles that was not looked at yet.
    fn step(&self, now: &Profile, aims: &[Aim], seen: &mut BTreeSet<String>) -> Option<Profile> {
        let sheet = score(&self.set.points, now);
        let source = Source {
            profile: now,
            scored: &sheet,
        };
        let changes = moves(self.set, aims, source);
        let mut next: Vec<(i64, Profile)> = Vec::with_capacity(changes.len());
        for change in &changes {
            let profile = change.on(now);
            let away = cost(self.set, aims, &profile);
            next.push((away, profile));
            if away == 0 {
                break;
            }
        }
        next.sort_by_key(|it| it.0);
        let new = next
            .into_iter()
            .find(|(_, profile)| seen.insert(key(self.set, profile)));
        new.map(|it| it.1)
    }
}

/// All a rule set reads of a profile.
fn key(set: &RuleSet, profile: &Profile) -> String {
    inputs_json(set, profile)
}

/// A firm of which everything is recorded that the rule set reads, on the day it comes into force.
fn ordinary(set: &RuleSet) -> Profile {
    let day = set.effective_from;
    let mut profile = Profile::new(day, years_before(day), "330602", LegalStatus::Active);
    for operand in &set.uses.operands {
        profile.replace(*operand, Some(plain(usual(*operand))));
    }
    profile
}

fn years_before(day: NaiveDate) -> NaiveDate {
    use chrono::Datelike;
    let year = day.year() - AGE;
    NaiveDate::from_ymd_opt(year, 3, 1).unwrap_or(day)
}

fn usual(operand: Operand) -> i64 {
    let def = catalogue().def(operand.fact);
    if let Some((_, value)) = ORDINARY.iter().find(|(name, _)| *name == def.name) {
        return *value;
    }
    let (low, high) = extent::of_fact(operand.fact);
    let value = match def.kind {
        Kind::YesNo | Kind::Code | Kind::Score => 0,
        Kind::Money => 100_000_000,
        Kind::Count => 1,
        Kind::Decimal => 5 * def.step(),
    };
    value.clamp(low, high)
}
