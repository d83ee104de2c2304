//! The kinds of lines (receipt rules §1.3–§1.5).

use terms::{
    AccountNumber, Kopecks, PaymentMethod, Period, ServiceCode, SettlementSubject, TaxSystem,
    VatRate,
};

use crate::{
    CreditPaymentVat, Debt, Line, Lot, Penalty, Ref, RefTo, Refusal, Service, Setup, Why,
    text::{name, name_of_month},
};

/// A line before it is put into a receipt.
pub(crate) struct Draft {
    /// The line; its tax is computed when lines are merged.
    pub(crate) line: Line,
    /// The tax system of its receipt.
    pub(crate) tax_system: TaxSystem,
    /// How much of it is an offset (1215).
    pub(crate) prepaid: Kopecks,
    /// How much of it is on credit (1216). What neither covers is real money.
    pub(crate) credit: Kopecks,
}

impl Setup {
    /// The service of this code.
    pub(crate) fn service(&self, code: &ServiceCode) -> Result<&Service, Refusal> {
        self.services
            .get(code)
            .ok_or_else(|| Refusal::UnknownService {
                service: code.to_string(),
            })
    }

    /// The place of a service in canonical order: services that are not set up come last.
    pub(crate) fn priority(&self, code: &ServiceCode) -> u32 {
        self.services
            .get(code)
            .map_or(u32::MAX, |service| service.priority)
    }

    /// The tax system of an advance.
    pub(crate) fn tax_system(&self, service: Option<&ServiceCode>) -> Result<TaxSystem, Refusal> {
        match service {
            Some(code) => Ok(self.service(code)?.tax_system),
            None => self
                .services
                .iter()
                .filter(|(_, service)| service.agent.is_none())
                .min_by_key(|(code, service)| (service.priority, *code))
                .map(|(_, service)| service.tax_system)
                .ok_or_else(|| Refusal::UnknownService {
                    service: "for the pool".to_owned(),
                }),
        }
    }
}

/// A debt is paid: 7 when a credit receipt exists, else 4.
pub(crate) fn debt_paid(
    setup: &Setup,
    debt: &Debt,
    list: RefTo,
    amount: Kopecks,
    why: Why,
) -> Result<Draft, Refusal> {
    let service = setup.service(&debt.service)?;
    let (method, subject, vat, prefix) = if debt.credit {
        let vat = match setup.config.credit_payment_vat {
            CreditPaymentVat::Same => debt.vat,
            CreditPaymentVat::None => VatRate::Exempt,
        };
        (
            PaymentMethod::CreditPayment,
            SettlementSubject::Payment,
            vat,
            "Оплата долга: ",
        )
    } else {
        (
            PaymentMethod::FullSettlement,
            SettlementSubject::Service,
            debt.vat,
            "",
        )
    };
    let line = Line {
        name: name_of_month(prefix, &service.name, debt.period, ""),
        method,
        subject,
        amount,
        vat_code: vat.direct(),
        vat: Kopecks::ZERO,
        agent: service.agent.clone(),
        service: Some(debt.service.clone()),
        period: Some(debt.period),
        refs: vec![Ref {
            to: list,
            id: debt.id.clone(),
            amount,
        }],
        why,
    };
    Ok(Draft::of_money(line, service.tax_system))
}

/// A penalty is paid.
pub(crate) fn penalty_paid(
    setup: &Setup,
    penalty: &Penalty,
    amount: Kopecks,
    why: Why,
) -> Result<Draft, Refusal> {
    let service = setup.service(&penalty.service)?;
    let line = Line {
        name: name("Пени: ", &service.name, ""),
        method: PaymentMethod::FullSettlement,
        subject: SettlementSubject::PayOut,
        amount,
        vat_code: VatRate::Exempt.direct(),
        vat: Kopecks::ZERO,
        agent: service.agent.clone(),
        service: Some(penalty.service.clone()),
        period: None,
        refs: vec![Ref {
            to: RefTo::Penalty,
            id: penalty.id.clone(),
            amount,
        }],
        why,
    };
    Ok(Draft::of_money(line, service.tax_system))
}

/// An advance comes or goes back.
pub(crate) fn advance(
    setup: &Setup,
    account: &AccountNumber,
    lot: &Lot,
    amount: Kopecks,
    why: Why,
) -> Result<Draft, Refusal> {
    let service = lot
        .service
        .as_ref()
        .map(|code| setup.service(code))
        .transpose()?;
    let name = match (service, lot.period) {
        (Some(service), Some(period)) if lot.method != PaymentMethod::Advance => {
            name_of_month("Предоплата: ", &service.name, period, "")
        }
        (Some(service), _) => {
            let suffix = [", л/с ", account.as_str()].concat();
            name("Аванс: ", &service.name, &suffix)
        }
        (None, _) => ["Аванс, л/с ", account.as_str()].concat(),
    };
    let line = Line {
        name,
        method: lot.method,
        subject: match lot.method {
            PaymentMethod::Advance => SettlementSubject::Payment,
            _ => SettlementSubject::Service,
        },
        amount,
        vat_code: lot.vat.calculated(),
        vat: Kopecks::ZERO,
        agent: service.and_then(|service| service.agent.clone()),
        service: lot.service.clone(),
        period: lot.period,
        refs: vec![Ref {
            to: RefTo::Advance,
            id: lot.id.clone(),
            amount,
        }],
        why,
    };
    Ok(Draft::of_money(
        line,
        setup.tax_system(lot.service.as_ref())?,
    ))
}

/// A charge or its reversal: 1214 = 4, 5 or 6. `remark` follows the month in the name.
pub(crate) fn supplied(
    (code, service): (&ServiceCode, &Service),
    (period, vat): (Period, VatRate),
    method: PaymentMethod,
    amount: Kopecks,
    remark: &str,
    why: Why,
) -> Draft {
    let line = Line {
        name: name_of_month("", &service.name, period, remark),
        method,
        subject: SettlementSubject::Service,
        amount,
        vat_code: vat.direct(),
        vat: Kopecks::ZERO,
        agent: service.agent.clone(),
        service: Some(code.clone()),
        period: Some(period),
        refs: Vec::new(),
        why,
    };
    Draft::of_money(line, service.tax_system)
}

impl Draft {
    /// A line paid with real money.
    pub(crate) fn of_money(line: Line, tax_system: TaxSystem) -> Self {
        Self {
            line,
            tax_system,
            prepaid: Kopecks::ZERO,
            credit: Kopecks::ZERO,
        }
    }

    /// The same line paid by offset and credit.
    pub(crate) fn paid_by(self, prepaid: Kopecks, credit: Kopecks) -> Self {
        Self {
            prepaid,
            credit,
            ..self
        }
    }
}
