//! Documents and cases as files, and what is wrong with a case.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::cli::outcome::Failure;
use crate::domain::field_error::{FieldError, Params};
use crate::domain::messages::{self, Lang};

/// What is wrong with a case.
pub(super) fn case_fault(id: &str, fault: &FieldError, lang: Lang) -> String {
    let params: Params = vec![
        ("id", id.to_owned()),
        ("pointer", fault.pointer.clone()),
        ("why", messages::of(fault, lang)),
    ];
    messages::text("cli.rules.case_fault", lang, &params)
}

/// JSON by its ending, else TOML; both are the same document.
pub(super) fn read(file: &Path) -> Result<Json, Failure> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::Could(format!("{}: {error}", file.display())))?;
    let is_json = file.extension().is_some_and(|it| it == "json");
    let read = match is_json {
        true => serde_json::from_str(&text).map_err(|error| error.to_string()),
        false => toml::from_str(&text).map_err(|error| error.to_string()),
    };
    read.map_err(|error| Failure::Use(format!("{}: {error}", file.display())))
}
