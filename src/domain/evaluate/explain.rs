//! Explanations: every criterion with what was found, what is required, the clause, and what is short.
//!
//! The members of each structure stand in alphabetical order, so that what serde writes is canonical JSON (RFC 8785).

use super::describe;
use super::explained::{Explained, ExplainedCriteria, ExplainedCriterion, ExplainedItem};
use super::judge;
use super::profile::Profile;
use super::reading::Source;
use super::scoring::{ScoreSheet, score};
use super::verdict::{Verdict, verdict};
use super::ways::Trial;
use crate::messages::Lang;
use crate::rules::RuleSet;
use crate::rules::model::{Body, Group};

/// Explains what `set` says of the enterprise, with titles in `lang`.
pub fn explain<'a>(set: &'a RuleSet, profile: &Profile, lang: Lang) -> Explained<'a> {
    let verdict = verdict(set, profile);
    let sheet = score(&set.points, profile);
    Explained {
        as_of: profile.as_of(),
        cheapest: None,
        class: verdict.class.map(|class| class.as_str()),
        criteria: criteria(set, profile, &verdict, &sheet, lang),
        items: items(set, &sheet, lang),
        outcome: verdict.outcome,
        pool: verdict.placement.map(|placement| placement.as_str()),
        rule_set: &set.code,
        rule_set_hash: &set.hash,
        score: verdict.score.map(|score| score.to_string()),
        sentence: None,
        undecided: match set.body {
            Body::Pools(_) => Some(verdict.undecided.iter().map(|it| it.as_str()).collect()),
            Body::Conditions(_) | Body::Size(_) => None,
        },
        unknown: Vec::new(),
        version: set.version,
    }
}

impl Explained<'_> {
    /// Canonical JSON (RFC 8785).
    pub fn to_json(&self) -> String {
        // Strings, whole numbers and nulls only: writing them cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn criteria<'a>(
    set: &'a RuleSet,
    profile: &Profile,
    verdict: &Verdict,
    sheet: &ScoreSheet,
    lang: Lang,
) -> ExplainedCriteria<'a> {
    let mut trial = Trial {
        set,
        profile: profile.clone(),
        scored: sheet,
    };
    let mut place = 0;
    let mut group = |group: &'a Group, place: &mut usize| {
        let start = *place;
        *place += group.criteria.len();
        let criteria = group.criteria.iter().enumerate();
        criteria
            .map(|(index, criterion)| {
                let outcome = verdict.outcomes.get(start + index);
                describe::criterion(set, group, criterion, outcome, &mut trial, lang)
            })
            .collect::<Vec<_>>()
    };
    match &set.body {
        Body::Conditions(conditions) => ExplainedCriteria::List(
            group(conditions, &mut place)
                .into_iter()
                .map(|it| it.0)
                .collect(),
        ),
        Body::Size(_) => ExplainedCriteria::List(Vec::new()),
        Body::Pools(pools) => {
            let gates = pools
                .gates
                .iter()
                .map(|gate| (&gate.group, gate.otherwise.as_str()));
            let tiers = pools
                .tiers
                .iter()
                .map(|tier| (&tier.entry, tier.pool.as_str()));
            let groups = gates.chain(tiers).map(|(rules, pool)| {
                let start = place;
                let criteria = group(rules, &mut place);
                let outcome = judge::group(rules, &verdict.outcomes, start);
                describe::group(rules, pool, outcome, criteria, profile, lang)
            });
            ExplainedCriteria::Groups(groups.collect())
        }
    }
}

/// The criteria of an embedded rule set.
pub(super) fn embedded<'a>(
    set: &'a RuleSet,
    profile: &Profile,
    lang: Lang,
) -> Vec<ExplainedCriterion<'a>> {
    let verdict = verdict(set, profile);
    let sheet = score(&set.points, profile);
    match criteria(set, profile, &verdict, &sheet, lang) {
        ExplainedCriteria::List(list) => list,
        ExplainedCriteria::Groups(_) => Vec::new(),
    }
}

fn items<'a>(set: &'a RuleSet, sheet: &ScoreSheet, lang: Lang) -> Vec<ExplainedItem<'a>> {
    let entries = set.points.entries.iter().zip(sheet);
    entries
        .map(|(entry, scored)| ExplainedItem {
            check: scored.check,
            id: &entry.id,
            max: entry.max,
            points: scored.points,
            title: entry.title.in_lang(lang),
        })
        .collect()
}

/// The source of a trial's real profile.
pub(super) const fn source<'t>(trial: &'t Trial<'_>) -> Source<'t> {
    Source {
        profile: &trial.profile,
        scored: trial.scored,
    }
}
