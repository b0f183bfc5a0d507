//! The targets of the city's plan (规划指标) that rules bear upon: `packs/plan.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::messages::Lang;

/// One indicator of the plan, counted in holders of a title.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub id: String,
    title: String,
    title_en: String,
    pub scheme: String,
    pub unit: String,
    pub base_year: Option<i32>,
    pub base: Option<i64>,
    /// By year.
    pub goals: Vec<Goal>,
    pub reserve: Option<Reserve>,
    pub document: String,
    pub article: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    pub year: i32,
    pub value: i64,
}

/// The pool whose members are the next to apply for the title.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserve {
    pub rule_set: String,
    pub pool: String,
}

/// What of a rule set's answers a target is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Firms that meet all conditions of the title.
    Qualifying,
    /// Firms in the pool that is the title's reserve.
    Reserve,
}

/// The targets a rule set bears upon: that of its own title, or that for which one of its pools is the reserve.
pub fn touched_by(code: &str) -> impl Iterator<Item = (&'static Target, Measure)> {
    TARGETS.iter().filter_map(move |target| {
        let reserves = |it: &Reserve| it.rule_set == code;
        if target.scheme == code {
            Some((target, Measure::Qualifying))
        } else if target.reserve.as_ref().is_some_and(reserves) {
            Some((target, Measure::Reserve))
        } else {
            None
        }
    })
}

/// A target by its id.
pub fn target(id: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|it| it.id == id)
}

impl Target {
    pub fn title_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.title,
            Lang::En => &self.title_en,
        }
    }

    /// The place of a rule set's answers that counts toward it.
    pub fn counted(&self, measure: Measure) -> &str {
        match (measure, &self.reserve) {
            (Measure::Reserve, Some(reserve)) => &reserve.pool,
            _ => "MET",
        }
    }
}

impl Measure {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Qualifying => "QUALIFYING",
            Self::Reserve => "RESERVE",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan {
    target: Vec<Target>,
}

/// The file is compiled in and a test reads it, so a faulty one cannot ship; there would then be no targets.
static TARGETS: LazyLock<Vec<Target>> =
    LazyLock::new(|| toml::from_str::<Plan>(SOURCE).map_or_else(|_| Vec::new(), |it| it.target));

const SOURCE: &str = include_str!("../packs/plan.toml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;
    use crate::rules::Library;

    #[test]
    fn every_target_is_of_a_known_title_with_rules_of_its_own() {
        let plan: Plan = toml::from_str(SOURCE).unwrap();
        assert_eq!(plan.target.len(), 3);
        for target in &plan.target {
            assert!(codes::scheme(&target.scheme).is_ok(), "{}", target.scheme);
            let known = Library::shipped().iter().any(|it| it.code == target.scheme);
            assert!(known, "{}", target.scheme);
            assert!(target.goals.is_sorted_by_key(|goal| goal.year));
        }
    }

    #[test]
    fn a_rule_set_bears_upon_its_own_title_or_the_one_it_feeds() {
        let told = |code| {
            touched_by(code)
                .map(|(target, measure)| (target.id.as_str(), measure, target.counted(measure)))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told("NATIONAL_HNTE"),
            [("national_hnte", Measure::Qualifying, "MET")]
        );
        assert_eq!(
            told("POOLS"),
            [("national_hnte", Measure::Reserve, "SPRINT")]
        );
        assert_eq!(told("SIZE_CLASS"), []);
        let goals = &target("national_hnte").unwrap().goals;
        assert_eq!((goals[0].value, goals[1].value), (3700, 8000));
    }
}
