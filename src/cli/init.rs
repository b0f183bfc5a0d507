//! `sanku init`: an empty database and a commented configuration file.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use crate::config::{Config, USUAL_FILE};
use crate::store;

use super::{Failure, Outcome, Verdict, open, out, rules};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write no sanku.toml
    #[arg(long)]
    no_config: bool,
}

pub fn run(args: &Args, config: &Config) -> Outcome {
    let ran = store::migrate(config.database_url.expose())?;
    // Opening makes the master secret, unless the configuration has one.
    let app = open(config)?;
    match ran.is_empty() {
        true => out(format!(
            "{}: was there already and is up to date",
            config.database_url
        ))?,
        false => out(format!("{}: made", config.database_url))?,
    }
    rules::publish_shipped(&app, config)?;
    if !args.no_config {
        write_template()?;
    }
    out(
        "next: sanku user setup-link NAME --role SYSTEM_ADMIN (or sanku user add NAME --role SYSTEM_ADMIN --password-stdin), then sanku serve",
    )?;
    Ok(Verdict::Done)
}

/// A file that is there stays as it is.
fn write_template() -> Result<(), Failure> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(USUAL_FILE)
    {
        Ok(mut file) => {
            let written = file.write_all(Config::template().as_bytes());
            written.map_err(|error| Failure::Could(format!("{USUAL_FILE}: {error}")))?;
            out(format!("{USUAL_FILE}: made; every line is commented out"))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            out(format!("{USUAL_FILE}: was there already"))
        }
        Err(error) => Err(Failure::Could(format!("{USUAL_FILE}: {error}"))),
    }
}
