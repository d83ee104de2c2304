//! Lines (ATOL Online protocol §3.4).

use desk::ready::{IndustryProperty, Line, LineDetails, Quantity};
use terms::{Kopecks, PaymentMethod, SettlementSubject};

use super::{
    agent::{AgentInfo, SupplierInfo},
    answer::Fault,
    fields::Fields,
    request::Case,
    setup::Protocol,
    words,
};

/// The most lines of a document.
const ITEMS_MAX: usize = 100;
/// The most industry's requisites.
const PROPERTIES_MAX: usize = 20;
const NO_CODES: &str =
    "codes of goods and marked goods are not supported: Kassette is for services";

/// Reads `items`; one at least.
pub(super) fn read(document: &Fields<'_>, case: &Case<'_>) -> Result<Vec<Line>, Fault> {
    let items = document.some_objects("items", ITEMS_MAX)?;
    items.into_iter().map(|item| line(item, case)).collect()
}

fn line(fields: Fields<'_>, case: &Case<'_>) -> Result<Line, Fault> {
    let name = fields.required_text("name", 128)?;
    let numbers = Numbers::read(&fields, case.protocol)?;
    let method = method(&fields, case.protocol)?;
    let subject = subject(&fields, case.protocol)?;
    let vat = fields.required_object("vat")?;
    let code = vat.word("type", words::vat)?;
    let code = vat.required("type", code)?;
    let tax = vat.money("sum")?;
    let mut details = details(&fields, case.protocol)?;
    let agent = match agent(&fields)? {
        None => None,
        Some((agent, data)) => {
            details.agent_data = data;
            Some(agent)
        }
    };
    let amount = numbers.amount;
    let line = Line {
        price: numbers.price,
        quantity: numbers.quantity,
        measure: numbers.measure,
        agent,
        details: (details != LineDetails::default()).then(|| Box::new(details)),
        ..Line::new(name, amount, method, subject, code)
    };
    if let Some(tax) = tax.filter(|_| code.rate().percent().unwrap_or(0) > 0)
        && (tax.get() - line.tax().get()).abs() > 1
    {
        let rule = format!("it is not the tax of {amount} at {code}: {}", line.tax());
        return Err(vat.fault("sum", rule));
    }
    vat.finish()?;
    fields.finish()?;
    Ok(line)
}

/// How much of what for how much.
struct Numbers {
    price: Kopecks,
    quantity: Quantity,
    amount: Kopecks,
    measure: u8,
}

impl Numbers {
    fn read(fields: &Fields<'_>, protocol: Protocol) -> Result<Self, Fault> {
        // Kopecks; digits after the point; thousandths.
        let (sum_max, decimals, quantity_max) = match protocol {
            Protocol::V4 => (1_000_000_000_000, 6, 99_999_999_000),
            Protocol::V5 => (4_294_967_295, 3, 99_999_999),
        };
        let sum = |name| {
            let sum = fields.required_money(name)?;
            if sum.get() <= sum_max {
                return Ok(sum);
            }
            let most = sum_max / 100;
            Err(fields.fault(name, format!("{sum} is more than {most} roubles")))
        };
        let (price, amount) = (sum("price")?, sum("sum")?);
        let quantity = fields.quantity("quantity", decimals)?;
        let scale = 10_u128.pow(u32::from(quantity.decimals()));
        if u128::from(quantity.mantissa()) * 1_000 > quantity_max * scale {
            return Err(fields.fault("quantity", "it is too much"));
        }
        let measure = match protocol {
            Protocol::V4 => 0,
            Protocol::V5 => {
                let measure = fields.integer("measure")?;
                let measure = fields.required("measure", measure)?;
                u8::try_from(measure).map_err(|_| fields.fault("measure", "it is 0…255"))?
            }
        };
        Ok(Self {
            price,
            quantity,
            amount,
            measure,
        })
    }
}

/// Newer editions of v4 have a default.
fn method(fields: &Fields<'_>, protocol: Protocol) -> Result<PaymentMethod, Fault> {
    match (fields.word("payment_method", words::method)?, protocol) {
        (Some(method), _) => Ok(method),
        (None, Protocol::V4) => Ok(PaymentMethod::FullPrepayment),
        (None, Protocol::V5) => fields.required("payment_method", None),
    }
}

/// A word in v4, where newer editions have a default; a number in v5.
fn subject(fields: &Fields<'_>, protocol: Protocol) -> Result<SettlementSubject, Fault> {
    const NAME: &str = "payment_object";
    if protocol == Protocol::V4 {
        let subject = fields.word(NAME, words::subject)?;
        return Ok(subject.unwrap_or(SettlementSubject::Goods));
    }
    let value = fields.value(NAME);
    let value = fields.required(NAME, value)?;
    let code = value.as_u64().and_then(|code| u8::try_from(code).ok());
    let code = code.ok_or_else(|| fields.fault(NAME, "it is a number, 1…27 or 30…33"))?;
    SettlementSubject::from_code(code).map_err(|error| fields.fault(NAME, error))
}

fn details(fields: &Fields<'_>, protocol: Protocol) -> Result<LineDetails, Fault> {
    let mut details = LineDetails {
        additional: fields.owned("user_data", 64)?,
        excise: fields.money("excise")?,
        origin: fields.term("country_code", 3)?,
        customs_declaration: fields.owned("declaration_number", 32)?,
        ..LineDetails::default()
    };
    match protocol {
        Protocol::V4 => {
            details.unit = fields.owned("measurement_unit", 16)?;
            if fields.text("nomenclature_code", 150)?.is_some() {
                return Err(fields.fault("nomenclature_code", NO_CODES));
            }
        }
        Protocol::V5 => {
            for name in [
                "mark_quantity",
                "mark_processing_mode",
                "mark_code",
                "wholesale",
                "planned_status",
            ] {
                fields.not_supported(name, NO_CODES)?;
            }
            details.industry = industry(fields, "sectoral_item_props")?;
        }
    }
    Ok(details)
}

/// An agent's line names its supplier.
fn agent(
    fields: &Fields<'_>,
) -> Result<Option<(desk::ready::Agent, Option<desk::ready::AgentData>)>, Fault> {
    let agent = fields.object("agent_info")?;
    let supplier = fields.object("supplier_info")?;
    match (agent, supplier) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(fields.fault("agent_info", "supplier_info needs it")),
        (Some(_), None) => Err(fields.fault("supplier_info", "agent_info needs it")),
        (Some(agent), Some(supplier)) => {
            let supplier = SupplierInfo::read(supplier, true)?;
            Ok(Some(AgentInfo::read(agent)?.of_line(&supplier)))
        }
    }
}

/// Reads industry's requisites, of a line or of a receipt.
pub(super) fn industry(
    fields: &Fields<'_>,
    name: &'static str,
) -> Result<Vec<IndustryProperty>, Fault> {
    let list = fields.objects(name, PROPERTIES_MAX)?;
    let read = |property: Fields<'_>| {
        let foiv = property.term("federal_id", 3)?;
        let date = property.term("date", 10)?;
        let read = IndustryProperty {
            foiv: property.required("federal_id", foiv)?,
            date: property.required("date", date)?,
            number: property.required_text("number", 32)?.to_owned(),
            value: property.required_text("value", 256)?.to_owned(),
        };
        property.finish()?;
        Ok(read)
    };
    list.into_iter().map(read).collect()
}
