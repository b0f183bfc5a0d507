//! What the command line says when it refuses, in which language, and with which exit code.

use tempfile::TempDir;

use super::{code, run, text};

fn register() -> TempDir {
    let folder = tempfile::tempdir().expect("folder");
    let init = run(folder.path(), &["init", "--no-config"], "");
    let told = text(&init.stdout);
    assert!(told.contains("下一步"), "{told}");
    folder
}

#[test]
fn a_name_that_nothing_bears_is_wrong_use() {
    let folder = register();
    let retire = "rules retire NOPE --until 2026-01-01 --reason x";
    for (line, input) in [
        ("user disable nobody", ""),
        (
            "user password nobody --password-stdin",
            "velvet otter parade 7\n",
        ),
        ("rules diff NOPE 1 2", ""),
        (retire, ""),
    ] {
        let arguments: Vec<&str> = line.split(' ').collect();
        let refused = run(folder.path(), &arguments, input);
        let told = text(&refused.stderr);
        assert_eq!(code(&refused), 2, "{line}: {told}");
        assert!(told.contains("没有找到 "), "{told}");
        assert!(told.contains("nobody") || told.contains("NOPE"), "{told}");
    }
}

#[test]
fn what_cannot_be_read_is_told_by_its_place() {
    let folder = register();
    let folder = folder.path();
    for day in ["99999-01-01", "2026-02-30"] {
        let refused = run(folder, &["import", "x.csv", "--facts-from", day], "");
        let told = text(&refused.stderr);
        assert_eq!(code(&refused), 2, "{told}");
        assert!(told.contains("facts-from: "), "{told}");
        assert!(!told.contains("input contains"), "{told}");
    }
    let case = r#"{"cases":[{"id":"c","enterprise":{"registered_on":"2018-01-01","district_code":"330602"}}]}"#;
    std::fs::write(folder.join("case.json"), case).expect("written");
    let refused = run(folder, &["rules", "run-cases", "case.json"], "");
    assert_eq!(code(&refused), 2);
    let told = text(&refused.stderr);
    assert!(told.contains("用例 \"c\" /as_of：请填写这一项"), "{told}");
}

#[test]
fn prose_is_chinese_by_default() {
    let folder = register();
    for (arguments, wanted) in [
        (&["doctor"][..], "自检通过"),
        (&["jobs", "run"], "签名密钥轮换"),
        (&["keys", "list"], "签发自"),
    ] {
        let shown = run(folder.path(), arguments, "");
        let told = text(&shown.stdout);
        assert!(told.contains(wanted), "{told}");
    }
}
