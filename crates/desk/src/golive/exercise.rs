//! Receipts of each kind, of each service, formed on an emulated drive in memory: with the
//! organisation's own services and settings, by the code that forms the real ones. Nothing is stored,
//! and no real drive is touched.

mod bench;

use engine::{
    Account, Channel, Charge, ChargeLine, Debt, Event, EventKind, ExplicitItem, ExplicitTarget,
    MoneyKind, OffsetMode, Part, PartKind, Payment, PeriodClose, Refund, RefundOf, RestorePayment,
    Service,
};
use terms::{
    AccountNumber, DocumentNumber, Kopecks, LocalDateTime, PaymentMethod, ServiceCode, named,
};

use super::check::Words;
use crate::{Setup, rehearsal::Play};
use bench::Bench;
pub(crate) use bench::{BENCH_SERIAL, Unformed};

/// The most services that are tried: beyond that the first ones stand for all.
const SERVICES_MAX: usize = 100;

named! {
    /// A kind of receipt that every provider makes.
    TestKind("test receipt") {
        /// Money before the service: 1214 = 3.
        Advance = "advance",
        /// A charge that an advance covers: 1214 = 4, paid by 1215.
        Offset = "offset",
        /// A charge that nothing covers: 1214 = 6.
        Credit = "credit",
        /// Money for such a charge: 1214 = 7, or 4 where there was no receipt «в кредит».
        CreditPayment = "credit_payment",
        /// Money for a debt of the time before the switch: 1214 = 4.
        Debt = "debt",
        /// An advance goes back.
        Refund = "refund",
        /// A payment of yesterday that was never fiscalised.
        Correction = "correction",
    }
}

impl TestKind {
    /// What people call it.
    pub fn title(self) -> Words {
        Words::from(match self {
            Self::Advance => ("Аванс", "Advance"),
            Self::Offset => ("Зачёт аванса при начислении", "Offset of an advance"),
            Self::Credit => ("Начисление в долг", "Charge on credit"),
            Self::CreditPayment => ("Оплата текущего начисления", "Payment of a current charge"),
            Self::Debt => ("Оплата старого долга", "Payment of an old debt"),
            Self::Refund => ("Возврат аванса", "Refund of an advance"),
            Self::Correction => ("Чек коррекции", "Correction receipt"),
        })
    }
}

/// A receipt that was tried.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TestReceipt {
    /// Of which kind.
    pub kind: TestKind,
    /// Of which service.
    pub service: ServiceCode,
    /// The name of its supplier, where the organisation is only an agent.
    pub supplier: Option<String>,
    /// What became of it.
    pub outcome: TestOutcome,
}

/// What became of a receipt that was tried.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TestOutcome {
    /// Formed, read back from the archive, and without a fault by format-logic control.
    Formed(Vec<TestDocument>),
    /// The rules want no receipt here, and why.
    NotNeeded(Words),
    /// It cannot be formed, and why.
    Failed(String),
}

/// A document of the emulated drive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TestDocument {
    /// Номер ФД, in an archive that is gone by now.
    pub number: DocumentNumber,
    /// Tag 1020.
    pub total: Kopecks,
    /// Tag 1030 and tag 1214 of each line.
    pub lines: Vec<(String, PaymentMethod)>,
}

/// Tries every kind of receipt with the services of a set-up.
///
/// # Errors
/// When the emulated drive cannot be registered as the organisation's drives are.
pub(crate) fn exercise(
    setup: &Setup,
    services: engine::Setup,
    registration: cassette::Registration,
    now: LocalDateTime,
) -> Result<Vec<TestReceipt>, Unformed> {
    let mut bench = Bench::registered(setup, registration, now)?;
    let of_each: Vec<(ServiceCode, Service)> = services
        .services
        .iter()
        .take(SERVICES_MAX)
        .map(|(code, service)| (code.clone(), service.clone()))
        .collect();
    let mut tried = Vec::new();
    for (code, service) in of_each {
        let scene = match Scene::of(setup, &code, &service, now) {
            Ok(scene) => scene,
            Err(error) => {
                tried.push(TestReceipt {
                    kind: TestKind::Advance,
                    service: code,
                    supplier: None,
                    outcome: TestOutcome::Failed(error.to_string()),
                });
                continue;
            }
        };
        let mut play = Play::of(setup, services.clone(), scene.accounts);
        for (kind, events) in scene.acts {
            tried.push(TestReceipt {
                kind,
                service: code.clone(),
                supplier: service.agent.as_ref().map(|it| it.supplier_name.clone()),
                outcome: act(&mut play, &events, &mut bench),
            });
        }
    }
    Ok(tried)
}

/// Plays the events of one kind and forms what comes of them.
fn act(play: &mut Play, events: &[Event], bench: &mut Bench) -> TestOutcome {
    let (mut documents, mut why) = (Vec::new(), Words::default());
    for event in events {
        let played = match play.act(event) {
            Ok(played) => played,
            Err(refused) => return TestOutcome::Failed(refused.message),
        };
        for (receipt, document) in played.preview.receipts.iter().zip(&played.documents) {
            match bench.form(receipt, &document.tlv) {
                Ok(formed) => documents.push(formed),
                Err(why) => return TestOutcome::Failed(why.to_string()),
            }
        }
        if let Some(record) = played.preview.records.first() {
            why = Words::new(record.kind.why_ru(), record.kind.why_en());
        }
    }
    match documents.is_empty() {
        false => TestOutcome::Formed(documents),
        true if why.is_empty() => TestOutcome::NotNeeded(Words::new(
            "По настройке чека нет",
            "By the settings there is no receipt",
        )),
        true => TestOutcome::NotNeeded(why),
    }
}

/// What happens with one service: accounts, and the events of each kind in their order.
struct Scene {
    accounts: Vec<Account>,
    acts: Vec<(TestKind, Vec<Event>)>,
}

impl Scene {
    fn of(
        setup: &Setup,
        code: &ServiceCode,
        service: &Service,
        now: LocalDateTime,
    ) -> terms::Result<Self> {
        let (day, month) = (now.date(), now.date().period());
        let rouble = |roubles: i64| Kopecks::new(roubles * 100);
        let account = |name: &str| -> terms::Result<Account> {
            let mut account = Account::new(name.parse()?);
            account.contact = Some(setup.organisation.sender_email.clone());
            Ok(account)
        };
        let (advance, credit) = (account("T1")?, account("T2")?);
        let (mut owing, lost) = (account("T3")?, account("T4")?);
        let before = month.last_day().plus_days(-62)?.period();
        owing.debts.push(Debt {
            id: "old".to_owned(),
            service: code.clone(),
            period: before,
            open: rouble(500)?,
            vat: service.vat.rate_on(before.last_day()),
            credit: false,
        });
        let event = |id: &str, kind: EventKind| Event {
            id: format!("test-{id}"),
            date: day,
            kind,
        };
        let paid = |id: &str, to: &Account, roubles: i64, target: Option<ExplicitTarget>| {
            let amount = rouble(roubles)?;
            let explicit = target.map(|target| ExplicitItem { target, amount });
            let kind = EventKind::Payment(Payment {
                account: Some(to.number.clone()),
                parts: vec![cashless(amount)],
                channel: Channel::BankRegistry,
                explicit: explicit.into_iter().collect(),
                purpose_period: None,
            });
            terms::Result::Ok(event(id, kind))
        };
        let charged = |id: &str, to: &AccountNumber, roubles: i64| {
            let lines = vec![ChargeLine {
                service: code.clone(),
                period: month,
                amount: rouble(roubles)?,
            }];
            let account = to.clone();
            terms::Result::Ok(event(id, EventKind::Charge(Charge { account, lines })))
        };
        let mut offset = vec![charged("offset", &advance.number, 600)?];
        if setup.receipts.offset_mode == OffsetMode::Consolidated && service.p21 {
            offset.push(Event {
                date: month.last_day().plus_days(1)?,
                ..event(
                    "close",
                    EventKind::PeriodClose(PeriodClose {
                        period: month,
                        late_as_correction: true,
                    }),
                )
            });
        }
        let back = EventKind::Refund(Refund {
            account: advance.number.clone(),
            of: RefundOf::Advance {
                service: Some(code.clone()),
                period: None,
            },
            amount: rouble(400)?,
            kind: MoneyKind::Cashless,
            lost_date: None,
        });
        let restored = EventKind::RestorePayment(RestorePayment {
            account: lost.number.clone(),
            lost_date: day.plus_days(-1)?,
            parts: vec![cashless(rouble(300)?)],
            order: None,
        });
        let ahead = Some(ExplicitTarget::Advance(Some(code.clone())));
        let old = Some(ExplicitTarget::Debt("old".to_owned()));
        Ok(Self {
            acts: vec![
                (
                    TestKind::Advance,
                    vec![paid("advance", &advance, 1_000, ahead)?],
                ),
                (TestKind::Offset, offset),
                (
                    TestKind::Credit,
                    vec![charged("credit", &credit.number, 700)?],
                ),
                (
                    TestKind::CreditPayment,
                    vec![paid("paid", &credit, 700, None)?],
                ),
                (TestKind::Debt, vec![paid("debt", &owing, 500, old)?]),
                (TestKind::Refund, vec![event("refund", back)]),
                (TestKind::Correction, vec![event("restored", restored)]),
            ],
            accounts: vec![advance, credit, owing, lost],
        })
    }
}

const fn cashless(amount: Kopecks) -> Part {
    Part {
        kind: PartKind::Cashless,
        amount,
    }
}
