//! Firms whose figures decide between the pools, and the people who assess and move them.

use sanku::app::account::{self, NewAccount};
use sanku::app::assessment::{self, RunRequest, RunView};
use sanku::app::caller::authorize::authorize;
use sanku::app::caller::{Caller, Request};
use sanku::app::enterprise;
use sanku::app::error::AppError;
use sanku::app::expected::Expected;
use sanku::app::figures::{self, StatementInput};
use sanku::app::list::List;
use sanku::app::movement::{self, MovementDecision, MovementQuery, Movements, PoolMovement};
use sanku::app::shown::Versioned;
use sanku::app::{rules, session};
use sanku::domain::access::Permission;
use sanku::domain::enterprise::EnterpriseInput;
use sanku::domain::messages::Lang;
use sanku::domain::uscc::Uscc;
use serde_json::{Value as Json, json};

use crate::harness::TestDb;

const PASSWORD: &str = "Lake-Jian-2026!";

/// An account of a role, logged in.
pub fn person<P: Permission>(
    db: &TestDb,
    name: &str,
    role: &str,
    district: Option<&str>,
) -> Caller<P> {
    somebody(db, name, role, district, None)
}

/// The account of an enterprise, logged in.
pub fn of_firm<P: Permission>(db: &TestDb, uscc: &str) -> Caller<P> {
    let name = format!("firm.{}", uscc.to_lowercase());
    somebody(db, &name, "ENTERPRISE", None, Some(uscc))
}

fn somebody<P: Permission>(
    db: &TestDb,
    name: &str,
    role: &str,
    district: Option<&str>,
    uscc: Option<&str>,
) -> Caller<P> {
    let input = NewAccount {
        username: name.into(),
        password: PASSWORD.into(),
        role: role.into(),
        district_code: district.map(String::from),
        uscc: uscc.map(String::from),
    };
    match account::create(&db.app, &Caller::operator(), input) {
        Ok(_) | Err(AppError::Invalid { .. } | AppError::Conflict { .. }) => {}
        Err(error) => panic!("{error}"),
    }
    let granted = session::log_in(&db.app, name, PASSWORD).expect("logged in");
    let token = db
        .app
        .tokens
        .verify_access(&granted.access_token, db.app.env.clock.now())
        .expect("a good token");
    let request = Request {
        id: "r1".into(),
        lang: Lang::Zh,
    };
    authorize(&db.app, &token, request).expect("authorized")
}

pub fn city<P: Permission>(db: &TestDb, name: &str) -> Caller<P> {
    person(db, name, "CITY_OFFICER", None)
}

pub fn district<P: Permission>(db: &TestDb, code: &str) -> Caller<P> {
    person(
        db,
        &format!("district.{code}"),
        "DISTRICT_OFFICER",
        Some(code),
    )
}

/// A firm whose tech staff share decides between the pools: 10 % reaches ACCELERATION, less only STARTER.
pub fn firm(db: &TestDb, n: usize, tech_staff: i64) -> String {
    firm_in(db, "330602", n, tech_staff)
}

pub fn firm_in(db: &TestDb, district_code: &str, n: usize, tech_staff: i64) -> String {
    let uscc = Uscc::from_body(&format!("91330602MA{n:06}"))
        .expect("code")
        .to_string();
    let given = |text: &str| Some(text.to_owned());
    let input = EnterpriseInput {
        uscc: Some(uscc.clone()),
        name: Some(format!("虚构越城第{n}科技有限公司")),
        district_code: given(district_code),
        registered_on: given("2018-03-01"),
        industry_code: given("C1713"),
        ..EnterpriseInput::default()
    };
    enterprise::register(&db.app, &Caller::operator(), &input).expect("registered");
    let facts = json!({
        "ip_class1": 1, "ip_class2": 0, "rd_ledger_or_contract": true, "tsme_direct_route": false,
        "abnormal_or_dishonest": false, "major_incident_last_365d": false,
        "major_incident_this_or_last_year": false, "audited_levy": true, "industry_allowed": true,
        "hightech_field": "4.新材料", "innovation_self_score": 50,
    });
    dated(db, &uscc, facts);
    year(db, &uscc, 2025, tech_staff);
    uscc
}

pub fn dated(db: &TestDb, uscc: &str, facts: Json) {
    let from = "2026-01-01".parse().expect("day");
    figures::state_dated(
        &db.app,
        &Caller::operator(),
        uscc,
        from,
        expected(uscc_has_dated(db, uscc)),
        input(facts),
    )
    .expect("stated");
}

pub fn uscc_has_dated(db: &TestDb, uscc: &str) -> bool {
    let at = sanku::domain::at::At {
        as_of: db.app.env.clock.today(),
        known_at: db.app.env.clock.now(),
    };
    figures::dated(&db.app, &Caller::operator(), uscc, at)
        .expect("read")
        .version
        != 0
}

pub fn expected(there: bool) -> Expected {
    if there {
        Expected::Any
    } else {
        Expected::NotGiven
    }
}

pub fn year(db: &TestDb, uscc: &str, year: i32, tech_staff: i64) {
    let at = sanku::domain::at::At {
        as_of: db.app.env.clock.today(),
        known_at: db.app.env.clock.now(),
    };
    let there = figures::year(&db.app, &Caller::operator(), uscc, year, at)
        .expect("read")
        .is_some();
    let facts = json!({
        "sales": "10000000.00", "total_income": "10000000.00", "hightech_income": "1000000.00", "cost_total": "9000000.00",
        "rd_expense": "600000.00", "rd_expense_domestic": "600000.00", "total_assets": "9000000.00",
        "staff_total": 100, "tech_staff": tech_staff,
    });
    figures::state_year(
        &db.app,
        &Caller::operator(),
        uscc,
        year,
        expected(there),
        input(facts),
    )
    .expect("stated");
}

pub fn input(facts: Json) -> StatementInput {
    StatementInput {
        facts: facts.as_object().expect("object").clone(),
        evidence: Some("AUDITED".into()),
        source: "测试".into(),
    }
}

pub fn ready(db: &TestDb) {
    let published = rules::publish_shipped(&db.app, &Caller::operator()).expect("published");
    assert!(published.contains(&"POOLS".to_string()), "{published:?}");
    assert_eq!(
        rules::publish_shipped(&db.app, &Caller::operator()),
        Ok(vec![])
    );
}

pub fn run(db: &TestDb, by: &str) -> RunView {
    let caller = city(db, by);
    let mut heard = Vec::new();
    let ended = assessment::run(&db.app, &caller, &RunRequest::default(), |done, total| {
        heard.push((done, total))
    })
    .expect("ran");
    assert_eq!(ended.state, "COMPLETED");
    assert_eq!(
        heard.last(),
        Some(&(ended.done as usize, ended.total as usize))
    );
    ended
}

pub fn open(db: &TestDb) -> Vec<PoolMovement> {
    let query = MovementQuery {
        state: Some("PROPOSED".into()),
        ..MovementQuery::default()
    };
    Movements::page(&db.app, &Caller::operator(), &query, None, 100).expect("listed")
}

pub fn says(verdict: &str) -> MovementDecision {
    MovementDecision {
        verdict: verdict.into(),
        ..MovementDecision::default()
    }
}

/// Endorsed by the district and approved by another city officer.
pub fn approve(db: &TestDb, id: &str, by: &str) -> Versioned<PoolMovement> {
    movement::decide(&db.app, &district(db, "330602"), id, &says("ENDORSE")).expect("endorsed");
    movement::decide(&db.app, &city(db, by), id, &says("APPROVE"))
        .expect("approved")
        .value
}

pub fn pool_of(db: &TestDb, uscc: &str) -> Option<String> {
    enterprise::get(&db.app, &Caller::operator(), uscc)
        .expect("read")
        .record
        .pool
}
