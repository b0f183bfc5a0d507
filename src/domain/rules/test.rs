//! Tests: what a criterion asks. Every test answers MET, UNMET, UNKNOWN or NEEDS_REVIEW.

use std::cmp::Ordering;
use std::sync::Arc;

use super::model::RuleSet;
pub use super::operand::{Operand, YEARS};
pub use super::unit::Unit;
use crate::enterprise::LegalStatus;
use crate::exact::Fraction;
use crate::facts::{FactId, Period, catalogue};

#[derive(Debug, Clone)]
pub enum Test {
    /// A measure against a limit.
    Compare(Box<Compare>),
    /// A recorded yes or no.
    YesNo(YesNo),
    /// A recorded code among those allowed.
    Coded(Coded),
    /// A title valid on the day, or none (资质).
    Title(Title),
    /// Seat in the territory: the start of the district code (所属区划).
    District(String),
    Legal(Vec<LegalStatus>),
    /// Another rule set as a whole.
    Passes(Arc<RuleSet>),
    /// The size class is none of these (bits by rank, see [`super::size`]).
    SizeNot {
        table: Arc<RuleSet>,
        classes: u8,
    },
    All(Vec<Test>),
    Any(Vec<Test>),
    AtLeast(usize, Vec<Test>),
}

#[derive(Debug, Clone)]
pub struct Compare {
    pub measure: Measure,
    pub unit: Unit,
    pub limit: Limit,
    /// Facts a shortfall may be told in.
    pub change: Vec<Operand>,
    /// What is measured, in the names of the catalogue.
    pub text: String,
}

#[derive(Debug, Clone)]
pub struct YesNo {
    pub operand: Operand,
    pub wanted: bool,
    /// A human judgement: nothing recorded is NEEDS_REVIEW, not UNKNOWN.
    pub judged: bool,
}

#[derive(Debug, Clone)]
pub struct Coded {
    pub operand: Operand,
    /// Bits by the place of the code in the fact's list.
    pub allowed: u64,
    pub judged: bool,
}

#[derive(Debug, Clone)]
pub struct Title {
    pub schemes: Vec<String>,
    /// Whether one of them must be held, or none may be.
    pub held: bool,
}

/// What is measured.
#[derive(Debug, Clone)]
pub enum Measure {
    /// A figure, or a sum of figures, over a whole number (an average per year).
    Term { term: Term, divided_by: i64 },
    Ratio {
        above: Term,
        below: Term,
        when_zero: WhenZero,
    },
    Growth {
        /// The last year, the one before and the one before that.
        years: [Operand; YEARS],
        method: GrowthMethod,
    },
    /// Days between registration and the day of the question (成立天数).
    Age,
    /// Points of an item or block of this rule set.
    Points(usize),
    /// Points of another rule set's item or block; where a part is not recorded, a fact instead.
    PointsOf {
        rule_set: Arc<RuleSet>,
        entry: usize,
        or_fact: Option<Operand>,
    },
}

/// The sum of facts over a span of years, which did not all have to exist.
#[derive(Debug, Clone)]
pub struct Term {
    pub operands: Vec<Operand>,
    /// The bits of the operands.
    pub slots: u128,
}

/// Which years a term takes. Years before the registration did not exist and are left out of sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// No year: facts that hold from a date.
    Dated,
    /// One year; 0 is the last year (上年度), 1 the one before.
    Back(usize),
    /// The last so many years together.
    Together(usize),
}

/// What a ratio with denominator 0 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenZero {
    Unknown,
    NotMet,
    /// Met if and only if the numerator is above zero.
    MetIfPositive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrowthMethod {
    /// Y3/Y2 − 1.
    LastYear,
    /// ½·(Y2/Y1 + Y3/Y2) − 1, and nothing where a year it needs did not exist.
    MeanOfTwoYears,
    /// The same; with two years that existed Y3/Y2 − 1, with one 0.
    MeanOfYearsThatExisted,
    /// √(Y3/Y1) − 1.
    CompoundOfTwoYears,
}

#[derive(Debug, Clone)]
pub enum Limit {
    Fixed(Bound),
    /// The limit depends on the bracket in which another figure lies.
    Bracketed {
        on: Operand,
        brackets: Vec<Bracket>,
    },
}

#[derive(Debug, Clone)]
pub struct Bracket {
    /// The upper end and whether it belongs to this bracket; the last bracket has none.
    pub upper: Option<(i64, bool)>,
    pub bound: Bound,
    /// For people: `sales > 200000000.00`.
    pub text: String,
}

#[derive(Debug, Clone)]
pub struct Bound {
    pub comparison: Comparison,
    pub limit: Fraction,
    /// The limit as it is shown.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
}

impl Term {
    pub fn new(facts: &[FactId], span: Span) -> Self {
        let years = match span {
            Span::Dated => 0..1,
            Span::Back(back) => back..back + 1,
            Span::Together(years) => 0..years,
        };
        let operands: Vec<Operand> = facts
            .iter()
            .flat_map(|fact| years.clone().map(|back| Operand::new(*fact, back)))
            .collect();
        Self {
            slots: operands.iter().fold(0, |bits, it| bits | it.bit()),
            operands,
        }
    }

    fn text(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for operand in &self.operands {
            let name = catalogue().def(operand.fact).name.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(" + ")
    }
}

impl Measure {
    /// What is measured, in the names of the catalogue.
    pub fn text(&self) -> String {
        let name = |operand: Operand| catalogue().def(operand.fact).name.as_str();
        match self {
            Self::Term {
                term,
                divided_by: 1,
            } => term.text(),
            Self::Term { term, divided_by } => format!("{} / {divided_by}", term.text()),
            Self::Ratio { above, below, .. } => format!("{} / {}", above.text(), below.text()),
            Self::Growth { years, .. } => format!("growth of {}", name(years[0])),
            Self::Age => "age".to_owned(),
            Self::Points(_) | Self::PointsOf { .. } => "points".to_owned(),
        }
    }
}

impl Comparison {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtLeast => "GTE",
            Self::MoreThan => "GT",
            Self::AtMost => "LTE",
            Self::LessThan => "LT",
        }
    }

    pub fn holds(self, value: Fraction, limit: Fraction) -> bool {
        let order = value.cmp(&limit);
        match self {
            Self::AtLeast => order != Ordering::Less,
            Self::MoreThan => order == Ordering::Greater,
            Self::AtMost => order != Ordering::Greater,
            Self::LessThan => order == Ordering::Less,
        }
    }

    /// Whether more of the measure helps.
    pub const fn is_lower_limit(self) -> bool {
        matches!(self, Self::AtLeast | Self::MoreThan)
    }
}

/// Whether the fact is stated for each year.
pub fn is_annual(fact: FactId) -> bool {
    catalogue().def(fact).period == Period::Annual
}
