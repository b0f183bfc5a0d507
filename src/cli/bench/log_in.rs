//! `sanku bench log-in`: whether the time a refused log-in takes tells why it was refused.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use crate::app::App;
use crate::app::account::{self, Amendment, NewAccount};
use crate::app::caller::Caller;
use crate::app::env::{Env, FixedClock};
use crate::app::error::AppError;
use crate::app::expected::Expected;
use crate::app::session::{self, Attempt};
use crate::config::Config;

use super::filled::Bench;
use crate::cli::outcome::Verdict;
use crate::cli::outcome::{Failure, Outcome, out, told};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Refused log-ins of each kind
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    rounds: usize,
}

/// Above it two kinds can be told apart (the bound of TVLA, ISO/IEC 17825).
const DISTINGUISHABLE: f64 = 4.5;
/// The first log-ins of a process are slower, whatever they are.
const WARM_UP: usize = 20;
const PASSWORD: &str = "Bench-Only-2026";
const GUESS: &str = "Bench-Guess-2026";

/// Why a log-in is refused.
#[derive(Debug, Clone, Copy)]
struct Case {
    name: &'static str,
    username: &'static str,
    password: &'static str,
    /// From the address that is locked, or from one that was never seen.
    locked: bool,
}

const CASES: [Case; 4] = [
    case("unknown", "bench.nobody", GUESS, false),
    case("wrong", "bench.wrong", GUESS, false),
    case("locked", "bench.locked", PASSWORD, true),
    case("disabled", "bench.disabled", PASSWORD, false),
];

const fn case(
    name: &'static str,
    username: &'static str,
    password: &'static str,
    locked: bool,
) -> Case {
    Case {
        name,
        username,
        password,
        locked,
    }
}

pub fn run(args: &Args, config: &Config, database_given: bool) -> Outcome {
    let bench = Bench::prepare(config, database_given, 0)?;
    let words = |error| told(error, config.lang());
    // The clock stands, so that a lock lasts to the end.
    let env = Env::system();
    let clock = Arc::new(FixedClock::at(env.clock.now()));
    let app = App::open(
        crate::cli::opening::options(&bench.config),
        Env { clock, ..env },
    )
    .map_err(words)?;
    engage(&app).map_err(words)?;
    let mut took: [Vec<f64>; 4] = Default::default();
    let mut next = 0_u32;
    for round in 0..args.rounds + WARM_UP {
        // Another order each round, so that none always follows the same.
        for place in 0..CASES.len() {
            let which = (place + round) % CASES.len();
            next += 1;
            let micros = refused(&app, &CASES[which], next)?;
            if round >= WARM_UP {
                took[which].push(micros);
            }
        }
    }
    show(&took)
}

fn engage(app: &App) -> Result<(), AppError> {
    for case in CASES.iter().skip(1) {
        let input = NewAccount {
            username: case.username.into(),
            password: PASSWORD.into(),
            role: "AUDITOR".into(),
            district_code: None,
            uscc: None,
        };
        let made = account::create(app, &Caller::operator(), input)?.value;
        if case.name == "disabled" {
            let off = Amendment {
                active: Some(false),
                ..Amendment::default()
            };
            account::amend(app, &Caller::operator(), &made.id, Expected::Any, off)?;
        }
        if case.locked {
            while !app
                .lockout
                .is_locked(case.username, Some(LOCKED), app.env.clock.now())
            {
                let _ = attempt(app, case.username, GUESS, LOCKED);
            }
        }
    }
    Ok(())
}

const LOCKED: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

/// Microseconds until the refusal.
fn refused(app: &App, case: &Case, number: u32) -> Result<f64, Failure> {
    let address = match case.locked {
        true => LOCKED,
        false => IpAddr::from((0x0a00_0000 + number).to_be_bytes()),
    };
    let began = Instant::now();
    let answer = attempt(app, case.username, case.password, address);
    let took = began.elapsed();
    match answer {
        Err(AppError::Unauthenticated {
            code: "auth.credentials",
        }) => Ok(took.as_nanos() as f64 / 1_000.0),
        other => Err(Failure::Could(format!("{}: {other:?}", case.name))),
    }
}

fn attempt(app: &App, username: &str, password: &str, address: IpAddr) -> Result<(), AppError> {
    let attempt = Attempt {
        username,
        password,
        code: None,
        address: Some(address),
        request_id: "bench",
    };
    session::log_in_from(app, &attempt).map(|_| ())
}

fn show(took: &[Vec<f64>; 4]) -> Outcome {
    out("refused because     n   mean us     sd us")?;
    for (case, micros) in CASES.iter().zip(took) {
        let (mean, variance) = moments(micros);
        out(format!(
            "{:<15} {:>5} {mean:>9.1} {:>9.1}",
            case.name,
            micros.len(),
            variance.sqrt()
        ))?;
    }
    out("\nWelch's t of each two kinds")?;
    let mut worst: f64 = 0.0;
    for (first, one) in CASES.iter().enumerate() {
        for (second, other) in CASES.iter().enumerate().skip(first + 1) {
            let t = welch(&took[first], &took[second]);
            worst = worst.max(t.abs());
            out(format!("{:<9} {:<9} {t:>7.2}", one.name, other.name))?;
        }
    }
    out(format!(
        "\nlargest |t| {worst:.2}, distinguishable from {DISTINGUISHABLE}"
    ))?;
    Ok(match worst < DISTINGUISHABLE {
        true => Verdict::Done,
        false => Verdict::No,
    })
}

fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|it| (it - mean).powi(2)).sum();
    (mean, squares / (count - 1.0))
}

fn welch(one: &[f64], other: &[f64]) -> f64 {
    let ((m1, v1), (m2, v2)) = (moments(one), moments(other));
    (m1 - m2) / (v1 / one.len() as f64 + v2 / other.len() as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welch_is_as_in_the_book() {
        let t = welch(&[1.0, 2.0, 3.0], &[4.0, 6.0, 8.0]);
        // (2 − 6) / √(1/3 + 4/3)
        assert!((t + 4.0 / (5.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{t}");
    }
}
