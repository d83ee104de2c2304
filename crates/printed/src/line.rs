//! A settlement subject (1059) as rows.

use ffd::{Agent, Element, Form, Line, Tag, Value};
use terms::{FfdVersion, Kopecks, SettlementSubject, VatCode};

use crate::{Content, Row, rows::Rows, words};

pub(crate) fn rows(
    line: &Line,
    vat_sum: Option<Kopecks>,
    number: usize,
    of: (FfdVersion, Form),
) -> Vec<Row> {
    let mut rows = Rows::default();
    let unsaid = line.unsaid();
    let name = Content::Name(format!("{number}. {}", line.name));
    rows.0.push(Row::new([Tag::ITEM, Tag::ITEM_NAME], name));
    let measure = match line.measure {
        0 => String::new(),
        measure => format!(" {}", measure_name(measure)),
    };
    let cost = format!("{} x {}{measure}", line.price, line.quantity);
    let tags = [
        Tag::PRICE,
        Tag::QUANTITY,
        Tag::QUANTITY_MEASURE,
        Tag::AMOUNT,
    ];
    rows.0.push(Row::new(tags, Content::Sum(cost, line.amount)));
    if !unsaid.vat {
        vat(&mut rows, line, vat_sum);
    }
    if !unsaid.method {
        let method = line.method.title().to_uppercase();
        rows.pair(Tag::PAYMENT_METHOD, "Способ расчета", method);
    }
    // In FFD 1.05 goods are also what a line says that says nothing; there it need not be printed.
    if of.0 != FfdVersion::V1_05 || line.subject != SettlementSubject::Goods {
        rows.pair(
            Tag::SETTLEMENT_SUBJECT,
            "Предмет расчета",
            line.subject.title().to_uppercase(),
        );
    }
    if let Some(agent) = &line.agent {
        agent_rows(&mut rows, agent);
    }
    if let Some(details) = &line.details {
        rows.others(&details.elements(), of, Some(Tag::ITEM));
    }
    rows.others(&line.other, of, Some(Tag::ITEM));
    rows.0
}

/// The rate and what tag 1200 says; a line without VAT has its whole sum there, which is no tax.
fn vat(rows: &mut Rows, line: &Line, vat_sum: Option<Kopecks>) {
    let content = match (line.vat, vat_sum) {
        (VatCode::Exempt, _) => Content::Text("НДС не облагается".to_owned()),
        (code, Some(sum)) => Content::Sum(format!("в т. ч. НДС {code}"), sum),
        (code, None) => Content::Pair("НДС".to_owned(), code.to_string()),
    };
    rows.0
        .push(Row::new([Tag::VAT_CODE, Tag::ITEM_VAT_SUM], content));
}

fn agent_rows(rows: &mut Rows, agent: &Agent) {
    let kinds = Element {
        tag: Tag::ITEM_AGENT_KINDS,
        value: Value::Byte(agent.kinds.bits()),
    };
    rows.pair(kinds.tag, "Признак агента", words::value_in_words(&kinds));
    let mut supplier = |tag, name: &str, value: &String| {
        let content = Content::Pair(name.to_owned(), value.clone());
        rows.0.push(Row::new([Tag::SUPPLIER_DATA, tag], content));
    };
    if let Some(name) = &agent.supplier_name {
        supplier(Tag::SUPPLIER_NAME, "Поставщик", name);
    }
    for phone in &agent.supplier_phones {
        supplier(Tag::SUPPLIER_PHONE, "Тел. поставщика", phone);
    }
    rows.maybe(
        Tag::SUPPLIER_INN,
        "ИНН поставщика",
        agent.supplier_inn.map(|inn| inn.to_string()).as_ref(),
    );
}

fn measure_name(code: u8) -> String {
    words::value_in_words(&Element {
        tag: Tag::QUANTITY_MEASURE,
        value: Value::Byte(code),
    })
}
