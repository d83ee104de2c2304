//! Whatever an event and the state hold, the engine answers: a plan or a refusal, never a panic.
#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

#[path = "absurd/changes.rs"]
mod changes;

use std::collections::BTreeMap;

use engine::*;
use proptest::{prelude::*, sample::select};
use terms::{
    AccountNumber, FfdVersion, FiscalSign, Kopecks, LocalDate, OperationSign, PaymentMethod,
    Period, ServiceCode, SettlementSubject, TaxSystem, VatCode, VatRate,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn absurd_events_are_answered_calmly(
        setup in setup(), state in state(), events in prop::collection::vec(event(), 1..6),
    ) {
        for event in events {
            match apply(&setup, &state, &event) {
                Ok(plan) => for receipt in plan.receipts {
                    prop_assert!(receipt.all_lines().iter().all(|line| line.amount.is_positive()));
                    prop_assert_eq!(receipt.payments.total().unwrap(), receipt.total);
                    for line in receipt.all_lines() {
                        prop_assert!(!line.why.ru().is_empty() && !line.why.en().is_empty());
                    }
                },
                Err(refusal) => prop_assert!(!refusal.to_string().is_empty()),
            }
        }
    }
}

fn money() -> impl Strategy<Value = Kopecks> {
    prop_oneof![
        4 => 1_i64..1_000,
        1 => select(&[0, 1, -1, i64::MAX >> 10, -(i64::MAX >> 10), 1 << 52][..]),
        1 => -(i64::MAX >> 10)..=(i64::MAX >> 10),
    ]
    .prop_map(|kopecks| Kopecks::new(kopecks).unwrap())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(&["A", "B", "E1", "E1/INET", "E1/POOL"][..]).prop_map(str::to_owned),
        1 => Just(String::new()),
        1 => Just("ы".repeat(300)),
        1 => any::<String>(),
    ]
}

fn date() -> impl Strategy<Value = LocalDate> {
    prop_oneof![
        3 => (2025_u16..2027, 1_u8..13, 1_u8..29),
        1 => (2000_u16..2256, 1_u8..13, 1_u8..29),
        1 => select(&[(2255, 12, 31), (2000, 1, 1), (2255, 12, 22)][..]),
    ]
    .prop_map(|(year, month, day)| LocalDate::new(year, month, day).unwrap())
}

fn period() -> impl Strategy<Value = Period> {
    date().prop_map(LocalDate::period)
}

fn service() -> impl Strategy<Value = ServiceCode> {
    select(&["INET", "TV", "COLD", "GONE"][..]).prop_map(|code| code.parse().unwrap())
}

fn number() -> impl Strategy<Value = AccountNumber> {
    select(&["1", "2", "3"][..]).prop_map(|number| number.parse().unwrap())
}

fn vat() -> impl Strategy<Value = VatRate> {
    select(&VatRate::ALL[..])
}

fn few<T: std::fmt::Debug>(one: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(one, 0..4)
}

fn setup() -> impl Strategy<Value = Setup> {
    let agent = Agent {
        kind: 255,
        supplier_inn: "7701000019".parse().unwrap(),
        supplier_name: String::new(),
        supplier_phone: String::new(),
    };
    let service = (
        text(),
        few((date(), vat())),
        vat(),
        money(),
        any::<u32>(),
        any::<bool>(),
    );
    let services = prop::collection::btree_map(self::service(), service, 0..4);
    let policies = (
        select(FfdVersion::ALL),
        select(Postpaid::ALL),
        select(OffsetMode::ALL),
        select(Allocation::ALL),
        select(AdvancePolicy::ALL),
        1_u16..4,
        prop::collection::btree_set(date(), 0..3),
    );
    (services, policies).prop_map(move |(services, policies)| Setup {
        config: Config {
            ffd: policies.0,
            postpaid: policies.1,
            offset_mode: policies.2,
            allocation: policies.3,
            advance: policies.4,
            max_lines: policies.5.try_into().unwrap(),
            holidays: policies.6,
            ..Config::default()
        },
        services: services
            .into_iter()
            .map(|(code, (name, steps, fixed, weight, priority, is_agent))| {
                let vat = VatSchedule::new(steps).unwrap_or(VatSchedule::fixed(fixed));
                let service = Service {
                    name: name.repeat(1 + priority as usize % 3),
                    vat,
                    tax_system: TaxSystem::ALL[priority as usize % 6],
                    priority,
                    weight,
                    p21: !is_agent,
                    agent: is_agent.then(|| agent.clone()),
                };
                (code, service)
            })
            .collect(),
    })
}

fn debt() -> impl Strategy<Value = Debt> {
    (text(), service(), period(), money(), vat(), any::<bool>()).prop_map(
        |(id, service, period, open, vat, credit)| Debt {
            id,
            service,
            period,
            open,
            vat,
            credit,
        },
    )
}

fn lot() -> impl Strategy<Value = Lot> {
    let method = select(PaymentMethod::ALL);
    let of = (prop::option::of(service()), prop::option::of(period()));
    (
        text(),
        of,
        money(),
        vat(),
        date(),
        select(MoneyKind::ALL),
        method,
    )
        .prop_map(
            |(id, (service, period), amount, vat, date, kind, method)| Lot {
                id,
                service,
                period,
                amount,
                vat,
                date,
                kind,
                method,
            },
        )
}

fn state() -> impl Strategy<Value = Before> {
    let settled = (service(), period(), money(), vat());
    let lists = (
        few(debt()),
        few(debt()),
        few(lot()),
        few(settled),
        few((text(), service(), money())),
        few((service(), period(), money())),
    );
    let account = (
        number(),
        prop::option::of(text()),
        select(PayerKind::ALL),
        lists,
    );
    let account = account.prop_map(|(number, contact, payer_kind, lists)| Account {
        number,
        contact,
        payer_kind,
        debts: lists.0,
        written_off: lists.1,
        advances: lists.2,
        settled: lists
            .3
            .into_iter()
            .map(|(service, period, amount, vat)| Settled {
                service,
                period,
                amount,
                vat,
            })
            .collect(),
        penalties: lists
            .4
            .into_iter()
            .map(|(id, service, open)| Penalty { id, service, open })
            .collect(),
        invoices: lists
            .5
            .into_iter()
            .map(|(service, period, amount)| Invoice {
                service,
                period,
                amount,
            })
            .collect(),
    });
    let buffer = (
        period(),
        text(),
        date(),
        number(),
        service(),
        vat(),
        money(),
    );
    let buffer =
        buffer.prop_map(
            |(close, event, date, account, service, vat, amount)| BufferLine {
                close,
                event,
                date,
                account,
                service,
                period: close,
                vat,
                amount,
            },
        );
    let unidentified = (text(), date(), payment());
    let unidentified =
        unidentified.prop_map(|(id, date, payment)| Unidentified { id, date, payment });
    (few(account), few(buffer), few(journal()), few(unidentified)).prop_map(
        |(accounts, buffer, receipts, unidentified)| Before {
            accounts: accounts
                .into_iter()
                .map(|account| (account.number.clone(), account))
                .collect(),
            buffer,
            receipts,
            unidentified,
        },
    )
}

fn payments() -> impl Strategy<Value = Payments> {
    (money(), money(), money(), money(), money()).prop_map(
        |(cash, cashless, prepaid, credit, counter)| Payments {
            cash,
            cashless,
            prepaid,
            credit,
            counter,
        },
    )
}

fn reference() -> impl Strategy<Value = Ref> {
    (select(RefTo::ALL), text(), money()).prop_map(|(to, id, amount)| Ref { to, id, amount })
}

fn right_line() -> impl Strategy<Value = RightLine> {
    let codes = (
        select(PaymentMethod::ALL),
        select(&VatCode::ALL[..]),
        any::<bool>(),
    );
    let of = (prop::option::of(service()), prop::option::of(period()));
    (text(), codes, money(), of, few(reference())).prop_map(
        |(name, (method, vat_code, sane), amount, (service, period), mut refs)| {
            if sane {
                refs.truncate(1);
                refs.iter_mut().for_each(|to| to.amount = amount);
            }
            RightLine {
                name,
                method,
                subject: SettlementSubject::Service,
                amount,
                vat_code,
                service,
                period,
                agent: RightAgent::OfService,
                refs,
            }
        },
    )
}

fn journal() -> impl Strategy<Value = JournalReceipt> {
    let head = (
        text(),
        select(OperationSign::ALL),
        date(),
        prop::option::of(number()),
        any::<bool>(),
    );
    (head, few(right_line()), payments(), any::<bool>()).prop_map(
        |((id, operation, date, account, cancelled), lines, mut payments, sane)| {
            if sane && let Ok(sum) = Kopecks::sum(lines.iter().map(|line| line.amount)) {
                payments = Payments::money(MoneyKind::Cash, sum);
            }
            let lines = lines.into_iter().map(|line| Line {
                name: line.name,
                method: line.method,
                subject: line.subject,
                amount: line.amount,
                vat_code: line.vat_code,
                vat: Kopecks::MIN,
                agent: None,
                service: line.service,
                period: line.period,
                refs: line.refs,
                why: Why {
                    rule: Rule::D01,
                    from: Vec::new(),
                },
            });
            let receipt = Receipt {
                event: String::new(),
                ffd: FfdVersion::V1_05,
                operation,
                tax_system: TaxSystem::Imputed,
                date,
                account,
                contact: None,
                deliver: true,
                internet: true,
                lines: lines.collect(),
                unprinted: Vec::new(),
                payments,
                total: Kopecks::MIN,
                vat_totals: BTreeMap::new(),
                correction: None,
                corrects: None,
                settled_on: None,
            };
            JournalReceipt {
                id,
                fiscal_sign: FiscalSign(0),
                receipt,
                settle_date: None,
                cancelled,
            }
        },
    )
}

fn payment() -> impl Strategy<Value = Payment> {
    let target = prop_oneof![
        text().prop_map(ExplicitTarget::Debt),
        text().prop_map(ExplicitTarget::Penalty),
        text().prop_map(ExplicitTarget::WrittenOff),
        prop::option::of(service()).prop_map(ExplicitTarget::Advance),
    ];
    let item = (target, money()).prop_map(|(target, amount)| ExplicitItem { target, amount });
    let part = (select(PartKind::ALL), money()).prop_map(|(kind, amount)| Part { kind, amount });
    let parts = (few(part), prop_oneof![9 => Just(1), 1 => Just(1_001_usize)]);
    let parts = parts.prop_map(|(parts, times)| parts.repeat(times));
    (
        prop::option::weighted(0.9, number()),
        parts,
        select(Channel::ALL),
        few(item),
        prop::option::of(period()),
    )
        .prop_map(
            |(account, parts, channel, explicit, purpose_period)| Payment {
                account,
                parts,
                channel,
                explicit,
                purpose_period,
            },
        )
}

fn kind() -> impl Strategy<Value = EventKind> {
    let line = (service(), period(), money()).prop_map(|(service, period, amount)| ChargeLine {
        service,
        period,
        amount,
    });
    let charge = (number(), few(line));
    let of = prop_oneof![
        (prop::option::of(service()), prop::option::of(period()))
            .prop_map(|(service, period)| RefundOf::Advance { service, period }),
        (service(), period()).prop_map(|(service, period)| RefundOf::Service { service, period }),
    ];
    let refund = (
        number(),
        of,
        money(),
        select(MoneyKind::ALL),
        prop::option::of(date()),
    );
    let recalc = (
        number(),
        service(),
        period(),
        money(),
        select(RecalcTo::ALL),
    );
    let target = prop_oneof![
        text().prop_map(WriteOffTarget::Debt),
        text().prop_map(WriteOffTarget::Penalty),
    ];
    let item = (target, money()).prop_map(|(target, amount)| WriteOffItem { target, amount });
    let ends = (
        number(),
        prop::option::of(service()),
        number(),
        prop::option::of(service()),
    );
    let moved = (ends, prop::option::of(text()), money(), any::<bool>());
    let right = (
        prop::option::of(number()),
        prop::option::of(select(OperationSign::ALL)),
        few(right_line()),
        payments(),
        any::<bool>(),
    );
    let right = right.prop_map(|(account, operation, lines, mut payments, sane)| {
        if sane && let Ok(sum) = Kopecks::sum(lines.iter().map(|line| line.amount)) {
            payments = Payments::money(MoneyKind::Cashless, sum);
        }
        RightReceipt {
            account,
            tax_system: None,
            operation,
            lines,
            payments,
        }
    });
    let part = (select(PartKind::ALL), money()).prop_map(|(kind, amount)| Part { kind, amount });
    let lost = (service(), period(), money(), money(), any::<bool>());
    let lost = lost.prop_map(|(service, period, prepaid, credit, sane)| LostChargeLine {
        service,
        period,
        amount: prepaid.add(credit).ok().filter(|_| sane).unwrap_or(prepaid),
        prepaid,
        credit,
    });
    prop_oneof![
        payment().prop_map(EventKind::Payment),
        (text(), number())
            .prop_map(|(payment, account)| EventKind::Identify(Identify { payment, account })),
        charge.prop_map(|(account, lines)| EventKind::Charge(Charge { account, lines })),
        (period(), any::<bool>()).prop_map(|(period, late_as_correction)| {
            EventKind::PeriodClose(PeriodClose {
                period,
                late_as_correction,
            })
        }),
        refund.prop_map(|(account, of, amount, kind, lost_date)| {
            EventKind::Refund(Refund {
                account,
                of,
                amount,
                kind,
                lost_date,
            })
        }),
        recalc.prop_map(|(account, service, period, delta, to)| {
            EventKind::Recalc(Recalc {
                account,
                service,
                period,
                delta,
                to,
                kind: None,
            })
        }),
        (number(), text(), few(item)).prop_map(|(account, reason, items)| {
            EventKind::WriteOff(WriteOff {
                account,
                reason,
                items,
            })
        }),
        moved.prop_map(
            |(ends, to_debt, amount, payer_order)| EventKind::Move(Move {
                from_account: ends.0,
                from_service: ends.1,
                to_account: ends.2,
                to_service: ends.3,
                to_debt,
                amount,
                payer_order,
            })
        ),
        (number(), text(), select(CancelReason::ALL)).prop_map(|(account, original, reason)| {
            EventKind::CancelPayment(CancelPayment {
                account,
                original,
                reason,
                order: None,
            })
        }),
        (number(), date(), few(part)).prop_map(|(account, lost_date, parts)| {
            EventKind::RestorePayment(RestorePayment {
                account,
                lost_date,
                parts,
                order: None,
            })
        }),
        (number(), date(), few(lost)).prop_map(|(account, lost_date, lines)| {
            EventKind::RestoreCharge(RestoreCharge {
                account,
                lost_date,
                lines,
                order: None,
            })
        }),
        (text(), right, any::<bool>(), any::<bool>()).prop_map(
            |(original, right, ledger, accepted)| EventKind::FixReceipt(FixReceipt {
                original,
                right,
                ledger,
                accepted,
                order: None,
            })
        ),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    (text(), date(), kind()).prop_map(|(id, date, kind)| Event { id, date, kind })
}
