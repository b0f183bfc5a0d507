//! Explanations and snapshots of inputs, and the largest figures there are.

use chrono::NaiveDate;
use sanku::domain::enterprise::LegalStatus;
use sanku::domain::evaluate::{Figure, Profile, explain, inputs_json, profile_from_json, verdict};
use sanku::domain::facts::{Evidence, Kind, catalogue};
use sanku::domain::messages::Lang;
use sanku::domain::rules::Library;
use sanku::domain::rules::size::SizeClass;
use serde_json::{Value as Json, json};

use crate::firm::firm;

/// 2.999 % where 3 % is asked: nothing is rounded, and the gap is told to the fen.
#[test]
fn a_criterion_is_told_as_the_contract_has_it() {
    let case = json!({
        "as_of": "2026-06-15",
        "enterprise": { "district_code": "330604", "registered_on": "2005-01-10" },
        "years": {
            "2023": { "sales": "240000000.00", "rd_expense": "7197600.00" },
            "2024": { "sales": "260000000.00", "rd_expense": "7797400.00" },
            "2025": { "sales": "300000000.00", "rd_expense": "8997000.00" },
        },
        "evidence": { "years": {
            "2023": { "sales": "AUDITED", "rd_expense": "AUDITED" },
            "2024": { "sales": "AUDITED", "rd_expense": "DOCUMENTED" },
            "2025": { "sales": "AUDITED", "rd_expense": "AUDITED" },
        } },
    });
    let profile = profile_from_json(&case, None).unwrap();
    let set = Library::shipped()
        .named("NATIONAL_HNTE@2016-01-01")
        .unwrap();
    let told: Json = serde_json::from_str(&explain(set, &profile, Lang::Zh).to_json()).unwrap();
    let h5a = told["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["id"] == "h5a");
    assert_eq!(
        h5a.unwrap(),
        &json!({
            "id": "h5a",
            "title": "近三个会计年度研发费用总额占同期销售收入总额的比例",
            "clause": { "document": "国科发火〔2016〕32号", "article": "第十一条(五)" },
            "confidence": "TEXT_SEEN",
            "outcome": "UNMET",
            "actual": "0.029990",
            "required": "0.030000",
            "comparison": "GTE",
            "bracket": "sales > 200000000.00",
            "shortfall": "8000.00",
            "shortfall_unit": "yuan of rd_expense",
            "shortfall_year": 2025,
            "evidence": "DOCUMENTED",
        })
    );
    let h4 = told["criteria"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["id"] == "h4");
    let h4 = h4.unwrap();
    assert_eq!(h4["outcome"], "UNKNOWN");
    assert_eq!(
        h4["missing"],
        json!(["2025.staff_total", "2025.tech_staff"])
    );
    assert_eq!(told["score"], Json::Null);
    assert_eq!(told["pool"], Json::Null);
}

#[test]
fn two_of_four_names_the_cheapest_ways() {
    let case = json!({
        "as_of": "2026-06-15",
        "enterprise": { "district_code": "330602", "registered_on": "2018-03-01" },
        "years": { "2025": {
            "sales": "1000000000.00", "rd_expense": "19000000.00", "staff_total": 100, "tech_staff": 4
        } },
        "facts": {
            "abnormal_or_dishonest": false, "major_incident_last_365d": false,
            "ip_class1": 0, "ip_class2": 0, "rd_ledger_or_contract": false,
        },
    });
    let profile = profile_from_json(&case, None).unwrap();
    let set = Library::shipped().named("POOLS").unwrap();
    let told: Json = serde_json::from_str(&explain(set, &profile, Lang::Zh).to_json()).unwrap();
    let groups = told["criteria"].as_array().unwrap();
    let starter = groups.iter().find(|it| it["id"] == "STARTER").unwrap();
    assert_eq!(starter["need"], 2);
    assert_eq!(
        starter["cheapest"],
        json!([
            { "criterion": "b_ip", "shortfall": "1", "shortfall_unit": "right of ip_class2" },
            { "criterion": "b_ledger", "shortfall": "true", "shortfall_unit": "answer to rd_ledger_or_contract" },
        ])
    );
}

#[test]
fn the_snapshot_of_inputs_gives_the_same_verdict_and_the_same_bytes() {
    for seed in 0..100 {
        let profile = firm(seed);
        for set in Library::shipped().iter() {
            let snapshot = inputs_json(set, &profile);
            let value: Json = serde_json::from_str(&snapshot).unwrap();
            assert_eq!(
                snapshot,
                serde_json_canonicalizer::to_string(&value).unwrap()
            );
            let again = profile_from_json(&value, Some(profile.as_of())).unwrap();
            assert_eq!(inputs_json(set, &again), snapshot);
            assert_eq!(verdict(set, &again), verdict(set, &profile), "{}", set.name);
            let explained = explain(set, &profile, Lang::Zh).to_json();
            assert_eq!(explain(set, &again, Lang::Zh).to_json(), explained);
        }
    }
}

#[test]
fn the_day_alone_does_not_change_the_snapshot() {
    let set = Library::shipped().named("POOLS").unwrap();
    let on = |day: &str| {
        let case = json!({
            "as_of": day,
            "enterprise": { "district_code": "330602", "registered_on": "2018-03-01" },
            "years": { "2025": { "sales": "1.00", "net_profit": "5.00" } },
            "certifications": [
                { "scheme": "NATIONAL_HNTE", "valid_from": "2026-03-01", "valid_through": "2026-03-31" },
                { "scheme": "GAZELLE", "valid_from": "2026-03-01", "valid_through": null },
            ],
        });
        inputs_json(set, &profile_from_json(&case, None).unwrap())
    };
    assert_eq!(on("2026-02-01"), on("2026-03-15"));
    assert_eq!(
        on("2026-02-01"),
        r#"{"certifications":[{"scheme":"NATIONAL_HNTE","valid_from":"2026-03-01","valid_through":"2026-03-31"}],"enterprise":{"district_code":"330602","legal_status":"ACTIVE","registered_on":"2018-03-01"},"facts":{},"years":{"2025":{"sales":"1.00"}}}"#
    );
}

/// Every amount one fen below 10^15 yuan, every count at its limit: no sum, product or shown figure overflows.
#[test]
fn the_largest_figures_are_judged_and_explained() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    for sign in [1, -1] {
        let mut profile = Profile::new(
            day("2026-06-15"),
            day("1950-01-01"),
            "330602",
            LegalStatus::Active,
        );
        for (id, def) in catalogue().iter() {
            let largest = match def.kind {
                Kind::Money if def.signed => sign * 99_999_999_999_999_999,
                Kind::Money => 99_999_999_999_999_999,
                _ => def.max.unwrap_or(1) * def.step(),
            };
            let figure = Figure {
                value: largest,
                evidence: Some(Evidence::Audited),
            };
            for year in [2023, 2024, 2025] {
                let less = Figure {
                    value: largest - i64::from(year - 2023),
                    ..figure
                };
                profile.set_annual(year, id, less);
            }
            profile.set_dated(id, figure);
        }
        for set in Library::shipped().iter() {
            let explained = explain(set, &profile, Lang::En);
            assert_eq!(explained.outcome, verdict(set, &profile).outcome);
            assert!(explained.to_json().len() > 100);
        }
        let size = Library::shipped().named("SIZE_CLASS@2011-06-18").unwrap();
        assert_eq!(verdict(size, &profile).class, Some(SizeClass::Large));
    }
}
