//! Lists of enterprises: filters and order in SQL, pieces of names by the index in memory.

use super::query::{ListQuery, Position, Sort, position};
use super::record::Record;
use super::search::Wanted;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::table::{
    Column, Tabled, day, day_of, district, industry, maybe, status, text, worded,
};
use crate::domain::access::{ReadRegister, Scope};
use crate::domain::search_key;
use crate::store::Conn;
use crate::store::enterprises::{self, After, EnterpriseRow, Filter, Page};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub items: Vec<Record>,
    pub next: Option<Position>,
    /// Only if it was asked for.
    pub count: Option<i64>,
}

/// Reads the names before anybody asks; at start, so that the first search is as fast as the next.
pub fn warm_search(app: &App) -> Result<usize, AppError> {
    app.search.follow(&app.store)?;
    Ok(app.search.len())
}

pub fn list(
    app: &App,
    caller: &Caller<ReadRegister>,
    query: &ListQuery,
) -> Result<Listed, AppError> {
    let filter = Filter {
        district_code: query.district_code.clone(),
        pool: query.pool.clone(),
        scheme: query
            .scheme
            .clone()
            .map(|scheme| (scheme, app.env.clock.today())),
        industry_code: query.industry_code.clone(),
        legal_status: query.status.clone(),
    };
    let piece = query
        .q
        .as_deref()
        .map(search_key::folded)
        .filter(|piece| !piece.is_empty());
    let scope = caller.scope();
    if piece.is_some() {
        app.search.follow(&app.store)?;
    }
    app.store.read(|conn| {
        // One more than asked for tells whether there is another page.
        let wanted = query.limit + 1;
        let (mut rows, found) = match &piece {
            None => (plain(conn, scope, &filter, query, wanted)?, None),
            Some(piece) => app.search.find(
                conn,
                &Wanted {
                    scope,
                    filter: &filter,
                    query,
                    piece,
                    rows: wanted,
                },
            )?,
        };
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|row| position(row, query.sort));
        let count = match (query.count, found) {
            (false, _) => None,
            (true, Some(found)) => Some(found),
            (true, None) => Some(enterprises::count(conn, scope, &filter)?),
        };
        Ok(Listed {
            items: rows.into_iter().map(Record::from).collect(),
            next,
            count,
        })
    })
}

fn plain(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    query: &ListQuery,
    limit: usize,
) -> Result<Vec<EnterpriseRow>, AppError> {
    let after = query
        .after
        .as_ref()
        .map(|at| after(at, query.sort))
        .transpose()?;
    let page = Page {
        sort: query.sort,
        descending: query.descending,
        after,
        limit: limit as i64,
    };
    Ok(enterprises::list(conn, scope, filter, &page)?)
}

fn after(at: &Position, sort: Sort) -> Result<After, AppError> {
    let broken = |_| AppError::internal("a cursor of ours cannot be read");
    Ok(match sort {
        Sort::Name => After::Name(at.key.clone(), at.id.clone()),
        Sort::RegisteredOn => After::RegisteredOn(at.key.parse().map_err(broken)?, at.id.clone()),
        Sort::UpdatedAt => After::UpdatedAt(
            at.key
                .parse()
                .map_err(|_| AppError::internal("a cursor of ours cannot be read"))?,
        ),
    })
}

/// The first seven have the headers of the import, so that an exported list can be imported again.
impl Tabled for Record {
    const COLUMNS: &'static [Column<Self>] = &[
        ("统一社会信用代码", |it| text(&it.uscc)),
        ("企业名称", |it| text(&it.name)),
        ("所属区县", |it| district(&it.district_code)),
        ("园区", |it| maybe(&it.park)),
        ("成立日期", |it| day(it.registered_on.into())),
        ("行业代码", |it| text(&it.industry_code)),
        ("登记状态", |it| status(&it.legal_status)),
        ("行业名称", |it| industry(&it.industry_code)),
        ("培育库", |it| worded("pools", &it.pool)),
        ("更新日期", |it| day_of(it.updated_at.into())),
    ];
}
