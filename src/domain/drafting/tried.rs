//! Trying a rule set on its test cases (试运行): what each expects, what the engine finds, and where they part.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::cases::result;
use crate::evaluate::{Profile, profile_from_json};
use crate::field_error::{Fault, FieldError};
use crate::rules::RuleSet;
use crate::rules::model::Body;
use crate::text;

/// A test case of one rule set: what it tells, and what it expects of this rule set alone.
#[derive(Debug, Clone)]
pub struct TestCase {
    pub id: String,
    /// In golden form, `expected` with bare members.
    pub body: Json,
    expected: Map<String, Json>,
    profile: Profile,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    pub id: String,
    pub passed: bool,
    pub expected: Json,
    /// The members that were asked for.
    pub got: Json,
}

const ID_MAX: usize = 120;

impl TestCase {
    /// Reads a case in golden form. `expected` has bare members, or stands under the rule set's name or code; what is
    /// expected of others is left out.
    pub fn read(body: &Json, set: &RuleSet) -> Result<TestCase, FieldError> {
        let Some(map) = body.as_object() else {
            return Err(FieldError::new("", "field.type_object"));
        };
        let id = map.get("id").and_then(Json::as_str);
        let id = id.ok_or_else(|| FieldError::new("/id", "field.required"))?;
        let id = text::plain(id, 1, ID_MAX).map_err(|fault| fault.at("/id"))?;
        let profile = profile_from_json(body, None)?;
        let expected = expected(map.get("expected"), set)?;
        let mut body = map.clone();
        body.insert("id".to_owned(), Json::String(id.clone()));
        body.insert("expected".to_owned(), Json::Object(expected.clone()));
        Ok(TestCase {
            id,
            body: Json::Object(body),
            expected,
            profile,
        })
    }

    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The rule set as it reads on the day of the case is asked; `periods` are those of one version, in order.
    pub fn try_on(&self, periods: &[RuleSet]) -> Tried {
        let day = self.profile.as_of();
        let begun = periods.iter().rposition(|set| set.effective_from <= day);
        let found = periods.get(begun.unwrap_or(0));
        let found = found.map_or(Json::Null, |set| result(set, &self.profile));
        let got: Map<String, Json> = self
            .expected
            .keys()
            .map(|name| (name.clone(), found[name].clone()))
            .collect();
        Tried {
            id: self.id.clone(),
            passed: got == self.expected,
            expected: Json::Object(self.expected.clone()),
            got: Json::Object(got),
        }
    }
}

/// What may be expected of a rule set.
fn members(set: &RuleSet) -> &'static [&'static str] {
    match set.body {
        Body::Conditions(_) => &["outcome", "score", "unmet", "unknown", "needs_review"],
        Body::Pools(_) => &["outcome", "pool", "undecided"],
        Body::Size(_) => &["class"],
    }
}

fn expected(told: Option<&Json>, set: &RuleSet) -> Result<Map<String, Json>, FieldError> {
    let missing = || FieldError::new("/expected", "rule_case.nothing_expected");
    let told = told.and_then(Json::as_object).ok_or_else(missing)?;
    let named = [&set.name, &set.code].into_iter().find_map(|name| {
        let members = told.get(name)?.as_object()?;
        Some((format!("/expected/{name}"), members))
    });
    let (pointer, found) = named.unwrap_or_else(|| ("/expected".to_owned(), told));
    let known = members(set);
    let foreign = |name: &&String| !known.contains(&name.as_str());
    if let Some(name) = found.keys().find(foreign) {
        // Keyed by rule sets, and this one is not among them.
        if found.values().all(Json::is_object) {
            return Err(missing());
        }
        let cut: String = name.chars().take(64).collect();
        let fault = Fault::new("rule_case.member_unknown").with("known", known.join(", "));
        return Err(fault.at(format!("{pointer}/{cut}")));
    }
    match found.is_empty() {
        true => Err(missing()),
        false => Ok(found.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Library;
    use serde_json::json;

    fn size() -> &'static RuleSet {
        Library::shipped().named("SIZE_CLASS@2011-06-18").unwrap()
    }

    fn case(expected: Json) -> Json {
        json!({
            "id": "one",
            "as_of": "2026-06-15",
            "enterprise": { "registered_on": "2018-01-01", "district_code": "330602" },
            "years": { "2025": { "staff_total": 20, "sales": "3000000.00" } },
            "facts": { "industry_class": "INDUSTRY" },
            "expected": expected,
        })
    }

    #[test]
    fn what_is_expected_stands_bare_or_under_the_rule_set() {
        for expected in [
            json!({ "class": "SMALL" }),
            json!({ "SIZE_CLASS": { "class": "SMALL" } }),
            json!({ "SIZE_CLASS@2011-06-18": { "class": "SMALL" }, "POOLS": { "pool": "NONE" } }),
        ] {
            let read = TestCase::read(&case(expected), size()).unwrap();
            assert_eq!(read.body["expected"], json!({ "class": "SMALL" }));
            let sets = Library::default()
                .read_periods("size", &size().document)
                .unwrap();
            assert!(read.try_on(&sets).passed);
        }
    }

    #[test]
    fn a_case_that_fails_says_what_was_found() {
        let read = TestCase::read(&case(json!({ "class": "LARGE" })), size()).unwrap();
        let sets = Library::default()
            .read_periods("size", &size().document)
            .unwrap();
        let tried = read.try_on(&sets);
        assert!(!tried.passed);
        assert_eq!(
            (tried.expected, tried.got),
            (json!({"class": "LARGE"}), json!({"class": "SMALL"}))
        );
    }

    #[test]
    fn a_case_that_tests_nothing_is_refused() {
        let fault = |expected: Json| TestCase::read(&case(expected), size()).unwrap_err();
        for nothing in [
            json!(null),
            json!({}),
            json!({"POOLS": {"pool": "NONE"}}),
            json!({"SIZE_CLASS": {}}),
        ] {
            assert_eq!(fault(nothing).code, "rule_case.nothing_expected");
        }
        let slip = fault(json!({ "klass": "SMALL" }));
        assert_eq!(
            (slip.pointer.as_str(), slip.code),
            ("/expected/klass", "rule_case.member_unknown")
        );
        let mut nameless = case(json!({ "class": "SMALL" }));
        nameless["id"] = json!(7);
        assert_eq!(
            TestCase::read(&nameless, size()).unwrap_err().pointer,
            "/id"
        );
        assert_eq!(
            TestCase::read(&json!([]), size()).unwrap_err().code,
            "field.type_object"
        );
    }
}
