//! A what-if over the whole population with its list, and how fast all rule sets judge and explain firms in memory.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::filled::{Bench, median, peak_mb};
use crate::app::caller::Caller;
use crate::app::simulation;
use crate::cli::outcome::{Failure, out, told};
use crate::cli::outcome::{Outcome, Verdict};
use crate::config::Config;
use crate::domain::access::ReadSimulations;
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
    let mut seconds = Vec::new();
    let mut most = 0.0f64;
    for round in 0..args.rounds.max(1) {
        let made = simulated(&bench.config)?;
        out(format!(
            "round {round}: {} firms, {} of them listed, {:.2} s, {:.0} MB, {}",
            made.report["total"],
            made.report["moved"],
            made.seconds,
            made.peak_mb,
            made.report["summary_hash"].as_str().unwrap_or_default()
        ))?;
        seconds.push(made.seconds);
        most = most.max(made.peak_mb);
    }
    let middle = median(seconds);
    out(format!(
        "median: {middle:.2} s, {:.1} µs a firm; peak memory {most:.0} MB",
        middle * 1e6 / f64::from(args.firms.max(1))
    ))?;
    let reader = Caller::<ReadSimulations>::operator();
    let firms = simulation::profiles(&bench.app, &reader, args.in_memory)
        .map_err(|error| told(error, config.lang()))?;
    in_memory(&firms, args.threads.max(1))
}

/// One what-if as somebody at the command line has it, start and list included.
struct Made {
    report: Json,
    seconds: f64,
    peak_mb: f64,
}

/// A process of its own, so that its memory is not that of the one that filled the database.
fn simulated(config: &Config) -> Result<Made, Failure> {
    let broken = |error: std::io::Error| Failure::Could(format!("the what-if: {error}"));
    let program = std::env::current_exe().map_err(broken)?;
    let began = Instant::now();
    let mut child = Command::new(program)
        // 研发占比 3% → 4%
        .args(["rules", "simulate", "POOLS", "--set", "a_rd/at_least=4"])
        .args(["--list", "--format", "json"])
        .args(["--database-url", config.database_url.expose()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(broken)?;
    let output = child.stdout.take();
    let process = child.id();
    let (text, peak_mb) = std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut text = Vec::new();
            let mut output = output?;
            output.read_to_end(&mut text).ok().map(|_| text)
        });
        // The peak only grows: the last look before the end is close to it.
        let mut peak = 0.0f64;
        while !reader.is_finished() {
            peak = peak_mb(process).unwrap_or(0.0).max(peak);
            std::thread::sleep(Duration::from_millis(10));
        }
        (reader.join().ok().flatten().unwrap_or_default(), peak)
    });
    let ended = child.wait().map_err(broken)?;
    let seconds = began.elapsed().as_secs_f64();
    if !ended.success() {
        return Err(Failure::Could(format!("the what-if ended with {ended}")));
    }
    let report = serde_json::from_slice(&text)
        .map_err(|error| Failure::Could(format!("the what-if: {error}")))?;
    Ok(Made {
        report,
        seconds,
        peak_mb,
    })
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
