//! What a simulation came to, for people and for programs.

use crate::app::simulation::{
    Counts, CriterionSide, MoverView, MovingCriterion, PartCount, PlaceCount, SimulationView,
    TargetEffect,
};
use crate::cli::outcome::{Failure, out};
use crate::domain::codes;
use crate::domain::messages::Lang;
use crate::domain::plan::{self, Measure};
use crate::domain::words::{self, Word};

/// So many criteria are told to people; programs get all.
const COMMONEST: usize = 15;

pub fn print(made: &SimulationView, lang: Lang) -> Result<(), Failure> {
    head(made, lang)?;
    directions(&made.summary.counts, lang)?;
    places(made, lang)?;
    let summary = &made.summary;
    let district = |code: &str| {
        let known = codes::district(code).ok()?;
        Some(lang.pick(&known.zh, &known.en).clone())
    };
    let section = |code: &str| codes::industry_name(code).map(String::from);
    let size = |code: &str| {
        let word = words::of("size_classes").find(|word| word.code == code);
        word.map(|word| word.in_lang(lang).to_owned())
    };
    let kinds: Vec<&Word> = words::of("directions")
        .filter(|word| summary.counts.contains_key(&word.code.to_ascii_lowercase()))
        .collect();
    parts(
        lang.pick("按区县", "by district"),
        &summary.districts,
        &kinds,
        district,
        lang,
    )?;
    parts(
        lang.pick("按门类", "by section"),
        &summary.industries,
        &kinds,
        section,
        lang,
    )?;
    parts(
        lang.pick("按规模", "by size class"),
        &summary.size_classes,
        &kinds,
        size,
        lang,
    )?;
    criteria(made, lang)?;
    summary.targets.iter().try_for_each(|it| target(it, lang))
}

pub fn list_head(moved: i64, lang: Lang) -> Result<(), Failure> {
    out(match lang {
        Lang::Zh => format!("\n变动名单（{moved} 家）"),
        Lang::En => format!("\nwho would move ({moved})"),
    })
}

pub fn line(it: &MoverView, lang: Lang) -> Result<(), Failure> {
    let word = words::of("directions").find(|word| word.code == it.direction.as_str());
    let direction = word.map_or(it.direction.as_str(), |word| word.in_lang(lang));
    out(format!(
        "{}  {}  {}  {} → {}  {direction}",
        it.uscc,
        it.name,
        it.district_code,
        place(&it.from, lang),
        place(&it.to, lang),
    ))?;
    it.criteria
        .iter()
        .try_for_each(|criterion| reason(criterion, lang))
}

fn head(made: &SimulationView, lang: Lang) -> Result<(), Failure> {
    let (rule_set, base) = (&made.rule_set, made.base_version);
    let proposed = match made.proposed_version {
        Some(number) => match lang {
            Lang::Zh => format!("第 {number} 版"),
            Lang::En => format!("version {number}"),
        },
        None => made.change.to_string(),
    };
    let whole = lang.pick("全市", "everybody");
    let district = made.district_code.as_deref().unwrap_or(whole);
    let industry = made.industry_code.as_deref().unwrap_or_default();
    let (as_of, total, id) = (made.as_of, made.total, &made.id);
    out(match lang {
        Lang::Zh => format!(
            "推演：{rule_set} 第 {base} 版 → {proposed}，{as_of}，{district}{industry}，企业 {total} 家"
        ),
        Lang::En => format!(
            "what-if: {rule_set} version {base} → {proposed}, as of {as_of}, {district}{industry}, {total} enterprises"
        ),
    })?;
    let hash = &made.summary_hash;
    out(match lang {
        Lang::Zh => format!("只保存了推演结果，没有改动任何企业。编号 {id}，结果 {hash}"),
        Lang::En => {
            format!("only the result was kept, no firm was changed; number {id}, result {hash}")
        }
    })
}

fn directions(counts: &Counts, lang: Lang) -> Result<(), Failure> {
    out("")?;
    for word in words::of("directions") {
        if let Some(count) = counts.get(&word.code.to_ascii_lowercase()) {
            out(format!("{count:>8}  {}", word.in_lang(lang)))?;
        }
    }
    Ok(())
}

/// How many belong where under either version.
fn places(made: &SimulationView, lang: Lang) -> Result<(), Failure> {
    out(lang.pick("\n现行 / 拟议（企业数）", "\nbase / proposed (enterprises)"))?;
    let mut places: Vec<&PlaceCount> = made.summary.places.iter().collect();
    places.sort_by_key(|it| in_words_order(&it.place));
    for it in places {
        out(format!(
            "{:>8} {:>8}  {}",
            it.base,
            it.proposed,
            place(&it.place, lang)
        ))?;
    }
    let moves = made.summary.matrix.iter().filter(|it| it.from != it.to);
    for it in moves {
        let (from, to) = (place(&it.from, lang), place(&it.to, lang));
        out(format!("{:>8}  {from} → {to}", it.firms))?;
    }
    Ok(())
}

fn parts(
    title: &str,
    parts: &[PartCount],
    kinds: &[&Word],
    name: impl Fn(&str) -> Option<String>,
    lang: Lang,
) -> Result<(), Failure> {
    if parts.is_empty() {
        return Ok(());
    }
    let heads: Vec<&str> = kinds.iter().map(|word| word.in_lang(lang)).collect();
    out(format!("\n{title}（{}）", heads.join(" / ")))?;
    for part in parts {
        let counts = kinds.iter().map(|word| {
            let count = part.counts.get(&word.code.to_ascii_lowercase());
            format!("{:>7}", count.copied().unwrap_or(0))
        });
        let counts: Vec<String> = counts.collect();
        let name = name(&part.code).unwrap_or_default();
        out(format!("{}  {} {name}", counts.join(" "), part.code))?;
    }
    Ok(())
}

fn criteria(made: &SimulationView, lang: Lang) -> Result<(), Failure> {
    if made.summary.criteria.is_empty() {
        return Ok(());
    }
    out(lang.pick(
        "\n引起变动的条件（企业数）",
        "\ncriteria that move firms (enterprises)",
    ))?;
    for it in made.summary.criteria.iter().take(COMMONEST) {
        out(format!(
            "{:>8}  {:<16} {}",
            it.firms,
            it.id,
            it.title_in(lang)
        ))?;
    }
    Ok(())
}

fn target(effect: &TargetEffect, lang: Lang) -> Result<(), Failure> {
    let Some(target) = plan::target(&effect.id) else {
        return Ok(());
    };
    let goals: Vec<String> = target
        .goals
        .iter()
        .map(|goal| match lang {
            Lang::Zh => format!("{} 年 {}", goal.year, goal.value),
            Lang::En => format!("{} in {}", goal.value, goal.year),
        })
        .collect();
    let goals = goals.join(lang.pick("，", ", "));
    let counted = match effect.measure == Measure::Reserve.as_str() {
        true => lang.pick("后备（冲刺库）", "reserve (sprint pool)"),
        false => lang.pick("符合全部条件", "meet every condition"),
    };
    let (title, unit) = (target.title_in(lang), &target.unit);
    let TargetEffect {
        holders,
        base,
        proposed,
        open_base,
        open_proposed,
        ..
    } = effect;
    out(match lang {
        Lang::Zh => format!(
            "\n规划指标：{title}，目标 {goals} {unit}（{} {}）\n现持有有效资格 {holders} 家；{counted} {base} → {proposed} 家，另有 {open_base} → {open_proposed} 家无法判断",
            target.document, target.article
        ),
        Lang::En => format!(
            "\nplan target: {title}, {goals} ({} {})\n{holders} hold the title now; {counted}: {base} → {proposed}, open: {open_base} → {open_proposed}",
            target.document, target.article
        ),
    })
}

fn reason(criterion: &MovingCriterion, lang: Lang) -> Result<(), Failure> {
    let side = |side: &Option<CriterionSide>| match side {
        None => lang.pick("无此条件", "no such criterion").to_owned(),
        Some(side) => match (&side.actual, &side.required) {
            (Some(actual), Some(required)) => {
                format!("{} {actual}/{required}", side.outcome)
            }
            _ => side.outcome.clone(),
        },
    };
    let keep = match criterion.keep {
        true => lang.pick("保持条件 ", "keep condition "),
        false => "",
    };
    out(format!(
        "    {keep}{} {}: {} → {}",
        criterion.id,
        criterion.title_in(lang),
        side(&criterion.base),
        side(&criterion.proposed)
    ))
}

/// Pools from the lowest up, then the other placements, then what has no words.
fn in_words_order(code: &str) -> usize {
    let mut known = words::of("pools").chain(words::of("placements"));
    known
        .position(|word| word.code == code)
        .unwrap_or(usize::MAX)
}

/// A pool, another placement or a size class in words; outcomes stand for themselves.
fn place(code: &str, lang: Lang) -> &str {
    let known = words::of("pools").chain(words::of("placements"));
    known
        .chain(words::of("size_classes"))
        .filter(|word| word.code == code)
        .map(|word| word.in_lang(lang))
        .next()
        .unwrap_or(code)
}
