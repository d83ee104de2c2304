//! Nothing panics, what is written reads back, and a registry that lost anything is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use proptest::prelude::*;
use statements::{Kind, Profile, decode, detect, read};
use terms::{Kopecks, LocalDate};

/// Pieces of all kinds of files: put together they come further than random bytes.
const PIECES: [&str; 18] = [
    "\n",
    "\r\n",
    ";",
    "=",
    ",",
    "\"",
    "=1;",
    "=0;0,00;0,00;0,00",
    "01-01-2026;00-00-00;1;T;7;",
    "1;1;1;0126;1,00;1,00;0,00;5",
    "1CClientBankExchange\n",
    "ВерсияФормата=1.03\nРасчСчет=1\n",
    "СекцияДокумент=\nНомер=1\nСумма=1\nПолучательСчет=1\nДатаПоступило=01.01.2026\n",
    "НазначениеПлатежа=\nдоговор\n",
    "КонецДокумента\n",
    "КонецФайла",
    "account;date;amount\n",
    "00042;2026-01-05;650,00\n",
];

#[derive(Clone, Debug)]
struct Made {
    date: LocalDate,
    number: u64,
    account: String,
    payer: String,
    paid: i64,
    fee: i64,
}

fn made() -> impl Strategy<Value = Made> {
    let date = (2020_u16..2030, 1_u8..=12, 1_u8..=28);
    let texts = ("0{0,3}[0-9]{1,10}", "([А-Яа-я]{1,8}( [А-Я])?)?");
    let sums = (1_i64..10_000_000, 0_i64..1_000);
    (date, any::<u64>(), texts, sums).prop_map(|(date, number, texts, sums)| Made {
        date: LocalDate::new(date.0, date.1, date.2).unwrap(),
        number,
        account: texts.0,
        payer: texts.1,
        paid: sums.0,
        fee: sums.1,
    })
}

/// Roubles with this decimal sign.
fn roubles(kopecks: i64, sign: &str) -> String {
    let roubles = Kopecks::new(kopecks).unwrap().to_string();
    roubles.replace('.', sign)
}

fn registry(rows: &[Made], sign: &str, end: &str, last: &str) -> String {
    let mut text = String::new();
    let (mut all_paid, mut all_fees) = (0, 0);
    let sums = |paid, fee| {
        let sent = roubles(paid - fee, sign);
        format!("{};{sent};{}", roubles(paid, sign), roubles(fee, sign))
    };
    for row in rows {
        let (day, month, year) = (row.date.day(), row.date.month(), row.date.year());
        let (number, account, payer) = (row.number, &row.account, &row.payer);
        text.push_str(&format!(
            "{day:02}-{month:02}-{year};00-00-00;1;T;{number};{account};{payer};;;{}{last}{end}",
            sums(row.paid, row.fee)
        ));
        (all_paid, all_fees) = (all_paid + row.paid, all_fees + row.fee);
    }
    let sums = sums(all_paid, all_fees);
    text + &format!("={};{sums};1;01-01-2026{end}", rows.len())
}

fn standard(text: &str) -> Result<statements::Parsed<'_>, statements::Unreadable> {
    read(text, Kind::Sberbank, &Profile::standard())
}

fn read_as_everything(text: &str, name: &str) {
    let _ = detect(text, name);
    for kind in Kind::ALL {
        let _ = read(text, kind, &Profile::standard());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        name in "\\PC{0,30}",
    ) {
        if let Ok((text, _)) = decode(&bytes) {
            read_as_everything(&text, &name);
        }
    }

    #[test]
    fn no_pieces_put_together_make_it_panic(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..40),
    ) {
        read_as_everything(&pieces.concat(), "");
    }

    #[test]
    fn what_was_written_reads_back(
        rows in prop::collection::vec(made(), 0..20),
        sign in prop::sample::select(vec![",", "."]),
        end in prop::sample::select(vec!["\r\n", "\n"]),
        last in prop::sample::select(vec!["", ";5"]),
        in_cp1251 in any::<bool>(),
    ) {
        let text = registry(&rows, sign, end, last);
        let bytes = if in_cp1251 { text.chars().map(cp1251).collect() } else { text.into_bytes() };
        let (text, _) = decode(&bytes).unwrap();
        let parsed = standard(&text).unwrap();
        prop_assert_eq!(parsed.rows.len(), rows.len());
        for (read, made) in parsed.rows.iter().zip(&rows) {
            prop_assert_eq!(read.date, made.date);
            prop_assert_eq!(read.number.parse::<u64>().unwrap(), made.number);
            prop_assert_eq!(&read.account, &made.account);
            prop_assert_eq!(&read.payer, &made.payer);
            prop_assert_eq!(read.amount.get(), made.paid);
            prop_assert_eq!(read.fee.unwrap().get(), made.fee);
        }
        let paid: i64 = rows.iter().map(|row| row.paid).sum();
        prop_assert_eq!(parsed.totals.paid.get(), paid);
    }

    #[test]
    fn a_registry_without_one_of_its_lines_is_refused(
        rows in prop::collection::vec(made(), 1..10),
        lost in any::<prop::sample::Index>(),
    ) {
        let text = registry(&rows, ",", "\n", ";5");
        let mut lines: Vec<&str> = text.lines().collect();
        lines.remove(lost.index(lines.len()));
        prop_assert!(standard(&lines.join("\n")).is_err());
    }

    #[test]
    fn a_registry_that_was_cut_short_is_refused(
        rows in prop::collection::vec(made(), 1..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let text = registry(&rows, ",", "\n", ";5");
        // Up to the last digit of the roubles of the last sum: from then on all sums are there.
        let end = text.rfind(';').and_then(|end| text[..end].rfind(';')).unwrap() - 3;
        if let Some(beginning) = text.get(..cut.index(end)) {
            prop_assert!(standard(beginning).is_err());
        }
    }
}

fn cp1251(letter: char) -> u8 {
    match letter {
        'А'..='я' => (letter as u32 - 'А' as u32 + 0xC0) as u8,
        letter => letter as u8,
    }
}
