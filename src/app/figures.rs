//! Figures (填报数据): stating yearly and dated facts, and reading them on both time axes.

pub mod face;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::domain::access::{ReadRegister, RecordFacts, Role};
use crate::domain::at::At;
use crate::domain::event::Event;
use crate::domain::event::register::FactsStated;
use crate::domain::facts::{Doubt, Evidence, Period, catalogue, doubts};
use crate::domain::field_error::{Fault, FieldError};
use crate::domain::statement::{self, About, Figures, NewStatement, Statement, standing};
use crate::store::enterprises::EnterpriseRow;
use crate::store::facts::{self, StatementKey, StatementRow};
use crate::store::profile::{self, Known, Of, Seen, Topic};
use crate::store::{Changed, Conn, Seq, StoreError, Tx};

use super::caller::Caller;
use super::error::AppError;
use super::expected::Expected;
use super::{App, Done, enterprise};

/// The figures of one year, or the dated facts on one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FiguresView {
    pub figures: Figures,
    /// Of the last statement about them: their version. 0 if nothing was stated yet.
    pub version: i64,
    /// The day and the instant they are shown for.
    pub as_of: NaiveDate,
    pub known_at: DateTime<Utc>,
}

impl FiguresView {
    /// What contradicts itself in the figures of a year.
    pub fn doubts(&self) -> Vec<Doubt> {
        doubts(|id| {
            let def = catalogue().def(id);
            def.from_json(&self.figures.get(&def.name)?.value).ok()
        })
    }
}

/// What a caller states.
#[derive(Debug, Clone)]
pub struct StatementInput {
    pub facts: Map<String, Json>,
    pub evidence: Option<String>,
    pub source: String,
}

/// States facts about a fiscal year. The facts it does not name stay as they are.
pub fn state_year(
    app: &App,
    caller: &Caller<RecordFacts>,
    uscc: &str,
    year: i32,
    expected: Expected,
    input: StatementInput,
) -> Result<Done<FiguresView>, AppError> {
    let enterprise = found(app, caller, uscc)?;
    let mut errors = Vec::new();
    if let Err(fault) = statement::check_year(year, enterprise.registered_on, app.env.clock.today())
    {
        errors.push(fault.at("/year"));
    }
    let new = read(caller, About::Year(year), &input, errors)?;
    record(app, caller, uscc, expected, new)
}

/// States facts that hold from a day on.
pub fn state_dated(
    app: &App,
    caller: &Caller<RecordFacts>,
    uscc: &str,
    effective_from: NaiveDate,
    expected: Expected,
    input: StatementInput,
) -> Result<Done<FiguresView>, AppError> {
    let enterprise = found(app, caller, uscc)?;
    let mut errors = Vec::new();
    if effective_from > app.env.clock.today() {
        errors.push(FieldError::new(
            "/effective_from",
            "fact.effective_in_the_future",
        ));
    }
    if effective_from < enterprise.registered_on {
        let fault = Fault::new("enterprise.effective_before_registered")
            .with("registered_on", enterprise.registered_on);
        errors.push(fault.at("/effective_from"));
    }
    let new = read(caller, About::From(effective_from), &input, errors)?;
    record(app, caller, uscc, expected, new)
}

/// The figures of a year; `None` where nothing was stated by then.
pub fn year(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    year: i32,
    at: At,
) -> Result<Option<FiguresView>, AppError> {
    let statements = statements_of(app, caller, uscc, Topic::Year(year), at)?;
    let view = view(&statements, About::Year(year), at);
    Ok(Some(view).filter(|view| view.version != 0))
}

/// Every year with figures.
pub fn years(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    at: At,
) -> Result<Vec<(i32, FiguresView)>, AppError> {
    let statements = statements_of(app, caller, uscc, Topic::Years, at)?;
    Ok(statement::years(&statements)
        .into_iter()
        .map(|year| (year, view(&statements, About::Year(year), at)))
        .collect())
}

/// The dated facts that hold on a day.
pub fn dated(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    at: At,
) -> Result<FiguresView, AppError> {
    let statements = statements_of(app, caller, uscc, Topic::Days, at)?;
    Ok(view(&statements, About::From(at.as_of), at))
}

fn found(app: &App, caller: &Caller<RecordFacts>, uscc: &str) -> Result<EnterpriseRow, AppError> {
    app.store
        .read(|conn| enterprise::find(conn, caller.scope(), uscc))
}

fn statements_of(
    app: &App,
    caller: &Caller<ReadRegister>,
    uscc: &str,
    topic: Topic,
    at: At,
) -> Result<Vec<Statement>, AppError> {
    app.store.read(|conn| {
        let enterprise = enterprise::find(conn, caller.scope(), uscc)?;
        Ok(load(conn, &enterprise.id, topic, at)?)
    })
}

fn read(
    caller: &Caller<RecordFacts>,
    about: About,
    input: &StatementInput,
    mut errors: Vec<FieldError>,
) -> Result<NewStatement, AppError> {
    let period = match about {
        About::Year(_) => Period::Annual,
        About::From(_) => Period::Dated,
    };
    let facts = statement::read_facts(&input.facts, period, &mut errors);
    let source = statement::read_source(&input.source, &mut errors);
    let evidence = match input.evidence.as_deref() {
        None => Evidence::EntitySupplied,
        Some(text) => Evidence::parse(text).unwrap_or_else(|| {
            errors.push(FieldError::new("/evidence", "fact.evidence_unknown"));
            Evidence::EntitySupplied
        }),
    };
    // An enterprise cannot vouch for itself.
    if caller.role() == Some(Role::Enterprise) && evidence != Evidence::EntitySupplied {
        errors.push(FieldError::new("/evidence", "fact.evidence_not_yours"));
    }
    if errors.is_empty() {
        Ok(NewStatement {
            about,
            facts,
            evidence,
            source,
        })
    } else {
        Err(AppError::Invalid { errors })
    }
}

fn record(
    app: &App,
    caller: &Caller<RecordFacts>,
    uscc: &str,
    expected: Expected,
    new: NewStatement,
) -> Result<Done<FiguresView>, AppError> {
    let by_enterprise = caller.role() == Some(Role::Enterprise);
    let at_day = match new.about {
        About::From(day) => day,
        About::Year(_) => app.env.clock.today(),
    };
    let (uscc, scope) = (uscc.to_owned(), caller.scope().clone());
    app.store.write(&caller.stamp(), move |tx| {
        // Looked for again: it may have left the caller's scope meanwhile.
        let enterprise = enterprise::find(tx.conn, &scope, &uscc)?;
        let at = At {
            as_of: at_day,
            known_at: tx.now,
        };
        let topic = match new.about {
            About::Year(year) => Topic::Year(year),
            About::From(_) => Topic::Days,
        };
        let mut statements = load(tx.conn, &enterprise.id, topic, at)?;
        let before = view(&statements, new.about, at);
        match before.version {
            0 => expected.check_absent()?,
            version => expected.check(version)?,
        }
        if by_enterprise {
            keep_stronger_evidence(&new, &before.figures)?;
        }
        if statement::says_nothing_new(&new, &before.figures) {
            return Ok(Changed::unchanged(before));
        }
        let (row, seq) = stated(tx, &enterprise.id, &new)?;
        facts::insert(tx.conn, &row)?;
        let about = new.about;
        statements.push(new.recorded(row.seq, tx.actor, tx.now));
        let gone = standing::newly_superseded(&statements, 1).into_iter();
        let gone: Vec<StatementKey> = gone.map(|seq| (enterprise.id.clone(), seq)).collect();
        facts::supersede(tx.conn, &gone)?;
        Ok(Changed::new(view(&statements, about, at), seq))
    })
}

/// Tells of a new statement; its row. The import records its statements through the same door.
pub(super) fn stated(
    tx: &mut Tx<'_>,
    enterprise_id: &str,
    new: &NewStatement,
) -> Result<(StatementRow, Seq), StoreError> {
    let facts = statement::facts_json(&new.facts);
    let (year, effective_from) = match new.about {
        About::Year(year) => (Some(year), None),
        About::From(day) => (None, Some(day)),
    };
    let text = Json::Object(facts.clone()).to_string();
    let seq = tx.tell(Event::FactsStated(FactsStated {
        enterprise_id: enterprise_id.into(),
        year,
        effective_from,
        facts,
        evidence: new.evidence,
        source: new.source.clone(),
    }))?;
    let row = StatementRow {
        enterprise_id: enterprise_id.into(),
        seq: seq.get(),
        year,
        effective_from,
        facts: text,
        evidence: new.evidence.into(),
        source: new.source.clone(),
        recorded_by: tx.actor.into(),
        recorded_at: tx.now.naive_utc(),
        // The last one always does.
        stands: true,
    };
    Ok((row, seq))
}

fn keep_stronger_evidence(new: &NewStatement, standing: &Figures) -> Result<(), AppError> {
    let errors: Vec<FieldError> = new
        .facts
        .keys()
        .map(|&id| &catalogue().def(id).name)
        .filter(|name| {
            standing
                .get(*name)
                .is_some_and(|it| it.evidence > Evidence::EntitySupplied)
        })
        .map(|name| Fault::new("fact.stronger_evidence").at(format!("/facts/{name}")))
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid { errors })
    }
}

fn load(
    conn: &mut Conn,
    enterprise_id: &str,
    topic: Topic,
    at: At,
) -> Result<Vec<Statement>, StoreError> {
    let seen = Seen {
        as_of: at.as_of,
        known: Known::At(at.known_at),
    };
    let rows = profile::statements(conn, Of::One(enterprise_id), topic, seen)?;
    rows.into_iter().map(statement_of).collect()
}

pub(super) fn statement_of(row: StatementRow) -> Result<Statement, StoreError> {
    let about = match (row.year, row.effective_from) {
        (Some(year), None) => About::Year(year),
        (None, Some(day)) => About::From(day),
        _ => {
            return Err(StoreError::corrupt(
                "a statement about neither a year nor a day",
            ));
        }
    };
    Ok(Statement {
        seq: row.seq,
        about,
        facts: statement::facts_from_stored(&row.facts).map_err(StoreError::corrupt)?,
        evidence: *row.evidence,
        source: row.source,
        recorded_by: row.recorded_by,
        recorded_at: row.recorded_at.and_utc(),
    })
}

fn view(statements: &[Statement], about: About, at: At) -> FiguresView {
    let (figures, version) = match about {
        About::Year(year) => (
            statement::of_year(statements, year),
            last_seq(statements, |it| it == About::Year(year)),
        ),
        // The dated facts are one resource, whatever day one looks at.
        About::From(_) => (
            statement::on_day(statements, at),
            last_seq(statements, |it| matches!(it, About::From(_))),
        ),
    };
    FiguresView {
        figures,
        version,
        as_of: at.as_of,
        known_at: at.known_at,
    }
}

fn last_seq(statements: &[Statement], about: impl Fn(About) -> bool) -> i64 {
    statements
        .iter()
        .filter(|it| about(it.about))
        .map(|it| it.seq)
        .max()
        .unwrap_or(0)
}
