//! Receipts in the form for people.

use serde_json::Value;

use crate::stand::{Stand, payment};

async fn text(stand: &Stand, path: &str) -> (u16, String, String) {
    let (status, content_type, bytes) = stand.fetch(path).await;
    (status, content_type, String::from_utf8(bytes).unwrap())
}

fn first_receipt(operation: &Value) -> String {
    let id = operation["receipts"][0]["id"].as_str().unwrap();
    format!("/v1/receipts/{id}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_can_be_read_as_text_seen_as_a_page_and_scanned() {
    let stand = Stand::ready().await;
    stand.open_account("100001").await;
    let paid = stand
        .post("?wait=30", &payment("pay-1", "100001", "1550"))
        .await;
    assert_eq!(paid.status, 201, "{paid:?}");
    let path = first_receipt(&paid.body);
    let receipt = stand.get(&path).await.body;
    let document = &receipt["document"];

    let (status, content_type, shown) = text(&stand, &format!("{path}.txt")).await;
    assert_eq!(
        (status, content_type.as_str()),
        (200, "text/plain; charset=utf-8")
    );
    assert!(shown.lines().all(|line| line.chars().count() <= 48));
    for (name, value) in [
        ("ФН", document["fn_number"].as_str().unwrap().to_owned()),
        ("ФД", document["fd"].to_string()),
        ("ФП", document["fp"].to_string()),
        ("Смена №", "1".to_owned()),
        ("Чек №", "1".to_owned()),
        ("ИНН", "7802781104".to_owned()),
        ("ИТОГ", "=1550.00".to_owned()),
        ("БЕЗНАЛИЧНЫМИ", "=1550.00".to_owned()),
        ("Эл. адр. покупателя", "abonent@example.ru".to_owned()),
    ] {
        let row = |line: &str| line.starts_with(name) && line.ends_with(&format!(" {value}"));
        assert!(shown.lines().any(row), "{name} {value} in\n{shown}");
    }
    // The drive says whose ККТ it serves, and the journal knows that ККТ by its serial number.
    let row = |name: &str| {
        let line = shown.lines().find(|line| line.starts_with(name));
        line.unwrap().split_whitespace().last().unwrap().to_owned()
    };
    assert_eq!(row("РН ККТ").len(), 16);
    assert!(!row("ЗН ККТ").is_empty());
    assert!(shown.contains("ЭМУЛЯТОР: НЕ ФИСКАЛЬНЫЙ ДОКУМЕНТ"));

    let (status, content_type, page) = text(&stand, &format!("{path}.html")).await;
    assert_eq!(
        (status, content_type.as_str()),
        (200, "text/html; charset=utf-8")
    );
    let qr = document["qr"].as_str().unwrap();
    assert!(page.contains(&qr.replace('&', "&#38;")), "{page}");
    assert!(page.contains("Оплата долга: Доступ в интернет за 10.2026"));

    let (status, content_type, svg) = text(&stand, &format!("{path}.svg")).await;
    assert_eq!((status, content_type.as_str()), (200, "image/svg+xml"));
    assert!(page.contains(&svg), "the page has the same code");

    let (status, content_type, tlv) = stand.fetch(&format!("{path}.tlv")).await;
    assert_eq!(
        (status, content_type.as_str()),
        (200, "application/octet-stream")
    );
    let inside = ffd::Tree::parse(&tlv).unwrap();
    assert_eq!(inside.all(ffd::Tag::ITEM).count(), 3);

    for (path, code) in [
        (format!("{path}.pdf"), "unknown_form"),
        (
            "/v1/receipts/0000000000000.html".to_owned(),
            "unknown_receipt",
        ),
        ("/v1/receipts/x.txt".to_owned(), "unknown_receipt"),
    ] {
        let answer = stand.get(&path).await;
        assert_eq!((answer.status, &answer.body["code"]), (404, &code.into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_that_is_no_document_yet_says_what_it_waits_for() {
    let mut stand = Stand::new();
    stand.open().await;
    stand.open_account("100001").await;
    let paid = stand.post("", &payment("pay-1", "100001", "650")).await;
    assert_eq!(paid.status, 202, "{paid:?}");
    let path = first_receipt(&paid.body);
    for ending in ["html", "txt"] {
        let (status, _, shown) = text(&stand, &format!("{path}.{ending}")).await;
        assert_eq!(status, 409);
        assert!(shown.contains("Чек принят и ждет накопителя."), "{shown}");
        assert!(shown.contains("650.00") && shown.contains("queued"));
    }
    let svg = stand.get(&format!("{path}.svg")).await;
    assert_eq!((svg.status, &svg.body["code"]), (409, &"not_formed".into()));
    let (status, _, tlv) = stand.fetch(&format!("{path}.tlv")).await;
    assert_eq!(status, 200, "it was formed when the payment was accepted");
    assert!(ffd::Tree::parse(&tlv).is_ok());
}
