//! Receipts, БСО and corrections of either (forms 3, 4, 31, 41).

use ffd::{Correction, Form, Receipt, StoredReceipt, Tag, UserProperty};
use terms::{FfdVersion, OperationSign, ReceiptNumber, VatCode};

use crate::{
    Content, Row, Section, Surroundings, line,
    rows::{Rows, date, is_printed, moment},
};

pub(crate) fn sections(stored: &StoredReceipt, around: &Surroundings) -> Vec<Section> {
    let mut sections = vec![Section::of("Продавец и документ", head(stored, around))];
    if !stored.receipt.lines.is_empty() {
        sections.push(Section {
            label: "Предметы расчета",
            groups: lines(stored),
            is_list: true,
        });
    }
    sections.push(Section::of("Итоги", totals(stored)));
    sections.push(Section::of("Реквизиты", parties(stored)));
    let mut signs = Rows::default();
    signs.signs(&stored.head, around);
    sections.push(Section::of("Фискальные признаки", signs.0));
    sections
}

fn head(stored: &StoredReceipt, around: &Surroundings) -> Vec<Row> {
    let receipt = &stored.receipt;
    let mut rows = Rows::default();
    let name = receipt.user_name.as_ref().or(around.user_name.as_ref());
    if let Some(name) = name {
        rows.heading(Some(Tag::USER_NAME), name);
    }
    let settlement = receipt.settlement.as_ref().or(around.settlement.as_ref());
    if let Some(settlement) = settlement {
        rows.pair(
            Tag::SETTLEMENT_ADDRESS,
            "Адрес расчетов",
            &settlement.address,
        );
        rows.pair(Tag::SETTLEMENT_PLACE, "Место расчетов", &settlement.place);
    }
    rows.heading(None, title(stored.form));
    rows.heading(Some(Tag::OPERATION_SIGN), operation(receipt.operation));
    // Shift and number are told by every receipt (54-ФЗ art. 4.7 p. 1, GENERAL KNOWLEDGE), although
    // the tables of the format leave them to the electronic form.
    rows.pair(Tag::SHIFT_NUMBER, "Смена №", stored.shift);
    if stored.number != ReceiptNumber::default() {
        rows.pair(Tag::RECEIPT_NUMBER, "Чек №", stored.number);
    }
    rows.pair(Tag::DATE_TIME, "Дата, время", moment(stored.head.time));
    rows.cashier(receipt.cashier.as_ref());
    rows.maybe(
        Tag::AUTOMAT_NUMBER,
        "Номер автомата",
        receipt.automat_number.as_ref(),
    );
    if let Some(correction) = &receipt.correction {
        correction_rows(&mut rows, correction);
    }
    rows.0
}

/// The number of the order is asked for by the electronic form only, but without it the words «по
/// предписанию» say nothing.
fn correction_rows(rows: &mut Rows, correction: &Correction) {
    let kind = if correction.order.is_some() {
        "по предписанию"
    } else {
        "самостоятельно"
    };
    rows.pair(Tag::CORRECTION_TYPE, "Тип коррекции", kind);
    rows.text(Tag::CORRECTION_BASIS, "Основание для коррекции:");
    rows.pair(
        Tag::CORRECTED_DATE,
        "Дата корректируемого расчета",
        date(correction.date),
    );
    rows.maybe(
        Tag::ORDER_NUMBER,
        "Номер предписания",
        correction.order.as_ref(),
    );
}

fn lines(stored: &StoredReceipt) -> Vec<Vec<Row>> {
    let of = (stored.receipt.ffd, stored.form);
    let sums = stored
        .line_vat_sums
        .iter()
        .copied()
        .chain(std::iter::repeat(None));
    let lines = stored.receipt.lines.iter().zip(sums).zip(1..);
    lines
        .map(|((line, vat_sum), number)| line::rows(line, vat_sum, number, of))
        .collect()
}

fn totals(stored: &StoredReceipt) -> Vec<Row> {
    let mut rows = Rows::default();
    let total = Content::Total("ИТОГ".to_owned(), stored.total);
    rows.0.push(Row::new([Tag::TOTAL], total));
    let payments = &stored.receipt.payments;
    for (tag, name, amount) in [
        (Tag::CASH, "НАЛИЧНЫМИ", payments.cash),
        (Tag::CASHLESS, "БЕЗНАЛИЧНЫМИ", payments.cashless),
        (
            Tag::PREPAID,
            "ПРЕДВАРИТЕЛЬНАЯ ОПЛАТА (АВАНС)",
            payments.prepaid,
        ),
        (Tag::CREDIT, "ПОСЛЕДУЮЩАЯ ОПЛАТА (КРЕДИТ)", payments.credit),
        (Tag::COUNTER, "ИНАЯ ФОРМА ОПЛАТЫ", payments.counter),
    ] {
        // Printed when not zero (FFD documents §2, note 1).
        if !amount.is_zero() {
            rows.sum(tag, name, amount);
        }
    }
    for (code, amount) in stored.vat_totals.iter() {
        let name = match code {
            VatCode::V0 => "СУММА С НДС 0%".to_owned(),
            VatCode::Exempt => "СУММА БЕЗ НДС".to_owned(),
            taxed => format!("СУММА НДС {taxed}"),
        };
        let content = Content::Sum(name, amount);
        rows.0
            .push(Row::new(vat_tags(code).iter().copied(), content));
    }
    rows.0
}

/// The tags that a VAT total stands in.
const fn vat_tags(code: VatCode) -> &'static [Tag] {
    match code {
        VatCode::V20 => &[Tag::VAT_20_SUM],
        VatCode::V10 => &[Tag::VAT_10_SUM],
        VatCode::V20In120 => &[Tag::VAT_20_120_SUM],
        VatCode::V10In110 => &[Tag::VAT_10_110_SUM],
        VatCode::V0 => &[Tag::TURNOVER_VAT_0],
        VatCode::Exempt => &[Tag::TURNOVER_NO_VAT],
        _ => &[
            Tag::RECEIPT_VAT_SUMS,
            Tag::RECEIPT_VAT_ENTRY,
            Tag::RECEIPT_VAT_SUM,
            Tag::VAT_CODE,
        ],
    }
}

fn parties(stored: &StoredReceipt) -> Vec<Row> {
    let receipt = &stored.receipt;
    let of = (receipt.ffd, stored.form);
    let mut rows = Rows::default();
    rows.pair(Tag::TAX_SYSTEM, "СНО", receipt.tax_system.title());
    buyer(&mut rows, receipt, of);
    // The sender's address: on what goes to the buyer by e-mail (54-ФЗ art. 4.7 p. 1, GENERAL
    // KNOWLEDGE); the tables leave it to the electronic form.
    rows.maybe(
        Tag::SENDER_EMAIL,
        "Эл. адр. отправителя",
        receipt.sender_email.as_ref(),
    );
    rows.maybe(
        Tag::RECEIPT_PROPERTY,
        "Доп. реквизит чека",
        receipt.additional.as_ref(),
    );
    if let Some(UserProperty { name, value }) = &receipt.user_property {
        let content = Content::Pair(name.clone(), value.clone());
        let tags = [
            Tag::USER_PROPERTY,
            Tag::USER_PROPERTY_NAME,
            Tag::USER_PROPERTY_VALUE,
        ];
        rows.0.push(Row::new(tags, content));
    }
    rows.maybe(Tag::FNS_SITE, "Сайт ФНС", receipt.fns_site.as_ref());
    if let Some(details) = &receipt.details {
        rows.others(&details.elements(), of, None);
    }
    rows.others(&receipt.other, of, None);
    rows.0
}

/// In FFD 1.2 the buyer's ИНН is for the electronic form only.
fn buyer(rows: &mut Rows, receipt: &Receipt, of: (FfdVersion, Form)) {
    if let Some(contact) = &receipt.buyer_contact {
        let name = if contact.contains('@') {
            "Эл. адр. покупателя"
        } else {
            "Тел. покупателя"
        };
        rows.pair(Tag::BUYER_CONTACT, name, contact);
    }
    if let Some(buyer) = &receipt.buyer {
        let parent = (receipt.ffd == FfdVersion::V1_2).then_some(Tag::BUYER);
        if let Some(name) = &buyer.name {
            let content = Content::Pair("Покупатель".to_owned(), name.clone());
            rows.0
                .push(Row::new([Tag::BUYER, Tag::BUYER_NAME], content));
        }
        let inn = buyer.inn.filter(|_| is_printed(Tag::BUYER_INN, of, parent));
        rows.maybe(
            Tag::BUYER_INN,
            "ИНН покупателя",
            inn.map(|inn| inn.to_string()).as_ref(),
        );
        let address = buyer.details.as_ref().and_then(|it| it.address.as_ref());
        rows.maybe(Tag::BUYER_ADDRESS, "Адрес покупателя", address);
    }
}

const fn title(form: Form) -> &'static str {
    match form {
        Form::StrictForm => "БЛАНК СТРОГОЙ ОТЧЕТНОСТИ",
        Form::Correction => "КАССОВЫЙ ЧЕК КОРРЕКЦИИ",
        Form::StrictFormCorrection => "БЛАНК СТРОГОЙ ОТЧЕТНОСТИ КОРРЕКЦИИ",
        _ => "КАССОВЫЙ ЧЕК",
    }
}

const fn operation(operation: OperationSign) -> &'static str {
    match operation {
        OperationSign::Income => "ПРИХОД",
        OperationSign::IncomeReturn => "ВОЗВРАТ ПРИХОДА",
        OperationSign::Expense => "РАСХОД",
        OperationSign::ExpenseReturn => "ВОЗВРАТ РАСХОДА",
    }
}
