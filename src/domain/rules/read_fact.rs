//! Reading the name of a fact.

use super::reader::{Node, Read};
use crate::facts::{FactId, UnknownFact, catalogue};

/// A fact of the catalogue.
pub fn fact(node: &Node) -> Read<FactId> {
    lookup(node, node.text()?)
}

/// The same, where the name is not the value but the key.
pub fn lookup(node: &Node, name: &str) -> Read<FactId> {
    let unknown = |unknown: UnknownFact| match unknown.nearest {
        Some(near) => node
            .error("rule_set.fact_unknown_near")
            .with("nearest", near),
        None => node.error("rule_set.fact_unknown"),
    };
    let found = catalogue().lookup(name);
    found.map_err(|it| unknown(it).with("fact", name))
}
