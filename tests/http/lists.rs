//! Lists that are walked page by page, statements of accounts, shifts, drives and documents.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::stand::{Stand, account, charge, payment};

/// An account with payments `old-0`…, of which all receipts are acknowledged.
async fn paid(count: usize) -> Stand {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let payments: Vec<Value> = (0..count)
        .map(|number| {
            payment(
                &format!("old-{number}"),
                "100001",
                &format!("{}.00", number + 1),
            )
        })
        .collect();
    let answer = stand.post("?wait=30", &json!(payments)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    stand.all_acknowledged().await;
    stand
}

/// Everything that a list shows, walked in pages of `limit`.
async fn walk(stand: &Stand, path: &str, limit: usize) -> Vec<Value> {
    walk_while(stand, path, limit, async |_| ()).await
}

/// The same; `meanwhile` something happens after each page.
async fn walk_while(
    stand: &Stand,
    path: &str,
    limit: usize,
    meanwhile: impl AsyncFn(usize),
) -> Vec<Value> {
    let sign = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{sign}limit={limit}");
    let (mut next, mut items) = (first.clone(), Vec::new());
    for page in 0..1_000 {
        let answer = stand.get(&next).await;
        assert_eq!(answer.status, 200, "{next}: {answer:?}");
        let rows = answer.body["items"].as_array().unwrap();
        assert!(rows.len() <= limit, "{next}: {} rows", rows.len());
        items.extend(rows.iter().cloned());
        let Some(cursor) = answer.body["next"].as_str() else {
            return items;
        };
        next = format!("{first}&cursor={cursor}");
        meanwhile(page).await;
    }
    panic!("{path} has no end");
}

/// One field of each item.
fn each(items: &[Value], field: &str) -> Vec<String> {
    let text = |item: &Value| match &item[field] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    items.iter().map(text).collect()
}

fn kopecks(money: &Value) -> i64 {
    money.as_str().unwrap().replace('.', "").parse().unwrap()
}

fn today(stand: &Stand) -> terms::LocalDate {
    stand.desk().clock().local().date()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_sees_each_old_row_once_while_new_ones_come() {
    let stand = paid(20).await;
    let more = async |walk: &str, page: usize| {
        // Some during the walk, not for ever.
        if page < 5 {
            let payment = payment(&format!("{walk}-{page}"), "100001", "1.00");
            assert!(stand.post("", &payment).await.status < 300);
        }
    };
    for (path, field) in [
        ("/v1/operations?key_prefix=old-", "key"),
        ("/v1/operations?order=desc", "key"),
        ("/v1/operations?order=asc&account=100001", "key"),
        ("/v1/receipts?order=asc", "id"),
        ("/v1/receipts?account=100001", "id"),
        ("/v1/accounts/100001/statement?order=desc", "key"),
        ("/v1/accounts/100001/statement", "key"),
    ] {
        let before: BTreeSet<String> = each(&walk(&stand, path, 1_000).await, field)
            .into_iter()
            .collect();
        assert!(before.len() >= 20, "{path}: {before:?}");
        let name = format!("new-{}", path.len());
        let items = walk_while(&stand, path, 3, async |page| more(&name, page).await).await;
        let seen = each(&items, field);
        let distinct: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(
            seen.len(),
            distinct.len(),
            "{path}: a row came twice: {seen:?}"
        );
        let missed: Vec<_> = before.difference(&distinct).collect();
        assert!(missed.is_empty(), "{path}: {missed:?} did not come");
    }
    let newest = walk(&stand, "/v1/operations?key_prefix=old-", 7).await;
    let oldest = walk(&stand, "/v1/operations?key_prefix=old-&order=asc", 7).await;
    let mut turned = each(&oldest, "key");
    turned.reverse();
    assert_eq!(each(&newest, "key"), turned);
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_found_by_what_is_known_of_them() {
    let stand = paid(3).await;
    stand.open_account("100002").await;
    let charged = stand
        .post("?wait=30", &charge("c-1", "100001", "5.00"))
        .await;
    assert_eq!(charged.status, 201, "{charged:?}");
    let moved = json!({"type": "move", "key": "m-1", "date": "2026-11-25", "amount": "40.00",
        "from": {"account": "100002", "service": "TV"}, "to": {"account": "100001", "service": "TV"}});
    let answer = stand.post("?wait=30", &moved).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let today = today(&stand);
    let tomorrow = today.plus_days(1).unwrap();
    for (query, keys) in [
        ("type=charge", vec!["c-1"]),
        ("account=100002", vec!["m-1"]),
        ("account=100001&type=move", vec!["m-1"]),
        ("account=100009", vec![]),
        ("from=2026-11-21&to=2026-11-25", vec!["m-1"]),
        ("to=2026-11-20&order=asc", vec!["old-0", "old-1", "old-2"]),
        ("from=2026-11-30", vec!["c-1"]),
        ("key_prefix=c-", vec!["c-1"]),
        ("key_prefix=-1", vec![]),
        ("sent_by=rack", vec![]),
        ("sent_by=billing&type=move", vec!["m-1"]),
        (&format!("accepted_from={tomorrow}"), vec![]),
        (&format!("accepted_to={today}&type=charge"), vec!["c-1"]),
    ] {
        let found = walk(&stand, &format!("/v1/operations?{query}"), 2).await;
        assert_eq!(each(&found, "key"), keys, "{query}");
    }
    let listed = walk(&stand, "/v1/operations?type=charge", 10).await;
    let by_key = stand.get("/v1/operations?key=c-1").await.body;
    assert_eq!(
        listed,
        [by_key],
        "a list shows what the operation's own path shows"
    );
    assert_eq!(listed[0]["sent_by"], "billing");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_are_found_by_what_stands_on_their_papers() {
    let stand = paid(4).await;
    stand.open_account("100002").await;
    let other = stand
        .post("?wait=30", &payment("other", "100002", "650.00"))
        .await;
    assert_eq!(other.status, 201, "{other:?}");
    let receipts = walk(&stand, "/v1/receipts?account=100001", 10).await;
    assert_eq!(receipts.len(), 4);
    for receipt in &receipts {
        let id = receipt["id"].as_str().unwrap();
        let alone = stand.get(&format!("/v1/receipts/{id}")).await.body;
        assert_eq!(
            *receipt, alone,
            "a list shows what the receipt's own path shows"
        );
        let document = &receipt["document"];
        let part = |name: &str| match &document[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let (drive, fd, fp) = (part("fn_number"), part("fd"), part("fp"));
        let (shift, number) = (part("shift"), part("receipt_number"));
        for query in [
            format!("fd={fd}&fn_number={drive}"),
            format!("fp={fp}"),
            format!("fp={fp}&fn_number={drive}&fd={fd}&state=acknowledged"),
            format!("shift={shift}&receipt_number={number}&fn_number={drive}"),
            format!(
                "total={}&account=100001",
                receipt["total"].as_str().unwrap()
            ),
            format!("operation={}", receipt["operation"].as_str().unwrap()),
        ] {
            let found = walk(&stand, &format!("/v1/receipts?{query}"), 10).await;
            assert_eq!(each(&found, "id"), [id], "{query}");
        }
    }
    stand.all_acknowledged().await;
    for (query, count) in [
        ("key=other", 1),
        ("key=nobody", 0),
        ("state=acknowledged", 5),
        ("state=queued,held,in_doubt,on_drive", 0),
        ("state=queued,acknowledged", 5),
        ("account=100002&total=650.00", 1),
        ("account=100002&total=650.01", 0),
        ("sign=1", 5),
        ("sign=2", 0),
        ("kind=correction", 0),
        ("kind=receipt&from=2026-11-20&to=2026-11-20", 5),
        ("from=2026-11-21", 0),
        ("shift=1", 5),
        ("shift=2", 0),
        ("fn_number=9999078902000009", 0),
        ("fp=0", 0),
    ] {
        let found = walk(&stand, &format!("/v1/receipts?{query}"), 2).await;
        assert_eq!(found.len(), count, "{query}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_found_by_number_contact_and_saldo() {
    let stand = Stand::ready().await;
    for number in ["100001", "100002", "200001"] {
        stand.open_account(number).await;
    }
    let contact = json!({"contact": "+79161234567"});
    assert_eq!(stand.put(&account("200002"), &contact).await.status, 201);
    let before = walk(&stand, "/v1/accounts?prefix=200002", 1).await;
    let changed = before[0]["changed_at_ms"].as_i64().unwrap();
    let paid = stand
        .post("?wait=30", &payment("p", "100002", "1000.00"))
        .await;
    assert_eq!(paid.status, 201, "{paid:?}");
    let contact_is = "contact=%2B79161234567";
    for (query, numbers) in [
        ("", vec!["100001", "100002", "200001", "200002"]),
        ("order=desc", vec!["200002", "200001", "100002", "100001"]),
        ("prefix=2", vec!["200001", "200002"]),
        ("prefix=3", vec![]),
        ("saldo=debt", vec!["100001", "200001"]),
        ("saldo=advance", vec!["100002"]),
        ("saldo=zero", vec!["200002"]),
        (contact_is, vec!["200002"]),
        (
            "contact=abonent@example.ru&saldo=debt",
            vec!["100001", "200001"],
        ),
        (&format!("changed_since_ms={}", changed + 1), vec!["100002"]),
    ] {
        let found = walk(&stand, &format!("/v1/accounts?{query}"), 1).await;
        assert_eq!(each(&found, "number"), numbers, "{query}");
    }
    let shown = walk(&stand, "/v1/accounts?prefix=100002", 1).await;
    assert_eq!(shown[0]["saldo"], "450.00");
    // A contact that has changed is not found under its old one.
    let renewed = json!({"contact": "+79160000000"});
    assert_eq!(stand.put(&account("200002"), &renewed).await.status, 200);
    let path = format!("/v1/accounts?{contact_is}");
    assert!(walk(&stand, &path, 1).await.is_empty());
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_adds_up_from_its_opening_to_its_closing() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    stand.open_account("100002").await;
    let moved = json!({"type": "move", "key": "m-1", "amount": "40.00",
        "from": {"account": "100002", "service": "TV"}, "to": {"account": "100001", "service": "TV"}});
    let business = json!({"contact": "abonent@example.ru", "payer_kind": "business"});
    for operation in [
        payment("=cmd()", "100001", "1550.00"),
        charge("c-1", "100001", "700.00"),
        moved,
    ] {
        let answer = stand.post("?wait=30", &operation).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    assert_eq!(stand.put(&account("100001"), &business).await.status, 200);
    let unreceipted = stand.post("", &payment("p-2", "100001", "10.00")).await;
    assert_eq!(unreceipted.status, 201, "{unreceipted:?}");
    let path = "/v1/accounts/100001/statement";
    let all = stand.get(path).await.body;
    assert_eq!(all["opening"], "-550.00");
    assert_eq!(
        all["closing"],
        stand.get(&account("100001")).await.body["saldo"]
    );
    assert_eq!((&all["count"], &all["next"]), (&json!(4), &Value::Null));
    let events = all["items"].as_array().unwrap();
    let keys = each(events, "key");
    assert_eq!(keys, ["=cmd()", "c-1", "m-1", "p-2"]);
    let mut saldo = kopecks(&all["opening"]);
    for event in events {
        saldo += kopecks(&event["delta"]);
        assert_eq!(kopecks(&event["saldo"]), saldo, "{event}");
    }
    assert_eq!(saldo, kopecks(&all["closing"]));
    assert_eq!(events[0]["receipts"][0]["total"], "1550.00");
    assert_eq!(events[0]["date"], "2026-11-20");
    assert_eq!(events[3]["receipts"], json!([]));
    assert!(events[3]["non_fiscal"][0]["why_ru"].is_string());
    let services: BTreeMap<String, i64> = all["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let sum = kopecks(&it["advances"]) - kopecks(&it["debts"]) - kopecks(&it["penalties"]);
            (it["service"].to_string(), sum)
        })
        .collect();
    assert_eq!(services.values().sum::<i64>(), saldo, "{services:?}");
    // The other end of the move.
    let other = stand.get("/v1/accounts/100002/statement").await.body;
    assert_eq!(other["items"][0]["delta"], "-40.00", "{other}");
    assert_eq!(other["closing"], "-590.00");

    let today = today(&stand);
    let (yesterday, tomorrow) = (today.plus_days(-1).unwrap(), today.plus_days(1).unwrap());
    for (days, opening, closing, count) in [
        (
            format!("from={today}&to={today}"),
            &all["opening"],
            &all["closing"],
            4,
        ),
        (
            format!("to={yesterday}"),
            &all["opening"],
            &all["opening"],
            0,
        ),
        (
            format!("from={tomorrow}"),
            &all["closing"],
            &all["closing"],
            0,
        ),
    ] {
        let part = stand.get(&format!("{path}?{days}")).await.body;
        assert_eq!(
            (&part["opening"], &part["closing"]),
            (opening, closing),
            "{days}"
        );
        assert_eq!(part["count"], count, "{days}");
    }

    let (status, content_type, table) = stand.fetch(&format!("{path}.csv")).await;
    assert_eq!(
        (status, content_type.as_str()),
        (200, "text/csv; charset=utf-8")
    );
    let table = String::from_utf8(table).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert!(rows.iter().any(|row| row[4] == "'=cmd()"), "{table}");
    assert_eq!((rows[1][0], rows[1][6]), ("opening", "-550.00"));
    let deltas = rows.iter().skip(1).filter(|row| !row[5].is_empty());
    let sum: i64 = deltas.map(|row| kopecks(&json!(row[5]))).sum();
    let last = rows.last().unwrap();
    assert_eq!(last[0], "closing");
    assert_eq!(kopecks(&all["opening"]) + sum, kopecks(&json!(last[6])));
    assert_eq!(stand.get("/v1/accounts/nobody/statement").await.status, 404);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn shifts_and_drives_tell_what_was_formed_in_them() {
    let stand = paid(6).await;
    let shifts = walk(&stand, "/v1/shifts", 1).await;
    let drives = stand.get("/v1/drives").await.body;
    let drives = drives.as_array().unwrap();
    let on_drives = stand.receipts_on_drives();
    let mut settled = 0;
    for drive in drives {
        let number = drive["fn_number"].as_str().unwrap();
        let path = format!("/v1/drives/{number}");
        let alone = stand.get(&path).await.body;
        assert_eq!(
            (alone["last_fd"].clone(), &alone["fn_number"]),
            (drive["last_fd"].clone(), &drive["fn_number"])
        );
        let documents = format!("/v1/documents?fn_number={number}&order=asc");
        let documents = walk(&stand, &documents, 2).await;
        let numbers: Vec<u64> = documents
            .iter()
            .map(|it| it["fd"].as_u64().unwrap())
            .collect();
        let last = drive["last_fd"].as_u64().unwrap();
        assert_eq!(numbers, (1..=last).collect::<Vec<_>>(), "{number}");
        assert_eq!(
            (&drive["documents"], &drive["first_fd"]),
            (&json!(last), &json!(1))
        );
        assert_eq!(documents[0]["document"], "registration");
        let tickets = documents
            .iter()
            .filter(|it| it["ticket"].is_string())
            .count() as u64;
        assert_eq!(drive["unacknowledged"], last - tickets);
        let own: Vec<i64> = on_drives
            .iter()
            .filter(|(of, ..)| of == number)
            .map(|(.., total)| *total)
            .collect();
        let of_drive = walk(&stand, &format!("/v1/shifts?fn_number={number}"), 5).await;
        let shift = of_drive.first();
        assert_eq!(of_drive.len(), usize::from(!own.is_empty()), "{of_drive:?}");
        if let Some(shift) = shift {
            assert_eq!(shift["receipts"], own.len(), "{shift}");
            assert_eq!(kopecks(&shift["sums"][0]["total"]), own.iter().sum::<i64>());
            assert_eq!(
                (&shift["opened_fd"], &shift["closed_fd"]),
                (&json!(2), &Value::Null)
            );
            settled += own.len();
        }
    }
    assert_eq!(settled, 6);
    let by_drive = each(&shifts, "fn_number");
    assert_eq!(
        by_drive.len(),
        by_drive.iter().collect::<BTreeSet<_>>().len()
    );
    let today = today(&stand);
    let path = |query: String| format!("/v1/shifts?{query}");
    assert_eq!(
        walk(&stand, &path(format!("from={today}&to={today}")), 9).await,
        shifts
    );
    let tomorrow = today.plus_days(1).unwrap();
    assert!(
        walk(&stand, &path(format!("from={tomorrow}")), 9)
            .await
            .is_empty()
    );
    let part = format!("/v1/documents?fn_number={}&from_fd=2&to_fd=2", by_drive[0]);
    let part = walk(&stand, &part, 9).await;
    assert_eq!(each(&part, "document"), ["open_shift"]);
    assert_eq!(stand.get("/v1/drives/9999078902000009").await.status, 404);
    assert_eq!(stand.get("/v1/drives/x").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_tells_what_is_unusual_about_it() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let ready = json!({
        "type": "receipt", "key": "r-1", "account": "100001", "sign": 1, "sno": 1,
        "contact": "abonent@example.ru",
        "lines": [
            {"name": "Кабель", "price": "33.50", "quantity": "2.5", "amount": "83.75", "method": 4,
             "subject": 1, "vat_code": 6, "measure": 22, "additional": "бухта 7"},
            {"name": "Вызов мастера", "amount": "500.00", "method": 4, "subject": 4, "vat_code": 6}
        ],
        "payments": {"cashless": "583.75"}
    });
    let answer = stand.post("?wait=30", &ready).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let id = answer.body["receipts"][0]["id"].as_str().unwrap();
    let receipt = stand.get(&format!("/v1/receipts/{id}")).await.body;
    let [cable, visit] = &receipt["lines"].as_array().unwrap()[..] else {
        panic!("two lines: {receipt}");
    };
    let told = ["price", "quantity", "measure", "additional"].map(|name| cable[name].clone());
    assert_eq!(json!(told), json!(["33.50", "2.5", 22, "бухта 7"]));
    let names: BTreeSet<&String> = visit.as_object().unwrap().keys().collect();
    for usual in [
        "price",
        "quantity",
        "measure",
        "unit",
        "additional",
        "agent",
    ] {
        assert!(!names.contains(&usual.to_owned()), "{usual}: {visit}");
    }
    let listed = walk(&stand, "/v1/receipts?key=r-1", 3).await;
    assert_eq!(
        listed,
        [stand.get(&format!("/v1/receipts/{id}")).await.body]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_named() {
    let stand = paid(3).await;
    let first = stand.get("/v1/operations?limit=1").await.body;
    let cursor = first["next"].as_str().unwrap();
    let bad = [
        ("/v1/operations?limit=0", "limit"),
        ("/v1/operations?limit=1001", "limit"),
        ("/v1/operations?limit=-1", "limit"),
        ("/v1/operations?limit=1&limit=2", "limit"),
        ("/v1/operations?order=up", "order"),
        ("/v1/operations?type=bribe", "type"),
        ("/v1/operations?from=20.11.2026", "from"),
        ("/v1/operations?colour=red", "colour"),
        ("/v1/operations?key=old-1&type=charge", "key"),
        ("/v1/operations?account=a%00b", "account"),
        ("/v1/operations?cursor=", "cursor"),
        ("/v1/operations?cursor=%D1%8B", "cursor"),
        ("/v1/operations?cursor=zz", "cursor"),
        (&format!("/v1/operations?cursor={cursor}0"), "cursor"),
        (
            &format!("/v1/operations?cursor=00{}", &cursor[2..]),
            "cursor",
        ),
        // It was given out for other filters, another order, another list.
        (
            &format!("/v1/operations?type=payment&cursor={cursor}"),
            "cursor",
        ),
        (
            &format!("/v1/operations?order=asc&cursor={cursor}"),
            "cursor",
        ),
        (&format!("/v1/receipts?cursor={cursor}"), "cursor"),
        ("/v1/receipts?state=lost", "state"),
        ("/v1/receipts?state=queued,", "state"),
        ("/v1/receipts?receipt_number=1", "receipt_number"),
        ("/v1/receipts?fd=-1", "fd"),
        ("/v1/receipts?fp=4294967296", "fp"),
        ("/v1/receipts?sign=5", "sign"),
        ("/v1/receipts?kind=letter", "kind"),
        ("/v1/receipts?total=1.001", "total"),
        ("/v1/receipts?fn_number=1", "fn_number"),
        ("/v1/receipts?accepted_to=2255-12-31", "accepted_to"),
        ("/v1/accounts?saldo=red", "saldo"),
        ("/v1/accounts?contact=nobody", "contact"),
        ("/v1/accounts?prefix=", "prefix"),
        ("/v1/accounts?changed_since_ms=now", "changed_since_ms"),
        ("/v1/accounts/100001/statement?to=yesterday", "to"),
        ("/v1/accounts/100001/statement.csv?limit=1", "limit"),
        ("/v1/shifts?slot=300", "slot"),
        ("/v1/drives?limit=5", "limit"),
        ("/v1/documents", "fn_number"),
        (
            "/v1/documents?fn_number=9999078902000001&from_fd=x",
            "from_fd",
        ),
    ];
    for (path, name) in bad {
        let answer = stand.get(path).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (400, &json!("bad_query")),
            "{path}: {answer:?}"
        );
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(name), "{path}: {detail}");
    }
}
