//! Agents and suppliers (ATOL Online protocol §3.5).

use desk::ready::{Agent, AgentData, AgentKinds, ReceiptAgent};
use terms::Inn;

use super::{answer::Fault, fields::Fields, words};

/// Telephones in one list, at most.
const PHONES_MAX: usize = 100;
/// What stands for the ИНН of a supplier to whom Russia gave none.
const NO_INN: &str = "000000000000";

/// `agent_info`: what kind of agent, and what agents and operators say of themselves.
pub(super) struct AgentInfo {
    kinds: AgentKinds,
    data: AgentData,
}

/// `supplier_info`.
pub(super) struct SupplierInfo {
    inn: Option<Inn>,
    name: Option<String>,
    phones: Vec<String>,
}

impl AgentInfo {
    pub(super) fn read(fields: Fields<'_>) -> Result<Self, Fault> {
        let kinds = fields.word("type", words::agent)?;
        let mut data = AgentData::default();
        if let Some(agent) = fields.object("paying_agent")? {
            data.operation = agent.owned("operation", 24)?;
            data.agent_phones = phones(&agent)?;
            agent.finish()?;
        }
        if let Some(operator) = fields.object("receive_payments_operator")? {
            data.payment_operator_phones = phones(&operator)?;
            operator.finish()?;
        }
        if let Some(operator) = fields.object("money_transfer_operator")? {
            data.transfer_operator_phones = phones(&operator)?;
            data.transfer_operator_name = operator.owned("name", 64)?;
            data.transfer_operator_address = operator.owned("address", 256)?;
            data.transfer_operator_inn = operator.inn("inn")?;
            operator.finish()?;
        }
        let kinds = fields.required("type", kinds)?;
        fields.finish()?;
        Ok(Self { kinds, data })
    }

    /// The agent of one line, and what belongs to its details.
    pub(super) fn of_line(&self, supplier: &SupplierInfo) -> (Agent, Option<AgentData>) {
        let agent = Agent {
            kinds: self.kinds,
            supplier_inn: supplier.inn,
            supplier_name: supplier.name.clone(),
            supplier_phones: supplier.phones.clone(),
        };
        let data = (self.data != AgentData::default()).then(|| self.data.clone());
        (agent, data)
    }

    /// The agent of a whole receipt before ФФД 1.2, where only the supplier's telephones have a
    /// tag.
    pub(super) fn of_receipt(self, supplier: Option<SupplierInfo>) -> ReceiptAgent {
        ReceiptAgent {
            kinds: self.kinds,
            data: self.data,
            supplier_phones: supplier.map(|it| it.phones).unwrap_or_default(),
        }
    }
}

impl SupplierInfo {
    /// `of_line`: its ИНН is required.
    pub(super) fn read(fields: Fields<'_>, of_line: bool) -> Result<Self, Fault> {
        let inn = match fields.text("inn", 12)? {
            None if of_line => return Err(fields.fault("inn", "it is required")),
            None | Some(NO_INN) => None,
            Some(_) => fields.inn("inn")?,
        };
        let supplier = Self {
            inn,
            name: fields.owned("name", 256)?,
            phones: phones(&fields)?,
        };
        fields.finish()?;
        Ok(supplier)
    }
}

fn phones(fields: &Fields<'_>) -> Result<Vec<String>, Fault> {
    fields.texts("phones", PHONES_MAX, |text| {
        let rest = text.strip_prefix('+').unwrap_or(text);
        let is_phone = !rest.contains(|letter: char| letter.is_whitespace() || letter == '\\');
        if is_phone && !rest.is_empty() && rest.chars().count() <= 18 {
            return Ok(text.to_owned());
        }
        Err(format!("«{text:.40}» is no telephone number +71234567890"))
    })
}
