//! The words for codes that are types here (pools, evidence, roles): `packs/codes/words.csv`.

use std::sync::LazyLock;

use serde::Deserialize;

/// A code with its words.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Word {
    list: String,
    pub code: String,
    pub zh: String,
    pub en: String,
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
    use crate::domain::access::Role;
    use crate::domain::facts::Evidence;
    use crate::domain::pool::Pool;

    #[test]
    fn every_code_has_its_words() {
        assert_eq!(WORDS.len(), SOURCE.lines().count() - 1);
        let codes = |list| of(list).map(|word| word.code.as_str()).collect::<Vec<_>>();
        assert_eq!(codes("pools"), Pool::ALL.map(Pool::as_str));
        assert_eq!(codes("evidence"), Evidence::ALL.map(Evidence::as_str));
        assert_eq!(codes("roles"), Role::ALL.map(Role::as_str));
        assert_eq!(codes("nothing"), Vec::<&str>::new());
    }
}
