//! The people of the demonstration: makers and checkers, so that nobody decides on the own work.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::account::{self, NewAccount};
use crate::app::caller::authorize::authorize;
use crate::app::caller::{Caller, Request};
use crate::app::error::AppError;
use crate::app::list;
use crate::app::movement::{self, MovementDecisions, MovementQuery, Movements, PoolMovement};
use crate::app::{App, session};
use crate::domain::access::{ActOnMovement, ManageUsers, Permission, ReadAssessments};
use crate::domain::codes;
use crate::domain::messages::Lang;

/// The demonstration's accounts are no secret: it listens to this machine only and holds no real firm.
pub const PASSWORD: &str = "Sanku-Demo-2026";

pub struct Cast {
    /// Name, role and district of each.
    pub accounts: Vec<(String, &'static str, Option<String>)>,
    tokens: BTreeMap<String, String>,
}

const MAKER: &str = "city.maker";
const CHECKER: &str = "city.checker";

impl Cast {
    /// Makes the accounts and logs in those who act.
    pub fn engage(app: &App) -> Result<Cast, AppError> {
        let mut accounts = vec![
            (MAKER.to_string(), "CITY_OFFICER", None),
            (CHECKER.to_string(), "CITY_OFFICER", None),
            ("auditor".to_string(), "AUDITOR", None),
            ("admin".to_string(), "SYSTEM_ADMIN", None),
            ("security".to_string(), "SECURITY_ADMIN", None),
            ("audit".to_string(), "AUDIT_ADMIN", None),
        ];
        let districts = codes::districts().map(|it| it.code.clone());
        accounts.extend(
            districts.map(|code| (district_officer(&code), "DISTRICT_OFFICER", Some(code))),
        );
        let mut tokens = BTreeMap::new();
        for (name, role, district_code) in &accounts {
            let input = NewAccount {
                username: name.clone(),
                password: PASSWORD.into(),
                role: (*role).into(),
                district_code: district_code.clone(),
                uscc: None,
            };
            account::create(app, &Caller::<ManageUsers>::operator(), input)?;
            if matches!(*role, "CITY_OFFICER" | "DISTRICT_OFFICER") {
                tokens.insert(
                    name.clone(),
                    session::log_in(app, name, PASSWORD)?.access_token,
                );
            }
        }
        Ok(Cast { accounts, tokens })
    }

    pub fn maker<P: Permission>(&self, app: &App) -> Result<Caller<P>, AppError> {
        self.caller(app, MAKER)
    }

    /// Every district endorses what was proposed there, then the city approves, a page at a time.
    pub fn decide_all(&self, app: &App) -> Result<usize, AppError> {
        let reader: Caller<ReadAssessments> = self.maker(app)?;
        let proposed = all(app, &reader)?;
        let mut by_district: BTreeMap<&str, Vec<&PoolMovement>> = BTreeMap::new();
        for it in &proposed {
            by_district.entry(&it.district_code).or_default().push(it);
        }
        for (code, movements) in &by_district {
            self.decide(app, &district_officer(code), "ENDORSE", movements)?;
        }
        let movements: Vec<&PoolMovement> = proposed.iter().collect();
        self.decide(app, CHECKER, "APPROVE", &movements)?;
        Ok(proposed.len())
    }

    fn decide(
        &self,
        app: &App,
        officer: &str,
        verdict: &str,
        movements: &[&PoolMovement],
    ) -> Result<(), AppError> {
        let caller: Caller<ActOnMovement> = self.caller(app, officer)?;
        for page in movements.chunks(movement::MOST_AT_ONCE) {
            let input = MovementDecisions {
                movements: page.iter().map(|it| it.id.clone()).collect(),
                verdict: verdict.into(),
                ..MovementDecisions::default()
            };
            movement::decide_all(app, &caller, &input)?;
        }
        Ok(())
    }

    fn caller<P: Permission>(&self, app: &App, name: &str) -> Result<Caller<P>, AppError> {
        let token = self
            .tokens
            .get(name)
            .map(String::as_str)
            .unwrap_or_default();
        let token = app.tokens.verify_access(token, app.env.clock.now())?;
        authorize(
            app,
            &token,
            Request {
                id: Arc::from("demo"),
                lang: Lang::Zh,
            },
        )
    }
}

fn district_officer(code: &str) -> String {
    format!("district.{code}")
}

fn all(app: &App, caller: &Caller<ReadAssessments>) -> Result<Vec<PoolMovement>, AppError> {
    let proposed = MovementQuery {
        state: Some("PROPOSED".into()),
        ..MovementQuery::default()
    };
    list::whole::<Movements>(app, caller, &proposed)
}
