//! A task becomes a receipt.

use desk::ready::{Place, Receipt, ReceiptDetails};
use serde_json::Value;
use terms::{FfdVersion, Kopecks, OperationSign, TaxSystem, TaxSystems};

use super::{
    agent, buyer, correction,
    error::{TaskError, code},
    line,
    node::Node,
    payments, properties, words,
};

/// What a task does not say and its receipt has to.
#[derive(Clone, Debug)]
pub(in crate::local) struct Facts {
    /// The version of the organisation's documents.
    pub(in crate::local) ffd: FfdVersion,
    /// Its tax systems.
    pub(in crate::local) tax_systems: TaxSystems,
    /// Where it settles.
    pub(in crate::local) place: Place,
}

/// The lines of `items`, and what else stands there.
#[derive(Default)]
struct Items {
    lines: Vec<desk::ready::Line>,
    user_property: Option<desk::ready::UserProperty>,
    additional: Option<String>,
}

/// The receipt that a task asks for.
///
/// # Errors
/// What is wrong with the task, with the driver's number.
pub(in crate::local) fn receipt(
    task: &Value,
    (sign, is_correction): (OperationSign, bool),
    facts: &Facts,
) -> Result<Receipt, TaskError> {
    let task = Node::root(task).object()?;
    let items = items(&task, facts.ffd)?;
    let basis = is_correction.then(|| correction::read(&task, facts.ffd));
    let may_be_bare = is_correction && facts.ffd == FfdVersion::V1_05;
    if items.lines.is_empty() && !may_be_bare {
        let why = "нет ни одной позиции (position)";
        return Err(task.required("items")?.wrong(code::PARSE, why));
    }
    let given = payments::given(&task)?;
    let total = total(&task, &items, given.total())?;
    let details = details(&task, items.lines.is_empty())?;
    let client = task.get_object("clientInfo")?;
    let client = client.as_ref();
    let company = task.get_object("companyInfo")?;
    let sender = company.map(|company| company.get_text("email")).transpose();
    Ok(Receipt {
        settlement: place(&task, facts)?,
        cashier: buyer::cashier(&task)?,
        buyer_contact: client.map_or(Ok(None), buyer::contact)?,
        sender_email: sender?.flatten(),
        buyer: client.map_or(Ok(None), buyer::buyer)?,
        automat_number: task.get_text("machineNumber")?,
        additional: items.additional,
        user_property: items.user_property,
        correction: basis.transpose()?,
        details: (details != ReceiptDetails::default()).then(|| Box::new(details)),
        ..Receipt::new(
            facts.ffd,
            sign,
            tax_system(&task, facts)?,
            items.lines,
            payments::settle(total, given)?,
        )
    })
}

fn items(task: &Node<'_>, ffd: FfdVersion) -> Result<Items, TaskError> {
    let whole = agent::read(task)?;
    let mut items = Items::default();
    for item in task.elements("items")? {
        let item = item.object()?;
        // An element without a type is a position (unverified).
        let kind = item.get_text("type")?;
        match kind.as_deref().unwrap_or("position") {
            "position" => items.lines.push(line::read(&item, ffd, whole.as_ref())?),
            "userAttribute" => items.user_property = Some(properties::user_property(&item)?),
            "additionalAttribute" => {
                items.additional = Some(item.required("value")?.text()?.to_owned());
            }
            // They are for paper.
            "text" | "barcode" | "picture" | "pictureFromMemory" | "pixels" => {}
            _ => {
                let field = item.required("type")?;
                return Err(field.wrong(code::PARSE, "такого элемента чека нет"));
            }
        }
    }
    Ok(items)
}

/// The total: what the task says, or the sum of its lines; without lines that of the payments.
fn total(
    task: &Node<'_>,
    items: &Items,
    paid: terms::Result<Kopecks>,
) -> Result<Kopecks, TaskError> {
    let wide = |error: terms::TermError| TaskError::new(code::BAD_PRICE, error.to_string());
    let sum = match items.lines.is_empty() {
        true => paid.map_err(wide)?,
        false => Kopecks::sum(items.lines.iter().map(|line| line.amount)).map_err(wide)?,
    };
    let total = match task.get("total") {
        Some(field) => {
            let total = field.money()?;
            // The driver may round it down to roubles; format-logic control does not take that.
            if total != sum {
                let why = format!("итог {total}, а позиции дают {sum}");
                return Err(field.wrong(code::BAD_TOTAL, why));
            }
            total
        }
        None => sum,
    };
    if !total.is_positive() {
        return Err(TaskError::new(code::BAD_TOTAL, "Сумма чека равна нулю"));
    }
    Ok(total)
}

fn details(task: &Node<'_>, is_bare: bool) -> Result<ReceiptDetails, TaskError> {
    Ok(ReceiptDetails {
        industry: properties::industry(task)?,
        operational: properties::operational(task)?,
        // Where there are lines, the totals follow from them.
        vat_totals: match is_bare {
            true => correction::taxes(task)?,
            false => Default::default(),
        },
        ..ReceiptDetails::default()
    })
}

/// Where it is settled: what the task leaves out is the organisation's own.
fn place(task: &Node<'_>, facts: &Facts) -> Result<Option<Place>, TaskError> {
    let place = task.get_text("paymentsPlace")?;
    let address = task.get_text("paymentsAddress")?;
    if place.is_none() && address.is_none() {
        return Ok(None);
    }
    let own = facts.place.clone();
    Ok(Some(Place {
        address: address.unwrap_or(own.address),
        place: place.unwrap_or(own.place),
    }))
}

/// The tax system of the task; if it names none, the organisation's only one.
fn tax_system(task: &Node<'_>, facts: &Facts) -> Result<TaxSystem, TaskError> {
    if let Some(field) = task.get("taxationType") {
        let system = words::tax_system(&field)?;
        return match facts.tax_systems.contains(system) {
            true => Ok(system),
            false => Err(field.wrong(
                code::TAX_SYSTEM,
                format!("касса не зарегистрирована с СНО «{}»", system.title()),
            )),
        };
    }
    let mut systems = facts.tax_systems.iter();
    match (systems.next(), systems.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(TaskError::new(
            code::PARSE,
            "Нет обязательного поля «taxationType»: у организации несколько СНО",
        )),
    }
}

#[cfg(test)]
mod tests;
