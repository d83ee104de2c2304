use proptest::{prelude::*, sample::Index};

use super::*;

fn today() -> LocalDate {
    "2026-11-22".parse().unwrap()
}

fn read(json: &str) -> Result<NewOperation, Problem> {
    read_operation(json, today())
}

const PAYMENT: &str = r#"{"type":"payment","key":"p-1","account":"№ 12/3","date":"2026-11-20","parts":[{"kind":"cash","amount":"100.00"},{"kind":"cashless","amount":"0.05"}],"channel":"desk","explicit":[{"debt":"d-1","amount":"1.00"},{"penalty":"f-1","amount":"2.00"},{"written_off":"w-1","amount":"3.00"},{"advance":"INET","amount":"4.00"},{"advance":null,"amount":"5.00"}],"purpose_period":"2026-10"}"#;
const CHARGE: &str = r#"{"type":"charge","key":"c-1","account":"100001","lines":[{"service":"INET","period":"2026-11","amount":"650.00"}]}"#;

#[test]
fn the_canonical_body_never_changes() {
    // It is hashed and kept for years: another spelling would turn repeats into conflicts.
    for canonical in [PAYMENT, CHARGE] {
        assert_eq!(read(canonical).unwrap().body, canonical);
    }
    let spelled = r#" {"lines" : [ {"amount": 650.0, "period":"2026\u002d11","service":"INET"}],
        "date": null, "account":"100001","key":"\u0063-1", "type":"charge"} "#;
    assert_eq!(read(spelled).unwrap().body, CHARGE);
}

#[test]
fn corrections_are_kept_as_they_were_before_they_had_a_basis_and_a_short_form() {
    for canonical in [
        r#"{"type":"fix_receipt","key":"f-1","original":"0000000000001","right":{"sno":1,"lines":[],"payments":{"cash":"0.00","cashless":"1.00","prepaid":"0.00","credit":"0.00","counter":"0.00"}},"ledger":false,"accepted":true,"order":"17"}"#,
        r#"{"type":"fix_receipt","key":"f-2","original":"0000000000001","change":{"vat":{"from":"20","to":"22"},"sno":1,"amounts":["1.00","0.00"],"supplier":{"service":"TV","agent":null},"rejected":true},"ledger":true,"accepted":true,"basis":{"reason":"wrong_vat","act":{"number":"17","date":"2026-11-20","author":"Иванова"},"comment":"ставка"}}"#,
        r#"{"type":"restore_payment","key":"l-1","account":"1","lost_date":"2026-10-15","parts":[{"kind":"cash","amount":"1.00"}]}"#,
        r#"{"type":"restore_charge","key":"l-2","account":"1","lost_date":"2026-10-31","lines":[{"service":"TV","period":"2026-10","amount":"3.00","prepaid":"1.00","credit":"2.00"}],"basis":{"reason":"lost_source","source_doc":"реестр, строка 4","wrong_doc":{"fn_number":"9999078900000001","fd":7,"fp":12345,"date":"2026-10-31"}}}"#,
    ] {
        let wanted = read_wanted(canonical, today()).unwrap();
        assert_eq!(wanted.operation.body, canonical);
        assert_eq!(
            wanted.operation.basis.is_some(),
            canonical.contains("basis")
        );
        assert_eq!(wanted.fixing.is_some(), canonical.contains("change"));
    }
}

#[test]
fn a_date_that_is_left_out_is_today_s_and_tells_no_two_requests_apart() {
    let read_on = |date: &str| read_operation(CHARGE, date.parse().unwrap()).unwrap();
    let (evening, morning) = (read_on("2026-11-22"), read_on("2026-11-23"));
    let date = |operation: &NewOperation| match &operation.asked {
        desk::Asked::Event(event) => event.date.to_string(),
        desk::Asked::Receipt(ready) => ready.date.to_string(),
    };
    assert_eq!(date(&evening), "2026-11-22");
    assert_eq!(date(&morning), "2026-11-23");
    assert_eq!(evening.body, morning.body);
}

#[test]
fn what_is_wrong_is_named_with_its_field() {
    #[track_caller]
    fn check(from: &str, to: &str, code: &str, field: Option<&str>) {
        let base = if PAYMENT.contains(from) {
            PAYMENT
        } else {
            CHARGE
        };
        assert!(base.contains(from), "{from} is in neither example");
        let problem = read(&base.replacen(from, to, 1)).unwrap_err();
        let told = (problem.code, problem.field.as_deref());
        assert_eq!(told, (code, field), "{to}: {}", problem.detail);
    }
    let bad = "bad_value";
    check("{\"type\"", "", "malformed", None);
    check("]}", "]}}", "malformed", None);
    check("\"payment\"", "\"gift\"", "unknown_type", Some("type"));
    check("\"payment\"", "7", bad, Some("type"));
    check("\"type\":\"payment\",", "", bad, None);
    check("\"key\":\"p-1\",", "", bad, None);
    check("\"key\":\"p-1\"", "\"key\":\"\"", bad, Some("key"));
    check("p-1", &"k".repeat(65), bad, Some("key"));
    check("p-1", "p\\n1", bad, Some("key"));
    check("p-1", "p\\u0000", bad, Some("key"));
    check("\"p-1\"", "null", bad, Some("key"));
    check(
        "\"key\":\"p-1\"",
        "\"key\":\"p-1\",\"key\":\"p-1\"",
        bad,
        None,
    );
    check("\"key\":", "\"clef\":1,\"key\":", bad, Some("clef"));
    check("№ 12/3", "", bad, Some("account"));
    check("2026-11-20", "2026-02-30", bad, Some("date"));
    check("2026-11-20", "20.11.2026", bad, Some("date"));
    check("2026-10", "2026-13", bad, Some("purpose_period"));
    check("\"desk\"", "\"pigeon\"", bad, Some("channel"));
    check("\"100.00\"", "\"100.001\"", bad, Some("parts[0].amount"));
    check("\"0.05\"", "5e-2", bad, Some("parts[1].amount"));
    check("\"0.05\"", "0", bad, Some("parts[1].amount"));
    check("\"0.05\"", "{\"roubles\":1}", bad, Some("parts[1].amount"));
    check("\"cash\"", "\"gold\"", bad, Some("parts[0].kind"));
    check(
        "{\"kind\":\"cash\",\"amount\":\"100.00\"}",
        "[\"cash\",1]",
        bad,
        Some("parts[0]"),
    );
    check("{\"debt\":\"d-1\",", "{", bad, Some("explicit[0]"));
    check(
        "\"penalty\"",
        "\"debt\":\"d-2\",\"penalty\"",
        bad,
        Some("explicit[1]"),
    );
    check(
        "{\"debt\":\"d-1\"",
        "{\"debt\":\"\"",
        bad,
        Some("explicit[0].debt"),
    );
    check(
        "\"INET\",\"amount\"",
        "\"ИНЕТ\",\"amount\"",
        bad,
        Some("explicit[3].advance"),
    );
    check("\"650.00\"", "-650", bad, Some("lines[0].amount"));
}

#[test]
fn a_ready_receipt_is_read_strictly_and_kept_canonically() {
    const READY: &str = r#"{"type":"receipt","key":"r-1","sign":1,"sno":1,"internet":false,"lines":[{"name":"Вода","price":"45.10","quantity":"3.500","amount":"157.85","method":4,"subject":4,"vat_code":6,"measure":42}],"payments":{"cash":"0.00","cashless":"157.85","prepaid":"0.00","credit":"0.00","counter":"0.00"},"correction":{"date":"2026-10-01"}}"#;
    assert_eq!(read(READY).unwrap().body, READY);
    let bare = READY.replace("\"internet\":false,", "");
    assert_eq!(read(&bare).unwrap().body, READY);
    for (from, to, field) in [
        ("\"sign\":1", "\"sign\":0", "sign"),
        ("\"sno\":1", "\"sno\":3", "sno"),
        ("\"method\":4", "\"method\":9", "lines[0]"),
        ("3.500", "-1", "lines[0].quantity"),
        ("\"157.85\",\"method\"", "0,\"method\"", "lines[0].amount"),
        ("\"2026-10-01\"", "\"1 октября\"", "correction.date"),
        (
            "\"lines\":[{",
            "\"vat_totals\":[{\"code\":1,\"sum\":1}],\"lines\":[{",
            "vat_totals",
        ),
    ] {
        assert!(READY.contains(from), "{from}");
        let problem = read(&READY.replacen(from, to, 1)).unwrap_err();
        assert_eq!(problem.field.as_deref(), Some(field), "{problem}");
    }
}

#[test]
fn huge_words_are_not_thrown_back() {
    let word = "ы".repeat(1_000_000);
    for json in [
        format!("{{\"type\":\"{word}\"}}"),
        CHARGE.replace("\"account\"", &format!("\"{word}\"")),
        CHARGE.replace("100001", &word),
        CHARGE.replace("\"650.00\"", &format!("{{\"{word}\":1}}")),
        CHARGE.replace("\"650.00\"", &"9".repeat(1_000_000)),
    ] {
        let problem = serde_json::to_string(&read(&json).unwrap_err()).unwrap();
        assert!(problem.len() < 4_000, "{} bytes", problem.len());
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let deep = "[".repeat(4_000_000);
    for json in [
        deep.clone(),
        CHARGE.replace("\"650.00\"", &deep),
        CHARGE.replace("\"INET\"", &deep),
        CHARGE.replace("\"type\"", &format!("\"x\":{deep},\"type\"")),
    ] {
        assert!(read(&json).is_err());
    }
    assert!(read_json::<Elements<'_, 10>>(&deep).is_err());
}

#[test]
fn elements_above_the_most_are_counted_and_not_kept() {
    let Elements { items, count } = read_json::<Elements<'_, 2>>("[1, [2], {}, null]").unwrap();
    assert_eq!((items.len(), count), (2, 4));
}

/// An amount in kopecks and the ways to write it.
fn amount() -> impl Strategy<Value = (i64, String)> {
    (1_i64..=9_007_199_254_740_991, 0..4_u8).prop_map(|(kopecks, form)| {
        let full = format!("{}.{:02}", kopecks / 100, kopecks % 100);
        let short = full.trim_end_matches('0').trim_end_matches('.').to_owned();
        let text = match form {
            0 => format!("\"{full}\""),
            1 => full,
            2 => format!("\"{short}\""),
            _ => short,
        };
        (kopecks, text)
    })
}

/// A charge written in one of its ways, and its lines in kopecks.
fn charge_in_some_spelling() -> impl Strategy<Value = (Vec<i64>, String)> {
    let space = prop::sample::select(vec!["", " ", "\n\t", "\r\n  "]);
    let line = (amount(), space.clone()).prop_flat_map(|((kopecks, amount), s)| {
        let fields = vec![
            format!("{s}\"service\"{s}:{s}\"INET\""),
            format!("\"period\":\"2026-11\"{s}"),
            format!("{s}\"amount\":{s}{amount}{s}"),
        ];
        let object = |fields: Vec<String>| format!("{{{}}}", fields.join(","));
        (Just(kopecks), Just(fields).prop_shuffle().prop_map(object))
    });
    (prop::collection::vec(line, 0..5), space).prop_flat_map(|(lines, s)| {
        let (kopecks, lines): (Vec<i64>, Vec<String>) = lines.into_iter().unzip();
        let fields = vec![
            format!("{s}\"type\":\"charge\"{s}"),
            format!("\"key\"{s}:\"c-1\""),
            "\"account\":\"100001\"".to_owned(),
            format!("\"lines\":[{s}{}{s}]", lines.join(",")),
        ];
        let object = move |fields: Vec<String>| format!("{s}{{{}}}{s}", fields.join(","));
        (Just(kopecks), Just(fields).prop_shuffle().prop_map(object))
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = read(&text);
        let _ = read_json::<Elements<'_, 3>>(&text);
    }

    #[test]
    fn a_damaged_operation_is_read_or_refused(
        payment in any::<bool>(),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = if payment { PAYMENT } else { CHARGE }.as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(operation) = read(&String::from_utf8_lossy(&bytes)) {
            prop_assert_eq!(read(&operation.body).unwrap().body, operation.body);
        }
    }

    #[test]
    fn every_spelling_has_the_same_canonical_body((kopecks, json) in charge_in_some_spelling()) {
        let operation = read(&json).unwrap();
        let lines: Vec<String> = kopecks
            .iter()
            .map(|kopecks| format!(
                "{{\"service\":\"INET\",\"period\":\"2026-11\",\"amount\":\"{}.{:02}\"}}",
                kopecks / 100, kopecks % 100,
            ))
            .collect();
        let expected = format!(
            "{{\"type\":\"charge\",\"key\":\"c-1\",\"account\":\"100001\",\"lines\":[{}]}}",
            lines.join(","),
        );
        prop_assert_eq!(&operation.body, &expected);
        let again = read(&operation.body).unwrap();
        prop_assert_eq!(again.asked, operation.asked);
    }
}
