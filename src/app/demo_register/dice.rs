//! Chance that can be repeated: SplitMix64, whole numbers only.

pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0 … `end` - 1, each alike for all that matters here.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// `low` … `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).max(0).unsigned_abs() + 1;
        low + self.below(span) as i64
    }

    /// As [`Dice::between`], but the middle comes more often than the ends.
    pub fn hump(&mut self, low: i64, high: i64) -> i64 {
        (0..3).map(|_| self.between(low, high)).sum::<i64>() / 3
    }

    pub fn in_hundred(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Zero or more: another one follows with `percent`, up to `most`.
    pub fn few(&mut self, percent: u64, most: i64) -> i64 {
        (0..most).take_while(|_| self.in_hundred(percent)).count() as i64
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let place = self.below(list.len() as u64) as usize;
        &list[place]
    }

    /// One of the pairs, as often as its weight says.
    pub fn weighted(
        &mut self,
        list: &[(&'static str, &'static str, u64)],
    ) -> (&'static str, &'static str) {
        let all = list.iter().map(|(.., weight)| weight).sum();
        let mut place = self.below(all);
        for (code, name, weight) in list {
            if place < *weight {
                return (code, name);
            }
            place -= weight;
        }
        ("", "")
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_stay_within_bounds_and_reach_them() {
        let mut dice = Dice::new(3);
        let throws: Vec<i64> = (0..2_000).map(|_| dice.between(-2, 2)).collect();
        assert_eq!(
            (throws.iter().min(), throws.iter().max()),
            (Some(&-2), Some(&2))
        );
        let humped: Vec<i64> = (0..2_000).map(|_| dice.hump(0, 100)).collect();
        let middle = humped.iter().filter(|n| (30..70).contains(*n)).count();
        assert!(middle > 1_200 && humped.iter().all(|n| (0..=100).contains(n)));
        assert!((0..500).all(|_| dice.few(90, 3) <= 3));
    }
}
