//! One row of a table into its typed form. Every faulty cell of the row is told, not only the first.

use chrono::NaiveDate;

use super::cell::{Cell, UsccCell};
use super::check::Pending;
use super::columns::{Field, Target};
use super::problem::{RowPlace, Spot};
use super::reading::{CertificationRow, EnterpriseRow, FiguresRow, ReadOptions, Reading};
use super::table::{Column, Kind, Slot, Table};
use crate::domain::certification::{self, Certification};
use crate::domain::codes::{self, Scheme};
use crate::domain::contact::{self, Contact};
use crate::domain::date;
use crate::domain::enterprise::{self, LegalStatus};
use crate::domain::facts::{FactId, Period, Value, catalogue};
use crate::domain::field_error::Fault;
use crate::domain::text;
use crate::domain::uscc::Uscc;

/// Reads a row of data and adds what it holds to `reading`.
pub fn row(
    table: &Table,
    at: RowPlace,
    cells: &[Cell<'_>],
    options: &ReadOptions,
    reading: &mut Reading,
    pending: &mut Pending,
) {
    let before = reading.problems.total;
    let mut draft = Draft::default();
    for (place, cell) in cells.iter().enumerate() {
        if cell.is_empty() {
            continue;
        }
        let result = match table.slots.get(place) {
            _ if is_too_long(cell, options.limits.cell_chars) => {
                Err(Fault::new("import.cell.too_long").with("max", options.limits.cell_chars))
            }
            Some(Slot::Column(column)) => draft.take(column, cell, options),
            Some(Slot::Faulty) => Ok(()),
            Some(Slot::Bare) | None => Err(Fault::new("import.row.beyond_header")),
        };
        if let Err(fault) = result {
            reading.problems.add(Spot::of_cell(at, place), fault);
        }
    }
    for field in table.kind.required() {
        if let Some(place) = table.place_of(*field)
            && cells.get(place).is_none_or(Cell::is_empty)
        {
            let fault = Fault::new("field.required");
            reading.problems.add(Spot::of_cell(at, place), fault);
        }
    }
    if let Some(UsccCell { uscc, doubt }) = draft.uscc.clone() {
        if table.kind == Kind::Enterprises {
            pending.seen.insert(uscc);
        }
        if let Some(doubt) = doubt {
            let place = table.cell(at, Field::Uscc);
            pending.doubts.push((uscc, place, doubt));
        }
        if reading.problems.total == before {
            draft.finish(table, uscc, at, options.figures_year, reading);
        }
    }
}

#[derive(Default)]
struct Draft {
    uscc: Option<UsccCell>,
    name: Option<String>,
    district_code: Option<&'static str>,
    park: Option<String>,
    registered_on: Option<NaiveDate>,
    industry_code: Option<&'static str>,
    legal_status: Option<LegalStatus>,
    contact: Contact,
    year: Option<i32>,
    scheme: Option<&'static Scheme>,
    number: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_through: Option<NaiveDate>,
    issuer: Option<String>,
    document: Option<String>,
    dated: Vec<(FactId, Value)>,
    annual: Vec<(FactId, Value)>,
}

impl Draft {
    fn take(
        &mut self,
        column: &Column,
        cell: &Cell<'_>,
        options: &ReadOptions,
    ) -> Result<(), Fault> {
        match column.target {
            Target::Field(field) => self.take_field(field, cell, options),
            Target::Fact(id) => {
                let value = cell.fact(catalogue().def(id), column.unit)?;
                match catalogue().slot(id).0 {
                    Period::Annual => self.annual.push((id, value)),
                    Period::Dated => self.dated.push((id, value)),
                }
                Ok(())
            }
        }
    }

    fn take_field(
        &mut self,
        field: Field,
        cell: &Cell<'_>,
        options: &ReadOptions,
    ) -> Result<(), Fault> {
        let owned = || cell.text().map(|text| Some(text.into_owned()));
        match field {
            Field::Uscc => self.uscc = Some(cell.uscc()?),
            Field::Name => self.name = Some(text::enterprise_name(&cell.text()?)?),
            Field::District => self.district_code = Some(cell.district()?),
            Field::Park => self.park = enterprise::park(&owned()?)?,
            Field::RegisteredOn => {
                self.registered_on = Some(date::registered_on(cell.date()?, options.today)?);
            }
            Field::Industry => self.industry_code = Some(cell.industry()?),
            Field::LegalStatus => {
                let code = codes::legal_status_from_sheet(&cell.text()?);
                let status = code.and_then(LegalStatus::parse);
                self.legal_status = Some(status.ok_or(Fault::new("legal_status.unknown"))?);
            }
            Field::ContactName => self.contact.name = Some(text::person_name(&cell.text()?)?),
            Field::ContactPhone => self.contact.phone = Some(cell.phone()?),
            Field::ContactEmail => self.contact.email = Some(contact::email(&cell.text()?)?),
            Field::Year => self.year = Some(cell.year(options.today)?),
            Field::Scheme => self.scheme = Some(codes::scheme_from_sheet(&cell.text()?)?),
            Field::Number => self.number = Some(certification::certificate_number(&cell.text()?)?),
            Field::ValidFrom => {
                self.valid_from = Some(date::not_in_future(cell.date()?, options.today)?);
            }
            Field::ValidThrough => self.valid_through = Some(cell.date()?),
            Field::Issuer => self.issuer = certification::short_text(&owned()?)?,
            Field::Document => self.document = certification::short_text(&owned()?)?,
            Field::Percent => cell.percent()?,
            Field::Ignored => {}
        }
        Ok(())
    }

    /// The finished row; all its cells are good.
    fn finish(mut self, table: &Table, uscc: Uscc, at: RowPlace, year: i32, reading: &mut Reading) {
        let facts = std::mem::take(&mut self.annual);
        let year = match table.kind {
            Kind::Enterprises => Some(year),
            Kind::Figures | Kind::Certifications => self.year,
        };
        if let Some(year) = year.filter(|_| !facts.is_empty()) {
            reading.register.figures.push(FiguresRow {
                at,
                uscc,
                year,
                facts,
            });
        }
        match table.kind {
            Kind::Enterprises => reading.register.enterprises.push(self.enterprise(uscc, at)),
            Kind::Figures => {}
            Kind::Certifications => match self.certification() {
                Ok(Some(certification)) => reading.register.certifications.push(CertificationRow {
                    at,
                    uscc,
                    certification,
                }),
                // A column is missing, which has been told at the header.
                Ok(None) => {}
                Err(fault) => {
                    let place = table.cell(at, Field::ValidThrough);
                    reading.problems.add(place, fault);
                }
            },
        }
    }

    fn enterprise(self, uscc: Uscc, at: RowPlace) -> EnterpriseRow {
        EnterpriseRow {
            at,
            uscc,
            name: self.name,
            district_code: self.district_code,
            park: self.park,
            registered_on: self.registered_on,
            industry_code: self.industry_code,
            legal_status: self.legal_status,
            contact: self.contact,
            facts: self.dated,
        }
    }

    fn certification(self) -> Result<Option<Certification>, Fault> {
        let (Some(scheme), Some(number), Some(valid_from)) =
            (self.scheme, self.number, self.valid_from)
        else {
            return Ok(None);
        };
        if let Some(last) = self.valid_through {
            certification::period(scheme, valid_from, last)?;
        }
        Ok(Some(Certification {
            scheme: &scheme.code,
            number,
            valid_from,
            valid_through: self.valid_through,
            issuer: self.issuer,
            document: self.document,
        }))
    }
}

fn is_too_long(cell: &Cell<'_>, max: usize) -> bool {
    matches!(cell, Cell::Text(text) if text.len() > max && text.chars().count() > max)
}
