//! Boundary tests (边界用例): which cases a rule set needs before it may be published, and which it has.
//!
//! A boundary is a place at which an answer of the rule set turns: a limit, a bracket or band edge, a yes/no, a title, a
//! code, a route, "k of n", a gate, a tier, a floor. A case shows it when two things hold, both decided by the engine:
//!
//! 1. It stands there. *At* a limit is the limit itself. *Just below* is below it, and one smallest step of one fact (a fen, a
//!    person, a right, a day, another answer) leads to the limit or across it; *just above* likewise. So "at" tells
//!    "at least" from "more than", and nothing lies between the three.
//! 2. It shows there. If the answer were turned (a test given as MET and as UNMET, a band exchanged for the next), what
//!    `expected` may ask for would change. A case in which another alternative is met anyway does not test this one.
//!
//! Both are facts of a case. What no case shows may be waived by a person with a reason. The search suggests cases and decides
//! nothing: where it finds none, that proves nothing either.

mod aim;
mod case;
mod change;
mod holds;
mod moves;
mod moves_points;
mod moves_site;
mod origin;
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

use origin::Origins;
use search::Search;
use site::Site;
use turned::is_shown;

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
    /// `sha256:` over what the document says at this place: as long as it stays the same, so does the boundary.
    pub place_hash: String,
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

    /// Whether this is the boundary called so within a period, at a place that reads so.
    pub fn is(&self, id: &str, place_hash: &str) -> bool {
        self.id == id && self.place_hash == place_hash
    }

    fn of(site: &Site, origins: &Origins) -> Self {
        Self {
            id: site.id.clone(),
            title: site.title.clone(),
            place_hash: origins.hash(site),
            message: site.message(),
            detail: site.detail.clone(),
        }
    }
}

/// The boundary tests a rule set needs, in the order of its document.
pub fn required(set: &RuleSet) -> Vec<Boundary> {
    let origins = Origins::of(set);
    let sites = walk_set::sites(set);
    sites.iter().map(|it| Boundary::of(it, &origins)).collect()
}

/// How many these are.
pub fn count(set: &RuleSet) -> usize {
    walk_set::sites(set).len()
}

/// Those that at least one of the profiles shows.
pub fn shown(set: &RuleSet, profiles: &[Profile]) -> BTreeSet<BoundaryId> {
    let sites = walk_set::sites(set);
    let by_one = |site: &&Site| profiles.iter().any(|it| is_shown(set, site, it));
    let shown = sites.iter().filter(by_one);
    shown.map(|site| site.id.clone()).collect()
}

/// What stands before the id of a boundary where a document reads otherwise from certain days on: the first day of its period.
pub fn period_prefix(periods: &[RuleSet], of: &RuleSet) -> String {
    match periods.len() > 1 {
        true => format!("{}:", of.effective_from),
        false => String::new(),
    }
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

/// A test case in golden form that shows a boundary, `expected` as the engine has it. None where the search finds none.
pub fn suggest(set: &RuleSet, boundary: &Boundary) -> Option<Json> {
    let search = Search::new(set);
    let site = search.site(&boundary.id)?;
    let profile = search.profile(site)?;
    Some(case::case(set, &boundary.id, &profile))
}

/// Of some boundaries that no case shows, for each the id of a suggested case that would, where the search finds one; and
/// these cases: few, as one may show several boundaries.
pub fn suggestions(set: &RuleSet, of: &[Boundary]) -> (Vec<Option<String>>, Vec<Json>) {
    let search = Search::new(set);
    let mut cases: Vec<(String, Profile)> = Vec::new();
    let mut found = Vec::with_capacity(of.len());
    for boundary in of {
        let Some(site) = search.site(&boundary.id) else {
            found.push(None);
            continue;
        };
        let known = cases.iter().find(|(_, it)| is_shown(set, site, it));
        let case = known.map(|(id, _)| id.clone()).or_else(|| {
            let profile = search.profile(site)?;
            cases.push((site.id.clone(), profile));
            Some(site.id.clone())
        });
        found.push(case);
    }
    let told = cases.iter().map(|(id, it)| case::case(set, id, it));
    (found, told.collect())
}
