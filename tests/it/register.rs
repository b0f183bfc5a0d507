//! The register: enterprises, figures and titles, through the use cases, on both time axes.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sanku::app::caller::Caller;
use sanku::app::certification;
use sanku::app::enterprise::{self, ListQuery, Sort};
use sanku::app::error::AppError;
use sanku::app::expected::Expected;
use sanku::app::figures::{self, StatementInput};
use sanku::domain::access::{AmendEnterprise, ReadRegister, RecordFacts, WriteRegister};
use sanku::domain::at::At;
use sanku::domain::certification::CertificationInput;
use sanku::domain::enterprise::{ContactInput, EnterpriseInput};
use sanku::domain::uscc::Uscc;
use serde_json::{Map, Value as Json, json};

use crate::harness::TestDb;
use crate::on_both_engines;

fn operator<P: sanku::domain::access::Permission>() -> Caller<P> {
    Caller::operator()
}

/// A valid code for each number.
fn code(n: usize) -> String {
    Uscc::from_body(&format!("91330602MA{n:06}"))
        .expect("code")
        .to_string()
}

fn input(n: usize, name: &str, district: &str) -> EnterpriseInput {
    let given = |text: &str| Some(text.to_owned());
    EnterpriseInput {
        uscc: Some(code(n)),
        name: given(name),
        district_code: given(district),
        registered_on: given("2018-03-01"),
        industry_code: given("C1713"),
        contact: Some(ContactInput {
            name: given("王某"),
            phone: given("13800138000"),
            email: None,
        }),
        ..EnterpriseInput::default()
    }
}

fn register(db: &TestDb, n: usize, name: &str, district: &str) -> enterprise::EnterpriseView {
    enterprise::register(
        &db.app,
        &operator::<WriteRegister>(),
        &input(n, name, district),
    )
    .expect("registered")
    .value
}

fn names(db: &TestDb, query: &ListQuery) -> Vec<String> {
    let listed = enterprise::list(&db.app, &operator::<ReadRegister>(), query).expect("listed");
    listed.items.into_iter().map(|it| it.name).collect()
}

fn all() -> ListQuery {
    ListQuery {
        limit: 50,
        ..ListQuery::default()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("day")
}

fn patch(json: Json) -> Map<String, Json> {
    json.as_object().expect("object").clone()
}

fn at(as_of: &str, known_at: DateTime<Utc>) -> At {
    At {
        as_of: day(as_of),
        known_at,
    }
}

fn whole(db: &TestDb) -> enterprise::HistoryQuery {
    enterprise::HistoryQuery {
        as_of: None,
        known_at: db.app.env.clock.now(),
        after: 0,
        limit: 10,
    }
}

on_both_engines!(an_enterprise_is_registered_once_and_read_back, |db| {
    let made = register(db, 1, "绍兴示例新材料有限公司", "330602");
    let read = enterprise::get(&db.app, &operator(), &made.record.uscc).expect("read");
    assert_eq!(read, made);
    assert_eq!(
        read.contact.as_ref().and_then(|it| it.phone.as_deref()),
        Some("13800138000")
    );
    let again = enterprise::register(
        &db.app,
        &operator(),
        &input(1, "另一家示例有限公司", "330602"),
    );
    assert_eq!(
        again.err(),
        Some(AppError::conflict("enterprise.uscc.taken"))
    );
    let missing = enterprise::get(&db.app, &operator(), &code(2));
    assert_eq!(missing.err(), Some(AppError::NotFound));
    let history =
        enterprise::history(&db.app, &operator(), &made.record.uscc, &whole(db)).expect("history");
    assert_eq!(history.len(), 1);
    // The ledger holds a commitment to the contact, never the contact.
    assert!(history[0].entry.contains("contact_commitment"));
    assert!(!history[0].entry.contains("13800138000") && !history[0].entry.contains("王某"));
});

on_both_engines!(lists_filter_sort_and_page, |db| {
    let words = ["华新", "正泰", "恒达", "安康"];
    for n in 0..20 {
        let district = if n % 2 == 0 { "330602" } else { "330603" };
        register(
            db,
            n,
            &format!("虚构{}{n:02}科技有限公司", words[n % 4]),
            district,
        );
        db.clock.advance(Duration::seconds(1));
    }
    let everything = names(db, &all());
    assert_eq!(everything.len(), 20);
    for sort in [Sort::Name, Sort::RegisteredOn, Sort::UpdatedAt] {
        for descending in [false, true] {
            let mut query = ListQuery {
                sort,
                descending,
                limit: 7,
                ..all()
            };
            let mut paged = Vec::new();
            loop {
                let page = enterprise::list(&db.app, &operator(), &query).expect("page");
                paged.extend(page.items.into_iter().map(|it| it.name));
                let Some(next) = page.next else { break };
                query.after = Some(next);
            }
            let whole = names(
                db,
                &ListQuery {
                    sort,
                    descending,
                    ..all()
                },
            );
            assert_eq!(paged, whole, "{sort:?} {descending}");
            assert_eq!(paged.len(), 20);
        }
    }
    let by_district = ListQuery {
        district_code: Some("330603".into()),
        count: true,
        ..all()
    };
    let listed = enterprise::list(&db.app, &operator(), &by_district).expect("listed");
    assert_eq!((listed.items.len(), listed.count), (10, Some(10)));
    let by_industry = |code: &str| {
        names(
            db,
            &ListQuery {
                industry_code: Some(code.into()),
                ..all()
            },
        )
        .len()
    };
    assert_eq!(
        (by_industry("C17"), by_industry("C"), by_industry("C18")),
        (20, 20, 0)
    );
});

on_both_engines!(a_piece_of_the_name_finds_it, |db| {
    register(db, 1, "虚构越城华新科技有限公司", "330602");
    register(db, 2, "虚构柯桥新材料有限公司", "330603");
    let old = register(db, 3, "虚构上虞光电有限公司", "330604");
    let find = |q: &str| {
        names(
            db,
            &ListQuery {
                q: Some(q.into()),
                ..all()
            },
        )
    };
    assert_eq!(find("华新"), ["虚构越城华新科技有限公司"]);
    assert_eq!(find("新材"), ["虚构柯桥新材料有限公司"]);
    assert_eq!(find("有限").len(), 3);
    assert_eq!(find("xgkq"), ["虚构柯桥新材料有限公司"]);
    assert_eq!(
        find(&code(2)[8..14]).len(),
        3,
        "the piece stands in all three codes"
    );
    assert_eq!(find(&code(2)), ["虚构柯桥新材料有限公司"]);
    assert_eq!(find("没有"), Vec::<String>::new());
    db.clock.advance(Duration::days(1));
    enterprise::amend(
        &db.app,
        &operator::<AmendEnterprise>(),
        &old.record.uscc,
        &Expected::OneOf(vec![old.record.version]),
        &patch(json!({"name": "虚构上虞半导体有限公司"})),
        None,
    )
    .expect("renamed");
    assert_eq!(find("半导"), ["虚构上虞半导体有限公司"]);
    assert_eq!(
        find("光电"),
        ["虚构上虞半导体有限公司"],
        "by its former name"
    );
    let counted = ListQuery {
        q: Some("有限".into()),
        limit: 2,
        count: true,
        sort: Sort::UpdatedAt,
        descending: true,
        ..all()
    };
    let listed = enterprise::list(&db.app, &operator(), &counted).expect("listed");
    assert_eq!(listed.count, Some(3));
    assert_eq!(listed.items[0].name, "虚构上虞半导体有限公司");
    let rest = names(
        db,
        &ListQuery {
            after: listed.next,
            ..counted
        },
    );
    assert_eq!(rest, ["虚构越城华新科技有限公司"]);
});

on_both_engines!(an_amendment_keeps_both_time_axes, |db| {
    let made = register(db, 1, "虚构旧名有限公司", "330602");
    let uscc = &made.record.uscc;
    let first_known = db.app.env.clock.now();
    db.clock.advance(Duration::days(10));
    let amend = |version: i64, change: Json, from: Option<&str>| {
        enterprise::amend(
            &db.app,
            &operator(),
            uscc,
            &Expected::OneOf(vec![version]),
            &patch(change),
            from.map(day),
        )
    };
    let renamed = amend(
        made.record.version,
        json!({"name": "虚构新名有限公司"}),
        Some("2026-06-20"),
    )
    .expect("amended")
    .value;
    assert_eq!(renamed.record.name, "虚构新名有限公司");
    assert_eq!(
        amend(made.record.version, json!({"park": "镜湖"}), None).err(),
        Some(AppError::PreconditionFailed)
    );
    let same = amend(
        renamed.record.version,
        json!({"name": "虚构新名有限公司"}),
        None,
    )
    .expect("no change");
    assert_eq!(same.value.record.version, renamed.record.version);
    let now = db.app.env.clock.now();
    let name_at = |as_of: &str, known_at| {
        enterprise::get_at(&db.app, &operator(), uscc, at(as_of, known_at)).map(|it| it.record.name)
    };
    assert_eq!(
        name_at("2026-06-19", now).as_deref(),
        Ok("虚构旧名有限公司")
    );
    assert_eq!(
        name_at("2026-06-20", now).as_deref(),
        Ok("虚构新名有限公司")
    );
    assert_eq!(
        name_at("2026-06-20", first_known).as_deref(),
        Ok("虚构旧名有限公司")
    );
    assert_eq!(name_at("2018-02-28", now), Err(AppError::NotFound));
    let former =
        enterprise::former_names(&db.app, &operator(), uscc, at("2026-06-25", now)).expect("names");
    assert_eq!(former.len(), 1);
    assert_eq!(
        (former[0].used_from, former[0].used_until),
        (day("2018-03-01"), day("2026-06-20"))
    );
    // null removes, and a required member cannot be removed.
    let without = amend(renamed.record.version, json!({"contact": null}), None)
        .expect("amended")
        .value;
    assert_eq!(without.contact, None);
    let refused = amend(without.record.version, json!({"name": null}), None).err();
    assert!(
        matches!(refused, Some(AppError::Invalid { .. })),
        "{refused:?}"
    );
    let fixed = amend(without.record.version, json!({"uscc": code(2)}), None).err();
    assert!(matches!(fixed, Some(AppError::Invalid { .. })));
});

fn stating(facts: Json, evidence: &str) -> StatementInput {
    StatementInput {
        facts: patch(facts),
        evidence: Some(evidence.into()),
        source: "年报".into(),
    }
}

on_both_engines!(figures_are_corrected_and_never_overwritten, |db| {
    let uscc = &register(db, 1, "虚构越城华新科技有限公司", "330602")
        .record
        .uscc;
    let caller = operator::<RecordFacts>();
    let put = |expected, input| figures::state_year(&db.app, &caller, uscc, 2025, expected, input);
    let first = put(
        Expected::NotGiven,
        stating(
            json!({"sales": "50000000.00", "staff_total": 100}),
            "DOCUMENTED",
        ),
    );
    let first = first.expect("stated").value;
    let known_first = db.app.env.clock.now();
    db.clock.advance(Duration::hours(1));
    let blind = put(
        Expected::NotGiven,
        stating(json!({"sales": "1.00"}), "AUDITED"),
    );
    assert_eq!(blind.err(), Some(AppError::PreconditionRequired));
    let second = put(
        Expected::OneOf(vec![first.version]),
        stating(json!({"sales": "50000100.00"}), "AUDITED"),
    );
    let second = second.expect("corrected").value;
    assert_eq!(second.figures["sales"].value, json!("50000100.00"));
    assert_eq!(
        second.figures["staff_total"].value,
        json!(100),
        "what is not named stays"
    );
    let repeated = put(
        Expected::Any,
        stating(json!({"sales": "50000100.00"}), "AUDITED"),
    )
    .expect("nothing new")
    .value;
    assert_eq!(repeated, second);
    let read = |known_at| {
        let view = figures::year(&db.app, &operator(), uscc, 2025, at("2026-06-15", known_at))
            .expect("read");
        view.map(|view| view.figures["sales"].value.clone())
    };
    assert_eq!(read(db.app.env.clock.now()), Some(json!("50000100.00")));
    assert_eq!(read(known_first), Some(json!("50000000.00")));
    assert_eq!(read(known_first - Duration::days(1)), None);
    // The largest amount: 10^15 yuan less one fen, far beyond 32 bits.
    let large = put(
        Expected::Any,
        stating(json!({"total_assets": "999999999999999.99"}), "AUDITED"),
    )
    .expect("stated");
    assert_eq!(
        large.value.figures["total_assets"].value,
        json!("999999999999999.99")
    );
});

on_both_engines!(titles_are_valid_by_the_day_and_corrected_openly, |db| {
    let uscc = &register(db, 1, "虚构越城华新科技有限公司", "330602")
        .record
        .uscc;
    let title = |number: &str, through: &str| CertificationInput {
        scheme: Some("NATIONAL_HNTE".into()),
        number: Some(number.into()),
        valid_from: Some("2023-12-08".into()),
        valid_through: Some(through.into()),
        issuer: Some("浙江省认定机构".into()),
        document: None,
    };
    let caller = operator::<WriteRegister>();
    let made = certification::record(
        &db.app,
        &caller,
        uscc,
        &title("GR202333000001", "2026-12-08"),
    )
    .expect("recorded")
    .value;
    let twice = certification::record(
        &db.app,
        &caller,
        uscc,
        &title("GR202333000001", "2026-12-08"),
    );
    assert_eq!(
        twice.err(),
        Some(AppError::conflict("certification.number_taken"))
    );
    let known_first = db.app.env.clock.now();
    db.clock.advance(Duration::hours(1));
    let valid_on = |as_of: &str, known_at| {
        let titles =
            certification::list(&db.app, &operator(), uscc, at(as_of, known_at)).expect("listed");
        titles.iter().map(|it| it.valid).collect::<Vec<_>>()
    };
    let now = db.app.env.clock.now();
    assert_eq!(valid_on("2026-12-08", now), [true]);
    assert_eq!(valid_on("2026-12-09", now), [false]);
    assert_eq!(valid_on("2023-12-07", now), [false]);
    let expected = Expected::OneOf(vec![made.version]);
    certification::correct(
        &db.app,
        &caller,
        uscc,
        &made.id,
        &expected,
        &title("GR202333000001", "2026-12-07"),
    )
    .expect("corrected");
    assert_eq!(valid_on("2026-12-08", db.app.env.clock.now()), [false]);
    assert_eq!(valid_on("2026-12-08", known_first), [true]);
    let by_scheme = |scheme: &str| {
        names(
            db,
            &ListQuery {
                scheme: Some(scheme.into()),
                ..all()
            },
        )
        .len()
    };
    assert_eq!(
        (by_scheme("NATIONAL_HNTE"), by_scheme("LITTLE_GIANT")),
        (1, 0)
    );
});
