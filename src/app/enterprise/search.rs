//! Search by a piece of a name: an index in memory that follows the ledger, and the rows of what it finds.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError, RwLock};

use uuid::Uuid;

use super::query::{ListQuery, Position, Sort, key, position};
use crate::app::error::AppError;
use crate::domain::access::Scope;
use crate::domain::initials;
use crate::domain::name_index::loading::{InOrder, Loading};
use crate::domain::name_index::{Entry, NameIndex};
use crate::domain::search_key;
use crate::store::enterprises::{self, EnterpriseRow, Filter, SearchRow};
use crate::store::{Conn, Store, StoreError};

/// The index over names and how far it has followed the ledger.
#[derive(Default)]
pub struct Search {
    state: RwLock<Followed>,
    /// Held by the one who takes in changes; the others wait without a connection in hand.
    following: Mutex<()>,
}

/// So many names are read at a time.
const CHUNK: i64 = 500;
/// More ids than this in one statement are no faster.
const LARGEST_CHUNK: usize = 10_000;

#[derive(Default)]
struct Followed {
    index: NameIndex,
    seq: i64,
}

impl Search {
    /// How many names are in it.
    pub(super) fn len(&self) -> usize {
        self.read(|it| it.index.len())
    }

    fn read<T>(&self, f: impl FnOnce(&Followed) -> T) -> T {
        f(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in what changed since the last search, whichever process changed it.
    pub(super) fn follow(&self, store: &Store) -> Result<(), AppError> {
        let _alone = self
            .following
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        store.read(|conn| Ok(self.take_in(conn)?))
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

    /// The first time. The order of names is read from the database's index of it; what belongs to them in the order in
    /// which the rows are kept, where each is not on another page.
    fn load(&self, conn: &mut Conn) -> Result<(), StoreError> {
        // What changes while this goes on has a later sequence and is taken in after.
        let seq = enterprises::last_change(conn)?;
        let mut names = InOrder::default();
        let mut after: Option<(String, String)> = None;
        loop {
            let page = enterprises::names_in_order(conn, after.as_ref(), CHUNK)?;
            for (sort, id) in &page {
                names.push(parsed(id)?, sort);
            }
            after = page.into_iter().next_back();
            if after.is_none() {
                break;
            }
        }
        let mut loading = Loading::of(names);
        let mut after = String::new();
        loop {
            let rows = enterprises::in_id_order(conn, &after, CHUNK)?;
            let Some(last) = rows.last() else { break };
            after = last.id.clone();
            let names = names_of(conn, &rows)?;
            for row in rows {
                loading.put(&entry(row, &names)?);
            }
        }
        conn.give_back_memory().map_err(StoreError::from)?;
        let index = loading.index();
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Followed { index, seq };
        Ok(())
    }

    /// The rows that hold the piece and pass the filter, in the order asked for, and how many there are if asked.
    pub(super) fn find(
        &self,
        conn: &mut Conn,
        wanted: &Wanted<'_>,
    ) -> Result<(Vec<EnterpriseRow>, Option<i64>), AppError> {
        let query = wanted.query;
        let rows = if query.sort == Sort::Name && !query.descending {
            self.in_name_order(conn, wanted)?
        } else {
            self.in_another_order(conn, wanted)?
        };
        let count = match query.count {
            true => Some(self.count(conn, wanted)?),
            false => None,
        };
        Ok((rows, count))
    }

    /// In the order of the index: it is left as soon as the page is full.
    fn in_name_order(
        &self,
        conn: &mut Conn,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<EnterpriseRow>, AppError> {
        let mut rows: Vec<EnterpriseRow> = Vec::new();
        let mut start = wanted.query.after.clone();
        // Filters may leave little of a chunk, so that each is larger than the one before.
        let mut size = wanted.rows.min(500);
        loop {
            let ids = self.chunk(wanted, start.as_ref(), size)?;
            let full = ids.len() >= size;
            let found = enterprises::matching(conn, wanted.scope, wanted.filter, &ids)?;
            let mut by_id: HashMap<String, EnterpriseRow> =
                found.into_iter().map(|row| (row.id.clone(), row)).collect();
            rows.extend(ids.iter().filter_map(|id| by_id.remove(id)));
            // The index is the authority on where a chunk ended, even if its last row did not pass.
            start = self.place_of(conn, ids.last())?;
            if !full || rows.len() >= wanted.rows || start.is_none() {
                rows.truncate(wanted.rows);
                return Ok(rows);
            }
            size = (size * 2).min(LARGEST_CHUNK);
        }
    }

    /// Another order needs all that match, but keeps no more of them than the page shows.
    fn in_another_order(
        &self,
        conn: &mut Conn,
        wanted: &Wanted<'_>,
    ) -> Result<Vec<EnterpriseRow>, AppError> {
        let query = wanted.query;
        let mut page: Vec<EnterpriseRow> = Vec::new();
        self.all(conn, wanted, |conn, ids| {
            page.extend(enterprises::matching(
                conn,
                wanted.scope,
                wanted.filter,
                ids,
            )?);
            page.retain(|row| query.is_after(row));
            page.sort_by_cached_key(|row| (key(row, query.sort), row.id.clone()));
            if query.descending {
                page.reverse();
            }
            page.truncate(wanted.rows);
            Ok(())
        })?;
        Ok(page)
    }

    fn count(&self, conn: &mut Conn, wanted: &Wanted<'_>) -> Result<i64, AppError> {
        if wanted.only_by_district() {
            let mut count = 0;
            self.read(|it| {
                it.index.search(wanted.piece, wanted.district(), None, |_| {
                    count += 1;
                    ControlFlow::Continue(())
                });
            });
            return Ok(count);
        }
        let mut count = 0;
        self.all(conn, wanted, |conn, ids| {
            count += enterprises::count_matching(conn, wanted.scope, wanted.filter, ids)?;
            Ok(())
        })?;
        Ok(count)
    }

    /// Every id that holds the piece, chunk by chunk.
    fn all(
        &self,
        conn: &mut Conn,
        wanted: &Wanted<'_>,
        mut each: impl FnMut(&mut Conn, &[String]) -> Result<(), AppError>,
    ) -> Result<(), AppError> {
        let mut start = None;
        loop {
            let ids = self.chunk(wanted, start.as_ref(), LARGEST_CHUNK)?;
            each(conn, &ids)?;
            if ids.len() < LARGEST_CHUNK {
                return Ok(());
            }
            start = self.place_of(conn, ids.last())?;
            if start.is_none() {
                return Ok(());
            }
        }
    }

    fn chunk(
        &self,
        wanted: &Wanted<'_>,
        start: Option<&Position>,
        size: usize,
    ) -> Result<Vec<String>, AppError> {
        let start = match start {
            Some(at) => Some((at.key.as_str(), parsed(&at.id)?)),
            None => None,
        };
        let mut ids = Vec::new();
        self.read(|it| {
            it.index
                .search(wanted.piece, wanted.district(), start, |id| {
                    ids.push(id.to_string());
                    if ids.len() >= size {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                });
        });
        Ok(ids)
    }

    /// Where an id stands in the order of the index.
    fn place_of(
        &self,
        conn: &mut Conn,
        id: Option<&String>,
    ) -> Result<Option<Position>, StoreError> {
        let Some(id) = id else { return Ok(None) };
        let row = enterprises::by_ids(conn, &Scope::All, &[id])?
            .into_iter()
            .next();
        Ok(row.map(|row| position(&row, Sort::Name)))
    }
}

/// What is looked for: a piece of a name within scope and filter, and so many rows from where the query goes on.
pub(super) struct Wanted<'a> {
    pub scope: &'a Scope,
    pub filter: &'a Filter,
    pub query: &'a ListQuery,
    pub piece: &'a str,
    pub rows: usize,
}

impl Wanted<'_> {
    fn district(&self) -> Option<&str> {
        match self.scope {
            Scope::District(code) => Some(code),
            _ => self.filter.district_code.as_deref(),
        }
    }

    /// Whether the index alone knows what matches: it holds the district beside the name.
    fn only_by_district(&self) -> bool {
        let district = self.filter.district_code.as_deref();
        let scope = match self.scope {
            Scope::All => true,
            Scope::District(own) => district.is_none_or(|code| code == own),
            _ => false,
        };
        let only = Filter {
            district_code: self.filter.district_code.clone(),
            ..Filter::default()
        };
        scope && *self.filter == only
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
