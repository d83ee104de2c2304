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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use terms::{LocalDate, VatRate};

    use super::*;

    fn schedule() -> impl Strategy<Value = VatSchedule> {
        let vat = || prop::sample::select(&VatRate::ALL[..]);
        let steps = prop::collection::btree_map((2000_u16..2200, 1_u8..13, 1_u8..29), vat(), 1..5);
        let steps = steps.prop_map(|steps| {
            let date = |(year, month, day)| LocalDate::new(year, month, day).unwrap();
            VatSchedule::new(steps.into_iter().map(|(day, rate)| (date(day), rate))).unwrap()
        });
        prop_oneof![vat().prop_map(VatSchedule::fixed), steps]
    }

    fn any_service() -> impl Strategy<Value = Service> {
        let agent = (any::<u8>(), any::<String>(), any::<String>()).prop_map(
            |(kind, supplier_name, supplier_phone)| Agent {
                kind,
                supplier_inn: "7707083893".parse().unwrap(),
                supplier_name,
                supplier_phone,
            },
        );
        let system = prop::sample::select(&TaxSystem::ALL[..]);
        let weight = (0..=Kopecks::MAX.get()).prop_map(|kopecks| Kopecks::new(kopecks).unwrap());
        let what = (any::<String>(), schedule(), system);
        let how = (any::<u32>(), weight, any::<bool>(), prop::option::of(agent));
        (what, how).prop_map(
            |((name, vat, tax_system), (priority, weight, p21, agent))| Service {
                name,
                vat,
                tax_system,
                priority,
                weight,
                p21,
                agent,
            },
        )
    }

    proptest! {
        #[test]
        fn a_service_reads_back_as_it_was_written(service in any_service()) {
            let json = service_to_json(&service).unwrap();
            prop_assert_eq!(service_from_json("INET", &json).unwrap(), service);
        }
    }

    #[test]
    fn what_is_not_a_definition_is_refused_with_the_service_s_code() {
        let good = r#"{"name":"N","vat":[{"rate":"22"}],"tax_system":1,"priority":1,"weight":1,"p21":true}"#;
        service_from_json("INET", good).unwrap();
        for (part, other) in [
            (r#"[{"rate":"22"}]"#, "[]"),
            (r#"[{"rate":"22"}]"#, r#"[{"rate":"22"},{"rate":"20"}]"#),
            (r#""rate":"22""#, r#""rate":"21""#),
            (r#""tax_system":1"#, r#""tax_system":64"#),
            (r#""priority":1"#, r#""priority":-1"#),
            (r#""p21":true"#, r#""p21":true,"more":1"#),
        ] {
            let json = good.replace(part, other);
            assert_ne!(json, good);
            let error = service_from_json("INET", &json).unwrap_err().to_string();
            assert!(error.contains("service INET"), "{json}: {error}");
        }
    }
}
