//! `GET /v1/enterprises`

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::enterprise::{self, ListQuery, Position, Record, Sort};
use crate::domain::access::ReadRegister;
use crate::http::answer::Shown;
use crate::http::etag::Etag;
use crate::http::guard::Ticket;
use crate::http::problem::Problem;
use crate::http::query::{self, Query};
use crate::http::state::State;
use crate::http::time::{Day, Instant};

#[derive(Deserialize, IntoParams)]
pub struct Listing {
    #[param(example = "330602")]
    district_code: Option<String>,
    /// `STARTER`, `ACCELERATION` or `SPRINT`.
    #[param(example = "STARTER")]
    pool: Option<String>,
    /// Holds a title of this scheme that is valid today.
    #[param(example = "NATIONAL_HNTE")]
    scheme: Option<String>,
    /// A section (`C`), division (`C17`) or class (`C1713`).
    #[param(example = "C17")]
    industry_code: Option<String>,
    /// The legal status.
    #[param(example = "ACTIVE")]
    status: Option<String>,
    /// A piece of the name or of a former name (two Chinese characters suffice), pinyin initials, or a part of the uscc.
    #[param(example = "新材")]
    q: Option<String>,
    #[param(inline)]
    sort: Option<Order>,
    /// At most 200; 50 if not given.
    limit: Option<u32>,
    /// `next_cursor` of the page before, with the same filters and order.
    cursor: Option<String>,
    #[param(inline)]
    count: Option<Count>,
}

/// `-` is descending; `name` if not given.
#[derive(Clone, Copy, Deserialize, ToSchema)]
pub enum Order {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "-name")]
    NameDescending,
    #[serde(rename = "registered_on")]
    RegisteredOn,
    #[serde(rename = "-registered_on")]
    RegisteredOnDescending,
    #[serde(rename = "updated_at")]
    UpdatedAt,
    #[serde(rename = "-updated_at")]
    UpdatedAtDescending,
}

/// Counts all that match; costs more than a page.
#[derive(Clone, Copy, Deserialize, ToSchema)]
pub enum Count {
    #[serde(rename = "exact")]
    Exact,
}

#[derive(Serialize, ToSchema)]
pub struct EnterprisePage {
    items: Vec<EnterpriseItem>,
    /// Null on the last page.
    next_cursor: Option<String>,
    /// How many match; only with `count=exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
}

/// An enterprise as it stands now, without its contact.
#[derive(Serialize, ToSchema)]
pub struct EnterpriseItem {
    #[schema(example = "91330602MAFF89BB62")]
    uscc: String,
    name: String,
    district_code: String,
    park: Option<String>,
    registered_on: Day,
    industry_code: String,
    legal_status: String,
    pool: Option<String>,
    updated_at: Instant,
}

pub async fn list(
    ticket: Ticket<ReadRegister>,
    query: Query<Listing>,
) -> Result<Shown<EnterprisePage>, Problem> {
    let state = ticket.state();
    let page = ticket.call(move |app, caller| {
        let (asked, list) = read(query.read()?, &state)?;
        let found = enterprise::list(app, &caller, &asked)?;
        let next_cursor = found.next.map(|at| state.cursors.seal(&list, at));
        Ok(EnterprisePage {
            items: found.items.into_iter().map(EnterpriseItem::from).collect(),
            next_cursor: next_cursor.transpose()?,
            total: found.count,
        })
    });
    Ok(Shown::new(page.await?))
}

/// What is asked for, and the name its cursors bear.
fn read(asked: Listing, state: &State) -> Result<(ListQuery, String), Problem> {
    let (sort, descending) = order(asked.sort);
    let mut query = ListQuery {
        district_code: asked.district_code,
        pool: asked.pool,
        scheme: asked.scheme,
        industry_code: asked.industry_code,
        status: asked.status,
        q: asked.q,
        sort,
        descending,
        ..ListQuery::default()
    };
    query.check().map_err(query::refused)?;
    // All but how far and how much: a cursor of another list would skip what this one has.
    let name = Etag::content(format!("{query:?}").as_bytes());
    let list = format!("enterprises {name}");
    query.limit = query::limit(asked.limit)? as usize;
    query.count = asked.count.is_some();
    query.after = match asked.cursor {
        Some(cursor) => Some(state.cursors.open::<Position>(&list, &cursor)?),
        None => None,
    };
    Ok((query, list))
}

fn order(asked: Option<Order>) -> (Sort, bool) {
    match asked {
        None | Some(Order::Name) => (Sort::Name, false),
        Some(Order::NameDescending) => (Sort::Name, true),
        Some(Order::RegisteredOn) => (Sort::RegisteredOn, false),
        Some(Order::RegisteredOnDescending) => (Sort::RegisteredOn, true),
        Some(Order::UpdatedAt) => (Sort::UpdatedAt, false),
        Some(Order::UpdatedAtDescending) => (Sort::UpdatedAt, true),
    }
}

impl From<Record> for EnterpriseItem {
    fn from(record: Record) -> Self {
        EnterpriseItem {
            uscc: record.uscc,
            name: record.name,
            district_code: record.district_code,
            park: record.park,
            registered_on: Day(record.registered_on),
            industry_code: record.industry_code,
            legal_status: record.legal_status,
            pool: record.pool,
            updated_at: Instant(record.updated_at),
        }
    }
}
