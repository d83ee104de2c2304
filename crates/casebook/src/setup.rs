//! The configuration and the services of an example.

use std::{collections::BTreeMap, num::NonZeroU16};

use engine::{
    AdvancePolicy, Agent, AgentOffset, Allocation, Config, CreditPaymentVat, OffsetMode,
    PenaltyPlace, PenaltyReceipt, Postpaid, Service, Setup, VatSchedule,
};
use serde::Deserialize;
use terms::{Inn, LocalDate, ServiceCode, TaxSystem, VatRate};

use crate::{
    book::MAX_ITEMS,
    error::{Fault, check_count},
    field::{Code, Ffd, Money, Text},
};

/// What is said of a configuration; the rest stays as it was.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigRow {
    ffd: Option<Ffd>,
    postpaid: Option<Text<Postpaid>>,
    offset_mode: Option<Text<OffsetMode>>,
    allocation: Option<Text<Allocation>>,
    penalties: Option<Text<PenaltyPlace>>,
    penalty_receipt: Option<Text<PenaltyReceipt>>,
    advance: Option<Text<AdvancePolicy>>,
    credit_payment_vat: Option<Text<CreditPaymentVat>>,
    agent_offset: Option<Text<AgentOffset>>,
    max_lines: Option<NonZeroU16>,
    holidays: Option<Vec<Text<LocalDate>>>,
}

impl ConfigRow {
    /// `base` with what is said here.
    pub(crate) fn over(self, base: &Config) -> Result<Config, Fault> {
        let holidays = match self.holidays {
            None => base.holidays.clone(),
            Some(days) => {
                check_count("holidays", days.len(), MAX_ITEMS)?;
                days.into_iter().map(|day| day.0).collect()
            }
        };
        Ok(Config {
            ffd: self.ffd.map_or(base.ffd, |ffd| ffd.0),
            postpaid: said(self.postpaid, base.postpaid),
            offset_mode: said(self.offset_mode, base.offset_mode),
            allocation: said(self.allocation, base.allocation),
            penalties: said(self.penalties, base.penalties),
            penalty_receipt: said(self.penalty_receipt, base.penalty_receipt),
            advance: said(self.advance, base.advance),
            credit_payment_vat: said(self.credit_payment_vat, base.credit_payment_vat),
            agent_offset: said(self.agent_offset, base.agent_offset),
            max_lines: self.max_lines.unwrap_or(base.max_lines),
            holidays,
        })
    }
}

fn said<T>(value: Option<Text<T>>, base: T) -> T {
    value.map_or(base, |text| text.0)
}

/// A service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceRow {
    name: String,
    vat: VatRow,
    sno: Code<TaxSystem>,
    priority: u32,
    weight: Money,
    p21: Option<bool>,
    agent: Option<AgentRow>,
}

/// A rate, or rates with the days from which they hold.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "it is a rate such as \"22\" or a list of {from, rate}"
)]
enum VatRow {
    Fixed(Text<VatRate>),
    Steps(Vec<StepRow>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepRow {
    from: Text<LocalDate>,
    rate: Text<VatRate>,
}

/// The supplier of an agent's service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentRow {
    #[serde(rename = "type")]
    kind: u8,
    supplier_inn: Text<Inn>,
    supplier_name: String,
    supplier_phone: String,
}

impl From<AgentRow> for Agent {
    fn from(row: AgentRow) -> Self {
        Self {
            kind: row.kind,
            supplier_inn: row.supplier_inn.0,
            supplier_name: row.supplier_name,
            supplier_phone: row.supplier_phone,
        }
    }
}

/// The set-up of an example.
pub(crate) fn read_setup(
    config: Config,
    services: BTreeMap<Text<ServiceCode>, ServiceRow>,
) -> Result<Setup, Fault> {
    check_count("services", services.len(), MAX_ITEMS)?;
    let services = services
        .into_iter()
        .map(|(code, row)| {
            let place = format!("services.{}", code.0);
            let service = read_service(row).map_err(|fault| fault.under(&place))?;
            Ok((code.0, service))
        })
        .collect::<Result<_, Fault>>()?;
    Ok(Setup { config, services })
}

fn read_service(row: ServiceRow) -> Result<Service, Fault> {
    let vat = match row.vat {
        VatRow::Fixed(rate) => VatSchedule::fixed(rate.0),
        VatRow::Steps(steps) => {
            VatSchedule::new(steps.into_iter().map(|step| (step.from.0, step.rate.0)))
                .map_err(|error| Fault::new("vat", error))?
        }
    };
    Ok(Service {
        name: row.name,
        vat,
        tax_system: row.sno.0,
        priority: row.priority,
        weight: row.weight.0,
        p21: row.p21.unwrap_or(true),
        agent: row.agent.map(Into::into),
    })
}
