//! What was wrong in a receipt: the twin of the desk's `Change` (receipt rules §4.2).

use std::{borrow::Cow, fmt, marker::PhantomData};

use desk::{Change, PaidIn, RightAmount, RightSupplier, Swap};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use terms::{AccountNumber, OperationSign, Period, ServiceCode, TermError, VatRate};

use crate::{
    Problem,
    money::{Amount, Money},
    openapi::Written,
    services::{AgentJson, Sno},
    value::{Object, Text},
};

/// What was wrong in a receipt; everything that is not named was right. At least one of them.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Change", extend("minProperties" = 1))]
pub(crate) struct ChangeRequest {
    /// The right rate of VAT, tag 1199.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vat: Option<SwapRequest<VatRate>>,
    /// The right tax system, tag 1055.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sno: Option<Sno>,
    /// What it was really paid with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<SwapRequest<PaidIn>>,
    /// The right sum of a receipt with one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    /// The right sum of each line, in their order; a line of nothing is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    amounts: Option<Vec<Money>>,
    /// The right service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<SwapRequest<ServiceCode>>,
    /// The right month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<SwapRequest<Period>>,
    /// The right account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<Text<AccountNumber>>,
    /// The right sign, tag 1054.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4))]
    sign: Option<u8>,
    /// The right supplier behind lines, tags 1222, 1225, 1226, 1171.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    supplier: Option<Object<SupplierRequest>>,
    /// It should not be there at all; alone.
    #[serde(default, skip_serializing_if = "is_not")]
    duplicate: bool,
    /// The tax service did not accept it: only the right one is formed.
    #[serde(default, skip_serializing_if = "is_not")]
    rejected: bool,
}

/// The supplier that was right.
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RightSupplier")]
struct SupplierRequest {
    /// Only lines of this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<Text<ServiceCode>>,
    /// Null: the service is the organisation's own; it may not be left out.
    #[serde(deserialize_with = "Option::deserialize")]
    agent: Option<Object<AgentJson>>,
}

/// The right value; or the wrong one, too, where only that is meant: `{"from": "20", "to": "22"}`.
#[derive(Debug)]
struct SwapRequest<T> {
    from: Option<Text<T>>,
    to: Text<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "Text<T>: Deserialize<'de>"))]
struct FromTo<T> {
    from: Text<T>,
    to: Text<T>,
}

impl<'de, T> Deserialize<'de> for SwapRequest<T>
where
    Text<T>: Deserialize<'de>,
    T: std::str::FromStr<Err: fmt::Display>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RightOrBoth<T>(PhantomData<T>);

        impl<'de, T> Visitor<'de> for RightOrBoth<T>
        where
            Text<T>: Deserialize<'de>,
            T: std::str::FromStr<Err: fmt::Display>,
        {
            type Value = SwapRequest<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the right value, or {from, to}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<SwapRequest<T>, E> {
                let to = text.parse().map_err(E::custom)?;
                Ok(SwapRequest {
                    from: None,
                    to: Text(to),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SwapRequest<T>, A::Error> {
                let FromTo { from, to } = FromTo::deserialize(MapAccessDeserializer::new(map))?;
                Ok(SwapRequest {
                    from: Some(from),
                    to,
                })
            }
        }

        deserializer.deserialize_any(RightOrBoth(PhantomData))
    }
}

impl<T: fmt::Display> Serialize for SwapRequest<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Both<'a, A: Serialize, B: Serialize> {
            from: &'a A,
            to: &'a B,
        }
        match &self.from {
            None => self.to.serialize(serializer),
            Some(from) => Both { from, to: &self.to }.serialize(serializer),
        }
    }
}

impl<T: Written> JsonSchema for SwapRequest<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let both = json_schema!({
            "type": "object", "required": ["from", "to"], "additionalProperties": false,
            "description": "Only where `from` stands.",
            "properties": {"from": T::look(), "to": T::look()}
        });
        json_schema!({"anyOf": [T::look(), both]})
    }
}

impl<T: Clone> SwapRequest<T> {
    fn swap(&self) -> Swap<T> {
        Swap {
            from: self.from.as_ref().map(|Text(from)| from.clone()),
            to: self.to.0.clone(),
        }
    }
}

impl ChangeRequest {
    /// As the desk has it; the problem names the field within the change.
    pub(crate) fn change(&self) -> Result<Change, Problem> {
        let sign = self.sign.map(OperationSign::from_code).transpose();
        let sign = sign.map_err(|error: TermError| {
            Problem::bad_value(error.to_string()).in_field("change.sign")
        })?;
        let amount = match (self.amount, &self.amounts) {
            (None, None) => None,
            (Some(Amount(total)), None) => Some(RightAmount::Total(total)),
            (None, Some(lines)) => {
                let lines = lines.iter().map(|Money(sum)| *sum);
                Some(RightAmount::Lines(lines.collect()))
            }
            (Some(_), Some(_)) => {
                let rule = "say the sum of the whole or of each line, and not both";
                return Err(Problem::bad_value(rule).in_field("change.amount"));
            }
        };
        let change = Change {
            vat: self.vat.as_ref().map(SwapRequest::swap),
            tax_system: self.sno.as_ref().map(|Sno(system)| *system),
            kind: self.kind.as_ref().map(SwapRequest::swap),
            amount,
            service: self.service.as_ref().map(SwapRequest::swap),
            period: self.period.as_ref().map(SwapRequest::swap),
            account: self.account.as_ref().map(|Text(number)| number.clone()),
            sign,
            agent: self.supplier.as_ref().map(|Object(right)| RightSupplier {
                service: right.service.as_ref().map(|Text(code)| code.clone()),
                agent: right.agent.as_ref().map(|Object(agent)| agent.agent()),
            }),
            duplicate: self.duplicate,
            rejected: self.rejected,
            order: None,
        };
        if change.names().is_empty() {
            let rule = "the change is empty: say what was wrong, such as {\"vat\": \"22\"}";
            return Err(Problem::bad_value(rule).in_field("change"));
        }
        Ok(change)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_not(yes: &bool) -> bool {
    !*yes
}
