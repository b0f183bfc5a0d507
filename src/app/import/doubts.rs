//! Figures that contradict one another (存疑): those of one row, and those of a row and the register. They are taken, and told.

use super::problem::{Note, RowPlace, Source, Spot};
use super::reading::{FiguresRow, Reading};
use crate::domain::facts::{Doubt, FactId, Value, doubts};
use crate::domain::field_error::Params;
use crate::domain::messages::Lang;
use crate::domain::statement::{About, Statement};

/// What is told of them.
pub struct Doubts {
    sources: Vec<Source>,
    lang: Lang,
    count: usize,
    lines: Vec<String>,
}

/// More of them are one fault of the table, not many.
const MOST_TOLD: usize = 100;

impl Doubts {
    /// Within each row.
    pub fn of_rows(reading: &Reading, lang: Lang) -> Doubts {
        let mut found = Doubts {
            sources: reading.sources.clone(),
            lang,
            count: 0,
            lines: Vec::new(),
        };
        for row in &reading.register.figures {
            for it in doubts(|id| given(row, id)) {
                found.add(row.at, "import.note.doubt", &it);
            }
        }
        found
    }

    /// Between a row and what is on record of its year; `before` in the order in which it was recorded.
    pub fn beside(&mut self, row: &FiguresRow, before: &[Statement]) {
        let year = before.iter().filter(|it| it.about == About::Year(row.year));
        let year: Vec<&Statement> = year.collect();
        if year.is_empty() {
            return;
        }
        // The latest that names a figure decides, also if it withdraws it.
        let recorded = |id: FactId| {
            let mut latest_first = year.iter().rev();
            *latest_first.find_map(|it| it.facts.get(&id))?
        };
        for it in doubts(|id| given(row, id).or_else(|| recorded(id))) {
            let of_row = it.facts.iter().filter(|id| given(row, **id).is_some());
            // All of them: that was told. None: the row has nothing to do with it.
            if (1..it.facts.len()).contains(&of_row.count()) {
                self.add(row.at, "import.note.doubt_on_record", &it);
            }
        }
    }

    pub fn lines(mut self) -> Vec<String> {
        if self.count > MOST_TOLD {
            let left = self.count - MOST_TOLD;
            let params = vec![("count", left.to_string())];
            self.line(Spot::default(), "import.note.more_doubts", params);
        }
        self.lines
    }

    fn add(&mut self, at: RowPlace, code: &'static str, doubt: &Doubt) {
        self.count += 1;
        if self.count <= MOST_TOLD {
            let params = vec![("doubt", doubt.text(self.lang))];
            self.line(Spot::of_row(at), code, params);
        }
    }

    fn line(&mut self, at: Spot, code: &'static str, params: Params) {
        let note = Note { at, code, params };
        self.lines.push(note.line(&self.sources, self.lang));
    }
}

fn given(row: &FiguresRow, id: FactId) -> Option<Value> {
    let found = row.facts.iter().find(|(known, _)| *known == id);
    found.map(|(_, value)| *value)
}
