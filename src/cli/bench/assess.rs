//! A whole assessment in which about a tenth changes, against one SQL statement that reads the same tables and
//! writes the changed pools, in turns on the same database.

use std::time::Instant;

use serde_json::json;

use super::filled::{Bench, median, peak_mb};
use crate::app::assessment::{self, RunRequest};
use crate::app::caller::Caller;
use crate::app::enterprise::{self, ListQuery, Sort};
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::figures::{self, StatementInput};
use crate::app::{App, rules};
use crate::cli::outcome::{Failure, out, told};
use crate::cli::outcome::{Outcome, Verdict};
use crate::config::Config;
use crate::domain::access::{PublishRules, ReadRegister, RecordFacts, RunAssessment};
use crate::domain::rules::Library;
use crate::store::yardstick;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 33_000)]
    firms: u32,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

pub fn run(args: &Args, config: &Config, database_given: bool) -> Outcome {
    let bench = Bench::prepare(config, database_given, args.firms)?;
    let words = |error| told(error, config.lang());
    let app = &bench.app;
    let mut first = Instant::now();
    let all = assess(app).map_err(words)?;
    out(format!(
        "first run: {} decisions in {:.2} s",
        all,
        first.elapsed().as_secs_f64()
    ))?;
    yardstick::prepare(app.store.engine()).map_err(|error| Failure::Could(error.to_string()))?;
    out("round   changed   assessment s   SQL statement s   ratio")?;
    let (mut ratios, mut runs) = (Vec::new(), Vec::new());
    for round in 0..args.rounds {
        let touched = touch_a_tenth(app, args.firms as usize, round).map_err(words)?;
        let today = app.env.clock.today();
        first = Instant::now();
        let rows = yardstick::run(app.store.engine(), today)
            .map_err(|error| Failure::Could(error.to_string()))?;
        let sql = first.elapsed().as_secs_f64();
        first = Instant::now();
        let changed = assess(app).map_err(words)?;
        let ours = first.elapsed().as_secs_f64();
        out(format!(
            "{round:>5} {changed:>9} {ours:>14.3} {sql:>17.3} {:>7.2}   ({touched} touched, {rows} written by SQL)",
            ours / sql
        ))?;
        ratios.push(ours / sql);
        runs.push(ours);
    }
    out(format!(
        "median: {:.3} s, {:.1} µs a firm, ratio {:.2}; peak memory {:.0} MB",
        median(runs.clone()),
        median(runs) * 1e6 / f64::from(args.firms),
        median(ratios),
        peak_mb(std::process::id()).unwrap_or(0.0)
    ))?;
    Ok(Verdict::Done)
}

/// The shipped pool rules with movements that take effect without a hand.
pub(super) fn publish_automatic(app: &App) -> Result<(), AppError> {
    let shipped = Library::shipped()
        .named("POOLS")
        .ok_or_else(|| AppError::internal("no POOLS"))?;
    let mut document = shipped.document.clone();
    document["moves"]["automatic"] = json!(true);
    rules::publish(app, &Caller::<PublishRules>::operator(), &document)?;
    Ok(())
}

/// Runs a whole assessment; tells how many decisions changed.
fn assess(app: &App) -> Result<i64, AppError> {
    let caller = Caller::<RunAssessment>::operator();
    Ok(
        assessment::run(app, &caller, &RunRequest::default(), |_, _| {})?
            .summary
            .changed,
    )
}

/// Every tenth firm states another number of tech staff for last year.
fn touch_a_tenth(app: &App, firms: usize, round: usize) -> Result<usize, AppError> {
    let reader = Caller::<ReadRegister>::operator();
    let year = chrono::Datelike::year(&app.env.clock.today()) - 1;
    let mut query = ListQuery {
        sort: Sort::UpdatedAt,
        limit: 1_000,
        ..ListQuery::default()
    };
    let mut codes: Vec<String> = Vec::new();
    loop {
        let page = enterprise::list(app, &reader, &query)?;
        codes.extend(page.items.into_iter().step_by(10).map(|it| it.uscc));
        match page.next {
            Some(next) if codes.len() < firms / 10 => query.after = Some(next),
            _ => break,
        }
    }
    codes.truncate(firms / 10);
    let next = std::sync::atomic::AtomicUsize::new(0);
    // Several at once, so that they share commits.
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some(uscc) =
                    codes.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    let input = StatementInput {
                        facts: json!({ "tech_staff": round + 1 })
                            .as_object()
                            .cloned()
                            .unwrap_or_default(),
                        evidence: None,
                        source: format!("bench round {round}"),
                    };
                    let caller = Caller::<RecordFacts>::operator();
                    // A firm registered this year has no figures of last year to correct.
                    let _ = figures::state_year(app, &caller, uscc, year, Expected::Any, input);
                }
            });
        }
    });
    Ok(codes.len())
}
