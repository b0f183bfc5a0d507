//! `sanku demo`: the main job on fictional firms: import, assess, decide the movements, show the pools; then serve.

mod cast;
mod show;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::app::assessment::{self, RunRequest};
use crate::app::caller::Caller;
use crate::app::import::{ImportOptions, import_rows};
use crate::app::{App, demo_register, rules};
use crate::config::{Config, SecondFactor};
use crate::domain::access::{Import, PublishRules, RunAssessment};
use crate::store;

use super::opening::open;
use super::outcome::{Failure, Outcome, Verdict, told};
use super::serve;
use cast::Cast;
use show::Done;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// How many fictional firms
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    enterprises: u32,
    /// The same seed gives the same firms
    #[arg(long, value_name = "S", default_value_t = 20_210_725)]
    seed: u64,
    /// Print the result and end, without serving
    #[arg(long)]
    no_serve: bool,
}

pub fn run(args: &Args, config: &Config, database_given: bool) -> Outcome {
    let began = Instant::now();
    let place = Home::choose(config, database_given)?;
    let app = open(&place.config)?;
    let done = perform(&app, args, &place.config, began)?;
    show::print(&done, &place.config, began.elapsed())?;
    if args.no_serve {
        return Ok(Verdict::Done);
    }
    show::served(&place.config)?;
    serve::serve(app, &place.config)
}

fn perform(app: &App, args: &Args, config: &Config, began: Instant) -> Result<Done, Failure> {
    let words = |error| told(error, config.lang());
    let mut watch = Watch {
        last: began,
        timings: Vec::new(),
    };
    rules::publish_shipped(app, &Caller::<PublishRules>::operator()).map_err(words)?;
    let cast = Cast::engage(app).map_err(words)?;
    watch.lap("database, rule sets, accounts");
    let today = app.env.clock.today();
    let register = demo_register::generate(args.enterprises, args.seed, today)
        .map_err(|error| Failure::Could(format!("fictional codes: {}", error.code())))?;
    watch.lap("firms made up");
    let caller = Caller::<Import>::operator();
    let imported =
        import_rows(app, &caller, register, "demo", ImportOptions::new(today)).map_err(words)?;
    watch.lap("import");
    let maker = cast.maker::<RunAssessment>(app).map_err(words)?;
    let run = assessment::run(app, &maker, &RunRequest::default(), |_, _| {}).map_err(words)?;
    watch.lap("assessment");
    let decided = cast.decide_all(app).map_err(words)?;
    watch.lap("movements endorsed and approved");
    let after = show::pools_now(app).map_err(words)?;
    Ok(Done {
        report: imported.value,
        run,
        cast,
        decided,
        after,
        timings: watch.timings,
    })
}

struct Watch {
    last: Instant,
    timings: Vec<(&'static str, Duration)>,
}

impl Watch {
    fn lap(&mut self, step: &'static str) {
        self.timings.push((step, self.last.elapsed()));
        self.last = Instant::now();
    }
}

/// Where the demonstration lives: a folder of its own that goes away with it, unless a database was named.
struct Home {
    config: Config,
    folder: Option<PathBuf>,
}

impl Home {
    fn choose(config: &Config, database_given: bool) -> Result<Home, Failure> {
        let mut place = Home {
            config: config.clone(),
            folder: None,
        };
        // Its accounts are no secret, and nobody shall need a telephone to look around.
        place.config.session.second_factor = SecondFactor::Offered;
        if !database_given {
            let folder = std::env::temp_dir().join(format!("sanku-demo-{}", std::process::id()));
            std::fs::create_dir_all(&folder)
                .map_err(|error| Failure::Could(format!("{}: {error}", folder.display())))?;
            place.config.database_url =
                format!("sqlite:{}", folder.join("demo.db").display()).into();
            place.folder = Some(folder);
        }
        let ran = store::migrate(place.config.database_url.expose())?;
        if ran.is_empty() {
            return Err(Failure::Use(
                "the demonstration needs a fresh database; this one is in use, and fictional firms do not belong into it".into(),
            ));
        }
        Ok(place)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // A folder that cannot be removed is left to the system's own clearing up.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}
