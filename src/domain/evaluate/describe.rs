//! The steps of an explanation: one group, one criterion, one test.

use std::borrow::Cow;

use super::explain::{embedded, source};
use super::explained::{
    ExplainedClause, ExplainedCriterion, ExplainedGroup, ExplainedTest, ExplainedWay,
};
use super::format::{self, Shown};
use super::judge;
use super::profile::Profile;
use super::reading::{Applicable, Source, applicable, read};
use super::scoring::{ScoreSheet, score};
use super::ways::{Goal, Subject, Trial, Way};
use crate::facts::{Evidence, catalogue};
use crate::messages::Lang;
use crate::outcome::Outcome;
use crate::rules::RuleSet;
use crate::rules::model::{Criterion, Group, Need};
use crate::rules::points::{PointTable, Points};
use crate::rules::test::{Compare, Measure, Operand, Test};

/// A criterion and the cheapest way to meet it.
pub type Described<'a> = (ExplainedCriterion<'a>, Option<Way>);

pub fn criterion<'a>(
    set: &'a RuleSet,
    group: &'a Group,
    criterion: &'a Criterion,
    outcome: Outcome,
    trial: &mut Trial,
    lang: Lang,
) -> Described<'a> {
    let (shown, bracket, tests) = shown(&criterion.test, source(trial), lang);
    let falls_short = outcome == Outcome::Unmet || criterion.in_principle;
    let ways = if falls_short && outcome != Outcome::Met {
        trial.ways(Goal::of(criterion))
    } else {
        Vec::new()
    };
    let counted = ways
        .iter()
        .find(|way| !matches!(way.subject, Subject::Answer(_)));
    let told = counted.map(|way| explained_way(criterion, way, &trial.profile));
    let several = if ways.len() > 1 { ways.as_slice() } else { &[] };
    let profile = &trial.profile;
    let explained = ExplainedCriterion {
        actual: shown.actual,
        bracket,
        clause: ExplainedClause {
            article: &criterion.clause.article,
            document: &criterion.clause.document,
        },
        comparison: shown.comparison,
        confidence: criterion.confidence.as_str(),
        evidence: weakest(criterion, profile).map(Evidence::as_str),
        id: &criterion.id,
        missing: missing(criterion, outcome, profile),
        outcome,
        required: shown.required,
        review: review(set, criterion, outcome, trial),
        route: criterion
            .route
            .and_then(|it| group.routes.get(it))
            .map(|route| route.name.as_str()),
        sentence: None,
        shortfall_year: told.as_ref().and_then(|way| way.shortfall_year),
        shortfall_unit: told.as_ref().map(|way| way.shortfall_unit.clone()),
        shortfall: told.map(|way| way.shortfall),
        tests,
        title: criterion.title.in_lang(lang),
        unknown: Vec::new(),
        ways: several
            .iter()
            .map(|way| explained_way(criterion, way, profile))
            .collect(),
    };
    (explained, ways.first().copied())
}

pub fn group<'a>(
    group: &'a Group,
    pool: &'static str,
    outcome: Outcome,
    criteria: Vec<Described<'a>>,
    profile: &Profile,
    lang: Lang,
) -> ExplainedGroup<'a> {
    let cheapest = match group.need {
        Need::AtLeast(count) if outcome == Outcome::Unmet => {
            cheapest(group, count, &criteria, profile)
        }
        Need::AtLeast(_) | Need::All => Vec::new(),
    };
    ExplainedGroup {
        cheapest,
        criteria: criteria.into_iter().map(|it| it.0).collect(),
        id: &group.id,
        need: match group.need {
            Need::AtLeast(count) => count,
            Need::All => group.criteria.len(),
        },
        outcome,
        pool,
        route: None,
        sentence: None,
        title: group.title.in_lang(lang),
    }
}

/// The criteria whose cheapest ways together make up the count; empty where they cannot.
fn cheapest<'a>(
    group: &'a Group,
    count: usize,
    criteria: &[Described<'a>],
    profile: &Profile,
) -> Vec<ExplainedWay<'a>> {
    let met = criteria
        .iter()
        .filter(|it| it.0.outcome == Outcome::Met)
        .count();
    let mut open: Vec<(&Criterion, Way)> = group
        .criteria
        .iter()
        .zip(criteria)
        .filter_map(|(criterion, described)| Some((criterion, described.1?)))
        .collect();
    open.sort_by_key(|(_, way)| way.cost);
    let lacking = count.saturating_sub(met);
    if open.len() < lacking {
        return Vec::new();
    }
    open.iter()
        .take(lacking)
        .map(|(criterion, way)| explained_way(criterion, way, profile))
        .collect()
}

fn explained_way<'a>(criterion: &'a Criterion, way: &Way, profile: &Profile) -> ExplainedWay<'a> {
    let (shortfall, shortfall_unit, shortfall_year) = match way.subject {
        Subject::Age => (way.change.to_string(), "day of age".to_owned(), None),
        Subject::Answer(operand) => {
            let def = catalogue().def(operand.fact);
            let wanted = def.to_text(way.change);
            (wanted, format!("{} to {}", def.unit, def.name), None)
        }
        Subject::Fact(operand) => {
            let def = catalogue().def(operand.fact);
            let year = operand.is_annual().then(|| profile.year_of(operand));
            (
                format::change(operand.fact, way.change),
                format!("{} of {}", def.unit, def.name),
                year,
            )
        }
    };
    ExplainedWay {
        criterion: &criterion.id,
        sentence: None,
        shortfall,
        shortfall_unit,
        shortfall_year,
    }
}

type ShownTest<'a> = (Shown<'a>, Option<&'a str>, Vec<ExplainedTest<'a>>);

/// What a test found and asks for; joined tests and embedded rule sets are told part by part.
pub(super) fn shown<'a>(test: &'a Test, source: Source, lang: Lang) -> ShownTest<'a> {
    let profile = source.profile;
    match test {
        Test::Compare(compare) => {
            let (shown, bracket) = compared(compare, source);
            (shown, bracket, Vec::new())
        }
        Test::YesNo(it) => (format::yes_no(it, profile), None, Vec::new()),
        Test::Coded(it) => (format::coded(it, profile), None, Vec::new()),
        Test::Title(it) => (format::title(it, profile), None, Vec::new()),
        Test::District(_) | Test::Legal(_) => (format::standing(test, profile), None, Vec::new()),
        Test::SizeNot { table, classes } => {
            (format::size(table, *classes, profile), None, Vec::new())
        }
        Test::Passes(_) => (Shown::default(), None, vec![part(test, source, lang)]),
        Test::All(tests) | Test::Any(tests) | Test::AtLeast(_, tests) => {
            let parts = tests.iter().map(|test| part(test, source, lang));
            (Shown::default(), None, parts.collect())
        }
    }
}

fn part<'a>(test: &'a Test, source: Source, lang: Lang) -> ExplainedTest<'a> {
    let (shown, bracket, tests) = match test {
        Test::Passes(_) => (Shown::default(), None, Vec::new()),
        _ => shown(test, source, lang),
    };
    ExplainedTest {
        actual: shown.actual,
        bracket,
        comparison: shown.comparison,
        criteria: match test {
            Test::Passes(set) => embedded(set, source.profile, lang),
            _ => Vec::new(),
        },
        measure: measured(test),
        outcome: judge::test(test, source),
        required: shown.required,
        sentence: None,
        tests,
    }
}

fn compared<'a>(compare: &'a Compare, source: Source) -> (Shown<'a>, Option<&'a str>) {
    let reading = read(&compare.measure, source);
    let actual = reading
        .value()
        .map(|value| Cow::Owned(compare.unit.show(value)));
    match applicable(&compare.limit, source.profile) {
        Applicable::Bound(bound, bracket) => {
            let shown = Shown {
                actual,
                required: Some(Cow::Borrowed(bound.text.as_str())),
                comparison: Some(bound.comparison.as_str()),
            };
            (shown, bracket)
        }
        Applicable::Unknown | Applicable::Never => {
            let shown = Shown {
                actual,
                ..Shown::default()
            };
            (shown, None)
        }
    }
}

/// What a test looks at, in the names of the catalogue.
fn measured(test: &Test) -> Cow<'_, str> {
    let fact = |operand: &Operand| Cow::Borrowed(catalogue().def(operand.fact).name.as_str());
    match test {
        Test::Compare(compare) => Cow::Borrowed(&compare.text),
        Test::YesNo(it) => fact(&it.operand),
        Test::Coded(it) => fact(&it.operand),
        Test::Title(_) => Cow::Borrowed("title"),
        Test::District(_) => Cow::Borrowed("district_code"),
        Test::Legal(_) => Cow::Borrowed("legal_status"),
        Test::Passes(set) => Cow::Borrowed(&set.name),
        Test::SizeNot { table, .. } => Cow::Borrowed(&table.name),
        Test::All(_) => Cow::Borrowed("all of"),
        Test::Any(_) => Cow::Borrowed("any of"),
        Test::AtLeast(count, _) => Cow::Owned(format!("{count} of")),
    }
}

/// The weakest evidence among the facts used; None where one has none known, or no fact is used.
fn weakest(criterion: &Criterion, profile: &Profile) -> Option<Evidence> {
    let recorded = criterion
        .uses
        .operands
        .iter()
        .filter_map(|it| profile.figure(*it));
    let mut weakest: Option<Evidence> = None;
    for figure in recorded {
        let evidence = figure.evidence?;
        weakest = Some(weakest.map_or(evidence, |known| known.min(evidence)));
    }
    weakest
}

fn missing(criterion: &Criterion, outcome: Outcome, profile: &Profile) -> Vec<String> {
    if !outcome.is_undecided() {
        return Vec::new();
    }
    let absent = criterion
        .uses
        .operands
        .iter()
        .filter(|it| profile.existed(**it) && profile.figure(**it).is_none());
    absent
        .map(|operand| {
            let name = &catalogue().def(operand.fact).name;
            if operand.is_annual() {
                format!("{}.{name}", profile.year_of(*operand))
            } else {
                name.clone()
            }
        })
        .collect()
}

/// The entered scores a person must look at because they lie outside their band.
fn review<'a>(
    set: &'a RuleSet,
    criterion: &'a Criterion,
    outcome: Outcome,
    trial: &Trial,
) -> Vec<&'a str> {
    let Test::Compare(compare) = &criterion.test else {
        return Vec::new();
    };
    if outcome != Outcome::NeedsReview {
        return Vec::new();
    }
    match &compare.measure {
        Measure::Points(_) => outside(criterion, &set.points, trial.scored),
        Measure::PointsOf { rule_set, .. } => {
            let sheet = score(&rule_set.points, &trial.profile);
            outside(criterion, &rule_set.points, &sheet)
        }
        Measure::Term { .. } | Measure::Ratio { .. } | Measure::Growth { .. } | Measure::Age => {
            Vec::new()
        }
    }
}

fn outside<'a>(criterion: &Criterion, table: &'a PointTable, sheet: &ScoreSheet) -> Vec<&'a str> {
    let entries = table.entries.iter().zip(sheet);
    entries
        .filter(|(_, scored)| scored.check == Outcome::NeedsReview)
        .filter_map(|(entry, _)| match &entry.points {
            Points::Entered { operand, .. } if criterion.uses.operands.contains(operand) => {
                Some(catalogue().def(operand.fact).name.as_str())
            }
            _ => None,
        })
        .collect()
}
