//! The row twin of a service: one JSON document.

use engine::{Agent, Service, VatSchedule};
use serde::{Deserialize, Serialize};
use terms::{Kopecks, TaxSystem};

use crate::{JournalError, Result};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    name: String,
    vat: Vec<RateRow>,
    tax_system: u8,
    priority: u32,
    weight: i64,
    p21: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<AgentRow>,
}

/// A rate and the day it begins; no day: always, until the next.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct RateRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    rate: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AgentRow {
    kind: u8,
    supplier_inn: String,
    supplier_name: String,
    supplier_phone: String,
}

/// The definition as it is stored.
///
/// # Errors
/// Never for a service that [`service_from_json`] has made.
pub fn service_to_json(service: &Service) -> Result<String> {
    let (first, changes) = service.vat.steps();
    let vat = if changes.is_empty() {
        vec![RateRow {
            from: None,
            rate: first.to_string(),
        }]
    } else {
        let row = |(from, rate): &(terms::LocalDate, terms::VatRate)| RateRow {
            from: Some(from.to_string()),
            rate: rate.to_string(),
        };
        changes.iter().map(row).collect()
    };
    let definition = Definition {
        name: service.name.clone(),
        vat,
        tax_system: service.tax_system.bit(),
        priority: service.priority,
        weight: service.weight.get(),
        p21: service.p21,
        agent: service.agent.as_ref().map(|agent| AgentRow {
            kind: agent.kind,
            supplier_inn: agent.supplier_inn.to_string(),
            supplier_name: agent.supplier_name.clone(),
            supplier_phone: agent.supplier_phone.clone(),
        }),
    };
    serde_json::to_string(&definition)
        .map_err(|error| JournalError::spoiled(format!("service {}", service.name), error))
}

/// Reads a stored definition back.
///
/// # Errors
/// When the text is no definition; `code` names the service in the message.
pub fn service_from_json(code: &str, json: &str) -> Result<Service> {
    let spoiled = |why: String| JournalError::spoiled(format!("service {code}"), why);
    let definition: Definition =
        serde_json::from_str(json).map_err(|error| spoiled(error.to_string()))?;
    read_definition(definition).map_err(|error| spoiled(error.to_string()))
}

fn read_definition(definition: Definition) -> terms::Result<Service> {
    let vat = match definition.vat.as_slice() {
        [RateRow { from: None, rate }] => VatSchedule::fixed(rate.parse()?),
        rows => {
            let step = |row: &RateRow| {
                Ok((
                    row.from.as_deref().unwrap_or_default().parse()?,
                    row.rate.parse()?,
                ))
            };
            VatSchedule::new(rows.iter().map(step).collect::<terms::Result<Vec<_>>>()?)?
        }
    };
    let agent = |row: AgentRow| -> terms::Result<Agent> {
        Ok(Agent {
            kind: row.kind,
            supplier_inn: row.supplier_inn.parse()?,
            supplier_name: row.supplier_name,
            supplier_phone: row.supplier_phone,
        })
    };
    Ok(Service {
        name: definition.name,
        vat,
        tax_system: TaxSystem::from_bit(definition.tax_system)?,
        priority: definition.priority,
        weight: Kopecks::new(definition.weight)?,
        p21: definition.p21,
        agent: definition.agent.map(agent).transpose()?,
    })
}
