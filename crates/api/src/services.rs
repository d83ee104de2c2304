//! Services: `GET` and `PUT /v1/services`.

use std::collections::BTreeMap;

use axum::{Json, body::Bytes, extract::State};
use desk::{Agent, Desk, DeskError, Service, VatSchedule};
use serde::{Deserialize, Serialize};
use terms::{Kopecks, LocalDate, ServiceCode, TaxSystem, VatRate};

use crate::{Money, Problem};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceJson {
    name: String,
    vat: VatJson,
    /// Tag 1055.
    sno: u8,
    #[serde(default = "first")]
    priority: u32,
    /// What is typically charged a month: how a surplus is split between services.
    #[serde(default = "nothing")]
    weight: Money,
    /// Whether offsets may go into the consolidated receipt (54-ФЗ art. 1.2 p. 2.1).
    #[serde(default = "yes")]
    p21: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<AgentJson>,
}

/// A rate for all times, or the rates with the days they begin.
#[derive(Serialize)]
#[serde(untagged)]
enum VatJson {
    Fixed(String),
    Schedule(Vec<StepJson>),
}

impl<'de> Deserialize<'de> for VatJson {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(rate) => Ok(Self::Fixed(rate)),
            steps @ serde_json::Value::Array(_) => serde_json::from_value(steps)
                .map(Self::Schedule)
                .map_err(D::Error::custom),
            _ => Err(D::Error::custom(
                "vat is a rate such as \"22\", or a list of {from, rate}",
            )),
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct StepJson {
    from: String,
    rate: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AgentJson {
    /// Tag 1222, bits.
    #[serde(rename = "type")]
    kind: u8,
    supplier_inn: String,
    supplier_name: String,
    supplier_phone: String,
}

const fn first() -> u32 {
    1
}

const fn nothing() -> Money {
    Money(Kopecks::ZERO)
}

const fn yes() -> bool {
    true
}

/// `GET /v1/services`: by code.
pub(crate) async fn get(
    State(desk): State<Desk>,
) -> Result<Json<BTreeMap<String, ServiceJson>>, Problem> {
    let services = desk.services().await?;
    let json = |(code, service)| (ServiceCode::to_string(&code), service_json(service));
    Ok(Json(services.into_iter().map(json).collect()))
}

/// `PUT /v1/services`: declares or changes services by code; all or none. Those not named stay.
pub(crate) async fn put(
    State(desk): State<Desk>,
    body: Bytes,
) -> Result<Json<BTreeMap<String, ServiceJson>>, Problem> {
    let request: BTreeMap<String, ServiceJson> = serde_json::from_slice(&body)
        .map_err(|error| Problem::malformed(format!("the services cannot be read: {error}")))?;
    let services = request
        .into_iter()
        .map(|(code, json)| Ok((code.parse()?, read_service(json)?)))
        .collect::<terms::Result<BTreeMap<ServiceCode, Service>>>()
        .map_err(DeskError::from)?;
    desk.put_services(services).await?;
    get(State(desk)).await
}

fn read_service(json: ServiceJson) -> terms::Result<Service> {
    let vat = match json.vat {
        VatJson::Fixed(rate) => VatSchedule::fixed(rate.parse()?),
        VatJson::Schedule(steps) => {
            let step = |step: StepJson| {
                Ok((
                    step.from.parse::<LocalDate>()?,
                    step.rate.parse::<VatRate>()?,
                ))
            };
            VatSchedule::new(
                steps
                    .into_iter()
                    .map(step)
                    .collect::<terms::Result<Vec<_>>>()?,
            )?
        }
    };
    let agent = |json: AgentJson| -> terms::Result<Agent> {
        Ok(Agent {
            kind: json.kind,
            supplier_inn: json.supplier_inn.parse()?,
            supplier_name: json.supplier_name,
            supplier_phone: json.supplier_phone,
        })
    };
    if json.weight.0 < Kopecks::ZERO {
        return Err(terms::TermError::new(
            "weight",
            json.weight.0,
            "it is not negative",
        ));
    }
    if json.name.trim().is_empty() || json.name.chars().count() > 128 {
        return Err(terms::TermError::new(
            "service name",
            json.name,
            "1…128 characters",
        ));
    }
    Ok(Service {
        name: json.name,
        vat,
        tax_system: TaxSystem::from_bit(json.sno)?,
        priority: json.priority,
        weight: json.weight.0,
        p21: json.p21,
        agent: json.agent.map(agent).transpose()?,
    })
}

fn service_json(service: Service) -> ServiceJson {
    let (first, changes) = service.vat.steps();
    let step = |(from, rate): &(LocalDate, VatRate)| StepJson {
        from: from.to_string(),
        rate: rate.to_string(),
    };
    let vat = if changes.is_empty() {
        VatJson::Fixed(first.to_string())
    } else {
        VatJson::Schedule(changes.iter().map(step).collect())
    };
    ServiceJson {
        vat,
        name: service.name,
        sno: service.tax_system.bit(),
        priority: service.priority,
        weight: Money(service.weight),
        p21: service.p21,
        agent: service.agent.map(|agent| AgentJson {
            kind: agent.kind,
            supplier_inn: agent.supplier_inn.to_string(),
            supplier_name: agent.supplier_name,
            supplier_phone: agent.supplier_phone,
        }),
    }
}
