//! The document set as the accountant and the tax office open it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use papers::{
    ActOfOffice, Cell, Column, ColumnKind, Compared, CorrectedSettlement, Dossier, Extract,
    ExtractRow, FormedDocument, OfdStatus, Particulars, Reconciliation, RegisterOfOffice,
    ReturnRow, Table, Template, TotalsLine, TotalsSum,
};
use proptest::prelude::*;
use terms::{
    DocumentNumber, FfdVersion, FiscalSign, Kopecks, LocalDate, LocalDateTime, OperationSign,
    TaxSystem, VatCode,
};
use zip::ZipArchive;

fn money(kopecks: i64) -> Kopecks {
    Kopecks::new(kopecks).unwrap()
}

fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn made() -> LocalDateTime {
    "2026-11-23T09:30".parse().unwrap()
}

fn settlement(number: u32, kopecks: i64) -> CorrectedSettlement {
    let amount = money(kopecks);
    CorrectedSettlement {
        number,
        account: Some(format!("00{number}").parse().unwrap()),
        payer: Some("Иванов Иван Иванович".to_owned()),
        date: day("2026-03-02"),
        source: format!("реестр.txt, строка {number}"),
        sign: OperationSign::Income,
        payment_kinds: vec!["безналичными".to_owned()],
        amount,
        vat_codes: vec![VatCode::V22In122],
        vat: VatCode::V22In122.tax_in(amount),
        tax_system: TaxSystem::Common,
        wrong: None,
        reversing: None,
        right: Some(FormedDocument {
            drive: "9999078900001234".parse().unwrap(),
            number: DocumentNumber(1_000 + number),
            sign: FiscalSign(4_000_000_000),
            date: day("2026-11-23"),
        }),
        reason: "lost_source".to_owned(),
        act: Some(act()),
        ofd: OfdStatus::Accepted,
    }
}

fn act() -> ActOfOffice {
    ActOfOffice {
        number: "7".to_owned(),
        date: day("2026-11-20"),
        author: "Петрова А. А.".to_owned(),
    }
}

fn particulars() -> Particulars {
    Particulars {
        organisation: "ООО «Водоканал»".to_owned(),
        inn: "7802781104".parse().unwrap(),
        address: None,
        tax_office: Some("ИФНС России № 1".to_owned()),
        signer: Some("Директор Сидоров С. С.".to_owned()),
        registers: vec![RegisterOfOffice {
            rnm: "0000000001015140".parse().unwrap(),
            serial: "KS-0001".to_owned(),
            drives: vec!["9999078900001234".parse().unwrap()],
        }],
        ffd: FfdVersion::V1_05,
        from: day("2026-01-01"),
        to: day("2026-06-30"),
        happened: "реестры банка не поступали".to_owned(),
        found: "сверка с банком".to_owned(),
        done: "сформированы чеки коррекции.".to_owned(),
        measures: vec!["сверка каждый день".to_owned()],
        act: Some(act()),
        order: None,
        number: "0ABC".to_owned(),
        plan_hash: "ab".repeat(32),
        author: "Анна".to_owned(),
        approved_by: "Борис".to_owned(),
        approved_at: "2026-11-22T18:00".parse().unwrap(),
        made: made(),
    }
}

fn dossier() -> Dossier {
    let settlements: Vec<_> = [(1, 123_456), (2, 1), (3, 99_999_999_999)]
        .map(|(number, kopecks)| settlement(number, kopecks))
        .into();
    let restored = TotalsSum {
        amount: Kopecks::sum(settlements.iter().map(|row| row.amount)).unwrap(),
        vat: Kopecks::sum(settlements.iter().map(|row| row.vat)).unwrap(),
    };
    Dossier {
        particulars: particulars(),
        letter: Template::letter(),
        act: Template::act(),
        totals: vec![TotalsLine {
            month: "2026-03".parse().unwrap(),
            quarter: "2026-Q1".to_owned(),
            flow: "приход".to_owned(),
            tax_system: TaxSystem::Common,
            vat_code: VatCode::V22In122,
            payment_kind: "безналичными".to_owned(),
            before: TotalsSum::default(),
            reversed: TotalsSum::default(),
            after: restored,
            difference: restored,
        }],
        extracts: vec![Extract {
            file: "реестр.txt".to_owned(),
            sha256: [0xA5; 32],
            rows: settlements
                .iter()
                .map(|row| ExtractRow {
                    settlement: row.number,
                    line: row.number,
                    number: Some("12345678901234567890".to_owned()),
                    date: row.date,
                    account: "001".to_owned(),
                    amount: row.amount,
                })
                .collect(),
        }],
        reconciliation: vec![Reconciliation {
            check: "E1".to_owned(),
            what: "деньги банка и чеки".to_owned(),
            period: "2026-03-02".to_owned(),
            compared: Compared::Money {
                expected: restored.amount,
                found: restored.amount,
            },
        }],
        returns: vec![ReturnRow {
            tax_return: "НДС".to_owned(),
            period: "2026-Q1".to_owned(),
            flow: "приход".to_owned(),
            difference: restored,
        }],
        settlements,
    }
}

/// The archive's files by name, in its order.
fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|place| {
            let mut file = archive.by_index(place).unwrap();
            let mut contents = Vec::new();
            file.read_to_end(&mut contents).unwrap();
            (file.name().unwrap().into_owned(), contents)
        })
        .collect()
}

fn contents<'a>(files: &'a [(String, Vec<u8>)], name: &str) -> &'a [u8] {
    &files.iter().find(|file| file.0 == name).unwrap().1
}

fn text_of(files: &[(String, Vec<u8>)], name: &str) -> String {
    String::from_utf8(contents(files, name).to_vec()).unwrap()
}

/// The first sheet.
fn sheet(bytes: &[u8]) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    range.rows().map(<[Data]>::to_vec).collect()
}

fn kopecks(cell: &Data) -> i64 {
    match cell {
        Data::Float(number) => (number * 100.0).round() as i64,
        Data::Int(number) => number * 100,
        other => panic!("{other:?} is no number"),
    }
}

#[test]
fn the_archive_holds_the_seven_papers_and_their_hashes() {
    let files = unpacked(&dossier().zip().unwrap());
    let names: Vec<&str> = files.iter().map(|file| file.0.as_str()).collect();
    assert_eq!(
        names,
        [
            "1-letter.html",
            "1-letter.txt",
            "2-register.csv",
            "2-register.xlsx",
            "3-totals.csv",
            "3-totals.xlsx",
            "4-extracts.csv",
            "4-extracts.xlsx",
            "5-act.html",
            "5-act.txt",
            "6-reconciliation.csv",
            "6-reconciliation.xlsx",
            "7-returns.csv",
            "7-returns.xlsx",
            "index.txt",
        ],
    );
    let index = text_of(&files, "index.txt");
    let listed: Vec<(&str, &str)> = index
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once("  ").unwrap())
        .collect();
    assert_eq!(listed.len(), names.len() - 1);
    for (hash, name) in listed {
        let file = papers::File {
            name: name.to_owned(),
            title: String::new(),
            bytes: contents(&files, name).to_vec(),
        };
        let digits: String = file
            .sha256()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(digits, hash, "{name}");
    }
}

#[test]
fn the_same_dossier_gives_the_same_bytes() {
    let first = dossier().zip().unwrap();
    assert_eq!(first, dossier().zip().unwrap());
    // The moment inside is the one that was told, not the clock's.
    let sheet = contents(&unpacked(&first), "2-register.xlsx").to_vec();
    let properties = text_of(&unpacked(&sheet), "docProps/core.xml");
    assert_eq!(
        properties.matches(">2026-11-23T09:30:00Z<").count(),
        2,
        "{properties}"
    );
    let mut other = dossier();
    other.settlements[0].amount = money(123_457);
    assert_ne!(first, other.zip().unwrap());
}

#[test]
fn the_register_keeps_long_numbers_and_its_total_is_the_sum() {
    let files = unpacked(&dossier().zip().unwrap());
    let rows = sheet(contents(&files, "2-register.xlsx"));
    let column = |name: &str| {
        let is_it = |cell: &Data| matches!(cell, Data::String(text) if text == name);
        rows[0].iter().position(is_it).unwrap()
    };
    assert_eq!(rows[0].len(), 27);
    assert_eq!(rows.len(), 1 + 3 + 1);
    let sum = column("Сумма");
    let sums: Vec<i64> = rows[1..4].iter().map(|row| kopecks(&row[sum])).collect();
    assert_eq!(sums, [123_456, 1, 99_999_999_999]);
    assert_eq!(kopecks(&rows[4][sum]), sums.iter().sum::<i64>());
    let vat = column("НДС");
    let taxes: i64 = rows[1..4].iter().map(|row| kopecks(&row[vat])).sum();
    assert_eq!(kopecks(&rows[4][vat]), taxes);
    let text = |name: &str| rows[1][column(name)].to_string();
    assert_eq!(text("Правильный документ: ФН"), "9999078900001234");
    assert_eq!(text("Лицевой счёт"), "001");
    assert_eq!(text("Плательщик"), "И*** И. И.");
    assert_eq!(text("Ставка НДС"), "22/122");
    assert!(matches!(rows[1][column("Дата расчёта")], Data::DateTime(_)));
    let csv = text_of(&files, "2-register.csv");
    let line = "1;001;И*** И. И.;02.03.2026;реестр.txt, строка 1;приход;безналичными;1234,56;\
                22/122;222,63;ОСН;;;;;;;;;9999078900001234;1001;4000000000;23.11.2026;\
                lost_source;7;20.11.2026;принят ОФД";
    assert_eq!(csv.lines().nth(1), Some(line));
}

#[test]
fn sums_of_opposite_signs_have_no_total() {
    let mut dossier = dossier();
    dossier.settlements[1].sign = OperationSign::IncomeReturn;
    let files = unpacked(&dossier.zip().unwrap());
    assert_eq!(sheet(contents(&files, "2-register.xlsx")).len(), 1 + 3);
    // 1 234,56 − 0,01 + 999 999 999,99.
    let letter = text_of(&files, "1-letter.txt").replace('\u{A0}', " ");
    assert!(
        letter.contains("расчётов: 3 на сумму 1 000 001 234,54 руб."),
        "{letter}"
    );
}

#[test]
fn the_letter_says_what_the_work_has_come_to() {
    let letter = |dossier: &Dossier| text_of(&unpacked(&dossier.zip().unwrap()), "1-letter.txt");
    let mut dossier = dossier();
    let text = letter(&dossier);
    for words in [
        "\u{FEFF}ИФНС России № 1\r\n",
        "ООО «Водоканал» (ИНН 7802781104)",
        "с 01.01.2026 по 30.06.2026",
        "ККТ 0000000001015140, заводской номер KS-0001",
        "накопители: 9999078900001234\r\n",
        "Исправлено расчётов: 3",
        "самостоятельно",
        "версии 1.05",
        "расхождений нет",
        "- НДС за 2026-Q1, приход: ",
        "утверждён 22.11.2026 18:00, утвердивший — Борис",
        "6. Затронутые налоговые декларации",
    ] {
        assert!(text.contains(words), "{words} is not in:\n{text}");
    }
    assert!(!text.contains("\r\n\r\n\r\n\r\n"), "{text}");
    dossier.settlements[2].ofd = OfdStatus::Waiting;
    assert!(letter(&dossier).contains("не полностью"));
    let mut dossier = self::dossier();
    let (expected, found) = (money(2), money(1));
    dossier.reconciliation[0].compared = Compared::Money { expected, found };
    assert!(!dossier.is_reconciled());
    assert!(letter(&dossier).contains("не полностью"));
    let csv = text_of(&unpacked(&dossier.zip().unwrap()), "6-reconciliation.csv");
    assert!(csv.contains("E1;деньги банка и чеки;2026-03-02;0,02;0,01;-0,01;;;;РАСХОЖДЕНИЕ"));
}

#[test]
fn hostile_texts_stay_texts_everywhere() {
    let formula = "=HYPERLINK(\"http://x\")\r\n<script>alert(1)</script>{{ inn }}";
    let mut dossier = dossier();
    dossier.settlements[0].source = formula.to_owned();
    dossier.particulars.happened = formula.to_owned();
    let files = unpacked(&dossier.zip().unwrap());
    let source = &sheet(contents(&files, "2-register.xlsx"))[1][4];
    let plain = formula.replace("\r\n", "  ");
    assert_eq!(*source, Data::String(plain.clone()));
    let csv = text_of(&files, "2-register.csv");
    assert_eq!(csv.matches("\r\n").count(), 4);
    assert!(csv.contains("\"'=HYPERLINK(\"\"http://x\"\")"), "{csv}");
    let page = text_of(&files, "1-letter.html");
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;{{ inn }}"));
    assert!(text_of(&files, "1-letter.txt").contains(&plain));
}

#[test]
fn an_organisation_words_its_own_letter() {
    let source = "{{ organisation }}: {% for file in files %}{{ file }};{% endfor %}";
    let letter = Template::new("own.txt", source).unwrap();
    let files = unpacked(
        &Dossier {
            letter,
            ..dossier()
        }
        .zip()
        .unwrap(),
    );
    let text = text_of(&files, "1-letter.txt");
    assert!(
        text.starts_with("\u{FEFF}ООО «Водоканал»: Реестр исправленных расчётов;"),
        "{text}"
    );
}

#[test]
fn a_long_register_comes_in_parts_that_add_up() {
    let mut dossier = dossier();
    let rows = Dossier::SHEET_ROWS_MAX as u32 + 2;
    dossier.settlements = (1..=rows).map(|number| settlement(number, 101)).collect();
    let files = unpacked(&dossier.zip().unwrap());
    let total_of = |name: &str| {
        let rows = sheet(contents(&files, name));
        kopecks(&rows.last().unwrap()[7])
    };
    let (first, second) = ("2-register-01.xlsx", "2-register-02.xlsx");
    assert_eq!(sheet(contents(&files, second)).len(), 1 + 2 + 1);
    assert_eq!(total_of(first) + total_of(second), i64::from(rows) * 101);
    let csv = text_of(&files, "2-register.csv");
    assert_eq!(csv.lines().count(), rows as usize + 1);
    let index = text_of(&files, "index.txt");
    let title = format!("(XLSX, строки {}–{rows} из {rows})", rows - 1);
    assert!(index.contains(&title), "{index}");
}

#[test]
fn an_empty_table_can_be_opened() {
    let table = Table::new("Пусто", vec![Column::new("Сумма", ColumnKind::Money)]).unwrap();
    let rows = sheet(&table.xlsx(made()).unwrap());
    assert_eq!(rows, [[Data::String("Сумма".to_owned())]]);
}

proptest! {
    /// Every sum, number and text comes out of the XLSX as it went in, and the total is exact.
    #[test]
    fn a_table_is_read_back_as_it_was_written(
        rows in prop::collection::vec(
            (
                "[^\\p{C}\u{2028}\u{2029}]{1,12}",
                -10_000_000_000_i64..=10_000_000_000,
                -1_000_000_i64..1_000_000,
            ),
            1..8,
        ),
    ) {
        use ColumnKind::{Money, Number, Text};
        let columns = [("Текст", Text), ("Сумма", Money), ("Число", Number)];
        let columns = columns.map(|(name, kind)| Column::new(name, kind));
        let mut table = Table::new("Проба", columns.into()).unwrap();
        for (text, sum, number) in &rows {
            table
                .push(vec![Cell::text(text), Cell::Money(money(*sum)), Cell::Number(*number)])
                .unwrap();
        }
        let bytes = table.xlsx(made()).unwrap();
        prop_assert_eq!(&bytes, &table.xlsx(made()).unwrap());
        let read = sheet(&bytes);
        prop_assert_eq!(read.len(), rows.len() + 2);
        for ((text, sum, number), cells) in rows.iter().zip(&read[1..]) {
            prop_assert_eq!(&cells[0], &Data::String(text.clone()));
            prop_assert_eq!(kopecks(&cells[1]), *sum);
            prop_assert_eq!(&cells[2], &Data::Float(*number as f64));
        }
        let total: i64 = rows.iter().map(|row| row.1).sum();
        prop_assert_eq!(kopecks(&read[rows.len() + 1][1]), total);
    }
}
