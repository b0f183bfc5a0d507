//! The command line: one file a subcommand, each with `Args` and `run`.
//!
//! To add one: write `cli/NAME.rs`, then its variant in [`Command`] and its line in [`dispatch`]. What a command answers goes
//! to standard output through [`outcome::out`]; progress and logs go to standard error.

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
mod opening;
mod outcome;
mod progress;
mod rules;
mod serve;
mod user;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::caller::machine;
use crate::config::{self, Config, Flags, LogFormat};
use crate::telemetry;

use outcome::{Failure, Outcome, Verdict};

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
    machine::logged_in_as(&login());
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }
}
