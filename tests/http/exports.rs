//! Tables for the books: they come to what the receipts come to, and to what the drives have settled.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Cursor,
};

use calamine::{Data, Reader as _, Xlsx};
use quick_xml::{Reader, events::Event};
use serde_json::{Value, json};

use crate::stand::{Stand, owing, payment, services};

/// What a person may write, and no format may take for its own.
const HOSTILE: &str = "Интернет <b>&\"'; ]]> «до 100 Мбит/с»";
/// A spreadsheet would take it for a number.
const FORMULA: &str = "-25";

/// Receipts of all kinds on both drives; the shift of the second drive is closed.
async fn stand() -> Stand {
    let stand = Stand::ready().await;
    let mut declared = services();
    declared["INET"]["name"] = json!(HOSTILE);
    assert_eq!(stand.put("/v1/services", &declared).await.status, 200);
    for (path, key) in [(FORMULA, "1"), ("100002", "2")] {
        let mut account = owing();
        account["debts"][0]["id"] = json!(format!("debt-{key}"));
        account["advances"][0]["id"] = json!(format!("advance-{key}"));
        let opened = stand.put(&format!("/v1/accounts/{path}"), &account).await;
        assert_eq!(opened.status, 201, "{opened:?}");
    }
    let mut payments: Vec<Value> = (1..=9)
        .map(|number| {
            let account = [FORMULA, "100002"][number % 2];
            payment(
                &format!("k{number}"),
                account,
                &format!("{number}00.0{number}"),
            )
        })
        .collect();
    payments[3]["parts"][0]["kind"] = json!("cash");
    let answer = stand.post("?wait=30", &json!(payments)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let refund = json!({"type": "refund", "key": "refund", "account": "100002",
        "date": "2026-11-21", "of": "advance", "service": "TV", "amount": "100.00", "kind": "cash"});
    let refund = stand.post("?wait=30", &refund).await;
    assert_eq!(refund.status, 201, "{refund:?}");
    stand.all_acknowledged().await;
    let swap = stand.order("/v1/cassette/2/swap", &json!({})).await;
    assert_eq!(swap.status, 200, "{swap:?}");
    let closed = |slot: &Value| slot["swap"]["step"] == "pull_out";
    stand.slot_2("the shift of drive 2 is closed", closed).await;
    stand
}

/// Yesterday to tomorrow, as midnight may be near.
fn days(stand: &Stand) -> String {
    let today = stand.desk().clock().local().date();
    let (from, to) = (today.plus_days(-1).unwrap(), today.plus_days(1).unwrap());
    format!("from={from}&to={to}")
}

fn kopecks(text: &str) -> i64 {
    match text {
        "" => 0,
        text => text.replace([',', '.'], "").parse().unwrap(),
    }
}

/// The rows of a table as CSV, each by its headings.
async fn csv_rows(stand: &Stand, table: &str) -> Vec<BTreeMap<String, String>> {
    let path = format!("/v1/exports/{table}.csv?{}", days(stand));
    let (status, media, bytes) = stand.fetch(&path).await;
    assert_eq!((status, media.as_str()), (200, "text/csv; charset=utf-8"));
    let text = String::from_utf8(bytes).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(text.as_bytes());
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        names
            .iter()
            .cloned()
            .zip(row.iter().map(str::to_owned))
            .collect()
    });
    rows.collect()
}

fn of_kind<'a>(
    rows: &'a [BTreeMap<String, String>],
    kind: &str,
) -> Vec<&'a BTreeMap<String, String>> {
    rows.iter().filter(|row| row["Строка"] == kind).collect()
}

/// Text of each element of this name, in order; what stands in others inside of it, too.
fn texts(xml: &[u8], wanted: &str) -> Vec<String> {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut inside, mut found) = (Vec::new(), false, Vec::new());
    loop {
        match reader.read_event_into(&mut buffer).unwrap() {
            Event::Start(start) if start.name().as_ref() == wanted => {
                inside = true;
                found.push(String::new());
            }
            Event::End(end) if end.name().as_ref() == wanted => inside = false,
            Event::Text(text) if inside => {
                found.last_mut().unwrap().push_str(&text);
            }
            Event::GeneralRef(entity) if inside => {
                let letter = match entity.resolve_char_ref().unwrap() {
                    Some(letter) => letter.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&entity)
                        .unwrap()
                        .to_owned(),
                };
                found.last_mut().unwrap().push_str(&letter);
            }
            Event::Eof => return found,
            _ => {}
        }
        buffer.clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_come_to_what_receipts_and_drives_come_to() {
    let stand = stand().await;
    // What the drives themselves have.
    let on_drives = stand.receipts_on_drives();
    let drives: BTreeSet<&str> = on_drives.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(drives.len(), 2, "both drives have worked");

    let receipts = csv_rows(&stand, "receipts").await;
    let rows = of_kind(&receipts, "чек");
    let mut told: Vec<(String, u32, i64)> = rows
        .iter()
        .map(|row| {
            (
                row["ФН"].clone(),
                row["ФД"].parse().unwrap(),
                kopecks(&row["Сумма"]),
            )
        })
        .collect();
    let mut expected = on_drives.clone();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    for row in &rows {
        let paid = [
            "Наличными",
            "Безналичными",
            "ЗачетАванса",
            "ВКредит",
            "ВстречнымПредоставлением",
        ];
        let paid: i64 = paid.iter().map(|name| kopecks(&row[*name])).sum();
        assert_eq!(paid, kopecks(&row["Сумма"]), "{row:?}");
        assert_eq!(row["ОФД"], "подтвержден");
    }
    let of_formula = rows
        .iter()
        .filter(|row| row["ЛицевойСчет"] == format!("'{FORMULA}"));
    assert!(of_formula.count() > 0, "no cell begins a formula");
    let total: i64 = of_kind(&receipts, "итог")
        .iter()
        .map(|row| kopecks(&row["Сумма"]))
        .sum();
    assert_eq!(total, on_drives.iter().map(|it| it.2).sum::<i64>());
    assert_eq!(of_kind(&receipts, "итог").len(), 2, "income and its return");

    let day = csv_rows(&stand, "day").await;
    let sum = |kind: &str| -> i64 {
        of_kind(&day, kind)
            .iter()
            .map(|row| kopecks(&row["Сумма"]))
            .sum()
    };
    assert_eq!(
        (sum("день"), sum("итог"), sum("смена")),
        (total, total, total)
    );
    let closed = "9999078902000002";
    for row in of_kind(&day, "смена") {
        let of_drive = on_drives.iter().filter(|it| it.0 == row["ФН"]);
        let verdict = if row["ФН"] == closed {
            "сходится"
        } else {
            "часть смены"
        };
        assert_eq!(row["Сверка"], verdict, "{row:?}");
        assert_eq!(kopecks(&row["Расхождение"]), 0, "{row:?}");
        assert!(of_drive.count() > 0);
    }
    let settled: i64 = of_kind(&day, "смена")
        .iter()
        .map(|row| kopecks(&row["СуммаПоСмене"]))
        .sum();
    assert_eq!(settled, total);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_table_is_read_back_from_xml_and_from_a_workbook() {
    let stand = stand().await;
    let path = format!("/v1/exports/receipts.xml?{}", days(&stand));
    let (status, media, xml) = stand.fetch(&path).await;
    assert_eq!((status, media.as_str()), (200, "application/xml"));
    assert_eq!(
        stand.fetch(&path).await.2,
        xml,
        "the same journal gives the same bytes"
    );
    let rows = csv_rows(&stand, "receipts").await;
    let receipts = of_kind(&rows, "чек");
    let identifiers: Vec<&String> = receipts.iter().map(|row| &row["Чек"]).collect();
    assert_eq!(texts(&xml, "Чек").iter().collect::<Vec<_>>(), identifiers);
    let numbers: Vec<String> = receipts.iter().map(|row| row["ФД"].clone()).collect();
    assert_eq!(texts(&xml, "ФД"), numbers);
    let names = texts(&xml, "Наименование");
    assert_eq!(names[0], "ООО «Образцовый провайдер»");
    assert!(names.iter().any(|name| name.contains(HOSTILE)), "{names:?}");
    assert!(texts(&xml, "ЛицевойСчет").contains(&FORMULA.to_owned()));
    // The receipts' own sums, their lines' sums, and the totals': all in kopecks.
    let all: i64 = texts(&xml, "Сумма").iter().map(|sum| kopecks(sum)).sum();
    let total: i64 = receipts.iter().map(|row| kopecks(&row["Сумма"])).sum();
    assert_eq!(all, 3 * total);

    let path = format!("/v1/exports/receipts.xlsx?{}", days(&stand));
    let (status, _, book) = stand.fetch(&path).await;
    assert_eq!(status, 200);
    assert_eq!(stand.fetch(&path).await.2, book);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(book)).unwrap();
    let sheet = book.worksheet_range("Чеки").unwrap();
    assert_eq!(sheet.height(), rows.len() + 1);
    let heading: Vec<String> = sheet
        .rows()
        .next()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    let place = |name: &str| heading.iter().position(|it| it == name).unwrap();
    for (row, cells) in rows.iter().zip(sheet.rows().skip(1)) {
        let Data::Float(sum) = cells[place("Сумма")] else {
            panic!("a sum is a number: {cells:?}")
        };
        assert_eq!((sum * 100.0).round() as i64, kopecks(&row["Сумма"]));
        assert_eq!(cells[place("ФН")].to_string(), row["ФН"]);
        assert_eq!(cells[place("Чек")].to_string(), row["Чек"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_receipts_is_a_heading_and_wrong_orders_are_told() {
    let stand = Stand::ready().await;
    for table in ["day", "receipts", "offsets"] {
        let path = format!("/v1/exports/{table}.csv?from=2020-01-01");
        let (status, _, bytes) = stand.fetch(&path).await;
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!((status, text.lines().count()), (200, 1), "{text}");
        let (_, _, xml) = stand
            .fetch(&format!("/v1/exports/{table}.xml?from=2020-01-01"))
            .await;
        assert_eq!(texts(&xml, "ИНН"), ["7802781104"]);
        assert!(texts(&xml, "Итог").is_empty());
    }
    for (path, status, code) in [
        ("day.csv?from=2026-11-02&to=2026-11-01", 400, "bad_query"),
        ("day.csv?from=2020-01-01&to=2026-11-01", 400, "bad_query"),
        ("day.csv?from=yesterday", 400, "bad_query"),
        ("day.pdf?from=2026-11-01", 404, "unknown_table"),
        ("nights.csv?from=2026-11-01", 404, "unknown_table"),
    ] {
        let answer = stand.get(&format!("/v1/exports/{path}")).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (status, &json!(code)),
            "{path}"
        );
    }
}
