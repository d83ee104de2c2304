//! For whom a line is settled: `agentInfo` and `supplierInfo` (ATOL web requests §3.5, §10.1).

use desk::ready::{Agent, AgentData, AgentKinds};

use super::{
    buyer::phone,
    error::{TaskError, code},
    node::Node,
    words,
};

/// The agent of a line, and what he says of himself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LineAgent {
    pub(super) agent: Agent,
    pub(super) data: Option<AgentData>,
}

/// How a supplier is written to whom Russia gave no ИНН.
const NO_INN: &str = "000000000000";

/// Reads the agent of a line, or of a whole receipt; none when nobody else is settled for.
pub(super) fn read(node: &Node<'_>) -> Result<Option<LineAgent>, TaskError> {
    let (info, supplier) = (
        node.get_object("agentInfo")?,
        node.get_object("supplierInfo")?,
    );
    let (info, supplier) = match (info, supplier) {
        (None, None) => return Ok(None),
        // A supplier alone means nothing: in the document it comes with the kind of the agent.
        (None, Some(supplier)) => {
            let why = "поставщик бывает только вместе с agentInfo";
            return Err(supplier.wrong(code::PARSE, why));
        }
        (Some(info), Some(supplier)) => (info, supplier),
        (Some(info), None) => (info, node.required("supplierInfo")?),
    };
    let data = data(&info)?;
    Ok(Some(LineAgent {
        agent: Agent {
            kinds: kinds(&info)?,
            supplier_inn: supplier_inn(&supplier)?,
            supplier_name: supplier.get_text("name")?,
            supplier_phones: phones(&supplier)?,
        },
        data: (data != AgentData::default()).then_some(data),
    }))
}

fn kinds(info: &Node<'_>) -> Result<AgentKinds, TaskError> {
    let list = info.required("agents")?;
    let mut bits = 0;
    for element in info.elements("agents")? {
        bits |= words::agent(&element)?.bits();
    }
    AgentKinds::from_bits(bits).map_err(|error| list.wrong(code::PARSE, error))
}

fn supplier_inn(supplier: &Node<'_>) -> Result<Option<terms::Inn>, TaskError> {
    let vatin = supplier.required("vatin")?;
    match vatin.text()?.trim() {
        NO_INN | "0000000000" => Ok(None),
        _ => vatin.parsed().map(Some),
    }
}

fn data(info: &Node<'_>) -> Result<AgentData, TaskError> {
    let mut data = AgentData::default();
    if let Some(agent) = info.get_object("payingAgent")? {
        data.operation = agent.get_text("operation")?;
        data.agent_phones = phones(&agent)?;
    }
    if let Some(operator) = info.get_object("receivePaymentsOperator")? {
        data.payment_operator_phones = phones(&operator)?;
    }
    if let Some(operator) = info.get_object("moneyTransferOperator")? {
        data.transfer_operator_phones = phones(&operator)?;
        data.transfer_operator_name = operator.get_text("name")?;
        data.transfer_operator_address = operator.get_text("address")?;
        data.transfer_operator_inn = operator.get_parsed("vatin")?;
    }
    Ok(data)
}

fn phones(node: &Node<'_>) -> Result<Vec<String>, TaskError> {
    let phones = node.texts("phones")?;
    let said = phones.iter().filter(|text| !text.trim().is_empty());
    Ok(said.map(|text| phone(text)).collect())
}
