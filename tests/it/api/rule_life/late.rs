//! A version that goes through its whole life and is published for days that were decided already.

use chrono::Duration;
use sanku::domain::rules::Library;
use serde_json::json;

use super::{Office, from_day};
use crate::firms::{firm, ready, run};
use crate::on_both_engines;

on_both_engines!(
    a_back_dated_publication_lists_the_decisions_it_touches,
    |db| {
        ready(db);
        let (moves, stays) = (firm(db, 1, 10), firm(db, 2, 5));
        run(db, "assessor");
        let office = Office::of(db);
        office.later(db, Duration::days(1));
        let mut document = Library::shipped().named("POOLS").unwrap().document.clone();
        let staff = document.pointer_mut("/pool/1/criterion/1/at_least/percent");
        *staff.expect("a limit") = "12".into();
        // Drafted, tested and approved, it still touches nothing.
        let url = office.approved(&from_day(&document, "2026-06-01"));
        let findings = || office.auditor.get("/v1/late-findings").json()["items"].clone();
        assert_eq!(findings(), json!([]));
        let published = office.publish(&url, "2026-06-01");
        assert_eq!(published.status, 201, "{}", published.text());
        let found = findings();
        assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
        assert_eq!(found[0]["uscc"], json!(moves));
        assert_ne!(found[0]["uscc"], json!(stays));
        assert_eq!(
            [&found[0]["cause"]["kind"], &found[0]["effect"]],
            ["DOCUMENT_PUBLISHED", "OUTCOME"]
        );
        assert_eq!(
            [&found[0]["then"]["pool"], &found[0]["now"]["pool"]],
            ["ACCELERATION", "STARTER"]
        );
        // Retired for the same days, nothing is in force on them: both decisions are listed, for every reader.
        office.later(db, Duration::hours(1));
        office.retired("POOLS", "2026-06-14");
        let found = findings();
        let outcomes: Vec<_> = found
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["now"]["outcome"])
            .collect();
        assert_eq!(outcomes, ["NONE", "NONE"], "{found}");
    }
);
