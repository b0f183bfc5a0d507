//! Which statements still stand: those that decide the value of a fact, of all that was ever stated about an enterprise.
//!
//! A statement is superseded once every fact it names was named again: about the same year, or, of dated facts, from the
//! same or a later day. What stands then tells the figures of every year, and the dated facts of every day from the last
//! one that a statement begins on. The last statement about a year, and the last one about dated facts, always stands:
//! it is their version.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{About, Statement};

/// The statements that no longer decide anything, by their ledger sequence. Of statements among which some are missing
/// that were superseded already, it tells the rest.
pub fn superseded(statements: &[Statement]) -> BTreeSet<i64> {
    let mut topics: BTreeMap<Option<i32>, Vec<&Statement>> = BTreeMap::new();
    for it in statements {
        topics.entry(year_of(it.about)).or_default().push(it);
    }
    topics.into_values().flat_map(superseded_of_one).collect()
}

/// Those that stood until the last of these statements was made.
pub fn newly_superseded(statements: &[Statement], new: usize) -> BTreeSet<i64> {
    let before = &statements[..statements.len().saturating_sub(new)];
    let gone = superseded(before);
    let mut found = superseded(statements);
    found.retain(|seq| !gone.contains(seq));
    found
}

/// Among statements about one year, or about dated facts.
fn superseded_of_one(mut topic: Vec<&Statement>) -> Vec<i64> {
    let last = topic.iter().map(|it| it.seq).max();
    topic.sort_by_key(|it| Reverse((day_of(it.about), it.seq)));
    let mut decided = BTreeSet::new();
    topic.retain(|it| {
        let decides = it.facts.keys().filter(|id| decided.insert(**id)).count() > 0;
        !decides && Some(it.seq) != last
    });
    topic.into_iter().map(|it| it.seq).collect()
}

fn year_of(about: About) -> Option<i32> {
    match about {
        About::Year(year) => Some(year),
        About::From(_) => None,
    }
}

fn day_of(about: About) -> Option<chrono::NaiveDate> {
    match about {
        About::Year(_) => None,
        About::From(day) => Some(day),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{of_year, on_day, years};
    use super::*;
    use crate::at::At;
    use crate::facts::{Evidence, FactId, Value, catalogue};
    use chrono::NaiveDate;
    use proptest::prelude::*;

    const ANNUAL: [&str; 3] = ["sales", "rd_expense", "staff_total"];
    const DATED: [&str; 3] = ["ip_class1", "ip_class2", "audited_levy"];

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, 1 + n).unwrap()
    }

    fn fact(name: &str) -> FactId {
        catalogue().by_name(name).unwrap()
    }

    fn statement(seq: i64, about: About, facts: &[(&str, Option<Value>)]) -> Statement {
        Statement {
            seq,
            about,
            facts: facts
                .iter()
                .map(|(name, value)| (fact(name), *value))
                .collect(),
            evidence: Evidence::Documented,
            source: "年报".into(),
            recorded_by: "u1".into(),
            recorded_at: "2026-06-15T08:00:00Z".parse().unwrap(),
        }
    }

    fn seqs(found: BTreeSet<i64>) -> Vec<i64> {
        found.into_iter().collect()
    }

    #[test]
    fn what_was_named_again_in_full_is_superseded() {
        let year = About::Year(2025);
        let statements = [
            statement(1, year, &[("sales", Some(1)), ("rd_expense", Some(1))]),
            statement(2, About::Year(2024), &[("sales", Some(1))]),
            statement(3, year, &[("sales", Some(2))]),
            statement(4, year, &[("sales", None)]),
            statement(5, year, &[("rd_expense", Some(2))]),
        ];
        assert!(superseded(&statements[..3]).is_empty());
        assert_eq!(seqs(superseded(&statements[..4])), [3]);
        assert_eq!(seqs(superseded(&statements)), [1, 3]);
        assert_eq!(seqs(newly_superseded(&statements, 1)), [1]);
    }

    #[test]
    fn a_back_dated_fact_stands_as_the_version_until_the_next_statement() {
        let mut statements = vec![
            statement(1, About::From(day(5)), &[("ip_class1", Some(1))]),
            statement(2, About::From(day(1)), &[("ip_class1", Some(2))]),
        ];
        assert!(superseded(&statements).is_empty());
        statements.push(statement(3, About::From(day(3)), &[("ip_class2", Some(2))]));
        assert_eq!(seqs(newly_superseded(&statements, 1)), [2]);
    }

    /// What a statement is about, the facts it names by their place in the list, and how well they are proved.
    type Drawn = (About, Vec<(usize, Option<Value>)>, Evidence);

    fn any_statement() -> impl Strategy<Value = Drawn> {
        let about = prop_oneof![
            (2023..2026i32).prop_map(About::Year),
            (0..6u32).prop_map(|n| About::From(day(n))),
        ];
        let facts =
            proptest::collection::vec((0..3usize, proptest::option::of(0..2 as Value)), 1..4);
        let evidence = proptest::sample::select(Evidence::ALL.to_vec());
        (about, facts, evidence)
    }

    fn recorded(drawn: Vec<Drawn>) -> Vec<Statement> {
        let numbered = (1..).zip(drawn);
        let made = numbered.map(|(seq, (about, facts, evidence))| {
            let names = match about {
                About::Year(_) => ANNUAL,
                About::From(_) => DATED,
            };
            let facts: Vec<_> = facts
                .into_iter()
                .map(|(n, value)| (names[n], value))
                .collect();
            Statement {
                evidence,
                source: format!("第{seq}次"),
                ..statement(seq, about, &facts)
            }
        });
        made.collect()
    }

    fn last_of(statements: &[Statement], topic: Option<i32>) -> Option<i64> {
        let of_topic = statements.iter().filter(|it| year_of(it.about) == topic);
        of_topic.map(|it| it.seq).max()
    }

    proptest! {
        /// Kept up statement by statement, what stands is what a look at all of them finds, and tells the same figures.
        #[test]
        fn what_stands_tells_what_all_statements_tell(drawn in proptest::collection::vec(any_statement(), 0..40)) {
            let all = recorded(drawn);
            let mut standing: Vec<Statement> = Vec::new();
            for it in &all {
                standing.push(it.clone());
                let gone = newly_superseded(&standing, 1);
                standing.retain(|it| !gone.contains(&it.seq));
            }
            let gone = superseded(&all);
            let at_once: Vec<Statement> = all.iter().filter(|it| !gone.contains(&it.seq)).cloned().collect();
            prop_assert_eq!(&standing, &at_once);
            prop_assert_eq!(years(&standing), years(&all));
            for year in 2023..2026 {
                prop_assert_eq!(of_year(&standing, year), of_year(&all, year));
                prop_assert_eq!(last_of(&standing, Some(year)), last_of(&all, Some(year)));
            }
            prop_assert_eq!(last_of(&standing, None), last_of(&all, None));
            let begun = standing.iter().filter_map(|it| day_of(it.about)).max();
            for n in (0..8).filter(|n| begun.is_none_or(|last| last <= day(*n))) {
                let at = At { as_of: day(n), known_at: "2026-06-15T08:00:00Z".parse().unwrap() };
                prop_assert_eq!(on_day(&standing, at), on_day(&all, at));
            }
            // No more of them than there are facts, and one for each version, however many were made.
            prop_assert!(standing.len() <= 3 * (ANNUAL.len() + 1) + DATED.len() + 1);
        }
    }
}
