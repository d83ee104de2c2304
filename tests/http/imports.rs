//! Files of banks become payments: whole or not at all, and each operation once.

use serde_json::{Value, json};
use terms::{Kopecks, LocalDate};

use crate::stand::{Answer, Stand, account, bearer, payment, services};

const ONE: &str = "0000001001";
const TWO: &str = "0000001002";
const OURS: &str = "40702810000000000001";

/// A payment of a registry: number, account, roubles.
pub(crate) type Line<'a> = (&'a str, &'a str, &'a str);

fn today(stand: &Stand) -> LocalDate {
    stand.desk().clock().local().date()
}

fn roubles(text: &str) -> Kopecks {
    text.parse().unwrap()
}

/// Sberbank's registry in UTF-8; the payment order has the number 686333.
pub(crate) fn registry(date: LocalDate, lines: &[Line<'_>]) -> String {
    let (day, month, year) = (date.day(), date.month(), date.year());
    let date = format!("{day:02}-{month:02}-{year}");
    let sum = Kopecks::sum(lines.iter().map(|line| roubles(line.2))).unwrap();
    let mut text: String = lines
        .iter()
        .map(|(number, account, sum)| {
            format!(
                "{date};09-32-33;1;V;{number};{account};ИВАНОВ ИВАН;;1025;{sum};{sum};0,00;5\r\n"
            )
        })
        .collect();
    text.push_str(&format!(
        "={};{sum};{sum};0,00;686333;{date}\r\n",
        lines.len()
    ));
    text
}

/// A statement of one day: pairs of lines of a document.
fn statement(date: LocalDate, documents: &[[&str; 4]]) -> String {
    let (day, month, year) = (date.day(), date.month(), date.year());
    let mut text = format!("1CClientBankExchange\nВерсияФормата=1.03\nРасчСчет={OURS}\n");
    for [number, sum, payer, purpose] in documents {
        text.push_str(&format!(
            "СекцияДокумент=Платежное поручение\nНомер={number}\nСумма={sum}\n\
             ПлательщикСчет={payer}\nПолучательСчет={OURS}\n\
             ДатаПоступило={day:02}.{month:02}.{year}\nНазначениеПлатежа={purpose}\n\
             КонецДокумента\n"
        ));
    }
    text + "КонецФайла\n"
}

async fn ready() -> Stand {
    let stand = Stand::ready().await;
    assert_eq!(stand.put("/v1/services", &services()).await.status, 200);
    for number in [ONE, TWO] {
        assert_eq!(stand.put(&account(number), &json!({})).await.status, 201);
    }
    stand
}

pub(crate) async fn load(stand: &Stand, name: &str, more: &str, text: &str) -> Answer {
    let path = format!("/v1/imports?name={name}&by=tester{more}");
    let body = text.as_bytes().to_vec();
    stand.send("POST", &path, Some(&bearer()), body).await
}

/// A person decides about a row.
async fn decide(stand: &Stand, row: &str, choice: &Value) -> Answer {
    let mut body = json!({"by": "Бухгалтер", "reason": "звонок в банк"});
    if let (Some(body), Some(choice)) = (body.as_object_mut(), choice.as_object()) {
        body.extend(choice.clone());
    }
    let body = body.to_string();
    stand.send("POST", row, Some(&bearer()), body).await
}

/// The sums of the receipts in the drives, kopecks.
async fn printed(stand: &Stand) -> Vec<i64> {
    stand.all_acknowledged().await;
    let mut sums: Vec<i64> = stand.receipts_on_drives().iter().map(|it| it.2).collect();
    sums.sort_unstable();
    sums
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_becomes_receipts_once_whatever_it_is_called() {
    let stand = ready().await;
    let file = registry(
        today(&stand),
        &[("7001", ONE, "650.00"), ("7002", TWO, "12.34")],
    );

    let look = load(&stand, "a.txt", "&dry_run=true", &file).await;
    assert_eq!((look.status, &look.body["state"]), (200, &json!("preview")));
    assert_eq!(look.body["receipts"], 2);
    assert_eq!(look.body["classes"][0]["class"], "matched");
    assert_eq!(stand.stored().0, 0, "a look stores nothing");

    let loaded = load(&stand, "a.txt", "", &file).await;
    assert_eq!(loaded.status, 201, "{loaded:?}");
    assert_eq!(loaded.body["accepted"], 2);
    assert_eq!(loaded.body["amount"], "662.34");
    assert_eq!(loaded.body["by"], "tester");
    assert_eq!(printed(&stand).await, [1234, 65_000]);

    for name in ["a.txt", "b.txt"] {
        let again = load(&stand, name, "", &file).await;
        assert_eq!(again.status, 200, "{again:?}");
        assert_eq!(again.body["state"], "already_loaded");
        assert_eq!(again.body["id"], loaded.body["id"]);
    }
    // The same operations in other bytes, and one of them again beside a new one.
    let spelled = load(&stand, "c.txt", "", &file.replace("\r\n", "\n")).await;
    assert_eq!(spelled.status, 201, "{spelled:?}");
    assert_eq!(
        (&spelled.body["accepted"], &spelled.body["duplicates"]),
        (&json!(0), &json!(2))
    );
    let overlapping = [("7002", TWO, "12.34"), ("7003", ONE, "5.00")];
    let overlapping = load(&stand, "d.txt", "", &registry(today(&stand), &overlapping)).await;
    assert_eq!(overlapping.body["accepted"], 1, "{overlapping:?}");
    assert_eq!(overlapping.body["duplicates"], 1);

    assert_eq!(printed(&stand).await, [500, 1234, 65_000]);
    let files = stand.get("/v1/imports").await.body;
    let names: Vec<&Value> = files
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, ["d.txt", "c.txt", "a.txt"]);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_one_bad_line_or_one_refused_payment_is_refused_whole() {
    let stand = ready().await;
    let today = today(&stand);
    let good = registry(today, &[("7001", ONE, "650.00"), ("7002", TWO, "12.34")]);
    let cut = &good[..good.find("=2;").unwrap()];
    let refused = load(&stand, "a.txt", "", cut).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("bad_file"))
    );
    assert!(
        refused.body["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("cut short")
    );
    let refused = load(&stand, "a.txt", "", &good.replace("12.34;12", "12.x4;12")).await;
    assert_eq!(refused.body["errors"][0]["line"], 2, "{refused:?}");
    assert_eq!(refused.body["errors"][0]["field"], "paid");

    // More than a receipt can say.
    let vast = [("7001", ONE, "650.00"), ("7002", TWO, "50000000000000.00")];
    let vast = registry(today, &vast);
    let refused = load(&stand, "a.txt", "", &vast).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("rows_refused")),
        "{refused:?}"
    );
    assert_eq!(refused.body["errors"][0]["line"], 2, "{refused:?}");
    assert_eq!(stand.stored().0, 0, "nothing of them was stored");
    assert_eq!(stand.get("/v1/imports").await.body, json!([]));

    let loaded = load(&stand, "a.txt", "&skip_refused=true", &vast).await;
    assert_eq!(
        (loaded.status, &loaded.body["accepted"]),
        (201, &json!(1)),
        "{loaded:?}"
    );
    assert_eq!(loaded.body["waiting_rows"][0]["class"], "refused");
    assert_eq!(printed(&stand).await, [65_000]);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_may_have_come_before_and_money_of_nobody_wait_for_a_person() {
    let stand = ready().await;
    let today = today(&stand);
    // The last one has a number of the file by chance: it is of another account.
    for (key, account, sum) in [
        ("billing-1", ONE, "650.00"),
        ("7004", TWO, "4.00"),
        ("7006", TWO, "4.50"),
    ] {
        let mut by_billing = payment(key, account, sum);
        by_billing["date"] = json!(today.to_string());
        assert_eq!(stand.post("", &by_billing).await.status, 202);
    }

    let lines = [
        ("7001", ONE, "650.00"),
        ("7002", "404", "7.00"),
        ("7003", TWO, "1.00"),
        ("7003", TWO, "1.00"),
        ("7004", TWO, "4.00"),
        ("7005", "405", "8.00"),
        ("7006", ONE, "4.50"),
    ];
    let loaded = load(&stand, "a.txt", "", &registry(today, &lines)).await;
    assert_eq!(loaded.status, 201, "{loaded:?}");
    assert_eq!(
        (&loaded.body["accepted"], &loaded.body["duplicates"]),
        (&json!(2), &json!(1))
    );
    let waiting = loaded.body["waiting_rows"].as_array().unwrap();
    let waiting: Vec<String> = waiting
        .iter()
        .map(|row| format!("{} {}", row["line"], row["class"].as_str().unwrap()))
        .collect();
    assert_eq!(waiting, ["1 held", "2 unmatched", "4 held", "6 unmatched"]);

    let place = format!("/v1/imports/{}", loaded.body["id"]);
    let row = |line: u32| format!("{place}/rows/{line}");
    let skipped = decide(&stand, &row(1), &json!({"skip": true})).await;
    assert_eq!(
        (skipped.status, &skipped.body["state"]),
        (200, &json!("skipped")),
        "{skipped:?}"
    );
    let wrong = decide(&stand, &row(2), &json!({"account": "404"})).await;
    assert_eq!(
        (wrong.status, &wrong.body["code"]),
        (422, &json!("unknown_account"))
    );
    let found = decide(&stand, &row(2), &json!({"account": ONE})).await;
    assert_eq!(
        (found.status, &found.body["state"]),
        (200, &json!("loaded")),
        "{found:?}"
    );
    assert!(found.body["operation"].is_string());
    let second = decide(&stand, &row(4), &json!({"account": TWO})).await;
    assert_eq!(
        second.status, 200,
        "two payments of one number may be two: {second:?}"
    );
    for (line, body, status, code) in [
        (1, json!({"skip": true}), 409, "row_decided"),
        (2, json!({"account": TWO}), 409, "row_decided"),
        (3, json!({"skip": true}), 404, "unknown_row"),
        (6, json!({"skip": true, "account": ONE}), 422, "bad_value"),
        (6, json!({"skip": true, "reason": " "}), 422, "not_signed"),
    ] {
        let answer = decide(&stand, &row(line), &body).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (status, &json!(code)),
            "{answer:?}"
        );
    }
    assert_eq!(stand.get(&place).await.body["waiting"], 1);
    assert_eq!(
        printed(&stand).await,
        [100, 100, 400, 450, 450, 700, 65_000]
    );
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn money_of_nobody_is_loaded_as_unidentified_by_choice() {
    let stand = ready().await;
    let file = registry(today(&stand), &[("7001", "404", "7.00")]);
    let loaded = load(&stand, "a.txt", "&as_unidentified=true", &file).await;
    assert_eq!(
        (&loaded.body["accepted"], &loaded.body["receipts"]),
        (&json!(1), &json!(0))
    );
    let identify = json!({"type": "identify", "key": "i", "payment": "sber:7001", "account": ONE});
    assert_eq!(stand.post("?wait=30", &identify).await.status, 201);
    assert_eq!(printed(&stand).await, [700]);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_matches_payers_and_holds_the_transfer_of_a_known_registry() {
    let stand = ready().await;
    let today = today(&stand);
    let registry = registry(today, &[("7001", ONE, "650.00"), ("7002", TWO, "12.34")]);
    assert_eq!(load(&stand, "reestr.txt", "", &registry).await.status, 201);
    let bank = "30232810000000000009";
    let person = "40817810000000000005";
    let business = "40702810000000000077";
    let documents = [
        ["686333", "662.34", bank, "По реестру"],
        [
            "11",
            "400.00",
            person,
            "За интернет, ЛС 0000001001, НДС=66.67",
        ],
        ["12", "4000.00", business, "По счету 5, ЛС 0000001002"],
        [
            "13",
            "3.00",
            person,
            "Дог. 0000001001, бывший ЛС 0000001002",
        ],
        ["14", "2.00", person, "спасибо"],
    ];
    let file = statement(today, &documents);
    let loaded = load(&stand, "kl_to_1c.txt", "", &file).await;
    assert_eq!(loaded.status, 201, "{loaded:?}");
    assert_eq!(loaded.body["accepted"], 1);
    let rows = loaded.body["waiting_rows"].as_array().unwrap();
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            let word = |key: &str| row[key].as_str().unwrap();
            format!("{} {} {}", word("number"), word("class"), word("state"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "686333 held waiting",
            "12 business skipped",
            "13 held waiting",
            "14 unmatched waiting"
        ]
    );
    assert!(rows[0]["reason"].as_str().unwrap().contains("reestr.txt"));
    // What the rules have left out a person may load.
    let place = format!("/v1/imports/{}/rows/{}", loaded.body["id"], rows[1]["line"]);
    let included = decide(&stand, &place, &json!({"account": TWO})).await;
    assert_eq!(included.status, 200, "{included:?}");
    // The same documents, exported once more with another.
    let mut more = documents.to_vec();
    more.push(["15", "9.00", person, "л/с №0000001001"]);
    let again = load(&stand, "kl_to_1c.txt", "", &statement(today, &more)).await;
    assert_eq!(again.body["accepted"], 1, "{again:?}");
    assert_eq!(again.body["duplicates"], 2);
    assert_eq!(printed(&stand).await, [900, 1234, 40_000, 65_000, 400_000]);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_after_its_transfer_says_where_the_transfer_is() {
    let stand = ready().await;
    let today = today(&stand);
    let transfer = [["686333", "650.00", "30232810000000000009", "По реестру"]];
    let first = load(&stand, "kl_to_1c.txt", "", &statement(today, &transfer)).await;
    assert_eq!(first.body["waiting"], 1, "{first:?}");
    let registry = registry(today, &[("7001", ONE, "650.00")]);
    let second = load(&stand, "reestr.txt", "", &registry).await;
    let note = second.body["notes"][0].as_str().unwrap();
    assert!(
        note.contains("686333") && note.contains("waits: skip it"),
        "{note}"
    );
    assert_eq!(printed(&stand).await, [65_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_of_ours_is_refused_by_name() {
    let mut stand = Stand::new();
    stand.setup.statements.our_accounts = vec!["40702810000000000009".to_owned()];
    stand.open().await;
    let today = today(&stand);
    for (name, more, text, code) in [
        ("a.txt", "", "hello".to_owned(), "unknown_kind"),
        (
            "a.txt",
            "&profile=nobody",
            "hello".to_owned(),
            "unknown_profile",
        ),
        ("a.txt", "&profile=csv", "hello".to_owned(), "bad_file"),
        ("kl_to_1c.txt", "", statement(today, &[]), "not_our_account"),
        ("a.txt", "&by=%20", String::new(), "not_signed"),
    ] {
        let path = format!("/v1/imports?name={name}{more}");
        let refused = stand.send("POST", &path, Some(&bearer()), text).await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (422, &json!(code)),
            "{refused:?}"
        );
    }
    for query in [
        "",
        "?name=",
        "?name=a%2Fb",
        "?name=a&business=maybe",
        "?name=a&what=1",
    ] {
        let path = format!("/v1/imports{query}");
        let refused = stand.send("POST", &path, Some(&bearer()), "").await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (400, &json!("bad_query")),
            "{query}"
        );
    }
    assert_eq!(
        stand.get("/v1/imports/7").await.body["code"],
        "unknown_import"
    );
    assert_eq!(
        stand
            .send("POST", "/v1/imports?name=a", None, "")
            .await
            .status,
        401
    );
}
