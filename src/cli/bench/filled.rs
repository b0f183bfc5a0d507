//! A database of the bench's own, filled with fictional firms, and what is measured the same way everywhere.

use std::path::PathBuf;
use std::time::Instant;

use crate::app::caller::Caller;
use crate::app::env::Env;
use crate::app::import::{ImportOptions, import_rows};
use crate::app::{App, demo_register, rules};
use crate::cli::opening::options;
use crate::cli::outcome::{Failure, out, told};
use crate::config::Config;
use crate::domain::access::{Import, PublishRules};
use crate::store;

/// A database of the bench's own, filled with fictional firms.
pub(super) struct Bench {
    pub app: App,
    pub config: Config,
    pub folder: PathBuf,
}

impl Bench {
    /// In a temporary SQLite file, or in the fresh database that was named.
    pub fn prepare(config: &Config, database_given: bool, firms: u32) -> Result<Bench, Failure> {
        let folder = std::env::temp_dir().join(format!("sanku-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .map_err(|error| Failure::Could(format!("{}: {error}", folder.display())))?;
        let mut config = config.clone();
        if !database_given {
            config.database_url = format!("sqlite:{}", folder.join("bench.db").display()).into();
        }
        if store::migrate(config.database_url.expose())?.is_empty() {
            return Err(Failure::Use(
                "the bench needs a fresh database; this one is in use".into(),
            ));
        }
        let app = App::open(options(&config), Env::system())
            .map_err(|error| told(error, config.lang()))?;
        let bench = Bench {
            app,
            config,
            folder,
        };
        bench.fill(firms)?;
        Ok(bench)
    }

    fn fill(&self, firms: u32) -> Result<(), Failure> {
        /// So many at a time, so that a province does not have to stand in memory.
        const AT_ONCE: u32 = 20_000;
        let words = |error| told(error, self.config.lang());
        rules::publish_shipped(&self.app, &Caller::<PublishRules>::operator()).map_err(words)?;
        let today = self.app.env.clock.today();
        let began = Instant::now();
        let mut rows = 0;
        let mut done = 0;
        while done < firms {
            let register = demo_register::generate_from(done, AT_ONCE.min(firms - done), 1, today)
                .map_err(|error| Failure::Could(format!("fictional codes: {}", error.code())))?;
            rows +=
                register.enterprises.len() + register.figures.len() + register.certifications.len();
            let caller = Caller::<Import>::operator();
            import_rows(
                &self.app,
                &caller,
                register,
                "bench",
                ImportOptions::new(today),
            )
            .map_err(words)?;
            done += AT_ONCE.min(firms - done);
        }
        let seconds = began.elapsed().as_secs_f64();
        out(format!(
            "filled with {firms} firms ({rows} rows) in {seconds:.1} s, {:.0} rows/s",
            rows as f64 / seconds
        ))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // A folder that cannot be removed is left to the system's own clearing up.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The middle of several measurements: one reading on a busy machine says little.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Resident memory of a process in MB, where the system tells it.
pub(super) fn resident_mb(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kb: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024.0)
}

/// The most memory a process ever held, in MB.
pub(super) fn peak_mb(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kb: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024.0)
}
