//! What the bench measures an assessment against: one SQL statement that reads the same tables and writes the pools
//! that changed. It judges by the same ladder, without reasons, receipts, events or the embedded rule set.

use chrono::{Datelike, NaiveDate};
use diesel::RunQueryDsl;

use super::backend::{Engine, Purpose};
use super::error::StoreError;

/// A table of its own, so that the register stays as it is.
pub fn prepare(engine: &Engine) -> Result<(), StoreError> {
    let mut conn = engine.connect(Purpose::Write)?;
    conn.execute_batch(
        "DROP TABLE IF EXISTS yardstick_pools;
         CREATE TABLE yardstick_pools (enterprise_id TEXT PRIMARY KEY, pool TEXT)",
    )?;
    Ok(())
}

/// Runs the statement; tells how many rows it wrote.
pub fn run(engine: &Engine, today: NaiveDate) -> Result<usize, StoreError> {
    let mut conn = engine.connect(Purpose::Write)?;
    let last = today.year() - 1;
    let sql = statement(engine, today, last);
    Ok(diesel::sql_query(sql).execute(&mut conn)?)
}

/// Facts stand as JSON: each engine has its own way of taking one out.
fn fact(engine: &Engine, name: &str) -> String {
    match engine {
        Engine::Sqlite { .. } => format!("json_extract(facts, '$.{name}')"),
        Engine::Postgres { .. } => format!("(facts::json ->> '{name}')"),
    }
}

/// A row for each enterprise with what the ladder looks at.
fn columns(engine: &Engine, last: i32) -> String {
    let number = |name: &str| format!("CAST({} AS NUMERIC)", fact(engine, name));
    let of_last = |name: &str| {
        format!(
            "MAX(CASE WHEN year = {last} THEN {} END) AS {name}",
            number(name)
        )
    };
    let over_three = |name: &str| {
        format!(
            "SUM(CASE WHEN year > {last} - 3 THEN {} ELSE 0 END) AS {name}_3",
            number(name)
        )
    };
    let flag = |name: &str| match engine {
        Engine::Sqlite { .. } => format!("MAX({}) AS {name}", fact(engine, name)),
        Engine::Postgres { .. } => {
            format!(
                "MAX(CASE WHEN {} = 'true' THEN 1 ELSE 0 END) AS {name}",
                fact(engine, name)
            )
        }
    };
    let dated = |name: &str| format!("MAX({}) AS {name}", number(name));
    [
        of_last("sales"),
        of_last("rd_expense"),
        of_last("staff_total"),
        of_last("tech_staff"),
        of_last("total_income"),
        of_last("hightech_income"),
        over_three("sales"),
        over_three("rd_expense"),
        over_three("rd_expense_domestic"),
        dated("ip_class1"),
        dated("ip_class2"),
        dated("innovation_self_score"),
        flag("abnormal_or_dishonest"),
        flag("major_incident_last_365d"),
        flag("rd_ledger_or_contract"),
    ]
    .join(", ")
}

fn statement(engine: &Engine, today: NaiveDate, last: i32) -> String {
    let columns = columns(engine, last);
    let held = |schemes: &str| {
        format!(
            "EXISTS (SELECT 1 FROM certifications c WHERE c.enterprise_id = e.id AND c.scheme IN ({schemes})
               AND c.superseded_at IS NULL AND c.valid_from <= '{today}' AND (c.valid_through IS NULL OR c.valid_through >= '{today}'))"
        )
    };
    let hnte = held("'NATIONAL_HNTE'");
    let base = held("'NATIONAL_TECH_SME', 'PROVINCIAL_TECH_SME'");
    format!(
        "INSERT INTO yardstick_pools (enterprise_id, pool)
         SELECT e.id, CASE
           WHEN f.abnormal_or_dishonest = 1 OR f.major_incident_last_365d = 1 THEN 'EXCLUDED'
           WHEN {hnte} THEN 'GRADUATED'
           WHEN e.legal_status <> 'ACTIVE' THEN 'NONE'
           WHEN f.tech_staff * 10 >= f.staff_total AND f.rd_expense_domestic_3 * 10 >= f.rd_expense_3 * 6
             AND f.hightech_income * 2 >= f.total_income AND (f.ip_class1 >= 1 OR f.ip_class2 >= 5) AND f.innovation_self_score >= 61
             AND f.rd_expense_3 * 1000 >= f.sales_3 * CASE WHEN f.sales <= 50000000 THEN 40 WHEN f.sales <= 200000000 THEN 32 ELSE 24 END
             THEN 'SPRINT'
           WHEN {base} AND f.tech_staff * 10 >= f.staff_total AND f.rd_expense * 100 >= f.sales * 3
             AND (f.ip_class1 >= 1 OR f.ip_class2 >= 3) THEN 'ACCELERATION'
           WHEN (CASE WHEN f.rd_expense > 0 AND f.rd_expense * 50 >= f.sales THEN 1 ELSE 0 END)
              + (CASE WHEN f.tech_staff * 20 >= f.staff_total THEN 1 ELSE 0 END)
              + (CASE WHEN f.ip_class1 + f.ip_class2 >= 1 THEN 1 ELSE 0 END)
              + (CASE WHEN f.rd_ledger_or_contract = 1 THEN 1 ELSE 0 END) >= 2 THEN 'STARTER'
           ELSE 'NONE' END
         FROM enterprises e
         LEFT JOIN memberships m ON m.enterprise_id = e.id AND m.superseded_at IS NULL AND m.ended_on IS NULL
         JOIN (SELECT enterprise_id, {columns} FROM fact_statements GROUP BY enterprise_id) f ON f.enterprise_id = e.id
         WHERE true
         ON CONFLICT (enterprise_id) DO UPDATE SET pool = excluded.pool
           WHERE yardstick_pools.pool IS DISTINCT FROM excluded.pool"
    )
}
