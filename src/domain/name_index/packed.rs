//! What the index of names is packed into: a province's names stand in memory, so that every byte of an entry counts.

use std::collections::HashMap;

/// Many strings in few allocations. None of them is ever moved: one large buffer that grows would leave its former selves
/// behind, which an allocator keeps.
#[derive(Debug, Default)]
pub(super) struct Packed {
    chunks: Vec<Vec<u8>>,
    /// Where each begins: the chunk in the upper half, the place within in the lower.
    starts: Vec<u32>,
}

/// What the lower half of a place can name.
const CHUNK: usize = 1 << 16;

impl Packed {
    /// Each is kept behind its length.
    pub(super) fn push(&mut self, text: &[u8]) {
        let room = text.len() + LONGEST_NUMBER;
        if self.chunks.last().is_none_or(|it| it.len() + room > CHUNK) {
            self.chunks.push(Vec::with_capacity(room.max(CHUNK)));
        }
        let chunk = self.chunks.len().saturating_sub(1);
        if let Some(bytes) = self.chunks.last_mut() {
            self.starts.push((chunk * CHUNK + bytes.len()) as u32);
            write_number(bytes, text.len() as u32);
            bytes.extend_from_slice(text);
        }
    }

    pub(super) fn get(&self, at: usize) -> &[u8] {
        let start = self.starts[at] as usize;
        let mut rest = &self.chunks[start / CHUNK][start % CHUNK..];
        let len = read_number(&mut rest) as usize;
        &rest[..len]
    }

    /// The string now at `order[0]` becomes the first, and so on; only where they begin is moved.
    pub(super) fn put_in_order(&mut self, order: &[u32]) {
        self.starts = order.iter().map(|at| self.starts[*at as usize]).collect();
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.starts.shrink_to_fit();
    }
}

/// Strings in their order, each kept as what it does not share with the one before; the first of every block stands whole.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    bytes: Vec<u8>,
    /// Where each block begins.
    blocks: Vec<u32>,
    len: usize,
    last: Vec<u8>,
}

/// So many strings have to be put together at most to read one.
const BLOCK: usize = 16;

impl Sorted {
    pub(super) fn push(&mut self, text: &[u8]) {
        let shared = if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(self.bytes.len() as u32);
            0
        } else {
            let pairs = self.last.iter().zip(text);
            pairs.take_while(|(before, now)| before == now).count()
        };
        write_number(&mut self.bytes, shared as u32);
        write_number(&mut self.bytes, (text.len() - shared) as u32);
        self.bytes.extend_from_slice(&text[shared..]);
        self.last.truncate(shared);
        self.last.extend_from_slice(&text[shared..]);
        self.len += 1;
    }

    pub(super) fn get(&self, at: usize, text: &mut Vec<u8>) {
        let mut rest = &self.bytes[self.blocks[at / BLOCK] as usize..];
        for _ in 0..=at % BLOCK {
            text.truncate(read_number(&mut rest) as usize);
            let size = read_number(&mut rest) as usize;
            let (own, after) = rest.split_at(size);
            text.extend_from_slice(own);
            rest = after;
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.blocks.shrink_to_fit();
    }
}

/// For each key the positions where it stands, in their order, each kept as its distance from the one before.
#[derive(Debug, Default)]
pub(super) struct Places {
    keys: HashMap<u64, Slice>,
    bytes: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Slice {
    from: u32,
    to: u32,
    count: u32,
}

impl Places {
    /// `keys_at` tells the distinct keys at a position; it is asked twice, first how much room each key needs, then what
    /// goes there, so that no list of all places stands in memory unpacked.
    pub(super) fn of(len: usize, keys_at: impl Fn(usize, &mut Vec<u64>)) -> Places {
        let mut keys: HashMap<u64, Slice> = HashMap::new();
        let mut last: HashMap<u64, u32> = HashMap::new();
        let mut found = Vec::new();
        for at in 0..len as u32 {
            keys_at(at as usize, &mut found);
            for key in &found {
                let before = last.insert(*key, at).unwrap_or(0);
                let slice = keys.entry(*key).or_default();
                slice.to += width(at - before);
                slice.count += 1;
            }
        }
        let mut end = 0;
        for slice in keys.values_mut() {
            (slice.from, slice.to, end) = (end, end, end + slice.to);
        }
        last.clear();
        let mut bytes = vec![0; end as usize];
        for at in 0..len as u32 {
            keys_at(at as usize, &mut found);
            for key in &found {
                let before = last.insert(*key, at).unwrap_or(0);
                if let Some(slice) = keys.get_mut(key) {
                    slice.to += put_number(&mut bytes[slice.to as usize..], at - before);
                }
            }
        }
        keys.shrink_to_fit();
        Places { keys, bytes }
    }

    /// The positions of the rarest of these keys: none at all if one of them stands nowhere, `None` if there is no key.
    pub(super) fn rarest(
        &self,
        keys: impl Iterator<Item = u64>,
    ) -> Option<impl Iterator<Item = usize>> {
        let slices = keys.map(|key| self.keys.get(&key).copied().unwrap_or_default());
        let rarest = slices.min_by_key(|slice| slice.count)?;
        let mut rest = &self.bytes[rarest.from as usize..rarest.to as usize];
        let mut at = 0;
        Some((0..rarest.count).map(move |_| {
            at += read_number(&mut rest);
            at as usize
        }))
    }
}

const LONGEST_NUMBER: usize = 5;

/// Seven bits to a byte, the lowest first; the highest bit says that another byte follows (LEB128).
fn write_number(bytes: &mut Vec<u8>, number: u32) {
    let mut own = [0; LONGEST_NUMBER];
    let width = put_number(&mut own, number);
    bytes.extend_from_slice(&own[..width as usize]);
}

fn put_number(bytes: &mut [u8], mut number: u32) -> u32 {
    let width = width(number);
    for (at, byte) in bytes.iter_mut().enumerate().take(width as usize) {
        let more = at + 1 < width as usize;
        *byte = (number & 0x7f) as u8 | (u8::from(more) << 7);
        number >>= 7;
    }
    width
}

fn read_number(bytes: &mut &[u8]) -> u32 {
    let mut number = 0;
    for at in 0..LONGEST_NUMBER {
        let Some((byte, rest)) = bytes.split_first() else {
            return number;
        };
        *bytes = rest;
        number |= u32::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return number;
        }
    }
    number
}

fn width(number: u32) -> u32 {
    (32 - number.leading_zeros()).max(1).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_read_back(numbers in prop::collection::vec(any::<u32>(), 0..50)) {
            let mut bytes = Vec::new();
            numbers.iter().for_each(|number| write_number(&mut bytes, *number));
            let mut rest = bytes.as_slice();
            for number in numbers {
                prop_assert_eq!(read_number(&mut rest), number);
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn packed_strings_read_back(texts in prop::collection::vec((".{0,9}", 1usize..9_000), 0..60)) {
            let texts: Vec<String> = texts.iter().map(|(text, times)| text.repeat(*times)).collect();
            let mut packed = Packed::default();
            texts.iter().for_each(|text| packed.push(text.as_bytes()));
            for (at, text) in texts.iter().enumerate() {
                prop_assert_eq!(packed.get(at), text.as_bytes());
            }
        }

        #[test]
        fn sorted_strings_read_back(texts in prop::collection::btree_set("[a-c]{0,40}|.{0,80}", 0..80)) {
            let mut sorted = Sorted::default();
            texts.iter().for_each(|text| sorted.push(text.as_bytes()));
            let mut found = b"what stood there before".to_vec();
            for (at, text) in texts.iter().enumerate().rev() {
                sorted.get(at, &mut found);
                prop_assert_eq!(found.as_slice(), text.as_bytes());
            }
        }

        #[test]
        fn places_read_back(keys in prop::collection::vec(prop::collection::btree_set(0u64..20, 0..6), 0..400)) {
            let places = Places::of(keys.len(), |at, found| {
                found.clear();
                found.extend(&keys[at]);
            });
            for key in 0..21 {
                let expected: Vec<usize> =
                    (0..keys.len()).filter(|at| keys[*at].contains(&key)).collect();
                let found: Vec<usize> = places.rarest([key].into_iter()).unwrap().collect();
                prop_assert_eq!(found, expected);
            }
            prop_assert!(places.rarest(std::iter::empty()).is_none());
        }
    }
}
