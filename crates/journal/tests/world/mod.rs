//! A journal in a folder of its own, asked as a plain function call.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::{
    path::Path,
    sync::{Arc, Mutex, mpsc},
};

use cassette::{Class, Fate, Intent, Record, SlotId, Task};
use engine::{
    Account, Before, Channel, Charge, ChargeLine, Config, Event, EventKind, OffsetMode, Part,
    PartKind, Payment, Service, Setup, VatSchedule,
};
use fn_proto::Formed;
use journal::{
    Asked, Change, Decider, Decision, Finding, NewDocument, NewOperation, Reader, ReadyReceipt,
    ReceiptState, Refused, Reply, Store, Submitted, Writer,
};
use terms::{
    DocumentNumber, DriveNumber, FiscalSign, Id, Kopecks, OfdAnswer, OfdCode, OperationSign,
    ReceiptNumber, ShiftNumber, TaxSystem, VatRate,
};

/// The engine's plans; documents are not formed here.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Offsets wait for the receipt of their month.
    pub(crate) consolidates: bool,
}

/// A text as a TLV object: tag 1192.
fn object(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap().to_le_bytes();
    [&[0xA8, 0x04][..], &length, text.as_bytes()].concat()
}

impl Decider for Ledger {
    fn config(&self) -> Config {
        Config {
            offset_mode: match self.consolidates {
                true => OffsetMode::Consolidated,
                false => OffsetMode::PerAccount,
            },
            ..Config::default()
        }
    }

    fn decide(&self, setup: &Setup, before: &Before, event: &Event) -> Result<Decision, Refused> {
        let plan = engine::apply(setup, before, event).map_err(|refusal| Refused {
            code: refusal.code(),
            message: refusal.to_string(),
        })?;
        let documents = plan.receipts.iter().map(|_| NewDocument {
            class: Class::Payment,
            tlv: object(&event.id),
        });
        Ok(Decision {
            documents: documents.collect(),
            records: "[]".to_owned(),
            plan,
        })
    }

    fn ready(&self, _: &str, _: &ReadyReceipt) -> Result<Decision, Refused> {
        let message = "only events here".to_owned();
        Err(Refused {
            code: "ready",
            message,
        })
    }

    fn document(
        &self,
        receipt: &engine::Receipt,
        _: &journal::Undone<'_>,
    ) -> Result<NewDocument, Refused> {
        Ok(NewDocument {
            class: Class::Correction,
            tlv: object(&receipt.event),
        })
    }
}

/// What one commit has told: changes, and the jobs that are new.
pub(crate) type Commit = (Vec<Change>, Vec<Id>);

pub(crate) struct Journal {
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
    pub(crate) commits: Arc<Mutex<Vec<Commit>>>,
}

impl Journal {
    /// Opens the journal in `folder`; a new one gets the accounts `A0`…`A9` and a service.
    pub(crate) fn open(folder: &Path) -> Self {
        Self::open_with(folder, Ledger::default())
    }

    pub(crate) fn open_with(folder: &Path, ledger: Ledger) -> Self {
        let store = Store::in_folder(folder);
        let commits = Arc::new(Mutex::new(Vec::new()));
        let told = commits.clone();
        let on_commit = move |changes: &[Change], jobs: Vec<cassette::Job>| {
            let jobs = jobs.into_iter().map(|job| job.id).collect();
            told.lock().unwrap().push((changes.to_vec(), jobs));
        };
        let journal = Self {
            writer: Writer::open(&store, ledger, on_commit).unwrap(),
            reader: Reader::new(store),
            commits,
        };
        if ask(|reply| journal.writer.services(reply))
            .unwrap()
            .is_empty()
        {
            let services = [("INET".parse().unwrap(), internet())].into();
            ask(|reply| journal.writer.put_services(services, None, reply)).unwrap();
            let accounts = (0..10).map(|number| Account::new(account(number)));
            ask(|reply| journal.writer.put_accounts(accounts.collect(), None, reply)).unwrap();
        }
        journal
    }

    pub(crate) fn submit(&self, operations: Vec<NewOperation>) -> Vec<Submitted> {
        ask(|reply| self.writer.submit(operations, reply)).unwrap()
    }

    pub(crate) fn submit_one(&self, operation: NewOperation) -> Submitted {
        self.submit(vec![operation]).pop().unwrap()
    }

    /// A new receipt that waits for a drive.
    pub(crate) fn queue_receipt(&self, key: &str) -> Id {
        accepted(&self.submit_one(payment(key, 0, 100))).1[0]
    }

    pub(crate) fn store(&self, record: Record) -> journal::Result<()> {
        ask(|reply| self.writer.store(record, reply))
    }

    pub(crate) fn state(&self, receipt: Id) -> ReceiptState {
        self.reader.receipt(receipt).unwrap().unwrap().state
    }

    pub(crate) fn findings(&self) -> Vec<Finding> {
        self.reader.verify().unwrap().findings
    }

    /// Queues `commands` so that they are executed in one batch: the thread is held meanwhile.
    pub(crate) fn in_one_batch(&self, commands: impl FnOnce(&Writer)) {
        let (held, is_held) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let hold = move |_| {
            held.send(()).unwrap();
            released.recv().unwrap();
        };
        self.writer.services(Box::new(hold));
        is_held.recv().unwrap();
        commands(&self.writer);
        release.send(()).unwrap();
    }
}

/// Gives a command and waits for its answer.
pub(crate) fn ask<T: Send + 'static>(command: impl FnOnce(Reply<T>)) -> journal::Result<T> {
    let (reply, answer) = mpsc::channel();
    command(Box::new(move |value| {
        let _ = reply.send(value);
    }));
    answer.recv().expect("every command is answered")
}

pub(crate) fn account(number: u8) -> terms::AccountNumber {
    format!("A{number}").parse().unwrap()
}

pub(crate) fn internet() -> Service {
    Service {
        name: "Доступ в интернет".to_owned(),
        vat: VatSchedule::fixed(VatRate::V22),
        tax_system: TaxSystem::Common,
        priority: 1,
        weight: Kopecks::new(65_000).unwrap(),
        p21: true,
        agent: None,
    }
}

/// A payment of one receipt.
pub(crate) fn payment(key: &str, to: u8, kopecks: i64) -> NewOperation {
    let kind = EventKind::Payment(Payment {
        account: Some(account(to)),
        parts: vec![Part {
            kind: PartKind::Cashless,
            amount: Kopecks::new(kopecks).unwrap(),
        }],
        channel: Channel::BankRegistry,
        explicit: Vec::new(),
        purpose_period: None,
    });
    operation(key, kind, &format!("payment {to} {kopecks}"))
}

/// The payment that `operation` is.
pub(crate) fn as_payment(operation: &mut NewOperation) -> &mut Payment {
    match &mut operation.asked {
        Asked::Event(Event {
            kind: EventKind::Payment(payment),
            ..
        }) => payment,
        other => panic!("{other:?} is no payment"),
    }
}

/// A charge: one receipt, for an advance, a credit or both.
pub(crate) fn charge(key: &str, to: u8, kopecks: i64) -> NewOperation {
    let kind = EventKind::Charge(Charge {
        account: account(to),
        lines: vec![ChargeLine {
            service: "INET".parse().unwrap(),
            period: "2026-10".parse().unwrap(),
            amount: Kopecks::new(kopecks).unwrap(),
        }],
    });
    operation(key, kind, &format!("charge {to} {kopecks}"))
}

pub(crate) fn operation(key: &str, kind: EventKind, body: &str) -> NewOperation {
    let mut body_hash = [0; 32];
    body_hash[..body.len().min(32)].copy_from_slice(&body.as_bytes()[..body.len().min(32)]);
    NewOperation {
        in_bulk: false,
        key: key.to_owned(),
        body_hash,
        body: format!("{{\"said\":\"{body}\"}}"),
        asked: Event {
            id: key.to_owned(),
            date: "2026-11-05".parse().unwrap(),
            kind,
        }
        .into(),
        callback: None,
        basis: None,
        api_key: None,
    }
}

#[track_caller]
pub(crate) fn accepted(submitted: &Submitted) -> (Id, Vec<Id>) {
    match submitted {
        Submitted::Accepted { id, receipts } => (*id, receipts.clone()),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn drive(number: u8) -> DriveNumber {
    format!("999900000000000{number}").parse().unwrap()
}

pub(crate) fn receipt_task(id: Id) -> Task {
    Task::Receipt {
        id,
        correction: false,
        operation: OperationSign::Income,
        total: Kopecks::new(100).unwrap(),
    }
}

pub(crate) fn intent(on: u8, number: u32, task: Task) -> Record {
    Record::Intent {
        slot: SlotId(on),
        drive: drive(on),
        intent: Intent {
            task,
            number: DocumentNumber(number),
            time: "2026-11-05T10:00".parse().unwrap(),
            tlv: vec![1, 2, 3],
            given_up: false,
        },
    }
}

pub(crate) fn formed(on: u8, number: u32, task: Task) -> Record {
    let receipt_number = task.receipt().map(|_| ReceiptNumber(1));
    // The answer to 16h does not name the shift.
    let shift = ShiftNumber(if receipt_number.is_some() { 0 } else { 7 });
    Record::Formed {
        slot: SlotId(on),
        drive: drive(on),
        task,
        time: "2026-11-05T10:00".parse().unwrap(),
        document: Formed {
            number: DocumentNumber(number),
            sign: FiscalSign(4_000_000_000),
        },
        shift,
        receipt_number,
    }
}

pub(crate) fn void(on: u8, number: u32, receipt: Option<Id>, fate: Fate) -> Record {
    Record::Void {
        drive: drive(on),
        number: DocumentNumber(number),
        receipt,
        fate,
        cause: "the test says so".to_owned(),
    }
}

pub(crate) fn in_doubt(on: u8, number: u32, receipt: Id) -> Record {
    Record::InDoubt {
        drive: drive(on),
        number: DocumentNumber(number),
        receipt,
        cause: "its drive has gone".to_owned(),
    }
}

pub(crate) fn acknowledged(on: u8, number: u32) -> Record {
    Record::Acknowledged {
        drive: drive(on),
        number: DocumentNumber(number),
        answer: OfdAnswer {
            code: Some(OfdCode::ACCEPTED),
            ..OfdAnswer::default()
        },
        ticket: vec![9; 18],
    }
}
