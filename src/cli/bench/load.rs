//! A small load generator over kept-alive connections: HTTP/1.1 and nothing a measurement does not need.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a run of requests came to.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    pub requests: usize,
    /// Answers that were not 2xx, or connections that broke.
    pub failures: usize,
    pub elapsed: Duration,
    /// Sorted.
    latencies: Vec<u32>,
}

/// How hard to press.
#[derive(Debug, Clone, Copy)]
pub struct Pressure {
    pub connections: usize,
    pub lasting: Duration,
    /// Requests a second over all connections; as fast as answers come if not given.
    pub rate: Option<f64>,
}

/// Builds the n-th request.
pub type Request = Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

impl Stats {
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    /// The latency that this share of the answers kept below.
    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        let place = ((self.latencies.len() as f64 * share) as usize).min(last);
        Duration::from_micros(self.latencies.get(place).copied().unwrap_or(0).into())
    }
}

pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}

pub fn post(path: &str, token: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The body of one answer to who says no name.
pub fn body(from: SocketAddr, path: &str) -> std::io::Result<String> {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(from)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    Ok(body.to_string())
}

/// Runs all connections on one thread, so that the servers keep the other cores; each has its share of them.
pub fn run(to: &[SocketAddr], pressure: Pressure, request: Request) -> std::io::Result<Stats> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let begin = Instant::now();
        let end = begin + pressure.lasting;
        let tasks: Vec<_> = (0..pressure.connections)
            .zip(to.iter().cycle())
            .map(|(place, to)| {
                tokio::spawn(connection(
                    *to,
                    place,
                    pressure,
                    begin,
                    end,
                    request.clone(),
                ))
            })
            .collect();
        let mut all = Stats::default();
        for task in tasks {
            match task.await {
                Ok(Ok(stats)) => {
                    all.requests += stats.requests;
                    all.failures += stats.failures;
                    all.latencies.extend(stats.latencies);
                }
                _ => all.failures += 1,
            }
        }
        all.elapsed = begin.elapsed();
        all.latencies.sort_unstable();
        Ok(all)
    })
}

async fn connection(
    to: SocketAddr,
    place: usize,
    pressure: Pressure,
    begin: Instant,
    end: Instant,
    request: Request,
) -> std::io::Result<Stats> {
    let mut stream = connected(to).await?;
    let mut stats = Stats::default();
    let mut buffer = Vec::with_capacity(64 * 1024);
    let interval = pressure
        .rate
        .map(|rate| Duration::from_secs_f64(pressure.connections as f64 / rate));
    let mut turn = 0u32;
    loop {
        // With a rate, latency counts from when the request was due: a stalled server cannot hide behind its clients.
        let due = match interval {
            Some(interval) => {
                begin
                    + interval * turn
                    + interval.mul_f64(place as f64 / pressure.connections as f64)
            }
            None => Instant::now(),
        };
        if due >= end || Instant::now() >= end {
            return Ok(stats);
        }
        tokio::time::sleep_until(due.into()).await;
        let bytes = request(turn as usize * pressure.connections + place);
        match exchange(&mut stream, &bytes, &mut buffer).await {
            Ok(true) => {}
            Ok(false) => stats.failures += 1,
            // A server may answer with the end of the connection, above all to who abuses it.
            Err(_) => {
                stats.failures += 1;
                stream = connected(to).await?;
            }
        }
        stats.requests += 1;
        stats
            .latencies
            .push(u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX));
        turn += 1;
    }
}

async fn connected(to: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn exchange(
    stream: &mut TcpStream,
    request: &[u8],
    buffer: &mut Vec<u8>,
) -> std::io::Result<bool> {
    stream.write_all(request).await?;
    read_answer(stream, buffer).await
}

/// Reads one whole answer; says whether it was a 2xx.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<bool> {
    let broken = || std::io::Error::other("an answer this client cannot read");
    buffer.clear();
    let head = loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(broken());
        }
        if let Some(end) = memchr::memmem::find(buffer, b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = std::str::from_utf8(&buffer[..head]).map_err(|_| broken())?;
    let good = text.get(9..10) == Some("2");
    let length = text
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.parse::<usize>().ok())
        .ok_or_else(broken)?;
    while buffer.len() < head + length {
        if stream.read_buf(buffer).await? == 0 {
            return Err(broken());
        }
    }
    Ok(good)
}
