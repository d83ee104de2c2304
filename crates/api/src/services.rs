//! Services: `GET` and `PUT /v1/services`.

use std::{collections::BTreeMap, fmt};

use axum::{Extension, Json, extract::State};
use desk::{Agent, Desk, KeyIdentity, Service, VatSchedule};
use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use terms::{Inn, Kopecks, LocalDate, ServiceCode, TaxSystem, VatRate};

use crate::{
    Problem,
    money::Money,
    request::{Body, Nothing, Params, read_json},
    value::{Label, Object, Text, checked},
};

/// The most services in one request, and the most rates of one service.
const SERVICES_MAX: usize = 1_000;
const RATES_MAX: usize = 100;

/// The longest names, bytes: 128 and 256 Russian letters, as tags 1030 and 1225 hold.
const NAME_MAX: usize = 256;
const SUPPLIER_MAX: usize = 512;

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceJson {
    name: Label<NAME_MAX>,
    vat: VatJson,
    sno: Sno,
    #[serde(default = "first")]
    priority: u32,
    /// What is typically charged a month: how a surplus is split between services.
    #[serde(default = "nothing")]
    weight: Money,
    /// Whether offsets may go into the consolidated receipt (54-ФЗ art. 1.2 p. 2.1).
    #[serde(default = "yes")]
    p21: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<Object<AgentJson>>,
}

/// A rate for all times, or the rates with the days they begin.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(untagged)]
enum VatJson {
    Fixed(Text<VatRate>),
    Schedule(Vec<StepJson>),
}

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
struct StepJson {
    from: Text<LocalDate>,
    rate: Text<VatRate>,
}

/// Tag 1055: a bit.
#[derive(Clone, Copy, Debug, JsonSchema)]
#[schemars(extend("enum" = [1, 2, 4, 8, 16, 32]))]
pub(crate) struct Sno(#[schemars(with = "u8")] pub(crate) TaxSystem);

#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentJson {
    #[serde(rename = "type")]
    kind: AgentBits,
    supplier_inn: Text<Inn>,
    supplier_name: Label<SUPPLIER_MAX>,
    #[serde(deserialize_with = "phone")]
    supplier_phone: String,
}

impl AgentJson {
    /// As the desk has it.
    pub(crate) fn agent(&self) -> Agent {
        Agent {
            kind: self.kind.0,
            supplier_inn: self.supplier_inn.0,
            supplier_name: self.supplier_name.0.clone(),
            supplier_phone: self.supplier_phone.clone(),
        }
    }
}

/// Tag 1222: one or more of seven bits.
#[derive(Clone, Copy, Debug, JsonSchema, Serialize)]
#[serde(transparent)]
struct AgentBits(#[schemars(range(min = 1, max = 127))] u8);

fn phone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, desk::phone)
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

impl<'de> Deserialize<'de> for VatJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RateOrRates;

        impl<'de> Visitor<'de> for RateOrRates {
            type Value = VatJson;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rate such as \"22\", or a list of {from, rate}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<VatJson, E> {
                let rate = text.parse().map_err(E::custom)?;
                Ok(VatJson::Fixed(Text(rate)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<VatJson, A::Error> {
                let mut steps = Vec::new();
                while let Some(Object(step)) = seq.next_element()? {
                    if steps.len() == RATES_MAX {
                        return Err(A::Error::custom(format!("at most {RATES_MAX} rates")));
                    }
                    steps.push(step);
                }
                Ok(VatJson::Schedule(steps))
            }
        }

        deserializer.deserialize_any(RateOrRates)
    }
}

impl<'de> Deserialize<'de> for Sno {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bit = u8::deserialize(deserializer)?;
        TaxSystem::from_bit(bit).map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for AgentBits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            bits @ 1..=0x7F => Ok(Self(bits)),
            other => Err(D::Error::custom(format!(
                "the type of an agent is 1…127, bits of tag 1222, not {other}"
            ))),
        }
    }
}

impl Serialize for Sno {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0.bit())
    }
}

/// Services by code; one that is there twice is refused.
#[derive(JsonSchema)]
pub(crate) struct Declared(
    #[schemars(with = "BTreeMap<String, ServiceJson>")] BTreeMap<ServiceCode, ServiceJson>,
);

impl<'de> Deserialize<'de> for Declared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByCode;

        impl<'de> Visitor<'de> for ByCode {
            type Value = Declared;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of services by their codes")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Declared, A::Error> {
                let mut services = BTreeMap::new();
                while let Some((Text(code), Object(service))) = map.next_entry()? {
                    if services.len() == SERVICES_MAX {
                        let rule = format!("at most {SERVICES_MAX} services at once");
                        return Err(A::Error::custom(rule));
                    }
                    let code: ServiceCode = code;
                    if services.contains_key(&code) {
                        return Err(A::Error::custom(format!("service {code} is there twice")));
                    }
                    services.insert(code, service);
                }
                Ok(Declared(services))
            }
        }

        deserializer.deserialize_map(ByCode)
    }
}

/// `GET /v1/services`: by code.
pub(crate) async fn get(
    State(desk): State<Desk>,
    Params(Nothing {}): Params<Nothing>,
) -> Result<Json<BTreeMap<String, ServiceJson>>, Problem> {
    let services = desk.services().await?;
    let json = |(code, service)| (ServiceCode::to_string(&code), service_json(service));
    Ok(Json(services.into_iter().map(json).collect()))
}

/// `PUT /v1/services`: declares or changes services by code; all or none. Those not named stay.
pub(crate) async fn put(
    State(desk): State<Desk>,
    Extension(sender): Extension<KeyIdentity>,
    nothing: Params<Nothing>,
    Body(body): Body,
) -> Result<Json<BTreeMap<String, ServiceJson>>, Problem> {
    let Declared(services) = read_json(&body)?;
    let services = services.into_iter().map(|(code, json)| {
        let service = read_service(json).map_err(|problem| {
            let field = format!("{code}.{}", problem.field.as_deref().unwrap_or_default());
            problem.in_field(field)
        })?;
        Ok((code, service))
    });
    let services = services.collect::<Result<_, Problem>>()?;
    desk.put_services(services, Some(&sender)).await?;
    get(State(desk), nothing).await
}

fn read_service(json: ServiceJson) -> Result<Service, Problem> {
    let vat = match json.vat {
        VatJson::Fixed(Text(rate)) => VatSchedule::fixed(rate),
        VatJson::Schedule(steps) => {
            let step = |step: StepJson| (step.from.0, step.rate.0);
            VatSchedule::new(steps.into_iter().map(step))
                .map_err(|error| Problem::from(error).in_field("vat"))?
        }
    };
    if json.weight.0 < Kopecks::ZERO {
        let detail = format!("the weight is {}; it is not negative", json.weight.0);
        return Err(Problem::bad_value(detail).in_field("weight"));
    }
    if json.name.0.trim().is_empty() {
        return Err(Problem::bad_value("the name is blank").in_field("name"));
    }
    Ok(Service {
        name: json.name.0,
        vat,
        tax_system: json.sno.0,
        priority: json.priority,
        weight: json.weight.0,
        p21: json.p21,
        agent: json.agent.map(|Object(agent)| agent.agent()),
    })
}

fn service_json(service: Service) -> ServiceJson {
    let (first, changes) = service.vat.steps();
    let step = |(from, rate): &(LocalDate, VatRate)| StepJson {
        from: Text(*from),
        rate: Text(*rate),
    };
    let vat = if changes.is_empty() {
        VatJson::Fixed(Text(first))
    } else {
        VatJson::Schedule(changes.iter().map(step).collect())
    };
    ServiceJson {
        vat,
        name: Label(service.name),
        sno: Sno(service.tax_system),
        priority: service.priority,
        weight: Money(service.weight),
        p21: service.p21,
        agent: service.agent.map(|agent| {
            Object(AgentJson {
                kind: AgentBits(agent.kind),
                supplier_inn: Text(agent.supplier_inn),
                supplier_name: Label(agent.supplier_name),
                supplier_phone: agent.supplier_phone,
            })
        }),
    }
}
