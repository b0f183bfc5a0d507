//! `…/history` and `/v1/ledger-entries`: what happened, in the very bytes that were hashed.

use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::app::enterprise::HistoryQuery;
use crate::app::error::AppError;
use crate::app::{enterprise, ledger};
use crate::domain::access::{ReadLedger, ReadRegister};
use crate::http::answer::{Page, Shown};
use crate::http::cursor::Cursors;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::time::{Day, Instant, When};

/// An entry of the ledger in canonical form (RFC 8785). Its bytes are spliced into the answer as they were hashed:
/// SHA-256 over a zero byte and these bytes is the entry's leaf in the tree (RFC 6962).
#[derive(Serialize)]
#[serde(transparent)]
pub struct LedgerEntry(Box<RawValue>);

/// What stands in an entry.
#[derive(ToSchema)]
#[schema(as = LedgerEntry)]
#[allow(dead_code)] // Only the documents read it; what is sent is the entry itself.
struct LedgerEntrySchema {
    /// Who did it: the id of an account, or `system:…`.
    actor: String,
    /// What changed. Money and ratios are text; personal values stand here only as salted commitments.
    #[schema(value_type = Object)]
    body: (),
    #[schema(example = "ENTERPRISE_REGISTERED")]
    kind: String,
    #[schema(example = "2026-06-15T08:00:00.000000Z", format = DateTime)]
    recorded_at: String,
    /// As the log names the request; what came by no request bears the actor's name.
    request_id: String,
    /// Without gap from 1 on.
    seq: i64,
    #[schema(inline)]
    subject: SubjectSchema,
    /// The key that an API client used (`api-key:…`), or who was logged in at the machine (`login:…`).
    #[schema(
        example = "api-key:01a20cb1-fda5-7000-a7f4-e350ff29b93f",
        required = false
    )]
    through: String,
}

#[derive(ToSchema)]
#[allow(dead_code)]
struct SubjectSchema {
    id: String,
    #[schema(example = "enterprise")]
    kind: String,
}

#[derive(Deserialize, IntoParams)]
pub struct Following {
    /// Begin after this sequence; 0, the beginning, if not given.
    after: Option<i64>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same `after`.
    cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
pub struct Past {
    /// Only what had come to hold by this day: by the day from which an entry says it holds, else by that on which it was
    /// recorded. Without one everything is told, what is fixed for a day to come too.
    #[param(example = "2026-06-15")]
    as_of: Option<String>,
    /// Only what was recorded by this RFC 3339 instant; now if not given.
    #[param(example = "2026-06-15T08:00:00Z")]
    known_at: Option<String>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same days.
    cursor: Option<String>,
}

/// What happened to one enterprise.
#[derive(Serialize, ToSchema)]
pub struct History {
    items: Vec<LedgerEntry>,
    /// Sent as `cursor` it gives the next page.
    next_cursor: Option<String>,
    as_of: Day,
    known_at: Instant,
}

pub async fn of_enterprise(
    ticket: Ticket<ReadRegister>,
    uscc: Path<String>,
    query: Query<Past>,
) -> Result<Shown<History>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let limit = query::limit(asked.limit)?;
        let list = format!("history {uscc} {:?} {:?}", asked.as_of, asked.known_at);
        let after = state.cursors.start(&list, asked.cursor.as_deref())?;
        let day_is_given = asked.as_of.is_some();
        let when = When {
            as_of: asked.as_of,
            known_at: asked.known_at,
        };
        let at = when.at(&*app.env.clock)?;
        let wanted = HistoryQuery {
            as_of: day_is_given.then_some(at.as_of),
            known_at: at.known_at,
            after: after.unwrap_or(0),
            limit: limit as usize + 1,
        };
        let found = enterprise::history(app, &caller, &uscc, &wanted)?;
        let page = page(&state.cursors, &list, limit, found)?;
        Ok(History {
            items: page.items,
            next_cursor: page.next_cursor,
            as_of: Day(at.as_of),
            known_at: Instant(at.known_at),
        })
    });
    Ok(Shown::new(page.await?))
}

pub async fn list(
    ticket: Ticket<ReadLedger>,
    query: Query<Following>,
) -> Result<Shown<Page<LedgerEntry>>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let asked = query.read()?;
        let first = asked.after.unwrap_or(0);
        if first < 0 {
            return Err(Problem::bad_query("after", "field.out_of_range"));
        }
        let list = format!("ledger-entries {first}");
        let limit = query::limit(asked.limit)?;
        let after = state
            .cursors
            .start(&list, asked.cursor.as_deref())?
            .unwrap_or(first);
        let found = ledger::after(app, &caller, after, i64::from(limit) + 1)?;
        page(&state.cursors, &list, limit, found)
    });
    Ok(Shown::new(page.await?))
}

pub async fn get(
    ticket: Ticket<ReadLedger>,
    seq: Path<String>,
) -> Result<Shown<LedgerEntry>, Problem> {
    let found = ticket.call(move |app, caller| {
        let seq: i64 = seq.parse().map_err(|_| AppError::NotFound)?;
        let found = ledger::entry(app, &caller, seq)?;
        Ok((seq, entry(found)?))
    });
    let (seq, entry) = found.await?;
    // An entry never changes: its place is its version.
    Ok(Shown::new(entry).etag(Etag::version(seq)))
}

fn page(
    cursors: &Cursors,
    list: &str,
    limit: u32,
    found: Vec<ledger::Entry>,
) -> Result<Page<LedgerEntry>, Problem> {
    let page = cursors.page(list, limit, found, |last| last.seq)?;
    Ok(Page {
        items: page
            .items
            .into_iter()
            .map(entry)
            .collect::<Result<_, _>>()?,
        next_cursor: page.next_cursor,
    })
}

fn entry(found: ledger::Entry) -> Result<LedgerEntry, Problem> {
    let raw = RawValue::from_string(found.entry).map_err(AppError::internal)?;
    Ok(LedgerEntry(raw))
}

impl PartialSchema for LedgerEntry {
    fn schema() -> RefOr<Schema> {
        LedgerEntrySchema::schema()
    }
}

impl ToSchema for LedgerEntry {}
