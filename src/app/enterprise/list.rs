//! Lists of enterprises: filters and order in SQL, pieces of names from the index in memory.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Record;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::{ReadRegister, Scope};
use crate::domain::initials;
use crate::domain::name_index::{Entry, Loading, NameIndex};
use crate::domain::search_key;
use crate::store::enterprises::{self, After, EnterpriseRow, Filter, Page, SearchRow};
use crate::store::{Conn, StoreError};

pub use crate::store::enterprises::Sort;

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    pub district_code: Option<String>,
    pub pool: Option<String>,
    /// Holds a valid title of this scheme today.
    pub scheme: Option<String>,
    pub industry_code: Option<String>,
    pub status: Option<String>,
    /// A piece of the name, a former name, pinyin initials or the code.
    pub q: Option<String>,
    pub sort: Sort,
    pub descending: bool,
    pub after: Option<Position>,
    pub limit: usize,
    pub count: bool,
}

/// Where a page ended, for the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    key: String,
    id: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub items: Vec<Record>,
    pub next: Option<Position>,
    /// Only if it was asked for.
    pub count: Option<i64>,
}

/// The index over names and how far it has followed the ledger.
#[derive(Default)]
pub struct Search {
    state: RwLock<Followed>,
    /// Held by the one who takes in changes; the others wait without a connection in hand.
    following: Mutex<()>,
}

/// So many names are read at a time.
const CHUNK: i64 = 2_000;

#[derive(Default)]
struct Followed {
    index: NameIndex,
    seq: i64,
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
        app.search.follow(app)?;
    }
    app.store.read(|conn| {
        // One more than asked for tells whether there is another page.
        let wanted = query.limit + 1;
        let (mut rows, found) = match &piece {
            None => (plain(conn, scope, &filter, query, wanted)?, None),
            Some(piece) => app
                .search
                .find(conn, scope, &filter, query, piece, wanted)?,
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

/// Reads the names before anybody asks; at start, so that the first search is as fast as the next.
pub fn warm_search(app: &App) -> Result<usize, AppError> {
    app.search.follow(app)?;
    Ok(app.search.read(|it| it.index.len()))
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

fn position(row: &EnterpriseRow, sort: Sort) -> Position {
    Position {
        key: key(row, sort),
        id: row.id.clone(),
    }
}

/// Ordered as the database orders the column.
fn key(row: &EnterpriseRow, sort: Sort) -> String {
    match sort {
        Sort::Name => row.name_sort.clone(),
        Sort::RegisteredOn => row.registered_on.to_string(),
        Sort::UpdatedAt => format!("{:020}", row.seq),
    }
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

impl Search {
    fn read<T>(&self, f: impl FnOnce(&Followed) -> T) -> T {
        f(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in what changed since the last search, whichever process changed it.
    fn follow(&self, app: &App) -> Result<(), AppError> {
        let _alone = self
            .following
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        app.store.read(|conn| Ok(self.take_in(conn)?))
    }

    fn take_in(&self, conn: &mut Conn) -> Result<(), StoreError> {
        if self.read(|it| it.seq == 0) {
            return self.load(conn);
        }
        loop {
            let from = self.read(|it| it.seq);
            let rows = enterprises::changed_after(conn, from, CHUNK)?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            let (last, full) = (last.seq, rows.len() as i64 == CHUNK);
            let names = names_of(conn, &rows)?;
            let entries = rows.into_iter().map(|row| entry(row, &names));
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.index.put(entries);
            state.seq = last;
            drop(state);
            if !full {
                return Ok(());
            }
        }
    }

    /// The first time: all of them in the order of the index, so that it is packed as they come.
    fn load(&self, conn: &mut Conn) -> Result<(), StoreError> {
        // What changes while this goes on has a later sequence and is taken in after.
        let seq = enterprises::last_change(conn)?;
        let mut loading = Loading::default();
        let mut after: Option<(String, String)> = None;
        loop {
            let rows = enterprises::in_name_order(conn, after.as_ref(), CHUNK)?;
            let names = names_of(conn, &rows)?;
            let full = rows.len() as i64 == CHUNK;
            after = rows
                .last()
                .map(|row| (row.name_sort.clone(), row.id.clone()));
            for row in rows {
                loading.put(&entry(row, &names)?);
            }
            if !full {
                break;
            }
        }
        conn.give_back_memory().map_err(StoreError::from)?;
        let index = loading.index();
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Followed { index, seq };
        Ok(())
    }

    /// The rows that hold the piece and pass the filter, in the order asked for, and how many there are if asked.
    fn find(
        &self,
        conn: &mut Conn,
        scope: &Scope,
        filter: &Filter,
        query: &ListQuery,
        piece: &str,
        wanted: usize,
    ) -> Result<(Vec<EnterpriseRow>, Option<i64>), AppError> {
        let in_name_order = query.sort == Sort::Name && !query.descending && !query.count;
        if in_name_order {
            return Ok((
                self.in_name_order(conn, scope, filter, query, piece, wanted)?,
                None,
            ));
        }
        // Another order, or a count, needs all that match.
        let mut rows = self.in_name_order(
            conn,
            scope,
            filter,
            &ListQuery {
                after: None,
                ..query.clone()
            },
            piece,
            usize::MAX,
        )?;
        let count = rows.len() as i64;
        rows.sort_by_cached_key(|row| (key(row, query.sort), row.id.clone()));
        if query.descending {
            rows.reverse();
        }
        if let Some(at) = &query.after {
            rows.retain(|row| {
                let place = (key(row, query.sort), row.id.clone());
                let end = (at.key.clone(), at.id.clone());
                if query.descending {
                    place < end
                } else {
                    place > end
                }
            });
        }
        rows.truncate(wanted);
        Ok((rows, query.count.then_some(count)))
    }

    fn in_name_order(
        &self,
        conn: &mut Conn,
        scope: &Scope,
        filter: &Filter,
        query: &ListQuery,
        piece: &str,
        wanted: usize,
    ) -> Result<Vec<EnterpriseRow>, AppError> {
        let district = match scope {
            Scope::District(code) => Some(code.as_str()),
            _ => filter.district_code.as_deref(),
        };
        let mut rows: Vec<EnterpriseRow> = Vec::new();
        let mut after = query
            .after
            .as_ref()
            .map(|at| (at.key.clone(), at.id.clone()));
        // Filters may leave little of a chunk, so that each is larger than the one before.
        let mut chunk = wanted.min(500);
        loop {
            let mut ids = Vec::new();
            let start = match &after {
                Some((key, id)) => Some((key.as_str(), parsed(id)?)),
                None => None,
            };
            self.read(|it| {
                it.index.search(piece, district, start, |id| {
                    ids.push(id.to_string());
                    if ids.len() >= chunk {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                });
            });
            let full = ids.len() >= chunk;
            let mut by_id: HashMap<String, EnterpriseRow> =
                enterprises::matching(conn, scope, filter, &ids)?
                    .into_iter()
                    .map(|row| (row.id.clone(), row))
                    .collect();
            // The index is the authority on where a chunk ended, even if its last row did not pass.
            after = ids
                .last()
                .and_then(|id| self.place_of(conn, id).transpose())
                .transpose()?;
            rows.extend(ids.iter().filter_map(|id| by_id.remove(id)));
            if !full || rows.len() >= wanted || after.is_none() {
                rows.truncate(wanted);
                return Ok(rows);
            }
            chunk = (chunk * 2).min(10_000);
        }
    }

    fn place_of(&self, conn: &mut Conn, id: &str) -> Result<Option<(String, String)>, StoreError> {
        let row = enterprises::by_ids(conn, &Scope::All, &[id])?
            .into_iter()
            .next();
        Ok(row.map(|row| (row.name_sort, row.id)))
    }
}

fn entry(row: SearchRow, names: &HashMap<String, Vec<String>>) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: parsed(&row.id)?,
        text: text(&row.name, names.get(&row.id), &row.uscc),
        initials: initials::of(&row.name),
        sort: row.name_sort,
        district_code: row.district_code,
    })
}

fn parsed(id: &str) -> Result<Uuid, StoreError> {
    Uuid::parse_str(id).map_err(StoreError::corrupt)
}

/// The names each of these ever had.
fn names_of(
    conn: &mut Conn,
    rows: &[SearchRow],
) -> Result<HashMap<String, Vec<String>>, StoreError> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut names: HashMap<String, Vec<String>> = HashMap::new();
    for chunk in ids.chunks(500) {
        for (id, name) in enterprises::names_of(conn, chunk)? {
            names.entry(id).or_default().push(name);
        }
    }
    Ok(names)
}

/// What is searched beside the initials: name and former names, code; a line each, so that no piece runs over two.
fn text(name: &str, names: Option<&Vec<String>>, uscc: &str) -> String {
    let mut text = search_key::folded(name);
    for earlier in names
        .into_iter()
        .flatten()
        .filter(|earlier| *earlier != name)
    {
        text.push('\n');
        text.push_str(&search_key::folded(earlier));
    }
    text.push('\n');
    text.push_str(&search_key::folded(uscc));
    text
}
