//! What there is to choose from on an account.

use std::collections::BTreeMap;

use desk::{Account, Lot, Service};
use terms::{Kopecks, Period, ServiceCode};

use super::Act;
use crate::{
    speech::Speech,
    text::Text,
    texts::{ActTexts, WordsTexts},
};

/// One of several: its value in the form, and what people read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
}

/// What the fields of an order offer.
pub(crate) struct Choices {
    /// What is given back, charged, moved or written off.
    pub(crate) what: Vec<Choice>,
    /// Where money ahead goes.
    pub(crate) to: Vec<Choice>,
}

/// What says how things are called.
struct Names<'a> {
    services: &'a BTreeMap<ServiceCode, Service>,
    t: &'static ActTexts,
    words: &'static WordsTexts,
    speech: Speech,
}

impl Choices {
    /// Of this account; what is moved goes to `target`.
    pub(crate) fn of(
        act: Act,
        account: &Account,
        target: &Account,
        services: &BTreeMap<ServiceCode, Service>,
        speech: Speech,
    ) -> Self {
        let names = Names {
            services,
            t: ActTexts::of(speech.language),
            words: WordsTexts::of(speech.language),
            speech,
        };
        let what = match act {
            Act::Refund => {
                let mut what = names.advances(account);
                what.extend(names.settled(account, "service:", names.t.paid_for));
                what
            }
            Act::Recalc => names.charged(account),
            Act::Move => names.advances(account),
            Act::WriteOff => names.debts(account),
            Act::Payment | Act::Identify | Act::Undo => Vec::new(),
        };
        let to = match act {
            Act::Move => names.targets(target),
            _ => Vec::new(),
        };
        Self { what, to }
    }

    /// Whether there is something to choose from, if there has to be.
    pub(crate) fn is_possible(&self, act: Act) -> bool {
        matches!(act, Act::Payment | Act::Identify | Act::Undo) || !self.what.is_empty()
    }
}

impl Names<'_> {
    fn service(&self, code: Option<&ServiceCode>) -> String {
        match code {
            None => self.words.pool.to_string(),
            Some(code) => {
                let known = self.services.get(code);
                known.map_or_else(|| code.to_string(), |service| service.name.clone())
            }
        }
    }

    fn month(&self, service: &ServiceCode, period: Period) -> String {
        let named = self
            .t
            .for_month
            .with("service", self.service(Some(service)));
        named.with("month", period.on_receipt()).into()
    }

    fn with_sum(&self, text: Text, what: impl ToString, sum: Kopecks) -> String {
        let filled = text.with("what", what.to_string());
        filled.with("sum", self.speech.money(sum)).into()
    }

    fn advances(&self, account: &Account) -> Vec<Choice> {
        let mut sums: BTreeMap<Option<&ServiceCode>, Kopecks> = BTreeMap::new();
        for Lot {
            service, amount, ..
        } in &account.advances
        {
            let sum = sums.entry(service.as_ref()).or_default();
            *sum = sum.add(*amount).unwrap_or(*sum);
        }
        let choice = |(service, sum): (Option<&ServiceCode>, Kopecks)| {
            let what = self.t.advance_of.with("service", self.service(service));
            Choice {
                value: format!("advance:{}", service.map_or("", ServiceCode::as_str)),
                label: self.with_sum(self.t.available, what, sum),
            }
        };
        sums.into_iter().map(choice).collect()
    }

    fn settled(&self, account: &Account, prefix: &str, text: Text) -> Vec<Choice> {
        let settled = account.settled.iter().rev();
        let choice = |it: &desk::Settled| Choice {
            value: format!("{prefix}{}:{}", it.service, it.period),
            label: self.with_sum(
                self.t.available,
                text.with("what", self.month(&it.service, it.period)),
                it.amount,
            ),
        };
        settled.map(choice).collect()
    }

    /// Months with their charges: what is owed and what is settled of them.
    fn charged(&self, account: &Account) -> Vec<Choice> {
        let mut sums: BTreeMap<(Period, &ServiceCode), Kopecks> = BTreeMap::new();
        let debts = account
            .debts
            .iter()
            .map(|it| (&it.service, it.period, it.open));
        let settled = account.settled.iter();
        let settled = settled.map(|it| (&it.service, it.period, it.amount));
        for (service, period, amount) in debts.chain(settled) {
            let sum = sums.entry((period, service)).or_default();
            *sum = sum.add(amount).unwrap_or(*sum);
        }
        let choice = |((period, service), sum): ((Period, &ServiceCode), Kopecks)| Choice {
            value: format!("{service}:{period}"),
            label: self.with_sum(self.t.open, self.month(service, period), sum),
        };
        sums.into_iter().rev().map(choice).collect()
    }

    fn debts(&self, account: &Account) -> Vec<Choice> {
        let debts = account.debts.iter().map(|debt| Choice {
            value: format!("debt:{}", debt.id),
            label: self.with_sum(
                self.t.open,
                self.month(&debt.service, debt.period),
                debt.open,
            ),
        });
        let penalties = account.penalties.iter().map(|penalty| {
            let service = self.service(Some(&penalty.service));
            Choice {
                value: format!("penalty:{}", penalty.id),
                label: self.with_sum(
                    self.t.open,
                    self.t.penalty_of.with("service", service),
                    penalty.open,
                ),
            }
        });
        debts.chain(penalties).collect()
    }

    fn targets(&self, account: &Account) -> Vec<Choice> {
        let debts = account.debts.iter().map(|debt| {
            let what = self.month(&debt.service, debt.period);
            Choice {
                value: format!("debt:{}:{}", debt.service, debt.id),
                label: self
                    .t
                    .to_debt
                    .with("what", self.with_sum(self.t.open, what, debt.open))
                    .into(),
            }
        });
        let codes = [None].into_iter().chain(self.services.keys().map(Some));
        let advances = codes.map(|code| Choice {
            value: format!("advance:{}", code.map_or("", ServiceCode::as_str)),
            label: self.t.to_advance.with("what", self.service(code)).into(),
        });
        debts.chain(advances).collect()
    }
}
