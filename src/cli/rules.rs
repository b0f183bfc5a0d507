//! `sanku rules`: the life of rule sets, and golden cases evaluated offline.

mod cases;
mod check;
mod document;
mod life;
mod person;
mod replay;
mod simulate;
mod waive;

use std::path::PathBuf;

use clap::Subcommand;

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::{documents, rules};
use crate::config::Config;
use crate::domain::date;

use super::opening::open;
use super::outcome::{Failure, Format, Outcome, Verdict, out, refused, told, told_of};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Evaluate cases with every shipped rule set in every version, without a database
    RunCases {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[arg(long, default_value = "table")]
        format: Format,
    },
    /// Check documents without a database: what is wrong with them, and which boundary tests are missing
    Check(check::Args),
    #[command(flatten)]
    Life(life::Command),
    /// Waive a boundary that no case can show, or take a waiver back
    Waive(waive::Args),
    /// List the waivers of a version
    Waivers(waive::ListArgs),
    /// Try proposed rules on everybody, or a part, and tell who would move
    Simulate(simulate::Args),
    /// Make decisions again from what they kept and compare; exit code 1 if one is not as it was
    Replay(replay::Args),
    /// Print the document of a rule set in force as JSON: what `draft` takes
    Show {
        code: String,
        /// The day it is in force on; today if not given
        #[arg(long, value_name = "DAY")]
        as_of: Option<String>,
    },
}

pub fn run(args: Args, config: &Config) -> Outcome {
    match args.command {
        Command::RunCases { files, format } => cases::run(&files, format, config.lang()),
        Command::Check(args) => check::run(&args, config.lang()),
        Command::Life(command) => life::run(command, &open(config)?, config),
        Command::Waive(args) => waive::run(&args, &open(config)?, config),
        Command::Waivers(args) => waive::list(&args, &open(config)?, config),
        Command::Simulate(args) => simulate::run(&args, config),
        Command::Replay(args) => replay::run(&args, config),
        Command::Show { code, as_of } => show(&open(config)?, &code, as_of.as_deref(), config),
    }
}

/// The shipped rule sets that the register does not have yet; told by name.
pub(super) fn publish_shipped(app: &App, config: &Config) -> Result<(), Failure> {
    let published = rules::publish_shipped(app, &Caller::operator())
        .map_err(|error| told(error, config.lang()))?;
    if published.is_empty() {
        return Ok(());
    }
    let head = config.lang().pick("已发布的规则集", "rule sets published");
    out(format!("{head}: {}", published.join(", ")))
}

fn show(app: &App, code: &str, as_of: Option<&str>, config: &Config) -> Outcome {
    let lang = config.lang();
    let day = match as_of {
        Some(text) => date::parse(text).map_err(|fault| refused(fault.at("/as-of"), lang))?,
        None => app.env.clock.today(),
    };
    let version = rules::document(code)
        .and_then(|it| documents::in_force_on(app, &Caller::operator(), &it, day))
        .map_err(|error| told_of(error, code, lang))?;
    let text = serde_json::to_string_pretty(&version.document)
        .map_err(|error| Failure::Could(error.to_string()))?;
    out(text)?;
    Ok(Verdict::Done)
}
