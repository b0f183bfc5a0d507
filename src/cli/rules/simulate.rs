//! `sanku rules simulate`: proposed rules tried on everybody, or a part, and who would move.

mod report;

use std::path::PathBuf;

use serde_json::Map;

use super::document::read;
use crate::app::App;
use crate::app::caller::Caller;
use crate::app::error::AppError;
use crate::app::list;
use crate::app::simulation::face::{Mover, Simulation};
use crate::app::simulation::{
    self, MoverQuery, MoverView, Movers, MoversOf, SimulationRequest, SimulationView,
};
use crate::cli::opening::open;
use crate::cli::outcome::{Failure, Format, Outcome, Verdict, out, printed, text, told};
use crate::cli::progress;
use crate::config::Config;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The base: CODE as in force on the day, or CODE@DAY
    code: String,
    /// A document (TOML or JSON) to try
    #[arg(long, value_name = "FILE", conflicts_with_all = ["version", "set"])]
    document: Option<PathBuf>,
    /// A version of the rule set to try
    #[arg(long, value_name = "N", conflicts_with = "set")]
    version: Option<i64>,
    /// A value of the base to try, as in a_rd/at_least=4; may be repeated
    #[arg(long, value_name = "PLACE=VALUE")]
    set: Vec<String>,
    /// The day on which everybody is judged; today if not given
    #[arg(long, value_name = "DAY")]
    as_of: Option<String>,
    /// Only this district
    #[arg(long, value_name = "CODE")]
    district: Option<String>,
    /// Only this section, division or class
    #[arg(long, value_name = "CODE")]
    industry: Option<String>,
    /// Name everybody who would move
    #[arg(long)]
    list: bool,
    #[arg(long, default_value = "table")]
    format: Format,
}

pub fn run(args: &Args, config: &Config) -> Outcome {
    let lang = config.lang();
    let request = request(args)?;
    let app = open(config)?;
    let bar = progress::bar();
    let heard = |done, total| {
        if let Some(bar) = &bar {
            bar(done, total);
        }
    };
    let made = simulation::run(&app, &Caller::operator(), &request, heard);
    let made = made.map_err(|error| told(error, lang))?;
    drop(bar);
    match args.format {
        Format::Json if args.list => listed_json(&app, config, &made)?,
        Format::Json => printed(&Simulation::of(made, lang))?,
        Format::Table => {
            report::print(&made, lang)?;
            if args.list {
                report::list_head(made.moved, lang)?;
                each_mover(&app, config, &made.id, |it| report::line(it, lang))?;
            }
        }
    }
    Ok(Verdict::Done)
}

/// The list is written as it is read.
fn listed_json(app: &App, config: &Config, made: &SimulationView) -> Result<(), Failure> {
    let lang = config.lang();
    let head = text(&Simulation::of(made.clone(), lang))?;
    let open = head.strip_suffix('}').unwrap_or(&head);
    out(format!("{open},\"movements\":["))?;
    let mut comma = "";
    each_mover(app, config, &made.id, |it| {
        let item = text(&Mover::of(it.clone(), lang))?;
        out(format!("{comma}{item}"))?;
        comma = ",";
        Ok(())
    })?;
    out("]}")
}

fn request(args: &Args) -> Result<SimulationRequest, Failure> {
    let mut parameters = Map::new();
    for given in &args.set {
        // A place has no such sign, a value may.
        let (place, value) = given
            .split_once('=')
            .ok_or_else(|| Failure::Use(format!("{given}: write PLACE=VALUE")))?;
        parameters.insert(place.into(), value.into());
    }
    Ok(SimulationRequest {
        rule_set: args.code.clone(),
        document: args.document.as_deref().map(read).transpose()?,
        version: args.version,
        parameters: (!parameters.is_empty()).then_some(parameters),
        as_of: args.as_of.clone(),
        district_code: args.district.clone(),
        industry_code: args.industry.clone(),
    })
}

/// Read as it is printed: of a million firms a good part may move.
fn each_mover(
    app: &App,
    config: &Config,
    id: &str,
    mut take: impl FnMut(&MoverView) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let movers = MoversOf {
        simulation_id: id.into(),
        filter: MoverQuery::default(),
    };
    // A failure to print is none of the list's.
    let mut failed = None;
    let read = list::each::<Movers>(app, &Caller::operator(), &movers, |row| {
        take(&row).map_err(|failure| {
            failed = Some(failure);
            AppError::internal("the list was not printed")
        })
    });
    match (failed, read) {
        (Some(failure), _) => Err(failure),
        (None, read) => read.map_err(|error| told(error, config.lang())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value as Json;

    fn args(set: &[&str]) -> Args {
        Args {
            code: "POOLS".into(),
            document: None,
            version: None,
            set: set.iter().map(|it| (*it).to_owned()).collect(),
            as_of: None,
            district: None,
            industry: None,
            list: false,
            format: Format::Table,
        }
    }

    #[test]
    fn parameters_are_read_from_place_and_value() {
        let read = request(&args(&["a_rd/at_least=4", "moves/keep_percent=80"])).unwrap();
        let parameters = read.parameters.unwrap();
        assert_eq!(parameters["a_rd/at_least"], Json::from("4"));
        assert_eq!(parameters["moves/keep_percent"], Json::from("80"));
        assert!(request(&args(&["a_rd"])).is_err());
        assert_eq!(request(&args(&[])).unwrap().parameters, None);
    }
}
