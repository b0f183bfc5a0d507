//! The first load of the index: what a database reads fast, packed as it comes.

use uuid::Uuid;

use super::packed::Sorted;
use super::{Entry, NameIndex, Segment};

/// The names of a first load, in the order of (sort, id).
#[derive(Debug, Default)]
pub struct InOrder {
    ids: Vec<Uuid>,
    sorts: Sorted,
}

impl InOrder {
    pub fn push(&mut self, id: Uuid, sort: &str) {
        self.ids.push(id);
        self.sorts.push(sort.as_bytes());
    }
}

/// A first load: what belongs to the names comes in the order of ids, in which a database reads it many times faster. It is
/// packed as it comes, and nothing is kept twice: what is given back to the allocator is not given back to the machine.
#[derive(Debug)]
pub struct Loading {
    segment: Segment,
    /// The positions in the order of their ids.
    by_id: Vec<u32>,
    filled: usize,
}

impl Loading {
    pub fn of(names: InOrder) -> Loading {
        let InOrder { ids, sorts } = names;
        let mut by_id: Vec<u32> = (0..ids.len() as u32).collect();
        by_id.sort_unstable_by_key(|at| ids[*at as usize]);
        let districts = vec![0; ids.len()];
        let segment = Segment {
            ids,
            sorts,
            districts,
            ..Segment::default()
        };
        Loading {
            segment,
            by_id,
            filled: 0,
        }
    }

    /// The next in the order of ids. One that is not among the names is left out: it came later and is taken in later.
    pub fn put(&mut self, entry: &Entry) {
        while let Some(at) = self.by_id.get(self.filled).map(|at| *at as usize) {
            let id = self.segment.ids[at];
            if id > entry.id {
                return;
            }
            let found = (id == entry.id).then_some(entry);
            self.fill(at, found);
            if found.is_some() {
                return;
            }
        }
    }

    /// What is not found holds no piece.
    fn fill(&mut self, at: usize, found: Option<&Entry>) {
        let segment = &mut self.segment;
        segment
            .texts
            .push(found.map_or(&[], |it| it.text.as_bytes()));
        segment.initials.push(found.map_or(&[], |it| &it.initials));
        if let Some(entry) = found {
            segment.districts[at] = segment.district(&entry.district_code);
        }
        self.filled += 1;
    }

    pub fn index(mut self) -> NameIndex {
        while let Some(at) = self.by_id.get(self.filled) {
            self.fill(*at as usize, None);
        }
        let Loading {
            mut segment, by_id, ..
        } = self;
        let mut order = vec![0; by_id.len()];
        for (came, at) in by_id.iter().enumerate() {
            order[*at as usize] = came as u32;
        }
        segment.texts.put_in_order(&order);
        segment.initials.put_in_order(&order);
        NameIndex {
            base: segment.sealed(),
            ..NameIndex::default()
        }
    }
}
