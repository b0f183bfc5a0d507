//! What goes out: the values as they were put in, and beside them what vouches for each.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::FiguresView;
use crate::app::shown::{Day, Instant};
use crate::domain::at::At;
use crate::domain::facts::Evidence;
use crate::domain::messages::Lang;
use crate::domain::statement::{Figures, Stated};

/// The facts of one fiscal year.
#[derive(Serialize, ToSchema)]
pub struct AnnualFacts {
    #[schema(example = 2025)]
    pub year: i32,
    /// Values by name, in the form in which they are put.
    #[schema(value_type = Object, example = json!({"sales": "50000000.00", "staff_total": 120}))]
    pub facts: Values,
    pub details: Details,
    /// Figures that contradict one another: recorded, but to be looked at.
    pub warnings: Vec<FactWarning>,
    pub as_of: Day,
    pub known_at: Instant,
}

/// Figures that cannot all be true.
#[derive(Serialize, ToSchema)]
pub struct FactWarning {
    /// `fact.part_above_whole` or `fact.balance`.
    pub code: &'static str,
    /// JSON pointers of the figures.
    #[schema(example = json!(["/facts/tech_staff", "/facts/staff_total"]))]
    pub pointers: Vec<String>,
    pub message: String,
}

/// The facts that hold on `as_of`.
#[derive(Serialize, ToSchema)]
pub struct DatedFacts {
    /// Values by name, in the form in which they are put.
    #[schema(value_type = Object, example = json!({"ip_class1": 3, "listed": false}))]
    pub facts: Values,
    pub details: Details,
    pub as_of: Day,
    pub known_at: Instant,
}

/// Every year with facts, the earliest first.
#[derive(Serialize, ToSchema)]
pub struct Years {
    pub items: Vec<Year>,
    /// Always null: an enterprise has few.
    pub next_cursor: Option<String>,
    pub as_of: Day,
    pub known_at: Instant,
}

#[derive(Serialize, ToSchema)]
pub struct Year {
    #[schema(example = 2025)]
    pub year: i32,
    #[schema(value_type = Object)]
    pub facts: Values,
    pub details: Details,
}

/// What vouches for a value.
#[derive(Serialize, ToSchema)]
pub struct Detail {
    #[schema(value_type = String, example = "DOCUMENTED")]
    pub evidence: Evidence,
    pub source: String,
    /// Since when a dated fact holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Day>,
    /// The account that stated it.
    pub recorded_by: String,
    pub recorded_at: Instant,
}

type Values = BTreeMap<String, Json>;
type Details = BTreeMap<String, Detail>;

impl AnnualFacts {
    pub fn of(year: i32, view: FiguresView, lang: Lang) -> Self {
        let warnings = view.doubts().into_iter().map(|it| FactWarning {
            code: it.code,
            pointers: it.names().map(|name| format!("/facts/{name}")).collect(),
            message: it.text(lang),
        });
        let warnings = warnings.collect();
        let (facts, details) = apart(view.figures);
        AnnualFacts {
            year,
            facts,
            details,
            warnings,
            as_of: Day(view.as_of),
            known_at: Instant(view.known_at),
        }
    }
}

impl DatedFacts {
    pub fn of(view: FiguresView) -> Self {
        let (facts, details) = apart(view.figures);
        DatedFacts {
            facts,
            details,
            as_of: Day(view.as_of),
            known_at: Instant(view.known_at),
        }
    }
}

impl Years {
    pub fn of(years: Vec<(i32, FiguresView)>, at: At) -> Self {
        let items = years.into_iter().map(|(year, view)| {
            let (facts, details) = apart(view.figures);
            Year {
                year,
                facts,
                details,
            }
        });
        Years {
            items: items.collect(),
            next_cursor: None,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        }
    }
}

fn apart(figures: Figures) -> (Values, Details) {
    let mut values = Values::new();
    let mut details = Details::new();
    for (name, stated) in figures {
        let Stated {
            value,
            evidence,
            source,
            effective_from,
            recorded_by,
            recorded_at,
        } = stated;
        values.insert(name.clone(), value);
        let detail = Detail {
            evidence,
            source,
            effective_from: effective_from.map(Day),
            recorded_by,
            recorded_at: Instant(recorded_at),
        };
        details.insert(name, detail);
    }
    (values, details)
}
