//! Where two JSON texts differ, place by place: what a replay names.

use serde_json::{Map, Value as Json};

/// One place where what was stored and what was computed again are not the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer (RFC 6901) into the receipt.
    pub pointer: String,
    /// Null where there is nothing.
    pub stored: Json,
    pub recomputed: Json,
}

/// More places than anybody reads: a decision with so many differences is another one.
pub const MOST_DIFFERENCES: usize = 200;

/// The places below `pointer` where two canonical texts differ; none if they are the same bytes.
pub fn differences(pointer: &str, stored: &str, recomputed: &str) -> Vec<Difference> {
    if stored == recomputed {
        return Vec::new();
    }
    let read = |text: &str| serde_json::from_str::<Json>(text);
    let mut found = Vec::new();
    match (read(stored), read(recomputed)) {
        (Ok(stored), Ok(recomputed)) => between(pointer, &stored, &recomputed, &mut found),
        _ => found.push(whole(pointer, stored, recomputed)),
    }
    if found.is_empty() {
        // The same values in other bytes: not what was hashed.
        found.push(whole(pointer, stored, recomputed));
    }
    found
}

/// Adds the places where two values differ, the deepest that tell it.
pub fn between(pointer: &str, stored: &Json, recomputed: &Json, found: &mut Vec<Difference>) {
    if stored == recomputed || found.len() >= MOST_DIFFERENCES {
        return;
    }
    match (stored, recomputed) {
        (Json::Object(one), Json::Object(other)) => members(pointer, one, other, found),
        (Json::Array(one), Json::Array(other)) if one.len() == other.len() => {
            for (place, (one, other)) in one.iter().zip(other).enumerate() {
                between(&format!("{pointer}/{place}"), one, other, found);
            }
        }
        _ => found.push(Difference {
            pointer: pointer.to_owned(),
            stored: stored.clone(),
            recomputed: recomputed.clone(),
        }),
    }
}

fn members(
    pointer: &str,
    stored: &Map<String, Json>,
    recomputed: &Map<String, Json>,
    found: &mut Vec<Difference>,
) {
    let gone = recomputed.keys().filter(|key| !stored.contains_key(*key));
    let mut keys: Vec<&String> = stored.keys().chain(gone).collect();
    keys.sort();
    for key in keys {
        let at = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        let one = stored.get(key).unwrap_or(&Json::Null);
        let other = recomputed.get(key).unwrap_or(&Json::Null);
        between(&at, one, other, found);
    }
}

fn whole(pointer: &str, stored: &str, recomputed: &str) -> Difference {
    Difference {
        pointer: pointer.to_owned(),
        stored: stored.into(),
        recomputed: recomputed.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(stored: &str, recomputed: &str) -> Vec<String> {
        let found = differences("/inputs", stored, recomputed);
        found.into_iter().map(|it| it.pointer).collect()
    }

    #[test]
    fn the_deepest_place_is_named() {
        assert_eq!(places(r#"{"a":1}"#, r#"{"a":1}"#), Vec::<String>::new());
        assert_eq!(
            places(
                r#"{"a":{"b/c":1,"d":2}}"#,
                r#"{"a":{"b/c":2,"d":2},"e":null}"#
            ),
            ["/inputs/a/b~1c"]
        );
        assert_eq!(
            places(r#"{"l":[1,2],"m":[1]}"#, r#"{"l":[1,3],"m":[1,2]}"#),
            ["/inputs/l/1", "/inputs/m"]
        );
    }

    #[test]
    fn other_bytes_and_no_json_at_all_are_differences_too() {
        assert_eq!(places(r#"{"a": 1}"#, r#"{"a":1}"#), ["/inputs"]);
        assert_eq!(places("{", r#"{"a":1}"#), ["/inputs"]);
    }
}
