//! Time for one firm: `cargo bench --bench evaluate`.
//!
//! Verdicts and explanations of POOLS, the keep test of a member, the snapshot of inputs, and all shipped rule sets.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

#[path = "../tests/rules/firm.rs"]
mod firm;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use sanku::domain::evaluate::{Profile, explain, inputs_json, keep_verdict, verdict};
use sanku::domain::messages::Lang;
use sanku::domain::pool::Pool;
use sanku::domain::rules::Library;

const FIRMS: u64 = 1_000;

fn evaluate(c: &mut Criterion) {
    let firms: Vec<Profile> = (0..FIRMS).map(firm::firm).collect();
    let mut firms = firms.iter().cycle();
    let mut next = || black_box(firms.next().unwrap());
    let library = Library::shipped();
    let pools = library.named("POOLS").unwrap();
    c.bench_function("POOLS verdict", |b| b.iter(|| verdict(pools, next())));
    c.bench_function("POOLS keep test", |b| {
        b.iter(|| keep_verdict(pools, Pool::Sprint, next()));
    });
    c.bench_function("POOLS explained", |b| {
        b.iter(|| explain(pools, next(), Lang::Zh));
    });
    c.bench_function("POOLS explained as JSON", |b| {
        b.iter(|| explain(pools, next(), Lang::Zh).to_json());
    });
    c.bench_function("POOLS inputs as JSON", |b| {
        b.iter(|| inputs_json(pools, next()));
    });
    c.bench_function("all rule sets, verdicts", |b| {
        b.iter(|| {
            let firm = next();
            for set in library.iter() {
                black_box(verdict(set, firm));
            }
        });
    });
    c.bench_function("all rule sets, explained", |b| {
        b.iter(|| {
            let firm = next();
            for set in library.iter() {
                black_box(explain(set, firm, Lang::Zh));
            }
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = evaluate
}
criterion_main!(benches);
