//! Who gives a program anything, and who only takes it away.

use serde_json::json;

use super::{Town, client, key, text};
use crate::builders::{code, faults, told};
use crate::client::{Answer, Client};
use crate::on_both_engines;

on_both_engines!(an_officer_gives_an_enterprises_program_nothing, |db| {
    let town = Town::of(db);
    let city = &town.staff.city;
    let body = |uscc: &str| json!({"name": "系统", "uscc": uscc, "scopes": ["facts:write"]});
    let refused = |answer: Answer| {
        let told = (answer.status, answer.code());
        assert_eq!(told, (403, "api_client.only_its_own".into()));
    };
    refused(city.post("/v1/api-clients", body(&code(1))));
    refused(city.post("/v1/api-clients", body(&code(99))));
    let other = town.firm.post("/v1/api-clients", body(&code(2)));
    assert_eq!(
        faults(&other),
        told([("/uscc", "account.enterprise_unknown")])
    );
    let url = client(&town.firm, body(&code(1)));
    let made = key(&town.firm, &url, json!({}));
    refused(city.post(&format!("{url}/keys"), json!({})));
    for patch in [
        json!({"scopes": ["facts:write", "contact:read"]}),
        json!({"addresses": ["203.0.113.9"]}),
        json!({"state": "ACTIVE"}),
        json!({"name": "另一系统", "state": "DISABLED"}),
    ] {
        refused(city.change("PATCH", &url, "*", patch));
    }
    // What it may do in an emergency, as before.
    let own = format!("{url}/keys/{}", text(&made["id"]));
    assert_eq!(city.send("DELETE", &own, &[], None).status, 204);
    let off = city.change("PATCH", &url, "*", json!({"state": "DISABLED"}));
    assert_eq!(off.status, 200, "{}", off.text());
});

on_both_engines!(
    an_officer_delegates_nobodys_enterprise_and_may_revoke,
    |db| {
        let town = Town::of(db);
        town.agency();
        let guard = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
        let own = format!("{}/delegations", town.first);
        let scopes = ["facts:write"];
        let body = json!({"agency": code(9), "scopes": scopes, "valid_through": "2026-12-31"});
        // An officer with the agency's key would state the figures that the officer checks.
        for officer in [&town.staff.city, &town.staff.district, &guard] {
            let refused = officer.post(&own, body.clone());
            assert_eq!(
                (refused.status, refused.code()),
                (403, "auth.forbidden".into())
            );
        }
        let rights = json!(["register:read", "facts:write"]);
        let program = json!({"name": "系统", "uscc": code(1), "scopes": rights});
        let made = key(&town.firm, &client(&town.firm, program), json!({}));
        let program = Client::with_key(db, text(&made["key"]));
        let refused = program.post(&own, body);
        assert_eq!(refused.code(), "auth.not_among_rights");
        assert_eq!(town.firm.get(&own).json()["items"], json!([]));
        let revoked = |by: &Client| {
            let delegation = town.delegated(&scopes);
            let answer = by.send("DELETE", &delegation, &[], None);
            (
                answer.status,
                by.get(&delegation).json()["revoked_by"].is_string(),
            )
        };
        for by in [&town.firm, &town.staff.city, &guard] {
            assert_eq!(revoked(by), (204, true));
        }
        assert_eq!(revoked(&town.staff.district), (403, false));
        let other = Client::with_role(db, "firm.2", "ENTERPRISE", None, Some(&code(2)));
        assert_eq!(revoked(&other), (404, false));
    }
);

on_both_engines!(
    the_security_administrator_may_take_away_and_not_give,
    |db| {
        let town = Town::of(db);
        let guard = Client::with_role(db, "guard", "SECURITY_ADMIN", None, None);
        let url = client(
            &town.firm,
            json!({"name": "系统", "scopes": ["rules:read"]}),
        );
        let made = key(&town.firm, &url, json!({}));
        let program = Client::with_key(db, text(&made["key"]));
        let etag = guard.get(&url).header("etag").to_string();
        assert_eq!(
            guard
                .change("PATCH", &url, &etag, json!({"scopes": ["facts:write"]}))
                .status,
            403
        );
        assert_eq!(
            guard
                .change("PATCH", &url, &etag, json!({"state": "ACTIVE"}))
                .status,
            403
        );
        assert_eq!(guard.post(&format!("{url}/keys"), json!({})).status, 403);
        assert_eq!(program.get("/v1/rule-sets").status, 200);
        assert_eq!(
            guard
                .change("PATCH", &url, &etag, json!({"state": "DISABLED"}))
                .status,
            200
        );
        assert_eq!(program.get("/v1/rule-sets").code(), "auth.key");
        assert_eq!(
            town.firm.post(&format!("{url}/keys"), json!({})).code(),
            "api_client.disabled"
        );
        let own = format!("{url}/keys/{}", text(&made["id"]));
        assert_eq!(guard.send("DELETE", &own, &[], None).status, 204);
        // Another enterprise's account does not know of it.
        let other = Client::with_role(db, "firm.2", "ENTERPRISE", None, Some(&code(2)));
        assert_eq!(
            (
                other.get(&url).status,
                other.send("DELETE", &own, &[], None).status
            ),
            (404, 404)
        );
        assert_eq!(other.get("/v1/api-clients").json()["items"], json!([]));
    }
);
