//! What was ordered, as it is kept: one JSON document, which is a part of what is hashed.

use engine::{Agent, Change, PaidIn, RightAmount, RightSupplier, Swap};
use journal::ReceiptsOf;
use serde::{Deserialize, Serialize};
use terms::{Id, Kopecks, LocalDate, OperationSign, TaxSystem};

use super::{FixTarget, RestoreError};
use crate::DeskError;

/// What was ordered.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameters {
    /// The first and the last lost day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) days: Option<(String, String)>,
    /// How the files are to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) profile: Option<String>,
    /// Which receipts were looked at, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) query: Option<String>,
    /// What was wrong in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<ChangeRow>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
struct ChangeRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    vat: Option<SwapRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sno: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<SwapRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amounts: Option<Vec<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<SwapRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<SwapRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<SupplierRow>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    duplicate: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    rejected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct SwapRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    to: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct SupplierRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agent: Option<AgentRow>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct AgentRow {
    kind: u8,
    inn: String,
    name: String,
    phone: String,
}

impl Parameters {
    /// Of lost settlements.
    pub(super) fn lost(from: LocalDate, to: LocalDate, profile: Option<&String>) -> Self {
        Self {
            days: Some((from.to_string(), to.to_string())),
            profile: profile.cloned(),
            ..Self::default()
        }
    }

    /// Of wrong receipts.
    pub(super) fn fix(target: &FixTarget, change: &Change) -> Self {
        Self {
            query: Some(match target {
                FixTarget::Ids(ids) => ids_in_words(ids),
                FixTarget::Query(query) => query_in_words(query),
            }),
            change: Some(ChangeRow::of(change)),
            ..Self::default()
        }
    }

    pub(super) fn to_json(&self) -> Result<String, DeskError> {
        json(self)
    }

    /// Reads what is stored.
    pub(super) fn read(id: i64, text: &str) -> Result<Self, DeskError> {
        serde_json::from_str(text).map_err(|why| spoiled(id, &why))
    }

    /// The first and the last lost day.
    pub(super) fn days(&self) -> Option<(LocalDate, LocalDate)> {
        let (from, to) = self.days.as_ref()?;
        Some((from.parse().ok()?, to.parse().ok()?))
    }

    /// What was wrong, if receipts were.
    pub(super) fn change(&self) -> Result<Option<Change>, DeskError> {
        let change = self.change.as_ref().map(ChangeRow::read);
        Ok(change.transpose()?)
    }

    /// What is changed, in words.
    pub(super) fn change_in_words(&self) -> Option<String> {
        self.change.as_ref().map(ChangeRow::in_words)
    }

    /// What is changed, as it stands in the bodies of operations.
    pub(super) fn change_json(&self) -> Result<serde_json::Value, DeskError> {
        serde_json::to_value(&self.change).map_err(|why| unwritable(&why))
    }
}

fn spoiled(id: i64, why: &serde_json::Error) -> DeskError {
    DeskError::Journal(journal::JournalError::Spoiled {
        row: format!("restoration {id}"),
        why: why.to_string(),
    })
}

pub(super) fn json(value: &impl Serialize) -> Result<String, DeskError> {
    serde_json::to_string(value).map_err(|why| unwritable(&why))
}

fn unwritable(why: &serde_json::Error) -> DeskError {
    // Structs of texts and numbers: this does not happen.
    RestoreError::Basis(why.to_string()).into()
}

fn swap<T: ToString>(swap: &Swap<T>) -> SwapRow {
    SwapRow {
        from: swap.from.as_ref().map(ToString::to_string),
        to: swap.to.to_string(),
    }
}

impl SwapRow {
    fn read<T: std::str::FromStr<Err = terms::TermError>>(&self) -> terms::Result<Swap<T>> {
        Ok(Swap {
            from: self.from.as_deref().map(str::parse).transpose()?,
            to: self.to.parse()?,
        })
    }

    fn in_words(&self, name: &str) -> String {
        match &self.from {
            Some(from) => format!("{name} {from} → {}", self.to),
            None => format!("{name} → {}", self.to),
        }
    }
}

impl ChangeRow {
    fn of(change: &Change) -> Self {
        let (amount, amounts) = match &change.amount {
            None => (None, None),
            Some(RightAmount::Total(total)) => (Some(total.get()), None),
            Some(RightAmount::Lines(lines)) => {
                (None, Some(lines.iter().map(|line| line.get()).collect()))
            }
        };
        let agent = |agent: &Agent| AgentRow {
            kind: agent.kind,
            inn: agent.supplier_inn.to_string(),
            name: agent.supplier_name.clone(),
            phone: agent.supplier_phone.clone(),
        };
        Self {
            vat: change.vat.as_ref().map(|it| SwapRow {
                from: it.from.map(|rate| rate.name().to_owned()),
                to: it.to.name().to_owned(),
            }),
            sno: change.tax_system.map(TaxSystem::bit),
            kind: change.kind.as_ref().map(|it| SwapRow {
                from: it.from.map(|kind| kind.name().to_owned()),
                to: it.to.name().to_owned(),
            }),
            amount,
            amounts,
            service: change.service.as_ref().map(swap),
            period: change.period.as_ref().map(swap),
            account: change.account.as_ref().map(ToString::to_string),
            sign: change.sign.map(OperationSign::code),
            agent: change.agent.as_ref().map(|right| SupplierRow {
                service: right.service.as_ref().map(ToString::to_string),
                agent: right.agent.as_ref().map(agent),
            }),
            duplicate: change.duplicate,
            rejected: change.rejected,
            order: change.order.clone(),
        }
    }

    fn read(&self) -> terms::Result<Change> {
        let total = |kopecks: i64| Kopecks::new(kopecks);
        let amount = match (self.amount, &self.amounts) {
            (Some(amount), _) => Some(RightAmount::Total(total(amount)?)),
            (None, Some(lines)) => Some(RightAmount::Lines(
                lines
                    .iter()
                    .copied()
                    .map(total)
                    .collect::<terms::Result<_>>()?,
            )),
            (None, None) => None,
        };
        let agent = |agent: &AgentRow| -> terms::Result<Agent> {
            Ok(Agent {
                kind: agent.kind,
                supplier_inn: agent.inn.parse()?,
                supplier_name: agent.name.clone(),
                supplier_phone: agent.phone.clone(),
            })
        };
        let supplier = |right: &SupplierRow| -> terms::Result<RightSupplier> {
            Ok(RightSupplier {
                service: right.service.as_deref().map(str::parse).transpose()?,
                agent: right.agent.as_ref().map(agent).transpose()?,
            })
        };
        Ok(Change {
            vat: self.vat.as_ref().map(SwapRow::read).transpose()?,
            tax_system: self.sno.map(TaxSystem::from_bit).transpose()?,
            kind: self
                .kind
                .as_ref()
                .map(SwapRow::read::<PaidIn>)
                .transpose()?,
            amount,
            service: self.service.as_ref().map(SwapRow::read).transpose()?,
            period: self.period.as_ref().map(SwapRow::read).transpose()?,
            account: self.account.as_deref().map(str::parse).transpose()?,
            sign: self.sign.map(OperationSign::from_code).transpose()?,
            agent: self.agent.as_ref().map(supplier).transpose()?,
            duplicate: self.duplicate,
            rejected: self.rejected,
            order: self.order.clone(),
        })
    }

    fn in_words(&self) -> String {
        let sum = |kopecks: &i64| {
            Kopecks::new(*kopecks).map_or_else(|_| kopecks.to_string(), |sum| sum.to_string())
        };
        let swaps = [
            self.vat.as_ref().map(|it| it.in_words("vat")),
            self.sno.map(|bit| format!("sno → {bit}")),
            self.kind.as_ref().map(|it| it.in_words("kind")),
            self.amount
                .as_ref()
                .map(|it| format!("amount → {}", sum(it))),
            self.amounts.as_ref().map(|lines| {
                let lines: Vec<String> = lines.iter().map(sum).collect();
                format!("amounts → {}", lines.join(", "))
            }),
            self.service.as_ref().map(|it| it.in_words("service")),
            self.period.as_ref().map(|it| it.in_words("period")),
            self.account.as_ref().map(|it| format!("account → {it}")),
            self.sign.map(|code| format!("sign → {code}")),
            self.agent.as_ref().map(|right| match &right.agent {
                Some(agent) => format!("supplier → {} ({})", agent.name, agent.inn),
                None => "supplier → the organisation itself".to_owned(),
            }),
            self.duplicate.then(|| "duplicate".to_owned()),
            self.rejected.then(|| "rejected".to_owned()),
        ];
        let said: Vec<String> = swaps.into_iter().flatten().collect();
        said.join("; ")
    }
}

fn ids_in_words(ids: &[Id]) -> String {
    const NAMED: usize = 10;
    let mut said: Vec<String> = ids.iter().take(NAMED).map(ToString::to_string).collect();
    if ids.len() > NAMED {
        said.push(format!("and {} more", ids.len() - NAMED));
    }
    format!("receipts {}", said.join(", "))
}

fn query_in_words(of: &ReceiptsOf) -> String {
    let states: Vec<&str> = of.states.iter().map(|state| state.name()).collect();
    let said = [
        of.account.as_ref().map(|it| format!("account {it}")),
        (!states.is_empty()).then(|| format!("state {}", states.join(", "))),
        of.days.from.map(|day| format!("from {day}")),
        of.days.to.map(|day| format!("to {day}")),
        of.accepted
            .from_ms
            .map(|ms| format!("accepted from {ms} ms")),
        of.accepted
            .before_ms
            .map(|ms| format!("accepted before {ms} ms")),
        of.operation.map(|it| format!("operation {it}")),
        of.document.drive.map(|it| format!("drive {it}")),
        of.document.number.map(|it| format!("document {it}")),
        of.document.fiscal_sign.map(|it| format!("sign {it}")),
        of.document.shift.map(|it| format!("shift {it}")),
        of.sign.map(|it| format!("1054 = {}", it.code())),
        of.is_correction.map(|it| format!("correction {it}")),
        of.total.map(|it| format!("total {it}")),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() {
        return "all receipts".to_owned();
    }
    format!("receipts: {}", said.join("; "))
}

#[cfg(test)]
mod tests {
    use terms::VatRate;

    use super::*;

    #[test]
    fn what_was_ordered_is_read_back_as_it_was() {
        let change = Change {
            vat: Some(Swap {
                from: Some(VatRate::V20),
                to: VatRate::V22,
            }),
            tax_system: Some(TaxSystem::SimplifiedIncome),
            kind: Some(Swap {
                from: None,
                to: PaidIn::Cashless,
            }),
            amount: Some(RightAmount::Lines(vec![Kopecks::new(150).unwrap()])),
            service: Some(Swap {
                from: None,
                to: "TV".parse().unwrap(),
            }),
            period: Some(Swap {
                from: Some("2026-01".parse().unwrap()),
                to: "2026-02".parse().unwrap(),
            }),
            account: Some("42".parse().unwrap()),
            sign: Some(OperationSign::IncomeReturn),
            agent: Some(RightSupplier {
                service: None,
                agent: Some(Agent {
                    kind: 64,
                    supplier_inn: "7707083893".parse().unwrap(),
                    supplier_name: "ООО «Тепло»".to_owned(),
                    supplier_phone: "+79990000000".to_owned(),
                }),
            }),
            duplicate: true,
            rejected: true,
            order: Some("17".to_owned()),
        };
        let parameters = Parameters::fix(&FixTarget::Ids(Vec::new()), &change);
        let stored = parameters.to_json().unwrap();
        let read = Parameters::read(1, &stored).unwrap();
        assert_eq!(read, parameters);
        assert_eq!(read.change().unwrap(), Some(change));
        let words = read.change_in_words().unwrap();
        assert!(
            words.starts_with("vat 20 → 22; sno → 2; kind → cashless"),
            "{words}"
        );
    }
}
