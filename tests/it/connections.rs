//! The connections to the database: opened at the start, used again, replaced when the server ended them.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::Integer;
use sanku::store::StoreError;

use crate::client::Client;
use crate::harness::TestDb;
use crate::on_both_engines;

on_both_engines!(no_connection_is_opened_while_requests_are_served, |db| {
    let client = Client::with_role(db, "li.na", "CITY_OFFICER", None, None);
    assert_eq!(client.get("/v1/enterprises").status, 200);
    let opened = db.app.store.connections_opened();
    let asked = [
        ("/v1/enterprises?limit=5", 200),
        ("/v1/enterprises/91330602MA4JK9KR3D", 404),
        ("/v1/enterprises?limit=x", 400),
        ("/v1/me", 200),
        ("/readyz", 200),
    ];
    for turn in 0..1_000 {
        let (path, status) = asked[turn % asked.len()];
        assert_eq!(client.get(path).status, status, "{path}");
    }
    assert_eq!(db.app.store.connections_opened(), opened);
    let metrics = client.get("/metrics").text();
    let line = format!("sanku_database_connections_opened_total {opened}");
    assert!(metrics.contains(&line), "{metrics}");
});

#[derive(QueryableByName)]
struct Process {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

on_both_engines!(a_connection_that_the_server_ended_is_replaced, |db| {
    if db.app.store.engine().name() == "sqlite" {
        // No server that could end it.
        return;
    }
    let client = Client::with_role(db, "li.na", "CITY_OFFICER", None, None);
    for _ in 0..3 {
        end_one(db);
        let opened = db.app.store.connections_opened();
        let answers: Vec<u16> = (0..20).map(|_| client.get("/v1/me").status).collect();
        let failed = answers.iter().filter(|status| **status != 200).count();
        assert!(failed <= 1, "only who met it hears of it: {answers:?}");
        assert_eq!(answers.last(), Some(&200));
        let replaced = || db.app.store.connections_opened() > opened;
        let waited = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            replaced()
        });
        assert!(waited, "another one takes its place");
    }
});

on_both_engines!(a_server_that_ends_all_connections_costs_one_request, |db| {
    if db.app.store.engine().name() == "sqlite" {
        // No server that could end them.
        return;
    }
    let client = Client::with_role(db, "li.na", "CITY_OFFICER", None, None);
    // All connections of this register, readers and writer, but not those of other tests on the same server.
    let name = "sanku-ended-at-once";
    let url = format!("{}&application_name={name}", db.url);
    let served = db.reopen_with(|options| options.database_url = url.clone());
    let client_of = Client::on(served);
    let token = client.log_in("li.na", crate::client::PASSWORD);
    client_of.use_token(token["access_token"].as_str().expect("token"));
    for _ in 0..10 {
        assert_eq!(client_of.get("/v1/me").status, 200);
    }
    db.tamper(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'"
    ));
    let answers: Vec<u16> = (0..20).map(|_| client_of.get("/v1/me").status).collect();
    let failed = answers.iter().filter(|status| **status != 200).count();
    assert!(failed <= 1, "{answers:?}");
    let body = serde_json::json!({"current_password": "x", "new_password": "y"});
    assert_ne!(
        client_of.put("/v1/me/password", body).status,
        503,
        "the writer begins anew"
    );
});

/// Has the server end the connection of a reader.
fn end_one(db: &TestDb) {
    let found = db.app.store.read::<_, StoreError, _>(|conn| {
        let sql = "SELECT pg_backend_pid() AS pid";
        Ok(diesel::sql_query(sql).get_result::<Process>(conn)?.pid)
    });
    let pid = found.expect("read");
    db.tamper(&format!("SELECT pg_terminate_backend({pid})"));
}
