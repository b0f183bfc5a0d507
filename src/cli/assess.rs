//! `sanku assess`: judges everybody, or a district, by the pool rules, and tells what that came to.

mod report;

use crate::app::App;
use crate::app::assessment::{self, RunRequest};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::config::Config;

use super::opening::open;
use super::outcome::{Format, Outcome, Verdict, out, told};
use super::progress;
use report::Report;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The day on which everybody is judged; today if not given
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    /// Only this district
    #[arg(long, value_name = "CODE")]
    district: Option<String>,
    /// Pool rules, CODE or CODE@DAY; POOLS if not given
    #[arg(long, value_name = "CODE")]
    rule_set: Option<String>,
    /// Judge and count, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[arg(long, default_value = "table")]
    format: Format,
}

pub fn run(args: Args, config: &Config) -> Outcome {
    let app = open(config)?;
    let request = RunRequest {
        rule_set: args.rule_set,
        as_of: args.as_of,
        district_code: args.district,
        dry_run: args.dry_run,
    };
    let report = assess(&app, &request).map_err(|error| told(error, config.lang()))?;
    match args.format {
        Format::Json => out(report.json(config.lang()))?,
        Format::Table => report.print(config.lang())?,
    }
    Ok(Verdict::Done)
}

fn assess(app: &App, request: &RunRequest) -> Result<Report, AppError> {
    let bar = progress::bar();
    let heard = |done, total| {
        if let Some(bar) = &bar {
            bar(done, total);
        }
    };
    if request.dry_run {
        let preview = assessment::preview(app, &Caller::operator(), request, heard)?;
        return Ok(preview.into());
    }
    let run = assessment::run(app, &Caller::operator(), request, heard)?;
    let seen = assessment::get(app, &Caller::operator(), &run.id)?;
    Ok(seen.into())
}
