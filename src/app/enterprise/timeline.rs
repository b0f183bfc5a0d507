//! The states of an enterprise by the days they hold from, and what a back-dated amendment means for those after it.

use chrono::NaiveDate;

use crate::store::enterprises::VersionRow;

/// Of the recorded states, oldest day first, those that count: what was recorded last for a day.
pub(in crate::app) fn standing(states: Vec<VersionRow>) -> Vec<VersionRow> {
    let mut standing: Vec<VersionRow> = Vec::with_capacity(states.len());
    for state in states {
        match standing.last_mut() {
            Some(last) if last.effective_from == state.effective_from => *last = state,
            _ => standing.push(state),
        }
    }
    standing
}

/// The state in force on a day, and those after it. What is said of a day before the first state is said of that one:
/// the firm then turns out to be older than it was recorded to be.
pub(super) fn split(states: &[VersionRow], day: NaiveDate) -> Option<(&VersionRow, &[VersionRow])> {
    let begun = states.partition_point(|state| state.effective_from <= day);
    let base = states.get(begun.saturating_sub(1))?;
    Some((base, states.get(begun..).unwrap_or_default()))
}

/// A later state as it is recorded anew, with the members that it takes on.
pub(super) type Carried = (VersionRow, Vec<&'static str>);

/// What was changed in `base` holds on through each later state, up to the first that itself changed the same member.
/// States that take nothing on stay as they are.
pub(super) fn carried(
    base: &VersionRow,
    amended: &VersionRow,
    later: &[VersionRow],
) -> Vec<Carried> {
    let mut carried: Vec<Carried> = later.iter().map(|it| (it.clone(), Vec::new())).collect();
    macro_rules! carry {
        ($($member:ident),*) => {$(
            if base.$member != amended.$member {
                let mut before = base;
                for (state, (after, members)) in later.iter().zip(&mut carried) {
                    if state.$member != before.$member {
                        break;
                    }
                    after.$member = amended.$member.clone();
                    members.push(stringify!($member));
                    before = state;
                }
            }
        )*};
    }
    carry!(
        name,
        district_code,
        park,
        registered_on,
        industry_code,
        legal_status,
        contact_commitment
    );
    carried.retain(|(_, members)| !members.is_empty());
    for (state, _) in &mut carried {
        (state.seq, state.recorded_at) = (amended.seq, amended.recorded_at);
    }
    carried
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::enterprise::LegalStatus;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn state(from: &str, seq: i64, name: &str, park: &str) -> VersionRow {
        VersionRow {
            enterprise_id: "e".into(),
            seq,
            effective_from: day(from),
            recorded_at: day("2026-06-15").and_hms_opt(8, 0, 0).unwrap(),
            name: name.into(),
            district_code: "330602".into(),
            park: Some(park.into()),
            registered_on: day("2007-01-01"),
            industry_code: "C1713".into(),
            legal_status: LegalStatus::Active.into(),
            contact_commitment: None,
        }
    }

    #[test]
    fn the_last_word_on_a_day_counts() {
        let first = state("2007-01-01", 1, "甲", "旧园");
        let wrong = state("2024-01-01", 2, "乙", "旧园");
        let right = state("2024-01-01", 3, "丙", "旧园");
        let standing = standing(vec![first.clone(), wrong, right.clone()]);
        assert_eq!(standing, [first.clone(), right.clone()]);
        let of = |text: &str| split(&standing, day(text)).map(|(it, later)| (it.seq, later.len()));
        assert_eq!(of("2023-12-31"), Some((1, 1)));
        assert_eq!(of("2024-01-01"), Some((3, 0)));
        assert_eq!(of("2006-12-31"), Some((1, 2)));
        assert_eq!(split(&[], day("2024-01-01")), None);
    }

    #[test]
    fn a_change_holds_until_a_state_that_made_the_same_change() {
        let base = state("2007-01-01", 1, "甲", "旧园");
        let later = [
            state("2024-01-01", 2, "乙", "旧园"),
            state("2025-01-01", 3, "乙", "新园"),
            state("2026-01-01", 4, "丙", "新园"),
        ];
        let amended = state("2022-01-01", 9, "丁", "镜湖");
        let found = carried(&base, &amended, &later);
        let found: Vec<_> = found
            .iter()
            .map(|(it, members)| (it.seq, it.name.as_str(), it.park.as_deref(), &members[..]))
            .collect();
        // The name was changed by the first of them, the park only by the second.
        assert_eq!(found, [(9, "乙", Some("镜湖"), &["park"][..])]);
        assert!(carried(&base, &base, &later).is_empty());
    }
}
