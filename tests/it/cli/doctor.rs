//! What the doctor warns of: it runs, and should not stay so.

use std::path::Path;

use super::{code, json, run};
use crate::harness::tamper;

/// The grade of one check.
fn grade(folder: &Path, check: &str, settings: &[&str]) -> String {
    let asked = [&["doctor", "--format", "json"], settings].concat();
    let doctor = run(folder, &asked, "");
    assert_eq!(code(&doctor), 0, "a warning is no failure");
    let checks = json(&doctor);
    let mut all = checks["checks"].as_array().expect("a list").iter();
    let found = all.find(|it| it["check"] == check).expect(check);
    found["grade"].as_str().expect("a grade").to_string()
}

#[test]
fn it_warns_where_nobody_approves_roles() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    assert_eq!(code(&run(folder, &["init"], "")), 0);
    let add = |name: &str, role: &str| {
        let user = ["user", "add", name, "--role", role, "--password-stdin"];
        assert_eq!(code(&run(folder, &user, "velvet otter parade 7\n")), 0);
    };
    add("admin", "SYSTEM_ADMIN");
    assert_eq!(grade(folder, "roles", &[]), "WARN");
    add("guard", "SECURITY_ADMIN");
    assert_eq!(grade(folder, "roles", &[]), "OK");
    assert_eq!(code(&run(folder, &["user", "disable", "guard"], "")), 0);
    assert_eq!(grade(folder, "roles", &[]), "WARN");
}

#[test]
fn it_warns_where_mlps3_goes_without_a_second_factor() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    assert_eq!(code(&run(folder, &["init"], "")), 0);
    assert_eq!(grade(folder, "second factor", &[]), "WARN");
    for (name, settings) in [
        ("required.toml", "[session]\nsecond_factor = \"required\"\n"),
        ("asvs.toml", "[passwords]\nprofile = \"asvs\"\n"),
    ] {
        std::fs::write(folder.join(name), settings).expect("written");
        let with = ["--config", name];
        assert_eq!(grade(folder, "second factor", &with), "OK", "{name}");
    }
}

#[test]
fn it_fails_where_the_ledger_is_out_of_step() {
    let folder = tempfile::tempdir().expect("folder");
    let folder = folder.path();
    assert_eq!(code(&run(folder, &["init"], "")), 0);
    assert_eq!(grade(folder, "ledger", &[]), "OK");
    let url = format!("sqlite:{}", folder.join("sanku.db").display());
    tamper(&url, "UPDATE ledger_head SET size = size + 1");
    let doctor = run(folder, &["doctor"], "");
    assert_eq!(code(&doctor), 1);
    let told = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(told.contains("fail  ledger"), "{told}");
    assert!(told.contains("请停用并从备份恢复"), "{told}");
}
