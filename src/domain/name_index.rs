//! Finds enterprises by any piece of their text, two Chinese characters included, in the order of their names.
//!
//! No stock database index answers a two-character piece without a scan. So the folded text of every enterprise is
//! kept here: a large sorted segment with the places of every pair of characters, and a small unsorted one of
//! recent changes that is scanned. When the small one has grown, both are merged.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

/// What is kept of an enterprise. `text` is folded: name, former names, pinyin initials and code, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: String,
    pub sort: String,
    pub district_code: String,
    pub text: String,
}

#[derive(Debug, Default)]
pub struct NameIndex {
    base: Segment,
    recent: HashMap<String, Entry>,
    /// Ids whose entry in `base` is out of date.
    outdated: HashSet<String>,
}

/// Where a search goes on: after this sort key and id.
pub type After<'a> = Option<(&'a str, &'a str)>;

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
            if self.base.ids.contains(&entry.id) {
                self.outdated.insert(entry.id.clone());
            }
            self.recent.insert(entry.id.clone(), entry);
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
        mut found: impl FnMut(&str) -> ControlFlow<()>,
    ) {
        let wanted = |district: &str| district_code.is_none_or(|code| code == district);
        let mut recent: Vec<&Entry> = self
            .recent
            .values()
            .filter(|e| wanted(&e.district_code) && e.text.contains(piece))
            .filter(|e| after.is_none_or(|after| (e.sort.as_str(), e.id.as_str()) > after))
            .collect();
        recent.sort_by(|a, b| (&a.sort, &a.id).cmp(&(&b.sort, &b.id)));
        let mut recent = recent.into_iter().peekable();
        let from = self.base.position_after(after);
        let outcome = self.base.matches(piece, from, &mut |at| {
            let (sort, id, district) = self.base.entry(at);
            while let Some(entry) =
                recent.next_if(|e| (e.sort.as_str(), e.id.as_str()) < (sort, id))
            {
                found(&entry.id)?;
            }
            if wanted(district) && !self.outdated.contains(id) {
                found(id)?;
            }
            ControlFlow::Continue(())
        });
        if outcome.is_continue() {
            let _ = recent.try_for_each(|entry| found(&entry.id));
        }
    }

    fn merge(&mut self) {
        let mut recent: Vec<Entry> = self.recent.drain().map(|(_, entry)| entry).collect();
        recent.sort_unstable_by(|a, b| (&a.sort, &a.id).cmp(&(&b.sort, &b.id)));
        let mut recent = recent.into_iter().peekable();
        let mut next = Loading::default();
        for at in 0..self.base.len() {
            let (sort, id, district) = self.base.entry(at);
            while let Some(entry) =
                recent.next_if(|e| (e.sort.as_str(), e.id.as_str()) < (sort, id))
            {
                next.push(&entry.id, &entry.sort, &entry.district_code, &entry.text);
            }
            if !self.outdated.contains(id) {
                next.push(id, sort, district, self.base.texts.get(at));
            }
        }
        for entry in recent {
            next.push(&entry.id, &entry.sort, &entry.district_code, &entry.text);
        }
        self.outdated.clear();
        self.base = next.finish();
    }
}

/// A first load: entries handed over in the order of (sort, id), packed as they come.
#[derive(Debug, Default)]
pub struct Loading {
    segment: Segment,
}

impl Loading {
    pub fn push(&mut self, id: &str, sort: &str, district_code: &str, text: &str) {
        let segment = &mut self.segment;
        segment.ids.push(id);
        segment.sorts.push(sort);
        segment.texts.push(text);
        let district = segment.district(district_code);
        segment.districts.push(district);
    }

    pub fn index(self) -> NameIndex {
        NameIndex {
            base: self.finish(),
            ..NameIndex::default()
        }
    }

    fn finish(self) -> Segment {
        let mut segment = self.segment;
        segment.ids.index();
        segment.index();
        segment
    }
}

/// Entries in the order of (sort, id), packed into few allocations.
#[derive(Debug, Default)]
struct Segment {
    ids: Packed,
    sorts: Packed,
    districts: Vec<u16>,
    district_names: Vec<String>,
    texts: Packed,
    /// Every pair of neighbouring characters of which one is not ASCII, with its slice of `places`.
    pairs: HashMap<u64, (u32, u32)>,
    places: Vec<u32>,
}

impl Segment {
    /// Counts the places of each pair, then lays them side by side: no list of all pairs stands in memory.
    fn index(&mut self) {
        let mut counts: HashMap<u64, u32> = HashMap::new();
        let mut of_text = Vec::new();
        for at in 0..self.len() {
            distinct_pairs(self.texts.get(at), &mut of_text);
            for pair in &of_text {
                *counts.entry(*pair).or_default() += 1;
            }
        }
        let mut end = 0;
        self.pairs = counts
            .into_iter()
            .map(|(pair, count)| {
                let from = end;
                end += count;
                (pair, (from, from))
            })
            .collect();
        self.places = vec![0; end as usize];
        for at in 0..self.len() {
            distinct_pairs(self.texts.get(at), &mut of_text);
            for pair in &of_text {
                if let Some((_, end)) = self.pairs.get_mut(pair) {
                    self.places[*end as usize] = at as u32;
                    *end += 1;
                }
            }
        }
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
        self.districts.len()
    }

    fn entry(&self, at: usize) -> (&str, &str, &str) {
        let district = &self.district_names[usize::from(self.districts[at])];
        (self.sorts.get(at), self.ids.get(at), district)
    }

    fn position_after(&self, after: After<'_>) -> usize {
        let Some(after) = after else { return 0 };
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = (low + high) / 2;
            if (self.sorts.get(middle), self.ids.get(middle)) <= after {
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
        // The rarest pair of the piece leaves the fewest texts to look at.
        let mut rarest: Option<(u32, u32)> = None;
        for pair in pairs_of(piece) {
            let Some(&slice) = self.pairs.get(&pair) else {
                return ControlFlow::Continue(());
            };
            if rarest.is_none_or(|known| slice.1 - slice.0 < known.1 - known.0) {
                rarest = Some(slice);
            }
        }
        let finder = memchr::memmem::Finder::new(piece);
        let mut look = |at: usize| match finder.find(self.texts.get(at).as_bytes()) {
            Some(_) => found(at),
            None => ControlFlow::Continue(()),
        };
        match rarest {
            Some((begin, end)) => {
                let places = &self.places[begin as usize..end as usize];
                let skip = places.partition_point(|&at| (at as usize) < from);
                places[skip..].iter().try_for_each(|&at| look(at as usize))
            }
            None => (from..self.len()).try_for_each(look),
        }
    }
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

/// Many strings in one.
#[derive(Debug, Default)]
struct Packed {
    all: String,
    ends: Vec<u32>,
    /// Hashes of the strings, sorted, once `index` was called.
    hashes: Vec<u64>,
}

impl Packed {
    fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len() as u32);
    }

    fn get(&self, at: usize) -> &str {
        let from = if at == 0 {
            0
        } else {
            self.ends[at - 1] as usize
        };
        &self.all[from..self.ends[at] as usize]
    }

    fn index(&mut self) {
        self.hashes = (0..self.ends.len()).map(|at| hash(self.get(at))).collect();
        self.hashes.sort_unstable();
    }

    /// Two ids may share a hash: a false yes notes an id as outdated that is not there, which hides nothing.
    fn contains(&self, text: &str) -> bool {
        self.hashes.binary_search(&hash(text)).is_ok()
    }
}

fn hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: usize, name: &str, district: &str) -> Entry {
        Entry {
            id: format!("id{n:06}"),
            sort: name.into(),
            district_code: district.into(),
            text: format!("{name}\n{}", "9133060"),
        }
    }

    fn search(
        index: &NameIndex,
        piece: &str,
        district: Option<&str>,
        after: After<'_>,
        limit: usize,
    ) -> Vec<String> {
        let mut ids = Vec::new();
        index.search(piece, district, after, |id| {
            ids.push(id.to_string());
            if ids.len() == limit {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        ids
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
            let name = format!(
                "{}{}{}",
                words[n % 8],
                words[(n / 8) % 8],
                words[(n * 7 / 64) % 8]
            );
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
        all.sort_by(|a, b| (&a.sort, &a.id).cmp(&(&b.sort, &b.id)));
        let mut loading = Loading::default();
        for e in &all {
            loading.push(&e.id, &e.sort, &e.district_code, &e.text);
        }
        let loaded = loading.index();
        for piece in ["新材", "科技环保", "材", "a科", "9133", "没有", "兴华新"] {
            for district in [None, Some("330602")] {
                let expected: Vec<&Entry> = all
                    .iter()
                    .filter(|e| {
                        e.text.contains(piece) && district.is_none_or(|d| d == e.district_code)
                    })
                    .collect();
                let ids: Vec<&str> = expected.iter().map(|e| e.id.as_str()).collect();
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
                    let rest = search(&index, piece, district, Some((&last.sort, &last.id)), 10);
                    assert_eq!(rest, ids[ids.len() - 1..], "{piece}");
                }
            }
        }
        assert_eq!(search(&index, "科技", None, None, 3).len(), 3);
    }
}
