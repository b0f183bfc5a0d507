//! `sanku rules check`: what is wrong with a document, and which boundary tests it lacks; without a database.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use crate::cli::outcome::{Failure, Format, Outcome, Verdict, out};
use crate::domain::drafting::boundary::{Boundary, count, in_period, required, shown, suggestions};
use crate::domain::drafting::cases::parted;
use crate::domain::drafting::check::{Finding, Severity, refused, static_check};
use crate::domain::drafting::tried::{TestCase, Tried};
use crate::domain::drafting::{shipped_cases, shipped_waivers};
use crate::domain::evaluate::Profile;
use crate::domain::field_error::Params;
use crate::domain::messages::{self, Lang};
use crate::domain::rules::{Library, RuleSet};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Documents in TOML or JSON; one that embeds another of them stands after it
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Test cases, as for run-cases; may be given again. Without it those that come with the shipped rule sets
    #[arg(long, value_name = "FILE")]
    cases: Vec<PathBuf>,
    /// Print the cases that are missing, in the form run-cases takes
    #[arg(long)]
    suggest: bool,
    #[arg(long, default_value = "table")]
    format: Format,
}

/// What was found of one document.
struct Checked {
    file: String,
    /// None where it could not be read.
    name: Option<String>,
    /// The first day of the period.
    from: Option<NaiveDate>,
    findings: Vec<Finding>,
    boundaries: usize,
    /// Those that come waived, each with the reason, where the document says the same there.
    waived: Vec<(Boundary, String)>,
    /// Each with the suggested case that shows it, where the search finds one.
    missing: Vec<(Boundary, Option<String>)>,
    suggested: Vec<Json>,
    /// The cases whose expectation does not hold.
    failed: Vec<Tried>,
}

pub fn run(args: &Args, lang: Lang) -> Outcome {
    let mut cases: Option<Vec<Json>> = None;
    for path in &args.cases {
        cases.get_or_insert_default().extend(list(path, lang)?);
    }
    let mut library = Library::shipped().clone();
    let mut checked = Vec::new();
    for file in &args.files {
        checked.extend(check(file, cases.as_deref(), &mut library, lang)?);
    }
    if args.suggest {
        let cases: Vec<&Json> = checked.iter().flat_map(|it| &it.suggested).collect();
        let text = serde_json::to_string_pretty(&json!({ "cases": cases }))
            .map_err(|error| Failure::Could(error.to_string()))?;
        out(text)?;
    } else {
        match args.format {
            Format::Json => out(json!({
                "rule_sets": checked.iter().map(|it| it.json(lang)).collect::<Vec<Json>>(),
            }))?,
            Format::Table => checked.iter().try_for_each(|it| it.table(lang))?,
        }
    }
    Ok(match checked.iter().any(Checked::is_faulty) {
        true => Verdict::No,
        false => Verdict::Done,
    })
}

/// One for each period in which the document reads alike, each with the cases of its days.
fn check(
    path: &Path,
    cases: Option<&[Json]>,
    library: &mut Library,
    lang: Lang,
) -> Result<Vec<Checked>, Failure> {
    let file = path.display().to_string();
    let document = super::document::read(path)?;
    let periods = match library.read_periods(&file, &document) {
        Ok(periods) => periods,
        Err(error) => {
            return Ok(vec![Checked {
                file,
                name: None,
                from: None,
                findings: refused(&error),
                boundaries: 0,
                waived: Vec::new(),
                missing: Vec::new(),
                suggested: Vec::new(),
                failed: Vec::new(),
            }]);
        }
    };
    let mut checked = Vec::new();
    for (index, set) in periods.iter().enumerate() {
        // What the shipped cases expect holds of the shipped version; of another they only show its boundaries.
        let must_hold = cases.is_some() || Library::shipped().iter().any(|it| it.hash == set.hash);
        let own = shipped_cases(&set.code, &set.name);
        let cases = read_cases(cases.unwrap_or(&own), set, lang)?;
        let profiles = cases.iter().map(|it| it.profile().clone()).collect();
        let profiles: Vec<Profile> = in_period(&periods, index, profiles);
        let tried = cases.iter().map(|it| it.try_on(&periods));
        let (waived, missing) = lacking(set, &profiles);
        let (found, suggested) = suggestions(set, &missing);
        checked.push(Checked {
            file: file.clone(),
            name: Some(set.name.clone()),
            from: Some(set.effective_from),
            findings: static_check(set, library),
            boundaries: count(set),
            waived,
            missing: missing.into_iter().zip(found).collect(),
            suggested,
            // Of several periods once: each case is tried on that of its day.
            failed: tried
                .filter(|it| index == 0 && !it.passed && must_hold)
                .collect(),
        });
    }
    // So that a later document may embed this one; the shipped ones are there already.
    let _ = library.add(&file, document);
    Ok(checked)
}

/// What no case shows: what comes waived, where the document says the same there, and what is missing.
fn lacking(set: &RuleSet, profiles: &[Profile]) -> (Vec<(Boundary, String)>, Vec<Boundary>) {
    let shown = shown(set, profiles);
    let known = Library::shipped().named(&set.name);
    let known = known.map(|it| shipped_waivers(it)).unwrap_or_default();
    let (mut waived, mut missing) = (Vec::new(), Vec::new());
    for boundary in required(set) {
        if shown.contains(&boundary.id) {
            continue;
        }
        let waiver = known
            .iter()
            .find(|(of, _)| of.is(&boundary.id, &boundary.place_hash));
        match waiver {
            Some((_, reason)) => waived.push((boundary, reason.clone())),
            None => missing.push(boundary),
        }
    }
    (waived, missing)
}

impl Checked {
    fn is_faulty(&self) -> bool {
        let errors = self.findings.iter();
        let mut errors = errors.filter(|it| it.severity == Severity::Error);
        errors.next().is_some() || !self.missing.is_empty() || !self.failed.is_empty()
    }

    fn covered(&self) -> usize {
        self.boundaries - self.waived.len() - self.missing.len()
    }

    fn json(&self, lang: Lang) -> Json {
        let findings = self.findings.iter().map(|it| {
            json!({
                "code": it.code,
                "severity": it.severity.as_str(),
                "place": it.place,
                "text": it.text(lang),
            })
        });
        let waived = self
            .waived
            .iter()
            .map(|(it, reason)| json!({ "id": it.id, "text": it.text(lang), "reason": reason }));
        let missing = self
            .missing
            .iter()
            .map(|(it, case)| json!({ "id": it.id, "text": it.text(lang), "case": case }));
        json!({
            "file": self.file,
            "rule_set": self.name,
            "from": self.from,
            "findings": findings.collect::<Vec<Json>>(),
            "boundaries": self.boundaries,
            "covered": self.covered(),
            "waived": waived.collect::<Vec<Json>>(),
            "missing": missing.collect::<Vec<Json>>(),
            "failed": self.failed,
        })
    }

    fn table(&self, lang: Lang) -> Result<(), Failure> {
        out(self.head(lang))?;
        for finding in &self.findings {
            let place = match finding.place.as_str() {
                "" => String::new(),
                place => format!("{place}: "),
            };
            let severity = finding.severity.as_str();
            out(format_args!(
                "  {severity:<8} {place}{}",
                finding.text(lang)
            ))?;
        }
        for (it, reason) in &self.waived {
            out(format_args!("  {:<8} {:<36} {reason}", "WAIVED", it.id))?;
        }
        for (it, _) in &self.missing {
            let text = it.text(lang);
            out(format_args!("  {:<8} {:<36} {text}", "MISSING", it.id))?;
        }
        for it in &self.failed {
            let told = parted(&it.expected, &it.got, lang);
            out(format_args!("  {:<8} {:<36} {told}", "FAILED", it.id))?;
        }
        Ok(())
    }

    fn head(&self, lang: Lang) -> String {
        let mut params: Params = vec![
            ("name", self.name.clone().unwrap_or("-".into())),
            ("file", self.file.clone()),
            ("boundaries", self.boundaries.to_string()),
            ("covered", self.covered().to_string()),
        ];
        match self.from {
            None => messages::text("cli.rules.covered", lang, &params),
            Some(day) => {
                params.push(("from", day.to_string()));
                messages::text("cli.rules.covered_from", lang, &params)
            }
        }
    }
}

/// The cases of a file, not read yet.
fn list(path: &Path, lang: Lang) -> Result<Vec<Json>, Failure> {
    let file = super::document::read(path)?;
    let cases = file.get("cases").and_then(Json::as_array);
    cases.cloned().ok_or_else(|| {
        let why = messages::text("cli.rules.no_cases", lang, &Params::new());
        Failure::Use(format!("{}: {why}", path.display()))
    })
}

/// The cases that expect something of this rule set; the others do not test it.
fn read_cases(cases: &[Json], set: &RuleSet, lang: Lang) -> Result<Vec<TestCase>, Failure> {
    let mut read = Vec::new();
    for case in cases {
        match TestCase::read(case, set) {
            Ok(case) => read.push(case),
            Err(fault) if fault.code == "rule_case.nothing_expected" => {}
            Err(fault) => {
                let id = case["id"].to_string();
                return Err(Failure::Use(super::document::case_fault(&id, &fault, lang)));
            }
        }
    }
    Ok(read)
}
