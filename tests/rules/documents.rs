//! Faulty rule-set documents: each fault names the file and the place, and what would be right.

use sanku::domain::messages::Lang;
use sanku::domain::rules::Library;

const HEAD: &str = r#"
code = "TEST"
version = 1
effective_from = "2020-01-01"
title = "测试"
title_en = "test"
document = "文号"
confidence = "PROPOSAL"
"#;

const CRITERION: &str = r#"
[[criterion]]
id = "c1"
title = "条件"
title_en = "condition"
"#;

fn refused(body: &str) -> String {
    Library::load([("TEST.toml", format!("{HEAD}{body}").as_str())])
        .map(|_| ())
        .unwrap_err()
        .to_string()
}

/// The document with one criterion that asks this.
fn criterion(test: &str) -> String {
    refused(&format!("{CRITERION}{test}"))
}

#[test]
fn a_sound_document_is_taken() {
    let text = format!("{HEAD}{CRITERION}fact = \"audited_levy\"\nis = true\n");
    let library = Library::load([("TEST.toml", text.as_str())]).unwrap();
    let set = library.named("TEST@2020-01-01").unwrap();
    assert!(set.hash.starts_with("sha256:") && set.hash.len() == 71);
    // The hash is of the content: blanks, comments and the order of keys do not matter.
    let same = format!("# a comment\n{CRITERION}is = true\nfact = \"audited_levy\"\n");
    let (head, rest) = (HEAD, same);
    let again = Library::load([("OTHER.toml", format!("{head}\n\n{rest}").as_str())]).unwrap();
    assert_eq!(again.named("TEST@2020-01-01").unwrap().hash, set.hash);
}

/// What a criterion asks, and how it is refused.
const FAULTS: &[(&str, &str)] = &[
    (
        "ratio = [\"rd_expence\", \"sales\"]\nat_least = { percent = \"3\" }",
        "TEST.toml: criterion c1: ratio[0]: rd_expence: no such fact; did you mean rd_expense?",
    ),
    (
        "ratio = [\"rd_expense\", \"sales\"]\nat_least = { yuan = \"3\" }",
        "TEST.toml: criterion c1: at_least: is in yuan, but percent is measured",
    ),
    (
        "ratio = [\"rd_expense\", \"sales\"]\nat_least = { percent = \"3.005\" }",
        "TEST.toml: criterion c1: at_least: percent: has more than 2 decimal places",
    ),
    (
        "ratio = [\"rd_expense\", \"sales\"]\nat_least = { percent = \"100.01\" }",
        "TEST.toml: criterion c1: at_least: percent: is too large",
    ),
    (
        "ratio = [\"rd_expense\", \"sales\"]\nat_least = { percent = \"-1\" }",
        "TEST.toml: criterion c1: at_least: percent: is not a plain decimal number",
    ),
    (
        "ratio = [\"rd_expense\", \"sales\"]\nat_lest = { percent = \"3\" }",
        "TEST.toml: criterion c1: needs at_least, more_than, at_most or less_than\nTEST.toml: criterion c1: at_lest is not known here; did you mean at_least?",
    ),
    (
        "ratio = [\"rd_expense\", \"sales\"]\nat_least = { percent = \"3\" }\nyear = \"LAST\"",
        "TEST.toml: criterion c1: year is not known here; did you mean years?",
    ),
    (
        "fact = \"audited_levy\"\nis = true\nholds_title = [\"NATIONAL_HNTE\"]",
        "TEST.toml: criterion c1: fact and holds_title exclude each other",
    ),
    (
        "fact = \"hightech_field\"\none_of = [\"9.其他\"]",
        "TEST.toml: criterion c1: one_of[0]: 9.其他 is no code of this fact",
    ),
    (
        "holds_title = [\"HNTE\"]",
        "TEST.toml: criterion c1: holds_title[0]: HNTE is no scheme",
    ),
    (
        "passes = \"NATIONAL_TECH_SME@2017-05-03\"",
        "TEST.toml: criterion c1: passes: no rule set NATIONAL_TECH_SME@2017-05-03 (name it CODE@date)",
    ),
    (
        "sum = [\"sales\", \"ip_class1\"]\nat_least = { yuan = \"1\" }",
        "TEST.toml: criterion c1: the facts of a sum must have the same unit",
    ),
    (
        "any = [ { fact = \"audited_levy\", is = 1 } ]",
        "TEST.toml: criterion c1: any[0]: is: must be true or false",
    ),
    (
        "points = \"total\"\nat_least = { point = \"60\" }",
        "TEST.toml: criterion c1: points: no item or earlier block total",
    ),
    (
        "fact = \"sales\"\nbracket_on = \"sales\"\nbrackets = [ { up_to = { yuan = \"5\" }, at_least = { yuan = \"1\" } } ]",
        "TEST.toml: criterion c1: brackets[0]: every bracket but the last needs up_to or below",
    ),
    (
        "fact = \"sales\"\nbracket_on = \"sales\"\nbrackets = [ { up_to = { yuan = \"5\" }, at_least = { yuan = \"1\" } }, { up_to = { yuan = \"5\" }, at_least = { yuan = \"2\" } }, { at_least = { yuan = \"3\" } } ]",
        "TEST.toml: criterion c1: brackets[1]: brackets must rise",
    ),
    (
        "fact = \"ip_class1\"\nat_least = { right = 1.5 }",
        "TEST.toml: criterion[0]: at_least: right: write a number with decimals as text in quotes",
    ),
];

#[test]
fn faults_of_a_criterion_name_it() {
    for (test, wanted) in FAULTS {
        assert_eq!(criterion(test), *wanted);
    }
}

#[test]
fn faults_of_scores_and_of_the_whole_are_named_too() {
    let item = |rest: &str| {
        refused(&format!(
            "[[item]]\nid = \"i\"\ntitle = \"项\"\ntitle_en = \"item\"\nmax = 20\n{rest}\n{CRITERION}fact = \"audited_levy\"\nis = true"
        ))
    };
    assert_eq!(
        item(
            "fact = \"sales\"\nbands = [ { at_least = { yuan = \"1\" }, gives = 10 }, { at_least = { yuan = \"2\" }, gives = 20 } ]\notherwise = 0"
        ),
        "TEST.toml: item i: bands[1]: overlaps the band before it"
    );
    assert_eq!(
        item(
            "fact = \"sales\"\nbands = [ { at_least = { yuan = \"1\" }, gives = 30 } ]\notherwise = 0"
        ),
        "TEST.toml: item i: bands[0]: gives: must be 0 to 20, the item's max"
    );
    assert_eq!(
        item("fact = \"product_field\"\npoints_by_answer = { A = 5, B = 3 }"),
        "TEST.toml: item i: points_by_answer: C has no points"
    );
    assert_eq!(
        refused(&format!(
            "{CRITERION}fact = \"audited_levy\"\nis = true\nroute = \"SCORE\""
        )),
        "TEST.toml: criterion c1: route: no route SCORE in routes"
    );
    let twice = format!("{CRITERION}fact = \"audited_levy\"\nis = true\n").repeat(2);
    assert_eq!(
        refused(&twice),
        "TEST.toml: criterion c1: c1 is named twice"
    );
    assert_eq!(refused(""), "TEST.toml: criterion is missing");
    let torn = refused("[[criterion]\n");
    assert!(
        torn.starts_with("TEST.toml: TOML parse error at line "),
        "{torn}"
    );
}

#[test]
fn every_fault_is_told_at_once_with_its_pointer() {
    let text = r#"
code = "TEST"
version = 0
titel = "测试"
title_en = "test"
document = "文号"
confidence = "SURE"

[[item]]
id = "i"
title = "项"
title_en = "item"
max = 20
fact = "sale"
bands = [ { at_least = { yuan = "1" }, gives = 10 } ]
otherwise = 30

[[criterion]]
id = "c1"
title = "条件"
title_en = "condition"
ratio = ["rd_expence", "sales"]
at_least = { percent = "3" }

[[criterion]]
id = "c2"
title = "条件"
points = "i"
at_least = { values = { "2020-01-01" = { point = "6" }, "2021-01-01" = { point = "6.5" } } }
"#;
    let error = Library::load([("TEST.toml", text)]).unwrap_err();
    let told = error.faults.iter();
    let told: Vec<(&str, &str)> = told.map(|it| (it.pointer.as_str(), it.code)).collect();
    assert_eq!(
        told,
        [
            ("/version", "rule_set.outside"),
            ("", "rule_set.key_missing"),
            ("", "rule_set.key_missing"),
            ("/confidence", "rule_set.choice"),
            ("/item/0/fact", "rule_set.fact_unknown_near"),
            ("/item/0/otherwise", "rule_set.points_range"),
            ("/criterion/0/ratio/0", "rule_set.fact_unknown_near"),
            ("/criterion/1", "rule_set.key_missing"),
            (
                "/criterion/1/at_least/values/2021-01-01/point",
                "rule_set.places"
            ),
            ("/titel", "rule_set.key_unknown_near"),
        ],
        "{error}"
    );
    let zh: Vec<String> = error.faults.iter().map(|it| it.text(Lang::Zh)).collect();
    assert_eq!(zh[1], "缺少 effective_from");
    assert_eq!(zh[2], "缺少 title");
    assert_eq!(zh[9], "这里没有 titel 这一项，是不是 title？");
}

#[test]
fn no_knock_on_fault_is_told() {
    // The item cannot be read, but it is there; what the table asks besides is not unknown.
    let body = "score = \"i\"\n[[item]]\nid = \"i\"\ntitle = \"项\"\ntitle_en = \"item\"\nmax = \"x\"\nfact = \"sales\"\nbands = [ { at_least = { yuan = \"1\" }, gives = 10 } ]\notherwise = 0\n";
    let told = refused(&format!(
        "{body}{CRITERION}points = \"i\"\nat_least = {{ point = \"6\" }}\n"
    ));
    assert_eq!(told, "TEST.toml: item i: max: must be a whole number");
}
