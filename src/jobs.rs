//! Work done by the clock: movements take effect on their day, what was kept long enough is deleted, what was cut off
//! is marked as failed, and, where the city wants it, everybody is assessed each night.
//!
//! While several processes serve one register, one of them is on duty. Each job may still be done twice without harm,
//! since `sanku jobs run` does it beside a serving process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::app::api_client;
use crate::app::assessment;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::upkeep::{self, Duty};
use crate::app::{export, keys, late, movement, operation, simulation};

/// What of it the city chooses.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Days after which another key signs the tokens.
    pub key_days: i64,
    /// From this hour (Asia/Shanghai) on, everybody is assessed once a day.
    pub nightly_hour: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            key_days: 90,
            nightly_hour: None,
        }
    }
}

/// A job and what it came to.
#[derive(Debug)]
pub struct Ran {
    pub job: &'static str,
    /// How many things it did.
    pub outcome: Result<usize, AppError>,
}

/// Does the clocked work beside a server until it is dropped.
pub struct Clockwork {
    stop: Arc<(Mutex<bool>, Condvar)>,
}

/// Everything once, as it is due at an instant.
pub fn run_all(app: &App, settings: Settings, at: DateTime<Utc>) -> Vec<Ran> {
    let mut ran = Vec::new();
    match upkeep::take_duty(app) {
        // Kept until all is done.
        Ok(duty) => {
            if duty.is_some() {
                ran.extend(after_interruption(app));
            }
            ran.extend(each_hour(app, settings, at));
            ran.extend(each_minute(app, settings, at));
            ran.push(late_facts(app, usize::MAX));
        }
        Err(error) => ran.push(Ran {
            job: "duty",
            outcome: Err(error),
        }),
    }
    ran
}

/// Begins at once and then looks every minute.
pub fn start(app: App, settings: Settings) -> std::io::Result<Clockwork> {
    let stop = Arc::new((Mutex::new(false), Condvar::new()));
    let told = stop.clone();
    let work = std::thread::Builder::new().name("sanku-jobs".into());
    work.spawn(move || {
        let mut turn = Turn::default();
        while !stopped_within(&told, Duration::ZERO) {
            let at = app.env.clock.now();
            let once = AssertUnwindSafe(|| turn.take(&app, settings, at));
            if catch_unwind(once).is_err() {
                tracing::error!("a job panicked");
            }
            if stopped_within(&told, Duration::from_secs(60)) {
                return;
            }
        }
    })?;
    Ok(Clockwork { stop })
}

impl Drop for Clockwork {
    fn drop(&mut self) {
        let (stop, told) = &*self.stop;
        *stop.lock().unwrap_or_else(PoisonError::into_inner) = true;
        told.notify_all();
    }
}

fn stopped_within(told: &(Mutex<bool>, Condvar), patience: Duration) -> bool {
    let (stop, told) = told;
    let stop = stop.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = told.wait_timeout_while(stop, patience, |stop| !*stop);
    *waited.unwrap_or_else(PoisonError::into_inner).0
}

/// What the thread keeps in mind from minute to minute.
#[derive(Default)]
struct Turn {
    duty: Option<Duty>,
    last_hourly: Option<DateTime<Utc>>,
}

impl Turn {
    fn take(&mut self, app: &App, settings: Settings, at: DateTime<Utc>) {
        // Every process for itself: another one may have changed the keys.
        if let Err(error) = keys::look(app) {
            tracing::warn!(%error, "cannot look for new signing keys");
        }
        // Each process has its own in memory.
        log(vec![key_uses(app)]);
        if !self.on_duty(app) {
            return;
        }
        let hourly = |last| at - last >= TimeDelta::hours(1);
        if self.last_hourly.is_none_or(hourly) {
            self.last_hourly = Some(at);
            log(each_hour(app, settings, at));
        }
        log(each_minute(app, settings, at));
        log(vec![late_facts(app, LATE_A_MINUTE)]);
    }

    /// Another process may have been on duty and be gone.
    fn on_duty(&mut self, app: &App) -> bool {
        if self.duty.as_mut().is_some_and(Duty::stands) {
            return true;
        }
        self.duty = match upkeep::take_duty(app) {
            Ok(duty) => duty,
            Err(error) => {
                tracing::warn!(%error, "the clocked work cannot begin");
                None
            }
        };
        if self.duty.is_some() {
            log(after_interruption(app));
        }
        self.duty.is_some()
    }
}

/// Only whoever is on duty may do this: what another process is at would look cut off.
fn after_interruption(app: &App) -> Vec<Ran> {
    vec![
        Ran {
            job: "interrupted operations",
            outcome: operation::fail_interrupted(app),
        },
        Ran {
            job: "interrupted assessments",
            outcome: assessment::fail_interrupted(app),
        },
        Ran {
            job: "interrupted simulations",
            outcome: simulation::fail_interrupted(app),
        },
    ]
}

fn each_hour(app: &App, settings: Settings, at: DateTime<Utc>) -> Vec<Ran> {
    vec![
        Ran {
            job: "old idempotency keys",
            outcome: upkeep::forget_keys(app, at),
        },
        Ran {
            job: "old sessions",
            outcome: upkeep::forget_sessions(app, at),
        },
        Ran {
            job: "old export files",
            outcome: export::delete_expired(app, &Caller::clockwork(), at),
        },
        Ran {
            job: "signing keys",
            outcome: keys::rotate_if_due(app, &Caller::clockwork(), settings.key_days, at),
        },
    ]
}

fn each_minute(app: &App, settings: Settings, at: DateTime<Utc>) -> Vec<Ran> {
    let mut ran = vec![Ran {
        job: "movements taking effect",
        outcome: movement::apply_due(app, &Caller::clockwork(), upkeep::day(at)),
    }];
    if let Some(hour) = settings.nightly_hour {
        ran.push(Ran {
            job: "nightly assessment",
            outcome: assessment::nightly(app, &Caller::clockwork(), hour, at),
        });
    }
    ran
}

fn key_uses(app: &App) -> Ran {
    Ran {
        job: "uses of API keys",
        outcome: api_client::keep_uses(app),
    }
}

/// After the assessment, which may have decided anew what was late.
fn late_facts(app: &App, most: usize) -> Ran {
    Ran {
        job: "late facts",
        outcome: late::catch_up(app, most),
    }
}

/// So many enterprises or decisions are looked at for late facts a minute: what a whole new version touches is followed
/// in the course of an hour, and movements still take effect in time.
const LATE_A_MINUTE: usize = 20_000;

/// What did nothing is not worth a line.
fn log(ran: Vec<Ran>) {
    for Ran { job, outcome } in ran {
        match outcome {
            Ok(0) => {}
            Ok(count) => tracing::info!(job, count, "clocked work"),
            Err(error) => tracing::warn!(job, %error, "clocked work failed"),
        }
    }
}
