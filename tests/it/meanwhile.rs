//! What leaves a caller's scope between the look and the change is out of it.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use sanku::app::caller::Caller;
use sanku::app::certification;
use sanku::app::enterprise;
use sanku::app::error::AppError;
use sanku::app::expected::Expected;
use sanku::app::figures;
use sanku::app::import::{ImportOptions, InputFile, import};
use sanku::domain::access::{Import, RecordFacts, Scope, WriteRegister};
use sanku::domain::certification::CertificationInput;
use sanku::domain::clock::legal_day;
use sanku::domain::event::Event;
use sanku::domain::event::register::{EnterpriseAmended, EnterpriseState};
use sanku::domain::ledger::Origin;
use sanku::store::enterprises::{self, VersionRow};
use sanku::store::{Changed, Stamp};
use serde_json::{Map, json};

use crate::builders::code;
use crate::firms::{district, firm, input};
use crate::harness::TestDb;
use crate::on_both_engines;

/// Does something while a change is under way that moves the firm to another district: what looks before it is done is
/// queued behind it.
fn while_it_moves<T: Send>(db: &TestDb, n: usize, act: impl FnOnce() -> T + Send) -> T {
    let (begun, has_begun) = channel();
    let (go_on, may_go_on) = channel();
    thread::scope(|threads| {
        let mover = threads.spawn(move || {
            let moved = db
                .app
                .store
                .write(&Stamp::of(Origin::system("u1")), move |tx| {
                    begun.send(()).expect("heard");
                    may_go_on.recv().expect("told to go on");
                    let row = enterprises::by_uscc(tx.conn, &Scope::All, &code(n))?;
                    let mut row = row.ok_or(AppError::NotFound)?;
                    row.district_code = "330603".into();
                    let today = legal_day(tx.now);
                    let state = enterprises::state_at(tx.conn, &row.id, today, tx.now)?;
                    let mut state = state.ok_or(AppError::NotFound)?;
                    state.district_code.clone_from(&row.district_code);
                    state.effective_from = today;
                    let seq = tx.tell(Event::EnterpriseAmended(EnterpriseAmended {
                        enterprise_id: row.id.clone(),
                        effective_from: today,
                        changes: Map::new(),
                        state: told(&state),
                        carried_on: Vec::new(),
                    }))?;
                    (state.seq, state.recorded_at) = (seq.get(), tx.now.naive_utc());
                    enterprises::insert_state(tx.conn, &state)?;
                    (row.seq, row.updated_at) = (state.seq, state.recorded_at);
                    enterprises::update(tx.conn, &row)?;
                    Ok::<_, AppError>(Changed::new((), seq))
                });
            moved.expect("moved");
        });
        has_begun.recv().expect("begun");
        let acting = threads.spawn(act);
        // Time to look and to queue. On a machine too slow for that it looks afterwards, and is refused all the same.
        thread::sleep(Duration::from_millis(500));
        go_on.send(()).expect("heard");
        mover.join().expect("moved");
        acting.join().expect("acted")
    })
}

on_both_engines!(a_firm_that_moves_away_meanwhile_is_out_of_scope, |db| {
    db.past_the_program();
    for n in 1..=3 {
        firm(db, n, 10);
    }
    let facts: Caller<RecordFacts> = district(db, "330602");
    let stated = while_it_moves(db, 1, || {
        let facts_of = input(json!({"tech_staff": 7}));
        figures::state_year(&db.app, &facts, &code(1), 2025, Expected::Any, facts_of)
    });
    assert_eq!(stated.err(), Some(AppError::NotFound));

    let titles: Caller<WriteRegister> = district(db, "330602");
    let title = CertificationInput {
        scheme: Some("PROVINCIAL_TECH_SME".into()),
        number: Some("测试1号".into()),
        valid_from: Some("2025-01-01".into()),
        ..CertificationInput::default()
    };
    let recorded = while_it_moves(db, 2, || {
        certification::record(&db.app, &titles, &code(2), &title)
    });
    assert_eq!(recorded.err(), Some(AppError::NotFound));

    let importer: Caller<Import> = district(db, "330602");
    let table = format!(
        "统一社会信用代码,企业名称,所属区县,成立日期,行业代码\n{},虚构导入有限公司,越城区,2018-03-01,1713\n",
        code(3)
    );
    let file = InputFile {
        name: "1.csv".into(),
        bytes: table.into_bytes(),
    };
    let imported = while_it_moves(db, 3, || {
        let options = ImportOptions::new(db.app.env.clock.today());
        import(&db.app, &importer, &[file], options)
    });
    assert_eq!(imported.err(), Some(AppError::conflict("request.conflict")));
    let kept = enterprise::get(&db.app, &Caller::operator(), &code(3)).expect("read");
    assert_eq!(kept.record.name, "虚构越城第3科技有限公司");
});

fn told(state: &VersionRow) -> EnterpriseState {
    EnterpriseState {
        name: state.name.clone(),
        district_code: state.district_code.clone(),
        park: state.park.clone(),
        registered_on: state.registered_on,
        industry_code: state.industry_code.clone(),
        legal_status: *state.legal_status,
        contact_commitment: state.contact_commitment.clone(),
    }
}
