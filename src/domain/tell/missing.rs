//! What is unknown, and which papers would settle it.

use super::about::About;
use crate::evaluate::{ExplainedDocument, ExplainedUnknown, judged};
use crate::facts::catalogue;
use crate::outcome::Outcome;
use crate::rules::model::Criterion;
use crate::rules::test::Operand;

/// Of the whole rule set: over all criteria that are not settled.
pub fn of_set<'a>(about: About<'a, '_>) -> Vec<ExplainedUnknown<'a>> {
    let mut operands: Vec<Operand> = Vec::new();
    for criterion in about.set.criteria() {
        let outcome = judged(about.set, criterion, about.profile);
        for operand in absent(about, criterion, outcome) {
            if !operands.contains(&operand) {
                operands.push(operand);
            }
        }
    }
    if about.set.criteria().next().is_none() {
        operands.extend(
            about
                .set
                .uses
                .operands
                .iter()
                .filter(|it| about.lacks(**it)),
        );
    }
    listed(about, &operands)
}

/// Of one criterion.
pub fn of_criterion<'a>(
    about: About<'_, '_>,
    criterion: &Criterion,
    outcome: Outcome,
) -> Vec<ExplainedUnknown<'a>> {
    listed(about, &absent(about, criterion, outcome))
}

/// In words: `2025年度职工总数、科技人员数`.
pub fn named(about: About<'_, '_>, operands: &[Operand]) -> String {
    let names: Vec<String> = operands.iter().map(|it| about.fact(*it)).collect();
    about.list(&names)
}

/// The papers, each once, in the order of the facts: 年度审计报告、社保缴纳证明.
pub fn papers(about: About<'_, '_>, operands: &[Operand]) -> String {
    let mut papers: Vec<String> = Vec::new();
    for operand in operands {
        // The best one of each fact: a sentence is no catalogue.
        if let Some(document) = catalogue().documents(operand.fact).next() {
            let paper = document.in_lang(about.lang).to_owned();
            if !papers.contains(&paper) {
                papers.push(paper);
            }
        }
    }
    about.list(&papers)
}

pub fn absent(about: About<'_, '_>, criterion: &Criterion, outcome: Outcome) -> Vec<Operand> {
    if !outcome.is_undecided() {
        return Vec::new();
    }
    let used = criterion.uses.operands.iter().copied();
    used.filter(|it| about.lacks(*it)).collect()
}

fn listed<'a>(about: About<'_, '_>, operands: &[Operand]) -> Vec<ExplainedUnknown<'a>> {
    let mut found: Vec<ExplainedUnknown<'a>> = Vec::new();
    for operand in operands {
        let def = catalogue().def(operand.fact);
        let year = operand.is_annual().then(|| about.profile.year_of(*operand));
        if let Some(known) = found.iter_mut().find(|it| it.fact == def.name) {
            known.years.extend(year);
            continue;
        }
        found.push(ExplainedUnknown {
            documents: catalogue()
                .documents(operand.fact)
                .map(|it| ExplainedDocument {
                    confidence: &it.confidence,
                    id: &it.id,
                    source: &it.source,
                    title: it.in_lang(about.lang),
                })
                .collect(),
            fact: &def.name,
            label: about.label(operand.fact),
            years: year.into_iter().collect(),
        });
    }
    found
}

impl About<'_, '_> {
    /// A figure that should exist and is not recorded.
    pub(super) fn lacks(self, operand: Operand) -> bool {
        self.profile.existed(operand) && self.profile.figure(operand).is_none()
    }
}
