//! A receipt or a correction of the protocol, as a ready receipt of the desk (ATOL Online protocol
//! §3.3, §3.8).

use desk::ready::{
    Cashier, Line, LineDetails, OperationalProperty, Payments, Place, Receipt, ReceiptDetails,
    UnixTime, UserProperty,
};
use terms::{FfdVersion, TaxSystem};

use super::{
    agent::{AgentInfo, SupplierInfo},
    answer::Fault,
    client::Client,
    correction,
    fields::Fields,
    items,
    payments::{self, Given},
    request::Case,
    setup::Protocol,
    stamp, words,
};

/// The agent: the ИНН of the document is not that of the register.
const OTHER_INN: i32 = 2009;

/// Reads the object `receipt` or `correction`.
pub(super) fn read(document: Fields<'_>, case: &Case<'_>) -> Result<Receipt, Fault> {
    let is_v5 = case.protocol == Protocol::V5;
    let is_correction = case.operation.is_correction;
    let client = Client::read(&document, !is_correction, case)?;
    let company = Company::read(&document, case)?;
    let mut details = ReceiptDetails::default();
    let (mut lines, payments) = settled(&document, case, &mut details)?;
    agents(&document, case.protocol, &mut lines, &mut details)?;
    details.cashless_payments = payments::cashless(&document)?;
    let correction = match is_correction {
        true => Some(correction::read(&document, case.protocol)?),
        false => None,
    };
    if is_v5 {
        details.industry = items::industry(&document, "sectoral_check_props")?;
        details.operational = operational(&document)?;
        zone(&document)?;
    }
    let has_texts = is_v5 || !is_correction;
    let (additional, user_property) = if has_texts {
        let additional = document.owned("additional_check_props", 16)?;
        (additional, user_property(&document)?)
    } else {
        (None, None)
    };
    let cashier = cashier(&document, case.protocol)?;
    let automat_number = document.owned("device_number", 20)?;
    let internet = document.flag("internet")?.unwrap_or(false);
    document.finish()?;
    Ok(Receipt {
        settlement: Some(company.place),
        cashier,
        buyer_contact: client.contact,
        sender_email: company.email,
        buyer: client.buyer,
        internet,
        automat_number,
        additional,
        user_property,
        correction,
        details: (details != ReceiptDetails::default()).then(|| Box::new(details)),
        // The desk puts the organisation's version in its place.
        ..Receipt::new(
            FfdVersion::V1_2,
            case.operation.sign,
            company.tax_system,
            lines,
            payments,
        )
    })
}

/// The lines and how they are settled. Corrections of v4 have sums and taxes only.
fn settled(
    document: &Fields<'_>,
    case: &Case<'_>,
    details: &mut ReceiptDetails,
) -> Result<(Vec<Line>, Payments), Fault> {
    let given = Given::read(document, case.protocol)?;
    if case.protocol == Protocol::V4 && case.operation.is_correction {
        let payments = given.whole(document)?;
        let total = payments.total();
        let total = total.map_err(|error| document.fault("payments", error))?;
        details.vat_totals = payments::vat_totals(document, total)?;
        return Ok((Vec::new(), payments));
    }
    let lines = items::read(document, case)?;
    let total = payments::total(document, &lines, case.protocol)?;
    payments::check_vats(document, &lines)?;
    Ok((lines, given.settle(total)?))
}

/// The object `company`.
struct Company {
    email: Option<String>,
    tax_system: TaxSystem,
    place: Place,
}

impl Company {
    fn read(document: &Fields<'_>, case: &Case<'_>) -> Result<Self, Fault> {
        let fields = document.required_object("company")?;
        let organisation = &case.setup.organisation;
        let email = match (case.protocol, case.operation.is_correction) {
            (Protocol::V4, true) => None,
            (Protocol::V4, false) => Some(fields.required_text("email", 64)?),
            (Protocol::V5, _) => {
                Some(fields.required_text("email", 64)?).filter(|it| *it != "none")
            }
        };
        let mut registered = organisation.tax_systems.iter();
        let only = registered.next().filter(|_| registered.next().is_none());
        let tax_system = match (fields.word("sno", words::tax_system)?, case.protocol) {
            (Some(system), _) => Some(system),
            (None, Protocol::V4) => only,
            (None, Protocol::V5) => None,
        };
        let tax_system = fields.required("sno", tax_system)?;
        let inn = fields.inn("inn")?;
        let inn = fields.required("inn", inn)?;
        let place = fields.required_text("payment_address", 256)?;
        let address = fields.text("location", 256)?;
        fields.finish()?;
        if inn != organisation.inn {
            let text = format!(
                "company.inn is {inn}, but the registers are those of {}",
                organisation.inn
            );
            return Err(Fault::device(OTHER_INN, "agent", text));
        }
        Ok(Self {
            email: email.map(str::to_owned),
            tax_system,
            place: Place {
                address: address.unwrap_or(&organisation.address).to_owned(),
                place: place.to_owned(),
            },
        })
    }
}

/// Agents of the whole document. ФФД 1.2 has none, but some clients of v5 name one there
/// (unverified): it is that of the lines that name none themselves.
fn agents(
    document: &Fields<'_>,
    protocol: Protocol,
    lines: &mut [Line],
    details: &mut ReceiptDetails,
) -> Result<(), Fault> {
    let agent = document.object("agent_info")?;
    let supplier = document.object("supplier_info")?;
    let agent = match (agent, &supplier) {
        (None, None) => return Ok(()),
        (None, Some(_)) => return Err(document.fault("agent_info", "supplier_info needs it")),
        (Some(agent), _) => AgentInfo::read(agent)?,
    };
    let is_v5 = protocol == Protocol::V5;
    let supplier = supplier.map(|supplier| SupplierInfo::read(supplier, is_v5));
    let supplier = supplier.transpose()?;
    if !is_v5 {
        details.agent = Some(agent.of_receipt(supplier));
        return Ok(());
    }
    let supplier = document.required("supplier_info", supplier)?;
    for line in lines.iter_mut().filter(|line| line.agent.is_none()) {
        let (agent, data) = agent.of_line(&supplier);
        line.agent = Some(agent);
        if data.is_some() {
            let details = line.details.get_or_insert_with(Box::<LineDetails>::default);
            details.agent_data = data;
        }
    }
    Ok(())
}

fn cashier(document: &Fields<'_>, protocol: Protocol) -> Result<Option<Cashier>, Fault> {
    let name = document.owned("cashier", 64)?;
    let inn = match protocol {
        Protocol::V4 => None,
        Protocol::V5 => document.inn("cashier_inn")?,
    };
    if inn.is_some_and(|inn| inn.as_str().len() != 12) {
        return Err(document.fault("cashier_inn", "it has 12 digits"));
    }
    match (name, inn) {
        (Some(name), inn) => Ok(Some(Cashier { name, inn })),
        (None, Some(_)) => Err(document.fault("cashier", "cashier_inn needs it")),
        (None, None) => Ok(None),
    }
}

fn user_property(document: &Fields<'_>) -> Result<Option<UserProperty>, Fault> {
    let Some(fields) = document.object("additional_user_props")? else {
        return Ok(None);
    };
    let property = UserProperty {
        name: fields.required_text("name", 64)?.to_owned(),
        value: fields.required_text("value", 256)?.to_owned(),
    };
    fields.finish()?;
    Ok(Some(property))
}

fn operational(document: &Fields<'_>) -> Result<Option<OperationalProperty>, Fault> {
    let Some(fields) = document.object("operating_check_props")? else {
        return Ok(None);
    };
    if fields.required_text("name", 1)? != "0" {
        return Err(fields.fault("name", "it is \"0\""));
    }
    let data = fields.required_text("value", 64)?.to_owned();
    let moment = stamp::read_moment(fields.required_text("timestamp", 19)?);
    let time = moment.and_then(|moment| UnixTime::try_from(moment).ok());
    let time = time.ok_or_else(|| fields.fault("timestamp", "it is dd.mm.yyyy HH:MM:SS"))?;
    fields.finish()?;
    Ok(Some(OperationalProperty { id: 0, data, time }))
}

/// `timezone` is checked and goes no further: the time of documents is that of the place of
/// settlement, which the configuration says.
fn zone(document: &Fields<'_>) -> Result<(), Fault> {
    match document.integer("timezone")? {
        None | Some(1..=11) => Ok(()),
        Some(_) => Err(document.fault("timezone", "it is 1…11")),
    }
}
