//! A database of its own for each test, on either engine, under a clock that stands still.
//!
//! PostgreSQL: `SANKU_TEST_POSTGRES` names a server, else one is started for this process (socket only, thrown
//! away at the end). Where there is none the test says "skipped"; with CI set that is a failure.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use sanku::app::audit;
use sanku::app::env::{Env, FixedClock};
use sanku::app::{App, Options};
use sanku::domain::account_policy::{AccountPolicy, Profile};
use sanku::domain::event::Event;
use sanku::domain::event::register::PersonalDataRead;
use sanku::store;

/// The instant at which every test begins: 2026-06-15, 16:00 in Shaoxing.
pub const START: &str = "2026-06-15T08:00:00Z";

pub struct TestDb {
    pub app: App,
    pub clock: Arc<FixedClock>,
    pub url: String,
    /// Whether somebody was at it past the program.
    tampered: AtomicBool,
    _folder: Option<tempfile::TempDir>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestEngine {
    Sqlite,
    Postgres,
}

/// Defines a test that runs on both engines: `on_both_engines!(name, |db| { … });`
#[macro_export]
macro_rules! on_both_engines {
    ($name:ident, |$db:ident| $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            use $crate::harness::{TestDb, TestEngine};

            fn body($db: &TestDb) $body

            #[test]
            fn sqlite() {
                if let Some(db) = TestDb::fresh(TestEngine::Sqlite) {
                    body(&db);
                    db.agrees_with_its_ledger();
                }
            }

            #[test]
            fn postgres() {
                if let Some(db) = TestDb::fresh(TestEngine::Postgres) {
                    body(&db);
                    db.agrees_with_its_ledger();
                }
            }
        }
    };
}

impl TestDb {
    /// A migrated, empty database; `None` (and a word about it) where the machine has no PostgreSQL.
    pub fn fresh(engine: TestEngine) -> Option<TestDb> {
        let (url, folder) = empty_database(engine)?;
        store::migrate(&url).expect("migrations run");
        let (env, clock) = Env::fixed(START.parse().expect("instant"));
        let app = App::open(options(&url), env).expect("opens");
        Some(TestDb {
            app,
            clock,
            url,
            tampered: AtomicBool::new(false),
            _folder: folder,
        })
    }

    /// The same database opened again, as another process would.
    pub fn reopen(&self) -> App {
        self.reopen_with(|_| {})
    }

    /// Runs a statement past the program, as somebody with the database in hand would.
    pub fn tamper(&self, sql: &str) {
        self.past_the_program();
        tamper(&self.url, sql);
    }

    /// The test writes rows of which no event tells.
    pub fn past_the_program(&self) {
        self.tampered.store(true, Ordering::SeqCst);
    }

    /// How every test ends: whatever it did, the tables are what the ledger tells.
    pub fn agrees_with_its_ledger(&self) {
        if !self.tampered.load(Ordering::SeqCst) {
            let found = self.app.store.snapshot(audit::verify).expect("verified");
            assert_eq!(found.fault, None, "tables and ledger part");
        }
    }

    /// Those it was opened with.
    pub fn options(&self) -> Options {
        options(&self.url)
    }

    /// The same under other settings.
    pub fn reopen_with(&self, change: impl FnOnce(&mut Options)) -> App {
        let mut options = self.options();
        change(&mut options);
        App::open(options, self.app.env.clone()).expect("opens again")
    }
}

/// An event of which no table tells.
pub fn event(n: i64) -> Event {
    read_for(&n.to_string())
}

/// Somebody read a contact.
pub fn read_for(purpose: &str) -> Event {
    let at: DateTime<Utc> = START.parse().expect("instant");
    Event::PersonalDataRead(PersonalDataRead {
        enterprise_id: "e1".into(),
        as_of: at.date_naive(),
        known_at: at,
        purpose: Some(purpose.into()),
    })
}

/// See [`TestDb::tamper`].
pub fn tamper(url: &str, sql: &str) {
    let done = match url.strip_prefix("sqlite:") {
        Some(path) => SqliteConnection::establish(path)
            .expect("opens")
            .batch_execute(sql),
        None => PgConnection::establish(url)
            .expect("opens")
            .batch_execute(sql),
    };
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn options(url: &str) -> Options {
    Options {
        readers: 4,
        // Given, so that the ledger of a fresh database is empty.
        master_secret: Some(b"a secret that every test shares!".to_vec()),
        // Of the profile whose passwords do not expire: many a test lets years pass.
        policy: AccountPolicy {
            passwords: Profile::Asvs,
            second_factor: Vec::new(),
        },
        ..Options::at(url)
    }
}

/// A database nothing has been done to.
pub fn empty_database(engine: TestEngine) -> Option<(String, Option<tempfile::TempDir>)> {
    match engine {
        TestEngine::Sqlite => {
            let folder = tempfile::tempdir().expect("temporary folder");
            let url = format!("sqlite:{}", folder.path().join("test.db").display());
            Some((url, Some(folder)))
        }
        TestEngine::Postgres => {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let server = postgres_server()?;
            let count = COUNT.fetch_add(1, Ordering::SeqCst);
            let schema = format!("test_{}_{count}", std::process::id());
            let mut conn = PgConnection::establish(server).expect("test server answers");
            conn.batch_execute(&format!("CREATE SCHEMA {schema}"))
                .expect("schema");
            let separator = if server.contains('?') { '&' } else { '?' };
            let url = format!("{server}{separator}options=-csearch_path%3D{schema}");
            Some((url, None))
        }
    }
}

fn postgres_server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(|| match std::env::var("SANKU_TEST_POSTGRES") {
        Ok(url) => Some(Server { url, _watch: None }),
        Err(_) => Server::start(),
    });
    match server {
        Some(server) => Some(&server.url),
        None if std::env::var_os("CI").is_some() => {
            panic!("CI is set and there is no PostgreSQL to test with")
        }
        None => {
            eprintln!("skipped: no PostgreSQL on this machine");
            None
        }
    }
}

struct Server {
    url: String,
    /// Its standard input closes when this process ends, however it ends; then the server is stopped.
    _watch: Option<Child>,
}

/// initdb and postgres refuse to run as root, so that everything happens under `nobody` there.
const SCRIPT: &str = r#"
set -e
bin=$1; dir=$2; as=""
if [ "$(id -u)" = 0 ]; then chown nobody "$dir"; as="setpriv --reuid=nobody --clear-groups --"; fi
cd "$dir"
$as "$bin/initdb" -D "$dir/data" -U test -A trust -E UTF8 --no-locale --no-sync >"$dir/log" 2>&1
$as "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
  -c full_page_writes=off -c max_connections=400 -c shared_buffers=64MB >>"$dir/log" 2>&1 &
server=$!
cat >/dev/null
kill -INT $server; wait $server || true
rm -rf "$dir"
"#;

impl Server {
    fn start() -> Option<Server> {
        let bin = postgres_programs()?;
        let dir = tempfile::Builder::new()
            .prefix("sanku-pg-")
            .tempdir()
            .expect("temporary folder")
            .keep();
        let watch = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .args([&bin, &dir])
            .stdin(Stdio::piped())
            .spawn()
            .expect("a shell");
        let url = format!("postgres://test@%2F{}/postgres", encoded(&dir));
        let began = Instant::now();
        while PgConnection::establish(&url).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "PostgreSQL did not start; see {}/log",
                dir.display()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Server {
            url,
            _watch: Some(watch),
        })
    }
}

fn encoded(dir: &Path) -> String {
    let text = dir.display().to_string();
    text.trim_start_matches('/').replace('/', "%2F")
}

/// The folder of initdb and postgres: on PATH, or where Debian keeps each version's own.
fn postgres_programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        let mut installed: Vec<PathBuf> = versions
            .flatten()
            .map(|version| version.path().join("bin"))
            .collect();
        installed.sort();
        folders.extend(installed.into_iter().rev());
    }
    folders
        .into_iter()
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}
