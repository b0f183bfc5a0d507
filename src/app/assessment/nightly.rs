//! The assessment of a night: once a day, over everybody, where the city wants it.

use chrono::{DateTime, Timelike, Utc};

use super::plan::RunRequest;
use super::run;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::domain::access::RunAssessment;
use crate::domain::clock::legal_day;
use crate::store::assessments;

/// Assesses everybody if `hour` (Asia/Shanghai) has come and the day had no such run yet; tells whether it did.
pub fn nightly(
    app: &App,
    caller: &Caller<RunAssessment>,
    hour: u32,
    at: DateTime<Utc>,
) -> Result<usize, AppError> {
    if shanghai_hour(at) < hour {
        return Ok(0);
    }
    // A day to come can be looked at, but nobody can be judged on it yet.
    let day = legal_day(at).min(app.env.clock.today());
    let actor = caller.actor().to_string();
    let made = app
        .store
        .read(|conn| assessments::made_by(conn, &actor, day))?;
    if made {
        return Ok(0);
    }
    let request = RunRequest {
        as_of: Some(day.to_string()),
        ..RunRequest::default()
    };
    run(app, caller, &request, |_, _| {})?;
    Ok(1)
}

fn shanghai_hour(at: DateTime<Utc>) -> u32 {
    (at + chrono::Duration::hours(8)).hour()
}
