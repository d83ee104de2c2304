//! Files as banks send them, all of invented people: what is read of them, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fmt::Write;

use statements::{
    Columns, Encoding, Kind, Parsed, Place, Profile, ReceiptSum, RegistryName, Unreadable, decode,
    detect, read,
};

const REGISTRY: &str = "upsh_7802781104_40702810000000000001_123.txt";

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../protocol-fixtures/statements/"
    );
    std::fs::read(format!("{folder}{name}")).unwrap()
}

fn text_of(name: &str) -> String {
    decode(&fixture(name)).unwrap().0.into_owned()
}

fn sber(text: &str) -> Result<Parsed<'_>, Unreadable> {
    read(text, Kind::Sberbank, &Profile::standard())
}

fn statement(text: &str) -> Result<Parsed<'_>, Unreadable> {
    read(text, Kind::ClientBank, &Profile::standard())
}

fn table(text: &str) -> Result<Parsed<'_>, Unreadable> {
    read(text, Kind::Table, &Profile::standard())
}

/// The rows in short: line, day, account, sum, number, payer, purpose.
fn rows(parsed: &Parsed<'_>) -> String {
    let mut text = String::new();
    for row in &parsed.rows {
        let (line, date, amount) = (row.line, row.date, row.amount);
        let (account, number) = (&row.account, &row.number);
        let (payer, purpose) = (&row.payer, &row.purpose);
        writeln!(
            text,
            "{line} {date} {account} {amount} {number} {payer:?} {purpose:?}"
        )
        .unwrap();
    }
    text
}

#[test]
fn a_registry_is_read_with_its_totals_and_its_payment_order() {
    let bytes = fixture(REGISTRY);
    let (text, encoding) = decode(&bytes).unwrap();
    assert_eq!(encoding, Encoding::Cp1251);
    assert_eq!(detect(&text, REGISTRY), Some(Kind::Sberbank));
    let parsed = sber(&text).unwrap();
    assert_eq!(
        rows(&parsed),
        "1 2026-01-03 0000001001 8575.32 100000000001 \"ИВАНОВ ИВАН ИВАНОВИЧ\" \"\"\n\
         2 2026-01-03 0000001002 2231.21 100000000002 \"\" \"\"\n"
    );
    let row = &parsed.rows[0];
    assert_eq!(row.time.unwrap().to_string(), "09:32:33");
    assert_eq!(row.period.unwrap().to_string(), "2025-12");
    assert_eq!(row.channel, "1111999V");
    assert_eq!(row.address, "Г МОСКВА, УЛ ОБРАЗЦОВАЯ, Д.1, КВ.1");
    assert_eq!(parsed.totals.paid.to_string(), "10806.53");
    assert_eq!(parsed.totals.transferred.to_string(), "10784.44");
    assert_eq!(parsed.totals.fee.to_string(), "22.09");
    let order = parsed.about.order.unwrap();
    assert_eq!(order.number, "686333");
    assert_eq!(order.date.unwrap().to_string(), "2026-01-06");
}

#[test]
fn encoding_line_ends_decimals_and_the_thirteenth_field_make_no_difference() {
    let first = text_of(REGISTRY);
    let expected = rows(&sber(&first).unwrap());
    let other = fixture("registry-12-fields-utf8.txt");
    let (other, encoding) = decode(&other).unwrap();
    assert_eq!(encoding, Encoding::Utf8);
    assert_eq!(detect(&other, "any.txt"), Some(Kind::Sberbank));
    assert_eq!(rows(&sber(&other).unwrap()), expected);
    let with_mark = [b"\xEF\xBB\xBF", other.as_bytes()].concat();
    let (marked, _) = decode(&with_mark).unwrap();
    assert_eq!(rows(&sber(&marked).unwrap()), expected);
    let dos: Vec<u8> = first.chars().map(cp866).collect();
    let (dos, encoding) = decode(&dos).unwrap();
    assert_eq!(encoding, Encoding::Cp866);
    assert_eq!(rows(&sber(&dos).unwrap()), expected);
}

fn cp866(letter: char) -> u8 {
    match letter {
        'А'..='п' => (letter as u32 - 'А' as u32 + 0x80) as u8,
        'р'..='я' => (letter as u32 - 'р' as u32 + 0xE0) as u8,
        letter => letter as u8,
    }
}

#[test]
fn a_registry_whose_totals_are_wrong_missing_or_not_the_last_is_refused_whole() {
    let good = text_of(REGISTRY);
    let totals = &good[good.find("=2;").unwrap()..];
    let first = good.lines().next().unwrap();
    let without_first = good.replacen(&format!("{first}\r\n"), "", 1);
    let cases = [
        (good.replace("=2;", "=3;"), "line 3, count: the totals"),
        (
            good.replace("10806,53", "10806,54"),
            "line 3, sum: the totals say 10806.54, the lines come to 10806.53",
        ),
        (good.replace("10784,44", "10784,4"), "line 3, transferred"),
        (good.replace(";22,09;6", ";22,9;6"), "line 3, fee"),
        (without_first, "of 2 payments, the file has 1"),
        (good.replace(totals, ""), "the file was cut short"),
        (good.replace(&totals[14..], ""), "line 3: the totals have"),
        (
            format!("{good}{totals}"),
            "line 4: the totals stand in line 3 already",
        ),
        (
            format!("{good}\r\nend"),
            "line 5: nothing follows the totals of line 3",
        ),
        (format!("{good}{first}"), "line 4: nothing follows"),
        (
            good.replace("8575,32;8", "8575,3x;8"),
            "line 1, paid: «8575,3x» is no sum",
        ),
        (
            good.replacen("03-01", "31-02", 1),
            "line 1, date: «31-02-2026» is no date",
        ),
        (
            good.replace("100000000002", ""),
            "line 2, operation number: it is empty",
        ),
    ];
    for (text, told) in cases {
        let refused = sber(&text).expect_err(told).to_string();
        assert!(refused.contains(told), "{told}: {refused}");
    }
    let blank = format!("{good}\r\n  \r\n");
    assert!(sber(&blank).is_ok(), "blank lines are no text");
    assert_eq!(sber("=0;0,00;0,00;0,00;;").unwrap().rows, []);
}

#[test]
fn each_wrong_line_is_told() {
    let text = text_of(REGISTRY).replace("03-01-2026", "03.01.2026");
    let Unreadable(errors) = sber(&text).unwrap_err();
    let lines: Vec<_> = errors.iter().filter_map(|error| error.line).collect();
    assert!(lines.starts_with(&[1, 2]), "{errors:?}");
}

#[test]
fn a_profile_finds_the_sums_of_a_longer_line_from_the_right() {
    let text = text_of("registry-services.txt");
    let refused = sber(&text).unwrap_err().to_string();
    assert!(refused.contains("by a profile of its own"), "{refused}");

    let place = |at| Place::new(at).unwrap();
    let profile = Profile {
        name: "services".to_owned(),
        fields: (13, 20),
        columns: Columns {
            paid: place(-4),
            transferred: place(-3),
            fee: place(-2),
            ..Profile::standard().columns
        },
        sum: ReceiptSum::Transferred,
    };
    let parsed = read(&text, Kind::Sberbank, &profile).unwrap();
    assert_eq!(parsed.rows[0].amount.to_string(), "643.50");
    assert_eq!(parsed.totals.paid.to_string(), "650.00");
    assert_eq!(parsed.rows[0].account, "00042");
    for bad in [0, 65, -65, i64::MIN] {
        assert!(Place::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_statement_tells_incoming_money_from_the_rest_in_both_code_pages() {
    let files = [
        ("kl_to_1c-windows.txt", Encoding::Cp1251),
        ("kl_to_1c-dos.txt", Encoding::Cp866),
    ];
    for (name, expected) in files {
        let bytes = fixture(name);
        let (text, encoding) = decode(&bytes).unwrap();
        assert_eq!(encoding, expected);
        assert_eq!(detect(&text, name), Some(Kind::ClientBank));
        let parsed = statement(&text).unwrap();
        let seen: Vec<String> = parsed
            .rows
            .iter()
            .map(|row| {
                let (from, to) = (&row.payer_account, &row.our_account);
                format!("{} {} {from} {to}", row.number, row.amount)
            })
            .collect();
        assert_eq!(
            seen,
            [
                "686333 10784.44 30232810000000000009 40702810000000000001",
                "11 400.00 40817810000000000005 40702810000000000001",
                "12 4000.00 40702810000000000077 40702810000000000001",
                "14 100.00 42301810000000000003 40702810000000000002",
            ]
        );
        let row = &parsed.rows[1];
        assert_eq!(row.payer, "СИДОРОВ СИДОР СИДОРОВИЧ");
        assert_eq!(row.purpose, "Оплата за интернет, договор № 00042");
        assert!(parsed.rows[2].purpose.ends_with("НДС=721.31"));
        assert!(parsed.rows[3].purpose.ends_with("0000001002 спасибо"));
        assert_eq!(parsed.about.others, 1, "the outgoing one");
        let declared = parsed.totals.declared.unwrap();
        assert_eq!(declared.to_string(), "15284.44");
        assert_eq!(parsed.totals.amount, declared);
    }
}

#[test]
fn a_statement_that_is_no_whole_statement_is_refused() {
    let good = text_of("kl_to_1c-windows.txt");
    let until = |word: &str| good[..good.find(word).unwrap()].to_owned();
    let cases = [
        (good.replacen("1CC", "2CC", 1), "the first line is not"),
        (until("СекцияДокумент=Банк"), "cut short"),
        (until("НазначениеПлатежа1"), "cut short"),
        (format!("{good}\nНомер=1"), "nothing follows КонецФайла"),
        (
            good.replace("=1.03", "=2.00"),
            "version «2.00» is not known",
        ),
        (good.replace("ВерсияФ", "Ф"), "does not name its version"),
        (good.replace("\nРасчСчет=", "\nСчет="), "names no account"),
        (
            good.replace("Сумма=400.00", "Сумма=много"),
            "Сумма: «много»",
        ),
        (good.replace("Сумма=400.00", "Итого=400.00"), "has no sum"),
        (good.replace("о=06.01", "о=06.13"), "ДатаПоступило: «06.13"),
        (
            good.replacen("КонецДокумента\r\n", "", 1),
            "line 38: the document of line 27 has not ended",
        ),
    ];
    for (text, told) in cases {
        let refused = statement(&text).expect_err(told).to_string();
        assert!(refused.contains(told), "{told}: {refused}");
    }
    for version in ["1.01", "1.02"] {
        assert!(statement(&good.replace("1.03", version)).is_ok());
    }
}

#[test]
fn registries_of_lanbilling_and_tables_are_read() {
    let text = text_of("lanbilling.txt");
    assert_eq!(detect(&text, "reestr.txt"), Some(Kind::Lanbilling));
    let parsed = read(&text, Kind::Lanbilling, &Profile::standard()).unwrap();
    assert_eq!(
        rows(&parsed),
        "2 2026-01-05 00042 650.00 LB-1 \"\" \"без НДС\"\n\
         3 2026-01-05 00043 1200.50 LB-2 \"\" \"\"\n"
    );
    assert_eq!(parsed.about.accounts, ["40702810000000000001"]);

    let text = text_of("table.csv");
    assert_eq!(detect(&text, "table.csv"), Some(Kind::Table));
    assert_eq!(
        rows(&table(&text).unwrap()),
        "2 2026-01-05 00042 650.00 T-1 \"Иванова; Анна\" \"\"\n\
         3 2026-01-05 00043 12.50 T-2 \"\" \"\"\n"
    );
    let english = "account,date,amount,number\n00042,2026-01-05,\"650,00\",T-1\n";
    assert_eq!(detect(english, ""), Some(Kind::Table));
    assert_eq!(table(english).unwrap().rows[0].amount.to_string(), "650.00");
    for (bad, told) in [
        ("account;date\n1;2026-01-05\n", "no column amount"),
        ("account;date;amount;сумма\n", "column twice"),
        (
            "account;date;amount\n1;2026-01-05\n",
            "line 2: it cannot be read",
        ),
        ("account;date;amount\n1;5 января;7\n", "line 2, date"),
    ] {
        let refused = table(bad).unwrap_err().to_string();
        assert!(refused.contains(told), "{bad:?}: {refused}");
    }
}

#[test]
fn what_is_no_file_of_payments_is_not_taken_for_one() {
    for text in [
        "",
        "\n",
        "hello",
        "a;b;c\n1;2;3\n",
        "{\"type\":\"payment\"}",
        "40702810000000000001\nx",
    ] {
        assert_eq!(detect(text, "file.txt"), None, "{text:?}");
    }
    let utf16: Vec<u8> = "=1;".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(decode(&utf16).unwrap_err().to_string().contains("UTF-16"));
    let long = format!("{};\n=1;0;0;0", "1".repeat(statements::LINE_MAX));
    assert!(sber(&long).unwrap_err().to_string().contains("longer than"));
}

#[test]
fn names_of_registries_say_whose_they_are() {
    let name = RegistryName::read(REGISTRY).unwrap();
    assert_eq!((name.inn, name.number), ("7802781104", "123"));
    assert_eq!(name.account, "40702810000000000001");
    assert!(RegistryName::read("7802781104_40702810000000000001_1.TXT").is_some());
    for other in [
        "",
        "a.txt",
        "1_2_3.txt",
        "7802781104_4070281000000000000_1.txt",
        "7802781104_40702810000000000001_1.csv",
        "7802781104_40702810000000000001_.txt",
    ] {
        assert_eq!(RegistryName::read(other), None, "{other}");
    }
}
