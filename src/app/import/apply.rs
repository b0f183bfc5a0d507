//! The rows of an import into the register, in one change: only what differs is written, and each difference is
//! told by the event it would have had if it had been entered by hand.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::doubts::Doubts;
use super::problem::RowPlace;
use super::reading::{CertificationRow, EnterpriseRow, FiguresRow, Register};
use super::report::{Counts, ImportReport};
use super::standing::{self, OnRecord};
use crate::app::certification;
use crate::app::enterprise::{self, Committed};
use crate::app::env::Env;
use crate::app::error::AppError;
use crate::app::figures;
use crate::domain::access::Scope;
use crate::domain::at::At;
use crate::domain::certification::Certification;
use crate::domain::contact::Contact;
use crate::domain::enterprise::Enterprise;
use crate::domain::event::Event;
use crate::domain::facts::{Evidence, FactId, Value, catalogue};
use crate::domain::search_key;
use crate::domain::statement::standing::newly_superseded;
use crate::domain::statement::{self, About, Figures, NewStatement, Statement};
use crate::domain::uscc::Uscc;
use crate::store::certifications::{self, CertificationRow as TitleRow};
use crate::store::enterprises::{self, EnterpriseRow as Stored, PersonalRow, VersionRow};
use crate::store::facts::{self, StatementKey, StatementRow};
use crate::store::typed::Typed;
use crate::store::{StoreError, Tx, import};

/// All rows about one enterprise.
pub struct Firm {
    uscc: Uscc,
    enterprise: Option<EnterpriseRow>,
    figures: Vec<FiguresRow>,
    titles: Vec<CertificationRow>,
}

/// How rows are applied.
pub struct How {
    pub env: Env,
    /// Of whoever imports.
    pub scope: Scope,
    /// Names of the tables, by the number rows have for them.
    pub sources: Vec<String>,
    pub facts_from: NaiveDate,
    pub today: NaiveDate,
    pub evidence: Evidence,
    pub dry_run: bool,
    pub progress: Option<Progress>,
}

/// Enterprises a step: enough for few statements, little enough for little memory.
const STEP: usize = 500;

impl Firm {
    /// Rows by enterprise, in the order in which the tables first name them.
    pub fn gather(register: Register) -> Vec<Firm> {
        let mut firms: Vec<Firm> = Vec::with_capacity(register.enterprises.len());
        let mut places: HashMap<Uscc, usize> = HashMap::with_capacity(register.enterprises.len());
        let mut place_of = |uscc: Uscc, firms: &mut Vec<Firm>| {
            *places.entry(uscc).or_insert_with(|| {
                firms.push(Firm {
                    uscc,
                    enterprise: None,
                    figures: Vec::new(),
                    titles: Vec::new(),
                });
                firms.len() - 1
            })
        };
        for row in register.enterprises {
            let place = place_of(row.uscc, &mut firms);
            firms[place].enterprise = Some(row);
        }
        for row in register.figures {
            let place = place_of(row.uscc, &mut firms);
            firms[place].figures.push(row);
        }
        for row in register.certifications {
            let place = place_of(row.uscc, &mut firms);
            firms[place].titles.push(row);
        }
        firms
    }
}

/// Writes what differs, unless it is a dry run, and counts it in `report`.
pub fn apply(
    tx: &mut Tx<'_>,
    firms: Vec<Firm>,
    how: &How,
    report: &mut ImportReport,
    doubts: &mut Doubts,
) -> Result<(), AppError> {
    let total = firms.len();
    let mut rest = firms.into_iter();
    let mut done = 0;
    loop {
        let step: Vec<Firm> = rest.by_ref().take(STEP).collect();
        if step.is_empty() {
            return Ok(());
        }
        done += step.len();
        let codes: Vec<&str> = step.iter().map(|firm| firm.uscc.as_str()).collect();
        let mut standing = standing::load(tx.conn, &codes, how.facts_from)?;
        let mut writing = Writing {
            how,
            report,
            doubts,
            rows: Rows::default(),
            stated: Vec::new(),
        };
        for firm in step {
            let before = standing.remove(firm.uscc.as_str());
            writing.firm(tx, firm, before)?;
        }
        if !how.dry_run {
            writing.rows.write(tx)?;
        }
        if let Some(progress) = &how.progress {
            progress(done, total);
        }
    }
}

/// What one step writes.
#[derive(Default)]
struct Rows {
    enterprises: Vec<Stored>,
    states: Vec<VersionRow>,
    personal: Vec<PersonalRow>,
    statements: Vec<StatementRow>,
    /// Statements that no longer stand.
    superseded: Vec<StatementKey>,
    titles: Vec<TitleRow>,
}

impl Rows {
    fn write(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        enterprises::insert_all(tx.conn, &self.enterprises)?;
        enterprises::insert_states(tx.conn, &self.states)?;
        enterprises::insert_contacts(tx.conn, &self.personal)?;
        facts::supersede(tx.conn, &self.superseded)?;
        facts::insert_all(tx.conn, &self.statements)?;
        import::insert_titles(tx.conn, &self.titles)
    }
}

struct Writing<'a> {
    how: &'a How,
    report: &'a mut ImportReport,
    doubts: &'a mut Doubts,
    rows: Rows,
    /// About the firm that is looked at.
    stated: Vec<Statement>,
}

impl Writing<'_> {
    fn firm(
        &mut self,
        tx: &mut Tx<'_>,
        firm: Firm,
        before: Option<OnRecord>,
    ) -> Result<(), AppError> {
        let told = firm.enterprise.as_ref().and_then(|row| row.registered_on);
        let known = before.as_ref().map(|standing| standing.row.registered_on);
        let (id, statements, titles) = match before {
            // What was checked before the change is looked at again: it may have left the district meanwhile.
            Some(standing) if self.is_foreign(&standing.row.district_code) => {
                return Err(vanished());
            }
            Some(standing) => {
                if let Some(row) = &firm.enterprise {
                    self.amend(tx, row, &standing)?;
                }
                (standing.row.id, standing.statements, standing.titles)
            }
            None => {
                let row = firm.enterprise.as_ref().ok_or_else(vanished)?;
                (self.register(tx, row)?, Vec::new(), Vec::new())
            }
        };
        if let Some(row) = firm.enterprise.filter(|row| !row.facts.is_empty()) {
            // Nothing holds before the registration.
            let asked = self.how.facts_from;
            let from = told.or(known).map_or(asked, |day| day.max(asked));
            let about = About::From(from);
            let counts = self.state(tx, &id, about, &row.facts, row.at, &statements)?;
            self.report.dated_facts.add(counts);
        }
        for row in firm.figures {
            self.doubts.beside(&row, &statements);
            let about = About::Year(row.year);
            let counts = self.state(tx, &id, about, &row.facts, row.at, &statements)?;
            self.report.figures.add(counts);
        }
        self.supersede(&id, statements);
        for row in firm.titles {
            self.title(tx, &id, row.certification, &titles)?;
        }
        Ok(())
    }

    fn is_foreign(&self, district_code: &str) -> bool {
        matches!(&self.how.scope, Scope::District(own) if own != district_code)
    }

    /// A new enterprise; its id.
    fn register(&mut self, tx: &mut Tx<'_>, row: &EnterpriseRow) -> Result<String, AppError> {
        let name = row.name.clone().ok_or_else(vanished)?;
        let enterprise = Enterprise {
            uscc: row.uscc,
            uscc_override_reason: None,
            name_sort: search_key::sort_key(&name),
            name,
            district_code: row.district_code.ok_or_else(vanished)?,
            park: row.park.clone(),
            registered_on: row.registered_on.ok_or_else(vanished)?,
            industry_code: row.industry_code.ok_or_else(vanished)?,
            legal_status: row.legal_status.unwrap_or_default(),
            contact: row.contact.clone(),
        };
        let contact = enterprise::commit(&self.how.env, &row.contact);
        let newcomer = enterprise::Newcomer::of(&enterprise, contact.as_ref());
        let (stored, state, _) = newcomer.recorded(tx)?;
        let id = stored.id.clone();
        self.rows
            .personal
            .extend(contact.map(|it: Committed| it.row(&id, tx.now)));
        self.rows.enterprises.push(stored);
        self.rows.states.push(state);
        self.report.enterprises.new += 1;
        Ok(id)
    }

    /// The fields that the row gives, laid over what stands.
    fn amend(
        &mut self,
        tx: &mut Tx<'_>,
        row: &EnterpriseRow,
        before: &OnRecord,
    ) -> Result<(), AppError> {
        let current = &before.row;
        let mut after = laid_over(row, current);
        let contact = merged(&before.contact, &row.contact);
        let new_contact = (contact != before.contact)
            .then(|| enterprise::commit(&self.how.env, &contact))
            .flatten();
        if let Some(contact) = &new_contact {
            after.contact_commitment = Some(contact.commitment.clone());
        }
        if after == *current {
            self.report.enterprises.unchanged += 1;
            return Ok(());
        }
        self.report.enterprises.changed += 1;
        if self.how.dry_run {
            return Ok(());
        }
        if let Some(contact) = new_contact {
            enterprises::insert_personal(tx.conn, &contact.row(&after.id, tx.now))?;
        }
        // What stands is the state in force today, and nothing is recorded for a day to come.
        let span = enterprise::Span {
            from: self.how.today,
            today: self.how.today,
            later: &[],
        };
        enterprise::carry_out(tx, current, &mut after, &span)?;
        Ok(())
    }

    /// States the facts that are news: another value, or better proved.
    fn state(
        &mut self,
        tx: &mut Tx<'_>,
        id: &str,
        about: About,
        facts: &[(FactId, Value)],
        at: RowPlace,
        before: &[Statement],
    ) -> Result<Counts, StoreError> {
        let standing = match about {
            About::Year(year) => statement::of_year(before, year),
            About::From(day) => {
                let at = At {
                    as_of: day,
                    known_at: tx.now,
                };
                statement::on_day(before, at)
            }
        };
        let news: Vec<_> = facts
            .iter()
            .filter(|(id, value)| self.is_news(*id, *value, &standing))
            .map(|(id, value)| (*id, Some(*value)))
            .collect();
        if news.is_empty() {
            return Ok(Counts::unchanged());
        }
        let new = NewStatement {
            about,
            facts: news.into_iter().collect(),
            evidence: self.how.evidence,
            source: self.source(at),
        };
        let (row, _) = figures::stated(tx, id, &new)?;
        self.stated.push(new.recorded(row.seq, tx.actor, tx.now));
        self.rows.statements.push(row);
        Ok(match standing.is_empty() {
            true => Counts::new(),
            false => Counts::changed(),
        })
    }

    /// Of the statements about a firm, those that the new ones replace. One row speaks of a year, and one of dated facts: of
    /// the new ones all stand.
    fn supersede(&mut self, id: &str, mut statements: Vec<Statement>) {
        let new = self.stated.len();
        statements.append(&mut self.stated);
        let gone = newly_superseded(&statements, new);
        let places = gone.into_iter().map(|seq| (id.to_owned(), seq));
        self.rows.superseded.extend(places);
    }

    fn is_news(&self, id: FactId, value: Value, standing: &Figures) -> bool {
        let def = catalogue().def(id);
        standing
            .get(&def.name)
            .is_none_or(|it| it.value != def.to_json(value) || it.evidence < self.how.evidence)
    }

    fn source(&self, at: RowPlace) -> String {
        let table = self.how.sources.get(usize::from(at.source));
        let text = format!("导入：{}", table.map_or("", String::as_str));
        text.chars().take(statement::SOURCE_MAX).collect()
    }

    /// A new title, or a correction of the one with the same number.
    fn title(
        &mut self,
        tx: &mut Tx<'_>,
        id: &str,
        title: Certification,
        before: &[TitleRow],
    ) -> Result<(), AppError> {
        let standing = before
            .iter()
            .find(|row| row.scheme == title.scheme && row.number == title.number);
        let Some(standing) = standing else {
            let own_id = tx.new_id();
            let (row, _) =
                certification::recorded(tx, id, &own_id, &title, Event::CertificationRecorded)?;
            self.rows.titles.push(row);
            self.report.certifications.new += 1;
            return Ok(());
        };
        // What the table leaves out stays as it is.
        let title = Certification {
            valid_through: title.valid_through.or(standing.valid_through),
            issuer: title.issuer.or_else(|| standing.issuer.clone()),
            document: title.document.or_else(|| standing.document.clone()),
            ..title
        };
        if certification::same(standing, &title) {
            self.report.certifications.unchanged += 1;
            return Ok(());
        }
        self.report.certifications.changed += 1;
        if !self.how.dry_run {
            certifications::supersede(tx.conn, &standing.id, tx.now)?;
        }
        let (row, _) =
            certification::recorded(tx, id, &standing.id, &title, Event::CertificationCorrected)?;
        self.rows.titles.push(row);
        Ok(())
    }
}

fn laid_over(row: &EnterpriseRow, current: &Stored) -> Stored {
    let name = row.name.as_ref().unwrap_or(&current.name);
    Stored {
        name_sort: search_key::sort_key(name),
        name: name.clone(),
        district_code: row
            .district_code
            .map_or_else(|| current.district_code.clone(), str::to_owned),
        park: row.park.clone().or_else(|| current.park.clone()),
        registered_on: row.registered_on.unwrap_or(current.registered_on),
        industry_code: row
            .industry_code
            .map_or_else(|| current.industry_code.clone(), str::to_owned),
        legal_status: row.legal_status.map_or(current.legal_status, Typed),
        ..current.clone()
    }
}

fn merged(before: &Contact, given: &Contact) -> Contact {
    let or = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
    Contact {
        name: or(&given.name, &before.name),
        phone: or(&given.phone, &before.phone),
        email: or(&given.email, &before.email),
    }
}

/// What was checked a moment ago no longer holds: somebody else changed the register meanwhile.
fn vanished() -> AppError {
    AppError::conflict("request.conflict")
}

/// Told how many enterprises are done, of how many.
pub type Progress = Arc<dyn Fn(usize, usize) + Send + Sync>;
