//! Positions: what is settled (ATOL web requests §10.1).

use desk::ready::{Line, LineDetails, Quantity};
use terms::{FfdVersion, Kopecks, PaymentMethod, SettlementSubject};

use super::{
    agent::{self, LineAgent},
    error::{TaskError, code},
    measure::Measure,
    node::Node,
    properties, words,
};

/// The most decimals of a quantity that are kept (ATOL web requests §3.4).
const QUANTITY_PLACES: i32 = 6;

/// Fields of marked goods. They are refused: a receipt without its marks would be a wrong one.
const MARKING: [&str; 5] = [
    "nomenclatureCode",
    "markingCode",
    "imcParams",
    "markOperatorItemAnswer",
    "productCodes",
];

/// Reads a position; `whole` is the agent of the whole receipt, who stands for lines that have none
/// of their own (in FFD 1.2 only lines have agents).
pub(super) fn read(
    item: &Node<'_>,
    ffd: FfdVersion,
    whole: Option<&LineAgent>,
) -> Result<Line, TaskError> {
    for field in MARKING {
        if let Some(field) = item.get(field) {
            let why = "маркированные товары не поддерживаются";
            return Err(field.wrong(code::NOT_SUPPORTED, why));
        }
    }
    let name = item.required("name")?.text()?.trim().to_owned();
    let price = item.required("price")?.money()?;
    let quantity = quantity(item)?;
    let amount = item.required("amount")?.money()?;
    let tax = item.required("tax")?.object()?;
    let vat = words::tax(&tax.required("type")?)?;
    let own = agent::read(item)?;
    let agent = own.as_ref().or(whole);
    let measure = match item.get("measurementUnit") {
        Some(unit) => Measure::read(&unit, ffd)?,
        None => Measure::default(),
    };
    let details = LineDetails {
        agent_data: agent.and_then(|agent| agent.data.clone()),
        additional: item.get_text("additionalAttribute")?,
        unit: measure.text,
        excise: item.get("exciseSum").map(|it| it.money()).transpose()?,
        origin: item.get_parsed("countryCode")?,
        customs_declaration: item.get_text("customsDeclaration")?,
        industry: properties::industry(item)?,
        ..LineDetails::default()
    };
    let line = Line {
        price,
        quantity,
        measure: measure.code,
        agent: agent.map(|agent| agent.agent.clone()),
        details: (details != LineDetails::default()).then(|| Box::new(details)),
        ..Line::new(name, amount, method(item)?, subject(item)?, vat)
    };
    check_tax(&tax, &line)?;
    Ok(line)
}

fn quantity(item: &Node<'_>) -> Result<Quantity, TaskError> {
    let field = item.required("quantity")?;
    let wrong = || field.wrong(code::BAD_QUANTITY, "нужно количество больше нуля");
    let rounded = field.decimal()?.rounded(QUANTITY_PLACES);
    let mut mantissa = rounded
        .and_then(|it| u64::try_from(it).ok())
        .filter(|mantissa| *mantissa > 0)
        .ok_or_else(wrong)?;
    let mut places = QUANTITY_PLACES.unsigned_abs() as u8;
    while places > 0 && mantissa.is_multiple_of(10) {
        (mantissa, places) = (mantissa / 10, places - 1);
    }
    Quantity::new(mantissa, places).map_err(|_| wrong())
}

/// What is left out is «полный расчет» \[unverified\].
fn method(item: &Node<'_>) -> Result<PaymentMethod, TaskError> {
    let field = item.get("paymentMethod");
    let method = field.map(|field| words::payment_method(&field));
    method.unwrap_or(Ok(PaymentMethod::FullSettlement))
}

/// What is left out is «товар» \[unverified\].
fn subject(item: &Node<'_>) -> Result<SettlementSubject, TaskError> {
    let field = item.get("paymentObject");
    let subject = field.map(|field| words::payment_object(&field));
    subject.unwrap_or(Ok(SettlementSubject::Goods))
}

/// A sum of tax that the caller gives has to be ours, within a kopeck: ours goes to the document.
fn check_tax(tax: &Node<'_>, line: &Line) -> Result<(), TaskError> {
    let Some(field) = tax.get("sum") else {
        return Ok(());
    };
    let (given, ours) = (field.money()?, line.tax());
    // Clients give nothing, or 0, or the whole sum where there is no tax.
    let is_untaxed = ours.is_zero() && (given.is_zero() || given == line.amount);
    if is_untaxed || (given.get() - ours.get()).abs() <= 1 || given == Kopecks::ZERO {
        return Ok(());
    }
    Err(field.wrong(
        code::TAX_SUM,
        format!("налог {given}, а по ставке {} выходит {ours}", line.vat),
    ))
}
