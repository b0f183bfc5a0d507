//! Stating a figure about enterprises of which little, much and very much was stated before: a change costs the same.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Map, json};

use super::filled::{Bench, median};
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::figures::{self, StatementInput};
use crate::app::{App, enterprise};
use crate::cli::outcome::{Failure, Outcome, Verdict, out, told};
use crate::config::Config;
use crate::domain::access::{RecordFacts, WriteRegister};
use crate::domain::enterprise::EnterpriseInput;
use crate::domain::uscc::Uscc;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many statements about an enterprise are there before; the others are held against the first
    #[arg(long, value_delimiter = ',', default_values_t = [10, 3_000, 10_000])]
    earlier: Vec<usize>,
    /// Changes of each kind about each
    #[arg(long, default_value_t = 100)]
    rounds: usize,
}

/// What is stated, and since when there are figures.
const KINDS: [&str; 3] = ["figure of a year", "dated fact", "back-dated fact"];
const FIRST_DAY: (i32, u32, u32) = (1995, 1, 1);

/// Enterprises of which the same was stated; where that is little there are many, so that it stays little.
struct Group {
    earlier: usize,
    codes: Vec<String>,
}

pub fn run(args: &Args, config: &Config, database_given: bool) -> Outcome {
    let bench = Bench::prepare(config, database_given, 1_000)?;
    let words = |error| told(error, config.lang());
    let app = &bench.app;
    let mut groups: Vec<Group> = Vec::new();
    for earlier in &args.earlier {
        let group = prepare(app, *earlier, args.rounds, groups.len()).map_err(words)?;
        groups.push(group);
    }
    let yardstick = groups.first();
    if yardstick.is_none() {
        return Err(Failure::Use("--earlier: name at least one number".into()));
    }
    out("what               statements before   median ms   ratio")?;
    for (kind, name) in KINDS.iter().enumerate() {
        let medians = measure(app, kind, &groups, args.rounds).map_err(words)?;
        let least = medians.first().copied().unwrap_or_default();
        for (group, took) in groups.iter().zip(medians) {
            out(format!(
                "{name:<18} {:>17} {:>11.3} {:>7.2}",
                group.earlier,
                took * 1e3,
                took / least
            ))?;
        }
    }
    Ok(Verdict::Done)
}

/// In turn, so that the machine is the same to all; the medians in seconds.
fn measure(app: &App, kind: usize, groups: &[Group], rounds: usize) -> Result<Vec<f64>, AppError> {
    let mut times = vec![Vec::with_capacity(rounds); groups.len()];
    for round in 0..rounds {
        for (group, times) in groups.iter().zip(&mut times) {
            let began = Instant::now();
            let uscc = &group.codes[round % group.codes.len()];
            change(app, uscc, kind, round)?;
            times.push(began.elapsed().as_secs_f64());
        }
        // What one change leaves to be done behind it does not fall on the next.
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(times.into_iter().map(median).collect())
}

fn change(app: &App, uscc: &str, kind: usize, round: usize) -> Result<(), AppError> {
    let today = app.env.clock.today();
    match kind {
        0 => state(app, uscc, When::Year(today.year() - 1), "tech_staff", round),
        1 => state(app, uscc, When::From(today), "ip_class1", round),
        // Before the last days on which anything begins.
        _ => state(
            app,
            uscc,
            When::From(today - Days::new(9)),
            "ip_class2",
            round,
        ),
    }
}

fn prepare(app: &App, earlier: usize, rounds: usize, place: usize) -> Result<Group, AppError> {
    const FEW: usize = 100;
    let count = if earlier <= FEW { rounds.max(1) } else { 1 };
    let mut codes = Vec::with_capacity(count);
    for n in 0..count {
        codes.push(register(app, place * 1_000 + n)?);
    }
    let next = AtomicUsize::new(0);
    // Several at once, so that they share commits.
    std::thread::scope(|scope| {
        let work = || -> Result<(), AppError> {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(uscc) = codes.get(n / earlier.max(1)) else {
                    return Ok(());
                };
                before(app, uscc, n % earlier.max(1))?;
            }
        };
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|it| {
            it.join()
                .unwrap_or_else(|_| Err(AppError::internal("a thread of the bench ended")))
        })
    })?;
    Ok(Group { earlier, codes })
}

/// The n-th statement: figures of eight years and dated facts from ever other days, by turns.
fn before(app: &App, uscc: &str, n: usize) -> Result<(), AppError> {
    const ANNUAL: [&str; 3] = ["staff_total", "tech_staff", "rd_staff"];
    const DATED: [&str; 2] = ["ip_class1", "ip_class2"];
    let today = app.env.clock.today();
    let turn = n / 2;
    match n % 2 {
        0 => {
            let year = today.year() - 1 - i32::try_from(turn % 8).unwrap_or(0);
            state(app, uscc, When::Year(year), ANNUAL[turn / 8 % 3], n + 1_000)
        }
        _ => {
            let day = today - Days::new(1 + u64::try_from(turn).unwrap_or(0) % 10_000);
            state(app, uscc, When::From(day), DATED[turn % 2], n + 1_000)
        }
    }
}

#[derive(Clone, Copy)]
enum When {
    Year(i32),
    From(NaiveDate),
}

fn state(app: &App, uscc: &str, when: When, fact: &str, value: usize) -> Result<(), AppError> {
    let mut facts = Map::new();
    facts.insert(fact.into(), json!(value));
    let input = StatementInput {
        facts,
        evidence: None,
        source: "bench".into(),
    };
    let caller = Caller::<RecordFacts>::operator();
    let stated = |expected: Expected| match when {
        When::Year(year) => figures::state_year(app, &caller, uscc, year, expected, input.clone()),
        When::From(day) => figures::state_dated(app, &caller, uscc, day, expected, input.clone()),
    };
    let stated = |expected: Expected| stated(expected).map(|_| ());
    // The first statement names no version; another thread may make it meanwhile.
    stated(Expected::Any)
        .or_else(|_| stated(Expected::NotGiven))
        .or_else(|_| stated(Expected::Any))
}

fn register(app: &App, n: usize) -> Result<String, AppError> {
    let code = Uscc::from_body(&format!("91330602MC{n:06}"));
    let code = code
        .map_err(|error| AppError::internal(error.code()))?
        .to_string();
    let (year, month, day) = FIRST_DAY;
    let given = |text: String| Some(text);
    let input = EnterpriseInput {
        uscc: Some(code.clone()),
        name: given(format!("虚构越城填报{n}号科技有限公司")),
        district_code: given("330602".into()),
        registered_on: given(format!("{year}-{month:02}-{day:02}")),
        industry_code: given("C1713".into()),
        ..EnterpriseInput::default()
    };
    enterprise::register(app, &Caller::<WriteRegister>::operator(), &input)?;
    Ok(code)
}
