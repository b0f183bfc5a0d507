//! Kills the serving process at random moments while eight clients write: nothing that was acknowledged is lost,
//! nothing is half written, the sequence has no gap and the root can be computed again.
//!
//! `SANKU_KILLS` sets how often each engine is killed; the long run takes 200.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use sanku::app::account::{self, NewAccount};
use sanku::app::caller::Caller;
use sanku::app::enterprise;
use sanku::domain::uscc::Uscc;
use sanku::store::{StoreError, ledger};

use crate::harness::{TestDb, TestEngine};

const WRITERS: usize = 8;
const PASSWORD: &str = "Lake-Jian-2026!";

#[test]
fn a_killed_server_loses_nothing_on_sqlite() {
    survive(TestEngine::Sqlite);
}

#[test]
fn a_killed_server_loses_nothing_on_postgres() {
    survive(TestEngine::Postgres);
}

fn survive(engine: TestEngine) {
    let Some(db) = TestDb::fresh(engine) else {
        return;
    };
    let kills: usize = std::env::var("SANKU_KILLS")
        .ok()
        .and_then(|it| it.parse().ok())
        .unwrap_or(3);
    let input = NewAccount {
        username: "writer".into(),
        password: PASSWORD.into(),
        role: "CITY_OFFICER".into(),
        district_code: None,
        uscc: None,
    };
    account::create(&db.app, &Caller::operator(), input).expect("account");
    let next = AtomicUsize::new(0);
    let mut acknowledged: Vec<String> = Vec::new();
    for kill in 0..kills {
        let mut server = Server::start(&db.url);
        let token = server.log_in();
        let answered = AtomicUsize::new(0);
        let written: Vec<Vec<String>> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|_| scope.spawn(|| write_until_cut(server.address, &token, &next, &answered)))
                .collect();
            let began = Instant::now();
            // Some writes into the run, and then at a moment that is another one each time.
            while answered.load(Ordering::SeqCst) < 4 + kill * 7 % 90 {
                assert!(
                    began.elapsed() < Duration::from_secs(30),
                    "nobody can write"
                );
                std::thread::sleep(Duration::from_micros(200));
            }
            std::thread::sleep(Duration::from_micros(kill as u64 * 377 % 3_000));
            server.child.kill().expect("killed");
            writers
                .into_iter()
                .map(|it| it.join().expect("writer"))
                .collect()
        });
        server.child.wait().expect("gone");
        acknowledged.extend(written.into_iter().flatten());
        check(&db, &acknowledged, kill);
    }
    assert!(
        acknowledged.len() > kills,
        "too few writes to tell anything: {}",
        acknowledged.len()
    );
    eprintln!(
        "{engine:?}: {kills} kills, {} acknowledged writes, none lost",
        acknowledged.len()
    );
}

/// Registers firms until the connection breaks; returns the codes the server acknowledged.
fn write_until_cut(
    to: SocketAddr,
    token: &str,
    next: &AtomicUsize,
    answered: &AtomicUsize,
) -> Vec<String> {
    let mut written = Vec::new();
    let Ok(mut stream) = TcpStream::connect(to) else {
        return written;
    };
    loop {
        let n = next.fetch_add(1, Ordering::SeqCst);
        let code = Uscc::from_body(&format!("91330602MA{n:06}"))
            .expect("code")
            .to_string();
        let body = format!(
            r#"{{"uscc":"{code}","name":"虚构越城第{n}科技有限公司","district_code":"330602","registered_on":"2019-05-06","industry_code":"C1713","contact":{{"phone":"13800138000"}}}}"#
        );
        match exchange(&mut stream, "POST", "/v1/enterprises", Some(token), &body) {
            Some((201, _)) => {
                written.push(code);
                answered.fetch_add(1, Ordering::SeqCst);
            }
            Some((status, answer)) => panic!("{status}: {answer}"),
            None => return written,
        }
    }
}

fn check(db: &TestDb, acknowledged: &[String], kill: usize) {
    for code in acknowledged {
        assert!(
            enterprise::get(&db.app, &Caller::operator(), code).is_ok(),
            "kill {kill}: {code} was acknowledged and is lost"
        );
    }
    let (head, again) = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| Ok((ledger::tree_head(conn)?, ledger::recompute(conn)?)))
        .expect("read");
    assert_eq!((again.gap_at, again.altered), (None, None), "kill {kill}");
    assert_eq!(
        (head.size, head.root),
        (again.size, again.root.to_vec()),
        "kill {kill}"
    );
    // Row, state, contact and event of a registration come and go together.
    let rows = count(db, "SELECT count(*) AS n FROM enterprises");
    for (what, sql) in [
        ("states", "SELECT count(*) AS n FROM enterprise_versions"),
        ("contacts", "SELECT count(*) AS n FROM personal_values"),
        (
            "events",
            "SELECT count(*) AS n FROM ledger_entries WHERE kind = 'ENTERPRISE_REGISTERED'",
        ),
    ] {
        assert_eq!(
            count(db, sql),
            rows,
            "kill {kill}: {what} and enterprises differ in number"
        );
    }
}

fn count(db: &TestDb, sql: &'static str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    db.app
        .store
        .read::<_, StoreError, _>(|conn| Ok(diesel::sql_query(sql).get_result::<Count>(conn)?.n))
        .expect("counted")
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(database_url: &str) -> Server {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let address = free.expect("a free port");
        let child = Command::new(env!("CARGO_BIN_EXE_sanku"))
            .args(["serve", "--log", "error", "--listen", &address.to_string()])
            .env("DATABASE_URL", database_url)
            .env("SANKU_MASTER_SECRET", "a secret that every test shares!")
            .stdin(Stdio::null())
            .spawn()
            .expect("serving");
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "the server did not come up"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Server { child, address }
    }

    fn log_in(&self) -> String {
        let mut stream = TcpStream::connect(self.address).expect("connected");
        let body = format!(r#"{{"username":"writer","password":"{PASSWORD}"}}"#);
        let (status, answer) =
            exchange(&mut stream, "POST", "/v1/tokens", None, &body).expect("answered");
        assert_eq!(status, 201, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        answer["access_token"].as_str().expect("token").to_string()
    }
}

/// One request on a kept-alive connection; `None` once it is cut.
fn exchange(
    stream: &mut TcpStream,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> Option<(u16, String)> {
    let bearer = token
        .map(|token| format!("Authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: test\r\n{bearer}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
        answer.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let Some((head, rest)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.parse::<usize>().ok())?;
        if rest.len() >= length {
            let status = head.get(9..12)?.parse().ok()?;
            return Some((status, rest.to_string()));
        }
    }
}
