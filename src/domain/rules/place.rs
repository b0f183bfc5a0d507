//! Where something stands in a document, by the names people gave: `s_rd/brackets/0/at_least`, `item:rd/max`,
//! `pool:SPRINT/need`, `moves/keep_percent`. Unlike a JSON pointer it stays the same when something is put before it.

use serde_json::{Map, Value as Json};

/// A table of a document that has a name of its own, and its JSON pointer.
#[derive(Debug, Clone)]
pub struct NamedTable<'j> {
    /// `s_rd`, `item:rd`, `pool:SPRINT`.
    pub name: String,
    pub kind: Kind,
    pub pointer: String,
    pub table: &'j Map<String, Json>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Criterion,
    Item,
    Block,
    Gate,
    Pool,
    Industry,
}

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::Criterion,
        Self::Item,
        Self::Block,
        Self::Gate,
        Self::Pool,
        Self::Industry,
    ];

    /// The key of the list.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Criterion => "criterion",
            Self::Item => "item",
            Self::Block => "block",
            Self::Gate => "gate",
            Self::Pool => "pool",
            Self::Industry => "industry",
        }
    }

    /// The key by which one of the list is told from the others.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Pool | Self::Industry => "code",
            Self::Criterion | Self::Item | Self::Block | Self::Gate => "id",
        }
    }

    fn name(self, id: &str) -> String {
        match self {
            // Criteria are what people speak of; their ids are unique in a rule set.
            Self::Criterion => id.to_owned(),
            _ => format!("{}:{id}", self.key()),
        }
    }
}

impl<'j> NamedTable<'j> {
    /// All named tables of a document, those within gates and pools after them.
    pub fn all(document: &'j Json) -> Vec<NamedTable<'j>> {
        let mut found = Vec::new();
        for kind in Kind::ALL {
            for place in listed(document, "", kind) {
                let inner = &document[kind.key()][place_index(&place.pointer)];
                let criteria = match kind {
                    Kind::Gate | Kind::Pool => listed(inner, &place.pointer, Kind::Criterion),
                    _ => Vec::new(),
                };
                found.push(place);
                found.extend(criteria);
            }
        }
        found
    }

    /// The JSON pointer of a place.
    pub fn pointer(document: &Json, place: &str) -> Option<String> {
        let (head, rest) = match place.split_once('/') {
            Some((head, rest)) => (head, format!("/{rest}")),
            None => (place, String::new()),
        };
        let named = NamedTable::all(document)
            .into_iter()
            .find(|it| it.name == head);
        let pointer = match named {
            Some(found) => found.pointer + &rest,
            None => format!("/{head}{rest}"),
        };
        document.pointer(&pointer).map(|_| pointer)
    }
}

fn place_index(pointer: &str) -> usize {
    let last = pointer.rsplit('/').next();
    last.and_then(|it| it.parse().ok()).unwrap_or(usize::MAX)
}

/// The tables of one list that have an id.
fn listed<'j>(json: &'j Json, above: &str, kind: Kind) -> Vec<NamedTable<'j>> {
    let items = json.get(kind.key()).and_then(Json::as_array);
    let items = items.map_or(&[][..], Vec::as_slice);
    let named = items.iter().enumerate().filter_map(|(index, item)| {
        let table = item.as_object()?;
        Some(NamedTable {
            name: kind.name(table.get(kind.id())?.as_str()?),
            kind,
            pointer: format!("{above}/{}/{index}", kind.key()),
            table,
        })
    });
    named.collect()
}

/// `above: key`, as faults of documents name places.
pub fn join(above: &str, key: &str) -> String {
    if above.is_empty() {
        key.to_owned()
    } else {
        format!("{above}: {key}")
    }
}

/// A key as it stands in a JSON pointer.
pub fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Library;

    #[test]
    fn places_of_a_document_lead_to_where_they_stand() {
        let document = &Library::shipped().named("POOLS").unwrap().document;
        for (place, pointer) in [
            (
                "s_rd/brackets/0/at_least",
                "/pool/0/criterion/2/brackets/0/at_least",
            ),
            ("pool:STARTER/need", "/pool/2/need"),
            ("gate:territory", "/gate/2"),
            ("moves/keep_percent", "/moves/keep_percent"),
        ] {
            assert_eq!(
                NamedTable::pointer(document, place).as_deref(),
                Some(pointer)
            );
        }
        for nothing in ["s_rd/brackets/9", "nothing", "item:rd", ""] {
            assert_eq!(NamedTable::pointer(document, nothing), None, "{nothing}");
        }
    }

    #[test]
    fn no_two_places_share_a_name() {
        for set in Library::shipped().iter() {
            let mut names: Vec<String> = NamedTable::all(&set.document)
                .into_iter()
                .map(|it| it.name)
                .collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{}", set.name);
        }
    }
}
