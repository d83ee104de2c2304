//! A receipt as people see it: of the journal, or one that would be made.

use desk::{DocumentView, Preview, Receipt, ReceiptView, Record, Setup};
use terms::{Kopecks, VatCode};

use crate::{
    speech::Speech,
    text::Text,
    texts::WordsTexts,
    words::{mood, reason},
};

/// A receipt as on paper, with the reason for each line: `paper.html`.
pub(crate) struct Paper {
    pub(crate) t: &'static WordsTexts,
    pub(crate) title: Text,
    /// What it corrects, if it is a correction.
    pub(crate) correction: Option<String>,
    pub(crate) organisation: String,
    pub(crate) inn: String,
    pub(crate) place: String,
    pub(crate) date: String,
    pub(crate) account: Option<String>,
    pub(crate) contact: Option<String>,
    pub(crate) lines: Vec<PaperLine>,
    pub(crate) payments: Vec<(Text, String)>,
    pub(crate) taxes: Vec<(String, String)>,
    pub(crate) total: String,
    pub(crate) document: Option<PaperDocument>,
    /// Its QR code as SVG.
    pub(crate) svg: Option<String>,
}

/// A line of it.
pub(crate) struct PaperLine {
    pub(crate) name: String,
    pub(crate) amount: String,
    pub(crate) method: Text,
    pub(crate) tax: String,
    pub(crate) supplier: Option<String>,
    pub(crate) why: String,
}

/// What its drive has made of it.
pub(crate) struct PaperDocument {
    pub(crate) drive: String,
    pub(crate) number: String,
    pub(crate) sign: String,
    pub(crate) shift: String,
    pub(crate) emulated: bool,
}

/// A receipt in a list.
pub(crate) struct ReceiptLink {
    pub(crate) id: String,
    pub(crate) title: Text,
    pub(crate) is_correction: bool,
    pub(crate) total: String,
    pub(crate) state: Text,
    pub(crate) mood: &'static str,
    pub(crate) reasons: Vec<String>,
}

/// What has no receipt, and why.
pub(crate) struct Remark {
    pub(crate) amount: String,
    pub(crate) why: String,
}

impl Paper {
    /// A receipt that is not formed yet.
    pub(crate) fn of(receipt: &Receipt, setup: &Setup, speech: Speech) -> Self {
        let t = WordsTexts::of(speech.language);
        let payments = &receipt.payments;
        let paid = [
            (t.paid_cash, payments.cash),
            (t.paid_cashless, payments.cashless),
            (t.paid_prepaid, payments.prepaid),
            (t.paid_credit, payments.credit),
            (t.paid_counter, payments.counter),
        ];
        let paid = paid.into_iter().filter(|(_, sum)| !sum.is_zero());
        let taxes = receipt.vat_totals.iter();
        let lines = receipt.all_lines().iter();
        Self {
            t,
            title: t.about(receipt),
            correction: correction(receipt, t, speech),
            organisation: setup.organisation.name.clone(),
            inn: t.inn.with("inn", setup.organisation.inn).into(),
            place: setup.organisation.address.clone(),
            date: speech.date(receipt.date),
            account: receipt.account.as_ref().map(ToString::to_string),
            contact: receipt.contact.clone(),
            lines: lines.map(|line| PaperLine::of(line, t, speech)).collect(),
            payments: paid.map(|(name, sum)| (name, speech.money(sum))).collect(),
            taxes: taxes
                .map(|(code, sum)| (rate(*code, t), speech.money(*sum)))
                .collect(),
            total: speech.money(receipt.total),
            document: None,
            svg: None,
        }
    }

    /// A receipt of the journal; `svg`: its QR code.
    pub(crate) fn of_view(
        view: &ReceiptView,
        svg: Option<String>,
        setup: &Setup,
        speech: Speech,
    ) -> Self {
        let document = view.document.as_ref();
        Self {
            document: document.map(|document| PaperDocument::of(document, speech)),
            svg,
            ..Self::of(&view.receipt, setup, speech)
        }
    }

    /// All that a preview would make.
    pub(crate) fn all(preview: &Preview, setup: &Setup, speech: Speech) -> Vec<Self> {
        let receipts = preview.receipts.iter();
        receipts.map(|it| Self::of(it, setup, speech)).collect()
    }
}

impl PaperLine {
    fn of(line: &desk::Line, t: &WordsTexts, speech: Speech) -> Self {
        let tax = rate(line.vat_code, t);
        Self {
            name: line.name.clone(),
            amount: speech.money(line.amount),
            method: t.method(line.method),
            tax: match line.vat_code.rate().percent() {
                Some(percent) if percent > 0 => format!("{tax}: {}", speech.money(line.vat)),
                _ => tax,
            },
            supplier: line.agent.as_ref().map(|agent| {
                let inn = t.inn.with("inn", agent.supplier_inn);
                format!("{}, {inn}", agent.supplier_name)
            }),
            why: reason(line, speech),
        }
    }
}

impl PaperDocument {
    fn of(document: &DocumentView, speech: Speech) -> Self {
        Self {
            drive: document.drive.clone(),
            number: speech.number(document.number),
            sign: format!("{:010}", document.fiscal_sign),
            shift: match document.receipt_number {
                Some(number) => format!("{} № {number}", document.shift),
                None => document.shift.to_string(),
            },
            emulated: document.emulated,
        }
    }
}

impl ReceiptLink {
    pub(crate) fn of(view: &ReceiptView, speech: Speech) -> Self {
        let t = WordsTexts::of(speech.language);
        let lines = view.receipt.all_lines().iter();
        Self {
            id: view.id.to_string(),
            title: t.about(&view.receipt),
            is_correction: view.receipt.correction.is_some(),
            total: speech.money(view.receipt.total),
            state: t.state(view.state),
            mood: mood(view.state),
            reasons: lines.map(|line| reason(line, speech)).collect(),
        }
    }
}

impl Remark {
    /// What a preview would leave without a receipt.
    pub(crate) fn all(records: &[Record], speech: Speech) -> Vec<Self> {
        let remark = |record: &Record| Self {
            amount: speech.money(record.amount),
            why: match speech.language {
                desk::Language::Ru => record.kind.why_ru().to_owned(),
                desk::Language::En => record.kind.why_en().to_owned(),
            },
        };
        records.iter().map(remark).collect()
    }

    /// The same of an operation of the journal: a JSON array.
    pub(crate) fn stored(records: &str, speech: Speech) -> Vec<Self> {
        #[derive(serde::Deserialize)]
        struct Stored {
            amount: i64,
            why_ru: String,
            why_en: String,
        }
        let stored: Vec<Stored> = serde_json::from_str(records).unwrap_or_default();
        let remark = |stored: Stored| Self {
            amount: Kopecks::new(stored.amount)
                .map_or_else(|_| String::new(), |it| speech.money(it)),
            why: match speech.language {
                desk::Language::Ru => stored.why_ru,
                desk::Language::En => stored.why_en,
            },
        };
        stored.into_iter().map(remark).collect()
    }
}

fn correction(receipt: &Receipt, t: &WordsTexts, speech: Speech) -> Option<String> {
    let correction = receipt.correction.as_ref()?;
    let mut words = vec![
        t.correction.to_string(),
        t.correction_for
            .with("day", speech.date(correction.date))
            .into(),
    ];
    let order = correction.order.as_ref();
    words.extend(order.map(|order| t.correction_order.with("order", order).into()));
    let corrects = receipt.corrects.filter(|sign| sign.0 != 0);
    words.extend(corrects.map(|sign| t.corrects.with("sign", sign).into()));
    Some(words.join(" "))
}

fn rate(code: VatCode, t: &WordsTexts) -> String {
    match code.rate().percent() {
        Some(_) => t.vat_of.with("rate", code).into(),
        None => t.vat_none.into(),
    }
}
