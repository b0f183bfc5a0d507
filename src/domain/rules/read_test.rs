//! Reading tests and measures out of a document.

use std::sync::Arc;

use super::model::{Body, RuleSet};
use super::points::PointTable;
use super::read_limit::compare_limit;
use super::reader::{Node, Read, Table};
use super::size::SizeClass;
use super::test::*;
use crate::domain::codes;
use crate::domain::enterprise::LegalStatus;
use crate::domain::facts::{FactId, Kind, catalogue};

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
    let test = test_of(&table, scope)?;
    table.finish()?;
    Ok(test)
}

/// The test whose keys stand in `table` among others.
pub fn test_of(table: &Table, scope: &Scope) -> Read<Test> {
    let mut named = KINDS.iter().filter(|kind| table.has(kind));
    let kind = *named
        .next()
        .ok_or_else(|| table.error(format!("says nothing to test: give one of {KINDS:?}")))?;
    if let Some(other) = named.next() {
        return Err(table.error(format!("{kind} and {other} exclude each other")));
    }
    match kind {
        "all" => Ok(Test::All(tests(&table.need("all")?, scope)?)),
        "any" => Ok(Test::Any(tests(&table.need("any")?, scope)?)),
        "at_least_of" => at_least_of(table, scope),
        "fact" => fact_test(table, scope),
        "holds_title" => titles(table, "holds_title", true),
        "lacks_title" => titles(table, "lacks_title", false),
        "district" => Ok(Test::District(table.need("district")?.text()?.to_owned())),
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
        let fact = numeric(&node)?;
        if !is_annual(fact) {
            return Err(node.error("has no years to grow over"));
        }
        let method = growth_method(&table.need("method")?)?;
        let years = std::array::from_fn(|back| Operand::new(fact, back));
        return Ok((Measure::Growth { years, method }, Unit::Growth));
    }
    if let Some(node) = table.get("age") {
        return match node.text()? {
            "days" => Ok((Measure::Age, Unit::Day)),
            _ => Err(node.error("must be \"days\"")),
        };
    }
    if let Some(node) = table.get("points") {
        return Ok((points(table, &node, scope)?, Unit::Point));
    }
    let facts = match (table.get("fact"), table.get("sum")) {
        (Some(node), _) => vec![numeric(&node)?],
        (None, Some(node)) => node
            .list()?
            .iter()
            .map(numeric)
            .collect::<Read<Vec<FactId>>>()?,
        (None, None) => return Err(table.error("says nothing to measure")),
    };
    let divided_by = table.get("divided_by").map_or(Ok(1), |node| node.whole())?;
    if divided_by < 1 {
        return Err(table.error("divided_by must be 1 or more"));
    }
    let unit = facts.first().map_or(Unit::Point, |fact| Unit::of(*fact));
    if facts.iter().any(|fact| Unit::of(*fact) != unit) {
        return Err(table.error("the facts of a sum must have the same unit"));
    }
    let term = term(table, facts)?;
    Ok((Measure::Term { term, divided_by }, unit))
}

/// A fact of the catalogue.
pub fn fact(node: &Node) -> Read<FactId> {
    let name = node.text()?;
    catalogue()
        .lookup(name)
        .map_err(|unknown| node.error(format!("{name}: {unknown}")))
}

/// A rule set read before, as `CODE@date` or, for those of the city, `CODE`.
pub fn rule_set(node: &Node, scope: &Scope) -> Read<Arc<RuleSet>> {
    let name = node.text()?;
    let found = scope.known.iter().find(|set| set.name == name);
    found
        .cloned()
        .ok_or_else(|| node.error(format!("no rule set {name} (name it CODE@date)")))
}

fn tests(node: &Node, scope: &Scope) -> Read<Vec<Test>> {
    let nodes = node.list()?;
    if nodes.is_empty() {
        return Err(node.error("the list is empty"));
    }
    nodes.iter().map(|node| test(node, scope)).collect()
}

fn at_least_of(table: &Table, scope: &Scope) -> Read<Test> {
    let node = table.need("at_least_of")?;
    let inner = node.table()?;
    let count = inner.need("count")?.whole()?;
    let of = tests(&inner.need("of")?, scope)?;
    inner.finish()?;
    match usize::try_from(count) {
        Ok(count) if count >= 1 && count <= of.len() => Ok(Test::AtLeast(count, of)),
        _ => Err(inner.error(format!("count must be 1 to {}", of.len()))),
    }
}

/// `fact = …` is a comparison, a yes/no or a code, as the catalogue has it.
fn fact_test(table: &Table, scope: &Scope) -> Read<Test> {
    let id = fact(&table.need("fact")?)?;
    let operand = Operand::current(id);
    match catalogue().def(id).kind {
        Kind::YesNo => Ok(Test::YesNo(YesNo {
            operand,
            wanted: table.need("is")?.yes_no()?,
            judged: flag(table, "judged")?,
        })),
        Kind::Code => Ok(Test::Coded(Coded {
            operand,
            allowed: allowed_codes(table, id)?,
            judged: flag(table, "judged")?,
        })),
        _ => compare(table, scope),
    }
}

fn allowed_codes(table: &Table, id: FactId) -> Read<u64> {
    let def = catalogue().def(id);
    let all = (1u64 << def.codes.len()) - 1;
    let bits = |node: &Node| {
        node.texts()?.into_iter().try_fold(0u64, |bits, text| {
            let place = def.codes.iter().position(|code| code.code == text);
            let place = place.ok_or_else(|| node.error(format!("{text} is no code of this fact")));
            Ok(bits | 1 << place?)
        })
    };
    match (table.get("one_of"), table.get("none_of")) {
        (Some(node), None) => bits(&node),
        (None, Some(node)) => Ok(all & !bits(&node)?),
        (None, None) if flag(table, "recorded")? => Ok(all),
        _ => Err(table.error("give one of one_of, none_of or recorded = true")),
    }
}

fn titles(table: &Table, key: &'static str, held: bool) -> Read<Test> {
    let node = table.need(key)?;
    let known = |code: &str| {
        codes::scheme(code)
            .map(|scheme| scheme.code.clone())
            .map_err(|_| node.error(format!("{code} is no scheme")))
    };
    let schemes = node.texts()?.into_iter().map(known).collect::<Read<_>>()?;
    Ok(Test::Title(Title { schemes, held }))
}

fn legal(table: &Table) -> Read<Test> {
    let node = table.need("legal_status")?;
    let parse = |text| {
        LegalStatus::parse(text).ok_or_else(|| node.error(format!("{text} is no legal status")))
    };
    let statuses = node.texts()?.into_iter().map(parse).collect::<Read<_>>()?;
    Ok(Test::Legal(statuses))
}

fn size_is_not(table: &Table, scope: &Scope) -> Read<Test> {
    let node = table.need("size_is_not")?;
    let classes = node.texts()?.into_iter().try_fold(0u8, |bits, text| {
        let class = SizeClass::parse(text);
        class
            .map(|class| bits | class.bit())
            .ok_or_else(|| node.error(format!("{text} is no size class")))
    })?;
    let by = table.need("by")?;
    let table = rule_set(&by, scope)?;
    match table.body {
        Body::Size(_) => Ok(Test::SizeNot { table, classes }),
        _ => Err(by.error("must be a size rule")),
    }
}

fn compare(table: &Table, scope: &Scope) -> Read<Test> {
    let (measure, unit) = measure(table, scope)?;
    let limit = compare_limit(table, &unit)?;
    let change = match table.get("change") {
        Some(node) => node
            .list()?
            .iter()
            .map(|node| fact(node).map(Operand::current))
            .collect::<Read<_>>()?,
        None => default_change(&measure),
    };
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
        return Err(node.error("must be two facts: [above, below]"));
    };
    let above = term(table, vec![numeric(above)?])?;
    let below = term(table, vec![numeric(below)?])?;
    let when_zero = match table.get("when_zero") {
        None => WhenZero::Unknown,
        Some(node) => match node.text()? {
            "NOT_MET" => WhenZero::NotMet,
            "MET_IF_POSITIVE" => WhenZero::MetIfPositive,
            _ => return Err(node.error("must be NOT_MET or MET_IF_POSITIVE")),
        },
    };
    let measure = Measure::Ratio {
        above,
        below,
        when_zero,
    };
    Ok((measure, Unit::Share))
}

fn points(table: &Table, node: &Node, scope: &Scope) -> Read<Measure> {
    let id = node.text()?;
    let Some(of) = table.get("of") else {
        let entry = scope.points.find(id);
        let entry = entry.ok_or_else(|| node.error(format!("no item or block {id}")))?;
        return Ok(Measure::Points(entry));
    };
    let rule_set = rule_set(&of, scope)?;
    let entry = rule_set.points.find(id);
    let entry = entry.ok_or_else(|| node.error(format!("no item or block {id}")))?;
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
        (0, Some(node)) => return Err(node.error("these facts hold from a date, not for years")),
        (_, None) => Span::Back(0),
        (_, Some(node)) => match node.text()? {
            "LAST" => Span::Back(0),
            "PREVIOUS" => Span::Back(1),
            "LAST_TWO" => Span::Together(2),
            "LAST_THREE" => Span::Together(3),
            _ => return Err(node.error("must be LAST, PREVIOUS, LAST_TWO or LAST_THREE")),
        },
    };
    if annual != 0 && annual != facts.len() {
        return Err(table.error("annual and dated facts cannot be added"));
    }
    Ok(Term::new(&facts, span))
}

fn growth_method(node: &Node) -> Read<GrowthMethod> {
    match node.text()? {
        "LAST_YEAR" => Ok(GrowthMethod::LastYear),
        "MEAN_OF_TWO_YEARS" => Ok(GrowthMethod::MeanOfTwoYears),
        "MEAN_OF_YEARS_THAT_EXISTED" => Ok(GrowthMethod::MeanOfYearsThatExisted),
        "COMPOUND_OF_TWO_YEARS" => Ok(GrowthMethod::CompoundOfTwoYears),
        _ => Err(node.error(
            "must be LAST_YEAR, MEAN_OF_TWO_YEARS, MEAN_OF_YEARS_THAT_EXISTED or COMPOUND_OF_TWO_YEARS",
        )),
    }
}

/// A fact that can be counted.
fn numeric(node: &Node) -> Read<FactId> {
    let id = fact(node)?;
    match catalogue().def(id).kind {
        Kind::YesNo | Kind::Code => Err(node.error("cannot be counted")),
        Kind::Money | Kind::Count | Kind::Decimal | Kind::Score => Ok(id),
    }
}

pub fn flag(table: &Table, key: &'static str) -> Read<bool> {
    table.get(key).map_or(Ok(false), |node| node.yes_no())
}
