//! Reads JSON and query strings strictly: what is unknown, double or of the wrong type is told by place, never ignored.
//!
//! serde_json alone keeps the last of two equal keys, and its errors are English sentences. So the text becomes a small
//! tree first, and the tree is read into the wanted type by a deserializer whose errors are codes with pointers.

mod fault;
mod fields;
mod tree;

use serde::de::DeserializeOwned;

use crate::domain::field_error::FieldError;

use fault::MOST_ERRORS;

pub use fault::JsonFault;
pub use tree::Tree;

/// A larger body is told its first fault only: looking for the others reads it again for each.
const MOST_REREAD: usize = 500;

pub fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, JsonFault> {
    let tree = tree::parse(text)?;
    let small = tree.has_at_most(MOST_REREAD);
    // Nearly every body is good: what is not is parsed again rather than every one copied.
    T::deserialize(fields::Reader::new(tree)).or_else(|fault| {
        let rest = small.then(|| tree::parse(text)).transpose()?;
        Err(JsonFault::Fields(all_faults::<T>(fault, rest)))
    })
}

pub fn read_tree<T: DeserializeOwned>(tree: Tree) -> Result<T, Vec<FieldError>> {
    let rest = tree.has_at_most(MOST_REREAD).then(|| tree.clone());
    T::deserialize(fields::Reader::new(tree)).map_err(|fault| all_faults::<T>(fault, rest))
}

fn all_faults<T: DeserializeOwned>(first: fields::Fault, rest: Option<Tree>) -> Vec<FieldError> {
    let mut errors = first.into_errors();
    if let Some(mut rest) = rest {
        find_more::<T>(&mut rest, &mut errors);
    }
    errors
}

/// Reading ends at the first wrong type: without the members already told of, the next fault comes to light.
fn find_more<T: DeserializeOwned>(rest: &mut Tree, errors: &mut Vec<FieldError>) {
    let mut told = 0;
    while told < errors.len() && errors.len() < MOST_ERRORS {
        errors[told..]
            .iter()
            .for_each(|it| rest.remove(&it.pointer));
        told = errors.len();
        let Err(fault) = T::deserialize(fields::Reader::new(rest.clone())) else {
            return;
        };
        let news = fault.into_errors().into_iter();
        let news: Vec<FieldError> = news.filter(|new| !is_told(new, errors)).collect();
        errors.extend(news);
    }
}

/// By its place, or as what a misspelt name stands for: that member is missing then, but that is no other fault.
fn is_told(new: &FieldError, errors: &[FieldError]) -> bool {
    errors.iter().any(|told| {
        let mut meant = told.params.iter().filter(|(key, _)| *key == "nearest");
        told.pointer == new.pointer
            || meant.any(|(_, name)| new.pointer.rsplit('/').next() == Some(name))
    })
}

#[cfg(test)]
mod tests {
    use super::fault::{MAX_DEPTH, MAX_MEMBERS, MAX_VALUES, step};
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Firm {
        name: String,
        staff: u32,
        listed: Option<bool>,
        #[serde(default)]
        contact: Option<Contact>,
        #[serde(default)]
        tags: Vec<Tag>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Contact {
        phone: String,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "UPPERCASE")]
    enum Tag {
        New,
        Old,
    }

    fn faults(text: &str) -> Vec<(String, &'static str)> {
        match read::<Firm>(text.as_bytes()) {
            Err(JsonFault::Fields(errors)) => {
                errors.into_iter().map(|e| (e.pointer, e.code)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn unreadable(text: &[u8]) -> &'static str {
        match read::<Firm>(text) {
            Err(JsonFault::Unreadable { code, .. }) => code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_good_body_is_read() {
        let text =
            r#"{"name":"甲","staff":7,"listed":null,"contact":{"phone":"1"},"tags":["NEW"]}"#;
        let firm: Firm = read(text.as_bytes()).unwrap();
        assert_eq!(
            (firm.name.as_str(), firm.staff, firm.listed),
            ("甲", 7, None)
        );
        assert_eq!(
            (firm.contact.unwrap().phone.as_str(), firm.tags),
            ("1", vec![Tag::New])
        );
    }

    #[test]
    fn every_unknown_field_is_named_with_the_nearest_known_one() {
        let Err(JsonFault::Fields(errors)) = read::<Firm>(br#"{"nmae":"a","staff":1,"zzzzzz":1}"#)
        else {
            panic!()
        };
        assert_eq!(errors.len(), 2);
        assert_eq!(
            (errors[0].pointer.as_str(), errors[0].code),
            ("/nmae", "field.unknown_near")
        );
        assert_eq!(errors[0].params, vec![("nearest", "name".to_string())]);
        assert_eq!(
            (errors[1].pointer.as_str(), errors[1].code),
            ("/zzzzzz", "field.unknown")
        );
    }

    #[test]
    fn wrong_types_are_told_by_place() {
        assert_eq!(
            faults(r#"{"name":1,"staff":1}"#),
            [("/name".into(), "field.type_text")]
        );
        assert_eq!(
            faults(r#"{"name":"a","staff":"1"}"#),
            [("/staff".into(), "field.type_integer")]
        );
        assert_eq!(
            faults(r#"{"name":"a","staff":1.0}"#),
            [("/staff".into(), "field.type_integer")]
        );
        assert_eq!(
            faults(r#"{"name":"a","staff":-1}"#),
            [("/staff".into(), "field.out_of_range")]
        );
        assert_eq!(
            faults(r#"{"name":"a","staff":1,"listed":"x"}"#),
            [("/listed".into(), "field.type_boolean")]
        );
        assert_eq!(
            faults(r#"{"name":"a","staff":1,"contact":[]}"#),
            [("/contact".into(), "field.type_object")]
        );
        assert_eq!(
            faults(r#"{"name":"a","staff":1,"tags":["NEW","BAD"]}"#),
            [("/tags/1".into(), "field.choice")]
        );
        assert_eq!(
            faults(r#"{"name":"a","staff":1,"contact":{}}"#),
            [("/contact/phone".into(), "field.required")]
        );
        assert_eq!(faults("[]"), [(String::new(), "field.type_object")]);
    }

    #[test]
    fn every_place_that_does_not_fit_is_told_at_once() {
        let several =
            r#"{"name":1,"staff":"x","listed":"x","contact":{"phone":2,"fax":3},"zzzzzz":1}"#;
        let mut told = faults(several);
        told.sort_unstable();
        assert_eq!(
            told,
            [
                ("/contact/fax".to_string(), "field.unknown"),
                ("/contact/phone".into(), "field.type_text"),
                ("/listed".into(), "field.type_boolean"),
                ("/name".into(), "field.type_text"),
                ("/staff".into(), "field.type_integer"),
                ("/zzzzzz".into(), "field.unknown"),
            ]
        );
        let tags = format!(
            r#"{{"name":1,"staff":1,"tags":[{}"X"]}}"#,
            r#""NEW","#.repeat(MOST_REREAD)
        );
        assert_eq!(faults(&tags).len(), 1);
    }

    #[test]
    fn what_is_not_json_is_unreadable() {
        assert_eq!(unreadable(b""), "request.body_missing");
        assert_eq!(unreadable(b"{\"name\":"), "request.json_unreadable");
        assert_eq!(
            unreadable(b"{\"name\":\"\xff\"}"),
            "request.json_unreadable"
        );
        assert_eq!(
            unreadable(br#"{"name":"a","name":"b"}"#),
            "request.json_double_key"
        );
        assert_eq!(
            unreadable(br#"{"contact":{"phone":"1","phone":"2"}}"#),
            "request.json_double_key"
        );
        assert_eq!(unreadable(br#"{"a":1} {"a":1}"#), "request.json_unreadable");
        assert_eq!(unreadable(&[b'['; 100_000]), "request.json_too_deep");
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(
            unreadable(deep(MAX_DEPTH + 1).as_bytes()),
            "request.json_too_deep"
        );
        assert_eq!(faults(&deep(MAX_DEPTH)).len(), 1);
    }

    #[test]
    fn there_are_only_so_many_members_and_values() {
        let members = |count: usize| {
            let members: Vec<String> = (0..count).map(|i| format!("\"k{i}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(faults(&members(MAX_MEMBERS)).len() <= 20);
        for text in [members(MAX_MEMBERS + 1), members(50_000)] {
            assert_eq!(unreadable(text.as_bytes()), "request.json_too_many");
        }
        let list = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
        assert_eq!(faults(&list(MAX_VALUES)).len(), 1);
        let more = list(MAX_VALUES + 1);
        assert_eq!(unreadable(more.as_bytes()), "request.json_too_many");
    }

    #[test]
    fn pointers_are_escaped_and_cut() {
        assert_eq!(step("a/b~c"), "/a~1b~0c");
        assert_eq!(step(&"长".repeat(500)).chars().count(), 66);
        assert_eq!(step("na\u{202e}me\u{0}"), "/na·me·");
    }
}
