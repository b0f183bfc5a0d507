//! `sanku rules waive` and `sanku rules waivers`: boundaries that no case has to show.

use super::person;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::documents::{self, Waiver, WaiverView, Waivers};
use crate::app::rules;
use crate::cli::outcome::{Format, Outcome, Verdict, out, printed, told_of};
use crate::config::Config;
use crate::domain::access::DraftRules;
use crate::domain::at::At;
use crate::domain::messages::Lang;

#[derive(Debug, clap::Args)]
pub struct Args {
    code: String,
    version: i64,
    /// As the test report names it
    boundary: String,
    /// Why no case has to show it
    #[arg(
        long,
        required_unless_present = "take_back",
        conflicts_with = "take_back"
    )]
    reason: Option<String>,
    /// Take the waiver back
    #[arg(long)]
    take_back: bool,
    /// The account that waives it; whoever does does not approve the version
    #[arg(long = "as", value_name = "NAME")]
    by: String,
    /// Read its password from the first line of standard input
    #[arg(long, required = true)]
    password_stdin: bool,
    #[arg(long, default_value = "table")]
    format: Format,
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    code: String,
    version: i64,
    #[arg(long, default_value = "table")]
    format: Format,
}

pub fn run(args: &Args, app: &App, config: &Config) -> Outcome {
    let lang = config.lang();
    let (code, number, boundary) = (args.code.as_str(), args.version, args.boundary.as_str());
    let rule_set = rules::document(code).map_err(|error| told_of(error, code, lang))?;
    let done = person::acting(
        app,
        lang,
        &args.by,
        |caller: &Caller<DraftRules>| match args.take_back {
            true => documents::take_back_waiver(app, caller, &rule_set, number, boundary),
            false => {
                let reason = args.reason.as_deref();
                documents::waive(app, caller, &rule_set, number, Some(boundary), reason)
            }
        },
    )?;
    let named = format!("{code} {number} {boundary}");
    let waiver = done.map_err(|error| told_of(error, &named, lang))?.value;
    match args.format {
        Format::Json => printed(&WaiverView::of(&waiver, lang))?,
        Format::Table => {
            let word = match args.take_back {
                true => "REQUIRED",
                false => "WAIVED",
            };
            out(format_args!("{word:<8} {}", line(&waiver, lang)))?;
        }
    }
    Ok(Verdict::Done)
}

pub fn list(args: &ListArgs, app: &App, config: &Config) -> Outcome {
    let lang = config.lang();
    let at = At {
        as_of: app.env.clock.today(),
        known_at: app.env.clock.now(),
    };
    let rule_set = rules::document(&args.code);
    let rule_set = rule_set.map_err(|error| told_of(error, &args.code, lang))?;
    let found = documents::list_waivers(app, &Caller::operator(), &rule_set, args.version, at);
    let named = format!("{} {}", args.code, args.version);
    let found = found.map_err(|error| told_of(error, &named, lang))?;
    match args.format {
        Format::Json => printed(&Waivers::of(&found, at, lang))?,
        Format::Table => found.iter().try_for_each(|it| out(line(it, lang)))?,
    }
    Ok(Verdict::Done)
}

fn line(it: &Waiver, lang: Lang) -> String {
    let what = lang.pick(&it.zh, &it.en);
    format!("{:<36} {what}: {}", it.boundary, it.reason)
}
