//! Headers of the collection, byte for byte over a socket: a client library would put them right.

use std::io::Write;
use std::time::Duration;

use super::rows;
use crate::builders::{code, enterprise};
use crate::client::{Client, PASSWORD};
use crate::harness::TestDb;
use crate::on_both_engines;
use crate::served::{Served, reply};

/// Headers that mean nothing here: the request is served as if they were not there.
const NOT_READ: &[(&str, &str)] = &[
    (
        "x-http-method-override",
        "a method is what the request line says",
    ),
    (
        "x-forwarded-for",
        "no proxy is trusted in this configuration",
    ),
    ("host", "nothing is built from it"),
    (
        "origin",
        "there are no cookies, so that no other site can act for somebody",
    ),
    (
        "sec-fetch-site",
        "there are no cookies, so that no other site can act for somebody",
    ),
    ("cookie", "there are no cookies"),
    ("range", "files are sent whole"),
    ("accept-language", "what is not understood is Chinese"),
    ("expect", "the body is read all the same"),
];

struct Sender<'a> {
    served: &'a Served,
    token: String,
}

impl Sender<'_> {
    /// The request in which a header would do harm, with the header in it; the status, 0 if the connection was cut.
    fn send(&self, name: &str, line: &[u8]) -> (u16, String) {
        let firm = format!("/v1/enterprises/{}", code(0));
        let new = enterprise(7, "虚构示例科技有限公司", "330602").to_string();
        let (request_line, body) = match name {
            "authorization" => ("GET /v1/me".to_string(), String::new()),
            "if-match" => (format!("PATCH {firm}"), r#"{"park":"x"}"#.to_string()),
            "content-type" | "content-encoding" | "content-length" | "transfer-encoding"
            | "idempotency-key" => ("POST /v1/enterprises".to_string(), new),
            _ => (format!("GET {firm}"), String::new()),
        };
        let mut request = format!("{request_line} HTTP/1.1\r\n").into_bytes();
        let usual = [
            ("host", "test".to_string()),
            ("authorization", format!("Bearer {}", self.token)),
            ("content-type", "application/json".to_string()),
            ("content-length", body.len().to_string()),
        ];
        for (usual, value) in usual.iter().filter(|(usual, _)| *usual != name) {
            request.extend_from_slice(format!("{usual}: {value}\r\n").as_bytes());
        }
        request.extend_from_slice(line);
        request.extend_from_slice(b"\r\n\r\n");
        request.extend_from_slice(body.as_bytes());
        let mut stream = self.served.connect();
        let patience = Some(Duration::from_secs(5));
        stream.set_read_timeout(patience).expect("a time limit");
        // A server that refuses early may close before all is written.
        let _ = stream.write_all(&request);
        reply(&mut stream).map_or((0, String::new()), |it| (it.status, it.body))
    }
}

fn headers(db: &TestDb) -> Vec<String> {
    let city = Client::with_role(db, "city", "CITY_OFFICER", None, None);
    let made = city.post(
        "/v1/enterprises",
        enterprise(0, "虚构A科技有限公司", "330602"),
    );
    assert_eq!(made.status, 201);
    let served = Served::start(&db.url, &[("SANKU_LOG", "info")]);
    let token = served.log_in("city", PASSWORD);
    let sender = Sender {
        served: &served,
        token,
    };
    let mut wrong = Vec::new();
    for row in rows("header") {
        let text = String::from_utf8_lossy(&row.value).into_owned();
        let name = text.split(':').next().unwrap_or_default().to_lowercase();
        let (status, body) = sender.send(&name, &row.value);
        let not_read = NOT_READ.iter().any(|(known, _)| *known == name);
        let right = match status {
            _ if row.accepted.is_some() || not_read => (200..300).contains(&status),
            // An id that cannot be kept is replaced: the line behind it is a header of its own, and none at that.
            _ if name == "x-request-id" => status == 400 || status == 200,
            0 => true,
            _ => (400..500).contains(&status),
        };
        if !right || body.contains("evil") || body.contains("UNION") {
            wrong.push(format!("{}: {status} {body}", row.id));
        }
    }
    let log = served.log();
    for forged in ["forged", "<x>", "evil.example", "UNION"] {
        if log.contains(forged) {
            wrong.push(format!("the log has {forged}"));
        }
    }
    wrong
}

on_both_engines!(headers_of_the_collection, |db| {
    let wrong = headers(db);
    assert!(wrong.is_empty(), "{wrong:#?}");
});
