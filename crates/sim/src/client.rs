//! Billing: it sends operations, repeats them until they are answered, and notes what it was told.

use std::{collections::BTreeMap, time::Duration};

use engine::{
    Account, Channel, Charge, ChargeLine, Event, EventKind, MoneyKind, Part, PartKind, Payment,
    PeriodClose, Refund, RefundOf,
};
use ffd::{Line, Receipt};
use journal::{Asked, NewOperation, ReadyReceipt, Submitted};
use sha2::{Digest, Sha256};
use terms::{
    AccountNumber, FfdVersion, Id, Kopecks, OperationSign, PaymentMethod, SettlementSubject,
    TaxSystem, VatCode,
};

use crate::{ClientFault, World, life::Out, organisation, world::What};

/// How long the client waits for an answer, and the longest pause before it sends again.
const PATIENCE: u64 = 4_000;
const PAUSE: u64 = 15_000;

/// What was sent, and what was answered.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) key: String,
    asked: Asked,
    pub(crate) account: usize,
    /// How it changes the account, kopecks.
    pub(crate) delta: i64,
    /// The first answer: the operation.
    pub(crate) accepted: Option<Id>,
    pub(crate) refused: bool,
    /// It was accepted after the copy of the journal that was put back: nobody knows it any more.
    pub(crate) forgotten: bool,
    /// Somebody has asked to cancel it, and was told that it is done.
    pub(crate) cancel_asked: bool,
    pub(crate) cancel_told: bool,
    /// It is cancelled, as far as is known.
    pub(crate) cancelled: bool,
    /// Documents that were answered, by receipt: drive, number, sign.
    pub(crate) documents: BTreeMap<Id, (String, u32, u32)>,
}

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) accounts: Vec<AccountNumber>,
    pub(crate) sent: Vec<Sent>,
    declared: bool,
    /// Sums differ, so that documents can be told apart.
    next_sum: i64,
}

/// An answer on its way.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) operation: usize,
    pub(crate) other_body: bool,
    pub(crate) answer: Option<Submitted>,
}

/// What happens between client and program.
#[derive(Debug)]
pub(crate) enum ClientWhat {
    /// It begins an operation.
    Begin(Wish),
    /// Operations arrive at the program.
    Arrive { operation: usize, other_body: bool },
    /// An answer arrives; none when the program could not store.
    Answer(Answer),
    /// It has waited long enough.
    Impatient(usize),
    /// It asks what became of the receipts.
    Look(usize),
}

/// What billing may want.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wish {
    Payment,
    Charge,
    Refund,
    Close,
    /// A receipt whose lines billing has computed.
    Ready,
}

/// What an operation will ask for, before it has a key.
enum Wanted {
    Event(EventKind),
    Receipt(Box<ReadyReceipt>),
}

impl From<EventKind> for Wanted {
    fn from(kind: EventKind) -> Self {
        Self::Event(kind)
    }
}

/// A receipt of one line.
fn ready_receipt(amount: Kopecks) -> Receipt {
    let vat = VatCode::from_code(1).expect("a rate");
    let (method, subject) = (PaymentMethod::FullSettlement, SettlementSubject::Service);
    let line = Line::new("Подключение", amount, method, subject, vat);
    let system = TaxSystem::from_bit(1).expect("a system");
    let (sign, payments) = (OperationSign::Income, ffd::Payments::cashless(amount));
    Receipt::new(FfdVersion::V1_2, sign, system, vec![line], payments)
}

impl Client {
    pub(crate) fn new(accounts: usize) -> Self {
        Self {
            accounts: (0..accounts)
                .map(|number| {
                    format!("{:06}", 100_000 + number)
                        .parse()
                        .expect("a number")
                })
                .collect(),
            sent: Vec::new(),
            declared: false,
            next_sum: 10_000,
        }
    }

    /// What an account should have, kopecks: its advances less its debts.
    pub(crate) fn saldo(&self, account: usize) -> i64 {
        self.accepted()
            .filter(|sent| sent.account == account && !sent.cancelled)
            .map(|sent| sent.delta)
            .sum()
    }

    /// What the journal must know.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = &Sent> {
        let sent = self.sent.iter();
        sent.filter(|sent| sent.accepted.is_some() && !sent.forgotten)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.sent
            .iter()
            .all(|sent| sent.accepted.is_some() || sent.refused)
    }
}

impl World {
    /// Declares services and opens the accounts, and says them again until they are stored.
    pub(crate) fn declare(&mut self) {
        if self.is_declared() {
            return;
        }
        let accounts = self.client.accounts.iter().cloned().map(Account::new);
        let accounts: Vec<Account> = accounts.collect();
        let Some(life) = &self.life else { return };
        let services = organisation::services();
        life.writer.put_services(services, None, Box::new(|_| {}));
        life.writer.put_accounts(accounts, None, Box::new(|_| {}));
        self.plan_write();
    }

    /// Whether the program knows services and accounts.
    pub(crate) fn is_declared(&mut self) -> bool {
        if !self.client.declared
            && let Some(life) = &self.life
            && let Some(last) = self.client.accounts.last()
        {
            self.client.declared = matches!(life.reader.account(last), Ok(Some(_)));
        }
        self.client.declared
    }

    /// Billing pays into an account.
    pub fn pay(&mut self) {
        self.wish(Wish::Payment);
    }

    /// Billing charges an account.
    pub fn charge(&mut self) {
        self.wish(Wish::Charge);
    }

    /// Billing gives money back, if an account has some.
    pub fn refund(&mut self) {
        self.wish(Wish::Refund);
    }

    /// Billing closes the month.
    pub fn close_month(&mut self) {
        self.wish(Wish::Close);
    }

    fn wish(&mut self, wish: Wish) {
        self.at(Duration::ZERO, What::Client(ClientWhat::Begin(wish)));
    }

    /// Billing has something to do within that time.
    pub fn wish_within(&mut self, millis: u64) {
        let after = self.chance.millis(0, millis);
        let wish = match self.chance.below(20) {
            0..=9 => Wish::Payment,
            10..=15 => Wish::Charge,
            16 | 17 => Wish::Refund,
            18 => Wish::Ready,
            _ => Wish::Close,
        };
        self.at(after, What::Client(ClientWhat::Begin(wish)));
    }

    pub(crate) fn client_happens(&mut self, what: ClientWhat) {
        match what {
            ClientWhat::Begin(wish) => self.begin_operation(wish),
            ClientWhat::Arrive {
                operation,
                other_body,
            } => self.arrive(operation, other_body),
            ClientWhat::Answer(answer) => self.hear_answer(answer),
            ClientWhat::Impatient(operation) => {
                let sent = &self.client.sent[operation];
                if sent.accepted.is_none() && !sent.refused {
                    self.post(operation);
                }
            }
            ClientWhat::Look(operation) => self.look(operation),
        }
    }

    fn begin_operation(&mut self, wish: Wish) {
        let date = self.wall.local().date();
        let account = self.chance.place(self.client.accounts.len());
        let number = self.client.accounts[account].clone();
        self.client.next_sum += 1 + self.chance.below(3) as i64;
        let amount = self.client.next_sum;
        let sum = |amount: i64| Kopecks::new(amount).expect("a sum");
        let service = || {
            let code = organisation::SERVICES[account % 2];
            code.parse().expect("a code")
        };
        let (wanted, delta) = match wish {
            Wish::Payment => {
                let payment = Payment {
                    account: Some(number),
                    parts: vec![Part {
                        kind: self.chance.one_of(&[PartKind::Cash, PartKind::Cashless]),
                        amount: sum(amount),
                    }],
                    channel: Channel::Desk,
                    explicit: Vec::new(),
                    purpose_period: None,
                };
                (EventKind::Payment(payment).into(), amount)
            }
            Wish::Charge => {
                let line = ChargeLine {
                    service: service(),
                    period: date.period(),
                    amount: sum(amount),
                };
                let charge = Charge {
                    account: number,
                    lines: vec![line],
                };
                (EventKind::Charge(charge).into(), -amount)
            }
            Wish::Refund => {
                let amount = (self.client.saldo(account) / 3).min(amount).max(100);
                let refund = Refund {
                    account: number,
                    of: RefundOf::Advance {
                        service: Some(service()),
                        period: None,
                    },
                    amount: sum(amount),
                    kind: self.chance.one_of(&[MoneyKind::Cash, MoneyKind::Cashless]),
                    lost_date: None,
                };
                (EventKind::Refund(refund).into(), -amount)
            }
            Wish::Close => {
                let close = PeriodClose {
                    period: date.period(),
                    late_as_correction: true,
                };
                (EventKind::PeriodClose(close).into(), 0)
            }
            Wish::Ready => {
                let account = self.chance.happens(500).then_some(number);
                let receipt = ready_receipt(sum(amount));
                let ready = ReadyReceipt {
                    date,
                    account,
                    receipt,
                };
                (Wanted::Receipt(Box::new(ready)), 0)
            }
        };
        let operation = self.client.sent.len();
        let key = format!("op-{operation:05}");
        self.note(|| format!("billing wants {wish:?} {key}"));
        let asked = match wanted {
            Wanted::Receipt(ready) => Asked::Receipt(ready),
            Wanted::Event(kind) => Event {
                id: key.clone(),
                date,
                kind,
            }
            .into(),
        };
        self.client.sent.push(Sent {
            key,
            asked,
            account,
            delta,
            accepted: None,
            refused: false,
            forgotten: false,
            cancel_asked: false,
            cancel_told: false,
            cancelled: false,
            documents: BTreeMap::new(),
        });
        self.post(operation);
    }

    /// Sends it, perhaps twice, and waits.
    fn post(&mut self, operation: usize) {
        let twice = self.client_fails(ClientFault::TwiceAtOnce);
        let other = self.client.sent[operation].accepted.is_some()
            && self.client_fails(ClientFault::OtherBody);
        let times = if twice { 2 } else { 1 };
        for _ in 0..times {
            let after = self.chance.millis(1, 40);
            let what = ClientWhat::Arrive {
                operation,
                other_body: other,
            };
            self.at(after, What::Client(what));
        }
        let after = self.chance.millis(PATIENCE / 2, PAUSE);
        self.at(after, What::Client(ClientWhat::Impatient(operation)));
    }

    fn client_fails(&mut self, fault: ClientFault) -> bool {
        let per_mille = self.shape.plan.client.get(&fault).copied();
        let fails = self.faulty && per_mille.is_some_and(|many| self.chance.happens(many));
        if fails {
            self.counts.note(fault.name());
        }
        fails
    }

    fn arrive(&mut self, operation: usize, other_body: bool) {
        if self.step() {
            return;
        }
        let Some(life) = &self.life else { return };
        let sent = &mut self.client.sent[operation];
        if sent.forgotten {
            return;
        }
        let body = if other_body { r#"{"another":1}"# } else { "{}" };
        let body = format!(r#"{{"key":"{}","body":{body}}}"#, sent.key);
        let new = NewOperation {
            in_bulk: false,
            key: sent.key.clone(),
            body_hash: Sha256::digest(body.as_bytes()).into(),
            body,
            asked: sent.asked.clone(),
            callback: None,
            basis: None,
            api_key: None,
        };
        let sender = life.sender.clone();
        let reply = move |answer: journal::Result<Vec<Submitted>>| {
            // An error is no answer: the client sends it again.
            let answer = answer.ok().map(|mut answers| answers.swap_remove(0));
            let _ = sender.send(Out::Answer(Answer {
                operation,
                other_body,
                answer,
            }));
        };
        life.writer.submit(vec![new], Box::new(reply));
        self.plan_write();
    }

    fn hear_answer(&mut self, answer: Answer) {
        let Answer {
            operation,
            other_body,
            answer: Some(answer),
        } = answer
        else {
            return;
        };
        if self.client_fails(ClientFault::AnswerLost) {
            return;
        }
        let sent = &mut self.client.sent[operation];
        if sent.forgotten {
            return;
        }
        let first = sent.accepted;
        let key = sent.key.clone();
        match answer {
            Submitted::Accepted { .. } | Submitted::Repeated { .. } if other_body => {
                self.violate("S1", format!("another body with key {key} was {answer:?}"));
            }
            Submitted::Accepted { id, .. } | Submitted::Repeated { id } => {
                sent.accepted = Some(id);
                if first.is_some_and(|first| first != id) {
                    self.violate("S1", format!("{key} was answered as {first:?} and as {id}"));
                }
                if first.is_none() {
                    let after = self.chance.millis(100, 20_000);
                    self.at(after, What::Client(ClientWhat::Look(operation)));
                }
                if self.client_fails(ClientFault::Again) {
                    self.post(operation);
                }
            }
            Submitted::Conflict { id } => {
                if !other_body || first.is_some_and(|first| first != id) {
                    self.violate("S1", format!("{key} is {first:?}, but conflicts with {id}"));
                }
            }
            Submitted::Held { id } => {
                self.violate(
                    "S1",
                    format!("{key} is held as {id}, and there are no contracts"),
                );
            }
            // Sent twice, it may be refused first and accepted then.
            Submitted::Refused(why) => {
                sent.refused = true;
                self.note(|| format!("{key} is refused: {}", why.message));
            }
        }
    }

    /// The client asks for its receipts, and notes what it is told of their documents.
    fn look(&mut self, operation: usize) {
        let sent = &self.client.sent[operation];
        let Some(id) = sent.accepted.filter(|_| !sent.forgotten) else {
            return;
        };
        if self.life.is_none() {
            let after = self.chance.millis(500, 5_000);
            return self.at(after, What::Client(ClientWhat::Look(operation)));
        }
        let Some(life) = &self.life else { return };
        let found = life.reader.operation(id);
        if self.is_dark() {
            return;
        }
        match found {
            Ok(Some(found)) => {
                for receipt in found.receipts {
                    let Some(document) = receipt.document else {
                        continue;
                    };
                    let told = (document.drive, document.number.get(), document.fiscal_sign);
                    self.note_document(operation, receipt.id, told);
                }
            }
            Ok(None) => self.violate("S2", format!("the answered operation {id} is gone")),
            Err(error) if self.ailments.disk() => self.note(|| error.to_string()),
            Err(error) => self.violate("L1", format!("operation {id} cannot be read: {error}")),
        }
    }

    pub(crate) fn note_document(
        &mut self,
        operation: usize,
        receipt: Id,
        told: (String, u32, u32),
    ) {
        let documents = &mut self.client.sent[operation].documents;
        let first = documents.entry(receipt).or_insert_with(|| told.clone());
        if *first != told {
            let what = format!("receipt {receipt} was {first:?}, and is {told:?}");
            self.told_otherwise(receipt, true, what);
        }
    }
}
