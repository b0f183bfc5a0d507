//! Records that an answer uses up, made anew for each question.

use sanku::app::account::{self, NewAccount};
use sanku::app::api_client::{self, KeyOrder, NewApiClient};
use sanku::app::caller::Caller;
use sanku::app::delegation::{self, NewDelegation};
use serde_json::json;

use super::world::{World, agency};
use crate::client::PASSWORD;
use crate::firms::of_firm;

impl World<'_> {
    /// An API client of the enterprise and its key.
    pub(super) fn fresh_client(&self, uscc: &str) -> (String, String) {
        let app = &self.db.app;
        let input = NewApiClient {
            name: Some("系统".into()),
            uscc: Some(uscc.into()),
            scopes: vec!["rules:read".into()],
            ..NewApiClient::default()
        };
        let by = of_firm(self.db, uscc);
        let made = api_client::create(app, &by, &input).expect("a client");
        let id = made.value.record.id;
        let key = api_client::make_key(app, &by, &id, &KeyOrder::default());
        (id, key.expect("a key").value.about.id)
    }

    pub(super) fn fresh_delegation(&self, uscc: &str) -> String {
        let input = NewDelegation {
            agency: Some(agency()),
            // A right that opens no record, so that nobody sees more by it.
            scopes: vec!["rules:read".into()],
            valid_through: Some("2026-12-31".into()),
            ..NewDelegation::default()
        };
        let made = delegation::make(&self.db.app, &of_firm(self.db, uscc), uscc, &input);
        made.expect("a delegation").value.record.id
    }

    pub(super) fn fresh_account(&self) -> String {
        let input = NewAccount {
            username: format!("fresh.{}", self.next()),
            password: PASSWORD.into(),
            role: "AUDITOR".into(),
            district_code: None,
            uscc: None,
        };
        let made = account::create(&self.db.app, &Caller::operator(), input);
        made.expect("an account").value.record.id
    }

    pub(super) fn fresh_assignment(&self) -> String {
        let name = format!("fresh.{}", self.next());
        let body = json!({"username": name, "password": PASSWORD, "role": "AUDITOR"});
        let made = self.admin.post("/v1/users", body).json();
        let id = made["proposed"]["id"].as_str();
        id.expect("a proposal").to_string()
    }
}
