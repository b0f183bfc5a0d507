//! Figures of one year that contradict one another (存疑). They are taken all the same, for people correct one at a time, but
//! not without a word.

use super::catalogue::{FactId, catalogue};
use super::value::Value;
use crate::field_error::Params;
use crate::messages::{self, Lang};

/// What cannot be true of the figures of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    pub code: &'static str,
    /// The figures that do not fit.
    pub facts: Vec<FactId>,
}

/// A part is no larger than its whole. 主营业务收入 is part of 营业收入; 总收入 is a measure of its own, which H6 alone divides by.
const PARTS: [(&str, &str); 5] = [
    ("tech_staff", "staff_total"),
    ("rd_staff", "staff_total"),
    ("rd_expense_domestic", "rd_expense"),
    ("hightech_income", "total_income"),
    ("main_revenue", "sales"),
];

/// 资产 = 负债 + 所有者权益.
const BALANCE: [&str; 3] = ["total_assets", "total_liabilities", "net_assets"];

/// Everything doubtful in the figures of a year; what is not recorded contradicts nothing.
pub fn doubts(figure: impl Fn(FactId) -> Option<Value>) -> Vec<Doubt> {
    let known = |name: &str| {
        let id = catalogue().by_name(name)?;
        Some((id, figure(id)?))
    };
    let mut found = Vec::new();
    for (part, whole) in PARTS {
        if let (Some(part), Some(whole)) = (known(part), known(whole))
            && part.1 > whole.1
        {
            found.push(Doubt {
                code: "fact.part_above_whole",
                facts: vec![part.0, whole.0],
            });
        }
    }
    if let [Some(assets), Some(liabilities), Some(own)] = BALANCE.map(known)
        && i128::from(assets.1) != i128::from(liabilities.1) + i128::from(own.1)
    {
        found.push(Doubt {
            code: "fact.balance",
            facts: vec![assets.0, liabilities.0, own.0],
        });
    }
    found
}

impl Doubt {
    /// The names of the facts.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let facts = self.facts.iter();
        facts.map(|id| catalogue().def(*id).name.as_str())
    }

    pub fn text(&self, lang: Lang) -> String {
        const PARAMS: [&str; 3] = ["first", "second", "third"];
        let defs = self.facts.iter().map(|id| catalogue().def(*id));
        let labels = defs.map(|def| lang.pick(&def.zh, &def.en).clone());
        let params: Params = PARAMS.into_iter().zip(labels).collect();
        messages::text(self.code, lang, &params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(figures: &[(&str, Value)]) -> Vec<String> {
        let of = |id: FactId| {
            let name = &catalogue().def(id).name;
            let found = figures.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| *value)
        };
        let found = doubts(of);
        let names = found.iter().map(|it| it.names().collect::<Vec<_>>());
        names.map(|it| it.join(" ")).collect()
    }

    #[test]
    fn the_facts_are_those_of_the_catalogue() {
        let names = PARTS.iter().flat_map(|(part, whole)| [part, whole]);
        for name in names.chain(&BALANCE) {
            assert!(catalogue().by_name(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_true_is_doubted() {
        assert_eq!(
            told(&[("tech_staff", 50), ("rd_staff", 10), ("staff_total", 10)]),
            ["tech_staff staff_total"]
        );
        assert_eq!(
            told(&[
                ("rd_expense_domestic", 2),
                ("rd_expense", 1),
                ("main_revenue", 3),
                ("sales", 3)
            ]),
            ["rd_expense_domestic rd_expense"]
        );
        assert!(
            told(&[("tech_staff", 50)]).is_empty(),
            "the whole is not known"
        );
        let balance = |own| {
            told(&[
                ("total_assets", 10),
                ("total_liabilities", 12),
                ("net_assets", own),
            ])
        };
        assert!(balance(-2).is_empty());
        assert_eq!(balance(2), ["total_assets total_liabilities net_assets"]);
        assert!(told(&[("total_assets", 10), ("net_assets", 12)]).is_empty());
    }
}
