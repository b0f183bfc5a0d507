//! Reading tests and measures out of a document.

use std::sync::Arc;

use super::model::{Body, RuleSet};
use super::points::PointTable;
use super::read_fact::fact;
use super::read_limit::compare_limit;
use super::reader::{Node, Read, RuleError, Table, all, each};
use super::size::SizeClass;
use super::test::*;
use crate::codes;
use crate::enterprise::LegalStatus;
use crate::facts::{FactId, Kind, catalogue};

/// What tests may refer to.
pub struct Scope<'s> {
    /// Rule sets read before, by name.
    pub known: &'s [Arc<RuleSet>],
    /// Points of this rule set read so far.
    pub points: &'s PointTable,
}

/// The kinds of test, each by the key that tells it.
const KINDS: &[&str] = &[
    "all",
    "any",
    "at_least_of",
    "fact",
    "sum",
    "ratio",
    "growth",
    "age",
    "points",
    "holds_title",
    "lacks_title",
    "district",
    "legal_status",
    "passes",
    "size_is_not",
];

/// A test that is a table of its own.
pub fn test(node: &Node, scope: &Scope) -> Read<Test> {
    let table = node.table()?;
    table.finish(test_of(&table, scope))
}

/// The test whose keys stand in `table` among others.
pub fn test_of(table: &Table, scope: &Scope) -> Read<Test> {
    let mut named = KINDS.iter().filter(|kind| table.has(kind));
    let kind = *named.next().ok_or_else(|| {
        table
            .error("rule_set.no_test")
            .with("choices", KINDS.join(", "))
    })?;
    if let Some(other) = named.next() {
        return Err(exclude(table, kind, other));
    }
    match kind {
        "all" => Ok(Test::All(tests(&table.need("all")?, scope)?)),
        "any" => Ok(Test::Any(tests(&table.need("any")?, scope)?)),
        "at_least_of" => at_least_of(table, scope),
        "fact" => fact_test(table, scope),
        "holds_title" => titles(table, "holds_title", true),
        "lacks_title" => titles(table, "lacks_title", false),
        "district" => Ok(Test::District(table.need_text("district")?.to_owned())),
        "legal_status" => legal(table),
        "passes" => Ok(Test::Passes(rule_set(&table.need("passes")?, scope)?)),
        "size_is_not" => size_is_not(table, scope),
        _ => compare(table, scope),
    }
}

/// A measure and the unit it is counted in.
pub fn measure(table: &Table, scope: &Scope) -> Read<(Measure, Unit)> {
    if let Some(node) = table.get("ratio") {
        return ratio(table, &node);
    }
    if let Some(node) = table.get("growth") {
        return growth(table, &node);
    }
    if let Some(node) = table.get("age") {
        let days = node.choice("days", |text| (text == "days").then_some(Unit::Day));
        return Ok((Measure::Age, days?));
    }
    if let Some(node) = table.get("points") {
        return Ok((points(table, &node, scope)?, Unit::Point));
    }
    let facts = match (table.get("fact"), table.get("sum")) {
        (Some(node), _) => numeric(&node).map(|fact| vec![fact]),
        (None, Some(node)) => node.some().and_then(|facts| all(facts.iter().map(numeric))),
        (None, None) => Err(table.error("rule_set.no_measure")),
    };
    each! {
        facts = facts,
        divided_by = table
            .get("divided_by")
            .map_or(Ok(1), |node| node.within(1, i64::MAX)),
    }
    let unit = facts.first().map_or(Unit::Point, |fact| Unit::of(*fact));
    if facts.iter().any(|fact| Unit::of(*fact) != unit) {
        return Err(table.error("rule_set.sum_units"));
    }
    let term = term(table, facts)?;
    Ok((Measure::Term { term, divided_by }, unit))
}

/// A rule set read before, as `CODE@date` or, for those of the city, `CODE`.
pub fn rule_set(node: &Node, scope: &Scope) -> Read<Arc<RuleSet>> {
    let name = node.text()?;
    let found = scope.known.iter().find(|set| set.name == name);
    let unknown = || node.error("rule_set.embedded_unknown").with("name", name);
    found.cloned().ok_or_else(unknown)
}

fn tests(node: &Node, scope: &Scope) -> Read<Vec<Test>> {
    all(node.some()?.iter().map(|node| test(node, scope)))
}

fn at_least_of(table: &Table, scope: &Scope) -> Read<Test> {
    let node = table.need("at_least_of")?;
    let inner = node.table()?;
    let read = || {
        each! {
            count = inner.need("count"),
            of = inner.need("of").and_then(|it| tests(&it, scope)),
        }
        let most = i64::try_from(of.len()).unwrap_or(i64::MAX);
        let count = count.within(1, most)?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Test::AtLeast(count, of))
    };
    inner.finish(read())
}

fn exclude(table: &Table, one: &str, other: &str) -> RuleError {
    let error = table.error("rule_set.exclude").with("one", one);
    error.with("other", other)
}

/// `fact = …` is a comparison, a yes/no or a code, as the catalogue has it.
fn fact_test(table: &Table, scope: &Scope) -> Read<Test> {
    let id = fact(&table.need("fact")?)?;
    let operand = Operand::current(id);
    match catalogue().def(id).kind {
        Kind::YesNo => {
            each! {
                wanted = table.need("is").and_then(|it| it.yes_no()),
                judged = flag(table, "judged"),
            }
            Ok(Test::YesNo(YesNo {
                operand,
                wanted,
                judged,
            }))
        }
        Kind::Code => {
            each! {
                allowed = allowed_codes(table, id),
                judged = flag(table, "judged"),
            }
            Ok(Test::Coded(Coded {
                operand,
                allowed,
                judged,
            }))
        }
        _ => compare(table, scope),
    }
}

fn allowed_codes(table: &Table, id: FactId) -> Read<u64> {
    let def = catalogue().def(id);
    let all = (1u64 << def.codes.len()) - 1;
    let bit = |node: &Node, text: &str| {
        let place = def.codes.iter().position(|code| code.code == text);
        let unknown = || node.error("rule_set.code_unknown").with("code", text);
        Ok(1u64 << place.ok_or_else(unknown)?)
    };
    let bits = |node: &Node| -> Read<u64> {
        let bits = node.each_text(bit)?;
        Ok(bits.into_iter().fold(0, |all, bit| all | bit))
    };
    match (table.get("one_of"), table.get("none_of")) {
        (Some(node), None) => bits(&node),
        (None, Some(node)) => Ok(all & !bits(&node)?),
        (None, None) if flag(table, "recorded")? => Ok(all),
        _ => Err(table.error("rule_set.codes_wanted")),
    }
}

fn titles(table: &Table, key: &'static str, held: bool) -> Read<Test> {
    let node = table.need(key)?;
    let known = |node: &Node, code: &str| {
        let unknown = |_| node.error("rule_set.scheme_unknown").with("code", code);
        let scheme = codes::scheme(code).map_err(unknown)?;
        Ok(scheme.code.clone())
    };
    let schemes = node.each_text(known)?;
    Ok(Test::Title(Title { schemes, held }))
}

fn legal(table: &Table) -> Read<Test> {
    let parse = |node: &Node, text: &str| {
        let unknown = || {
            node.error("rule_set.legal_status_unknown")
                .with("code", text)
        };
        LegalStatus::parse(text).ok_or_else(unknown)
    };
    let statuses = table.need("legal_status")?.each_text(parse)?;
    Ok(Test::Legal(statuses))
}

fn size_is_not(table: &Table, scope: &Scope) -> Read<Test> {
    let bit = |node: &Node, text: &str| {
        let unknown = || node.error("rule_set.size_class_unknown").with("code", text);
        SizeClass::parse(text)
            .map(|class| class.bit())
            .ok_or_else(unknown)
    };
    let by = |node: Node| {
        let table = rule_set(&node, scope)?;
        match table.body {
            Body::Size(_) => Ok(table),
            _ => Err(node.error("rule_set.size_rule_wanted")),
        }
    };
    each! {
        classes = table.need("size_is_not").and_then(|it| it.each_text(bit)),
        table = table.need("by").and_then(by),
    }
    let classes = classes.into_iter().fold(0u8, |all, bit| all | bit);
    Ok(Test::SizeNot { table, classes })
}

fn compare(table: &Table, scope: &Scope) -> Read<Test> {
    let (measure, unit) = measure(table, scope)?;
    let change = match table.get("change") {
        Some(node) => node.list().and_then(|facts| {
            let facts = facts.iter().map(fact);
            all(facts.map(|fact| fact.map(Operand::current)))
        }),
        None => Ok(default_change(&measure)),
    };
    each! {
        limit = compare_limit(table, &unit),
        change = change,
    }
    Ok(Test::Compare(Box::new(Compare {
        text: measure.text(),
        measure,
        unit,
        limit,
        change,
    })))
}

/// Without `change` a shortfall is told in the figures above the line, of the latest year.
fn default_change(measure: &Measure) -> Vec<Operand> {
    match measure {
        Measure::Term { term, .. } => latest(term),
        Measure::Ratio { above, .. } => latest(above),
        Measure::Growth { years, .. } => vec![years[0]],
        Measure::PointsOf { or_fact, .. } => or_fact.iter().copied().collect(),
        Measure::Age | Measure::Points(_) => Vec::new(),
    }
}

fn latest(term: &Term) -> Vec<Operand> {
    let first = term.operands.iter().map(|it| it.back).min();
    let is_latest = |it: &&Operand| Some(it.back) == first;
    term.operands.iter().filter(is_latest).copied().collect()
}

fn ratio(table: &Table, node: &Node) -> Read<(Measure, Unit)> {
    let pair = node.list()?;
    let [above, below] = pair.as_slice() else {
        return Err(node.error("rule_set.two_facts"));
    };
    let when_zero = |text: &str| match text {
        "NOT_MET" => Some(WhenZero::NotMet),
        "MET_IF_POSITIVE" => Some(WhenZero::MetIfPositive),
        _ => None,
    };
    let of = |node: &Node| numeric(node).and_then(|fact| term(table, vec![fact]));
    each! {
        above = of(above),
        below = of(below),
        when_zero = table
            .get("when_zero")
            .map_or(Ok(WhenZero::Unknown), |it| it.choice("NOT_MET, MET_IF_POSITIVE", when_zero)),
    }
    let measure = Measure::Ratio {
        above,
        below,
        when_zero,
    };
    Ok((measure, Unit::Share))
}

fn growth(table: &Table, node: &Node) -> Read<(Measure, Unit)> {
    let fact = numeric(node).and_then(|fact| match is_annual(fact) {
        true => Ok(fact),
        false => Err(node.error("rule_set.no_years")),
    });
    each! {
        fact = fact,
        method = table.need("method").and_then(|it| growth_method(&it)),
    }
    let years = std::array::from_fn(|back| Operand::new(fact, back));
    Ok((Measure::Growth { years, method }, Unit::Growth))
}

fn points(table: &Table, node: &Node, scope: &Scope) -> Read<Measure> {
    let id = node.text()?;
    let unknown = || node.error("rule_set.entry_unknown").with("id", id);
    let Some(of) = table.get("of") else {
        let entry = scope.points.find(id);
        return Ok(Measure::Points(entry.ok_or_else(unknown)?));
    };
    let rule_set = rule_set(&of, scope)?;
    let entry = rule_set.points.find(id);
    let entry = entry.ok_or_else(unknown)?;
    let or_fact = match table.get("or_fact") {
        Some(node) => Some(Operand::current(numeric(&node)?)),
        None => None,
    };
    Ok(Measure::PointsOf {
        rule_set,
        entry,
        or_fact,
    })
}

/// `years` is LAST where nothing is said; dated facts have none.
fn term(table: &Table, facts: Vec<FactId>) -> Read<Term> {
    let annual = facts.iter().filter(|fact| is_annual(**fact)).count();
    let node = table.get("years");
    let span = match (annual, &node) {
        (0, None) => Span::Dated,
        (0, Some(node)) => return Err(node.error("rule_set.years_of_dated")),
        (_, None) => Span::Back(0),
        (_, Some(node)) => {
            node.choice("LAST, PREVIOUS, LAST_TWO, LAST_THREE", |text| match text {
                "LAST" => Some(Span::Back(0)),
                "PREVIOUS" => Some(Span::Back(1)),
                "LAST_TWO" => Some(Span::Together(2)),
                "LAST_THREE" => Some(Span::Together(3)),
                _ => None,
            })?
        }
    };
    if annual != 0 && annual != facts.len() {
        return Err(table.error("rule_set.annual_and_dated"));
    }
    Ok(Term::new(&facts, span))
}

fn growth_method(node: &Node) -> Read<GrowthMethod> {
    const CHOICES: &str =
        "LAST_YEAR, MEAN_OF_TWO_YEARS, MEAN_OF_YEARS_THAT_EXISTED, COMPOUND_OF_TWO_YEARS";
    node.choice(CHOICES, |text| match text {
        "LAST_YEAR" => Some(GrowthMethod::LastYear),
        "MEAN_OF_TWO_YEARS" => Some(GrowthMethod::MeanOfTwoYears),
        "MEAN_OF_YEARS_THAT_EXISTED" => Some(GrowthMethod::MeanOfYearsThatExisted),
        "COMPOUND_OF_TWO_YEARS" => Some(GrowthMethod::CompoundOfTwoYears),
        _ => None,
    })
}

/// A fact that can be counted.
fn numeric(node: &Node) -> Read<FactId> {
    let id = fact(node)?;
    match catalogue().def(id).kind {
        Kind::YesNo | Kind::Code => Err(node.error("rule_set.not_counted")),
        Kind::Money | Kind::Count | Kind::Decimal | Kind::Score => Ok(id),
    }
}

pub fn flag(table: &Table, key: &'static str) -> Read<bool> {
    table.get(key).map_or(Ok(false), |node| node.yes_no())
}
