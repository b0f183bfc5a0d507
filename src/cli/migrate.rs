//! `sanku migrate`: brings the schema and the shipped rule sets up to date; a SQLite file that is not there is made.

use crate::config::Config;
use crate::store;

use super::opening::open;
use super::outcome::{Outcome, Verdict, out};
use super::rules;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: &Args, config: &Config) -> Outcome {
    let ran = store::migrate(config.database_url.expose())?;
    match ran.is_empty() {
        true => out(config.lang().pick("已是最新", "up to date"))?,
        false => out(format!(
            "{}: {}",
            config.lang().pick("已执行", "ran"),
            ran.join(", ")
        ))?,
    }
    rules::publish_shipped(&open(config)?, config)?;
    Ok(Verdict::Done)
}
