//! `sanku explain`: what a rule set says of one enterprise, criterion by criterion, and what to do about it.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::eligibility::{self, face};
use crate::app::error::AppError;
use crate::config::Config;
use crate::domain::at::At;
use crate::domain::clock::legal_day;
use crate::domain::date;
use crate::domain::evaluate::{Explained, ExplainedCriteria, ExplainedCriterion, ExplainedUnknown};
use crate::domain::messages::{self, Lang};
use crate::domain::outcome::Outcome;
use crate::domain::words;

use super::opening::open;
use super::outcome::Outcome as Ended;
use super::outcome::{Failure, Format, Verdict, out, printed, refused, told};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The enterprise's unified social credit code
    uscc: String,
    /// CODE or CODE@DAY; POOLS if not given
    #[arg(long, value_name = "CODE")]
    rule_set: Option<String>,
    /// The day on which it is judged; today if not given
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    /// Criteria that are met, too
    #[arg(long)]
    all: bool,
    #[arg(long, default_value = "table")]
    format: Format,
}

pub fn run(args: &Args, config: &Config) -> Ended {
    let lang = config.lang();
    let app = open(config)?;
    let at = at(&app, args.as_of.as_deref(), lang)?;
    let rule_set = args.rule_set.as_deref();
    let found = eligibility::of_enterprise(&app, &Caller::operator(), &args.uscc, rule_set, at)
        .map_err(|error| unknown_enterprise(error, lang))?;
    match args.format {
        Format::Json => printed(&face::Eligibility::explained(&found, lang))?,
        Format::Table => table(&found.explained(lang), args.all, lang)?,
    }
    Ok(Verdict::Done)
}

/// A day as it was given, or today, by what is known now.
pub(super) fn at(app: &App, as_of: Option<&str>, lang: Lang) -> Result<At, Failure> {
    let known_at = app.env.clock.now();
    let as_of = match as_of {
        None => legal_day(known_at),
        Some(raw) => date::parse(raw).map_err(|fault| refused(fault.at("/as-of"), lang))?,
    };
    Ok(At { as_of, known_at })
}

/// On the command line a code that names nothing is wrong use.
pub(super) fn unknown_enterprise(error: AppError, lang: Lang) -> Failure {
    match error {
        AppError::NotFound => Failure::Use(messages::text(
            "account.enterprise_unknown",
            lang,
            &Vec::new(),
        )),
        other => told(other, lang),
    }
}

fn table(explained: &Explained<'_>, all: bool, lang: Lang) -> Result<(), Failure> {
    out(explained.sentence.as_deref().unwrap_or_default())?;
    match &explained.criteria {
        ExplainedCriteria::List(list) => criteria(list, all, lang)?,
        ExplainedCriteria::Groups(groups) => {
            for group in groups {
                out("")?;
                out(group.sentence.as_deref().unwrap_or_default())?;
                criteria(&group.criteria, all, lang)?;
            }
        }
    }
    unknown(&explained.unknown, lang)
}

fn criteria(list: &[ExplainedCriterion<'_>], all: bool, lang: Lang) -> Result<(), Failure> {
    let told = list.iter().filter(|it| all || it.outcome != Outcome::Met);
    for criterion in told {
        let outcome = words::of("outcomes").find(|it| it.code == criterion.outcome.as_str());
        let outcome = outcome.map_or("", |it| it.in_lang(lang));
        let sentence = criterion.sentence.as_deref().unwrap_or_default();
        let mark = match lang {
            Lang::Zh => "：",
            Lang::En => ": ",
        };
        out(format!("  [{outcome}] {}{mark}{sentence}", criterion.title))?;
    }
    Ok(())
}

/// What lacks, with the papers that would settle it.
fn unknown(list: &[ExplainedUnknown<'_>], lang: Lang) -> Result<(), Failure> {
    if list.is_empty() {
        return Ok(());
    }
    out("")?;
    for unknown in list {
        let years: Vec<String> = unknown.years.iter().map(ToString::to_string).collect();
        let papers: Vec<&str> = unknown.documents.iter().map(|it| it.title).collect();
        let (mark, arrow) = match lang {
            Lang::Zh => ("、", " ← "),
            Lang::En => (", ", " <- "),
        };
        let label = [vec![unknown.label.to_owned()], years].concat().join(" ");
        out(format!("  {label}{arrow}{}", papers.join(mark)))?;
    }
    Ok(())
}
