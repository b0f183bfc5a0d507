//! The command line as a program: answers, exit codes, and stopping without cutting anybody off.

mod doctor;
mod explained;
mod refusals;
mod rules;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// Runs in an empty folder, away from the settings of whoever runs the tests.
fn sanku(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sanku"));
    command.current_dir(folder).args(arguments);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("SANKU_") || name.starts_with("DATABASE_URL") {
            command.env_remove(&*name);
        }
    }
    command
}

fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = sanku(folder, arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    // The program may end without reading.
    let _ = child
        .stdin
        .take()
        .expect("input")
        .write_all(input.as_bytes());
    child.wait_with_output().expect("ends")
}

fn in_english(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = sanku(folder, arguments);
    command.env("SANKU_LANGUAGE", "en").output().expect("ends")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_database_is_made_checked_and_given_an_administrator() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let missing = run(folder, &["doctor"], "");
    assert_eq!(code(&missing), 1);
    assert!(text(&missing.stdout).contains("sanku init"));
    assert_eq!(code(&run(folder, &["init"], "")), 0);
    assert_eq!(
        code(&run(folder, &["init"], "")),
        0,
        "a second time changes nothing"
    );
    let doctor = run(folder, &["doctor", "--format", "json"], "");
    let checks: Value =
        serde_json::from_slice(&doctor.stdout).expect("only JSON on standard output");
    assert_eq!(code(&doctor), 0, "{checks}");
    assert!(
        checks["checks"]
            .as_array()
            .expect("list")
            .iter()
            .all(|check| check["grade"] != "FAIL")
    );

    let add = [
        "user",
        "add",
        "admin",
        "--role",
        "SYSTEM_ADMIN",
        "--password-stdin",
    ];
    assert_eq!(code(&run(folder, &add, "velvet otter parade 7\n")), 0);
    assert_eq!(code(&run(folder, &["user", "disable", "admin"], "")), 0);
    let list = run(folder, &["user", "list", "--format", "json"], "");
    let users: Value = serde_json::from_slice(&list.stdout).expect("only JSON on standard output");
    assert_eq!(
        (&users["items"][0]["username"], &users["items"][0]["state"]),
        (&"admin".into(), &"DISABLED".into())
    );
    assert!(!text(&list.stdout).contains("argon2"));
}

#[test]
fn wrong_use_is_2_and_what_cannot_be_done_is_3() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    assert_eq!(code(&run(folder, &["no-such-command"], "")), 2);
    assert_eq!(code(&run(folder, &["serve"], "")), 3, "no database");
    let scheme = run(folder, &["migrate", "--database-url", "mysql://h/d"], "");
    assert_eq!(code(&scheme), 3);
    assert!(text(&scheme.stderr).contains("unknown scheme"));
    assert_eq!(
        std::fs::read_dir(folder).expect("folder").count(),
        0,
        "no file was made by mistake"
    );

    std::fs::write(
        folder.join("sanku.toml"),
        "[server]\nlisen = \"127.0.0.1:1\"\n",
    )
    .expect("written");
    let slip = run(folder, &["migrate"], "");
    assert_eq!(code(&slip), 2);
    assert!(
        text(&slip.stderr).contains("server.listen"),
        "{}",
        text(&slip.stderr)
    );
    std::fs::remove_file(folder.join("sanku.toml")).expect("removed");

    assert_eq!(code(&run(folder, &["migrate"], "")), 0);
    let short = ["user", "add", "x", "--role", "AUDITOR", "--password-stdin"];
    assert_eq!(code(&run(folder, &short, "short\n")), 2);
    let template = run(folder, &["doctor", "--print-config"], "");
    assert!(text(&template.stdout).contains("#listen = \"127.0.0.1:8080\""));
}

#[test]
fn the_service_starts_answers_and_stops_when_told() {
    let folder = tempfile::tempdir().expect("folder");
    assert_eq!(code(&run(folder.path(), &["init", "--no-config"], "")), 0);
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
    let mut child = sanku(folder.path(), &arguments)
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut log = BufReader::new(child.stderr.take().expect("log"));
    let address = address(&mut log, &mut child);
    let mut stream = TcpStream::connect(address).expect("connects");
    stream
        .write_all(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let told = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(told.expect("kill").success());
    assert_eq!(child.wait().expect("ends").code(), Some(0));
    let mut rest = String::new();
    log.read_to_string(&mut rest).expect("log");
    assert!(rest.contains("stopped"), "{rest}");
}

fn address(log: &mut impl BufRead, child: &mut Child) -> String {
    let mut line = String::new();
    while log.read_line(&mut line).expect("log") > 0 {
        let event: Value = serde_json::from_str(&line).expect("a line is JSON");
        if let Some(address) = event["address"].as_str() {
            return address.to_string();
        }
        line.clear();
    }
    panic!("ended without serving: {:?}", child.wait());
}

#[test]
fn tables_are_imported_or_their_faults_told() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    assert_eq!(code(&run(folder, &["init"], "")), 0);
    let head = "统一社会信用代码,企业名称,所属区县,成立日期,行业代码";
    let tables = folder.join("tables");
    std::fs::create_dir(&tables).expect("folder");
    let write = |row: &str| {
        std::fs::write(tables.join("企业.csv"), format!("{head}\n{row}\n")).expect("written")
    };
    write("9.13306E+17,绍兴示例有限公司,越城区,2015-06-30,1713");
    let faulty = run(folder, &["import", "tables"], "");
    assert_eq!(code(&faulty), 1);
    let told = text(&faulty.stdout);
    assert!(
        told.contains(
            "企业.csv 第 2 行 A 列（统一社会信用代码）: 统一社会信用代码被 Excel 变成了数字"
        ),
        "{told}"
    );
    write("91330602MAFF89BB62,绍兴示例有限公司,越城区,2015-06-30,1713");
    let dry = run(
        folder,
        &["import", "tables", "--dry-run", "--format", "json"],
        "",
    );
    let report: Value = serde_json::from_slice(&dry.stdout).expect("only JSON");
    assert_eq!(
        (&report["applied"], &report["enterprises"]["new"]),
        (&Value::from(false), &Value::from(1))
    );
    let done = run(folder, &["import", "tables"], "");
    assert_eq!(code(&done), 0);
    assert!(text(&done.stdout).contains("企业：新增 1，变更 0，未变 0"));
    assert_eq!(code(&run(folder, &["import", "nowhere.csv"], "")), 3);
    assert_eq!(code(&run(folder, &["import"], "")), 2);
}

#[test]
fn shipped_rules_are_published_and_a_slip_is_named() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let init = run(folder, &["init", "--no-config"], "");
    assert!(
        text(&init.stdout).contains("已发布的规则集: "),
        "{}",
        text(&init.stdout)
    );
    let migrate = run(folder, &["migrate"], "");
    assert_eq!(text(&migrate.stdout), "已是最新\n");

    let mut document = json(&run(folder, &["rules", "show", "POOLS"], ""));
    document["moves"]["automatic"] = true.into();
    document["moves"]["automtic"] = true.into();
    std::fs::write(folder.join("pools.json"), document.to_string()).expect("written");
    let draft = ["rules", "draft", "pools.json", "--format", "json"];
    let faulty = run(folder, &draft, "");
    assert_eq!(code(&faulty), 2);
    assert!(
        text(&faulty.stderr).contains("automtic"),
        "{}",
        text(&faulty.stderr)
    );
    assert_eq!(code(&run(folder, &["rules", "draft", "none.toml"], "")), 3);
    assert_eq!(code(&run(folder, &["rules", "show", "NONE"], "")), 2);
}

#[test]
fn everybody_is_assessed_and_the_clocked_work_done() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    assert_eq!(code(&run(folder, &["init", "--no-config"], "")), 0);
    let assessed = run(folder, &["assess", "--format", "json"], "");
    let report = json(&assessed);
    assert_eq!(
        (code(&assessed), &report["version"], &report["total"]),
        (0, &1.into(), &0.into())
    );
    assert!(report["run_id"].is_string() && assessed.stderr.is_empty());
    let trial = run(folder, &["assess", "--dry-run"], "");
    assert!(
        text(&trial.stdout).contains("试运行"),
        "{}",
        text(&trial.stdout)
    );
    for wrong in [
        ["--as-of", "2999-01-01"],
        ["--district", "330621"],
        ["--rule-set", "SIZE_CLASS"],
    ] {
        assert_eq!(
            code(&run(folder, &["assess", wrong[0], wrong[1]], "")),
            2,
            "{wrong:?}"
        );
    }

    let jobs = run(
        folder,
        &[
            "jobs",
            "run",
            "--format",
            "json",
            "--at",
            "2026-07-01T00:00:00+08:00",
        ],
        "",
    );
    assert_eq!(
        (code(&jobs), &json(&jobs)["at"]),
        (0, &"2026-06-30T16:00:00Z".into())
    );
    assert_eq!(
        code(&run(folder, &["jobs", "run", "--at", "tomorrow"], "")),
        2
    );
}

#[test]
fn proposed_rules_are_tried() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    assert_eq!(code(&run(folder, &["init", "--no-config"], "")), 0);
    let tried = |rest: &[&str]| {
        let arguments: Vec<&str> = ["rules", "simulate"].iter().chain(rest).copied().collect();
        run(folder, &arguments, "")
    };
    let made = tried(&[
        "POOLS",
        "--set",
        "a_rd/at_least=4",
        "--list",
        "--format",
        "json",
    ]);
    let report = json(&made);
    assert_eq!(
        (code(&made), &report["total"], &report["movements"]),
        (0, &0.into(), &Value::Array(Vec::new()))
    );
    assert_eq!(report["change"]["parameters"]["a_rd/at_least"], "4");
    assert!(report["summary_hash"].is_string() && made.stderr.is_empty());
    let table = tried(&["POOLS", "--list"]);
    assert!(text(&table.stdout).contains("推演：POOLS 第 1 版 → 第 1 版"));
    for wrong in [
        vec!["POOLS", "--set", "a_rd/at_mots=4"],
        vec!["POOLS", "--set", "a_rd"],
        vec!["POOLS", "--version", "1", "--set", "a_rd/at_least=4"],
        vec!["NONE"],
    ] {
        assert_eq!(code(&tried(&wrong)), 2, "{wrong:?}");
    }
    assert_eq!(code(&tried(&["POOLS", "--document", "none.toml"])), 3);
    let shown = run(folder, &["rules", "show", "POOLS"], "");
    std::fs::write(folder.join("pools.json"), &shown.stdout).expect("written");
    let same = tried(&["POOLS", "--document", "pools.json", "--format", "json"]);
    assert_eq!(code(&same), 0, "{}", text(&same.stderr));
    let same = json(&same);
    assert_eq!(same["proposed"]["hash"], same["base"]["hash"]);
}

#[test]
fn a_document_is_checked_without_a_database() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let pack = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/packs/rules/PROVINCIAL_TECH_SME.toml"
    );
    let shipped = run(folder, &["rules", "check", pack], "");
    assert_eq!(code(&shipped), 0, "{}", text(&shipped.stdout));
    assert!(text(&shipped.stdout).contains("边界用例 21 个，已有 21 个"));

    // Another limit has other boundaries, and the cases for them are suggested.
    let document = std::fs::read_to_string(pack).expect("pack");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    write("changed.toml", &document.replace("\"10\"", "\"12\""));
    let check = ["rules", "check", "changed.toml", "--format", "json"];
    let lacking = run(folder, &check, "");
    assert_eq!(code(&lacking), 1);
    let told = json(&lacking);
    let missing = &told["rule_sets"][0]["missing"];
    let ids = [0, 1, 2].map(|index| missing[index]["id"].as_str().expect("id"));
    assert_eq!(ids, ["p3_staff/below", "p3_staff/at", "p3_staff/above"]);
    let all = run(folder, &["rules", "check", pack, "--suggest"], "");
    assert_eq!(json(&all)["cases"].as_array().map(Vec::len), Some(0));

    // A first set of cases is what is missing where there are none.
    write("none.json", "{\"cases\":[]}");
    let suggest = [
        "rules",
        "check",
        "changed.toml",
        "--cases",
        "none.json",
        "--suggest",
    ];
    let suggested = run(folder, &suggest, "");
    assert_eq!(code(&suggested), 1);
    write("cases.json", &text(&suggested.stdout));
    let with = ["rules", "check", "changed.toml", "--cases", "cases.json"];
    let covered = run(folder, &with, "");
    assert_eq!(code(&covered), 0, "{}", text(&covered.stdout));
    write(
        "wrong.json",
        &text(&suggested.stdout).replace("UNMET", "MET"),
    );
    let with = ["rules", "check", "changed.toml", "--cases", "wrong.json"];
    let failed = run(folder, &with, "");
    assert_eq!(code(&failed), 1);
    assert!(text(&failed.stdout).contains("FAILED"));
}

#[test]
fn a_check_is_told_in_the_language_asked_for() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let pack = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/packs/rules/PROVINCIAL_TECH_SME.toml"
    );
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    write("cases.json", "{\"cases\":[]}");
    let check = ["rules", "check", pack, "--cases", "cases.json"];
    let suggested = run(folder, &[&check[..], &["--suggest"]].concat(), "");
    write(
        "cases.json",
        &text(&suggested.stdout).replace("UNMET", "MET"),
    );
    let told = text(&run(folder, &check, "").stdout);
    assert!(
        told.contains("期望 {") && told.contains("，得到 {"),
        "{told}"
    );
    let told = text(&in_english(folder, &check).stdout);
    assert!(told.contains("21 boundary tests, 21 covered"), "{told}");
    assert!(
        told.contains("expected {") && told.contains("got {"),
        "{told}"
    );
    write("cases.json", "{}");
    for (refused, why) in [
        (run(folder, &check, ""), "没有用例清单"),
        (in_english(folder, &check), "has no list of cases"),
    ] {
        let told = text(&refused.stderr);
        assert!(code(&refused) == 2 && told.contains(why), "{told}");
    }
}

#[test]
fn a_document_that_cannot_be_read_is_a_finding() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let pack = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/packs/rules/PROVINCIAL_TECH_SME.toml"
    );
    let document = std::fs::read_to_string(pack).expect("pack");
    let faulty = document.replace("rd_expense", "rd_expence");
    std::fs::write(folder.join("faulty.toml"), faulty).expect("written");
    let faulty = run(
        folder,
        &["rules", "check", "faulty.toml", "--format", "json"],
        "",
    );
    assert_eq!(code(&faulty), 1);
    let finding = json(&faulty)["rule_sets"][0]["findings"][0].clone();
    assert_eq!(finding["code"], "rule_set.fact_unknown_near");
    assert_eq!(finding["place"], "criterion p4_rd: fact");
    assert_eq!(code(&run(folder, &["rules", "check", "gone.toml"], "")), 3);
}

#[test]
fn decisions_are_replayed_on_the_command_line() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    let demo = [
        "demo",
        "--enterprises",
        "50",
        "--no-serve",
        "--database-url",
        "sqlite:sanku.db",
    ];
    let shown = run(folder, &demo, "");
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    let all = ["rules", "replay", "--all", "--format", "json"];
    let replayed = run(folder, &all, "");
    assert_eq!(code(&replayed), 0, "{}", text(&replayed.stdout));
    let report = json(&replayed);
    assert!(report["replayed"].as_i64() >= Some(50), "{report}");
    assert_eq!(report["replayed"], report["reproduced"]);
    let none = ["rules", "replay", "--decision", "none"];
    let unknown = run(folder, &none, "");
    assert_eq!(code(&unknown), 2);
    assert!(
        text(&unknown.stderr).contains("没有找到 none"),
        "{}",
        text(&unknown.stderr)
    );
    let both = ["rules", "replay", "--decision", "none", "--all"];
    assert_eq!(code(&run(folder, &both, "")), 2);
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("only JSON on standard output")
}
