//! A normal reader's latency, and the server's memory, while somebody else asks for too much.

use std::io::{Cursor, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::filled::{Bench, peak_mb};
use super::http::Served;
use super::load::{self, Pressure, Request, Stats};
use crate::app::account::{self, NewAccount};
use crate::app::caller::Caller;
use crate::app::enterprise::{self, ListQuery};
use crate::app::session;
use crate::cli::outcome::{Failure, out, told};
use crate::cli::outcome::{Outcome, Verdict};
use crate::config::Config;
use crate::domain::access::{ManageUsers, ReadRegister};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, default_value_t = 20_000)]
    firms: u32,
    /// Of each kind of abuse
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Requests a second of the normal reader
    #[arg(long, default_value_t = 100.0)]
    rate: f64,
}

/// What the reader may be made to wait, and what the server may hold.
const WANTED_P99: Duration = Duration::from_millis(200);
const WANTED_MB: f64 = 512.0;
const SLOW_CONNECTIONS: usize = 500;
const EXPORTS: usize = 50;
/// The first row, to compare with.
const NOTHING: &str = "nothing";
const PASSWORD: &str = "Bench-Only-2026";

/// Goes on until it is told to stop.
type Abuse = Box<dyn FnOnce(SocketAddr, Duration, &AtomicBool) -> std::io::Result<Stats> + Send>;

pub fn run(args: &Args, config: &Config, database_given: bool) -> Outcome {
    let bench = Bench::prepare(config, database_given, args.firms)?;
    let words = |error| told(error, bench.config.lang());
    for name in ["reader", "abuser"] {
        let input = NewAccount {
            username: name.into(),
            password: PASSWORD.into(),
            role: "CITY_OFFICER".into(),
            district_code: None,
            uscc: None,
        };
        account::create(&bench.app, &Caller::<ManageUsers>::operator(), input).map_err(words)?;
    }
    let served = Served::start(&bench.config)?;
    let token = |name| -> Result<String, Failure> {
        let granted = session::log_in(&bench.app, name, PASSWORD).map_err(words)?;
        Ok(granted.access_token)
    };
    let (reader, abuser) = (reading(&bench, token("reader")?)?, token("abuser")?);
    out(
        "abuse                      reader's p50 ms   p99 ms   failed   abuser's requests   server's peak MB",
    )?;
    let mut fine = true;
    for (name, abuse) in kinds(abuser)? {
        fine &= measure(name, abuse, &served, &reader, args)?;
    }
    Ok(if fine { Verdict::Done } else { Verdict::No })
}

fn measure(
    name: &str,
    abuse: Abuse,
    served: &Served,
    reader: &Request,
    args: &Args,
) -> Result<bool, Failure> {
    let broken = |error: std::io::Error| Failure::Could(format!("{name}: {error}"));
    let (to, lasting) = (served.address, Duration::from_secs(args.seconds));
    let stop = AtomicBool::new(false);
    let (read, abused) = std::thread::scope(|scope| {
        let abused = scope.spawn(|| abuse(to, lasting, &stop));
        // The abuse is under way before anybody looks at the clock.
        std::thread::sleep(Duration::from_secs(1));
        let pressure = Pressure {
            connections: 4,
            lasting: lasting.saturating_sub(Duration::from_secs(2)),
            rate: Some(args.rate),
        };
        let read = load::run(&[to], pressure, reader.clone());
        stop.store(true, Ordering::Release);
        (read, abused.join())
    });
    let read = read.map_err(broken)?;
    let abused = match abused {
        Ok(stats) => stats.map_err(broken)?,
        Err(_) => return Err(Failure::Could(format!("{name}: the abuser broke down"))),
    };
    let p99 = read.percentile(0.99);
    let peak = peak_mb(served.process()).unwrap_or(0.0);
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    out(format!(
        "{name:<26} {:>15.2} {:>8.2} {:>8} {:>19} {peak:>18.0}",
        ms(read.percentile(0.5)),
        ms(p99),
        read.failures,
        abused.requests
    ))?;
    let pressed = abused.requests > 0 || name == NOTHING;
    Ok(
        pressed
            && read.failures == 0
            && read.requests > 0
            && p99 <= WANTED_P99
            && peak <= WANTED_MB,
    )
}

/// The reader looks at one enterprise after the other.
fn reading(bench: &Bench, token: String) -> Result<Request, Failure> {
    let query = ListQuery {
        limit: 200,
        ..ListQuery::default()
    };
    let page = enterprise::list(&bench.app, &Caller::<ReadRegister>::operator(), &query)
        .map_err(|error| told(error, bench.config.lang()))?;
    let usccs: Vec<String> = page.items.into_iter().map(|it| it.uscc).collect();
    Ok(Arc::new(move |n| {
        let uscc = usccs.get(n % usccs.len().max(1)).map_or("", String::as_str);
        load::get(&format!("/v1/enterprises/{uscc}"), &token)
    }))
}

fn kinds(token: String) -> Result<Vec<(&'static str, Abuse)>, Failure> {
    let bomb = bomb().map_err(|error| Failure::Could(format!("the bomb: {error}")))?;
    let deep = "[".repeat(100_000);
    let (uploader, writer, exporter) = (token.clone(), token.clone(), token);
    let log_in: Request = Arc::new(|n| {
        // Another name each time: guessing at one is answered ever more slowly.
        let body = format!(r#"{{"username":"guess{n}","password":"Guess-{n}-2026"}}"#);
        load::post("/v1/tokens", "", &body)
    });
    Ok(vec![
        (NOTHING, Box::new(idle) as Abuse),
        ("200 log-ins a second", pressing(200, Some(200.0), log_in)),
        ("500 slow connections", Box::new(slow)),
        (
            "bombs of a gibibyte",
            pressing(4, None, upload(uploader, bomb)),
        ),
        (
            "JSON 100,000 deep",
            pressing(
                4,
                None,
                Arc::new(move |_| load::post("/v1/enterprises", &writer, &deep)),
            ),
        ),
        (
            "50 exports",
            Box::new(move |to, lasting, stop| exports(to, lasting, stop, &exporter)),
        ),
    ])
}

fn idle(_: SocketAddr, _: Duration, _: &AtomicBool) -> std::io::Result<Stats> {
    Ok(Stats::default())
}

fn pressing(connections: usize, rate: Option<f64>, request: Request) -> Abuse {
    Box::new(move |to, lasting, _| {
        let pressure = Pressure {
            connections,
            lasting,
            rate,
        };
        load::run(&[to], pressure, request)
    })
}

/// Heads that never end, a byte now and then; who is cut comes again.
fn slow(to: SocketAddr, _: Duration, stop: &AtomicBool) -> std::io::Result<Stats> {
    let begin = || -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect(to)?;
        stream.write_all(b"GET /v1/me HTTP/1.1\r\nHost: slow\r\nX-Slow: ")?;
        Ok(stream)
    };
    let mut stats = Stats::default();
    let mut open = Vec::new();
    while !stop.load(Ordering::Acquire) {
        open.retain_mut(|stream: &mut TcpStream| stream.write_all(b"a").is_ok());
        while open.len() < SLOW_CONNECTIONS {
            open.push(begin()?);
            stats.requests += 1;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    Ok(stats)
}

fn exports(
    to: SocketAddr,
    lasting: Duration,
    stop: &AtomicBool,
    token: &str,
) -> std::io::Result<Stats> {
    let token = token.to_string();
    let one: Request = Arc::new(move |n| {
        let format = if n % 2 == 0 { "xlsx" } else { "csv" };
        load::post(
            "/v1/exports",
            &token,
            &format!(r#"{{"kind":"enterprises","format":"{format}"}}"#),
        )
    });
    // As many as are let in at a time, again and again, so that the work does not stop.
    let pressure = Pressure {
        connections: EXPORTS,
        lasting: Duration::from_secs(1),
        rate: Some(EXPORTS as f64),
    };
    let mut all = Stats::default();
    let rounds = lasting.as_secs();
    for _ in 0..rounds {
        if stop.load(Ordering::Acquire) {
            break;
        }
        all.requests += load::run(&[to], pressure, one.clone())?.requests;
    }
    Ok(all)
}

/// A workbook of about a megabyte whose sheet is a gibibyte of blanks.
fn bomb() -> std::io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let blanks = vec![b' '; 1 << 20];
    for (part, megabytes) in [
        ("[Content_Types].xml", 0),
        ("xl/worksheets/sheet1.xml", 1024),
    ] {
        zip.start_file(part, options)
            .map_err(std::io::Error::other)?;
        for _ in 0..megabytes {
            zip.write_all(&blanks)?;
        }
    }
    let packed = zip.finish().map_err(std::io::Error::other)?;
    Ok(packed.into_inner())
}

fn upload(token: String, file: Vec<u8>) -> Request {
    Arc::new(move |_| {
        let head = format!(
            "POST /v1/imports HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\r\nContent-Length: {}\r\n\r\n",
            file.len()
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(&file);
        request
    })
}
