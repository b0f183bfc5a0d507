//! Boundary tests (边界用例): which cases a rule set needs before it may be published, and which it has.
//!
//! A boundary is a place at which an answer of the rule set turns: a limit, a bracket or band edge, a yes/no, a title, a
//! code, a route, "k of n", a gate, a tier, a floor. A case covers it when two things hold, both decided by the engine:
//!
//! 1. It stands there. *At* a limit is the limit itself. *Just below* is below it, and one smallest step of one fact (a fen, a
//!    person, a right, a day, another answer) leads to the limit or across it; *just above* likewise. So "at" tells
//!    "at least" from "more than", and nothing lies between the three.
//! 2. It shows there. If the answer were turned (a test given as MET and as UNMET, a band exchanged for the next), what
//!    `expected` may ask for would change. A case in which another alternative is met anyway does not test this one.

mod aim;
mod case;
mod change;
mod holds;
mod moves;
mod moves_points;
mod moves_site;
mod place;
mod plan;
mod search;
mod seen;
mod site;
mod turned;
mod walk;
mod walk_points;
mod walk_set;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use search::Search;
use site::Site;

use crate::evaluate::Profile;
use crate::messages::{self, Lang};
use crate::rules::model::{RuleSet, Words};

/// Stable within a rule set: `s_staff/at`, `s_rd/bracket-1/below`, `route:DIRECT/alone`, `points:rd/band-3/above`.
pub type BoundaryId = String;

/// A boundary test that a rule set needs.
#[derive(Debug, Clone)]
pub struct Boundary {
    pub id: BoundaryId,
    /// The words of what it belongs to: a criterion, an item, a group.
    pub title: Words,
    message: &'static str,
    detail: String,
}

impl Boundary {
    /// What a case must show, in words.
    pub fn text(&self, lang: Lang) -> String {
        let params = vec![
            ("title", self.title.in_lang(lang).to_owned()),
            ("detail", self.detail.clone()),
        ];
        messages::text(self.message, lang, &params)
    }

    fn of(site: &Site) -> Self {
        Self {
            id: site.id.clone(),
            title: site.title.clone(),
            message: site.message(),
            detail: site.detail.clone(),
        }
    }
}

/// The boundary tests a rule set needs, in the order of its document.
pub fn required(set: &RuleSet) -> Vec<Boundary> {
    walk_set::sites(set).iter().map(Boundary::of).collect()
}

/// Those that at least one of the profiles covers.
///
/// Where a rule set hides an answer whatever else holds (another alternative always answers the same there), it is enough to
/// stand there: nobody can show it.
pub fn covered(set: &RuleSet, profiles: &[Profile]) -> BTreeSet<BoundaryId> {
    let search = Search::new(set);
    let is_covered = |site: &&Site| {
        let standing: Vec<&Profile> = profiles
            .iter()
            .filter(|profile| holds::stands(set, site, profile))
            .collect();
        let is_shown = standing
            .iter()
            .any(|profile| turned::shows(set, site, profile));
        is_shown || (!standing.is_empty() && !search.can_show(site))
    };
    let covered = search.sites.iter().filter(is_covered);
    covered.map(|site| site.id.clone()).collect()
}

/// Of a document that reads otherwise from certain days on: the profiles that belong to one of its periods, by their day.
pub fn in_period(periods: &[RuleSet], period: usize, profiles: Vec<Profile>) -> Vec<Profile> {
    let of = |profile: &Profile| {
        let day = profile.as_of();
        let begun = periods.iter().rposition(|set| set.effective_from <= day);
        begun.unwrap_or(0)
    };
    let profiles = profiles.into_iter();
    profiles.filter(|it| of(it) == period).collect()
}

/// A test case in golden form that covers a boundary, `expected` as the engine has it. None where no firm can stand there.
pub fn suggest(set: &RuleSet, boundary: &Boundary) -> Option<Json> {
    let search = Search::new(set);
    let site = search.site(&boundary.id)?;
    let profile = search.profile(site)?;
    Some(case::case(set, &boundary.id, &profile))
}

/// A boundary that no case covers.
#[derive(Debug, Clone)]
pub struct Missing {
    pub boundary: Boundary,
    /// The id of the suggested case that covers it. None where no firm can stand there: no case is asked for.
    pub case: Option<String>,
}

/// What is missing, and the cases that make it up: few, as one case may cover several boundaries.
pub fn missing(set: &RuleSet, profiles: &[Profile]) -> (Vec<Missing>, Vec<Json>) {
    let covered = covered(set, profiles);
    let search = Search::new(set);
    let mut cases: Vec<(String, Profile)> = Vec::new();
    let mut missing = Vec::new();
    for site in search.sites.iter().filter(|it| !covered.contains(&it.id)) {
        let covers = |profile: &Profile| search.is_covered(site, profile);
        let known = cases.iter().find(|(_, profile)| covers(profile));
        let case = known.map(|(id, _)| id.clone()).or_else(|| {
            let profile = search.profile(site)?;
            cases.push((site.id.clone(), profile));
            Some(site.id.clone())
        });
        missing.push(Missing {
            boundary: Boundary::of(site),
            case,
        });
    }
    let told = cases.iter().map(|(id, it)| case::case(set, id, it));
    (missing, told.collect())
}
