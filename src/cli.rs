//! The command line: one file a subcommand, each with `Args` and `run`.
//!
//! To add one: write `cli/NAME.rs`, then its variant in [`Command`] and its line in [`dispatch`]. What a command answers goes
//! to standard output through [`out`]; progress and logs go to standard error.

mod assess;
mod audit;
mod bench;
mod demo;
mod doctor;
mod explain;
mod forecast;
mod import;
mod init;
mod jobs;
mod keys;
mod migrate;
mod progress;
mod rules;
mod serve;
mod user;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::app::caller;
use crate::app::env::Env;
use crate::app::error::AppError;
use crate::app::{App, Options};
use crate::config::{self, Config, ConfigError, Flags, LogFormat};
use crate::domain::field_error::FieldError;
use crate::domain::messages::{self, Lang};
use crate::store::StoreError;
use crate::telemetry;

/// sanku (三库): a city's technology enterprises, their three cultivation pools and their certifications.
#[derive(Debug, Parser)]
#[command(name = "sanku", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
struct Global {
    /// Configuration file; ./sanku.toml if there is one
    #[arg(long, global = true, env = "SANKU_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// sqlite:FILE or postgres://USER@HOST/DATABASE
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// error, warn, info, debug or trace; also by part, as in info,sanku::http=debug
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<String>,
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the main job on fictional firms, then serve them
    Demo(demo::Args),
    /// Make an empty database and a commented configuration file
    Init(init::Args),
    /// Bring the database's schema and the shipped rule sets up to date
    Migrate(migrate::Args),
    /// Import enterprises, yearly figures and titles from tables, all or nothing
    Import(import::Args),
    /// Judge everybody, or a district, by the pool rules and propose the movements
    Assess(assess::Args),
    /// Tell what a rule set says of one enterprise, and what to do about it
    Explain(explain::Args),
    /// Tell what the passing of time brings to one enterprise, and what falls due
    Forecast(forecast::Args),
    /// Serve the HTTP interface until told to stop
    Serve(serve::Args),
    /// Do the clocked work once
    Jobs(jobs::Args),
    /// Draft, test, approve, publish and show rule sets; evaluate cases with the shipped ones
    Rules(rules::Args),
    /// Make, list and change accounts
    User(user::Args),
    /// List, change and reseal the keys that sign tokens
    Keys(keys::Args),
    /// Verify that the tables are what the ledger tells
    Audit(audit::Args),
    /// Check configuration, database, secrets and machine
    Doctor(doctor::Args),
    /// Measure the main work on a database of its own
    Bench(bench::Args),
}

/// How a command's answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// For programs: JSON and nothing else
    Json,
}

/// How a command ended that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    /// The answer is no: a check failed.
    No,
}

/// Why a command did not run to its end, with its exit code.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong use (2).
    Use(String),
    /// The answer is no: a check failed (1).
    No(String),
    /// Could not: database, file, network (3).
    Could(String),
}

pub(crate) type Outcome = Result<Verdict, Failure>;

/// The whole program. Wrong use of the command line itself exits with 2 inside of clap.
pub fn main() -> ExitCode {
    let Cli { global, command } = Cli::parse();
    let named = global.database_url.is_some();
    let failure = match begin(global, &command).and_then(|config| dispatch(command, &config, named))
    {
        Ok(Verdict::Done) => return ExitCode::SUCCESS,
        Ok(Verdict::No) => return ExitCode::from(1),
        Err(failure) => failure,
    };
    let (text, code) = match failure {
        Failure::Use(text) => (text, 2),
        Failure::No(text) => (text, 1),
        Failure::Could(text) => (text, 3),
    };
    // Nothing is left to do if standard error is gone.
    let _ = writeln!(std::io::stderr(), "sanku: {text}");
    ExitCode::from(code)
}

fn begin(global: Global, command: &Command) -> Result<Config, Failure> {
    caller::logged_in_as(&login());
    let flags = Flags {
        file: global.config,
        database_url: global.database_url,
        log_level: global.log,
        log_format: global.log_format,
        listen: match command {
            Command::Serve(args) => args.listen,
            _ => None,
        },
    };
    let config = Config::load(&flags)?;
    telemetry::start(&config.log).map_err(Failure::Use)?;
    Ok(config)
}

/// The name somebody gave and the number the system has: a name alone is easily borrowed.
fn login() -> String {
    let uid = rustix::process::getuid().as_raw();
    match config::login_name() {
        Some(name) => format!("{name} (uid {uid})"),
        None => format!("uid {uid}"),
    }
}

/// `named`: the database was named on the command line, which those who want a fresh one take as their wish.
fn dispatch(command: Command, config: &Config, named: bool) -> Outcome {
    match command {
        Command::Demo(args) => demo::run(&args, config, named),
        Command::Bench(args) => bench::run(&args, config, named),
        Command::Init(args) => init::run(&args, config),
        Command::Migrate(args) => migrate::run(&args, config),
        Command::Import(args) => import::run(&args, config),
        Command::Assess(args) => assess::run(args, config),
        Command::Explain(args) => explain::run(&args, config),
        Command::Forecast(args) => forecast::run(&args, config),
        Command::Serve(args) => serve::run(&args, config),
        Command::Jobs(args) => jobs::run(&args, config),
        Command::Rules(args) => rules::run(args, config),
        Command::User(args) => user::run(args, config),
        Command::Keys(args) => keys::run(args, config),
        Command::Audit(args) => audit::run(args, config),
        Command::Doctor(args) => doctor::run(&args, config),
    }
}

/// Opens the database with this program's settings.
pub(crate) fn open(config: &Config) -> Result<App, Failure> {
    App::open(options(config), Env::system()).map_err(|error| told(error, config.lang()))
}

pub(crate) fn options(config: &Config) -> Options {
    Options {
        database_url: config.database_url.expose().to_string(),
        readers: config.readers,
        master_secret: config
            .secrets
            .master
            .as_ref()
            .map(|secret| secret.expose().as_bytes().to_vec()),
        access_lifetime: config.access_lifetime(),
        session_lifetime: config.session_lifetime(),
        policy: config.account_policy(),
        peppers: config.peppers(),
    }
}

/// A use case's refusal in words. Faults of input are wrong use, what is not allowed is the answer "no", and everything
/// else could not be done.
pub(crate) fn told(error: AppError, lang: Lang) -> Failure {
    match error {
        AppError::Unfit { code, errors, .. } => {
            let mut lines = vec![messages::text(code, lang, &Vec::new())];
            lines.extend(errors.iter().map(|error| messages::of(error, lang)));
            Failure::No(lines.join("\n       "))
        }
        AppError::Invalid { errors } => {
            let lines: Vec<String> = errors.iter().map(|error| line(error, lang)).collect();
            Failure::Use(lines.join("\n       "))
        }
        AppError::Setup(text) | AppError::Unavailable(text) | AppError::Internal(text) => {
            Failure::Could(text)
        }
        AppError::NotFound => Failure::Use(messages::text("cli.not_found", lang, &Vec::new())),
        // Somebody else was faster: nobody has said no.
        AppError::Conflict { code, .. } if code == "request.conflict" => {
            Failure::Could(messages::text(code, lang, &Vec::new()))
        }
        AppError::Conflict {
            code,
            allowed_transitions,
        } => {
            let text = messages::text(code, lang, &Vec::new());
            Failure::No(match allowed_transitions.is_empty() {
                true => text,
                false => format!(
                    "{text}\n       allowed_transitions: {}",
                    allowed_transitions.join(", ")
                ),
            })
        }
        AppError::Forbidden { code } => Failure::No(messages::text(code, lang, &Vec::new())),
        refusal => Failure::Could(messages::text(refusal.code(), lang, &Vec::new())),
    }
}

/// The same of something that was named on the command line: a name that nothing has is wrong use.
pub(crate) fn told_of(error: AppError, name: &str, lang: Lang) -> Failure {
    match error {
        AppError::NotFound => {
            let params = vec![("name", name.to_owned())];
            Failure::Use(messages::text("cli.not_found_named", lang, &params))
        }
        other => told(other, lang),
    }
}

/// An argument that means nothing here.
pub(crate) fn refused(error: FieldError, lang: Lang) -> Failure {
    Failure::Use(line(&error, lang))
}

fn line(error: &FieldError, lang: Lang) -> String {
    let told_at = error.params.iter().find(|(name, _)| *name == "at");
    let name = match told_at {
        Some((_, place)) if !place.is_empty() => place,
        _ => error.pointer.trim_start_matches('/'),
    };
    format!("{name}: {}", messages::of(error, lang))
}

/// A line of the answer. A reader that has gone away (`| head`) ends the program quietly.
pub(crate) fn out(line: impl std::fmt::Display) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}")
        .map_err(|error| Failure::Could(format!("standard output: {error}")))
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::Use(error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Could(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }
}
