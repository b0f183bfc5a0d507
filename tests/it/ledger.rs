//! The door for writes: what is committed, what is undone, and that nobody rewrites the ledger.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use sanku::app::error::AppError;
use sanku::domain::event::Event;
use sanku::domain::ledger::{Frontier, Origin, entry_text};
use sanku::store::ledger::{Look, OutOfStep};
use sanku::store::{Changed, Claim, Schema, Stamp, StoreError, Tx, ledger, migrate, schema_at};

use crate::client::Client;
use crate::harness::{TestDb, empty_database, event, read_for};
use crate::on_both_engines;

fn record(db: &TestDb, n: i64) -> i64 {
    db.app
        .store
        .write::<_, AppError, _>(&Stamp::of(Origin::system("u1")), move |tx| {
            Ok(Changed::new(n, tx.tell(event(n))?))
        })
        .expect("written")
        .value
}

on_both_engines!(entries_are_gapless_and_the_root_can_be_recomputed, |db| {
    for n in 0..10 {
        record(db, n);
    }
    db.app
        .store
        .write::<_, AppError, _>(&Stamp::of(Origin::system("u1")), move |tx| {
            let mut last = None;
            for n in 10..200 {
                last = Some(tx.tell(event(n))?);
            }
            Ok(Changed::perhaps((), last))
        })
        .expect("written");
    let (head, again) = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| Ok((ledger::tree_head(conn)?, ledger::recompute(conn)?)))
        .expect("read");
    assert_eq!((head.size, again.size), (200, 200));
    assert_eq!(head.root, again.root);
    assert_eq!((again.gap_at, again.altered), (None, None));
    let page = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| {
            ledger::of_subject(conn, "e1", db.app.env.clock.now(), 198, 10)
        })
        .expect("read");
    assert_eq!(page.iter().map(|e| e.seq).collect::<Vec<_>>(), [199, 200]);
    assert_eq!(
        page[1].entry,
        r#"{"actor":"u1","body":{"as_of":"2026-06-15","known_at":"2026-06-15T08:00:00Z","purpose":"199"},"kind":"PERSONAL_DATA_READ","recorded_at":"2026-06-15T08:00:00.000000Z","request_id":"u1","seq":200,"subject":{"id":"e1","kind":"enterprise"}}"#
    );
});

on_both_engines!(a_refused_change_leaves_nothing_behind, |db| {
    record(db, 1);
    let refused = db
        .app
        .store
        .write::<(), AppError, _>(&Stamp::of(Origin::system("u1")), |tx| {
            diesel::sql_query("INSERT INTO secrets (name, value) VALUES ('a', 'b')")
                .execute(tx.conn)
                .map_err(StoreError::from)?;
            Err(AppError::NotFound)
        });
    assert_eq!(refused, Err(AppError::NotFound));
    let panicked = db
        .app
        .store
        .write::<(), AppError, _>(&Stamp::of(Origin::system("u1")), |tx| {
            diesel::sql_query("INSERT INTO secrets (name, value) VALUES ('a', 'b')")
                .execute(tx.conn)
                .map_err(StoreError::from)?;
            panic!("a fault in a use case")
        });
    assert!(matches!(panicked, Err(AppError::Internal(_))));
    // A change that claims to be none is undone as well.
    db.app
        .store
        .write::<_, AppError, _>(&Stamp::of(Origin::system("u1")), |tx| {
            diesel::sql_query("INSERT INTO secrets (name, value) VALUES ('a', 'b')")
                .execute(tx.conn)
                .map_err(StoreError::from)?;
            Ok(Changed::unchanged(()))
        })
        .expect("answered");
    assert_eq!(count(db, "secrets"), 0);
    assert_eq!(count(db, "ledger_entries"), 1);
    record(db, 2);
    assert_eq!(count(db, "ledger_entries"), 2);
});

on_both_engines!(sql_cannot_alter_or_remove_an_entry, |db| {
    record(db, 1);
    record(db, 2);
    for sql in [
        "UPDATE ledger_entries SET entry = 'x' WHERE seq = 1",
        "DELETE FROM ledger_entries WHERE seq = 2",
        "DELETE FROM ledger_head",
    ] {
        let outcome =
            db.app
                .store
                .write::<(), AppError, _>(&Stamp::of(Origin::system("u1")), move |tx| {
                    diesel::sql_query(sql)
                        .execute(tx.conn)
                        .map_err(StoreError::from)?;
                    Ok(Changed::new((), tx.tell(event(3))?))
                });
        let Err(AppError::Internal(text)) = outcome else {
            panic!("{sql}: {outcome:?}");
        };
        assert!(text.contains("append-only"), "{text}");
    }
    assert_eq!(count(db, "ledger_entries"), 2);
});

on_both_engines!(concurrent_writers_lose_nothing, |db| {
    let other = db.reopen();
    let stores = [db.app.store.clone(), other.store.clone()];
    std::thread::scope(|scope| {
        for worker in 0..8usize {
            let store = stores[worker % 2].clone();
            scope.spawn(move || {
                for n in 0..25 {
                    store
                        .write::<_, AppError, _>(&Stamp::of(Origin::system("u1")), move |tx| {
                            Ok(Changed::new((), tx.tell(event(n))?))
                        })
                        .expect("written");
                }
            });
        }
    });
    let again = db
        .app
        .store
        .read::<_, StoreError, _>(ledger::recompute)
        .expect("read");
    assert_eq!((again.size, again.gap_at), (200, None));
});

on_both_engines!(a_repeated_key_answers_what_was_answered, |db| {
    let with_key = |request: &str| Stamp {
        idempotency: Some(Claim {
            key: "k1".into(),
            request_hash: request.into(),
        }),
        ..Stamp::of(Origin::system("u1"))
    };
    let attempt = |request: &str, n: i64| {
        db.app
            .store
            .write::<i64, AppError, _>(&with_key(request), move |tx| {
                Ok(Changed::new(n, tx.tell(event(n))?))
            })
    };
    let first = attempt("r1", 5).expect("written");
    assert_eq!((first.value, first.replayed), (5, false));
    let again = attempt("r1", 6).expect("replayed");
    assert_eq!((again.value, again.replayed), (5, true));
    assert_eq!(attempt("r2", 7), Err(AppError::KeyReused));
    assert_eq!(count(db, "ledger_entries"), 1);
});

on_both_engines!(recorded_instants_never_go_back, |db| {
    record(db, 1);
    db.clock.advance(chrono::Duration::seconds(-30));
    record(db, 2);
    let page = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| ledger::after(conn, 1, 10))
        .expect("read");
    assert!(page[0].entry.contains("2026-06-15T08:00:00.000000Z"));
});

#[test]
fn a_newer_schema_and_a_missing_one_are_told_apart() {
    use crate::harness::TestEngine::{Postgres, Sqlite};
    for engine in [Sqlite, Postgres] {
        let Some((url, _folder)) = empty_database(engine) else {
            continue;
        };
        if engine == Sqlite {
            let missing = schema_at(&url).expect_err("no file").to_string();
            assert!(missing.contains("run: sanku init"), "{missing}");
        }
        let ran = migrate(&url).expect("migrated");
        assert_eq!(ran.first().map(String::as_str), Some("0001"));
        assert_eq!(migrate(&url).expect("again"), Vec::<String>::new());
        assert_eq!(schema_at(&url).expect("read"), Schema::Current);
        let (env, _) = sanku::app::env::Env::fixed(crate::harness::START.parse().expect("instant"));
        let store =
            sanku::store::Store::open(&url, Default::default(), env.clock.clone(), env.ids.clone())
                .expect("opens");
        store
            .write::<_, AppError, _>(&Stamp::of(Origin::system("u1")), |tx| {
                diesel::sql_query(
                    "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')",
                )
                .execute(tx.conn)
                .map_err(StoreError::from)?;
                Ok(Changed::new((), tx.tell(event(1))?))
            })
            .expect("written");
        let told =
            sanku::store::Store::open(&url, Default::default(), Arc::clone(&env.clock), env.ids)
                .expect_err("newer")
                .to_string();
        assert!(
            told.contains("newer sanku") && told.contains("9999"),
            "{told}"
        );
    }
}

fn count(db: &TestDb, table: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let sql = format!("SELECT count(*) AS n FROM {table}");
    db.app
        .store
        .read::<_, StoreError, _>(|conn| {
            Ok(diesel::sql_query(sql)
                .get_result::<Count>(conn)
                .map(|c| c.n)?)
        })
        .expect("counted")
}

on_both_engines!(
    a_lost_transaction_takes_its_batch_along_and_nothing_else,
    |db| {
        record(db, 1);
        // What a full disk does to SQLite: the whole transaction is gone in the middle of a change.
        let lost = db
            .app
            .store
            .write::<(), AppError, _>(&Stamp::of(Origin::system("u1")), |tx| {
                tx.conn
                    .execute_batch("ROLLBACK")
                    .map_err(StoreError::from)?;
                Err(AppError::NotFound)
            });
        assert_eq!(
            lost,
            Err(AppError::NotFound),
            "the reason is told, not what came of it"
        );
        record(db, 2);
        let again = db
            .app
            .store
            .read::<_, StoreError, _>(|conn| {
                Ok((ledger::recompute(conn)?, ledger::tree_head(conn)?))
            })
            .expect("read");
        assert_eq!((again.0.size, again.0.gap_at), (2, None));
        assert_eq!(again.0.root.to_vec(), again.1.root);
    }
);

/// Bytes as both engines write them.
fn literal(db: &TestDb, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match db.app.store.engine().name() {
        "sqlite" => format!("x'{hex}'"),
        _ => format!("'\\x{hex}'"),
    }
}

on_both_engines!(a_ledger_out_of_step_is_not_ready, |db| {
    let client = Client::anonymous(db);
    for n in 0..3 {
        assert_eq!(client.get("/readyz").status, 200);
        record(db, n);
    }
    assert_eq!(client.get("/readyz").status, 200);
    let leaf = |n: u8| [n; 32];
    let mut other = Frontier::default();
    (0..3).for_each(|n| other.append(leaf(n)));
    let (root, frontier) = (literal(db, &other.root()), literal(db, &other.bytes()));
    let keep = "CREATE TABLE kept AS SELECT * FROM ledger_head";
    let back =
        "UPDATE ledger_head SET size = (SELECT size FROM kept), root = (SELECT root FROM kept),
                frontier = (SELECT frontier FROM kept), recorded_at = (SELECT recorded_at FROM kept)";
    db.tamper(keep);
    let last = db.app.env.clock.now().naive_utc();
    let head = chrono::NaiveDate::from_ymd_opt(2099, 1, 1).expect("a day");
    let head = head.and_time(chrono::NaiveTime::MIN);
    for (set, fault) in [
        ("size = 4".to_string(), OutOfStep::Size { head: 4, last: 3 }),
        (
            "recorded_at = '2099-01-01 00:00:00'".to_string(),
            OutOfStep::Instant { head, last },
        ),
        (
            format!("frontier = {}", literal(db, &leaf(0))),
            OutOfStep::Frontier { size: 3 },
        ),
        (format!("root = {root}"), OutOfStep::Root),
        (
            format!("root = {root}, frontier = {frontier}"),
            OutOfStep::Entries,
        ),
    ] {
        db.tamper(&format!("UPDATE ledger_head SET {set}"));
        let told = client.get("/readyz");
        assert_eq!(
            (told.status, told.code().as_str()),
            (503, "ledger.out_of_step"),
            "{set}"
        );
        for look in [Look::Head, Look::Whole] {
            let found = db
                .app
                .store
                .snapshot::<_, StoreError, _>(|conn| ledger::out_of_step(conn, look));
            assert_eq!(
                found.expect("looked"),
                Some(fault.clone()),
                "{set} {look:?}"
            );
        }
        // What was appended now would hide it. Where head and frontier agree, only who opens the register looks further.
        let app = match fault {
            OutOfStep::Entries => db.reopen(),
            _ => db.app.clone(),
        };
        let refused = app
            .store
            .write::<_, AppError, _>(&Stamp::of(Origin::system("u1")), |tx| {
                Ok(Changed::new(9, tx.tell(event(9))?))
            });
        assert_eq!(
            refused.map(|it| it.value),
            Err(AppError::OutOfStep(fault.to_string())),
            "{set}"
        );
        assert_eq!(client.get("/readyz").status, 503, "{set}");
        db.tamper(back);
        assert_eq!(client.get("/readyz").status, 200, "{set}");
    }
    // Where the last hash stands for many entries, a look at the head sees only these; the doctor looks at all.
    for n in 3..8 {
        record(db, n);
    }
    let whole = |look| {
        let store = &db.app.store;
        store
            .snapshot::<_, StoreError, _>(|conn| ledger::out_of_step(conn, look))
            .expect("looked")
    };
    assert_eq!((whole(Look::Head), whole(Look::Whole)), (None, None));
});

/// Inserts a row by `add` or `write`; as in the program, both are what a caller does who waits for the answer.
fn note(db: &TestDb, name: &'static str, as_added: bool, breaks_off: bool) -> bool {
    db.past_the_program();
    let change = move |tx: &mut Tx<'_>| {
        let sql = format!("INSERT INTO secrets (name, value) VALUES ('{name}', 'x')");
        diesel::sql_query(sql)
            .execute(tx.conn)
            .map_err(StoreError::from)?;
        assert!(!breaks_off, "on purpose");
        Ok::<_, AppError>(Changed::new((), tx.tell(event(1))?))
    };
    let stamp = Stamp::of(Origin::system("u1"));
    let done = match as_added {
        true => db.app.store.add(&stamp, change),
        false => db.app.store.write(&stamp, change),
    };
    done.is_ok()
}

on_both_engines!(who_hears_that_it_was_done_has_it_done, |db| {
    for (round, third_breaks_off) in [("one", false), ("two", true)] {
        let before = count(db, "secrets");
        let entries = count(db, "ledger_entries");
        let names: [&'static str; 3] = match round {
            "one" => ["a1", "b1", "c1"],
            _ => ["a2", "b2", "c2"],
        };
        let done: usize = std::thread::scope(|scope| {
            // Holds the writer until all others wait, so that they are committed together.
            scope.spawn(|| {
                db.app
                    .store
                    .write::<(), AppError, _>(&Stamp::of(Origin::system("u1")), |_| {
                        std::thread::sleep(Duration::from_millis(300));
                        Err(AppError::NotFound)
                    })
            });
            let pause = || std::thread::sleep(Duration::from_millis(60));
            pause();
            let callers = names.map(|name| {
                let as_added = name.starts_with(['b', 'c']);
                let breaks_off = third_breaks_off && name.starts_with('c');
                let caller = scope.spawn(move || note(db, name, as_added, breaks_off));
                pause();
                caller
            });
            callers
                .into_iter()
                .filter_map(|it| it.join().ok())
                .filter(|done| *done)
                .count()
        });
        assert_eq!(count(db, "secrets") - before, done as i64, "{round}");
        assert_eq!(
            count(db, "ledger_entries") - entries,
            done as i64,
            "{round}"
        );
        assert_eq!(done == 3, !third_breaks_off, "{round}");
    }
    assert!(note(db, "afterwards", true, false));
});

on_both_engines!(an_entry_holds_so_much_and_no_more, |db| {
    let of_length = |bytes: usize| {
        let now = db.app.env.clock.now();
        let around = entry_text(1, now, &Origin::system("u1"), &read_for("").into())
            .expect("canonical")
            .len();
        read_for(&"x".repeat(bytes - around))
    };
    let write = |event: Event| {
        let store = &db.app.store;
        store.write::<_, AppError, _>(&Stamp::of(Origin::system("u1")), move |tx| {
            Ok(Changed::new((), tx.tell(event)?))
        })
    };
    let code = "ledger.entry_too_large";
    assert_eq!(
        write(of_length(65_536)).expect_err("refused"),
        AppError::TooLarge { code }
    );
    assert_eq!(count(db, "ledger_entries"), 0);
    write(of_length(65_535)).expect("written");
    assert_eq!(count(db, "ledger_entries"), 1);
});
