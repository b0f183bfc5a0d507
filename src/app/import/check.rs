//! Rows against each other and against the register: doubles, rows of unknown enterprises, new enterprises that
//! lack something.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use super::columns::{self, Field, Target};
use super::problem::{Problems, RowPlace, Source, Spot};
use super::reading::{CertificationRow, EnterpriseRow, FiguresRow, ReadOptions, Reading, Register};
use crate::domain::field_error::Fault;
use crate::domain::uscc::Uscc;

/// What can be judged only when all tables are read and the register was asked.
#[derive(Debug, Default)]
pub struct Pending {
    /// Codes of the tables of enterprises, those of faulty rows included: they draw no second complaint.
    pub seen: HashSet<Uscc>,
    /// Codes whose check digit is wrong, which is right only for those the register has (with a reason).
    pub doubts: Vec<(Uscc, Spot, Fault)>,
}

/// Takes out rows that say the same in two files, and tells rows that speak of one thing twice.
pub fn against_each_other(reading: &mut Reading) {
    let Reading {
        register,
        sources,
        problems,
        ..
    } = reading;
    let mut once = Once { sources, problems };
    once.keep(
        &mut register.enterprises,
        |row| row.uscc,
        |row| row.at,
        |a, b| {
            let mut b = b.clone();
            b.at = a.at;
            *a == b
        },
    );
    once.keep(
        &mut register.figures,
        |row| (row.uscc, row.year),
        |row| row.at,
        same_figures,
    );
    once.keep(
        &mut register.certifications,
        |row| {
            (
                row.uscc,
                row.certification.scheme,
                row.certification.number.clone(),
            )
        },
        |row| row.at,
        |a, b| a.certification == b.certification,
    );
}

/// The codes the register is asked for.
pub fn asked(register: &Register, pending: &Pending) -> Vec<Uscc> {
    let mut codes: BTreeSet<Uscc> = register.enterprises.iter().map(|row| row.uscc).collect();
    codes.extend(pending.doubts.iter().map(|(uscc, ..)| *uscc));
    codes.extend(
        referring(register)
            .map(|(uscc, _)| uscc)
            .filter(|uscc| !pending.seen.contains(uscc)),
    );
    codes.into_iter().collect()
}

/// `known` are the codes the register has of those [`asked`].
pub fn against_the_register(
    reading: &mut Reading,
    pending: &Pending,
    known: &HashSet<Uscc>,
    options: &ReadOptions,
) {
    for (uscc, place, doubt) in &pending.doubts {
        if !known.contains(uscc) {
            reading.problems.add(*place, doubt.clone());
        }
    }
    let key_columns: Vec<Option<u16>> = reading
        .sources
        .iter()
        .map(|source| column_of(source, Field::Uscc))
        .collect();
    for (uscc, at) in referring(&reading.register) {
        if !pending.seen.contains(&uscc) && !known.contains(&uscc) {
            let place = Spot {
                column: key_columns.get(usize::from(at.source)).copied().flatten(),
                ..Spot::of_row(at)
            };
            reading
                .problems
                .add(place, Fault::new("import.enterprise.unknown"));
        }
    }
    new_enterprises(reading, known, options);
    let register = &reading.register;
    let is_empty = register.enterprises.is_empty()
        && register.figures.is_empty()
        && register.certifications.is_empty();
    if is_empty && reading.problems.is_empty() {
        let fault = Fault::new("import.file.no_rows");
        reading.problems.add(Spot::default(), fault);
    }
}

struct Once<'a> {
    sources: &'a [Source],
    problems: &'a mut Problems,
}

impl Once<'_> {
    fn keep<T, K: Eq + Hash>(
        &mut self,
        rows: &mut Vec<T>,
        key: impl Fn(&T) -> K,
        at: impl Fn(&T) -> RowPlace,
        same: impl Fn(&T, &T) -> bool,
    ) {
        let mut first: HashMap<K, usize> = HashMap::with_capacity(rows.len());
        let mut repeated = HashSet::new();
        for (index, row) in rows.iter().enumerate() {
            match first.entry(key(row)) {
                Entry::Vacant(free) => {
                    free.insert(index);
                }
                Entry::Occupied(taken) => {
                    let earlier = &rows[*taken.get()];
                    let is_other_table = at(earlier).source != at(row).source;
                    if is_other_table && same(earlier, row) {
                        repeated.insert(index);
                    } else {
                        self.tell(at(row), at(earlier));
                    }
                }
            }
        }
        let mut index = 0;
        rows.retain(|_| {
            index += 1;
            !repeated.contains(&(index - 1))
        });
    }

    fn tell(&mut self, at: RowPlace, earlier: RowPlace) {
        let fault = if at.source == earlier.source {
            Fault::new("import.row.duplicate").with("row", earlier.row)
        } else {
            let source = self.sources.get(usize::from(earlier.source));
            Fault::new("import.row.duplicate_elsewhere")
                .with("row", earlier.row)
                .with("source", source.map(Source::title).unwrap_or_default())
        };
        self.problems.add(Spot::of_row(at), fault);
    }
}

fn same_figures(a: &FiguresRow, b: &FiguresRow) -> bool {
    a.facts == b.facts
}

/// Rows that speak of an enterprise without describing it.
fn referring(register: &Register) -> impl Iterator<Item = (Uscc, RowPlace)> {
    let figures = register
        .figures
        .iter()
        .map(|row: &FiguresRow| (row.uscc, row.at));
    let titles = register
        .certifications
        .iter()
        .map(|row: &CertificationRow| (row.uscc, row.at));
    figures.chain(titles)
}

/// A new enterprise needs its name, district, day of registration and industry.
fn new_enterprises(reading: &mut Reading, known: &HashSet<Uscc>, options: &ReadOptions) {
    let mut without_column = BTreeSet::new();
    for row in &mut reading.register.enterprises {
        if known.contains(&row.uscc) {
            continue;
        }
        let source = reading.sources.get(usize::from(row.at.source));
        row.district_code = row.district_code.or(options.district_code);
        row.industry_code = row.industry_code.or(options.industry_code);
        for (field, _) in needed(row).into_iter().filter(|(_, given)| !given) {
            match source.and_then(|source| column_of(source, field)) {
                Some(column) => {
                    let place = Spot::of_cell(row.at, usize::from(column));
                    reading.problems.add(place, Fault::new("field.required"));
                }
                None => {
                    let header = columns::header(Target::Field(field));
                    without_column.insert((row.at.source, header));
                }
            }
        }
    }
    for (source, header) in without_column {
        let fault = Fault::new("import.column.missing").with("header", header);
        reading.problems.add(Spot::of_source(source), fault);
    }
}

fn needed(row: &EnterpriseRow) -> [(Field, bool); 4] {
    [
        (Field::Name, row.name.is_some()),
        (Field::District, row.district_code.is_some()),
        (Field::RegisteredOn, row.registered_on.is_some()),
        (Field::Industry, row.industry_code.is_some()),
    ]
}

/// The cell of a row under a field, or the row where the table has no such column.
pub fn place_of(sources: &[Source], at: RowPlace, field: Field) -> Spot {
    let source = sources.get(usize::from(at.source));
    Spot {
        column: source.and_then(|source| column_of(source, field)),
        ..Spot::of_row(at)
    }
}

fn column_of(source: &Source, field: Field) -> Option<u16> {
    let wanted = Target::Field(field);
    let place = source.headers.iter().position(|header| {
        columns::understand(header).is_some_and(|found| found.target == wanted)
    })?;
    u16::try_from(place).ok()
}
