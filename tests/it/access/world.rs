//! A register with something behind every route: six enterprises in two districts, each with figures, a title, a
//! membership, a decision and an open movement.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use sanku::app::assessment;
use sanku::app::caller::Caller;
use sanku::app::error::AppError;
use sanku::app::late::{LateFindings, LateQuery};
use sanku::app::list::List;
use sanku::app::movement;
use sanku::app::simulation::{self, SimulationRequest};
use sanku::domain::event::Event;
use sanku::domain::ledger::Origin;
use sanku::domain::movement::{Kind, State};
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
    /// Deregistered (注销), of the own district: what comes nearest to deleted.
    Gone,
    /// 迁出, recorded in the own district.
    Moved,
    /// Moved from the own district to another (区间迁移), after all that was recorded of it.
    Left,
    /// No enterprise has it.
    Missing,
}

/// The agency's code.
pub fn agency() -> String {
    code(999_997)
}

impl Target {
    pub const THERE: [Target; 6] = [
        Target::Own,
        Target::Neighbour,
        Target::Far,
        Target::Gone,
        Target::Moved,
        Target::Left,
    ];
    pub const ALL: [Target; 7] = [
        Target::Own,
        Target::Neighbour,
        Target::Far,
        Target::Gone,
        Target::Moved,
        Target::Left,
        Target::Missing,
    ];

    pub fn letter(self) -> char {
        match self {
            Target::Own => 'O',
            Target::Neighbour => 'N',
            Target::Far => 'F',
            Target::Gone => 'G',
            Target::Moved => 'M',
            Target::Left => 'L',
            Target::Missing => '?',
        }
    }

    /// Where it lies now.
    fn district(self) -> &'static str {
        match self {
            Target::Far | Target::Left => "330603",
            _ => "330602",
        }
    }

    /// Where it lay when it was assessed.
    fn first_district(self) -> &'static str {
        match self {
            Target::Left => "330602",
            _ => self.district(),
        }
    }
}

/// An id that nothing has.
const NOTHING: &str = "00000000-0000-7000-8000-0000000fffff";

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
    pub(super) db: &'a TestDb,
    pub officer: Client,
    pub admin: Client,
    firms: Vec<Firm>,
    run: String,
    simulation: String,
    operation: RefCell<String>,
    /// An account that nobody acts as.
    spare: String,
    count: Cell<usize>,
}

impl<'a> World<'a> {
    pub fn make(db: &'a TestDb) -> World<'a> {
        ready(db);
        let usccs = Target::THERE.map(|it| firm_in(db, it.first_district(), it as usize + 1, 10));
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
        let late =
            LateFindings::page(&db.app, &staff, &LateQuery::default(), None, 9).expect("listed");
        let finding = |uscc: &str| {
            let found = late.iter().find(|it| it.uscc == uscc);
            found.expect("a finding").id.clone()
        };
        let officer = Client::with_role(db, "officer", "CITY_OFFICER", None, None);
        let firms = usccs.iter().map(|uscc| Firm {
            finding: finding(uscc),
            ..Firm::of(db, &officer, uscc, decisions[uscc.as_str()])
        });
        let firms: Vec<Firm> = firms.collect();
        let firm = json!({"uscc": agency(), "name": "绍兴示例科技咨询有限公司"});
        assert_eq!(officer.post("/v1/agencies", firm).status, 201);
        for (target, change) in [
            (Target::Gone, json!({"legal_status": "DEREGISTERED"})),
            (Target::Moved, json!({"legal_status": "MOVED_OUT"})),
            (
                Target::Left,
                json!({"district_code": Target::Left.district()}),
            ),
        ] {
            let url = format!("/v1/enterprises/{}", usccs[target as usize]);
            let ended = officer.change("PATCH", &url, "*", change);
            assert_eq!(ended.status, 200, "{}", ended.text());
        }
        World {
            db,
            officer,
            admin,
            firms,
            run: ended.id,
            simulation: simulated(db),
            operation: RefCell::new(NOTHING.into()),
            spare,
            count: Cell::new(100),
        }
    }

    /// Of the account that looks, so that it sees its own.
    pub fn begin_operation(&self, client: &Client) {
        let begun = client.post("/v1/assessment-runs", json!({"dry_run": true}));
        assert_eq!(begun.status, 202, "{}", begun.text());
        finished(client, begun.header("location"));
        *self.operation.borrow_mut() = text(&begun.json()["id"]);
    }

    pub fn uscc(&self, target: Target) -> &str {
        self.firm(target).map_or("", |firm| &firm.uscc)
    }

    pub fn district_name(&self, uscc: &str) -> &'static str {
        let elsewhere = [Target::Far, Target::Left];
        match elsewhere.iter().any(|it| self.uscc(*it) == uscc) {
            true => "柯桥区",
            false => "越城区",
        }
    }

    /// The pattern filled with what belongs to the target.
    pub fn path(&self, pattern: &str, target: Target) -> String {
        let firm = self.firm(target);
        let of = |field: fn(&Firm) -> &String| firm.map_or(NOTHING.into(), |it| field(it).clone());
        let collection = pattern.split('/').nth(2).unwrap_or_default();
        let mut key = NOTHING.to_string();
        let id = match collection {
            _ if !pattern.contains("{id}") || target == Target::Missing => NOTHING.into(),
            "enterprises" if pattern.contains("delegations") => {
                self.fresh_delegation(self.uscc(target))
            }
            "enterprises" => of(|it| &it.certification),
            "memberships" => of(|it| &it.membership),
            "decisions" => of(|it| &it.decision),
            "late-findings" => of(|it| &it.finding),
            "assessment-runs" => self.run.clone(),
            "operations" => self.operation.borrow().clone(),
            "simulations" => self.simulation.clone(),
            "users" if pattern.contains("role-assignments") => self.fresh_account(),
            "users" => self.spare.clone(),
            "role-assignments" => self.fresh_assignment(),
            "api-clients" => {
                let (client, made) = self.fresh_client(self.uscc(target));
                key = made;
                client
            }
            "pool-movements" => firm.map_or(NOTHING.into(), |it| self.fresh_movement(it)),
            _ => NOTHING.into(),
        };
        let nobody = code(999_999);
        let uscc = match (collection, firm) {
            (_, None) => nobody,
            ("agencies", _) => agency(),
            (_, Some(firm)) => firm.uscc.clone(),
        };
        let pool = pattern.starts_with("/v1/pools");
        pattern
            .replace("{id}", &id)
            .replace("{key}", &key)
            .replace("{session}", NOTHING)
            .replace("{uscc}", &uscc)
            .replace("{code}", if pool { "ACCELERATION" } else { "POOLS" })
            .replace("{year}", "2025")
            .replace("{name}", "districts")
            .replace("{seq}", "1")
            .replace("{n}", "1")
            .replace("{file:.*}", "")
    }

    pub(super) fn next(&self) -> usize {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    fn firm(&self, target: Target) -> Option<&Firm> {
        self.firms.get(target as usize)
    }

    /// A body that the use case takes, so that nothing but the access decides; a new route gets an empty one.
    pub fn body(&self, pattern: &str, role: &str, target: Target) -> Value {
        let n = self.next();
        let stated =
            |facts: Value| json!({"facts": facts, "evidence": "ENTITY_SUPPLIED", "source": "测试"});
        match pattern {
            "/v1/tokens" => json!({"username": "spare", "password": PASSWORD}),
            "/v1/token-refreshes" => {
                let granted = Client::anonymous(self.db).log_in("spare", PASSWORD);
                json!({"refresh_token": granted["refresh_token"]})
            }
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
                if let Some(firm) = self.firm(target) {
                    self.close_movements(firm);
                }
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
            _ => self.access_body(pattern, role, target, n),
        }
    }

    /// Of the routes about who may do what.
    fn access_body(&self, pattern: &str, role: &str, target: Target, n: usize) -> Value {
        match pattern {
            "/v1/users" => {
                json!({"username": format!("user.{n}"), "password": PASSWORD, "role": "AUDITOR"})
            }
            "/v1/users/{id}" => json!({"state": "ACTIVE"}),
            "/v1/users/{id}/role-assignments" => json!({"role": "AUDITOR"}),
            "/v1/role-assignments/{id}/decisions" => json!({"verdict": "APPROVE"}),
            "/v1/agencies" => json!({"uscc": code(n), "name": "绍兴示例科技咨询有限公司"}),
            "/v1/agencies/{uscc}" => json!({"state": "ACTIVE"}),
            "/v1/api-clients" => {
                json!({"name": "系统", "uscc": self.uscc(target), "scopes": ["rules:read"]})
            }
            "/v1/api-clients/{id}" if role == "SECURITY_ADMIN" => json!({"state": "DISABLED"}),
            "/v1/api-clients/{id}" => json!({"name": "另一系统"}),
            "/v1/enterprises/{uscc}/delegations" => json!({
                "agency": agency(), "scopes": ["rules:read"], "valid_through": "2026-12-31",
            }),
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
        let write = self.db.app.store.write::<_, AppError, _>(
            &Stamp::of(Origin::system("u1")),
            move |tx| {
                let found = movements::list(
                    tx.conn,
                    &sanku::domain::access::Scope::All,
                    &of(&enterprise),
                    None,
                    99,
                )?;
                let last = found.into_iter().next_back().expect("a movement").row;
                let mut told = None;
                if let Some(mut row) = movements::open_of(tx.conn, &enterprise)? {
                    row.state = State::Rejected.into();
                    row.decided_by = Some("somebody".into());
                    let seq = tx.tell(Event::MovementDecided(row.told()))?;
                    row.seq = told.insert(seq).get();
                    movements::update_all(tx.conn, &[row])?;
                }
                if let Some(id) = new {
                    let mut row = proposed(last, id);
                    let seq = tx.tell(Event::MovementProposed(row.told()))?;
                    row.seq = told.insert(seq).get();
                    movements::insert_all(tx.conn, &[row])?;
                }
                Ok(Changed::perhaps((), told))
            },
        );
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
        kind: Kind::Promotion.into(),
        state: State::Proposed.into(),
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
