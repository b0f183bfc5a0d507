//! `sanku init`: an empty database and a commented configuration file.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};

use crate::config::{Config, USUAL_FILE};
use crate::domain::messages::Lang;
use crate::store;

use super::opening::open;
use super::outcome::{Failure, Outcome, Verdict, out};
use super::rules;

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
    let lang = config.lang();
    let url = &config.database_url;
    match (ran.is_empty(), lang) {
        (true, Lang::Zh) => out(format!("{url}：已经有了，而且是最新的"))?,
        (true, Lang::En) => out(format!("{url}: was there already and is up to date"))?,
        (false, Lang::Zh) => out(format!("{url}：已建立"))?,
        (false, Lang::En) => out(format!("{url}: made"))?,
    }
    rules::publish_shipped(&app, config)?;
    if !args.no_config {
        write_template(lang)?;
    }
    let (first, or, then) = (
        "sanku user setup-link NAME --role SYSTEM_ADMIN",
        "sanku user add NAME --role SYSTEM_ADMIN --password-stdin",
        "sanku serve",
    );
    out(match lang {
        Lang::Zh => format!("下一步：{first}（或 {or}），然后 {then}"),
        Lang::En => format!("next: {first} (or {or}), then {then}"),
    })?;
    Ok(Verdict::Done)
}

/// A file that is there stays as it is.
fn write_template(lang: Lang) -> Result<(), Failure> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(USUAL_FILE)
    {
        Ok(mut file) => {
            let written = file.write_all(Config::template().as_bytes());
            written.map_err(|error| Failure::Could(format!("{USUAL_FILE}: {error}")))?;
            out(lang.pick(
                format!("{USUAL_FILE}：已写好，每一行都注释掉了"),
                format!("{USUAL_FILE}: made; every line is commented out"),
            ))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => out(lang.pick(
            format!("{USUAL_FILE}：已经有了"),
            format!("{USUAL_FILE}: was there already"),
        )),
        Err(error) => Err(Failure::Could(format!("{USUAL_FILE}: {error}"))),
    }
}
