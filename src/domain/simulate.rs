//! What-if (推演): where a firm belongs under one version of the rules and where under another, and which criteria make
//! the difference.
//!
//! Both versions are asked the same way, by the verdict alone; only firms that move are looked at criterion by criterion.

mod cause;
mod change;
mod found;
mod place;

pub use cause::{Cause, Side, causes};
pub use change::changed;
pub use found::{Found, find};
pub use place::{Direction, Kind, Place};

use crate::coded::coded;

coded! {
    /// How far a what-if has come; it shows once it is complete.
    pub enum SimulationState {
        Running = "RUNNING",
        Completed = "COMPLETED",
        Failed = "FAILED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Profile, profile_from_json};
    use crate::pool::{Member, Pool, Standing};
    use crate::rules::{Library, RuleSet};
    use serde_json::{Value as Json, json};

    /// Reaches ACCELERATION by 3.5 % of R&D and a title, and nothing higher.
    fn firm() -> Profile {
        let figures = json!({
            "sales": "10000000.00", "total_income": "10000000.00", "hightech_income": "1000000.00",
            "rd_expense": "350000.00", "rd_expense_domestic": "350000.00", "staff_total": 100, "tech_staff": 10,
        });
        let case = json!({
            "as_of": "2026-06-15",
            "enterprise": {"registered_on": "2018-03-01", "district_code": "330602"},
            "years": {"2023": figures, "2024": figures, "2025": figures},
            "facts": {
                "ip_class1": 1, "ip_class2": 0, "rd_ledger_or_contract": true,
                "abnormal_or_dishonest": false, "major_incident_last_365d": false, "innovation_self_score": 50,
            },
            "certifications": [{"scheme": "PROVINCIAL_TECH_SME", "valid_from": "2025-01-01", "valid_through": null}],
        });
        profile_from_json(&case, None).unwrap()
    }

    fn with(parameters: &[(&str, Json)]) -> RuleSet {
        let library = Library::shipped();
        let given = parameters.iter().cloned();
        let given = given.map(|(place, value)| (place.to_owned(), value));
        let base = library.named("POOLS").unwrap();
        let day = "2026-06-15".parse().unwrap();
        let document = changed(base, day, &given.collect()).unwrap();
        library.read("changed", document).unwrap()
    }

    fn member(pool: Pool, failures: u32) -> Standing {
        Standing::Member(Member {
            pool,
            since: "2025-06-15".parse().unwrap(),
            failures,
            last_yearly: Some(2026),
            extended: false,
            override_until: None,
        })
    }

    const OUTSIDE: Standing = Standing::Outside { timed_out_of: None };

    fn compared(set: &RuleSet, standing: Standing) -> (String, Vec<(String, bool)>) {
        let base = Library::shipped().named("POOLS").unwrap();
        let profile = firm();
        let (a, b) = (
            find(base, &profile, standing),
            find(set, &profile, standing),
        );
        let direction = Direction::between(Kind::Pools, a.place, b.place);
        let found = causes((base, &a), (set, &b), &profile);
        let told = found
            .iter()
            .map(|it| (it.criterion.id.clone(), it.keep))
            .collect();
        let text = format!("{} {} {}", a.place.code, b.place.code, direction.as_str());
        (text, told)
    }

    #[test]
    fn a_higher_limit_moves_who_is_not_yet_in_one_tier_down() {
        let (text, told) = compared(&with(&[("a_rd/at_least", json!("4"))]), OUTSIDE);
        assert_eq!(text, "ACCELERATION STARTER DEMOTED");
        assert_eq!(told, [("a_rd".to_string(), false)]);
    }

    /// 3.5 % is below 90 % of 4 %: a member fails its yearly evaluation, and the second failure leads down.
    #[test]
    fn members_are_held_to_the_keep_conditions() {
        let higher = with(&[("a_rd/at_least", json!("4"))]);
        let (text, told) = compared(&higher, member(Pool::Acceleration, 0));
        assert_eq!(text, "ACCELERATION ACCELERATION WARNED");
        assert_eq!(told, [("a_rd".to_string(), true)]);
        let (text, told) = compared(&higher, member(Pool::Acceleration, 1));
        assert_eq!(text, "ACCELERATION STARTER DEMOTED");
        assert_eq!(told, [("a_rd".to_string(), true)]);
        let eased = with(&[
            ("a_rd/at_least", json!("4")),
            ("moves/keep_percent", json!("80")),
        ]);
        let (text, _) = compared(&eased, member(Pool::Acceleration, 1));
        assert_eq!(text, "ACCELERATION ACCELERATION UNCHANGED");
    }

    #[test]
    fn a_lower_limit_lifts_members_and_others() {
        let eased = with(&[
            ("s_rd/brackets/0/at_least", json!("3")),
            ("s_hightech/at_least", json!("10")),
            ("s_score/at_least", json!("50")),
        ]);
        let (text, told) = compared(&eased, member(Pool::Acceleration, 0));
        assert_eq!(text, "ACCELERATION SPRINT PROMOTED");
        let ids: Vec<&str> = told.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(ids, ["s_rd", "s_hightech", "s_score"]);
    }

    #[test]
    fn a_rule_set_against_itself_moves_nobody() {
        for standing in [OUTSIDE, member(Pool::Starter, 1), member(Pool::Sprint, 1)] {
            let (text, told) = compared(&with(&[]), standing);
            assert!(text.ends_with("UNCHANGED"), "{text}");
            assert_eq!(told, []);
        }
    }

    #[test]
    fn a_side_tells_what_was_found_and_asked_for() {
        let base = Library::shipped().named("POOLS").unwrap();
        let set = with(&[("a_rd/at_least", json!("4"))]);
        let profile = firm();
        let (a, b) = (find(base, &profile, OUTSIDE), find(&set, &profile, OUTSIDE));
        let found = causes((base, &a), (&set, &b), &profile);
        let told = |side: &Option<Side>| {
            let side = side.as_ref().unwrap();
            format!(
                "{} {} {}",
                side.outcome,
                side.actual.as_deref().unwrap(),
                side.required.as_deref().unwrap()
            )
        };
        assert_eq!(told(&found[0].base), "MET 0.035000 0.030000");
        assert_eq!(told(&found[0].proposed), "UNMET 0.035000 0.040000");
    }
}
