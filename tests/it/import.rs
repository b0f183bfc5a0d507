//! The import: tables into the register, all or nothing, on both engines.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use chrono::NaiveDate;
use sanku::app::App;
use sanku::app::account::{self, NewAccount};
use sanku::app::assessment::{self, RunRequest};
use sanku::app::caller::authorize::authorize;
use sanku::app::caller::{Caller, Request};
use sanku::app::demo_register;
use sanku::app::enterprise;
use sanku::app::figures;
use sanku::app::import::{Counts, ImportOptions, ImportReport, InputFile, import, import_rows};
use sanku::app::session;
use sanku::app::shown::Day;
use sanku::app::{certification, enterprise::EnterpriseView};
use sanku::domain::access::{Import, ReadRegister};
use sanku::domain::at::At;
use sanku::domain::ledger::Origin;
use sanku::domain::messages::Lang;
use sanku::store::{Changed, Stamp, StoreError, ledger, operations};
use serde_json::Value as Json;

use crate::firms::ready;
use crate::harness::TestDb;
use crate::on_both_engines;

const FIRM: &str = "91330602MAFF89BB62";
const OTHER: &str = "91330602MA5H10CH2H";

const ENTERPRISES: &str = "统一社会信用代码,企业名称,所属区县,成立日期,行业代码,联系人,联系电话,一类知识产权数\n\
    91330602MAFF89BB62,绍兴示例有限公司,越城区,2015-06-30,1713,张三,13800138000,2\n\
    91330602MA5H10CH2H,绍兴另例有限公司,柯桥区,2024-02-01,6513,,,0\n";
const FIGURES: &str = "统一社会信用代码,年度,销售收入,研发费用,职工总数\n\
    91330602MAFF89BB62,2024,1000.00,50.00,20\n\
    91330602MAFF89BB62,2025,1200.5,60,22\n\
    91330602MA5H10CH2H,2025,10,,3\n";
const TITLES: &str = "统一社会信用代码,资质,证书编号,发证日期,有效期至\n\
    91330602MAFF89BB62,国家高新技术企业,GR202433000001,2024-12-06,2027-12-06\n";

fn files(tables: &[&str]) -> Vec<InputFile> {
    let named = |(n, text): (usize, &&str)| InputFile {
        name: format!("{n}.csv"),
        bytes: text.as_bytes().to_vec(),
    };
    tables.iter().enumerate().map(named).collect()
}

fn options(app: &App) -> ImportOptions {
    ImportOptions::new(app.env.clock.today())
}

fn run_with(db: &TestDb, tables: &[&str], options: ImportOptions) -> ImportReport {
    let caller = Caller::<Import>::operator();
    import(&db.app, &caller, &files(tables), options)
        .expect("imports")
        .value
}

fn run(db: &TestDb, tables: &[&str]) -> ImportReport {
    run_with(db, tables, options(&db.app))
}

fn reader() -> Caller<ReadRegister> {
    Caller::operator()
}

fn get(db: &TestDb, uscc: &str) -> Option<EnterpriseView> {
    enterprise::get(&db.app, &reader(), uscc).ok()
}

fn now(db: &TestDb) -> At {
    At {
        as_of: db.app.env.clock.today(),
        known_at: db.app.env.clock.now(),
    }
}

fn year_value(db: &TestDb, uscc: &str, year: i32, fact: &str) -> Option<Json> {
    let view = figures::year(&db.app, &reader(), uscc, year, now(db)).expect("read")?;
    view.figures.get(fact).map(|stated| stated.value.clone())
}

fn kinds(db: &TestDb) -> Vec<String> {
    let entries = db
        .app
        .store
        .read(|conn| ledger::after(conn, 0, 10_000))
        .expect("ledger");
    let kind = |entry: &ledger::Entry| {
        let entry: Json = serde_json::from_str(&entry.entry).expect("json");
        entry["kind"].as_str().expect("kind").to_owned()
    };
    entries.iter().map(kind).collect()
}

fn counts(new: usize, changed: usize, unchanged: usize) -> Counts {
    Counts {
        new,
        changed,
        unchanged,
    }
}

on_both_engines!(three_tables_become_one_change, |db| {
    let report = run(db, &[TITLES, FIGURES, ENTERPRISES]);
    assert_eq!(report.problem_count, 0, "{:?}", report.problems);
    assert!(report.applied && !report.dry_run);
    assert_eq!(report.enterprises, counts(2, 0, 0));
    assert_eq!(report.figures, counts(3, 0, 0));
    assert_eq!(report.dated_facts, counts(2, 0, 0));
    assert_eq!(report.certifications, counts(1, 0, 0));
    assert_eq!(report.facts_from, NaiveDate::from_ymd_opt(2026, 1, 1));
    let firm = get(db, FIRM).expect("registered");
    assert_eq!(firm.record.name, "绍兴示例有限公司");
    assert_eq!(firm.record.industry_code, "C1713");
    assert_eq!(firm.record.legal_status, "ACTIVE");
    let contact = firm.contact.expect("contact");
    assert_eq!(contact.phone.as_deref(), Some("13800138000"));
    assert_eq!(
        year_value(db, FIRM, 2025, "sales"),
        Some("12005000.00".into())
    );
    assert_eq!(year_value(db, OTHER, 2025, "rd_expense"), None);
    let dated = figures::dated(&db.app, &reader(), FIRM, now(db)).expect("dated");
    let stated = &dated.figures["ip_class1"];
    assert_eq!(stated.value, Json::from(2));
    assert_eq!(stated.source, "导入：2.csv");
    let titles = certification::list(&db.app, &reader(), FIRM, now(db)).expect("titles");
    assert_eq!(titles[0].number, "GR202433000001");
    let kinds = kinds(db);
    assert_eq!(kinds.len(), 2 + 3 + 2 + 1 + 1);
    assert_eq!(kinds.last().map(String::as_str), Some("IMPORT_COMPLETED"));
    let id = report.id.expect("id");
    let kept = db
        .app
        .store
        .read(|conn| operations::import_by_id(conn, &id))
        .expect("read");
    assert!(kept.expect("kept").report.contains("\"applied\":true"));
    let recomputed = db.app.store.read(ledger::recompute).expect("ledger");
    let head = db.app.store.read(ledger::tree_head).expect("head");
    assert_eq!(
        (recomputed.size, &recomputed.root[..]),
        (head.size, &head.root[..])
    );
    assert_eq!((recomputed.gap_at, recomputed.altered), (None, None));
});

on_both_engines!(the_same_files_again_change_nothing, |db| {
    run(db, &[ENTERPRISES, FIGURES, TITLES]);
    let before = kinds(db);
    let report = run(db, &[ENTERPRISES, FIGURES, TITLES]);
    assert!(report.applied && report.id.is_none());
    assert_eq!(report.enterprises, counts(0, 0, 2));
    assert_eq!(report.figures, counts(0, 0, 3));
    assert_eq!(report.dated_facts, counts(0, 0, 2));
    assert_eq!(report.certifications, counts(0, 0, 1));
    assert_eq!(kinds(db), before);
});

on_both_engines!(only_what_differs_is_written, |db| {
    run(db, &[ENTERPRISES, FIGURES, TITLES]);
    let before = kinds(db).len();
    let enterprises = ENTERPRISES
        .replace("绍兴示例有限公司", "绍兴示例股份有限公司")
        .replace("13800138000", "13900139000");
    let figures = FIGURES.replace("1200.5,60,22", "1200.5,61,22");
    let titles = TITLES.replace("2027-12-06", "2027-12-05");
    let report = run(db, &[&enterprises, &figures, &titles]);
    assert_eq!(report.enterprises, counts(0, 1, 1));
    assert_eq!(report.figures, counts(0, 1, 2));
    assert_eq!(report.dated_facts, counts(0, 0, 2));
    assert_eq!(report.certifications, counts(0, 1, 0));
    let more = kinds(db)[before..].to_vec();
    let told = [
        "ENTERPRISE_AMENDED",
        "FACTS_STATED",
        "CERTIFICATION_CORRECTED",
        "IMPORT_COMPLETED",
    ];
    assert_eq!(more, told);
    let firm = get(db, FIRM).expect("there");
    assert_eq!(firm.record.name, "绍兴示例股份有限公司");
    let contact = firm.contact.expect("contact");
    assert_eq!(
        (contact.name.as_deref(), contact.phone.as_deref()),
        (Some("张三"), Some("13900139000"))
    );
    assert_eq!(
        year_value(db, FIRM, 2025, "rd_expense"),
        Some("610000.00".into())
    );
    assert_eq!(
        year_value(db, FIRM, 2025, "sales"),
        Some("12005000.00".into())
    );
    let titles = certification::list(&db.app, &reader(), FIRM, now(db)).expect("titles");
    assert_eq!(titles.len(), 1);
    assert_eq!(
        titles[0].valid_through,
        NaiveDate::from_ymd_opt(2027, 12, 5).map(Day)
    );
});

on_both_engines!(one_faulty_row_and_nothing_is_changed, |db| {
    let figures = format!("{FIGURES}{OTHER},2023,1,1,1\n{FIRM},坏,1,1,1\n");
    let report = run(db, &[ENTERPRISES, &figures]);
    assert!(!report.applied);
    let told: Vec<_> = report
        .problems
        .iter()
        .map(|p| (p.row, p.column.as_deref(), p.code.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Some(5), Some("B"), "fact.year_before_registration"),
            (Some(6), Some("B"), "import.year.form"),
        ]
    );
    assert!(get(db, FIRM).is_none() && kinds(db).is_empty());
});

on_both_engines!(a_dry_run_counts_and_changes_nothing, |db| {
    let dry = ImportOptions {
        dry_run: true,
        ..options(&db.app)
    };
    let report = run_with(db, &[ENTERPRISES, FIGURES, TITLES], dry.clone());
    assert!(report.dry_run && !report.applied);
    assert_eq!(
        (report.enterprises, report.figures),
        (counts(2, 0, 0), counts(3, 0, 0))
    );
    assert!(get(db, FIRM).is_none() && kinds(db).is_empty());
    run(db, &[ENTERPRISES, FIGURES, TITLES]);
    let before = kinds(db);
    let changed = ENTERPRISES.replace("绍兴示例", "绍兴样例");
    let report = run_with(db, &[&changed], dry);
    assert_eq!(report.enterprises, counts(0, 1, 1));
    assert_eq!(kinds(db), before);
});

on_both_engines!(a_dry_run_is_made_beside_a_change, |db| {
    let (begun, waiting) = std::sync::mpsc::channel();
    let (done, told) = std::sync::mpsc::channel::<()>();
    let store = db.app.store.clone();
    let change = std::thread::spawn(move || {
        store.write::<_, StoreError, _>(&Stamp::of(Origin::system("u1")), move |_| {
            begun.send(()).expect("somebody waits");
            let beside = told.recv_timeout(Duration::from_secs(30)).is_ok();
            Ok(Changed::unchanged(beside))
        })
    });
    waiting.recv().expect("the writer is at it");
    let dry = ImportOptions {
        dry_run: true,
        ..options(&db.app)
    };
    let report = run_with(db, &[ENTERPRISES, FIGURES, TITLES], dry);
    assert_eq!(report.enterprises, counts(2, 0, 0));
    let _ = done.send(());
    let change = change.join().expect("no panic").expect("done");
    assert!(change.value, "the dry run waited for the change");
    // What looks cannot write.
    let looked = db.app.store.look(&Stamp::of(Origin::system("u1")), |tx| {
        let written = tx.conn.execute_batch("DELETE FROM enterprises");
        written.map_err(StoreError::from)
    });
    assert!(matches!(looked, Err(StoreError::Db(_))), "{looked:?}");
    assert!(kinds(db).is_empty());
});

on_both_engines!(whatever_looked_leaves_no_old_view_behind, |db| {
    type Looked = Result<(), StoreError>;
    let by = Stamp::of(Origin::system("u1"));
    for _ in 0..3 {
        assert!(db.app.store.look(&by, |_| Looked::Ok(())).is_ok());
        let refused = db.app.store.look(&by, |_| Looked::Err(StoreError::TooSlow));
        assert!(matches!(refused, Err(StoreError::TooSlow)), "{refused:?}");
        let panics = || db.app.store.look(&by, |_| -> Looked { panic!("as meant") });
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    }
    assert!(run(db, &[ENTERPRISES, FIGURES, TITLES]).applied);
    let seen = kinds(db);
    assert!(!seen.is_empty());
    for _ in 0..8 {
        assert_eq!(kinds(db), seen);
    }
});

on_both_engines!(facts_hold_from_the_day_that_is_given, |db| {
    let later = ImportOptions {
        facts_from: NaiveDate::from_ymd_opt(2026, 3, 1),
        ..options(&db.app)
    };
    let report = run_with(db, &[ENTERPRISES], later);
    assert_eq!(report.facts_from, NaiveDate::from_ymd_opt(2026, 3, 1));
    let on = |day| At {
        as_of: NaiveDate::from_ymd_opt(2026, 2, day).expect("day"),
        known_at: db.app.env.clock.now(),
    };
    let before = figures::dated(&db.app, &reader(), FIRM, on(28)).expect("dated");
    assert!(before.figures.is_empty());
    let figures = FIGURES.replace(",2025,", ",2026,");
    let report = run(db, &[ENTERPRISES, &figures]);
    assert_eq!(report.problems[0].code, "import.facts_from.future");
});

on_both_engines!(no_fact_holds_before_the_registration, |db| {
    let day = |text: &str| text.parse::<NaiveDate>().expect("day");
    let holds = |uscc: &str, on: &str| {
        let at = At {
            as_of: day(on),
            known_at: db.app.env.clock.now(),
        };
        let dated = figures::dated(&db.app, &reader(), uscc, at).expect("dated");
        dated.figures.contains_key("ip_class1")
    };
    let young = ENTERPRISES.replace("2024-02-01", "2026-04-01");
    let report = run(db, &[&young]);
    assert_eq!(report.facts_from, Some(day("2026-01-01")));
    assert!(holds(FIRM, "2026-01-01"));
    assert!(!holds(OTHER, "2026-03-31") && holds(OTHER, "2026-04-01"));
    let before = kinds(db);
    run(db, &[&young]);
    assert_eq!(kinds(db), before, "the same again changes nothing");
    // Of one that is on record and whose day the table leaves out.
    let bare = "统一社会信用代码,企业名称,一类知识产权数\n91330602MA5H10CH2H,绍兴另例有限公司,3\n";
    let early = ImportOptions {
        facts_from: Some(day("2025-01-01")),
        ..options(&db.app)
    };
    let report = run_with(db, &[bare], early);
    assert_eq!(report.dated_facts, counts(0, 1, 0), "{:?}", report.problems);
    assert!(!holds(OTHER, "2026-03-31") && holds(OTHER, "2026-04-01"));
});

on_both_engines!(figures_that_contradict_those_on_record_are_told, |db| {
    let head = "统一社会信用代码,年度,";
    let row = |columns: &str, values: &str| format!("{head}{columns}\n{FIRM},{values}\n");
    run(db, &[ENTERPRISES, &row("职工总数", "2025,20")]);
    let notes = |table: &str| {
        let report = run(db, &[table]);
        assert_eq!(report.problem_count, 0, "{:?}", report.problems);
        report.notes
    };
    let told = |notes: &[String], words: &str| {
        let found = notes.iter().filter(|it| it.contains(words));
        found.count()
    };
    // More of a part than there is of the whole, which stands in another table.
    let dry = ImportOptions {
        dry_run: true,
        ..options(&db.app)
    };
    let part = row("科技人员数", "2025,30");
    let tried = run_with(db, &[&part], dry).notes;
    let found = notes(&part);
    assert_eq!(tried, found);
    assert_eq!(told(&found, "与已登记的数据对照存疑"), 1, "{found:?}");
    assert!(found[0].starts_with("0.csv 第 2 行"), "{found:?}");
    // What the row has nothing to do with is not told, nor what it says of another year, nor what it puts right.
    assert!(notes(&row("销售收入", "2025,100")).is_empty());
    assert!(notes(&row("科技人员数", "2024,30")).is_empty());
    assert!(notes(&row("职工总数", "2025,30")).is_empty());
    // Within the row it is told once.
    let both = notes(&row("科技人员数,职工总数", "2025,50,40"));
    assert_eq!((both.len(), told(&both, "：存疑：")), (1, 1), "{both:?}");
});

on_both_engines!(the_fictional_register_enters_by_the_same_door, |db| {
    let rows = demo_register::generate(1_200, 1, db.app.env.clock.today()).expect("codes");
    let (firms, figures, titles) = (
        rows.enterprises.len(),
        rows.figures.len(),
        rows.certifications.len(),
    );
    let caller = Caller::<Import>::operator();
    let bring = || {
        let rows = rows.clone();
        import_rows(&db.app, &caller, rows, "演示", options(&db.app))
            .expect("imports")
            .value
    };
    let report = bring();
    assert_eq!(report.problem_count, 0, "{:?}", report.problems.first());
    assert_eq!(report.enterprises, counts(firms, 0, 0));
    assert_eq!(report.figures, counts(figures, 0, 0));
    assert_eq!(report.certifications, counts(titles, 0, 0));
    let again = bring();
    assert_eq!(again.enterprises, counts(0, 0, firms));
    assert_eq!(again.figures, counts(0, 0, figures));
    assert!(!again.changes_something());
    let recomputed = db.app.store.read(ledger::recompute).expect("ledger");
    assert_eq!((recomputed.gap_at, recomputed.altered), (None, None));
});

fn officer_of(db: &TestDb, district: &str) -> Caller<Import> {
    const PASSWORD: &str = "Lake-Jian-2026!";
    let input = NewAccount {
        username: "yuecheng".into(),
        password: PASSWORD.into(),
        role: "DISTRICT_OFFICER".into(),
        district_code: Some(district.into()),
        uscc: None,
    };
    account::create(&db.app, &Caller::operator(), input).expect("account");
    let granted = session::log_in(&db.app, "yuecheng", PASSWORD).expect("logged in");
    let now = db.app.env.clock.now();
    let token = db
        .app
        .tokens
        .verify_access(&granted.access_token, now)
        .expect("token");
    let request = Request {
        id: "r".into(),
        lang: Lang::Zh,
    };
    authorize(&db.app, &token, request).expect("authorized")
}

on_both_engines!(a_district_imports_its_own_and_no_other, |db| {
    let officer = officer_of(db, "330602");
    let import_as = |tables: &[&str]| {
        let done = import(&db.app, &officer, &files(tables), options(&db.app));
        let codes = |report: ImportReport| {
            report
                .problems
                .into_iter()
                .map(|p| p.code)
                .collect::<Vec<_>>()
        };
        codes(done.expect("imports").value)
    };
    assert_eq!(import_as(&[ENTERPRISES]), ["enterprise.district.not_yours"]);
    let own: String = ENTERPRISES
        .lines()
        .take(2)
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(import_as(&[&own, TITLES]).is_empty());
    run(db, &[ENTERPRISES]);
    let moved = own.replace("越城区", "柯桥区");
    assert_eq!(import_as(&[&moved]), ["enterprise.district.city_only"]);
    let theirs = format!("统一社会信用代码,年度,销售收入\n{OTHER},2025,1\n");
    assert_eq!(import_as(&[&theirs]), ["import.enterprise.not_yours"]);
});

on_both_engines!(the_fictional_register_reaches_every_pool_and_none, |db| {
    let rows = demo_register::generate(1_000, 1, db.app.env.clock.today()).expect("codes");
    let caller = Caller::<Import>::operator();
    import_rows(&db.app, &caller, rows, "演示", options(&db.app)).expect("imports");
    ready(db);
    let asked = RunRequest::default();
    let preview =
        assessment::preview(&db.app, &Caller::operator(), &asked, |_, _| {}).expect("seen");
    for place in [
        "STARTER",
        "ACCELERATION",
        "SPRINT",
        "GRADUATED",
        "EXCLUDED",
        "NONE",
        "UNDECIDED",
    ] {
        let count = preview.summary.placed.get(place).copied();
        assert!(
            count > Some(0),
            "nobody is {place}: {:?}",
            preview.summary.placed
        );
    }
});

on_both_engines!(contradicting_figures_are_imported_with_a_note, |db| {
    let figures = format!("统一社会信用代码,年度,职工总数,科技人员数\n{FIRM},2025,10,50\n");
    let report = run(db, &[ENTERPRISES, &figures]);
    assert!(report.applied, "{report:?}");
    assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
    let note = &report.notes[0];
    assert!(
        note.contains("第 2 行") && note.contains("科技人员数大于职工总数"),
        "{note}"
    );
});

on_both_engines!(a_title_that_has_not_begun_is_not_imported, |db| {
    let titles = format!(
        "统一社会信用代码,资质,证书编号,发证日期\n{FIRM},国家高新技术企业,GR209933000001,2099-01-01\n"
    );
    let report = run(db, &[ENTERPRISES, &titles]);
    let told: Vec<&str> = report.problems.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(told, ["date.future"], "{:?}", report.problems);
});
