//! Reading tables as the ledger tells of them: some subjects' entries, and every row that is theirs, whatever its table.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value as Json;

use super::backend::Conn;
use super::error::StoreError;
use super::ledger::Entry;
use super::schema::ledger_entries as entries;
use crate::domain::fold::sworn::{Column, Kind, Table};
use crate::domain::fold::{Row, instant};

/// The subjects after one id up to another, both as the database orders them; without an end, all that are left.
#[derive(Debug, Clone)]
pub struct Range {
    pub after: String,
    pub through: Option<String>,
}

/// The next so many subjects; `None` where no entry is about a later one.
pub fn next_range(
    conn: &mut Conn,
    after: &str,
    subjects: i64,
) -> Result<Option<Range>, StoreError> {
    let ids: Vec<String> = entries::table
        .filter(entries::subject_id.gt(after))
        .select(entries::subject_id)
        .distinct()
        .order(entries::subject_id)
        .limit(subjects)
        .load(conn)?;
    Ok(ids.into_iter().next_back().map(|last| Range {
        after: after.to_owned(),
        through: Some(last),
    }))
}

/// The entries of a range, subject by subject, each in its order. `seen` is where the last page ended.
pub fn entries(
    conn: &mut Conn,
    range: &Range,
    seen: Option<&(String, i64)>,
    limit: i64,
) -> Result<Vec<(String, Entry)>, StoreError> {
    let mut query = entries::table
        .filter(entries::subject_id.ge(&range.after))
        .into_boxed();
    if !range.after.is_empty() {
        query = query.filter(entries::subject_id.gt(&range.after));
    }
    if let Some(through) = &range.through {
        query = query.filter(entries::subject_id.le(through));
    }
    if let Some((subject, seq)) = seen {
        query = query
            .filter(entries::subject_id.ge(subject))
            .filter(entries::subject_id.gt(subject).or(entries::seq.gt(*seq)));
    }
    let found: Vec<(String, i64, String)> = query
        .order((entries::subject_id, entries::seq))
        .limit(limit)
        .select((entries::subject_id, entries::seq, entries::entry))
        .load(conn)?;
    let entry = |(subject, seq, entry)| (subject, Entry { seq, entry });
    Ok(found.into_iter().map(entry).collect())
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What stands in a table for the subjects of a range.
pub fn rows(conn: &mut Conn, table: &Table, range: &Range) -> Result<Vec<Row>, StoreError> {
    let columns: Vec<Column> = table.columns().collect();
    let (array, texts): (_, fn(&Column) -> String) = match conn {
        Conn::Sqlite(_) => ("json_array", |column| match column.kind {
            Kind::Bytes => format!("hex({})", column.name),
            _ => column.name.to_owned(),
        }),
        // As text, so that every day and instant is written alike; JSON of its own would depend on settings.
        Conn::Postgres(_) => ("json_build_array", |column| match column.kind {
            Kind::Date => format!("to_char({}, 'YYYY-MM-DD')", column.name),
            Kind::Instant => format!("to_char({}, 'YYYY-MM-DD HH24:MI:SS.US')", column.name),
            Kind::Bytes => format!("encode({}, 'hex')", column.name),
            _ => column.name.to_owned(),
        }),
    };
    let values: Vec<String> = columns.iter().map(texts).collect();
    let what = format!("CAST({array}({}) AS TEXT)", values.join(", "));
    let order = match table.together {
        true => format!(" ORDER BY {}", table.key.replace(' ', ", ")),
        false => String::new(),
    };
    let lines = lines(conn, &what, table, range, &order)?;
    lines.iter().map(|it| row(&it.line, &columns)).collect()
}

/// The subjects of a range that have rows in a table, in their order.
pub fn subjects(conn: &mut Conn, table: &Table, range: &Range) -> Result<Vec<String>, StoreError> {
    let found = lines(
        conn,
        &format!("DISTINCT {}", table.of),
        table,
        range,
        " ORDER BY 1",
    )?;
    Ok(found.into_iter().map(|it| it.line).collect())
}

fn lines(
    conn: &mut Conn,
    what: &str,
    table: &Table,
    range: &Range,
    order: &str,
) -> Result<Vec<Line>, StoreError> {
    let Table { name, of, .. } = table;
    // The order of the ledger's subjects, which every id has; an expression would have the database's own.
    let of = match conn {
        Conn::Sqlite(_) => (*of).to_owned(),
        Conn::Postgres(_) => format!("({of}) COLLATE \"C\""),
    };
    // The first range begins with what has no id at all.
    let from = if range.after.is_empty() { ">=" } else { ">" };
    let until = match range.through {
        None => String::new(),
        Some(_) => format!(" AND {of} <= $2"),
    };
    let sql = format!("SELECT {what} AS line FROM {name} WHERE {of} {from} $1{until}{order}");
    let query = diesel::sql_query(sql).bind::<Text, _>(&range.after);
    Ok(match &range.through {
        None => query.load(conn)?,
        Some(through) => query.bind::<Text, _>(through).load(conn)?,
    })
}

fn row(line: &str, columns: &[Column]) -> Result<Row, StoreError> {
    let values: Vec<Json> = serde_json::from_str(line).map_err(StoreError::corrupt)?;
    let values = values.into_iter().zip(columns).map(|(value, column)| {
        let value = match (column.kind, value) {
            // SQLite takes other numbers too: they are no truth value, and so not what an event says.
            (Kind::Bool, Json::Number(number)) => match number.as_i64() {
                Some(0) => Json::Bool(false),
                Some(1) => Json::Bool(true),
                _ => Json::Number(number),
            },
            (Kind::Instant, Json::String(text)) => {
                let at = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f");
                instant(at.map_err(StoreError::corrupt)?.and_utc())
            }
            (_, value) => value,
        };
        Ok((column.name.to_owned(), value))
    });
    values.collect()
}

/// The columns of every table there is, as the database itself lists them.
pub fn catalog(conn: &mut Conn) -> Result<Vec<(String, String)>, StoreError> {
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Text)]
        table_name: String,
        #[diesel(sql_type = Text)]
        column_name: String,
    }
    let sql = match conn {
        Conn::Sqlite(_) => {
            "SELECT t.name AS table_name, c.name AS column_name FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
        }
        Conn::Postgres(_) => {
            "SELECT table_name::text AS table_name, column_name::text AS column_name FROM information_schema.columns \
             WHERE table_schema = current_schema()"
        }
    };
    let named: Vec<Named> = diesel::sql_query(sql).load(conn)?;
    let pair = |it: Named| (it.table_name, it.column_name);
    Ok(named.into_iter().map(pair).collect())
}
