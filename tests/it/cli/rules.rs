//! `sanku rules`: a version on its way from draft to publication.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json as told};

use super::{code, in_english, json, run, text};

/// A fresh database with a second person, and a version drafted of a shipped rule set.
struct Desk<'a> {
    folder: &'a Path,
}

impl Desk<'_> {
    fn open(folder: &Path) -> Desk<'_> {
        let desk = Desk { folder };
        assert_eq!(code(&desk.sanku(&["init", "--no-config"])), 0);
        for (name, role) in [("checker", "CITY_OFFICER"), ("auditor", "AUDITOR")] {
            let add = ["user", "add", name, "--role", role, "--password-stdin"];
            assert_eq!(code(&run(folder, &add, "velvet otter parade 7\n")), 0);
        }
        let mut document = json(&desk.sanku(&["rules", "show", "PROVINCIAL_TECH_SME"]));
        document["criterion"][0]["title"] = "新的表述".into();
        document["effective_from"] = "2027-01-01".into();
        desk.write("rules.json", &document);
        let drafted = json(&desk.sanku(&["rules", "draft", "rules.json", "--format", "json"]));
        assert_eq!(
            (&drafted["version"], &drafted["state"]),
            (&2.into(), &"DRAFT".into())
        );
        desk
    }

    fn sanku(&self, arguments: &[&str]) -> Output {
        run(self.folder, arguments, "")
    }

    /// `sanku rules STEP PROVINCIAL_TECH_SME 2 …`
    fn step(&self, name: &str, rest: &[&str], input: &str) -> Output {
        let two = ["rules", name, "PROVINCIAL_TECH_SME", "2"];
        let arguments: Vec<&str> = two.iter().chain(rest).copied().collect();
        run(self.folder, &arguments, input)
    }

    fn approve(&self, by: &str, password: &str) -> Output {
        let arguments = ["--as", by, "--password-stdin", "--format", "json"];
        self.step("approve", &arguments, &format!("{password}\n"))
    }

    fn publish(&self) -> Output {
        self.step("publish", &["--from", "2027-01-01", "--format", "json"], "")
    }

    fn write(&self, file: &str, content: &Value) {
        std::fs::write(self.folder.join(file), content.to_string()).expect("written");
    }

    /// A case in which nothing is known, so that the outcome is UNKNOWN.
    fn write_case(&self, outcome: &str) {
        let case = told!({
            "id": "nothing known", "as_of": "2026-06-15", "expected": { "outcome": outcome },
            "enterprise": { "registered_on": "2018-01-01", "district_code": "330602" },
        });
        self.write("case.json", &told!({ "cases": [case] }));
    }
}

#[test]
fn a_version_is_published_once_its_tests_pass_and_another_person_approves() {
    let folder = tempfile::tempdir().expect("folder");
    let desk = Desk::open(folder.path());
    let early = desk.publish();
    assert_eq!(code(&early), 1, "not approved: {}", text(&early.stderr));
    let told = text(&early.stderr);
    assert!(
        told.contains("allowed_transitions: EDIT, TEST, APPROVE, WITHDRAW"),
        "{told}"
    );
    // The shipped cases are inherited, and nothing they test has changed.
    let tested = desk.step("test", &["--format", "json"], "");
    let report = json(&tested);
    assert_eq!(
        (code(&tested), &report["passed"], &report["ready"]),
        (0, &true.into(), &true.into())
    );
    assert!(
        report["results"]
            .as_array()
            .is_some_and(|it| !it.is_empty())
    );
    // A case that does not hold is told, and the answer is no.
    desk.write_case("MET");
    let failed = desk.step("test", &["--cases", "case.json"], "");
    assert_eq!(code(&failed), 1);
    let told = text(&failed.stdout);
    assert!(told.contains("nothing known: 期望"), "{told}");
    let untested = desk.approve("checker", "velvet otter parade 7");
    assert_eq!(code(&untested), 1, "{}", text(&untested.stderr));
    desk.write_case("UNKNOWN");
    assert_eq!(code(&desk.step("test", &["--cases", "case.json"], "")), 0);
    assert_eq!(code(&desk.approve("checker", "wrong horse 1")), 3);
    assert_eq!(code(&desk.approve("auditor", "velvet otter parade 7")), 1);
    let approved = desk.approve("checker", "velvet otter parade 7");
    assert_eq!(
        json(&approved)["state"],
        "APPROVED",
        "{}",
        text(&approved.stderr)
    );
    let published = json(&desk.publish());
    assert_eq!(
        (&published["state"], &published["effective_from"]),
        (&"PUBLISHED".into(), &"2027-01-01".into())
    );
    let list = [
        "rules",
        "list",
        "PROVINCIAL_TECH_SME",
        "--as-of",
        "2027-01-01",
        "--format",
        "json",
    ];
    let list = json(&desk.sanku(&list));
    assert_eq!(list["items"][0]["status"], "SUPERSEDED");
    assert_eq!(list["items"][1]["status"], "IN_FORCE");
}

#[test]
fn a_test_run_is_told_in_the_language_asked_for() {
    let folder = tempfile::tempdir().expect("folder");
    let desk = Desk::open(folder.path());
    desk.write_case("MET");
    let told = text(&desk.step("test", &["--cases", "case.json"], "").stdout);
    assert!(told.contains("PROVINCIAL_TECH_SME 第 2 版：用例"), "{told}");
    assert!(told.contains("还不能发布"), "{told}");
    let two = ["rules", "test", "PROVINCIAL_TECH_SME", "2"];
    let told = text(&in_english(desk.folder, &two).stdout);
    assert!(told.contains("nothing known: expected"), "{told}");
    assert!(
        told.contains("version 2: ") && told.contains("not ready"),
        "{told}"
    );
}

#[test]
fn versions_are_listed_compared_and_withdrawn() {
    let folder = tempfile::tempdir().expect("folder");
    let desk = Desk::open(folder.path());
    let all = json(&desk.sanku(&["rules", "list", "--format", "json"]));
    assert_eq!(all["items"].as_array().map(Vec::len), Some(12));
    let table = text(&desk.sanku(&["rules", "list", "PROVINCIAL_TECH_SME"]).stdout);
    assert!(
        table.contains("DRAFT") && table.contains("IN_FORCE"),
        "{table}"
    );
    let diff = ["rules", "diff", "PROVINCIAL_TECH_SME", "1", "2"];
    let found = json(&run(
        folder.path(),
        &[&diff[..], &["--format", "json"]].concat(),
        "",
    ));
    let items = found["items"].as_array().expect("differences");
    assert_eq!(items.len(), 2, "{items:?}");
    let titled = items.iter().find(|it| it["kind"] == "TITLE");
    let titled = titled.expect("another title");
    assert_eq!(
        (&titled["kind"], &titled["to"]),
        (&"TITLE".into(), &"新的表述".into())
    );
    assert!(text(&desk.sanku(&diff).stdout).contains("→ 新的表述"));
    // Another document in its place.
    let mut document = json(&desk.sanku(&["rules", "show", "PROVINCIAL_TECH_SME"]));
    document["title"] = "改名".into();
    desk.write("rules.json", &document);
    let replaced = desk.sanku(&["rules", "draft", "rules.json", "--replace", "2"]);
    assert!(
        text(&replaced.stdout).contains("改名"),
        "{}",
        text(&replaced.stderr)
    );
    let withdrawn = desk.step("withdraw", &["--reason", "重复", "--format", "json"], "");
    assert_eq!(json(&withdrawn)["state"], "WITHDRAWN");
    assert_eq!(code(&desk.step("withdraw", &[], "")), 1);
}

#[test]
fn a_rule_set_is_retired() {
    let folder = tempfile::tempdir().expect("folder");
    let desk = Desk::open(folder.path());
    let until = |day: &str| {
        let retire = [
            "rules",
            "retire",
            "SIZE_CLASS",
            "--reason",
            "合并",
            "--until",
        ];
        desk.sanku(&[&retire[..], &[day]].concat())
    };
    let early = until("2011-06-17");
    assert_eq!(code(&early), 2);
    assert!(
        text(&early.stderr).contains("2011-06-18"),
        "{}",
        text(&early.stderr)
    );
    assert_eq!(code(&until("2026-12-31")), 0);
    let list = [
        "rules",
        "list",
        "SIZE_CLASS",
        "--as-of",
        "2027-01-01",
        "--format",
        "json",
    ];
    assert_eq!(json(&desk.sanku(&list))["items"][0]["status"], "RETIRED");
    assert_eq!(
        code(&desk.sanku(&["rules", "diff", "SIZE_CLASS", "1", "7"])),
        2
    );
}

#[test]
fn faults_of_a_document_are_told_in_chinese_with_their_place() {
    let folder = tempfile::tempdir().expect("folder");
    let desk = Desk::open(folder.path());
    let mut document = json(&desk.sanku(&["rules", "show", "NATIONAL_TECH_SME"]));
    document["item"][0]["titel"] = "项".into();
    document["criterion"][0]["id"] = 1.into();
    desk.write("faulty.json", &document);
    let id = document["item"][0]["id"].as_str().expect("an id");
    let drafted = desk.sanku(&["rules", "draft", "faulty.json"]);
    assert_eq!(code(&drafted), 2);
    let checked = desk.sanku(&["rules", "check", "faulty.json"]);
    assert_eq!(code(&checked), 1);
    for told in [text(&drafted.stderr), text(&checked.stdout)] {
        let slip = format!("item {id}: 这里没有 titel 这一项，是不是 title？");
        assert!(told.contains(&slip), "{told}");
        assert!(
            told.contains("criterion[0]: id: 应是引号中的文字"),
            "{told}"
        );
    }
    let set = ["rules", "simulate", "POOLS", "--set", "a_rd/at_least=400"];
    let simulated = desk.sanku(&set);
    assert_eq!(code(&simulated), 2);
    let told = text(&simulated.stderr);
    assert!(
        told.contains("criterion a_rd: at_least: percent: 数太大"),
        "{told}"
    );
}

#[test]
fn a_boundary_is_waived_by_a_person_who_does_not_approve() {
    let folder = tempfile::tempdir().expect("folder");
    let desk = Desk::open(folder.path());
    let waive = |rest: &[&str], password: &str| {
        let who = ["p3_staff/at", "--as", "checker", "--password-stdin"];
        desk.step(
            "waive",
            &[&who[..], rest].concat(),
            &format!("{password}\n"),
        )
    };
    let pass = "velvet otter parade 7";
    assert_eq!(code(&waive(&[], pass)), 2, "no reason");
    let unknown = desk.step(
        "waive",
        &[
            "none/at",
            "--reason",
            "试",
            "--as",
            "checker",
            "--password-stdin",
        ],
        &format!("{pass}\n"),
    );
    assert_eq!(code(&unknown), 2);
    assert!(
        text(&unknown.stderr).contains("none/at"),
        "{}",
        text(&unknown.stderr)
    );
    assert_eq!(code(&waive(&["--reason", "试"], "wrong horse 1")), 3);
    let waived = waive(&["--reason", "试", "--format", "json"], pass);
    let told = json(&waived);
    assert_eq!(
        (&told["boundary"], &told["reason"]),
        (&"p3_staff/at".into(), &"试".into())
    );
    assert_eq!(code(&waive(&["--reason", "试"], pass)), 1, "there already");
    let list = text(&desk.step("waivers", &[], "").stdout);
    assert!(
        list.starts_with("p3_staff/at") && list.contains("试"),
        "{list}"
    );
    assert_eq!(code(&desk.step("test", &[], "")), 0);
    let approved = desk.approve("checker", pass);
    assert_eq!(code(&approved), 1, "{}", text(&approved.stdout));
    assert!(
        text(&approved.stderr).contains("免测"),
        "{}",
        text(&approved.stderr)
    );
    assert_eq!(code(&waive(&["--take-back"], pass)), 0);
    assert_eq!(text(&desk.step("waivers", &[], "").stdout), "");
    assert_eq!(code(&waive(&["--take-back"], pass)), 2, "not there");
}
