//! `sanku rules replay`: decisions made again from what they kept, and held against register and ledger.

use serde_json::{Value as Json, json};

use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::replay::{self, Count, DecisionReplay};
use crate::cli::opening::open;
use crate::cli::outcome::{Format, Outcome, Verdict, out, told_of};
use crate::cli::progress;
use crate::config::Config;
use crate::domain::messages::Lang;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// One decision by its id; all if not given
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    decision: Option<String>,
    /// Every decision there is
    #[arg(long)]
    all: bool,
    #[arg(long, default_value = "table")]
    format: Format,
}

pub fn run(args: &Args, config: &Config) -> Outcome {
    let app = open(config)?;
    let lang = config.lang();
    let mut failed: Vec<DecisionReplay> = Vec::new();
    let mut left_out = 0;
    let count = match &args.decision {
        Some(id) => one(&app, id, &mut failed),
        None => all(&app, &mut failed, &mut left_out),
    };
    let named = args.decision.as_deref().unwrap_or_default();
    let count = count.map_err(|error| told_of(error, named, lang))?;
    match args.format {
        Format::Json => out(report(count, &failed, left_out))?,
        Format::Table => {
            out(summary(count, lang))?;
            for line in failed.iter().flat_map(lines) {
                out(line)?;
            }
        }
    }
    Ok(match count.replayed == count.reproduced {
        true => Verdict::Done,
        false => Verdict::No,
    })
}

/// More than this many are counted and not told: then something happened to the database as a whole.
const MOST_TOLD: usize = 1_000;

fn one(
    app: &crate::app::App,
    id: &str,
    failed: &mut Vec<DecisionReplay>,
) -> Result<Count, AppError> {
    let replayed = replay::of_decision(app, &Caller::operator(), id)?;
    let reproduced = usize::from(replayed.reproduced);
    failed.extend(Some(replayed).filter(|it| !it.reproduced));
    Ok(Count {
        replayed: 1,
        reproduced,
    })
}

fn all(
    app: &crate::app::App,
    failed: &mut Vec<DecisionReplay>,
    left_out: &mut usize,
) -> Result<Count, AppError> {
    let bar = progress::bar();
    replay::of_all(app, &Caller::operator(), |page, done, total| {
        if let Some(bar) = &bar {
            bar(done, total);
        }
        for it in page.into_iter().filter(|it| !it.reproduced) {
            if failed.len() < MOST_TOLD {
                failed.push(it);
            } else {
                *left_out += 1;
            }
        }
    })
}

fn summary(count: Count, lang: Lang) -> String {
    let Count {
        replayed,
        reproduced,
    } = count;
    match lang {
        Lang::Zh => format!("复算 {replayed} 件，逐字节一致 {reproduced} 件"),
        Lang::En => format!("{replayed} decisions replayed, {reproduced} reproduced byte by byte"),
    }
}

fn lines(replayed: &DecisionReplay) -> Vec<String> {
    let head = format!(
        "{}  {}  {}  {}",
        replayed.decision_id, replayed.uscc, replayed.rule_set, replayed.as_of.0
    );
    let places = replayed
        .differences
        .iter()
        .map(|it| format!("    {}: {} -> {}", it.pointer, it.stored, it.recomputed));
    std::iter::once(head).chain(places).collect()
}

fn report(count: Count, failed: &[DecisionReplay], left_out: usize) -> Json {
    json!({
        "replayed": count.replayed,
        "reproduced": count.reproduced,
        "differing": failed,
        "left_out": left_out,
    })
}
