//! `sanku rules run-cases`: golden cases evaluated offline, without a database.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::cli::outcome::{Failure, Format, Outcome, Verdict, out};
use crate::domain::drafting::cases::{mismatches, run_cases};
use crate::domain::messages::Lang;
use crate::domain::rules::Library;

/// A case may tell what it expects (`expected`). With a table, an expectation that does not hold is the answer "no"; a
/// program gets the results and compares them itself.
pub fn run(files: &[PathBuf], format: Format, lang: Lang) -> Outcome {
    let mut asked: Vec<Json> = Vec::new();
    let mut results: Vec<Json> = Vec::new();
    for path in files {
        let file = read(path)?;
        let run = run_cases(Library::shipped(), &file).map_err(|fault| {
            let told = super::document::case_fault(&fault.case, &fault.error, lang);
            Failure::Use(format!("{}: {told}", path.display()))
        })?;
        asked.extend(list(&file));
        results.extend(list(&run));
    }
    let faults = faults(&asked, &results, lang);
    match format {
        Format::Json => out(json!({ "cases": results }))?,
        Format::Table => table(&results)?,
    }
    for fault in &faults {
        // Nothing is left to do if standard error is gone.
        let _ = writeln!(std::io::stderr(), "{fault}");
    }
    Ok(match format {
        Format::Table if !faults.is_empty() => Verdict::No,
        Format::Table | Format::Json => Verdict::Done,
    })
}

fn faults(asked: &[Json], results: &[Json], lang: Lang) -> Vec<String> {
    let pairs = asked.iter().zip(results);
    pairs
        .flat_map(|(case, run)| {
            let id = case["id"].as_str().unwrap_or("?").to_owned();
            let faults = mismatches(case, &run["results"], lang);
            faults
                .into_iter()
                .map(move |fault| format!("{id}: {fault}"))
        })
        .collect()
}

fn table(results: &[Json]) -> Result<(), Failure> {
    for case in results {
        let id = case["id"].as_str().unwrap_or("?");
        for (set, result) in case["results"].as_object().into_iter().flatten() {
            let text = |name: &str| result[name].as_str().unwrap_or("-").to_owned();
            let found = match (result.get("class"), result.get("pool")) {
                (Some(_), _) => text("class"),
                (None, Some(_)) => format!("{} {}", text("outcome"), text("pool")),
                (None, None) => format!("{} {}", text("outcome"), text("score")),
            };
            out(format_args!("{id:<24} {set:<32} {found}"))?;
        }
    }
    Ok(())
}

fn list(file: &Json) -> Vec<Json> {
    file["cases"].as_array().cloned().unwrap_or_default()
}

fn read(path: &Path) -> Result<Json, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Could(format!("{}: {error}", path.display())))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::Use(format!("{}: {error}", path.display())))
}
