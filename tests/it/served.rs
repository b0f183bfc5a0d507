//! The program serving in a process of its own, and a client that speaks to it over a socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub struct Served {
    child: Child,
    pub address: SocketAddr,
    log: tempfile::NamedTempFile,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: String,
}

impl Served {
    /// With settings from the environment, beside what every test sets.
    pub fn start(database_url: &str, settings: &[(&str, &str)]) -> Served {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let address = free.expect("a free port");
        let log = tempfile::NamedTempFile::new().expect("a file for the log");
        let child = Command::new(env!("CARGO_BIN_EXE_sanku"))
            .args(["serve", "--listen", &address.to_string()])
            .env("DATABASE_URL", database_url)
            .env("SANKU_MASTER_SECRET", "a secret that every test shares!")
            // The accounts of a test were made under a clock that stands in the past: no password is too old.
            .env("SANKU_PASSWORD_PROFILE", "asvs")
            .env("SANKU_LOG", "error")
            // The accounts were made when the test's clock stood, which is long ago.
            .env("SANKU_PASSWORD_PROFILE", "asvs")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stderr(log.reopen().expect("the log's file"))
            .spawn()
            .expect("serving");
        let served = Served {
            child,
            address,
            log,
        };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            let late = began.elapsed() > Duration::from_secs(30);
            assert!(!late, "the server did not come up: {}", served.log());
            std::thread::sleep(Duration::from_millis(5));
        }
        served
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).expect("connected")
    }

    pub fn log_in(&self, name: &str, password: &str) -> String {
        let body = format!(r#"{{"username":"{name}","password":"{password}"}}"#);
        let reply = exchange(&mut self.connect(), "POST", "/v1/tokens", None, &body);
        let reply = reply.expect("answered");
        assert_eq!(reply.status, 201, "{}", reply.body);
        let answer: serde_json::Value = serde_json::from_str(&reply.body).expect("JSON");
        answer["access_token"].as_str().expect("token").to_string()
    }

    /// What it wrote to standard error so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).expect("the log")
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request on a kept-alive connection; `None` once it is cut.
pub fn exchange(
    stream: &mut TcpStream,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> Option<Reply> {
    let bearer = token
        .map(|token| format!("Authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: test\r\n{bearer}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    reply(stream)
}

/// Reads one whole answer.
pub fn reply(stream: &mut TcpStream) -> Option<Reply> {
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
        answer.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let Some((head, rest)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.parse::<usize>().ok())
            .unwrap_or(0);
        if rest.len() >= length {
            return Some(Reply {
                status: head.get(9..12)?.parse().ok()?,
                body: rest.to_string(),
            });
        }
    }
}
