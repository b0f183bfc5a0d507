//! What a run came to, for people and for programs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value as Json, json};

use crate::app::assessment::{Preview, SeenRun, Summary};
use crate::cli::outcome::{Failure, out};
use crate::domain::messages::Lang;
use crate::domain::rules::RuleSet;
use crate::domain::words;

pub struct Report {
    /// None for a dry run, which leaves nothing behind.
    id: Option<String>,
    rule_set: String,
    version: i64,
    hash: String,
    as_of: NaiveDate,
    known_at: DateTime<Utc>,
    district_code: Option<String>,
    yearly: bool,
    total: i64,
    summary: Summary,
    rules: Arc<RuleSet>,
}

/// So many criteria are told to people; programs get all.
const COMMONEST: usize = 15;

impl Report {
    pub fn json(&self, lang: Lang) -> Json {
        let summary = &self.summary;
        let unmet = summary.commonest(&self.rules, lang);
        let unmet: Vec<Json> = unmet
            .iter()
            .map(|it| json!({"id": it.criterion, "title": it.title, "enterprises": it.enterprises}))
            .collect();
        json!({
            "run_id": self.id,
            "dry_run": self.id.is_none(),
            "rule_set": self.rule_set,
            "version": self.version,
            "rule_set_hash": self.hash,
            "as_of": self.as_of,
            "known_at": self.known_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            "district_code": self.district_code,
            "yearly": self.yearly,
            "total": self.total,
            "summary": {
                "before": summary.before,
                "placed": summary.placed,
                "changed": summary.changed,
                "unchanged": summary.unchanged,
                "movements": summary.movements,
                "at_risk": summary.at_risk,
                "unmet": unmet,
            },
        })
    }

    pub fn print(&self, lang: Lang) -> Result<(), Failure> {
        self.head(lang)?;
        self.pools(lang)?;
        let summary = &self.summary;
        out(lang.pick("\n提出移库", "\nmovements proposed"))?;
        movements(&summary.movements, lang)?;
        let warned = lang.pick(
            "新预警（首次年度未达标）",
            "newly at risk (first yearly failure)",
        );
        out(format!("{:>8}  {warned}", summary.at_risk))?;
        let unmet = summary.commonest(&self.rules, lang);
        if unmet.is_empty() {
            return Ok(());
        }
        out(lang.pick(
            "\n最常见的未达标条件（企业数）",
            "\ncommonest unmet criteria (enterprises)",
        ))?;
        for it in unmet.iter().take(COMMONEST) {
            out(format!(
                "{:>8}  {:<16} {}",
                it.enterprises, it.criterion, it.title
            ))?;
        }
        Ok(())
    }

    fn head(&self, lang: Lang) -> Result<(), Failure> {
        let Report {
            rule_set,
            version,
            as_of,
            total,
            ..
        } = self;
        let title = self.rules.title.in_lang(lang);
        let whole = lang.pick("全市", "everybody");
        let part = self.district_code.as_deref().unwrap_or(whole);
        out(match lang {
            Lang::Zh => format!(
                "评估：{title}（{rule_set} 第 {version} 版），{as_of}，{part}，企业 {total} 家"
            ),
            Lang::En => format!(
                "assessed by {title} ({rule_set} version {version}) as of {as_of}, {part}: {total} enterprises"
            ),
        })?;
        let Summary {
            changed, unchanged, ..
        } = self.summary;
        out(match lang {
            Lang::Zh => format!("结论有变 {changed} 家，未变 {unchanged} 家"),
            Lang::En => {
                format!("{changed} decisions differ from the ones that stood, {unchanged} do not")
            }
        })?;
        if self.yearly {
            out(lang.pick("本次为年度评价", "this is the yearly evaluation"))?;
        }
        match &self.id {
            None => out(lang.pick("试运行，没有写入", "dry run, nothing was written")),
            Some(id) => out(match lang {
                Lang::Zh => format!("编号 {id}"),
                Lang::En => format!("run {id}"),
            }),
        }
    }

    /// Who was where, and where the rules place everybody.
    fn pools(&self, lang: Lang) -> Result<(), Failure> {
        let Summary { before, placed, .. } = &self.summary;
        let count =
            |counts: &BTreeMap<String, i64>, code: &str| counts.get(code).copied().unwrap_or(0);
        out(lang.pick(
            "\n原在库 / 按规则定位（企业数）",
            "\nmembers before / placed by the rules (enterprises)",
        ))?;
        for pool in words::of("pools") {
            let (was, is) = (count(before, &pool.code), count(placed, &pool.code));
            out(format!("{was:>8} {is:>8}  {}", pool.in_lang(lang)))?;
        }
        for place in words::of("placements") {
            let is = count(placed, &place.code);
            out(format!("{:>8} {is:>8}  {}", "", place.in_lang(lang)))?;
        }
        Ok(())
    }
}

fn movements(counts: &BTreeMap<String, i64>, lang: Lang) -> Result<(), Failure> {
    if counts.is_empty() {
        return out(format!("{:>8}", 0));
    }
    for kind in words::of("movement_kinds") {
        if let Some(count) = counts.get(&kind.code) {
            out(format!("{count:>8}  {}", kind.in_lang(lang)))?;
        }
    }
    Ok(())
}

impl From<Preview> for Report {
    fn from(preview: Preview) -> Self {
        Report {
            id: None,
            rule_set: preview.rule_set,
            version: preview.rule_set_version,
            hash: preview.rule_set_hash,
            as_of: preview.as_of,
            known_at: preview.known_at,
            district_code: preview.district_code,
            yearly: preview.yearly,
            total: preview.total,
            summary: preview.summary,
            rules: preview.rules,
        }
    }
}

impl From<SeenRun> for Report {
    fn from(seen: SeenRun) -> Self {
        let run = seen.run;
        Report {
            id: Some(run.id),
            rule_set: run.rule_set,
            version: run.rule_set_version,
            hash: run.rule_set_hash,
            as_of: run.as_of,
            known_at: run.known_at,
            district_code: run.district_code,
            yearly: run.yearly,
            total: run.total,
            summary: run.summary,
            rules: seen.rules,
        }
    }
}
