//! The served register under load: the server runs as a process of its own, the clients in this one.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::filled::{Bench, median, resident_mb};
use super::load::{self, Pressure, Request};
use crate::app::account::{self, NewAccount};
use crate::app::assessment::{self, RunRequest};
use crate::app::caller::Caller;
use crate::app::enterprise::{self, ListQuery};
use crate::app::session;
use crate::cli::outcome::{Failure, out, told};
use crate::cli::outcome::{Outcome, Verdict};
use crate::config::Config;
use crate::domain::access::{ManageUsers, ReadRegister, RunAssessment};
use crate::domain::uscc::Uscc;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 100_000)]
    firms: u32,
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Of each of the three readings of a case
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Only the case whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// So many servers on the one database, each with its share of the connections
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8))]
    servers: u8,
}

/// Requests a second that a city needs, by the plan of the register.
struct Case {
    name: &'static str,
    wanted: f64,
    request: Request,
}

const READINGS: usize = 3;

pub fn run(args: &Args, config: &Config, database_given: bool) -> Outcome {
    let bench = Bench::prepare(config, database_given, args.firms)?;
    let words = |error| told(error, config.lang());
    let app = &bench.app;
    // An automatic rule set puts everybody where they belong, so that lists by pool have something to list.
    place_everybody(&bench)?;
    let password = "Bench-Only-2026";
    let input = NewAccount {
        username: "bench".into(),
        password: password.into(),
        role: "CITY_OFFICER".into(),
        district_code: None,
        uscc: None,
    };
    account::create(app, &Caller::<ManageUsers>::operator(), input).map_err(words)?;
    let sample = sample(&bench)?;
    let token = session::log_in(app, "bench", password)
        .map_err(words)?
        .access_token;
    let wanted = wanted(args, cases(&token, sample))?;
    let began = Instant::now();
    let first = Served::start(&bench.config)?;
    let start = began.elapsed();
    let mut servers = vec![first];
    for _ in 1..args.servers {
        servers.push(Served::start(&bench.config)?);
    }
    std::thread::sleep(Duration::from_secs(3));
    out(format!(
        "start to first answer {:.2} s, idle memory {:.0} MB\n",
        start.as_secs_f64(),
        resident_mb(servers[0].child.id()).unwrap_or(0.0)
    ))?;
    let to: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
    let opened = || {
        to.iter()
            .map(|server| connections_opened(*server))
            .sum::<Result<u64, _>>()
    };
    let before = opened()?;
    out(
        "case                       requests/s   wanted   p50 ms   p99 ms   at half rate: p50 ms   p99 ms   failed",
    )?;
    for case in wanted {
        measure(&case, &to, args)?;
    }
    out(format!(
        "\nconnections to the database opened while serving {}\nmemory after the load {:.0} MB",
        opened()? - before,
        resident_mb(servers[0].child.id()).unwrap_or(0.0)
    ))?;
    Ok(Verdict::Done)
}

/// All cases, or those whose name contains what was asked for.
fn wanted(args: &Args, cases: Vec<Case>) -> Result<Vec<Case>, Failure> {
    let only = args.only.as_deref().unwrap_or_default();
    let wanted: Vec<Case> = cases
        .into_iter()
        .filter(|case| case.name.contains(only))
        .collect();
    match wanted.is_empty() {
        true => Err(Failure::Use(format!(
            "--only {only}: no case has this in its name"
        ))),
        false => Ok(wanted),
    }
}

/// As the server itself counts them.
fn connections_opened(server: SocketAddr) -> Result<u64, Failure> {
    const NAME: &str = "sanku_database_connections_opened_total ";
    let text = load::body(server, "/metrics")
        .map_err(|error| Failure::Could(format!("the server's measurements: {error}")))?;
    let line = text.lines().find_map(|line| line.strip_prefix(NAME));
    line.and_then(|count| count.trim().parse().ok())
        .ok_or_else(|| Failure::Could("the server does not count its connections".into()))
}

fn measure(case: &Case, to: &[SocketAddr], args: &Args) -> Result<(), Failure> {
    let broken = |error: std::io::Error| Failure::Could(format!("{}: {error}", case.name));
    let lasting = Duration::from_secs(args.seconds);
    let full = Pressure {
        connections: args.connections,
        lasting,
        rate: None,
    };
    let mut rates = Vec::new();
    let mut last = load::Stats::default();
    let mut failures = 0;
    for reading in 0..READINGS {
        last = load::run(to, full, shifted(&case.request, reading)).map_err(broken)?;
        failures += last.failures;
        rates.push(last.per_second());
    }
    let rate = median(rates);
    let half = Pressure {
        rate: Some((rate / 2.0).min(case.wanted / 2.0)),
        ..full
    };
    let calm = load::run(to, half, shifted(&case.request, READINGS)).map_err(broken)?;
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    out(format!(
        "{:<26} {:>10.0} {:>8.0} {:>8.2} {:>8.2} {:>22.2} {:>8.2} {:>8}",
        case.name,
        rate,
        case.wanted,
        ms(last.percentile(0.5)),
        ms(last.percentile(0.99)),
        ms(calm.percentile(0.5)),
        ms(calm.percentile(0.99)),
        failures + calm.failures
    ))
}

/// Each reading asks for other things than the one before; what is made must be new.
fn shifted(request: &Request, reading: usize) -> Request {
    let request = request.clone();
    Arc::new(move |n| request(n + reading * 10_000_000))
}

/// Names and codes to ask for.
struct Sample {
    usccs: Vec<String>,
    pieces: Vec<String>,
    places: Vec<(String, String)>,
}

impl Sample {
    /// The path of one of them.
    fn one(&self, n: usize) -> String {
        format!("/v1/enterprises/{}", self.usccs[n % self.usccs.len()])
    }
}

fn sample(bench: &Bench) -> Result<Sample, Failure> {
    let caller = Caller::<ReadRegister>::operator();
    let mut sample = Sample {
        usccs: Vec::new(),
        pieces: Vec::new(),
        places: Vec::new(),
    };
    let mut query = ListQuery {
        limit: 200,
        ..ListQuery::default()
    };
    for _ in 0..20 {
        let page = enterprise::list(&bench.app, &caller, &query)
            .map_err(|error| told(error, bench.config.lang()))?;
        for item in &page.items {
            let chars: Vec<char> = item.name.chars().collect();
            let at = item.uscc.bytes().map(usize::from).sum::<usize>()
                % chars.len().saturating_sub(1).max(1);
            sample
                .pieces
                .push(chars[at..(at + 2).min(chars.len())].iter().collect());
            sample.usccs.push(item.uscc.clone());
            if let Some(pool) = &item.pool {
                sample
                    .places
                    .push((item.district_code.clone(), pool.clone()));
            }
        }
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    Ok(sample)
}

fn cases(token: &str, sample: Sample) -> Vec<Case> {
    let sample = Arc::new(sample);
    let case = |name, wanted, build: fn(&Sample, usize) -> (String, Option<String>)| {
        let (token, sample) = (token.to_string(), sample.clone());
        let request: Request = Arc::new(move |n| match build(&sample, n) {
            (path, None) => load::get(&path, &token),
            (path, Some(body)) => load::post(&path, &token, &body),
        });
        Case {
            name,
            wanted,
            request,
        }
    };
    vec![
        case("GET one", 10_000.0, |it, n| (it.one(n), None)),
        case("list 50 by district, pool", 2_500.0, |it, n| {
            let (district, pool) = it
                .places
                .get(n % it.places.len().max(1))
                .cloned()
                .unwrap_or_default();
            (
                format!("/v1/enterprises?district_code={district}&pool={pool}&limit=50"),
                None,
            )
        }),
        case("history of one", 8_000.0, |it, n| {
            (format!("{}/history", it.one(n)), None)
        }),
        case("eligibility of one", 1_500.0, |it, n| {
            (format!("{}/eligibility?rule_set=POOLS", it.one(n)), None)
        }),
        case("search two characters", 1_000.0, |it, n| {
            (
                format!(
                    "/v1/enterprises?q={}&limit=50",
                    percent(&it.pieces[n % it.pieces.len()])
                ),
                None,
            )
        }),
        case("POST with event", 10_000.0, |_, n| {
            ("/v1/enterprises".into(), Some(new_firm(n)))
        }),
    ]
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn new_firm(n: usize) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut rest = n;
    let mut body = *b"91330602MB000000";
    for place in (10..16).rev() {
        body[place] = ALPHABET[rest % 31];
        rest /= 31;
    }
    let code = Uscc::from_body(std::str::from_utf8(&body).unwrap_or_default());
    let code = code.map(|it| it.to_string()).unwrap_or_default();
    format!(
        r#"{{"uscc":"{code}","name":"虚构越城压测{n}号科技有限公司","district_code":"330602","registered_on":"2019-05-06","industry_code":"C1713","contact":{{"name":"王某","phone":"13800138000"}}}}"#
    )
}

fn place_everybody(bench: &Bench) -> Result<(), Failure> {
    let words = |error| told(error, bench.config.lang());
    super::assess::publish_automatic(&bench.app).map_err(words)?;
    let caller = Caller::<RunAssessment>::operator();
    assessment::run(&bench.app, &caller, &RunRequest::default(), |_, _| {}).map_err(words)?;
    Ok(())
}

/// `sanku serve` on a free port; ended with the bench.
pub(super) struct Served {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Served {
    pub(super) fn start(config: &Config) -> Result<Served, Failure> {
        let broken =
            |error: std::io::Error| Failure::Could(format!("cannot start the server: {error}"));
        let address = TcpListener::bind("127.0.0.1:0")
            .and_then(|it| it.local_addr())
            .map_err(broken)?;
        let program = std::env::current_exe().map_err(broken)?;
        let child = Command::new(program)
            .args([
                "serve",
                "--listen",
                &address.to_string(),
                "--database-url",
                config.database_url.expose(),
            ])
            .args(["--log", "warn"])
            .stdin(Stdio::null())
            .spawn()
            .map_err(broken)?;
        let served = Served { child, address };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if began.elapsed() > Duration::from_secs(20) {
                return Err(Failure::Could("the server did not come up".into()));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(served)
    }
}

impl Served {
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
