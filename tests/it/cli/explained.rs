//! One enterprise explained and looked ahead for, on the command line.

use super::{code, json, run, text};

/// A folder with the demonstration of 50 firms, and one of them.
fn demonstration() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("folder");
    let demo = [
        "demo",
        "--enterprises",
        "50",
        "--no-serve",
        "--database-url",
        "sqlite:sanku.db",
    ];
    let shown = run(folder.path(), &demo, "");
    assert_eq!(code(&shown), 0, "{}", text(&shown.stderr));
    let uscc = some_enterprise(folder.path());
    (folder, uscc)
}

#[test]
fn one_enterprise_is_explained() {
    let (folder, uscc) = demonstration();
    let (folder, uscc) = (folder.path(), uscc.as_str());
    let explained = run(folder, &["explain", uscc, "--format", "json"], "");
    assert_eq!(code(&explained), 0, "{}", text(&explained.stderr));
    let told = json(&explained);
    assert_eq!(
        (&told["uscc"], &told["rule_set"]),
        (&uscc.into(), &"POOLS".into())
    );
    assert!(told["sentence"].is_string() && told["criteria"][0]["sentence"].is_string());
    let table = run(
        folder,
        &["explain", uscc, "--rule-set", "NATIONAL_HNTE", "--all"],
        "",
    );
    assert!(
        text(&table.stdout).contains("国家高新技术企业认定"),
        "{}",
        text(&table.stdout)
    );
}

#[test]
fn one_enterprise_is_looked_ahead_for() {
    let (folder, uscc) = demonstration();
    let (folder, uscc) = (folder.path(), uscc.as_str());
    let ahead = [
        "forecast",
        uscc,
        "--until",
        "2029-12-31",
        "--as-of",
        "2026-12-01",
    ];
    let table = run(folder, &ahead, "");
    assert_eq!(code(&table), 0, "{}", text(&table.stderr));
    let lines = text(&table.stdout);
    assert!(lines.contains("2027-01-01  2026 年度结束"), "{lines}");
    assert!(lines.contains("企业所得税汇算清缴"), "{lines}");
    let told = json(&run(
        folder,
        &[&ahead[..], &["--format", "json"]].concat(),
        "",
    ));
    assert_eq!(
        (&told["until"], &told["as_of"]),
        (&"2029-12-31".into(), &"2026-12-01".into())
    );
    assert!(
        told["changes"].as_array().is_some_and(|it| it.len() >= 3),
        "{told}"
    );

    for wrong in [
        &["explain", "91330602MA0000000X"][..],
        &["explain", uscc, "--rule-set", "NONE"],
        &["explain", uscc, "--as-of", "tomorrow"],
        &["forecast", uscc, "--until", "2026-02-30"],
        &["forecast", uscc, "--until", "2001-01-01"],
    ] {
        let refused = run(folder, wrong, "");
        assert_eq!(code(&refused), 2, "{wrong:?}: {}", text(&refused.stderr));
    }
}

/// Any enterprise of the demonstration.
fn some_enterprise(folder: &std::path::Path) -> String {
    use diesel::prelude::*;
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        uscc: String,
    }
    let path = folder.join("sanku.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("opens");
    let row = diesel::sql_query("SELECT uscc FROM enterprises ORDER BY id LIMIT 1");
    row.get_result::<Row>(&mut conn).expect("one").uscc
}
