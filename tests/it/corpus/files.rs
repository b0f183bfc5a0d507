//! Tables of the collection, as uploads. Its columns lack district and industry, which an import over HTTP takes from the
//! table alone: those that are to be accepted are judged beside the reader (`app::import::tests::corpus`).
//! Workbooks (`xlsx`) are told in words there and built in `hostile_files` and beside the reader (`app::import::tests::hostile`).

use super::{Bench, rows};
use crate::on_both_engines;

on_both_engines!(tables_of_the_collection, |db| {
    let mut bench = Bench::set_up(db);
    for row in rows("csv").iter().filter(|row| row.accepted.is_none()) {
        let media = [("content-type", "text/csv")];
        bench.judge(row, |city| {
            city.send_raw("POST", "/v1/imports", &media, row.value.clone())
        });
    }
    bench.finish();
});
