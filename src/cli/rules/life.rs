//! The life of a rule set on the command line: draft, test, approve, publish, retire; what there is, and what changed.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::{Value as Json, json};

use super::document::read;
use super::person;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::documents::{self, Document, DocumentVersion, Seen, TestRunView};
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::rules::face::{RuleVersionItem, RuleVersions};
use crate::app::rules::{self, RULE_SETS};
use crate::cli::outcome::{Failure, Format, Outcome, Verdict, out, printed, refused, told_of};
use crate::config::Config;
use crate::domain::access::ApproveRules;
use crate::domain::at::At;
use crate::domain::date;
use crate::domain::drafting::cases::parted;
use crate::domain::field_error::Params;
use crate::domain::messages::{self, Lang};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Draft a document (TOML or JSON) as the next version of its rule set
    Draft {
        file: PathBuf,
        /// Put it in the place of this draft instead
        #[arg(long, value_name = "N")]
        replace: Option<i64>,
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Run the test cases of a draft; exit code 1 if it could not be published as it is
    Test {
        code: String,
        version: i64,
        /// Add these cases first; one whose id is there already takes its place
        #[arg(long, value_name = "FILE")]
        cases: Option<PathBuf>,
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Approve what somebody else has drafted
    Approve(Approval),
    /// Publish an approved version; exit code 1 if tests fail or lack
    Publish {
        code: String,
        version: i64,
        /// The first day it is in force: the one the document says and was approved for
        #[arg(long, value_name = "DAY")]
        from: Option<String>,
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Take a version out that is not published
    Withdraw {
        code: String,
        version: i64,
        #[arg(long)]
        reason: Option<String>,
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Retire a rule set: from the day after, no version is in force
    Retire {
        code: String,
        /// The last day it is in force
        #[arg(long, value_name = "DAY")]
        until: String,
        #[arg(long)]
        reason: String,
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// What changed from version N to version M, in words
    Diff {
        code: String,
        #[arg(value_name = "N")]
        from: i64,
        #[arg(value_name = "M")]
        to: i64,
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// List all versions with their state, of one rule set or of all
    List {
        code: Option<String>,
        /// The day they are shown for; today if not given
        #[arg(long, value_name = "DAY")]
        as_of: Option<String>,
        #[arg(long, default_value = "table")]
        format: Format,
    },
}

#[derive(Debug, clap::Args)]
pub struct Approval {
    code: String,
    version: i64,
    /// The account that approves
    #[arg(long = "as", value_name = "NAME")]
    by: String,
    /// Read its password from the first line of standard input
    #[arg(long, required = true)]
    password_stdin: bool,
    /// Take the own approval back instead, before the version is published
    #[arg(long, conflicts_with_all = ["reason", "from"])]
    take_back: bool,
    /// The day it is approved for, as the document says
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    #[arg(long)]
    reason: Option<String>,
    #[arg(long, default_value = "table")]
    format: Format,
}

pub fn run(command: Command, app: &App, config: &Config) -> Outcome {
    let desk = Desk {
        app,
        lang: config.lang(),
    };
    match command {
        Command::Draft {
            file,
            replace,
            format,
        } => desk.draft(&file, replace, format),
        Command::Test {
            code,
            version,
            cases,
            format,
        } => desk.test(&code, version, cases.as_deref(), format),
        Command::Approve(approval) => desk.approve(&approval),
        Command::Publish {
            code,
            version,
            from,
            format,
        } => desk.publish(&code, version, from.as_deref(), format),
        Command::Withdraw {
            code,
            version,
            reason,
            format,
        } => desk.withdraw(&code, version, reason.as_deref(), format),
        Command::Retire {
            code,
            until,
            reason,
            format,
        } => desk.retire(&code, &until, &reason, format),
        Command::Diff {
            code,
            from,
            to,
            format,
        } => desk.diff(&code, from, to, format),
        Command::List {
            code,
            as_of,
            format,
        } => desk.list(code.as_deref(), as_of.as_deref(), format),
    }
}

struct Desk<'a> {
    app: &'a App,
    lang: Lang,
}

impl Desk<'_> {
    fn draft(&self, file: &Path, replace: Option<i64>, format: Format) -> Outcome {
        let document = read(file)?;
        let code = document["code"].as_str().unwrap_or_default().to_owned();
        let caller = Caller::operator();
        // What is wrong with the code is wrong with the document.
        let rule_set = rules::named_in(self.app, &document);
        let rule_set = rule_set.map_err(|error| self.told_of(error, &code))?;
        let done = match replace {
            None => documents::draft(self.app, &caller, &rule_set, &document),
            Some(number) => {
                let any = Expected::Any;
                documents::edit(self.app, &caller, &rule_set, number, &any, &document)
            }
        };
        let named = replace.map_or(code.clone(), |number| of(&code, number));
        self.shown(done.map(|done| done.value), &named, format)
    }

    fn test(&self, code: &str, version: i64, cases: Option<&Path>, format: Format) -> Outcome {
        let (caller, rule_set) = (Caller::operator(), self.rule_set(code)?);
        if let Some(file) = cases {
            let file = read(file)?;
            let cases = file["cases"].as_array().map_or(&[][..], Vec::as_slice);
            documents::add_cases(self.app, &caller, &rule_set, version, cases)
                .map_err(|error| self.told_of(error, &of(code, version)))?;
        }
        let done = documents::test(self.app, &caller, &rule_set, version);
        let run = done.map_err(|error| self.told_of(error, &of(code, version)))?;
        let run = run.value;
        let ready = run.report.admit(self.lang).is_ok();
        match format {
            Format::Json => out(tested(&run, ready))?,
            Format::Table => self.report(&run, ready)?,
        }
        Ok(match ready {
            true => Verdict::Done,
            false => Verdict::No,
        })
    }

    fn report(&self, run: &TestRunView, ready: bool) -> Result<(), Failure> {
        let report = &run.report;
        for it in report.results.iter().filter(|it| !it.passed) {
            out(format_args!(
                "{}: {}",
                it.id,
                parted(&it.expected, &it.got, self.lang)
            ))?;
        }
        for it in &report.findings {
            let severity = if it.error { "ERROR" } else { "WARNING" };
            out(format_args!(
                "{severity} {}: {}",
                it.place,
                self.lang.pick(&it.zh, &it.en)
            ))?;
        }
        for it in &report.waived {
            let waiver = &it.waiver;
            let what = self.lang.pick(&waiver.zh, &waiver.en);
            out(format_args!("WAIVED {}: {what}: {}", it.id, waiver.reason))?;
        }
        for it in &report.missing {
            out(format_args!(
                "MISSING {}: {}",
                it.id,
                self.lang.pick(&it.zh, &it.en)
            ))?;
        }
        out(self.tested(run, ready))
    }

    fn tested(&self, run: &TestRunView, ready: bool) -> String {
        let report = &run.report;
        let params: Params = vec![
            ("code", run.code.clone()),
            ("version", run.version.to_string()),
            ("cases", report.results.len().to_string()),
            ("failed", report.failed().to_string()),
            ("required", report.required.to_string()),
            ("waived", report.waived.len().to_string()),
            ("missing", report.missing.len().to_string()),
        ];
        let tested = messages::text("cli.rules.tested", self.lang, &params);
        let code = match ready {
            true => "cli.rules.ready",
            false => "cli.rules.not_ready",
        };
        messages::text(code, self.lang, &vec![("tested", tested)])
    }

    /// A person logs in for this one step, so that the maker is never the checker here either.
    fn approve(&self, asked: &Approval) -> Outcome {
        let (code, version) = (asked.code.as_str(), asked.version);
        let rule_set = self.rule_set(code)?;
        let seen = Seen {
            version: Expected::NotGiven,
            day: self.day(asked.from.as_deref())?,
        };
        let reason = asked.reason.as_deref();
        let act = |caller: &Caller<ApproveRules>| match asked.take_back {
            true => documents::take_back_approval(self.app, caller, &rule_set, version),
            false => documents::approve(self.app, caller, &rule_set, version, &seen, reason),
        };
        let done = person::acting(self.app, self.lang, &asked.by, act)?;
        self.shown(
            done.map(|done| done.value),
            &of(code, version),
            asked.format,
        )
    }

    fn publish(&self, code: &str, version: i64, from: Option<&str>, format: Format) -> Outcome {
        let day = self.day(from)?;
        let (caller, rule_set) = (Caller::operator(), self.rule_set(code)?);
        let done = documents::publish(self.app, &caller, &rule_set, version, day);
        self.shown(done.map(|done| done.value), &of(code, version), format)
    }

    fn withdraw(&self, code: &str, version: i64, reason: Option<&str>, format: Format) -> Outcome {
        let (caller, rule_set) = (Caller::operator(), self.rule_set(code)?);
        let done = documents::withdraw(self.app, &caller, &rule_set, version, reason);
        self.shown(done.map(|done| done.value), &of(code, version), format)
    }

    fn retire(&self, code: &str, until: &str, reason: &str, format: Format) -> Outcome {
        let (caller, rule_set) = (Caller::operator(), self.rule_set(code)?);
        let done = documents::retire(self.app, &caller, &rule_set, Some(until), Some(reason));
        let retired = done.map_err(|error| self.told_of(error, code))?.value;
        match format {
            Format::Json => printed(&retired)?,
            Format::Table => {
                let (code, until) = (retired.code, retired.effective_until.0);
                out(match self.lang {
                    Lang::Zh => format!("{code} 有效到 {until}"),
                    Lang::En => format!("{code} is in force until {until}"),
                })?
            }
        }
        Ok(Verdict::Done)
    }

    fn diff(&self, code: &str, from: i64, to: i64, format: Format) -> Outcome {
        let (caller, rule_set) = (Caller::operator(), self.rule_set(code)?);
        let at = self.now();
        let found = documents::differences(self.app, &caller, &rule_set, to, Some(from), at);
        let named = format!("{} – {to}", of(code, from));
        let found = found.map_err(|error| self.told_of(error, &named))?;
        let words = |it: &Option<crate::domain::rules::model::Words>| {
            it.as_ref().map(|it| it.in_lang(self.lang).to_owned())
        };
        if format == Format::Json {
            let items = found.items.iter().map(|it| {
                json!({
                    "place": it.place,
                    "criterion": it.criterion,
                    "title": words(&it.title),
                    "kind": it.kind.as_str(),
                    "from": words(&it.from),
                    "to": words(&it.to),
                    "text": it.text.in_lang(self.lang),
                })
            });
            let items: Vec<Json> = items.collect();
            out(json!({ "code": code, "from": from, "to": to, "items": items }))?;
            return Ok(Verdict::Done);
        }
        for it in &found.items {
            let title = words(&it.title)
                .map(|title| format!("{title}: "))
                .unwrap_or_default();
            let text = it.text.in_lang(self.lang);
            out(format_args!(
                "{:<9} {:<32} {title}{text}",
                it.kind.as_str(),
                it.place
            ))?;
        }
        Ok(Verdict::Done)
    }

    fn list(&self, code: Option<&str>, as_of: Option<&str>, format: Format) -> Outcome {
        let mut at = self.now();
        if let Some(text) = as_of {
            at.as_of = date::parse(text).map_err(|fault| refused(fault.at("/as-of"), self.lang))?;
        }
        let caller = Caller::operator();
        let found = match code {
            Some(code) => documents::versions(self.app, &caller, &self.rule_set(code)?, at),
            None => documents::every_version(self.app, &caller, RULE_SETS, at),
        };
        let found = found.map_err(|error| self.told_of(error, code.unwrap_or_default()))?;
        match format {
            Format::Json => printed(&RuleVersions::of(found, at, self.lang))?,
            Format::Table => found.iter().try_for_each(|it| out(self.line(it)))?,
        }
        Ok(Verdict::Done)
    }

    fn shown(
        &self,
        done: Result<DocumentVersion, AppError>,
        named: &str,
        format: Format,
    ) -> Outcome {
        let shown = done.map_err(|error| self.told_of(error, named))?;
        match format {
            Format::Json => printed(&RuleVersionItem::of(&shown, self.lang))?,
            Format::Table => out(self.line(&shown))?,
        }
        Ok(Verdict::Done)
    }

    fn line(&self, it: &DocumentVersion) -> String {
        let until = it.effective_until.map(|day| day.to_string());
        format!(
            "{:<20} {:>3} {:<10} {:<10} {} – {:<10} {} {}",
            it.code,
            it.version,
            it.state.as_str(),
            it.status.map_or("-", |it| it.as_str()),
            it.effective_from,
            until.unwrap_or_default(),
            it.hash.get(..15).unwrap_or(&it.hash),
            it.title_in(self.lang),
        )
    }

    fn rule_set(&self, code: &str) -> Result<Document, Failure> {
        rules::document(code).map_err(|error| self.told_of(error, code))
    }

    fn day(&self, from: Option<&str>) -> Result<Option<NaiveDate>, Failure> {
        let day = from.map(date::parse).transpose();
        day.map_err(|fault| refused(fault.at("/from"), self.lang))
    }

    fn now(&self) -> At {
        At {
            as_of: self.app.env.clock.today(),
            known_at: self.app.env.clock.now(),
        }
    }

    fn told_of(&self, error: AppError, named: &str) -> Failure {
        told_of(error, named, self.lang)
    }
}

/// How a version is spoken of.
fn of(code: &str, version: i64) -> String {
    format!("{code} {version}")
}

fn tested(run: &TestRunView, ready: bool) -> Json {
    json!({
        "id": run.id,
        "code": run.code,
        "version": run.version,
        "passed": run.passed,
        "ready": ready,
        "document_hash": run.document_hash,
        "cases_hash": run.cases_hash,
        "results": run.report.results,
        "findings": run.report.findings,
        "boundaries": {
            "required": run.report.required,
            "waived": run.report.waived,
            "missing": run.report.missing,
        },
        "suggestions": { "cases": run.report.suggestions },
    })
}
