//! Kills the serving process at random moments while eight clients write: nothing that was acknowledged is lost,
//! nothing is half written, the sequence has no gap and the root can be computed again.
//!
//! `SANKU_KILLS` sets how often each engine is killed; the long run takes 200.

use std::net::{SocketAddr, TcpStream};
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
use crate::served::{Reply, Served, exchange};

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
        let mut server = Served::start(&db.url, &[]);
        let (address, token) = (server.address, server.log_in("writer", PASSWORD));
        let answered = AtomicUsize::new(0);
        let written: Vec<Vec<String>> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|_| scope.spawn(|| write_until_cut(address, &token, &next, &answered)))
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
            server.kill();
            writers
                .into_iter()
                .map(|it| it.join().expect("writer"))
                .collect()
        });
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
            Some(Reply { status: 201, .. }) => {
                written.push(code);
                answered.fetch_add(1, Ordering::SeqCst);
            }
            Some(Reply { status, body, .. }) => panic!("{status}: {body}"),
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
