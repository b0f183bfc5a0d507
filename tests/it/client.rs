//! Speaks to the router as a client would, without a socket.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use sanku::app::account::{self, NewAccount};
use sanku::app::caller::Caller;
use sanku::http::state::{Settings, State};
use sanku::http::{routes, server};
use serde_json::{Value, json};

use crate::harness::TestDb;

pub const PASSWORD: &str = "velvet otter parade 7";

pub struct Client {
    state: Arc<State>,
    token: RefCell<Option<String>>,
    /// The address it seems to come from.
    from: Cell<Option<SocketAddr>>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Client {
    pub fn anonymous(db: &TestDb) -> Client {
        Client::of(db, Settings::default())
    }

    /// Of a server with other limits.
    pub fn of(db: &TestDb, settings: Settings) -> Client {
        Client::new(db.app.clone(), settings)
    }

    /// Of another process.
    pub fn on(app: sanku::app::App) -> Client {
        Client::new(app, Settings::default())
    }

    fn new(app: sanku::app::App, settings: Settings) -> Client {
        let state = Arc::new(server::state(app, settings).expect("state"));
        Client {
            state,
            token: RefCell::new(None),
            from: Cell::new(None),
        }
    }

    /// Logged in with a new account of this role.
    pub fn with_role(
        db: &TestDb,
        name: &str,
        role: &str,
        district: Option<&str>,
        uscc: Option<&str>,
    ) -> Client {
        let input = NewAccount {
            username: name.into(),
            password: PASSWORD.into(),
            role: role.into(),
            district_code: district.map(Into::into),
            uscc: uscc.map(Into::into),
        };
        account::create(&db.app, &Caller::operator(), input).expect("account");
        let client = Client::anonymous(db);
        client.log_in(name, PASSWORD);
        client
    }

    pub fn log_in(&self, name: &str, password: &str) -> Value {
        let answer = self.post(
            "/v1/tokens",
            json!({"username": name, "password": password}),
        );
        assert_eq!(answer.status, 201, "{}", answer.text());
        let body = answer.json();
        self.use_token(body["access_token"].as_str().expect("token"));
        body
    }

    pub fn use_token(&self, token: &str) {
        *self.token.borrow_mut() = Some(token.to_string());
    }

    /// With the key of an API client.
    pub fn with_key(db: &TestDb, key: &str) -> Client {
        let client = Client::anonymous(db);
        client.use_token(key);
        client
    }

    pub fn comes_from(&self, address: &str) {
        let address = address.parse().expect("an address");
        self.from.set(Some(SocketAddr::new(address, 4_711)));
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], Some(&body))
    }

    pub fn app(&self) -> &sanku::app::App {
        &self.state.app
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    pub fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, &[], Some(&body))
    }

    /// Over the version that was seen.
    pub fn change(&self, method: &str, path: &str, etag: &str, body: Value) -> Answer {
        self.send(method, path, &[("if-match", etag)], Some(&body))
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut all = headers.to_vec();
        if body.is_some() {
            all.push(("content-type", "application/json"));
        }
        let body = body
            .map(|body| serde_json::to_vec(body).expect("JSON"))
            .unwrap_or_default();
        self.send_raw(method, path, &all, body)
    }

    pub fn send_raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Answer {
        let mut request = TestRequest::with_uri(path)
            .method(method.parse().expect("method"))
            .set_payload(body);
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("header name");
            request =
                request.append_header((name, HeaderValue::from_str(value).expect("header value")));
        }
        if let Some(address) = self.from.get() {
            request = request.peer_addr(address);
        }
        if let Some(token) = &*self.token.borrow() {
            request = request.append_header(("authorization", format!("Bearer {token}")));
        }
        let state = web::Data::from(self.state.clone());
        actix_web::rt::System::new().block_on(async move {
            let service =
                init_service(App::new().app_data(state).configure(routes::configure)).await;
            let response = call_service(&service, request.to_request()).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Answer {
                status,
                headers,
                body: read_body(response).await.to_vec(),
            }
        })
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body without what differs from one request to the next.
    pub fn lasting(&self) -> Value {
        let mut body = self.json();
        if let Some(members) = body.as_object_mut() {
            members.remove("request_id");
        }
        body
    }

    /// The `code` of a problem, after looking whether it is one.
    pub fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{} {}",
            self.status,
            self.text()
        );
        let body = self.json();
        assert_eq!(body["status"], self.status);
        assert_eq!(body["request_id"], self.header("x-request-id"));
        body["code"].as_str().expect("code").to_string()
    }
}
