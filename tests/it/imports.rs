//! Tables over HTTP: applied as a whole, refused by cell, and taken once.

use serde_json::json;

use crate::client::{Answer, Client};
use crate::on_both_engines;

const FIRM: &str = "91330602MAFF89BB62";
const HEADER: &str = "统一社会信用代码,企业名称,所属区县,成立日期,行业代码\n";

fn table(row: &str) -> Vec<u8> {
    format!("{HEADER}{row}\n").into_bytes()
}

fn good() -> Vec<u8> {
    table(&format!("{FIRM},绍兴示例有限公司,越城区,2015-06-30,1713"))
}

fn csv(client: &Client, query: &str, body: Vec<u8>) -> Answer {
    client.send_raw(
        "POST",
        &format!("/v1/imports{query}"),
        &[("content-type", "text/csv")],
        body,
    )
}

/// The tables as a browser sends them.
fn form(client: &Client, headers: &[(&str, &str)], files: &[(&str, Vec<u8>)]) -> Answer {
    let mut body = Vec::new();
    for (name, bytes) in files {
        let head = format!(
            "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--cut--\r\n");
    let mut all = headers.to_vec();
    all.push(("content-type", "multipart/form-data; boundary=cut"));
    client.send_raw("POST", "/v1/imports", &all, body)
}

on_both_engines!(tables_are_applied_once_and_their_report_is_kept, |db| {
    let city = Client::with_role(db, "city", "CITY_OFFICER", None, None);
    let tried = csv(&city, "?validate_only=true", good());
    assert_eq!(
        (tried.status, &tried.json()["applied"]),
        (201, &json!(false)),
        "{}",
        tried.text()
    );
    assert_eq!(city.get(&format!("/v1/enterprises/{FIRM}")).status, 404);
    let figures = format!("统一社会信用代码,年度,销售收入\n{FIRM},2025,1200.5\n").into_bytes();
    let files = [("企业.csv", good()), ("年度数据.csv", figures)];
    let key = [("idempotency-key", "k1")];
    let done = form(&city, &key, &files);
    assert_eq!(done.status, 201, "{}", done.text());
    let report = done.json();
    assert_eq!(
        (&report["enterprises"]["new"], &report["figures"]["new"]),
        (&json!(1), &json!(1))
    );
    let url = done
        .headers
        .get("location")
        .and_then(|it| it.to_str().ok())
        .expect("location");
    assert_eq!(city.get(url).json(), report);
    let year = city
        .get(&format!("/v1/enterprises/{FIRM}/annual-facts/2025"))
        .json();
    assert_eq!(year["facts"]["sales"], "12005000.00");
    let again = form(&city, &key, &files);
    assert_eq!(
        again
            .headers
            .get("idempotent-replayed")
            .map(|it| it.as_bytes()),
        Some(&b"true"[..])
    );
    assert_eq!(again.json(), report);
    let unchanged = form(&city, &[], &files).json();
    assert_eq!(
        (&unchanged["enterprises"]["unchanged"], &unchanged["id"]),
        (&json!(1), &json!(null))
    );
    let other = Client::with_role(db, "district", "DISTRICT_OFFICER", Some("330603"), None);
    assert_eq!(other.get(url).status, 404);
});

on_both_engines!(a_fault_is_told_by_its_cell_and_nothing_is_kept, |db| {
    let city = Client::with_role(db, "city", "CITY_OFFICER", None, None);
    let faulty = table("91330602MAFF89BB63,绍兴示例有限公司,杭州市,2015-02-30,1713");
    let refused = csv(&city, "", faulty);
    assert_eq!(refused.status, 422, "{}", refused.text());
    let problem = refused.json();
    assert_eq!(problem["code"], "import.faulty");
    let errors = problem["errors"].as_array().expect("errors");
    let cells: Vec<String> = errors
        .iter()
        .map(|it| format!("{}{}", it["column"].as_str().unwrap_or(""), it["row"]))
        .collect();
    assert_eq!(cells, ["A2", "C2", "D2"]);
    assert!(
        errors
            .iter()
            .all(|it| !it["message"].as_str().unwrap_or("").is_empty())
    );
    let list = city.get("/v1/enterprises").json();
    assert_eq!(list["items"], json!([]));
});

on_both_engines!(what_is_no_table_is_refused, |db| {
    let city = Client::with_role(db, "city", "CITY_OFFICER", None, None);
    let json = [("content-type", "application/json")];
    assert_eq!(
        city.send_raw("POST", "/v1/imports", &json, b"{}".to_vec())
            .status,
        415
    );
    let cut = [("content-type", "multipart/form-data; boundary=cut")];
    assert_eq!(
        city.send_raw("POST", "/v1/imports", &cut, b"--cut\r\nnonsense".to_vec())
            .status,
        400
    );
    assert_eq!(csv(&city, "", Vec::new()).status, 422);
    assert_eq!(csv(&city, "?evidence=SURE", good()).status, 400);
    assert_eq!(csv(&city, "?validate=true", good()).status, 400);
    let auditor = Client::with_role(db, "auditor", "AUDITOR", None, None);
    assert_eq!(csv(&auditor, "", good()).status, 403);
    assert_eq!(csv(&Client::anonymous(db), "", good()).status, 401);
});
