//! Accounts and sessions: who gets in, what ends a session, and what the ledger says about it.

use std::time::Duration;

use sanku::app::account::{self, Account, Accounts, Amendment, NewAccount};
use sanku::app::caller::authorize::authorize;
use sanku::app::caller::{Caller, Request};
use sanku::app::error::AppError;
use sanku::app::expected::Expected;
use sanku::app::list;
use sanku::app::password;
use sanku::app::session::{self, Granted};
use sanku::app::shown::Versioned;
use sanku::domain::access::{ManageUsers, OwnAccount, Permission, ReadRegister, Scope};
use sanku::domain::messages::Lang;
use sanku::store::{StoreError, ledger};

use crate::harness::TestDb;
use crate::on_both_engines;

const PASSWORD: &str = "velvet otter parade 7";
const CREDENTIALS: AppError = AppError::Unauthenticated {
    code: "auth.credentials",
};
const ENDED: AppError = AppError::Unauthenticated {
    code: "auth.session_ended",
};

fn officer(db: &TestDb, name: &str) -> Versioned<Account> {
    let input = NewAccount {
        username: name.into(),
        password: PASSWORD.into(),
        role: "DISTRICT_OFFICER".into(),
        district_code: Some("330602".into()),
        uscc: None,
    };
    account::create(&db.app, &Caller::operator(), input)
        .expect("created")
        .value
}

fn call<P: Permission>(db: &TestDb, granted: &Granted) -> Result<Caller<P>, AppError> {
    let token = db
        .app
        .tokens
        .verify_access(&granted.access_token, db.app.env.clock.now())?;
    authorize(
        &db.app,
        &token,
        Request {
            id: "r1".into(),
            lang: Lang::Zh,
        },
    )
}

fn kinds(db: &TestDb, subject: &str) -> Vec<String> {
    let entries = db.app.store.read::<_, StoreError, _>(|conn| {
        ledger::of_subject(conn, subject, db.app.env.clock.now(), 0, 100)
    });
    let kind = |entry: &str| {
        serde_json::from_str::<serde_json::Value>(entry).expect("JSON")["kind"].to_string()
    };
    entries
        .expect("read")
        .iter()
        .map(|entry| kind(&entry.entry).replace('"', ""))
        .collect()
}

on_both_engines!(
    a_log_in_opens_the_own_district_and_a_log_out_closes_it,
    |db| {
        let account = officer(db, "wang.fang");
        let granted = session::log_in(&db.app, "wang.fang", PASSWORD).expect("logged in");
        assert_eq!(granted.expires_in, Duration::from_secs(900));
        let caller = call::<OwnAccount>(db, &granted).expect("authorized");
        assert_eq!(caller.scope(), &Scope::District("330602".into()));
        assert_eq!(account::me(&db.app, &caller).expect("me"), account);
        assert_eq!(
            call::<ManageUsers>(db, &granted).err(),
            Some(AppError::Forbidden {
                code: "auth.forbidden"
            })
        );
        session::log_out(&db.app, &caller).expect("logged out");
        assert_eq!(call::<ReadRegister>(db, &granted).err(), Some(ENDED));
        assert!(session::refresh(&db.app, &granted.refresh_token, "test").is_err());
        assert_eq!(
            kinds(db, &account.id),
            ["ACCOUNT_CREATED", "SESSION_STARTED", "SESSION_ENDED"]
        );
    }
);

on_both_engines!(
    unknown_wrong_and_disabled_are_told_alike_and_recorded,
    |db| {
        let account = officer(db, "li.na");
        assert_eq!(
            session::log_in(&db.app, "nobody", PASSWORD),
            Err(CREDENTIALS)
        );
        assert_eq!(
            session::log_in(&db.app, "li.na", "wrong password"),
            Err(CREDENTIALS)
        );
        let off = Amendment {
            active: Some(false),
            ..Amendment::default()
        };
        let version = Expected::OneOf(vec![account.version]);
        account::amend(&db.app, &Caller::operator(), &account.id, version, off).expect("disabled");
        assert_eq!(
            session::log_in(&db.app, "li.na", PASSWORD),
            Err(CREDENTIALS)
        );
        assert_eq!(
            kinds(db, &account.id),
            [
                "ACCOUNT_CREATED",
                "SESSION_REFUSED",
                "ACCOUNT_CHANGED",
                "SESSION_REFUSED"
            ]
        );
        assert_eq!(kinds(db, "unknown"), ["SESSION_REFUSED"]);
    }
);

on_both_engines!(
    a_refresh_token_is_good_once_and_its_reuse_ends_the_session,
    |db| {
        officer(db, "zhao.min");
        let first = session::log_in(&db.app, "zhao.min", PASSWORD).expect("logged in");
        let second = session::refresh(&db.app, &first.refresh_token, "test").expect("refreshed");
        let third = session::refresh(&db.app, &second.refresh_token, "test").expect("refreshed");
        assert!(call::<OwnAccount>(db, &third).is_ok());
        assert_eq!(
            session::refresh(&db.app, &first.refresh_token, "test"),
            Err(ENDED)
        );
        assert_eq!(call::<OwnAccount>(db, &third).err(), Some(ENDED));
        assert_eq!(
            session::refresh(&db.app, &third.refresh_token, "test"),
            Err(ENDED)
        );
        assert!(session::refresh(&db.app, &third.access_token, "test").is_err());
    }
);

on_both_engines!(time_ends_tokens_and_sessions, |db| {
    officer(db, "sun.li");
    let granted = session::log_in(&db.app, "sun.li", PASSWORD).expect("logged in");
    db.clock.advance(chrono::Duration::seconds(899));
    assert!(call::<OwnAccount>(db, &granted).is_ok());
    db.clock.advance(chrono::Duration::seconds(1));
    assert_eq!(
        call::<OwnAccount>(db, &granted).err(),
        Some(AppError::Unauthenticated { code: "auth.token" })
    );
    let next = session::refresh(&db.app, &granted.refresh_token, "test").expect("refreshed");
    db.clock.advance(chrono::Duration::hours(12));
    assert_eq!(
        session::refresh(&db.app, &next.refresh_token, "test"),
        Err(ENDED)
    );
});

on_both_engines!(a_changed_account_or_password_ends_its_sessions, |db| {
    let account = officer(db, "qian.wei");
    let granted = session::log_in(&db.app, "qian.wei", PASSWORD).expect("logged in");
    let caller = call::<OwnAccount>(db, &granted).expect("authorized");
    let short = password::change_password(&db.app, &caller, PASSWORD, "short");
    assert!(
        matches!(short, Err(AppError::Invalid { errors }) if errors[0].code == "account.password_length")
    );
    let wrong = password::change_password(
        &db.app,
        &caller,
        "not the password",
        "rusty anchor melody 2",
    );
    assert!(
        matches!(wrong, Err(AppError::Invalid { errors }) if errors[0].pointer == "/current_password")
    );
    password::change_password(&db.app, &caller, PASSWORD, "rusty anchor melody 2")
        .expect("changed");
    assert_eq!(call::<OwnAccount>(db, &granted).err(), Some(ENDED));
    assert_eq!(
        session::log_in(&db.app, "qian.wei", PASSWORD),
        Err(CREDENTIALS)
    );

    let granted = session::log_in(&db.app, "qian.wei", "rusty anchor melody 2").expect("logged in");
    let moved = Amendment {
        district_code: Some("330603".into()),
        ..Amendment::default()
    };
    let stale = account::amend(
        &db.app,
        &Caller::operator(),
        &account.id,
        Expected::OneOf(vec![1]),
        moved.clone(),
    );
    assert_eq!(stale.err(), Some(AppError::PreconditionFailed));
    account::amend(
        &db.app,
        &Caller::operator(),
        &account.id,
        Expected::Any,
        moved,
    )
    .expect("moved");
    assert_eq!(call::<OwnAccount>(db, &granted).err(), Some(ENDED));
});

on_both_engines!(an_account_is_checked_before_it_is_made, |db| {
    let refused =
        |role: &str, district: Option<&str>, uscc: Option<&str>, name: &str, password: &str| {
            let input = NewAccount {
                username: name.into(),
                password: password.into(),
                role: role.into(),
                district_code: district.map(Into::into),
                uscc: uscc.map(Into::into),
            };
            match account::create(&db.app, &Caller::operator(), input) {
                Err(AppError::Invalid { errors }) => {
                    errors.iter().map(|error| error.code).collect::<Vec<_>>()
                }
                other => panic!("{other:?}"),
            }
        };
    assert_eq!(
        refused("ROOT", None, None, "a.b.c", PASSWORD),
        ["account.role_unknown"]
    );
    assert_eq!(
        refused("DISTRICT_OFFICER", None, None, "Li", "short"),
        [
            "account.username_form",
            "account.password_length",
            "account.district_required"
        ]
    );
    assert_eq!(
        refused("AUDITOR", Some("330602"), None, "abc", PASSWORD),
        ["account.district_needless"]
    );
    assert_eq!(
        refused("ENTERPRISE", None, None, "abc", PASSWORD),
        ["account.enterprise_required"]
    );
    assert_eq!(
        refused(
            "ENTERPRISE",
            None,
            Some("91330602MA00000000"),
            "abc",
            PASSWORD
        ),
        ["account.enterprise_unknown"]
    );
    officer(db, "twice");
    assert_eq!(
        refused("AUDITOR", None, None, "twice", PASSWORD),
        ["account.username_taken"]
    );
    let names: Vec<String> = list::whole::<Accounts>(&db.app, &Caller::operator(), &())
        .expect("listed")
        .into_iter()
        .map(|account| account.username)
        .collect();
    assert_eq!(names, ["twice"]);
});
