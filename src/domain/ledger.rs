//! The ledger's arithmetic: canonical bytes of an entry and the RFC 6962 tree over them.
//!
//! An entry is a JSON object in RFC 8785 form. Its leaf hash is `SHA-256(0x00 ‖ bytes)`, an inner node is
//! `SHA-256(0x01 ‖ left ‖ right)`. The frontier keeps one hash for each full subtree, so appending costs
//! one hash on average and the root can be had at any size without reading an older entry.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::date;

pub type Hash = [u8; 32];

/// An event written down, before it has a place in the ledger. Only an [`crate::event::Event`] becomes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub kind: &'static str,
    pub subject: Subject,
    /// Whoever records it hears why it cannot be written down.
    body: Result<Canonical, NotCanonical>,
}

/// By whom an entry is, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// A user's id, `api-client:…`, or `system:…` for clocked work, the command line and who has not logged in yet.
    pub actor: String,
    /// As the log names the request; what came by no request bears the actor's name.
    pub request_id: String,
    /// The key that an API client used (`api-key:…`), or who was logged in at the machine (`login:…`).
    pub through: Option<String>,
}

impl Origin {
    /// Of what came by no request.
    pub fn system(actor: &str) -> Self {
        Origin {
            actor: actor.into(),
            request_id: actor.into(),
            through: None,
        }
    }
}

/// JSON in the form that is hashed (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical(String);

/// What an event is about. Everything that concerns an enterprise has the enterprise as its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: &'static str,
    pub id: String,
}

impl Written {
    pub(crate) fn new(
        kind: &'static str,
        subject: Subject,
        body: Result<Canonical, NotCanonical>,
    ) -> Self {
        Written {
            kind,
            subject,
            body,
        }
    }
}

impl Canonical {
    pub fn of_body(body: &impl Serialize) -> Result<Canonical, NotCanonical> {
        let value = serde_json::to_value(body).map_err(|e| NotCanonical::Form(e.to_string()))?;
        Canonical::of(&value)
    }

    pub fn of(value: &Value) -> Result<Canonical, NotCanonical> {
        check_numbers(value, "")?;
        let text = if is_plain(value) {
            serde_json::to_string(value).map_err(|e| e.to_string())
        } else {
            serde_json_canonicalizer::to_string(value).map_err(|e| e.to_string())
        };
        text.map(Canonical).map_err(NotCanonical::Form)
    }
}

impl Subject {
    pub fn new(kind: &'static str, id: impl Into<String>) -> Self {
        Subject {
            kind,
            id: id.into(),
        }
    }
}

/// Why an event cannot be written down exactly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    #[error("number at {0} is a fraction or beyond 2^53; write it as text")]
    Number(String),
    #[error("event cannot be written as RFC 8785 JSON: {0}")]
    Form(String),
}

/// The canonical text of an entry: the bytes that are hashed, and the only form in which it is stored.
pub fn entry_text(
    seq: i64,
    recorded_at: DateTime<Utc>,
    origin: &Origin,
    event: &Written,
) -> Result<String, NotCanonical> {
    let body = event.body.as_ref().map_err(NotCanonical::clone)?;
    let through = match &origin.through {
        None => String::new(),
        Some(through) => format!(r#","through":{}"#, text(through)?),
    };
    // The members in the order of RFC 8785.
    Ok(format!(
        r#"{{"actor":{},"body":{},"kind":{},"recorded_at":"{}","request_id":{},"seq":{seq},"subject":{{"id":{},"kind":{}}}{through}}}"#,
        text(&origin.actor)?,
        body.0,
        text(event.kind)?,
        recorded_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        text(&origin.request_id)?,
        text(&event.subject.id)?,
        text(event.subject.kind)?,
    ))
}

/// Texts look alike in both writers.
fn text(value: &str) -> Result<String, NotCanonical> {
    serde_json::to_string(value).map_err(|e| NotCanonical::Form(e.to_string()))
}

/// An entry read back.
#[derive(Debug, Clone, Deserialize)]
pub struct Told {
    pub seq: i64,
    pub recorded_at: DateTime<Utc>,
    pub actor: String,
    pub kind: String,
    pub subject: ToldOf,
    pub body: Value,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ToldOf {
    pub kind: String,
    pub id: String,
}

impl Told {
    pub fn read(entry: &str) -> Result<Told, serde_json::Error> {
        serde_json::from_str(entry)
    }

    /// A day that its body names.
    pub fn day(&self, member: &str) -> Option<NaiveDate> {
        date::parse(self.body[member].as_str()?).ok()
    }
}

/// Refuses what two JSON readers may read differently: fractions, and integers a double cannot hold.
fn check_numbers(value: &Value, at: &str) -> Result<(), NotCanonical> {
    const LIMIT: u64 = 1 << 53;
    match value {
        Value::Number(n) => match (n.as_u64(), n.as_i64()) {
            (Some(n), _) if n <= LIMIT => Ok(()),
            (None, Some(n)) if n.unsigned_abs() <= LIMIT => Ok(()),
            _ => Err(NotCanonical::Number(at.to_string())),
        },
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(i, item)| check_numbers(item, &format!("{at}/{i}"))),
        Value::Object(fields) => fields.iter().try_for_each(|(key, item)| match item {
            Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                check_numbers(item, &format!("{at}/{key}"))
            }
            _ => Ok(()),
        }),
        _ => Ok(()),
    }
}

/// Whether serde_json writes checked JSON as RFC 8785 wants it, which it does many times faster than the library for that:
/// the order of ASCII names by bytes is also theirs by UTF-16.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(fields) => {
            let ordered = fields.keys().is_sorted() && fields.keys().all(|key| key.is_ascii());
            ordered && fields.values().all(is_plain)
        }
        _ => true,
    }
}

/// Lower-case hexadecimal, as hashes are written everywhere.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|it| char::from(DIGITS[usize::from(it)]))
        .collect()
}

pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new()
        .chain_update([0u8])
        .chain_update(entry)
        .finalize()
        .into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1u8])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

/// The full subtrees of a tree of `size` leaves, largest first: one for each bit set in `size`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// Reads back what `bytes` wrote; `None` if the number of hashes does not fit the size.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && hashes.len() == size.count_ones() as usize;
        fits.then(|| Frontier {
            size,
            subtrees: hashes.to_vec(),
        })
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.subtrees.concat()
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// The leaves that the smallest subtree stands for, the last ones, and its hash; `None` for the empty tree.
    pub fn smallest(&self) -> Option<(u64, Hash)> {
        let hash = self.subtrees.last()?;
        Some((1 << self.size.trailing_zeros(), *hash))
    }

    pub fn append(&mut self, leaf: Hash) {
        let mut subtree = leaf;
        // Each trailing one of the size is a full subtree as large as the one in hand: join them.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                subtree = node_hash(&left, &subtree);
            }
        }
        self.subtrees.push(subtree);
        self.size += 1;
    }

    /// The Merkle tree hash of RFC 6962 §2.1; for the empty tree the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut from_the_right = self.subtrees.iter().rev();
        match from_the_right.next() {
            None => Sha256::digest([]).into(),
            Some(last) => from_the_right.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;
    use serde_json::json;

    fn written(id: &str, body: &Value) -> Written {
        Written::new(
            "TESTED",
            Subject::new("enterprise", id),
            Canonical::of(body),
        )
    }

    #[test]
    fn root_agrees_with_an_independent_tree_at_every_size() {
        let mut ours = Frontier::default();
        let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        assert_eq!(hex(&ours.root()), EMPTY_ROOT);
        for n in 0..300u32 {
            let entry = format!("entry {n}").into_bytes();
            ours.append(leaf_hash(&entry));
            oracle.push(entry);
            assert_eq!(
                ours.root().as_slice(),
                oracle.root().as_bytes().as_slice(),
                "size {n}"
            );
            let copy = Frontier::from_bytes(ours.size(), &ours.bytes());
            assert_eq!(copy.as_ref(), Some(&ours));
        }
        assert_eq!(Frontier::from_bytes(3, &ours.bytes()), None);
    }

    #[test]
    fn an_entry_is_canonical_and_refuses_inexact_numbers() {
        let at = DateTime::from_timestamp_micros(1_780_000_000_000_001).expect("instant");
        let event = written("e1", &json!({"b": 1, "a": "5.00"}));
        assert_eq!(
            entry_text(7, at, &Origin::system("system:cli"), &event).expect("canonical"),
            r#"{"actor":"system:cli","body":{"a":"5.00","b":1},"kind":"TESTED","recorded_at":"2026-05-28T20:26:40.000001Z","request_id":"system:cli","seq":7,"subject":{"id":"e1","kind":"enterprise"}}"#
        );
        for bad in [json!({"x": 1.5}), json!({"x": [9_007_199_254_740_993u64]})] {
            let event = written("e1", &bad);
            assert!(matches!(
                entry_text(7, at, &Origin::system("system:cli"), &event),
                Err(NotCanonical::Number(_))
            ));
        }
    }

    proptest! {
        /// The entry is put together from parts: whole it has to be what the library makes of the whole.
        #[test]
        fn an_entry_is_canonical_whatever_it_tells(
            actor in "\\PC{0,12}|[\\x00-\\x7f]{0,12}",
            id in "\\PC{0,12}|[\\x00-\\x7f]{0,12}",
            request_id in "\\PC{0,12}|[\\x00-\\x7f]{0,12}",
            through in prop::option::of("\\PC{0,12}|[\\x00-\\x7f]{0,12}"),
            keys in prop::collection::vec("\\PC{0,6}|[\\x00-\\x7f]{0,3}", 0..6),
            values in prop::collection::vec("\\PC{0,6}|[\\x00-\\x1f]{0,4}", 6),
            seq in 1i64..(1 << 53),
            micros in 0i64..4_102_444_800_000_000,
        ) {
            let at = DateTime::from_timestamp_micros(micros).expect("instant");
            let body: Value = keys.into_iter().zip(values).map(|(k, v)| (k, json!([v, seq, -seq, null]))).collect();
            let event = written(&id, &body);
            let mut whole = json!({
                "seq": seq, "actor": actor, "body": body, "kind": "TESTED", "request_id": request_id,
                "recorded_at": at.to_rfc3339_opts(SecondsFormat::Micros, true),
                "subject": { "kind": "enterprise", "id": id },
            });
            if let Some(through) = &through {
                whole["through"] = json!(through);
            }
            let origin = Origin { actor, request_id, through };
            prop_assert_eq!(
                entry_text(seq, at, &origin, &event).expect("entry"),
                serde_json_canonicalizer::to_string(&whole).expect("whole")
            );
        }
    }

    const EMPTY_ROOT: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
}
