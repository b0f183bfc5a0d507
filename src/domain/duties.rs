//! Duties of enterprises that hold titles (持证义务): what is due when, from `packs/duties.toml`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Deserialize;

use super::evaluate::HeldTitle;
use super::messages::Lang;

/// A duty with the terms it has had.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    pub id: String,
    /// Whose holders; every active enterprise where there is none.
    pub scheme: Option<String>,
    kind: Kind,
    #[serde(default)]
    holders: Holders,
    #[serde(default)]
    changes: Vec<Change>,
    title: String,
    title_en: String,
    #[serde(default)]
    consequence: Option<String>,
    #[serde(default)]
    consequence_en: Option<String>,
    terms: Vec<Term>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    Yearly,
    BeforeEnd,
    AfterChange,
}

/// Who of those that hold a title at some time has a yearly duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Holders {
    #[default]
    OnDue,
    InYearBefore,
}

/// A recorded change of an enterprise that must be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Change {
    Name,
    District,
}

/// What counts from a day on, with its clause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    from: NaiveDate,
    #[serde(default)]
    until: Option<NaiveDate>,
    #[serde(default)]
    due: Option<DayOfYear>,
    #[serde(default)]
    opens: Option<DayOfYear>,
    #[serde(default)]
    months: Option<u32>,
    pub document: String,
    pub article: String,
    pub confidence: String,
    pub source: String,
}

/// `05-31`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct DayOfYear {
    month: u32,
    day: u32,
}

/// A duty on its day.
#[derive(Debug, Clone)]
pub struct Due {
    /// From this day on it can be done.
    pub opens: NaiveDate,
    pub due: NaiveDate,
    pub duty: &'static Duty,
    pub term: &'static Term,
}

/// What duties depend on.
#[derive(Debug, Clone, Default)]
pub struct Holder {
    /// Whether it is active.
    pub active: bool,
    pub titles: Vec<HeldTitle>,
    /// Changes with the day from which they hold.
    pub changes: Vec<(NaiveDate, Change)>,
}

/// All that falls due from a day to another, both included, in order.
pub fn due(holder: &Holder, from: NaiveDate, to: NaiveDate) -> Vec<Due> {
    let mut found: Vec<Due> = DUTIES
        .iter()
        .flat_map(|duty| duty.due(holder, from, to))
        .collect();
    found.sort_by_key(|it| (it.due, it.opens, it.duty.id.as_str()));
    found
}

/// All that is open on a day, in the order in which it falls due.
pub fn open_on(holder: &Holder, day: NaiveDate) -> Vec<Due> {
    // No duty is open for more than a year, or for as long as a title lasts before its end.
    let far = day
        .checked_add_days(Days::new(LONGEST_OPEN_DAYS))
        .unwrap_or(day);
    let mut open = due(holder, day, far);
    open.retain(|it| it.opens <= day);
    open
}

const LONGEST_OPEN_DAYS: u64 = 366;

impl Duty {
    pub fn title_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.title,
            Lang::En => &self.title_en,
        }
    }

    /// What follows if it is not done, or is.
    pub fn consequence_in(&self, lang: Lang) -> Option<&str> {
        match lang {
            Lang::Zh => self.consequence.as_deref(),
            Lang::En => self.consequence_en.as_deref(),
        }
    }

    fn due(&'static self, holder: &Holder, from: NaiveDate, to: NaiveDate) -> Vec<Due> {
        let found = match self.kind {
            Kind::Yearly => self.yearly(holder, from.year()..=to.year()),
            Kind::BeforeEnd => self.before_end(holder),
            Kind::AfterChange => self.after_change(holder),
        };
        let mut days = BTreeSet::new();
        let within = found
            .into_iter()
            .filter(|it| from <= it.due && it.due <= to);
        within.filter(|it| days.insert(it.due)).collect()
    }

    fn yearly(&'static self, holder: &Holder, years: std::ops::RangeInclusive<i32>) -> Vec<Due> {
        let due_days = years.filter_map(|year| {
            let (due, term) = self.terms.iter().rev().find_map(|term| {
                let due = term.due?.in_year(year)?;
                term.spans(due).then_some((due, term))
            })?;
            let opens = term.opens.and_then(|it| it.in_year(year));
            let opens = opens.or(NaiveDate::from_ymd_opt(year, 1, 1)).unwrap_or(due);
            Some(Due {
                opens,
                due,
                duty: self,
                term,
            })
        });
        due_days.filter(|it| self.is_for(holder, it.due)).collect()
    }

    fn is_for(&self, holder: &Holder, due: NaiveDate) -> bool {
        let Some(scheme) = &self.scheme else {
            return holder.active;
        };
        let mut titles = holder.titles.iter().filter(|it| it.scheme == *scheme);
        let held = match self.holders {
            Holders::OnDue => titles.any(|it| it.is_valid_on(due)),
            Holders::InYearBefore => {
                let year = due.year() - 1;
                titles.any(|it| {
                    it.valid_from.year() <= year
                        && it.valid_through.is_none_or(|last| last.year() >= year)
                })
            }
        };
        held && holder.active
    }

    /// A title that is followed without a gap by another of its scheme needs no renewal.
    fn before_end(&'static self, holder: &Holder) -> Vec<Due> {
        let of_scheme = || {
            let titles = holder.titles.iter();
            titles.filter(|it| Some(&it.scheme) == self.scheme.as_ref())
        };
        let ends = of_scheme().filter_map(|it| it.valid_through);
        let lapsing = ends.filter(|last| {
            let next = last.succ_opt().unwrap_or(*last);
            holder.active && !of_scheme().any(|it| it.is_valid_on(next))
        });
        let found = lapsing.filter_map(|last| {
            let term = self.terms.iter().rev().find(|it| it.spans(last))?;
            let opens = term.opens.and_then(|it| it.in_year(last.year()));
            let opens = opens.unwrap_or(last);
            Some(Due {
                opens,
                due: last,
                duty: self,
                term,
            })
        });
        found.collect()
    }

    fn after_change(&'static self, holder: &Holder) -> Vec<Due> {
        let changes = holder.changes.iter();
        let reported = changes
            .filter(|(day, change)| self.changes.contains(change) && self.is_held(holder, *day));
        let found = reported.filter_map(|(day, _)| {
            let term = self.terms.iter().rev().find(|it| it.spans(*day))?;
            let due = day.checked_add_months(Months::new(term.months?))?;
            Some(Due {
                opens: *day,
                due,
                duty: self,
                term,
            })
        });
        found.collect()
    }

    fn is_held(&self, holder: &Holder, day: NaiveDate) -> bool {
        let mut titles = holder.titles.iter();
        titles.any(|it| Some(&it.scheme) == self.scheme.as_ref() && it.is_valid_on(day))
    }
}

impl Term {
    fn spans(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|last| day <= last)
    }
}

impl DayOfYear {
    fn in_year(self, year: i32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, self.month, self.day)
    }
}

impl TryFrom<String> for DayOfYear {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once('-');
        let read = parts.and_then(|(month, day)| {
            let (month, day) = (month.parse().ok()?, day.parse().ok()?);
            // Of no leap year, so that it is a day of every year.
            NaiveDate::from_ymd_opt(2001, month, day).map(|_| Self { month, day })
        });
        read.ok_or_else(|| format!("{text} is no month and day"))
    }
}

/// Compiled in and read by a test, so that a file that cannot be read cannot ship.
static DUTIES: LazyLock<Vec<Duty>> = LazyLock::new(|| load(SOURCE).unwrap_or_default());

const SOURCE: &str = include_str!("../packs/duties.toml");

fn load(source: &str) -> Result<Vec<Duty>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        duty: Vec<Duty>,
    }
    let file: File = toml::from_str(source).map_err(|error| error.to_string())?;
    for duty in &file.duty {
        duty.check().map_err(|why| format!("{}: {why}", duty.id))?;
    }
    Ok(file.duty)
}

impl Duty {
    fn check(&self) -> Result<(), &'static str> {
        let terms = &self.terms;
        if terms.is_empty() || !terms.is_sorted_by_key(|it| it.from) {
            return Err("needs terms in the order of their days");
        }
        if self.scheme.is_none() && self.kind != Kind::Yearly {
            return Err("needs a scheme");
        }
        if (self.kind == Kind::AfterChange) == self.changes.is_empty() {
            return Err("needs changes if and only if it follows them");
        }
        let complete = |it: &Term| match self.kind {
            Kind::Yearly => it.due.is_some(),
            Kind::BeforeEnd => it.opens.is_some(),
            Kind::AfterChange => it.months.is_some(),
        };
        match terms.iter().all(complete) {
            true => Ok(()),
            false => Err("terms lack the day of its kind"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;
    use crate::rules::model::Confidence;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn holds(scheme: &str, from: &str, through: Option<&str>) -> Holder {
        Holder {
            active: true,
            titles: vec![HeldTitle {
                scheme: scheme.to_owned(),
                valid_from: day(from),
                valid_through: through.map(day),
            }],
            changes: Vec::new(),
        }
    }

    fn told(holder: &Holder, from: &str, to: &str) -> Vec<(String, &'static str)> {
        let found = due(holder, day(from), day(to)).into_iter();
        found
            .map(|it| (it.due.to_string(), it.duty.id.as_str()))
            .filter(|it| it.1 != "tax_settlement")
            .collect()
    }

    #[test]
    fn the_file_is_sound() {
        let duties = load(SOURCE).unwrap();
        assert!(duties.len() > 10);
        let mut ids = BTreeSet::new();
        for duty in &duties {
            assert!(ids.insert(&duty.id), "{} twice", duty.id);
            if let Some(scheme) = &duty.scheme {
                assert!(codes::scheme(scheme).is_ok(), "{scheme}");
            }
            assert_eq!(duty.consequence.is_some(), duty.consequence_en.is_some());
            for term in &duty.terms {
                assert!(Confidence::parse(&term.confidence).is_some(), "{}", duty.id);
                assert!(
                    !term.document.is_empty()
                        && !term.article.is_empty()
                        && !term.source.is_empty()
                );
            }
        }
        assert!(
            load("[[duty]]\nid='a'\nkind='YEARLY'\ntitle='甲'\ntitle_en='a'\nterms=[]").is_err()
        );
        assert!(DayOfYear::try_from("02-29".to_owned()).is_err());
    }

    #[test]
    fn a_high_tech_enterprise_reports_each_may_and_renews_in_its_last_year() {
        let firm = holds("NATIONAL_HNTE", "2023-12-08", Some("2026-12-08"));
        assert_eq!(
            told(&firm, "2025-06-01", "2027-12-31"),
            [
                ("2026-05-31".to_owned(), "hnte_report"),
                ("2026-12-08".to_owned(), "hnte_renewal"),
            ]
        );
        let open = |on: &str| -> Vec<&str> {
            let found = open_on(&firm, day(on)).into_iter();
            found.map(|it| it.duty.id.as_str()).collect()
        };
        assert_eq!(open("2025-12-31"), Vec::<&str>::new());
        assert_eq!(
            open("2026-01-01"),
            ["hnte_report", "tax_settlement", "hnte_renewal"]
        );
        assert_eq!(open("2026-06-01"), ["hnte_renewal"]);
        assert_eq!(open("2026-12-09"), Vec::<&str>::new());
    }

    #[test]
    fn a_title_that_is_followed_by_another_needs_no_renewal() {
        let mut firm = holds("NATIONAL_HNTE", "2023-12-08", Some("2026-12-08"));
        firm.titles.push(HeldTitle {
            scheme: "NATIONAL_HNTE".to_owned(),
            valid_from: day("2026-12-01"),
            valid_through: Some(day("2029-12-01")),
        });
        assert_eq!(
            told(&firm, "2026-06-01", "2027-05-31"),
            [("2027-05-31".to_owned(), "hnte_report")]
        );
    }

    #[test]
    fn the_number_of_a_year_is_updated_by_march_of_the_next() {
        let firm = holds("NATIONAL_TECH_SME", "2025-07-01", Some("2025-12-31"));
        assert_eq!(
            told(&firm, "2026-01-01", "2027-12-31"),
            [
                ("2026-03-31".to_owned(), "tsme_update"),
                ("2026-08-31".to_owned(), "tsme_window"),
            ]
        );
        let closed = holds("NATIONAL_TECH_SME", "2026-07-01", Some("2026-12-31"));
        assert_eq!(
            told(&closed, "2026-01-01", "2027-12-31"),
            [("2027-03-31".to_owned(), "tsme_update")],
            "no window is published for 2027"
        );
    }

    #[test]
    fn terms_change_with_their_rules() {
        let firm = holds("SRDI_SME", "2023-01-01", None);
        assert_eq!(
            told(&firm, "2025-01-01", "2026-12-31"),
            [
                ("2025-04-30".to_owned(), "srdi_update"),
                ("2026-05-31".to_owned(), "srdi_update"),
            ]
        );
    }

    #[test]
    fn changes_are_reported_within_three_months_by_whoever_held_the_title() {
        let mut firm = holds("NATIONAL_HNTE", "2024-12-08", Some("2027-12-08"));
        firm.changes = vec![
            (day("2026-11-30"), Change::Name),
            (day("2024-01-01"), Change::Name),
        ];
        assert_eq!(
            told(&firm, "2026-12-01", "2027-04-01"),
            [("2027-02-28".to_owned(), "hnte_change")]
        );
    }

    #[test]
    fn who_is_gone_owes_nothing() {
        let gone = Holder {
            active: false,
            ..holds("NATIONAL_HNTE", "2023-12-08", Some("2026-12-08"))
        };
        assert!(due(&gone, day("2026-01-01"), day("2027-12-31")).is_empty());
    }
}
