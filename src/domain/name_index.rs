//! Finds enterprises by any piece of their text, two Chinese characters included, in the order of their names.
//!
//! No stock database index answers a two-character piece without a scan. So the folded text of every enterprise is
//! kept here: a large sorted segment with the places of every pair of characters, and a small unsorted one of
//! recent changes that is scanned. When the small one has grown, both are merged.

pub mod loading;
mod packed;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use uuid::Uuid;

use super::initials;
use packed::{Packed, Places, Sorted};

/// What is kept of an enterprise. `text` is folded: name, former names and code, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: Uuid,
    pub sort: String,
    pub district_code: String,
    pub text: String,
    /// As [`initials::of`] the name.
    pub initials: Vec<u8>,
}

#[derive(Debug, Default)]
pub struct NameIndex {
    base: Segment,
    recent: HashMap<Uuid, Entry>,
    /// Ids whose entry in `base` is out of date.
    outdated: HashSet<Uuid>,
}

/// Where a search goes on: after this sort key and id.
pub type After<'a> = Option<(&'a str, Uuid)>;

const MERGE_AT: usize = 2_000;

impl NameIndex {
    pub fn len(&self) -> usize {
        self.base.len() - self.outdated.len() + self.recent.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds or replaces entries.
    pub fn put(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            if self.base.contains(entry.id) {
                self.outdated.insert(entry.id);
            }
            self.recent.insert(entry.id, entry);
        }
        if self.recent.len() > MERGE_AT.max(self.base.len() / 16) {
            self.merge();
        }
    }

    /// Calls `found` with the id of every entry that contains `piece` (folded), in the order of (sort, id),
    /// until it says to stop.
    pub fn search(
        &self,
        piece: &str,
        district_code: Option<&str>,
        after: After<'_>,
        mut found: impl FnMut(Uuid) -> ControlFlow<()>,
    ) {
        let wanted = |district: &str| district_code.is_none_or(|code| code == district);
        let mut recent: Vec<&Entry> = self
            .recent
            .values()
            .filter(|e| wanted(&e.district_code) && e.holds(piece))
            .filter(|e| after.is_none_or(|after| (e.sort.as_str(), e.id) > after))
            .collect();
        recent.sort_by(|a, b| a.place().cmp(&b.place()));
        let mut recent = recent.into_iter().peekable();
        let mut sort = Vec::new();
        let from = self.base.position_after(after);
        let outcome = self.base.matches(piece, from, &mut |at| {
            let id = self.base.ids[at];
            if recent.peek().is_some() {
                self.base.sorts.get(at, &mut sort);
                while let Some(entry) = recent.next_if(|e| e.place() < (sort.as_slice(), id)) {
                    found(entry.id)?;
                }
            }
            if wanted(self.base.district_of(at)) && !self.outdated.contains(&id) {
                found(id)?;
            }
            ControlFlow::Continue(())
        });
        if outcome.is_continue() {
            let _ = recent.try_for_each(|entry| found(entry.id));
        }
    }

    fn merge(&mut self) {
        let mut recent: Vec<Entry> = self.recent.drain().map(|(_, entry)| entry).collect();
        recent.sort_unstable_by(|a, b| a.place().cmp(&b.place()));
        let mut recent = recent.into_iter().peekable();
        let mut next = Segment::default();
        let mut sort = Vec::new();
        for at in 0..self.base.len() {
            let id = self.base.ids[at];
            self.base.sorts.get(at, &mut sort);
            while let Some(entry) = recent.next_if(|e| e.place() < (sort.as_slice(), id)) {
                next.put(&entry);
            }
            if !self.outdated.contains(&id) {
                next.push(
                    id,
                    &sort,
                    self.base.district_of(at),
                    self.base.texts.get(at),
                    self.base.initials.get(at),
                );
            }
        }
        recent.for_each(|entry| next.put(&entry));
        self.outdated.clear();
        self.base = next.sealed();
    }
}

impl Entry {
    /// What the index is ordered by.
    fn place(&self) -> (&[u8], Uuid) {
        (self.sort.as_bytes(), self.id)
    }

    fn holds(&self, piece: &str) -> bool {
        self.text.contains(piece) || initials::hold(&self.initials, piece)
    }
}

/// Entries in the order of (sort, id), packed into few allocations.
#[derive(Debug, Default)]
struct Segment {
    ids: Vec<Uuid>,
    /// Of each id the half that is random, sorted.
    members: Vec<u64>,
    sorts: Sorted,
    districts: Vec<u16>,
    district_names: Vec<String>,
    texts: Packed,
    initials: Packed,
    /// Where every pair of neighbouring characters stands of which one is not ASCII.
    places: Places,
}

impl Segment {
    fn put(&mut self, entry: &Entry) {
        self.push(
            entry.id,
            entry.sort.as_bytes(),
            &entry.district_code,
            entry.text.as_bytes(),
            &entry.initials,
        );
    }

    /// The next in the order of (sort, id).
    fn push(&mut self, id: Uuid, sort: &[u8], district_code: &str, text: &[u8], initials: &[u8]) {
        self.ids.push(id);
        self.sorts.push(sort);
        self.texts.push(text);
        self.initials.push(initials);
        let district = self.district(district_code);
        self.districts.push(district);
    }

    /// Once all entries are there.
    fn sealed(mut self) -> Segment {
        self.ids.shrink_to_fit();
        self.districts.shrink_to_fit();
        self.sorts.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.initials.shrink_to_fit();
        self.members = self.ids.iter().map(member).collect();
        self.members.sort_unstable();
        let texts = &self.texts;
        self.places = Places::of(self.ids.len(), |at, pairs| {
            distinct_pairs(&String::from_utf8_lossy(texts.get(at)), pairs);
        });
        self
    }

    fn district(&mut self, code: &str) -> u16 {
        let known = self.district_names.iter().position(|name| name == code);
        let at = known.unwrap_or_else(|| {
            self.district_names.push(code.to_string());
            self.district_names.len() - 1
        });
        at as u16
    }

    fn len(&self) -> usize {
        self.ids.len()
    }

    fn district_of(&self, at: usize) -> &str {
        &self.district_names[usize::from(self.districts[at])]
    }

    /// Two ids may share a half: a false yes notes an id as outdated that is not there, which hides nothing.
    fn contains(&self, id: Uuid) -> bool {
        self.members.binary_search(&member(&id)).is_ok()
    }

    fn position_after(&self, after: After<'_>) -> usize {
        let Some((sort, id)) = after else { return 0 };
        let mut own = Vec::new();
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            self.sorts.get(middle, &mut own);
            if (own.as_slice(), self.ids[middle]) <= (sort.as_bytes(), id) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The positions from `from` on whose text contains `piece`.
    fn matches(
        &self,
        piece: &str,
        from: usize,
        found: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let finder = memchr::memmem::Finder::new(piece);
        // Initials are plain letters and digits; any other piece is spared the look at them.
        let plain = piece.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let mut look = |at: usize| {
            let held = finder.find(self.texts.get(at)).is_some()
                || (plain && initials::hold(self.initials.get(at), piece));
            match held {
                true => found(at),
                false => ControlFlow::Continue(()),
            }
        };
        // The rarest pair of the piece leaves the fewest texts to look at.
        match self.places.rarest(pairs_of(piece)) {
            Some(mut places) => places.try_for_each(|at| match at < from {
                true => ControlFlow::Continue(()),
                false => look(at),
            }),
            None => (from..self.len()).try_for_each(look),
        }
    }
}

fn member(id: &Uuid) -> u64 {
    id.as_u64_pair().1
}

/// Pairs of neighbouring characters of a line of which at least one is not ASCII: those that tell names apart.
fn pairs_of(text: &str) -> impl Iterator<Item = u64> + '_ {
    let chars = text.chars();
    chars
        .clone()
        .zip(chars.skip(1))
        .filter(|(a, b)| !(a.is_ascii() && b.is_ascii()) && *a != '\n' && *b != '\n')
        .map(|(a, b)| (u64::from(u32::from(a)) << 32) | u64::from(u32::from(b)))
}

/// A pair that stands twice in a text is one place.
fn distinct_pairs(text: &str, pairs: &mut Vec<u64>) {
    pairs.clear();
    pairs.extend(pairs_of(text));
    pairs.sort_unstable();
    pairs.dedup();
}

#[cfg(test)]
mod tests {
    use super::loading::{InOrder, Loading};
    use super::*;

    fn id(n: usize) -> Uuid {
        Uuid::from_u128(n as u128)
    }

    fn entry(n: usize, name: &str, district: &str) -> Entry {
        Entry {
            id: id(n),
            sort: name.into(),
            district_code: district.into(),
            text: format!("{name}\n{}", "9133060"),
            initials: initials::of(name),
        }
    }

    fn search(
        index: &NameIndex,
        piece: &str,
        district: Option<&str>,
        after: After<'_>,
        limit: usize,
    ) -> Vec<Uuid> {
        let mut ids = Vec::new();
        index.search(piece, district, after, |id| {
            ids.push(id);
            if ids.len() == limit {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        ids
    }

    /// An index of sorted names, for which these come.
    fn loaded<'a>(names: &[Entry], coming: impl Iterator<Item = &'a Entry>) -> NameIndex {
        let mut order = InOrder::default();
        names.iter().for_each(|it| order.push(it.id, &it.sort));
        let mut loading = Loading::of(order);
        let mut coming: Vec<&Entry> = coming.collect();
        coming.sort_by_key(|it| it.id);
        coming.into_iter().for_each(|it| loading.put(it));
        loading.index()
    }

    /// Against the plain scan, over merges, replacements and pages.
    #[test]
    fn finds_what_a_scan_finds_in_the_order_of_names() {
        let words = [
            "华新", "新材", "材料", "科技", "环保", "绍兴", "a科", "光电",
        ];
        let mut index = NameIndex::default();
        let mut all: Vec<Entry> = Vec::new();
        for n in 0..7_000usize {
            let name = [n, n / 8, n * 7 / 64].map(|it| words[it % 8]).concat();
            let one = entry(n, &name, if n % 3 == 0 { "330602" } else { "330603" });
            all.push(one.clone());
            index.put([one]);
            if n % 5 == 0 {
                let renamed = entry(n / 2, words[n % 8], "330602");
                all[n / 2] = renamed.clone();
                index.put([renamed]);
            }
        }
        assert_eq!(index.len(), 7_000);
        all.sort_by(|a, b| a.place().cmp(&b.place()));
        let late = [
            entry(7_000, "材料", "330602"),
            entry(7_001, "材料", "330602"),
        ];
        let loaded = loaded(&all, all.iter().chain(&late));
        for piece in [
            "新材",
            "科技环保",
            "材",
            "a科",
            "9133",
            "没有",
            "兴华新",
            "xc",
            "cl",
        ] {
            for district in [None, Some("330602")] {
                let here = |e: &&Entry| district.is_none_or(|code| code == e.district_code);
                let held = all.iter().filter(|e| e.holds(piece));
                let expected: Vec<&Entry> = held.filter(here).collect();
                let ids: Vec<Uuid> = expected.iter().map(|e| e.id).collect();
                assert_eq!(
                    search(&index, piece, district, None, usize::MAX),
                    ids,
                    "{piece}"
                );
                assert_eq!(
                    search(&loaded, piece, district, None, usize::MAX),
                    ids,
                    "{piece} in a loaded index"
                );
                if let [.., last, _] = expected.as_slice() {
                    let rest = search(&index, piece, district, Some((&last.sort, last.id)), 10);
                    assert_eq!(rest, ids[ids.len() - 1..], "{piece}");
                }
            }
        }
        assert_eq!(search(&index, "科技", None, None, 3).len(), 3);
    }

    /// Neither happens while nobody deletes an enterprise; a load must not mix up the others if it does.
    #[test]
    fn a_load_lacks_only_what_it_was_not_given() {
        let known = [
            entry(5, "a材", "330602"),
            entry(2, "b材", "330603"),
            entry(9, "c材", "330604"),
        ];
        let late = entry(7, "丁材", "330602");
        let index = loaded(&known, [&known[0], &late].into_iter());
        assert_eq!(search(&index, "材", None, None, 9), [known[0].id]);
        assert_eq!(search(&index, "材", Some("330602"), None, 9), [known[0].id]);
    }
}
