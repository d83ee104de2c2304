//! What the journal asks inside its transaction: the engine's plan, made into documents that obey
//! the format's rules.

use cassette::Class;
use engine::{
    Before, Charge, Config, Contract, Event, EventKind, OutsideContract, Plan, Receipt, outside,
};
use ffd::{AgentKinds, RegistrationFacts, Tag, Tree};
use journal::{Decider, Decision, Judgement, NewDocument, ReadyReceipt, Refused, Undone};
use terms::FiscalSign;

use crate::setup::{Organisation, Setup};

/// The decider of an organisation's journal. The desk hands it to its writer; a simulation that
/// has another shell hands it to its own.
#[derive(Clone, Debug)]
pub struct Ledger {
    organisation: Organisation,
    facts: RegistrationFacts,
    config: Config,
    outside: OutsideContract,
}

impl Ledger {
    /// The ledger of an organisation.
    pub fn of(setup: &Setup) -> Self {
        Self {
            facts: setup.facts(),
            organisation: setup.organisation.clone(),
            config: setup.receipts.clone(),
            outside: setup.contracts.outside,
        }
    }
}

impl Decider for Ledger {
    fn config(&self) -> Config {
        self.config.clone()
    }

    fn decide(
        &self,
        setup: &engine::Setup,
        before: &Before,
        event: &Event,
    ) -> Result<Decision, Refused> {
        let plan = engine::apply(setup, before, event).map_err(|refusal| Refused {
            code: refusal.code(),
            message: refusal.to_string(),
        })?;
        for account in &plan.accounts {
            crate::saldo(account).map_err(|error| Refused {
                code: "bad_amount",
                message: format!("account {}: {error}", account.number),
            })?;
        }
        let class = match event.kind {
            EventKind::Payment(_) | EventKind::Refund(_) | EventKind::Identify(_) => Class::Payment,
            EventKind::FixReceipt(_)
            | EventKind::CancelPayment(_)
            | EventKind::RestorePayment(_)
            | EventKind::RestoreCharge(_) => Class::Correction,
            _ => Class::Charge,
        };
        let documents = plan
            .receipts
            .iter()
            .map(|receipt| self.new_document(receipt, class))
            .collect::<Result<_, _>>()?;
        let records = records(&plan);
        Ok(Decision {
            plan,
            documents,
            records,
        })
    }

    fn ready(&self, key: &str, ready: &ReadyReceipt) -> Result<Decision, Refused> {
        let receipt = self.complete(&ready.receipt)?;
        let class = match receipt.correction {
            Some(_) => Class::Correction,
            None => Class::Payment,
        };
        let tlv = self.checked_tlv(&receipt)?;
        let told = told(key, ready, &receipt).map_err(|error| Refused {
            code: "bad_amount",
            message: error.to_string(),
        })?;
        Ok(Decision {
            plan: Plan {
                receipts: vec![told],
                ..Plan::default()
            },
            documents: vec![NewDocument { class, tlv }],
            records: "[]".to_owned(),
        })
    }

    fn judges_contracts(&self) -> bool {
        self.outside != OutsideContract::Accept
    }

    fn judge(&self, contracts: &[Contract], charge: &Charge) -> Judgement {
        let Some(line) = outside(contracts, charge) else {
            return Judgement::Allowed;
        };
        let message = format!(
            "no contract of account {} is about {} in {}: conclude or prolong one, or let a person \
             decide",
            charge.account, line.service, line.period
        );
        match self.outside {
            OutsideContract::Accept => Judgement::Allowed,
            OutsideContract::Hold => Judgement::Held(message),
            OutsideContract::Refused => Judgement::Refused(Refused {
                code: "outside_contract",
                message,
            }),
        }
    }

    fn document(&self, receipt: &Receipt, undone: &Undone<'_>) -> Result<NewDocument, Refused> {
        let class = Class::Correction;
        let mut lines = undone.receipt.all_lines().iter();
        // What a ready receipt says stands in its document alone.
        if lines.all(|line| line.why.rule == engine::Rule::Given)
            && let Some(tlv) = same_but_for(undone.tlv, receipt.corrects)
        {
            return Ok(NewDocument { class, tlv });
        }
        self.new_document(receipt, class)
    }
}

impl Ledger {
    /// A receipt as it is stored: its document is formed and checked here, before anything is
    /// accepted.
    fn new_document(&self, receipt: &Receipt, class: Class) -> Result<NewDocument, Refused> {
        let tlv = self.checked_tlv(&self.ffd_receipt(receipt)?)?;
        Ok(NewDocument { class, tlv })
    }

    fn checked_tlv(&self, receipt: &ffd::Receipt) -> Result<Vec<u8>, Refused> {
        ffd::check::checked_tlv(receipt, &self.facts).map_err(|violations| {
            let errors = violations.iter().filter(|violation| violation.is_error());
            let messages: Vec<String> = errors.map(ToString::to_string).collect();
            Refused {
                code: "format_control",
                message: messages.join("; "),
            }
        })
    }

    /// A ready receipt with what belongs to the organisation, where it says nothing else.
    fn complete(&self, ready: &ffd::Receipt) -> Result<ffd::Receipt, Refused> {
        let organisation = &self.organisation;
        let place = match &ready.settlement {
            Some(place) => place.clone(),
            None => self.place(ready.internet)?,
        };
        let name = || Some(organisation.name.clone());
        let cashier = || Some(organisation.cashier()).filter(|_| !ready.internet);
        let sender = || {
            let contact = ready.buyer_contact.as_ref();
            contact.map(|_| organisation.sender_email.clone())
        };
        let site = || Some(organisation.fns_site.clone());
        Ok(ffd::Receipt {
            ffd: self.config.ffd,
            settlement: Some(place),
            user_name: ready.user_name.clone().or_else(name),
            cashier: ready.cashier.clone().or_else(cashier),
            sender_email: ready.sender_email.clone().or_else(sender),
            fns_site: ready.fns_site.clone().or_else(site),
            ..ready.clone()
        })
    }

    /// Where a settlement is made.
    fn place(&self, internet: bool) -> Result<ffd::Place, Refused> {
        let mut place = self.organisation.place();
        if internet {
            // Since 01.09.2025 the place of a settlement in the Internet is its site (FFD documents
            // §2, note on 1125).
            place.place = self.organisation.site.clone().ok_or_else(|| Refused {
                code: "no_site",
                message: "the channel is online, but the configuration names no site: set \
                          organisation.site"
                    .to_owned(),
            })?;
        }
        Ok(place)
    }

    fn ffd_receipt(&self, receipt: &Receipt) -> Result<ffd::Receipt, Refused> {
        let lines = receipt
            .lines
            .iter()
            .map(ffd_line)
            .collect::<Result<Vec<_>, Refused>>()?;
        let payments = ffd::Payments {
            cash: receipt.payments.cash,
            cashless: receipt.payments.cashless,
            prepaid: receipt.payments.prepaid,
            credit: receipt.payments.credit,
            counter: receipt.payments.counter,
        };
        let organisation = &self.organisation;
        let place = self.place(receipt.internet)?;
        let (ffd, sign, system) = (self.config.ffd, receipt.operation, receipt.tax_system);
        let contact = receipt.contact.clone().filter(|_| receipt.deliver);
        Ok(ffd::Receipt {
            settlement: Some(place),
            user_name: Some(organisation.name.clone()),
            cashier: Some(organisation.cashier()).filter(|_| !receipt.internet),
            sender_email: contact.is_some().then(|| organisation.sender_email.clone()),
            buyer_contact: contact,
            internet: receipt.internet,
            fns_site: Some(organisation.fns_site.clone()),
            // The sign of the document that is corrected (receipt rules §4.2).
            additional: receipt.corrects.map(|sign| sign.to_string()),
            // Where there is no 1178, the day of the corrected settlement stands in 1084 (receipt
            // rules §4.1 rule 1, a CHOICE).
            user_property: receipt.settled_on.map(|day| ffd::UserProperty {
                name: "Дата исправляемого расчета".to_owned(),
                value: day.to_string(),
            }),
            correction: receipt
                .correction
                .as_ref()
                .map(|correction| ffd::Correction {
                    order: correction.order.clone(),
                    ..ffd::Correction::own(correction.date)
                }),
            details: totals_without_lines(receipt),
            ..ffd::Receipt::new(ffd, sign, system, lines, payments)
        })
    }
}

/// A correction of FFD 1.05 has no lines that its VAT totals would follow from (receipt rules §3.2,
/// R32).
fn totals_without_lines(receipt: &Receipt) -> Option<Box<ffd::ReceiptDetails>> {
    if !receipt.lines.is_empty() || receipt.vat_totals.is_empty() {
        return None;
    }
    let none = ffd::VatTotals::default();
    let totals = receipt.vat_totals.iter();
    Some(Box::new(ffd::ReceiptDetails {
        vat_totals: totals.fold(none, |totals, (code, sum)| totals.with(*code, *sum)),
        ..ffd::ReceiptDetails::default()
    }))
}

/// The document of a receipt as it was passed to its drive, but for the sign of the one that it
/// corrects (tag 1192); whether it gives or takes is said to the drive apart from it (16h). None when
/// it is no document.
fn same_but_for(tlv: &[u8], corrects: Option<FiscalSign>) -> Option<Vec<u8>> {
    let tree = Tree::parse(tlv).ok()?;
    let changed = Tree::written(|writer| {
        for element in tree.iter().filter(|it| it.tag != Tag::RECEIPT_PROPERTY) {
            writer.element(element.tag, &element.value)?;
        }
        match corrects {
            Some(sign) => writer.text(Tag::RECEIPT_PROPERTY, &sign.to_string()),
            None => Ok(()),
        }
    });
    changed?.encode().ok()
}

/// What the journal tells of a ready receipt.
fn told(key: &str, ready: &ReadyReceipt, receipt: &ffd::Receipt) -> terms::Result<Receipt> {
    let payments = engine::Payments {
        cash: receipt.payments.cash,
        cashless: receipt.payments.cashless,
        prepaid: receipt.payments.prepaid,
        credit: receipt.payments.credit,
        counter: receipt.payments.counter,
    };
    let correction = |correction: &ffd::Correction| engine::Correction {
        date: correction.date,
        order: correction.order.clone(),
    };
    Ok(Receipt {
        event: key.to_owned(),
        ffd: receipt.ffd,
        operation: receipt.operation,
        tax_system: receipt.tax_system,
        date: ready.date,
        account: ready.account.clone(),
        contact: receipt.buyer_contact.clone(),
        deliver: receipt.buyer_contact.is_some(),
        internet: receipt.internet,
        lines: receipt.lines.iter().map(told_line).collect(),
        unprinted: Vec::new(),
        payments,
        total: receipt.total()?,
        vat_totals: receipt.vat_totals()?.iter().collect(),
        correction: receipt.correction.as_ref().map(correction),
        corrects: None,
        settled_on: None,
    })
}

fn told_line(line: &ffd::Line) -> engine::Line {
    let why = engine::Why {
        rule: engine::Rule::Given,
        from: Vec::new(),
    };
    engine::Line {
        name: line.name.clone(),
        method: line.method,
        subject: line.subject,
        amount: line.amount,
        vat_code: line.vat,
        vat: line.tax(),
        // The agent stands in the document.
        agent: None,
        service: None,
        period: None,
        refs: Vec::new(),
        why,
    }
}

fn ffd_line(line: &engine::Line) -> Result<ffd::Line, Refused> {
    let agent = |agent: &engine::Agent| {
        Ok(ffd::Agent {
            kinds: AgentKinds::from_bits(agent.kind)?,
            supplier_inn: Some(agent.supplier_inn),
            supplier_name: Some(agent.supplier_name.clone()),
            supplier_phones: vec![agent.supplier_phone.clone()],
        })
    };
    let agent = line.agent.as_ref().map(agent).transpose();
    let agent = agent.map_err(|error: terms::TermError| Refused {
        code: "format_control",
        message: error.to_string(),
    })?;
    let (method, subject) = (line.method, line.subject);
    Ok(ffd::Line {
        agent,
        ..ffd::Line::new(
            line.name.clone(),
            line.amount,
            method,
            subject,
            line.vat_code,
        )
    })
}

fn records(plan: &Plan) -> String {
    let record = |record: &engine::Record| {
        serde_json::json!({
            "kind": record.kind.name(),
            "account": record.account.as_ref().map(ToString::to_string),
            "ref": record.reference,
            "amount": record.amount.get(),
            "why_ru": record.kind.why_ru(),
            "why_en": record.kind.why_en(),
        })
    };
    serde_json::Value::Array(plan.records.iter().map(record).collect()).to_string()
}

#[cfg(test)]
mod tests {
    use ffd::{Agent, Line, Payments, Receipt};
    use terms::{
        FfdVersion, Kopecks, OperationSign, PaymentMethod, SettlementSubject, TaxSystem, VatCode,
    };

    use super::*;

    #[test]
    fn what_undoes_a_ready_receipt_says_all_that_it_said() {
        let amount = Kopecks::new(10_050).unwrap();
        let supplier = Agent {
            kinds: AgentKinds::from_bits(64).unwrap(),
            supplier_inn: None,
            supplier_name: Some("ООО «Тепло»".to_owned()),
            supplier_phones: vec!["+79990000000".to_owned()],
        };
        let vat = VatCode::from_code(1).unwrap();
        let subject = SettlementSubject::Service;
        let line = Line {
            agent: Some(supplier),
            ..Line::new("Тепло", amount, PaymentMethod::FullSettlement, subject, vat)
        };
        let payments = Payments::cashless(Kopecks::new(10_000).unwrap());
        let (sign, system) = (OperationSign::Income, TaxSystem::from_bit(1).unwrap());
        let ready = Receipt {
            additional: Some("its own".to_owned()),
            ..Receipt::new(FfdVersion::V1_2, sign, system, vec![line], payments)
        };
        let passed = ready.host_tlv().unwrap();
        let undoing = same_but_for(&passed, Some(FiscalSign(7))).unwrap();
        let (first, second) = (
            Tree::parse(&passed).unwrap(),
            Tree::parse(&undoing).unwrap(),
        );
        let rest = |tree: &Tree| -> Vec<_> {
            let others = tree.iter().filter(|it| it.tag != Tag::RECEIPT_PROPERTY);
            others.cloned().collect()
        };
        assert_eq!(rest(&first), rest(&second));
        let said = second.get(Tag::RECEIPT_PROPERTY).unwrap();
        assert_eq!(said.as_text(), Some(FiscalSign(7).to_string().as_str()));
        assert_eq!(same_but_for(&passed[1..], None), None);
    }
}
