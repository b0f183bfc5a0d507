//! A profile as a test case in golden form, with what the engine says of it.

use serde_json::{Map, Value as Json, json};

use crate::drafting::cases::result;
use crate::evaluate::{Profile, inputs_json};
use crate::rules::RuleSet;

/// `{id, about, as_of, enterprise, years, facts, certifications, expected}`; `expected` is keyed by the rule set's name.
pub fn case(set: &RuleSet, id: &str, profile: &Profile) -> Json {
    let told: Json = serde_json::from_str(&inputs_json(set, profile)).unwrap_or_default();
    let mut case: Map<String, Json> = Map::new();
    case.insert("id".to_owned(), id.into());
    case.insert("as_of".to_owned(), profile.as_of().to_string().into());
    for (name, value) in told.as_object().into_iter().flatten() {
        case.insert(name.clone(), value.clone());
    }
    let mut expected = Map::new();
    expected.insert(set.name.clone(), result(set, profile));
    case.insert("expected".to_owned(), json!(expected));
    Json::Object(case)
}
