//! The words for codes that are types here (pools, evidence, roles): `packs/codes/words.csv`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::messages::Lang;

/// A code with its words.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Word {
    list: String,
    pub code: String,
    pub zh: String,
    pub en: String,
}

impl Word {
    pub fn in_lang(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }
}

/// What a code is called in Chinese; a code without words stands for itself.
pub fn zh<'a>(list: &str, code: &'a str) -> &'a str {
    of(list)
        .find(|word| word.code == code)
        .map_or(code, |word| &word.zh)
}

/// The words of one list, in its order.
pub fn of(list: &str) -> impl Iterator<Item = &'static Word> {
    WORDS.iter().filter(move |word| word.list == list)
}

static WORDS: LazyLock<Vec<Word>> = LazyLock::new(|| {
    csv::Reader::from_reader(SOURCE.as_bytes())
        .deserialize()
        .filter_map(Result::ok)
        .collect()
});

const SOURCE: &str = include_str!("../packs/codes/words.csv");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::facts::Evidence;
    use crate::movement::State;
    use crate::outcome::Outcome;
    use crate::pool::{ExitReason, MoveKind, Pool};
    use crate::rules::size::SizeClass;
    use crate::simulate::Direction;

    #[test]
    fn every_code_has_its_words() {
        assert_eq!(WORDS.len(), SOURCE.lines().count() - 1);
        let codes = |list| of(list).map(|word| word.code.as_str()).collect::<Vec<_>>();
        assert_eq!(codes("pools"), Pool::ALL.map(Pool::as_str));
        assert_eq!(codes("evidence"), Evidence::ALL.map(Evidence::as_str));
        assert_eq!(codes("roles"), Role::ALL.map(Role::as_str));
        // The last kind is made by hand only.
        let (by_hand, kinds) = codes("movement_kinds")
            .split_last()
            .map(|(a, b)| (*a, b.to_vec()))
            .unwrap();
        assert_eq!(
            (by_hand, kinds),
            ("RETENTION", MoveKind::ALL.map(MoveKind::as_str).to_vec())
        );
        assert_eq!(codes("movement_states"), State::ALL.map(State::as_str));
        assert_eq!(
            codes("exit_reasons"),
            ExitReason::ALL.map(ExitReason::as_str)
        );
        assert_eq!(
            codes("placements"),
            ["NONE", "GRADUATED", "EXCLUDED", "UNDECIDED"]
        );
        assert_eq!(codes("directions"), Direction::ALL.map(Direction::as_str));
        assert_eq!(codes("size_classes"), SizeClass::ALL.map(SizeClass::as_str));
        let outcomes = codes("outcomes");
        assert!(outcomes.len() == 4 && outcomes.iter().all(|it| Outcome::parse(it).is_some()));
        assert_eq!(zh("pools", "SPRINT"), "冲刺库");
        assert_eq!(zh("pools", "NEW"), "NEW");
        assert_eq!(codes("nothing"), Vec::<&str>::new());
    }
}
