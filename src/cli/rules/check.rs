//! `sanku rules check`: what is wrong with a document, and which boundary tests it lacks; without a database.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use crate::domain::evaluate::{Profile, profile_from_json};
use crate::domain::messages::{self, Lang};
use crate::domain::rules::boundary::{Missing, in_period, missing, required};
use crate::domain::rules::check::{Finding, Severity, refused, static_check};
use crate::domain::rules::{Library, RuleSet, shipped_cases};

use crate::cli::{Failure, Format, Outcome, Verdict, out};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Documents in TOML or JSON; one that embeds another of them stands after it
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Test cases, as for run-cases; without it those that come with the shipped rule sets
    #[arg(long, value_name = "FILE")]
    cases: Option<PathBuf>,
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
    missing: Vec<Missing>,
    suggested: Vec<Json>,
}

pub fn run(args: &Args, lang: Lang) -> Outcome {
    let cases = args.cases.as_deref();
    let cases = cases.map(|path| profiles(path, lang)).transpose()?;
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
    cases: Option<&[Profile]>,
    library: &mut Library,
    lang: Lang,
) -> Result<Vec<Checked>, Failure> {
    let file = path.display().to_string();
    let document = super::read(path)?;
    let periods = match library.read_periods(&file, &document) {
        Ok(periods) => periods,
        Err(error) => {
            return Ok(vec![Checked {
                file,
                name: None,
                from: None,
                findings: vec![refused(&error)],
                boundaries: 0,
                missing: Vec::new(),
                suggested: Vec::new(),
            }]);
        }
    };
    let mut checked = Vec::new();
    for (index, set) in periods.iter().enumerate() {
        let profiles = match cases {
            Some(given) => given.to_vec(),
            None => shipped(set, lang)?,
        };
        let profiles = in_period(&periods, index, profiles);
        let (missing, suggested) = missing(set, &profiles);
        checked.push(Checked {
            file: file.clone(),
            name: Some(set.name.clone()),
            from: Some(set.effective_from),
            findings: static_check(set, library),
            boundaries: required(set).len(),
            missing,
            suggested,
        });
    }
    // So that a later document may embed this one; the shipped ones are there already.
    let _ = library.add(&file, document);
    Ok(checked)
}

impl Checked {
    fn is_faulty(&self) -> bool {
        let errors = self.findings.iter();
        let mut errors = errors.filter(|it| it.severity == Severity::Error);
        errors.next().is_some() || self.missing.iter().any(|it| it.case.is_some())
    }

    fn covered(&self) -> usize {
        self.boundaries - self.missing.len()
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
        let missing = self.missing.iter().map(|it| {
            json!({
                "id": it.boundary.id,
                "text": it.boundary.text(lang),
                "case": it.case,
            })
        });
        json!({
            "file": self.file,
            "rule_set": self.name,
            "from": self.from,
            "findings": findings.collect::<Vec<Json>>(),
            "boundaries": self.boundaries,
            "covered": self.covered(),
            "missing": missing.collect::<Vec<Json>>(),
        })
    }

    fn table(&self, lang: Lang) -> Result<(), Failure> {
        let name = self.name.as_deref().unwrap_or("-");
        let from = self
            .from
            .map_or(String::new(), |day| format!(" from {day}"));
        out(format_args!(
            "{name}{from} ({}): {} boundary tests, {} covered",
            self.file,
            self.boundaries,
            self.covered()
        ))?;
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
        for missing in &self.missing {
            let word = match missing.case {
                Some(_) => "MISSING",
                None => "NOBODY",
            };
            let boundary = &missing.boundary;
            let text = boundary.text(lang);
            out(format_args!("  {word:<8} {:<36} {text}", boundary.id))?;
        }
        Ok(())
    }
}

fn shipped(set: &RuleSet, lang: Lang) -> Result<Vec<Profile>, Failure> {
    let cases = shipped_cases(&set.code, &set.name);
    of_cases(&cases, "shipped cases", lang)
}

fn profiles(path: &Path, lang: Lang) -> Result<Vec<Profile>, Failure> {
    let file = super::read(path)?;
    let cases = file.get("cases").and_then(Json::as_array);
    let cases = cases.ok_or_else(|| {
        let form = "has no list of cases: {\"cases\":[…]}";
        Failure::Use(format!("{}: {form}", path.display()))
    })?;
    of_cases(cases, &path.display().to_string(), lang)
}

fn of_cases(cases: &[Json], file: &str, lang: Lang) -> Result<Vec<Profile>, Failure> {
    let profile = |case: &Json| {
        profile_from_json(case, None).map_err(|error| {
            let (id, why) = (&case["id"], messages::of(&error, lang));
            Failure::Use(format!("{file}: case {id} {}: {why}", error.pointer))
        })
    };
    cases.iter().map(profile).collect()
}
