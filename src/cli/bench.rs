//! `sanku bench`: measures the main work on a database of its own, each figure beside a yardstick of the same run.

mod abuse;
mod assess;
mod figures;
mod filled;
mod http;
mod load;
mod log_in;
mod simulate;

use crate::config::Config;

use super::outcome::Outcome;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Requests a second of the served register, with the latency at half that rate
    Http(http::Args),
    /// A normal reader's latency and the server's memory while somebody abuses it
    Abuse(abuse::Args),
    /// A whole assessment against one SQL statement over the same tables
    Assess(assess::Args),
    /// A change of a figure where much was stated before, against one where little was
    Figures(figures::Args),
    /// Whether the time of a refused log-in tells why it was refused (Welch's t of each two kinds)
    LogIn(log_in::Args),
    /// A what-if over everybody with its list, and how fast all rule sets judge and explain in memory
    Simulate(simulate::Args),
}

pub fn run(args: &Args, config: &Config, database_given: bool) -> Outcome {
    match &args.what {
        What::Http(args) => http::run(args, config, database_given),
        What::Abuse(args) => abuse::run(args, config, database_given),
        What::Assess(args) => assess::run(args, config, database_given),
        What::Figures(args) => figures::run(args, config, database_given),
        What::LogIn(args) => log_in::run(args, config, database_given),
        What::Simulate(args) => simulate::run(args, config, database_given),
    }
}
