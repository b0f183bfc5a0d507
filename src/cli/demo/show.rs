//! What the demonstration prints.

use std::time::Duration;

use crate::app::App;
use crate::app::assessment::RunView;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::import::ImportReport;
use crate::app::membership::{self, DistrictCount, PoolCount};
use crate::cli::outcome::out;
use crate::config::Config;
use crate::domain::access::ReadRegister;
use crate::domain::at::At;
use crate::domain::codes;
use crate::domain::messages::Lang;
use crate::domain::rules::Library;

use super::cast::{Cast, PASSWORD};
use crate::cli::outcome::Failure;

const POOLS: [(&str, &str); 3] = [
    ("STARTER", "起跑库"),
    ("ACCELERATION", "加速库"),
    ("SPRINT", "冲刺库"),
];
const COMMONEST: usize = 10;

/// Members by pool and district, today.
pub fn pools_now(app: &App) -> Result<Vec<PoolCount>, AppError> {
    let at = At {
        as_of: app.env.clock.today(),
        known_at: app.env.clock.now(),
    };
    membership::counts(app, &Caller::<ReadRegister>::operator(), at)
}

pub fn print(done: &Done, config: &Config, took: Duration) -> Result<(), Failure> {
    let counts = &done.report;
    out(format!(
        "imported   {} fictional firms, {} rows of yearly figures, {} titles",
        counts.enterprises.new, counts.figures.new, counts.certifications.new
    ))?;
    out(format!(
        "assessed   {} firms by {} version {} as of {}: {} decisions, {} movements proposed, {} endorsed and approved",
        done.run.done,
        done.run.rule_set,
        done.run.rule_set_version,
        done.run.as_of,
        done.run.summary.changed,
        done.run.summary.movements.values().sum::<i64>(),
        done.decided
    ))?;
    pools(done)?;
    placements(done)?;
    unmet(done, config.lang())?;
    out("\ntimings")?;
    for (step, time) in &done.timings {
        out(format!("  {:<34} {:>7.2} s", step, time.as_secs_f64()))?;
    }
    out(format!(
        "  {:<34} {:>7.2} s",
        "from start to here",
        took.as_secs_f64()
    ))?;
    out(format!("\naccounts, all with the password {PASSWORD}"))?;
    for (name, role, district) in &done.cast.accounts {
        out(format!(
            "  {name:<18} {role:<17} {}",
            district.as_deref().unwrap_or("")
        ))?;
    }
    Ok(())
}

pub fn served(config: &Config) -> Result<(), Failure> {
    let address = config.server.listen;
    out(format!(
        "\nserving at http://{address}, documentation at http://{address}/docs/ (Ctrl-C ends it)"
    ))
}

/// A line a district, a column a pool.
fn pools(done: &Done) -> Result<(), Failure> {
    out("\npools                  before   after")?;
    for (pool, name) in POOLS {
        let before = done.run.summary.before.get(pool).copied().unwrap_or(0);
        let after: i64 = districts(done, pool).iter().map(|it| it.members).sum();
        out(format!("  {pool:<13} {name}  {before:>6}  {after:>6}"))?;
    }
    let line: Vec<String> = POOLS
        .iter()
        .map(|(pool, _)| format!("{pool:>13}"))
        .collect();
    out(format!("\nby district     {}", line.concat()))?;
    for district in codes::districts() {
        let cells: Vec<String> = POOLS
            .iter()
            .map(|(pool, _)| {
                let mut counted = districts(done, pool).iter();
                let here = counted.find(|it| it.district_code == district.code);
                let n = here.map_or(0, |it| it.members);
                format!("{n:>13}")
            })
            .collect();
        out(format!(
            "  {} {}{}",
            district.code,
            district.zh,
            cells.concat()
        ))?;
    }
    Ok(())
}

fn districts<'a>(done: &'a Done, pool: &str) -> &'a [DistrictCount] {
    let counted = done.after.iter().find(|it| it.pool.as_str() == pool);
    counted.map_or(&[], |it| &it.districts)
}

fn placements(done: &Done) -> Result<(), Failure> {
    let placed: Vec<String> = done
        .run
        .summary
        .placed
        .iter()
        .map(|(place, n)| format!("{place} {n}"))
        .collect();
    out(format!("\nplaced by the rules: {}", placed.join(", ")))
}

fn unmet(done: &Done, lang: Lang) -> Result<(), Failure> {
    let mut counts: Vec<(&String, &i64)> = done.run.summary.unmet.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let set = Library::shipped().find(&done.run.rule_set, done.run.as_of);
    out(format!(
        "\ncommonest unmet criteria (of {} firms)",
        done.run.done
    ))?;
    for (id, count) in counts.into_iter().take(COMMONEST) {
        let criterion = set.and_then(|set| set.criteria().find(|it| it.id == *id));
        let title = criterion.map_or("", |it| it.title.in_lang(lang));
        out(format!("  {count:>7}  {id:<14} {title}"))?;
    }
    Ok(())
}

/// What the demonstration did and how long each step took.
pub(super) struct Done {
    pub report: ImportReport,
    pub run: RunView,
    pub cast: Cast,
    pub decided: usize,
    pub after: Vec<PoolCount>,
    pub timings: Vec<(&'static str, Duration)>,
}
