//! The two sides of the migrations say the same: names, tables, columns and what may be null.

use std::collections::BTreeSet;
use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use sanku::store::StoreError;

use crate::harness::{TestDb, TestEngine};

#[derive(QueryableByName, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Bool)]
    required: bool,
}

const SQLITE: &str = "SELECT m.name AS table_name, p.name AS column_name, p.\"notnull\" = 1 AS required
    FROM sqlite_schema m JOIN pragma_table_info(m.name) p
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'";

const POSTGRES: &str = "SELECT table_name::text, column_name::text, is_nullable = 'NO' AS required
    FROM information_schema.columns
    WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_\\_%'";

fn columns(db: &TestDb, sql: &str) -> BTreeSet<Column> {
    let found: Result<Vec<Column>, StoreError> = db
        .app
        .store
        .read(|conn| Ok(diesel::sql_query(sql).load(conn)?));
    found.expect("columns").into_iter().collect()
}

#[test]
fn both_engines_have_the_same_columns() {
    let sqlite = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is built in");
    let Some(postgres) = TestDb::fresh(TestEngine::Postgres) else {
        return;
    };
    let (ours, theirs) = (columns(&sqlite, SQLITE), columns(&postgres, POSTGRES));
    assert!(ours.len() > 100, "{} columns found", ours.len());
    assert_eq!(ours, theirs);
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("migrations")
            .join(engine);
        std::fs::read_dir(folder)
            .expect("folder")
            .map(|entry| {
                entry
                    .expect("entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
