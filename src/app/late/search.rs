//! The search: the ledger is followed from where it was left, and each decision that an entry may touch is judged again
//! as of its own day by what is known now.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::apply::apply;
use super::seen::{Cause, Now, Seen, Step};
use crate::app::App;
use crate::app::error::AppError;
use crate::app::recorded::Recorded;
use crate::app::replay::Versions;
use crate::domain::date;
use crate::domain::decision::{self, Digests, Kept};
use crate::domain::document::{Kind, Name};
use crate::domain::late::{Effect, OutcomeNow, effect};
use crate::domain::ledger::Told;
use crate::domain::rules::{Library, RuleSet};
use crate::store::assessments::{self, DecisionRow};
use crate::store::late::{self, CauseRow, CursorRow};
use crate::store::{Conn, StoreError, ledger};

/// So many enterprises or decisions are looked at before a list is shown, or in one turn of the clock: what a correction
/// by hand needs, and little enough to wait for.
pub const MOST_AT_A_TURN: usize = 2_000;

/// Looks through what was recorded since the last time, until all is seen or so many enterprises and decisions are;
/// tells how many findings were opened, changed or resolved. Where another process is at it, nothing is done.
pub fn catch_up(app: &App, most: usize) -> Result<usize, AppError> {
    if app.store.read(nothing_new)? {
        return Ok(0);
    }
    let Some(_alone) = app.store.hold("late-facts")? else {
        return Ok(0);
    };
    let mut versions = Versions::default();
    let (mut looked_at, mut found) = (0, 0);
    while looked_at < most {
        let step = app.store.read(|conn| -> Result<_, AppError> {
            let step = next(conn, &mut versions)?;
            conn.give_back_memory().map_err(StoreError::from)?;
            Ok(step)
        })?;
        let Some(step) = step else { break };
        looked_at += step.looked_at.max(1);
        found += apply(app, step)?;
    }
    Ok(found)
}

/// The events that change what a decision reads of an enterprise. Whatever else is told of one (who read its contact, what
/// was decided, proposed, delegated) makes no decision late, and is no cause.
pub(super) const OF_ENTERPRISES: [&str; 5] = [
    "ENTERPRISE_REGISTERED",
    "ENTERPRISE_AMENDED",
    "FACTS_STATED",
    "CERTIFICATION_RECORDED",
    "CERTIFICATION_CORRECTED",
];

/// The events that change which rules are in force.
const OF_RULES: [&str; 2] = ["DOCUMENT_PUBLISHED", "DOCUMENT_RETIRED"];

/// Ledger entries, or decisions, in one step.
const STEP: i64 = 500;

/// Decisions in memory at once.
const AT_ONCE: usize = 250;

/// So many entries of no concern are passed before it is worth noting that they were.
const WORTH_NOTING: i64 = 10_000;

fn nothing_new(conn: &mut Conn) -> Result<bool, StoreError> {
    let cursor = late::cursor(conn)?;
    let Some(begin) = begin(conn, &cursor)? else {
        return Ok(true);
    };
    let idle = cursor.sweep_seq.is_none()
        && late::causes(conn, begin, &OF_ENTERPRISES, &OF_RULES, 1)?.is_empty();
    Ok(idle && ledger::tree_head(conn)?.size - cursor.seq < WORTH_NOTING)
}

/// Where the search goes on; what the first run knew is not late. `None` as long as nothing was decided.
fn begin(conn: &mut Conn, cursor: &CursorRow) -> Result<Option<i64>, StoreError> {
    Ok(late::first_known(conn)?.map(|first| first.max(cursor.seq)))
}

fn next(conn: &mut Conn, versions: &mut Versions) -> Result<Option<Step>, StoreError> {
    let from = late::cursor(conn)?;
    let Some(begin) = begin(conn, &from)? else {
        return Ok(None);
    };
    if let Some(seq) = from.sweep_seq {
        let entry = ledger::sealed(conn, &[seq])?.into_iter().next();
        let entry = entry.ok_or_else(|| StoreError::corrupt("a ledger entry is gone"))?;
        return Ok(Some(sweep(conn, versions, from, &entry.entry)?));
    }
    let causes = late::causes(conn, begin, &OF_ENTERPRISES, &OF_RULES, STEP)?;
    let Some(first) = causes.first() else {
        let head = ledger::tree_head(conn)?.size;
        let step = (head - from.seq >= WORTH_NOTING).then(|| passed(from, head));
        return Ok(step);
    };
    if first.subject_kind == "document" {
        return Ok(Some(sweep(conn, versions, from, &first.entry)?));
    }
    let of_enterprises = causes
        .iter()
        .take_while(|it| it.subject_kind == "enterprise")
        .collect::<Vec<_>>();
    Ok(Some(follow(conn, versions, from, &of_enterprises)?))
}

/// Nothing of concern up to there.
fn passed(from: CursorRow, through: i64) -> Step {
    Step {
        to: at(through),
        from,
        looked_at: 0,
        seen: Vec::new(),
    }
}

fn at(seq: i64) -> CursorRow {
    CursorRow {
        seq,
        sweep_seq: None,
        sweep_after: None,
    }
}

/// Events about enterprises: all decisions about them that did not know of these.
fn follow(
    conn: &mut Conn,
    versions: &mut Versions,
    from: CursorRow,
    causes: &[&CauseRow],
) -> Result<Step, StoreError> {
    // The last one of each: by it the decisions now differ.
    let mut by_enterprise: HashMap<&str, &CauseRow> = HashMap::new();
    for cause in causes {
        by_enterprise.insert(&cause.subject_id, cause);
    }
    let last = causes.last().map_or(from.seq, |cause| cause.seq);
    let mut ids: Vec<String> = by_enterprise.keys().map(|id| id.to_string()).collect();
    ids.sort();
    let places = late::unknowing(conn, &ids, last)?;
    let touched: Vec<&str> = places
        .iter()
        .filter(|(_, enterprise, known)| {
            by_enterprise
                .get(enterprise.as_str())
                .is_some_and(|cause| cause.seq > *known)
        })
        .map(|(id, _, _)| id.as_str())
        .collect();
    let mut seen = Vec::with_capacity(touched.len());
    for ids in touched.chunks(AT_ONCE) {
        let rows = assessments::decisions_of(conn, ids)?;
        again(conn, versions, rows, &mut seen, |row| {
            by_enterprise
                .get(row.enterprise_id.as_str())
                .map(|cause| cause_of(cause.seq, &cause.kind, &cause.entry))
        })?;
    }
    Ok(Step {
        to: at(last),
        from,
        looked_at: ids.len(),
        seen,
    })
}

/// A rule version: the decisions by it, and by what embeds it, as of the days from which it holds. A retirement: those as
/// of the days after it.
fn sweep(
    conn: &mut Conn,
    versions: &mut Versions,
    from: CursorRow,
    entry: &str,
) -> Result<Step, StoreError> {
    let entry = Told::read(entry).map_err(StoreError::corrupt)?;
    let seq = entry.seq;
    let retired = entry.day("effective_until");
    let retired = retired.and_then(|last| last.succ_opt());
    let day = entry.day("effective_from").or(retired);
    let standing = versions.through(conn, i64::MAX)?;
    // Of the documents only rule sets have decided anything.
    let of_rules = Name::parse(&entry.subject.id).filter(|name| name.kind == Kind::RuleSet);
    let codes = of_rules.map(|name| touching(&standing.library, &name.code));
    let codes = codes.unwrap_or_default();
    let after = from.sweep_after.clone().unwrap_or_default();
    let first_day = day.unwrap_or(date::FIRST_DAY);
    let rows = late::touched(conn, &codes, first_day, seq, &after, STEP)?;
    let through = rows.last().map(|row| row.id.clone());
    let looked_at = rows.len();
    let cause = Cause {
        seq,
        kind: entry.kind,
        by: entry.actor,
    };
    let mut seen = Vec::with_capacity(looked_at);
    again(conn, versions, rows, &mut seen, |_| Some(cause.clone()))?;
    let to = match through {
        Some(last) if looked_at as i64 == STEP => CursorRow {
            seq: from.seq,
            sweep_seq: Some(seq),
            sweep_after: Some(last),
        },
        _ => at(seq),
    };
    Ok(Step {
        from,
        to,
        looked_at,
        seen,
    })
}

/// The rule set itself and those that embed it.
pub(super) fn touching(library: &Library, code: &str) -> Vec<String> {
    fn embeds(set: &RuleSet, code: &str) -> bool {
        set.embeds
            .iter()
            .any(|it| it.code == code || embeds(it, code))
    }
    let of = library.iter().filter(|set| embeds(set, code));
    let mut codes: Vec<String> = of.map(|set| set.code.clone()).collect();
    codes.push(code.to_owned());
    codes.sort();
    codes.dedup();
    codes
}

fn cause_of(seq: i64, kind: &str, entry: &str) -> Cause {
    let entry: Json = serde_json::from_str(entry).unwrap_or_default();
    Cause {
        seq,
        kind: kind.to_owned(),
        by: entry["actor"].as_str().unwrap_or_default().to_owned(),
    }
}

/// Judges decisions again.
fn again(
    conn: &mut Conn,
    versions: &mut Versions,
    rows: Vec<DecisionRow>,
    seen: &mut Vec<Seen>,
    cause: impl Fn(&DecisionRow) -> Option<Cause>,
) -> Result<(), StoreError> {
    for rows in rows.chunks(AT_ONCE) {
        let mut ids: Vec<String> = rows.iter().map(|row| row.enterprise_id.clone()).collect();
        ids.sort();
        ids.dedup();
        let first = rows.iter().map(|row| row.as_of).min();
        let first = first.unwrap_or(date::LAST_DAY);
        let recorded = Recorded::load(conn, &ids, first, i64::MAX)?;
        for row in rows {
            let Some(cause) = cause(row) else { continue };
            let now = match judged_now(conn, versions, &recorded, row)? {
                Again::Not => continue,
                Again::Same => None,
                Again::Otherwise(now, _) | Again::Without(now) => Some(now),
            };
            seen.push(Seen {
                decision_id: row.id.clone(),
                enterprise_id: row.enterprise_id.clone(),
                rule_set: row.rule_set.clone(),
                as_of: row.as_of,
                outcome_then: *row.outcome,
                pool_then: row.pool.map(|it| *it),
                digest_then: row.digest.clone(),
                cause,
                now,
            });
        }
    }
    Ok(())
}

/// A decision judged again by what is known now.
pub(super) enum Again {
    /// It cannot be: it was made before all it depends on was kept, or nothing is recorded for its day any more.
    Not,
    Same,
    Otherwise(Now, Box<Kept>),
    /// No version of its rule set is in force on its day any more: nothing could be decided.
    Without(Now),
}

/// As of the decision's day and membership, by the figures recorded and the rules in force for that day now.
pub(super) fn judged_now(
    conn: &mut Conn,
    versions: &mut Versions,
    recorded: &Recorded,
    row: &DecisionRow,
) -> Result<Again, StoreError> {
    let Some(profile) = recorded.profile(&row.enterprise_id, row.as_of, i64::MAX)? else {
        return Ok(Again::Not);
    };
    let Ok(situation) = decision::situation_of(&row.inputs) else {
        return Ok(Again::Not);
    };
    let then = versions.through(conn, row.known_seq)?;
    let now = versions.through(conn, i64::MAX)?;
    let set = match rules_now(&then.library, &now.library, row) {
        Rules::By(set) => set,
        Rules::Retired => return Ok(Again::Without(without_rules())),
        Rules::Unknown => return Ok(Again::Not),
    };
    let Some(judgement) = decision::judge(set, &profile, situation) else {
        return Ok(Again::Not);
    };
    if judgement.stands_in(&Digests {
        placing: row.digest.clone(),
        moves: row.moves_digest.clone(),
    }) {
        return Ok(Again::Same);
    }
    let kept = judgement.keep(&profile);
    let effect = effect(&row.result, &kept.result);
    // Another limit shows in every result; where it changes no outcome on the same inputs, nobody has to look at it.
    if kept.inputs == row.inputs && effect == Effect::Figures {
        return Ok(Again::Same);
    }
    let of_hash = now.rows.iter().find(|it| it.hash == set.hash);
    let found = Now {
        version: of_hash.map_or(0, |it| it.version),
        rule_hash: set.hash.clone(),
        outcome: OutcomeNow::Of(kept.outcome),
        pool: kept.pool,
        digest: kept.digests.placing.clone(),
        effect,
    };
    Ok(Again::Otherwise(found, Box::new(kept)))
}

fn without_rules() -> Now {
    Now {
        version: 0,
        rule_hash: String::new(),
        outcome: OutcomeNow::NoRules,
        pool: None,
        digest: OutcomeNow::NoRules.as_str().into(),
        effect: Effect::Outcome,
    }
}

/// By which rules a decision would be made now.
enum Rules<'n> {
    By(&'n RuleSet),
    /// A retirement recorded since has ended what was in force.
    Retired,
    /// What it was decided by is not to be found.
    Unknown,
}

/// The version in force on the day as it is known now; for a decision by a version that was named by its date, that one.
fn rules_now<'n>(then: &Library, now: &'n Library, row: &DecisionRow) -> Rules<'n> {
    let Some(by) = then.of_hash(&row.rule_hash, row.as_of) else {
        return Rules::Unknown;
    };
    let was_in_force = then
        .in_force(&row.rule_set, row.as_of)
        .is_some_and(|set| set.hash == by.hash);
    if was_in_force {
        let in_force = now.in_force(&row.rule_set, row.as_of);
        return in_force.map_or(Rules::Retired, |set| Rules::By(set));
    }
    let named = now.find(&format!("{}@{}", by.code, by.version_from), row.as_of);
    named.map_or(Rules::Unknown, |set| Rules::By(set))
}
