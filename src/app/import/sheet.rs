//! One table: which of the three it is, and what its columns hold. A title row may stand above the header.

use super::cell::{Cell, Unit};
use super::check::Pending;
use super::columns::{self, Field, Target, Understood};
use super::draft;
use super::problem::{Note, RowPlace, Spot};
use super::reading::{ReadOptions, Reading};
use super::table::{Column, Kind, Slot, Table};
use crate::domain::facts::{Period, catalogue};
use crate::domain::field_error::Fault;
use crate::domain::text;

/// Takes the rows of one sheet in their order.
pub struct SheetReader<'o> {
    source: u16,
    options: &'o ReadOptions,
    /// Rows looked at for a header, and the unit a title among them named.
    sought: usize,
    unit: Unit,
    table: Option<Table>,
    rows: u32,
    is_blank: bool,
}

/// A header stands among the first rows or nowhere.
const HEADER_WITHIN: usize = 20;

impl<'o> SheetReader<'o> {
    pub fn new(source: u16, options: &'o ReadOptions) -> Self {
        Self {
            source,
            options,
            sought: 0,
            unit: Unit::default(),
            table: None,
            rows: 0,
            is_blank: true,
        }
    }

    /// A row as Excel numbers it. Blank rows count but say nothing.
    pub fn row(
        &mut self,
        row: u32,
        cells: &[Cell<'_>],
        reading: &mut Reading,
        pending: &mut Pending,
    ) {
        if cells.iter().all(Cell::is_empty) {
            return;
        }
        self.is_blank = false;
        let at = RowPlace {
            source: self.source,
            row,
        };
        if let Some(table) = &self.table {
            self.rows += 1;
            draft::row(table, at, cells, self.options, reading, pending);
        } else if self.sought < HEADER_WITHIN {
            self.sought += 1;
            if cells.iter().any(is_key) {
                self.table = Some(head(at, cells, self.unit, reading));
            } else {
                self.title(at, cells, reading);
            }
        }
    }

    /// Notes how many rows there were. Without a header the table is not one of ours.
    pub fn finish(self, reading: &mut Reading) {
        if let Some(source) = reading.sources.get_mut(usize::from(self.source)) {
            source.rows = self.rows;
        }
        if self.table.is_none() {
            let fault = Fault::new("import.sheet.no_header");
            reading.problems.add(Spot::of_source(self.source), fault);
        }
    }

    pub fn is_table(&self) -> bool {
        self.table.is_some()
    }

    /// Nothing at all stood in it.
    pub fn is_blank(&self) -> bool {
        self.is_blank
    }

    fn title(&mut self, at: RowPlace, cells: &[Cell<'_>], reading: &mut Reading) {
        for (place, cell) in cells.iter().enumerate() {
            match columns::unit_in_title(&cell.raw()) {
                Some(Ok(unit)) => self.unit = unit,
                Some(Err(_)) => reading
                    .problems
                    .add(Spot::of_cell(at, place), Fault::new("import.unit")),
                None => {}
            }
        }
    }
}

fn is_key(cell: &Cell<'_>) -> bool {
    columns::understand(&cell.raw()).is_some_and(|found| found.target == Target::Field(Field::Uscc))
}

fn head(at: RowPlace, cells: &[Cell<'_>], unit: Unit, reading: &mut Reading) -> Table {
    let written: Vec<_> = cells.iter().map(Cell::raw).collect();
    if let Some(source) = reading.sources.get_mut(usize::from(at.source)) {
        source.headers = written.iter().map(|h| text::shown(h, 40)).collect();
    }
    let found: Vec<Option<Understood>> = written.iter().map(|h| columns::understand(h)).collect();
    let has = |field| {
        let wanted = Target::Field(field);
        found.iter().flatten().any(|column| column.target == wanted)
    };
    let kind = match (has(Field::Year), has(Field::Scheme)) {
        (true, false) => Kind::Figures,
        (false, true) => Kind::Certifications,
        (false, false) => Kind::Enterprises,
        (true, true) => {
            let fault = Fault::new("import.sheet.two_tables");
            reading.problems.add(Spot::of_row(at), fault);
            Kind::Figures
        }
    };
    for field in kind.required().iter().filter(|field| !has(**field)) {
        let fault = Fault::new("import.column.missing")
            .with("header", columns::header(Target::Field(*field)));
        reading.problems.add(Spot::of_row(at), fault);
    }
    let mut taken: Vec<Target> = Vec::new();
    let mut slots = Vec::with_capacity(written.len());
    for (place, (header, found)) in written.iter().zip(found).enumerate() {
        let cell = Spot::of_cell(at, place);
        slots.push(match found {
            None if header.trim().is_empty() => Slot::Bare,
            None => {
                reading.problems.add(cell, unknown(header));
                Slot::Faulty
            }
            Some(found) => column(found, kind, unit, cell, &mut taken, reading)
                .map_or(Slot::Faulty, Slot::Column),
        });
    }
    Table { kind, slots }
}

fn column(
    found: Understood,
    kind: Kind,
    unit: Unit,
    cell: Spot,
    taken: &mut Vec<Target>,
    reading: &mut Reading,
) -> Option<Column> {
    let ignored = Target::Field(Field::Ignored);
    if taken.contains(&found.target) && found.target != ignored {
        reading
            .problems
            .add(cell, Fault::new("import.column.duplicate"));
        return None;
    }
    taken.push(found.target);
    let note = |code, reading: &mut Reading| {
        let header = columns::header(found.target);
        reading.notes.push(Note {
            at: Spot::of_source(cell.source),
            code,
            params: vec![("header", header.to_owned())],
        });
    };
    let target = match place_of(found.target, kind) {
        Fit::Kept => found.target,
        Fit::Beside => {
            note("import.note.not_kept", reading);
            ignored
        }
        Fit::Elsewhere => {
            reading
                .problems
                .add(cell, Fault::new("import.column.wrong_table"));
            return None;
        }
    };
    if matches!(target, Target::Field(Field::Percent)) {
        note("import.note.not_kept", reading);
    }
    Some(Column {
        target,
        unit: found.unit.unwrap_or(unit),
    })
}

enum Fit {
    Kept,
    /// Often carried along for the reader's sake; the table of enterprises decides it.
    Beside,
    Elsewhere,
}

fn place_of(target: Target, kind: Kind) -> Fit {
    use Field::*;
    match (target, kind) {
        (Target::Field(Uscc | Ignored), _) => Fit::Kept,
        (
            Target::Field(
                Name | District | Park | RegisteredOn | Industry | LegalStatus | ContactName
                | ContactPhone | ContactEmail,
            ),
            Kind::Enterprises,
        ) => Fit::Kept,
        (Target::Field(Name | District | Park), _) => Fit::Beside,
        (Target::Field(Percent), Kind::Enterprises | Kind::Figures) => Fit::Kept,
        (Target::Field(Year), Kind::Figures) => Fit::Kept,
        (
            Target::Field(Scheme | Number | ValidFrom | ValidThrough | Issuer | Document),
            Kind::Certifications,
        ) => Fit::Kept,
        (Target::Fact(_), Kind::Enterprises) => Fit::Kept,
        (Target::Fact(id), Kind::Figures) if catalogue().slot(id).0 == Period::Annual => Fit::Kept,
        _ => Fit::Elsewhere,
    }
}

fn unknown(header: &str) -> Fault {
    match columns::suggest(header) {
        Some(nearest) => Fault::new("import.column.unknown_near").with("nearest", nearest),
        None => Fault::new("import.column.unknown"),
    }
}
