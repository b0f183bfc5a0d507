//! Lists as files: what is in them, for whom, and for how long.

use std::io::Cursor;
use std::time::{Duration, Instant};

use calamine::{Data, Reader, Xlsx};
use sanku::app::account::{self, Amendment};
use sanku::app::caller::Caller;
use sanku::app::enterprise;
use sanku::app::expected::Expected;
use sanku::app::export;
use sanku::app::import::{Counts, ImportOptions, InputFile, import};
use sanku::domain::enterprise::EnterpriseInput;
use sanku::domain::ledger::Origin;
use sanku::store::enterprises;
use sanku::store::{Changed, Stamp, StoreError, ledger};
use serde_json::{Value, json};

use crate::builders::{code, faults, told};
use crate::client::{Answer, Client, PASSWORD};
use crate::firms;
use crate::harness::{TestDb, TestEngine};
use crate::on_both_engines;

/// All digits, which a spreadsheet would take for a number.
const DIGITS: &str = "913300006096907427";

fn firm(db: &TestDb, uscc: &str, name: &str, district: &str) {
    let given = |text: &str| Some(text.to_owned());
    let input = EnterpriseInput {
        uscc: given(uscc),
        name: given(name),
        district_code: given(district),
        park: given("镜湖\"智能\"园, 3号"),
        registered_on: given("2018-03-01"),
        industry_code: given("C1713"),
        ..EnterpriseInput::default()
    };
    enterprise::register(&db.app, &Caller::operator(), &input).expect("registered");
}

fn city(db: &TestDb, name: &str) -> Client {
    Client::with_role(db, name, "CITY_OFFICER", None, None)
}

/// Waits until the operation has ended, in real time: it runs on a thread of its own.
fn ended(client: &Client, begun: &Answer) -> Value {
    assert_eq!(begun.status, 202, "{}", begun.text());
    let began = Instant::now();
    loop {
        let operation = client.get(begun.header("location")).json();
        if operation["state"] != "RUNNING" {
            return operation;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{operation}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn fetched(client: &Client, body: Value) -> Answer {
    let operation = ended(client, &client.post("/v1/exports", body));
    assert_eq!(operation["state"], "SUCCEEDED", "{operation}");
    let file = client.get(operation["result_url"].as_str().expect("where"));
    assert_eq!(file.status, 200, "{}", file.text());
    file
}

fn rows(file: &Answer) -> Vec<Vec<String>> {
    let text = file.text();
    let text = text.strip_prefix('\u{feff}').expect("byte order mark");
    assert!(text.contains("\r\n"));
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes())
        .records()
        .map(|record| record.expect("row").iter().map(String::from).collect())
        .collect()
}

fn cells(file: &Answer) -> Vec<Vec<Data>> {
    let mut book = Xlsx::new(Cursor::new(file.body.clone())).expect("workbook");
    let sheet = book.worksheet_range_at(0).expect("sheet").expect("range");
    sheet.rows().map(<[Data]>::to_vec).collect()
}

fn text(text: &str) -> Data {
    Data::String(text.into())
}

/// What importing the file would do to the enterprises.
fn imported_again(db: &TestDb, name: &str, file: &Answer) -> Counts {
    let mut options = ImportOptions::new(db.app.env.clock.today());
    options.dry_run = true;
    let file = InputFile {
        name: name.into(),
        bytes: file.body.clone(),
    };
    let report = import(&db.app, &Caller::operator(), &[file], options)
        .expect("read")
        .value;
    assert_eq!(report.problems, []);
    report.enterprises
}

fn unchanged(unchanged: usize) -> Counts {
    Counts {
        unchanged,
        ..Counts::default()
    }
}

/// Past the checks of input, as if an older program had let it in.
fn hostile_name(db: &TestDb, uscc: &str, name: &str) {
    db.past_the_program();
    let (uscc, name) = (uscc.to_owned(), name.to_owned());
    let write = db
        .app
        .store
        .write(&Stamp::of(Origin::system("test")), move |tx| {
            let scope = sanku::domain::access::Scope::All;
            let mut row = enterprises::by_uscc(tx.conn, &scope, &uscc)?.expect("there");
            row.name = name;
            enterprises::update(tx.conn, &row)?;
            Ok::<_, StoreError>(Changed::new((), tx.tell(crate::harness::event(1))?))
        });
    write.expect("written");
}

on_both_engines!(a_file_of_a_former_district_is_not_there, |db| {
    firm(db, &code(1), "绍兴乙智能科技有限公司", "330602");
    let client = Client::with_role(db, "li.na", "DISTRICT_OFFICER", Some("330602"), None);
    let body = json!({"kind": "enterprises", "format": "csv"});
    let operation = ended(&client, &client.post("/v1/exports", body.clone()));
    let url = operation["result_url"].as_str().expect("where");
    assert!(client.get(url).text().contains("绍兴乙"));
    client.log_in("li.na", PASSWORD);
    assert_eq!(client.get(url).status, 200, "another session");
    let found = account::find(&db.app, &Caller::operator(), "li.na").expect("found");
    let moved = Amendment {
        district_code: Some("330603".into()),
        ..Amendment::default()
    };
    let done = account::amend(
        &db.app,
        &Caller::operator(),
        &found.id,
        Expected::Any,
        moved,
    );
    assert!(done.is_ok());
    client.log_in("li.na", PASSWORD);
    let gone = client.get(url);
    assert_eq!(gone.status, 404);
    let missing = client.get("/v1/exports/00000000-0000-7000-8000-0000000fffff/content");
    assert_eq!(gone.lasting(), missing.lasting());
    assert!(!fetched(&client, body).text().contains("绍兴乙"));
});

on_both_engines!(a_list_becomes_a_file_that_reads_back, |db| {
    firm(db, DIGITS, "绍兴甲新材料有限公司", "330624");
    firm(db, &code(1), "绍兴乙智能科技有限公司", "330602");
    let client = city(db, "chen.xi");
    let file = fetched(&client, json!({"kind": "enterprises", "format": "csv"}));
    assert_eq!(
        (
            file.header("content-type"),
            file.header("content-disposition")
        ),
        (
            "text/csv; charset=utf-8",
            "attachment; filename=\"export.csv\"; \
             filename*=UTF-8''%E4%BC%81%E4%B8%9A%E5%90%8D%E5%8D%95%2D2026%2D06%2D15.csv"
        )
    );
    let rows = rows(&file);
    assert_eq!(rows[0][..3], ["统一社会信用代码", "企业名称", "所属区县"]);
    assert_eq!(
        rows[1],
        [
            DIGITS,
            "绍兴甲新材料有限公司",
            "新昌县",
            "镜湖\"智能\"园, 3号",
            "2018-03-01",
            "C1713",
            "存续",
            "棉印染精加工",
            "",
            "2026-06-15"
        ]
    );
    assert_eq!(rows[2][1], "绍兴乙智能科技有限公司");
    assert_eq!(rows.len(), 3);

    assert_eq!(imported_again(db, "企业名单.csv", &file), unchanged(2));

    let file = fetched(
        &client,
        json!({"kind": "enterprises", "format": "xlsx", "filter": {"q": "甲新"}}),
    );
    assert_eq!(imported_again(db, "企业名单.xlsx", &file), unchanged(1));
    let cells = cells(&file);
    assert_eq!(cells.len(), 2);
    assert_eq!(cells[1][0], text(DIGITS), "a code stays text");
    assert_eq!(cells[1][4], text("2018-03-01"));
});

on_both_engines!(a_name_is_never_a_formula, |db| {
    let formula = "=HYPERLINK(\"http://x\",\"a\")";
    firm(db, &code(1), "绍兴甲新材料有限公司", "330602");
    hostile_name(db, &code(1), formula);
    let client = city(db, "chen.xi");
    let csv = fetched(&client, json!({"kind": "enterprises", "format": "csv"}));
    assert_eq!(rows(&csv)[1][1], format!("'{formula}"));
    let xlsx = fetched(&client, json!({"kind": "enterprises", "format": "xlsx"}));
    assert_eq!(cells(&xlsx)[1][1], text(formula));
    let mut book = Xlsx::new(Cursor::new(xlsx.body)).expect("workbook");
    let formulas = book.worksheet_formula("Sheet1").expect("formulas");
    assert!(formulas.used_cells().next().is_none());
});

on_both_engines!(a_file_has_what_its_maker_sees_and_is_nobody_elses, |db| {
    firm(db, &code(1), "绍兴甲新材料有限公司", "330602");
    firm(db, &code(2), "绍兴乙新材料有限公司", "330603");
    let own = Client::with_role(db, "yuecheng", "DISTRICT_OFFICER", Some("330602"), None);
    let body = json!({"kind": "enterprises", "format": "csv"});
    let operation = ended(&own, &own.post("/v1/exports", body));
    let url = operation["result_url"].as_str().expect("where");
    assert_eq!(operation["progress"], json!({"done": 1, "total": 1}));
    let rows = rows(&own.get(url));
    assert_eq!((rows.len(), rows[1][0].as_str()), (2, code(1).as_str()));
    let other = fetched(
        &own,
        json!({"kind": "enterprises", "format": "csv", "filter": {"district_code": "330603"}}),
    );
    assert_eq!(self::rows(&other).len(), 1, "only the header");

    let somebody = city(db, "chen.xi");
    assert_eq!(somebody.get(url).code(), "request.not_found");
    let firm = Client::with_role(db, "firm.one", "ENTERPRISE", None, Some(&code(1)));
    assert_eq!(firm.post("/v1/exports", json!({})).code(), "auth.forbidden");

    let events = db
        .app
        .store
        .read::<_, StoreError, _>(|conn| ledger::after(conn, 0, 100))
        .expect("read");
    let made: Vec<&str> = events
        .iter()
        .map(|entry| entry.entry.as_str())
        .filter(|text| text.contains("EXPORT_MADE"))
        .collect();
    assert_eq!(made.len(), 2);
    for part in [
        r#""count":0,"#,
        r#""filter":{"district_code":"330603"},"format":"csv","kind":"enterprises""#,
    ] {
        assert!(made[1].contains(part), "{}", made[1]);
    }

    db.agrees_with_its_ledger();
    db.clock.advance(chrono::Duration::hours(24));
    own.log_in("yuecheng", crate::client::PASSWORD);
    assert_eq!(own.get(url).code(), "request.not_found");
    let now = db.app.env.clock.now();
    let delete = || export::delete_expired(&db.app, &Caller::clockwork(), now);
    assert_eq!((delete(), delete()), (Ok(2), Ok(0)));
});

#[test]
fn a_repeated_request_makes_one_file() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let client = city(&db, "chen.xi");
    let key = [("idempotency-key", "e-1")];
    let body = json!({"kind": "movements", "format": "csv"});
    let first = client.send("POST", "/v1/exports", &key, Some(&body));
    let second = client.send("POST", "/v1/exports", &key, Some(&body));
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(ended(&client, &first)["state"], "SUCCEEDED");
}

on_both_engines!(members_and_movements_are_told_in_words, |db| {
    firms::ready(db);
    let (strong, weak) = (firms::firm(db, 1, 10), firms::firm(db, 2, 5));
    firms::run(db, "maker");
    let proposed = firms::open(db);
    let id = &proposed
        .iter()
        .find(|it| it.uscc == strong)
        .expect("proposed")
        .id;
    firms::approve(db, id, "checker");
    let client = city(db, "chen.xi");

    let all = json!({"kind": "memberships", "format": "csv"});
    let members = rows(&fetched(&client, all));
    assert_eq!(members.len(), 2);
    assert_eq!(
        members[1][..7],
        [
            strong.as_str(),
            "虚构越城第1科技有限公司",
            "越城区",
            "加速库",
            "2026-06-15",
            "",
            "0"
        ]
    );
    let before = json!({"kind": "memberships", "format": "csv", "filter": {"as_of": "2026-06-14"}});
    assert_eq!(rows(&fetched(&client, before)).len(), 1, "only the header");

    let open = json!({"kind": "movements", "format": "xlsx", "filter": {"state": "PROPOSED"}});
    let movements = cells(&fetched(&client, open));
    assert_eq!(movements.len(), 2);
    assert_eq!(movements[1][0], text(&weak));
    assert_eq!(
        movements[1][3..8],
        [
            text("入库"),
            Data::Empty,
            text("起跑库"),
            Data::Empty,
            text("已提出")
        ]
    );
});

on_both_engines!(who_would_move_is_told_in_words, |db| {
    firms::ready(db);
    firms::firm(db, 1, 12);
    let near = firms::firm(db, 2, 10);
    let client = city(db, "chen.xi");
    let asked = json!({"rule_set": "POOLS", "parameters": {"a_staff/at_least": "12"}});
    let made = ended(&client, &client.post("/v1/simulations", asked));
    let id = made["result_url"]
        .as_str()
        .expect("where")
        .rsplit('/')
        .next();
    let body =
        |filter: Value| json!({"kind": "simulation-movements", "format": "csv", "filter": filter});
    let file = rows(&fetched(&client, body(json!({"simulation_id": id}))));
    assert_eq!(file.len(), 2);
    assert_eq!(
        file[1],
        [
            near.as_str(),
            "虚构越城第2科技有限公司",
            "越城区",
            "C1713",
            "棉印染精加工",
            "无法判断",
            "加速库",
            "起跑库",
            "下降",
            "科技人员占比不低于10%：达到（实际 0.100000，要求 0.100000） → 未达到（实际 0.100000，要求 0.120000）"
        ]
    );
    let none = body(json!({"simulation_id": id, "direction": "PROMOTED"}));
    assert_eq!(rows(&fetched(&client, none)).len(), 1, "only the header");
    let refused = |filter: Value| faults(&client.post("/v1/exports", body(filter)));
    assert_eq!(
        refused(json!({"direction": "UP"})),
        told([
            ("/filter/direction", "field.choice"),
            ("/filter/simulation_id", "field.required")
        ])
    );
    let nothing = json!({"simulation_id": "00000000-0000-7000-8000-0000000fffff"});
    assert_eq!(
        refused(nothing),
        told([("/filter/simulation_id", "simulation.unknown")])
    );
    let own = Client::with_role(db, "yuecheng", "DISTRICT_OFFICER", Some("330602"), None);
    let theirs = own.post("/v1/exports", body(json!({"simulation_id": id})));
    assert_eq!(
        (theirs.status, theirs.code().as_str()),
        (403, "auth.forbidden")
    );
});

#[test]
fn a_filter_of_another_list_is_refused() {
    let db = TestDb::fresh(TestEngine::Sqlite).expect("SQLite is always there");
    let client = city(&db, "chen.xi");
    let refused = |kind: &str, name: &str, value: &str, code: &str| {
        let body = json!({"kind": kind, "format": "csv", "filter": {name: value}});
        let answer = client.post("/v1/exports", body);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "request.invalid"),
            "{name}"
        );
        assert_eq!(faults(&answer), told([(&format!("/filter/{name}"), code)]));
    };
    refused("enterprises", "state", "PROPOSED", "field.unknown");
    refused("enterprises", "district_code", "330600", "district.unknown");
    refused(
        "enterprises",
        "distrct_code",
        "330602",
        "field.unknown_near",
    );
    refused("memberships", "pool", "START", "field.choice");
    refused("memberships", "as_of", "2026-6-1", "date.form");
    refused("memberships", "district_code", "330600", "district.unknown");
    refused("movements", "q", "甲", "field.unknown");
    refused("movements", "state", "OPEN", "field.choice");
}
