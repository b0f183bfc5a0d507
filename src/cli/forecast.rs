//! `sanku forecast`: what the passing of time brings to one enterprise, and what falls due.

use crate::app::caller::Caller;
use crate::app::forecast::{self, face};
use crate::config::Config;
use crate::domain::forecast::{Told, ToldChange};
use crate::domain::messages::Lang;

use super::explain::{at, unknown_enterprise};
use super::opening::open;
use super::outcome::{Failure, Format, Outcome, Verdict, out, printed};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The enterprise's unified social credit code
    uscc: String,
    /// The last day looked at, at most ten years ahead; in a year if not given
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Only this rule set
    #[arg(long, value_name = "CODE")]
    rule_set: Option<String>,
    /// The first day, whose figures are held; today if not given
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    #[arg(long, default_value = "table")]
    format: Format,
}

pub fn run(args: &Args, config: &Config) -> Outcome {
    let lang = config.lang();
    let app = open(config)?;
    let at = at(&app, args.as_of.as_deref(), lang)?;
    let (until, rule_set) = (args.until.as_deref(), args.rule_set.as_deref());
    let caller = Caller::operator();
    let found = forecast::of_enterprise(&app, &caller, &args.uscc, until, rule_set, at)
        .map_err(|error| unknown_enterprise(error, lang))?;
    match args.format {
        Format::Json => printed(&face::Forecast::of(&found, lang))?,
        Format::Table => table(&found.told(lang), lang)?,
    }
    Ok(Verdict::Done)
}

fn table(told: &Told, lang: Lang) -> Result<(), Failure> {
    out(&told.sentence)?;
    let (changes, duties) = match lang {
        Lang::Zh => ("变化：", "义务："),
        Lang::En => ("Changes:", "Duties:"),
    };
    if !told.changes.is_empty() {
        out(format!("\n{changes}"))?;
    }
    for change in &told.changes {
        out(format!("  {}  {}", change.day, change.sentence))?;
        turned(change, lang)?;
    }
    if !told.duties.is_empty() {
        out(format!("\n{duties}"))?;
    }
    for duty in &told.duties {
        let clause = format!("{} {}", duty.document, duty.article);
        out(match lang {
            Lang::Zh => format!("  {}  {}（{clause}）", duty.due, duty.title),
            Lang::En => format!("  {}  {} ({clause})", duty.due, duty.title),
        })?;
    }
    Ok(())
}

/// The criteria that turn; those for which data will be missing are only counted, as a new year has many of them.
fn turned(change: &ToldChange, lang: Lang) -> Result<(), Failure> {
    let all = || change.rule_sets.iter().flat_map(|it| &it.criteria);
    let unknown = all().filter(|it| it.after == "UNKNOWN").count();
    for criterion in all().filter(|it| it.after != "UNKNOWN") {
        out(format!("              {}", criterion.sentence))?;
    }
    if unknown > 0 {
        out(match lang {
            Lang::Zh => format!("              缺数据、暂不能判断的条件：{unknown} 个"),
            Lang::En => {
                format!("              cannot be judged for want of data: {unknown}")
            }
        })?;
    }
    Ok(())
}
