//! A what-if over the whole population with its list, and how fast all rule sets judge and explain firms in memory.

use std::time::Instant;

use serde_json::json;

use super::{Bench, Failure, median, out, peak_mb, reset_peak, told};
use crate::app::caller::Caller;
use crate::app::simulation::{self, SimulationRequest};
use crate::cli::{Outcome, Verdict, progress};
use crate::config::Config;
use crate::domain::access::{ReadSimulations, RunSimulation};
use crate::domain::evaluate::{Profile, explain, verdict};
use crate::domain::messages::Lang;
use crate::domain::rules::{Library, RuleSet};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 50_000)]
    firms: u32,
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// So many of them are judged and explained in memory by every shipped rule set
    #[arg(long, default_value_t = 33_000)]
    in_memory: usize,
    /// Threads that do this
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

pub fn run(args: &Args, config: &Config, database_given: bool) -> Outcome {
    let bench = Bench::prepare(config, database_given, args.firms)?;
    let words = |error| told(error, config.lang());
    let app = &bench.app;
    let request = SimulationRequest {
        rule_set: "POOLS".into(),
        // 研发占比 3% → 4%
        parameters: json!({ "a_rd/at_least": "4" }).as_object().cloned(),
        ..SimulationRequest::default()
    };
    reset_peak();
    let mut seconds = Vec::new();
    for round in 0..args.rounds.max(1) {
        let bar = progress::bar();
        let heard = |done, total| {
            if let Some(bar) = &bar {
                bar(done, total);
            }
        };
        let began = Instant::now();
        let caller = Caller::<RunSimulation>::operator();
        let made = simulation::run(app, &caller, &request, heard).map_err(words)?;
        seconds.push(began.elapsed().as_secs_f64());
        drop(bar);
        out(format!(
            "round {round}: {} firms, {} of them listed, {:.2} s, {}",
            made.total,
            made.moved,
            seconds.last().copied().unwrap_or(0.0),
            made.summary_hash
        ))?;
    }
    let middle = median(seconds);
    out(format!(
        "median: {middle:.2} s, {:.1} µs a firm; peak memory {:.0} MB",
        middle * 1e6 / f64::from(args.firms.max(1)),
        peak_mb().unwrap_or(0.0)
    ))?;
    let reader = Caller::<ReadSimulations>::operator();
    let firms = simulation::profiles(app, &reader, args.in_memory).map_err(words)?;
    in_memory(&firms, args.threads.max(1))
}

fn in_memory(firms: &[Profile], threads: usize) -> Outcome {
    let sets: Vec<&RuleSet> = Library::shipped().iter().map(|set| &**set).collect();
    let answers = firms.len() * sets.len();
    let verdicts = timed(firms, threads, |profile| {
        let met = sets.iter().map(|set| verdict(set, profile));
        met.filter(|it| it.outcome.is_undecided()).count()
    });
    told_throughput("verdicts only", answers, verdicts)?;
    let explained = timed(firms, threads, |profile| {
        let told = sets.iter().map(|set| explain(set, profile, Lang::Zh));
        told.filter(|it| it.outcome.is_undecided()).count()
    });
    told_throughput("explained", answers, explained)?;
    Ok(Verdict::Done)
}

/// The median of three goes over all firms, shared out among the threads. The sums keep the work from being left out.
fn timed(firms: &[Profile], threads: usize, judge: impl Fn(&Profile) -> usize + Sync) -> f64 {
    let share = firms.len().div_ceil(threads).max(1);
    let go = || {
        let began = Instant::now();
        let judge = &judge;
        let open: usize = std::thread::scope(|scope| {
            let shares: Vec<_> = firms
                .chunks(share)
                .map(|firms| scope.spawn(move || firms.iter().map(judge).sum::<usize>()))
                .collect();
            let sums = shares.into_iter().map(|it| it.join().unwrap_or(0));
            sums.sum()
        });
        std::hint::black_box(open);
        began.elapsed().as_secs_f64()
    };
    median((0..3).map(|_| go()).collect())
}

fn told_throughput(what: &str, answers: usize, seconds: f64) -> Result<(), Failure> {
    out(format!(
        "{what}: {answers} answers of {} rule sets in {seconds:.2} s, {:.0} a second",
        Library::shipped().iter().count(),
        answers as f64 / seconds.max(f64::EPSILON)
    ))
}
