//! A register with something behind every route: three enterprises in two districts, each with figures, a title, a
//! membership, a decision and an open movement.

use std::cell::Cell;
use std::collections::HashMap;

use sanku::app::assessment;
use sanku::app::caller::Caller;
use sanku::app::error::AppError;
use sanku::app::late::{self, LateQuery};
use sanku::app::movement;
use sanku::app::simulation::{self, SimulationRequest};
use sanku::store::movements::{self, MovementRow};
use sanku::store::{Changed, Stamp, StoreError, memberships};
use serde_json::{Value, json};

use crate::builders::{code, finished};
use crate::client::{Client, PASSWORD};
use crate::firms::{city, district, firm_in, open, ready, run, says, year};
use crate::harness::TestDb;

/// How a record stands to the account of the enterprise and to the officer of Yuecheng.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Own,
    /// Another enterprise of the own district.
    Neighbour,
    /// An enterprise of another district.
    Far,
}

impl Target {
    pub const ALL: [Target; 3] = [Target::Own, Target::Neighbour, Target::Far];

    fn district(self) -> &'static str {
        match self {
            Target::Own | Target::Neighbour => "330602",
            Target::Far => "330603",
        }
    }
}

/// What the routes about one enterprise need.
struct Firm {
    uscc: String,
    id: String,
    membership: String,
    decision: String,
    finding: String,
    certification: String,
}

pub struct World<'a> {
    db: &'a TestDb,
    firms: Vec<Firm>,
    run: String,
    simulation: String,
    operation: String,
    /// An account that nobody acts as.
    spare: String,
    count: Cell<usize>,
}

impl<'a> World<'a> {
    pub fn make(db: &'a TestDb) -> World<'a> {
        ready(db);
        let usccs = Target::ALL.map(|it| firm_in(db, it.district(), it as usize + 1, 10));
        let ended = run(db, "maker");
        admit_all(db);
        let admin = Client::with_role(db, "root", "SYSTEM_ADMIN", None, None);
        let spare = json!({"username": "spare", "password": PASSWORD, "role": "AUDITOR"});
        let spare = text(&admin.post("/v1/users", spare).json()["id"]);
        let results = assessment::results(&db.app, &Caller::operator(), &ended.id, false, None, 9);
        let results = results.expect("results");
        let decisions: HashMap<&str, &str> = results
            .iter()
            .map(|it| (it.eligibility.uscc.as_str(), it.decision_id.as_str()))
            .collect();
        for uscc in &usccs {
            year(db, uscc, 2025, 11);
        }
        let staff = Caller::<sanku::domain::access::ReadLateFindings>::operator();
        let late = late::list(&db.app, &staff, &LateQuery::default(), None, 9).expect("listed");
        let finding = |uscc: &str| {
            let found = late.iter().find(|it| it.uscc == uscc);
            found.expect("a finding").id.clone()
        };
        let officer = Client::with_role(db, "officer", "CITY_OFFICER", None, None);
        let firms = usccs.iter().map(|uscc| Firm {
            finding: finding(uscc),
            ..Firm::of(db, &officer, uscc, decisions[uscc.as_str()])
        });
        let firms = firms.collect();
        World {
            db,
            firms,
            run: ended.id,
            simulation: simulated(db),
            operation: "00000000-0000-7000-8000-0000000fffff".into(),
            spare,
            count: Cell::new(100),
        }
    }

    /// Of the account that looks, so that it sees its own.
    pub fn begin_operation(&mut self, client: &Client) {
        let begun = client.post("/v1/assessment-runs", json!({"dry_run": true}));
        assert_eq!(begun.status, 202, "{}", begun.text());
        finished(client, begun.header("location"));
        self.operation = text(&begun.json()["id"]);
    }

    pub fn uscc(&self, target: Target) -> &str {
        &self.firms[target as usize].uscc
    }

    /// The pattern filled with what belongs to the target.
    pub fn path(&self, pattern: &str, target: Target) -> String {
        let firm = &self.firms[target as usize];
        let nothing = "00000000-0000-7000-8000-0000000fffff".to_string();
        let id = match pattern.split('/').nth(2).unwrap_or_default() {
            "enterprises" => firm.certification.clone(),
            "memberships" => firm.membership.clone(),
            "decisions" => firm.decision.clone(),
            "late-findings" => firm.finding.clone(),
            "assessment-runs" => self.run.clone(),
            "operations" => self.operation.clone(),
            "simulations" => self.simulation.clone(),
            "users" => self.spare.clone(),
            "pool-movements" => self.fresh_movement(firm),
            _ => nothing,
        };
        let pool = pattern.starts_with("/v1/pools");
        pattern
            .replace("{id}", &id)
            .replace("{uscc}", &firm.uscc)
            .replace("{code}", if pool { "ACCELERATION" } else { "POOLS" })
            .replace("{year}", "2025")
            .replace("{name}", "districts")
            .replace("{seq}", "1")
            .replace("{n}", "1")
            .replace("{file:.*}", "")
    }

    /// A body that the use case takes, so that nothing but the access decides; a new route gets an empty one.
    pub fn body(&self, pattern: &str, role: &str, target: Target) -> Value {
        self.count.set(self.count.get() + 1);
        let n = self.count.get();
        let stated =
            |facts: Value| json!({"facts": facts, "evidence": "ENTITY_SUPPLIED", "source": "测试"});
        match pattern {
            "/v1/tokens" => json!({"username": "spare", "password": PASSWORD}),
            "/v1/token-refreshes" => {
                let granted = Client::anonymous(self.db).log_in("spare", PASSWORD);
                json!({"refresh_token": granted["refresh_token"]})
            }
            "/v1/users" => {
                json!({"username": format!("user.{n}"), "password": PASSWORD, "role": "AUDITOR"})
            }
            "/v1/users/{id}" => json!({"state": "ACTIVE"}),
            "/v1/enterprises" => json!({
                "uscc": code(n), "name": format!("虚构新设第{n}科技有限公司"), "district_code": target.district(),
                "registered_on": "2020-01-01", "industry_code": "C1713",
            }),
            "/v1/enterprises/{uscc}" => json!({"contact": {"name": "王芳"}}),
            "/v1/enterprises/{uscc}/annual-facts/{year}" => {
                stated(json!({"equity_raised": "0.00"}))
            }
            "/v1/enterprises/{uscc}/facts" => {
                let mut body = stated(json!({"quality_items": 1}));
                body["effective_from"] = "2026-01-01".into();
                body
            }
            "/v1/enterprises/{uscc}/certifications" => title(&format!("测试{n}号")),
            "/v1/enterprises/{uscc}/certifications/{id}" => title("资质1号"),
            "/v1/memberships/{id}/overrides" => {
                self.close_movements(&self.firms[target as usize]);
                json!({"until": "2027-05-31", "reason": "测试"})
            }
            "/v1/assessment-runs" => json!({"dry_run": true}),
            "/v1/simulations" => json!({"rule_set": "POOLS"}),
            "/v1/pool-movements/{id}/decisions" if role == "CITY_OFFICER" => {
                json!({"verdict": "REJECT", "reason": "测试"})
            }
            "/v1/pool-movements/{id}/decisions" => json!({"verdict": "ENDORSE"}),
            "/v1/late-findings/{id}/decisions" => json!({"verdict": "ACT", "reason": "测试"}),
            "/v1/rule-sets/{code}/versions" | "/v1/rule-sets/{code}/versions/{n}" => {
                let pools = sanku::domain::rules::Library::shipped().named("POOLS");
                json!({ "document": pools.expect("shipped").document })
            }
            "/v1/rule-sets/{code}/versions/{n}/publications" => {
                json!({ "effective_from": "2027-01-01" })
            }
            "/v1/exports" => json!({"kind": "enterprises", "format": "csv"}),
            _ => json!({}),
        }
    }

    fn close_movements(&self, firm: &Firm) {
        self.change_movements(firm, None);
    }

    fn fresh_movement(&self, firm: &Firm) -> String {
        let id = self.db.app.env.ids.new_id();
        self.change_movements(firm, Some(id.clone()));
        id
    }

    /// The open one is turned down, and another one proposed if an id is given.
    fn change_movements(&self, firm: &Firm, new: Option<String>) {
        let enterprise = firm.id.clone();
        let write = self
            .db
            .app
            .store
            .write::<_, AppError, _>(&Stamp::new("u1"), move |tx| {
                let found = movements::list(
                    tx.conn,
                    &sanku::domain::access::Scope::All,
                    &of(&enterprise),
                    None,
                    99,
                )?;
                let last = found.into_iter().next_back().expect("a movement").0;
                if let Some(mut row) = movements::open_of(tx.conn, &enterprise)? {
                    row.state = "REJECTED".into();
                    row.decided_by = Some("somebody".into());
                    movements::update(tx.conn, &row)?;
                }
                if let Some(id) = new {
                    movements::insert_all(tx.conn, &[proposed(last, id)])?;
                }
                let subject = sanku::domain::ledger::Subject::enterprise(enterprise);
                Ok(Changed::new(
                    (),
                    sanku::domain::ledger::Event::new("TESTED", subject, json!({})),
                ))
            });
        write.expect("written");
    }
}

impl Firm {
    fn of(db: &TestDb, officer: &Client, uscc: &str, decision: &str) -> Firm {
        let url = format!("/v1/enterprises/{uscc}");
        let id = text(&officer.get(&url).json()["id"]);
        let made = officer.post(&format!("{url}/certifications"), title("资质1号"));
        let read = db
            .app
            .store
            .read::<_, StoreError, _>(|conn| memberships::current(conn, &id));
        Firm {
            uscc: uscc.into(),
            membership: read.expect("read").expect("a member").id,
            decision: decision.into(),
            finding: String::new(),
            certification: text(&made.json()["id"]),
            id,
        }
    }
}

fn admit_all(db: &TestDb) {
    for it in open(db) {
        let endorse = says("ENDORSE");
        movement::decide(&db.app, &district(db, &it.district_code), &it.id, &endorse)
            .expect("endorsed");
        movement::decide(&db.app, &city(db, "checker"), &it.id, &says("APPROVE"))
            .expect("approved");
    }
}

fn simulated(db: &TestDb) -> String {
    let request = SimulationRequest {
        rule_set: "POOLS".into(),
        ..SimulationRequest::default()
    };
    let made = simulation::run(&db.app, &Caller::operator(), &request, |_, _| {});
    made.expect("simulated").id
}

fn of(enterprise: &str) -> movements::Filter {
    movements::Filter {
        enterprise_id: Some(enterprise.into()),
        ..movements::Filter::default()
    }
}

fn proposed(like: MovementRow, id: String) -> MovementRow {
    MovementRow {
        id,
        kind: "PROMOTION".into(),
        state: "PROPOSED".into(),
        proposed_by: "maker".into(),
        endorsed_by: None,
        endorsed_at: None,
        decided_by: None,
        decided_at: None,
        effective_on: None,
        ..like
    }
}

fn title(number: &str) -> Value {
    json!({"scheme": "PROVINCIAL_TECH_SME", "number": number, "valid_from": "2025-01-01"})
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_string()
}
