//! Counting: by direction, place, district, section, size class and criterion. Sums of parts, so that threads may count
//! apart.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::request::Plan;
use super::view::{
    Counts, CriterionCount, MatrixCell, PartCount, PlaceCount, Summary, TargetEffect,
};
use crate::domain::evaluate::Profile;
use crate::domain::plan;
use crate::domain::rules::RuleSet;
use crate::domain::simulate::{Cause, Direction, Found, Kind};

type Slots = [i64; Direction::COUNT];

#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub firms: i64,
    slots: Slots,
    matrix: BTreeMap<(&'static str, &'static str), i64>,
    districts: BTreeMap<String, Slots>,
    industries: BTreeMap<String, Slots>,
    sizes: BTreeMap<&'static str, Slots>,
    criteria: BTreeMap<String, i64>,
    /// By the place of the target among those the rule set bears upon.
    holders: Vec<i64>,
}

/// One firm under both versions.
pub(super) struct Compared<'a> {
    pub district_code: &'a str,
    pub industry_code: &'a str,
    pub size_class: &'static str,
    pub base: &'a Found,
    pub proposed: &'a Found,
    pub direction: Direction,
}

impl Tally {
    pub(super) fn count(&mut self, firm: &Compared<'_>) {
        let slot = firm.direction as usize;
        self.firms += 1;
        self.slots[slot] += 1;
        let moved = (firm.base.place.code, firm.proposed.place.code);
        *self.matrix.entry(moved).or_default() += 1;
        at(&mut self.districts, firm.district_code)[slot] += 1;
        at(&mut self.industries, section(firm.industry_code))[slot] += 1;
        self.sizes.entry(firm.size_class).or_default()[slot] += 1;
    }

    pub(super) fn count_causes(&mut self, causes: &[Cause<'_>]) {
        for (place, cause) in causes.iter().enumerate() {
            // An entry and a keep condition may be the same criterion.
            let again = |it: &Cause| it.criterion.id == cause.criterion.id;
            if !causes[..place].iter().any(again) {
                *bump(&mut self.criteria, &cause.criterion.id) += 1;
            }
        }
    }

    /// Whether the firm holds the titles that the targets count.
    pub(super) fn count_titles(&mut self, plan: &Plan, profile: &Profile) {
        for (place, (target, _)) in plan::touched_by(&plan.base.set.code).enumerate() {
            if self.holders.len() <= place {
                self.holders.resize(place + 1, 0);
            }
            if profile.valid_title(&target.scheme).is_some() {
                self.holders[place] += 1;
            }
        }
    }

    pub(super) fn add(&mut self, other: Tally) {
        self.firms += other.firms;
        add(&mut self.slots, &other.slots);
        for (key, count) in other.matrix {
            *self.matrix.entry(key).or_default() += count;
        }
        for (code, slots) in other.districts {
            add(at(&mut self.districts, &code), &slots);
        }
        for (code, slots) in other.industries {
            add(at(&mut self.industries, &code), &slots);
        }
        for (code, slots) in other.sizes {
            add(self.sizes.entry(code).or_default(), &slots);
        }
        for (id, count) in other.criteria {
            *bump(&mut self.criteria, &id) += count;
        }
        self.holders
            .resize(self.holders.len().max(other.holders.len()), 0);
        for (sum, count) in self.holders.iter_mut().zip(other.holders) {
            *sum += count;
        }
    }

    pub(super) fn summary(&self, plan: &Plan) -> Summary {
        let kind = plan.kind;
        let text_keys = |parts: &BTreeMap<String, Slots>| {
            let of = |(code, slots): (&String, &Slots)| part(kind, code, slots);
            parts.iter().map(of).collect()
        };
        let matrix = self.matrix.iter().map(|((from, to), firms)| MatrixCell {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            firms: *firms,
        });
        let places = self.places();
        Summary {
            counts: counts(kind, &self.slots),
            matrix: matrix.collect(),
            districts: text_keys(&self.districts),
            industries: text_keys(&self.industries),
            size_classes: self
                .sizes
                .iter()
                .map(|(code, slots)| part(kind, code, slots))
                .collect(),
            criteria: self.criteria(plan),
            targets: self.targets(plan, &places),
            places,
        }
    }

    fn places(&self) -> Vec<PlaceCount> {
        let mut places: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        for ((from, to), firms) in &self.matrix {
            places.entry(from).or_default().0 += firms;
            places.entry(to).or_default().1 += firms;
        }
        let counted = places
            .into_iter()
            .map(|(place, (base, proposed))| PlaceCount {
                place: place.to_owned(),
                base,
                proposed,
            });
        counted.collect()
    }

    fn criteria(&self, plan: &Plan) -> Vec<CriterionCount> {
        let mut told: Vec<CriterionCount> = self
            .criteria
            .iter()
            .map(|(id, firms)| {
                let words = [&plan.proposed, &plan.base.set];
                let title = words.into_iter().find_map(|set| title(set, id));
                let (title, title_en) = title.unwrap_or_default();
                CriterionCount {
                    id: id.clone(),
                    title,
                    title_en,
                    firms: *firms,
                }
            })
            .collect();
        // Stable: among equals the order of the ids.
        told.sort_by_key(|it| Reverse(it.firms));
        told
    }

    fn targets(&self, plan: &Plan, places: &[PlaceCount]) -> Vec<TargetEffect> {
        // Rules of another kind of pools, say: what counts toward the target under one does not under the other.
        if plan.proposed.code != plan.base.set.code {
            return Vec::new();
        }
        let touched = plan::touched_by(&plan.base.set.code).enumerate();
        touched
            .map(|(place, (target, measure))| {
                let code = target.counted(measure);
                let of = |wanted: &[&str]| {
                    let counted = places.iter().filter(|it| wanted.contains(&&*it.place));
                    counted.fold((0, 0), |sum, it| (sum.0 + it.base, sum.1 + it.proposed))
                };
                let (base, proposed) = of(&[code]);
                let (open_base, open_proposed) = of(&["UNDECIDED", "UNKNOWN", "NEEDS_REVIEW"]);
                TargetEffect {
                    id: target.id.clone(),
                    measure: measure.as_str().to_owned(),
                    holders: self.holders.get(place).copied().unwrap_or(0),
                    base,
                    proposed,
                    open_base,
                    open_proposed,
                }
            })
            .collect()
    }
}

fn title(set: &RuleSet, id: &str) -> Option<(String, String)> {
    let criterion = set.criteria().find(|it| it.id == id)?;
    Some((criterion.title.zh.clone(), criterion.title.en.clone()))
}

fn counts(kind: Kind, slots: &Slots) -> Counts {
    let told = kind.directions().iter();
    told.map(|it| (it.as_str().to_ascii_lowercase(), slots[*it as usize]))
        .collect()
}

fn part(kind: Kind, code: &str, slots: &Slots) -> PartCount {
    PartCount {
        code: code.to_owned(),
        counts: counts(kind, slots),
    }
}

/// The letter an industry code begins with.
fn section(code: &str) -> &str {
    code.get(..1).unwrap_or(code)
}

/// Without making a key of every text that is looked up.
fn at<'m>(map: &'m mut BTreeMap<String, Slots>, key: &str) -> &'m mut Slots {
    if !map.contains_key(key) {
        map.insert(key.to_owned(), Slots::default());
    }
    map.entry(key.to_owned()).or_default()
}

fn bump<'m>(map: &'m mut BTreeMap<String, i64>, key: &str) -> &'m mut i64 {
    map.entry(key.to_owned()).or_default()
}

fn add(sum: &mut Slots, more: &Slots) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}
