//! Everybody who may ask: nobody, every role, programs, and those who are let in no more.

use sanku::domain::access::{ApiScope, Role};
use serde_json::json;

use super::world::{Target, World, agency};
use crate::client::{Client, PASSWORD};
use crate::harness::TestDb;

pub struct Caller {
    pub name: &'static str,
    pub client: Client,
}

impl Caller {
    /// The user name of its account.
    pub fn account(&self) -> String {
        account(self.name)
    }
}

fn account(name: &str) -> String {
    name.to_lowercase().replace('_', ".")
}

pub fn all(db: &TestDb, world: &World<'_>) -> Vec<Caller> {
    let own = world.uscc(Target::Own);
    let mut callers = vec![Caller {
        name: "ANONYMOUS",
        client: Client::anonymous(db),
    }];
    for name in Role::ALL.map(Role::as_str) {
        let district = (name == "DISTRICT_OFFICER").then_some("330602");
        let uscc = (name == "ENTERPRISE").then_some(own);
        let client = Client::with_role(db, &account(name), name, district, uscc);
        callers.push(Caller { name, client });
    }
    let scopes = json!(ApiScope::ALL.map(ApiScope::as_str));
    let of_firm = json!({"name": "企业系统", "uscc": own, "scopes": scopes});
    let of_agency = json!({"name": "代理系统", "agency": agency(), "scopes": scopes});
    let firm = Client::with_role(db, "firm.keys", "ENTERPRISE", None, Some(own));
    for (name, by, body) in [
        ("ENTERPRISE_KEY", &firm, &of_firm),
        ("AGENCY_KEY", &world.officer, &of_agency),
    ] {
        let (key, _) = key(by, body);
        let client = Client::with_key(db, &key);
        callers.push(Caller { name, client });
    }
    let delegation = json!({"agency": agency(), "scopes": scopes, "valid_through": "2026-12-31"});
    let url = format!("/v1/enterprises/{own}/delegations");
    assert_eq!(firm.post(&url, delegation).status, 201);
    callers.extend(shut_out(db, world, &firm, &of_firm));
    callers
}

/// One who waits for a role, one whose account was disabled while logged in, a program whose key was revoked.
fn shut_out(
    db: &TestDb,
    world: &World<'_>,
    firm: &Client,
    of_firm: &serde_json::Value,
) -> [Caller; 3] {
    let new = json!({"username": "no.role", "password": PASSWORD, "role": "CITY_OFFICER"});
    assert_eq!(world.admin.post("/v1/users", new).status, 201);
    let waiting = Client::anonymous(db);
    waiting.log_in("no.role", PASSWORD);
    let disabled = Client::with_role(db, "disabled", "CITY_OFFICER", None, None);
    let id = disabled.get("/v1/me").json()["id"].clone();
    let url = format!("/v1/users/{}", id.as_str().expect("an id"));
    let off = json!({"state": "DISABLED"});
    assert_eq!(world.admin.change("PATCH", &url, "*", off).status, 200);
    let (text, url) = key(firm, of_firm);
    assert_eq!(world.officer.send("DELETE", &url, &[], None).status, 204);
    [
        ("NO_ROLE", waiting),
        ("DISABLED", disabled),
        ("REVOKED_KEY", Client::with_key(db, &text)),
    ]
    .map(|(name, client)| Caller { name, client })
}

/// A new client's key, and the URL to revoke it.
fn key(by: &Client, body: &serde_json::Value) -> (String, String) {
    let made = by.post("/v1/api-clients", body.clone());
    assert_eq!(made.status, 201, "{}", made.text());
    let keys = format!("{}/keys", made.header("location"));
    let made = by.post(&keys, json!({})).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_string();
    (text("key"), format!("{keys}/{}", text("id")))
}
