//! What a payment leaves becomes advances (receipt rules §1.8).

use terms::{Kopecks, LocalDate, PaymentMethod, Period, ServiceCode, TaxSystem, VatRate};

use crate::{
    Account, AdvancePolicy, Invoice, Lot, MoneyKind, Refusal, Rule, Setup, share, text::entry_id,
};

/// The advances that a payment creates.
pub(crate) struct Surplus<'a> {
    setup: &'a Setup,
    event: &'a str,
    date: LocalDate,
    lots: Vec<(Lot, Rule)>,
}

impl<'a> Surplus<'a> {
    /// No advances yet, of money that came on `date`.
    pub(crate) const fn new(setup: &'a Setup, event: &'a str, date: LocalDate) -> Self {
        Self {
            setup,
            event,
            date,
            lots: Vec::new(),
        }
    }

    /// An advance that billing itself named; none for the pool.
    pub(crate) fn named(
        &mut self,
        service: Option<&ServiceCode>,
        amount: Kopecks,
    ) -> Result<(), Refusal> {
        match service {
            Some(code) => self.add(Some(code), None, PaymentMethod::Advance, amount, Rule::D05),
            None => self.add_to_pool(amount, Rule::D05),
        }
    }

    /// Spreads what is left by policy.
    pub(crate) fn by_policy(
        &mut self,
        account: &Account,
        amount: Kopecks,
        rule: Rule,
    ) -> Result<(), Refusal> {
        if amount.is_zero() {
            return Ok(());
        }
        match self.setup.config.advance {
            AdvancePolicy::ByService => self.by_service(amount, rule),
            AdvancePolicy::Pool => self.by_pool(amount, rule),
            AdvancePolicy::PrepayKnown => {
                let rest = self.by_invoices(account, amount)?;
                self.by_pool(rest, rule)
            }
        }
    }

    /// The advances in canonical order: (priority, code, month), the pool last.
    pub(crate) fn into_lots(mut self) -> Vec<(Lot, Rule)> {
        let key = |lot: &Lot| lot.service.as_ref().map(|code| self.setup.priority(code));
        self.lots.sort_by(|(a, _), (b, _)| match (key(a), key(b)) {
            (Some(of_a), Some(of_b)) => {
                (of_a, &a.service, a.period).cmp(&(of_b, &b.service, b.period))
            }
            (of_a, of_b) => of_b.is_some().cmp(&of_a.is_some()),
        });
        self.lots
    }

    fn by_service(&mut self, amount: Kopecks, rule: Rule) -> Result<(), Refusal> {
        let setup = self.setup;
        let mut services: Vec<_> = setup.services.iter().collect();
        services.sort_by_key(|(code, service)| (service.priority, *code));
        let weights: Vec<_> = services.iter().map(|(_, service)| service.weight).collect();
        let mut shares = share::in_proportion(amount, &weights)?;
        if weights.iter().all(|weight| !weight.is_positive()) {
            match shares.first_mut() {
                Some(first) => *first = amount,
                None => {
                    return Err(Refusal::UnknownService {
                        service: "for the advance".to_owned(),
                    });
                }
            }
        }
        for ((code, _), part) in services.into_iter().zip(shares) {
            self.add(Some(code), None, PaymentMethod::Advance, part, rule)?;
        }
        Ok(())
    }

    fn by_pool(&mut self, amount: Kopecks, rule: Rule) -> Result<(), Refusal> {
        match pool(self.setup, self.date) {
            Some(_) => self.add_to_pool(amount, rule),
            None => self.by_service(amount, rule),
        }
    }

    /// Prepays known invoices; returns the rest. What is prepaid already is known from the
    /// advances of the invoice's service and month.
    fn by_invoices(&mut self, account: &Account, amount: Kopecks) -> Result<Kopecks, Refusal> {
        let setup = self.setup;
        let mut invoices: Vec<&Invoice> = account.invoices.iter().collect();
        invoices.sort_by(|a, b| {
            let key = |i: &Invoice| (i.period, setup.priority(&i.service));
            key(a).cmp(&key(b)).then_with(|| a.service.cmp(&b.service))
        });
        let mut rest = amount;
        for invoice in invoices {
            let same = |lot: &&Lot| {
                lot.period == Some(invoice.period) && lot.service.as_ref() == Some(&invoice.service)
            };
            let fresh = self.lots.iter().map(|(lot, _)| lot);
            let prepaid = account.advances.iter().chain(fresh).filter(same);
            let prepaid = Kopecks::sum(prepaid.map(|lot| lot.amount))?;
            let part = rest.min(invoice.amount.sub(prepaid)?);
            if !part.is_positive() {
                continue;
            }
            let method = if part == invoice.amount {
                PaymentMethod::FullPrepayment
            } else {
                PaymentMethod::Prepayment
            };
            let (service, period) = (Some(&invoice.service), Some(invoice.period));
            self.add(service, period, method, part, Rule::D05)?;
            rest = rest.sub(part)?;
        }
        Ok(rest)
    }

    fn add_to_pool(&mut self, amount: Kopecks, rule: Rule) -> Result<(), Refusal> {
        if pool(self.setup, self.date).is_none() {
            return Err(Refusal::BadKind {
                what: "services differ in rate, tax system or supplier: name the service of \
                       the advance"
                    .to_owned(),
            });
        }
        self.add(None, None, PaymentMethod::Advance, amount, rule)
    }

    fn add(
        &mut self,
        service: Option<&ServiceCode>,
        period: Option<Period>,
        method: PaymentMethod,
        amount: Kopecks,
        rule: Rule,
    ) -> Result<(), Refusal> {
        if amount.is_zero() {
            return Ok(());
        }
        let vat = match service {
            Some(code) => self.setup.service(code)?.vat.rate_on(self.date),
            None => pool(self.setup, self.date).map_or(VatRate::Exempt, |(vat, _)| vat),
        };
        let id = entry_id(self.event, service, period);
        if let Some((lot, _)) = self.lots.iter_mut().find(|(lot, _)| lot.id == id) {
            lot.amount = lot.amount.add(amount)?;
            return Ok(());
        }
        let lot = Lot {
            id,
            service: service.cloned(),
            period,
            amount,
            vat,
            date: self.date,
            // Known only when the receipts are composed.
            kind: MoneyKind::Cashless,
            method,
        };
        self.lots.push((lot, rule));
        Ok(())
    }
}

/// The rate and tax system of the pool on `date`, when one pool is allowed at all: every service
/// shares them and none is an agent's.
pub(crate) fn pool(setup: &Setup, date: LocalDate) -> Option<(VatRate, TaxSystem)> {
    let mut all = setup.services.values().map(|service| {
        let own = service.agent.is_none();
        own.then(|| (service.vat.rate_on(date), service.tax_system))
    });
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}
