//! Counters of 36h…39h against an independent sum.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use ffd::{Tag, Writer};
use fn_proto::{
    Answer, CountedSum, CounterScope, Counters, PaymentSums, Request, SettlementCounters,
    SignTotals, VatSums,
};
use host::{
    personality::{FN_1_2_IN_1_1, FN_1_2_IN_1_2, Local},
    sum, time,
};
use proptest::{collection::vec, prelude::*, sample::select};
use terms::{FfdVersion, Kopecks, OperationSign};

mod host;

const NINE: &str = "2026-11-22T09:00";

/// A receipt or a correction of one line.
#[derive(Clone, Debug)]
struct Settlement {
    is_correction: bool,
    sign: usize,
    payments: [i64; 5],
    vat: [i64; 6],
}

impl Settlement {
    fn total(&self) -> i64 {
        self.payments.iter().sum()
    }

    fn form(&self, ffd: FfdVersion, host: &mut Local) {
        let nine = time(NINE);
        let mut data = Writer::new();
        let payments = [
            Tag::CASH,
            Tag::CASHLESS,
            Tag::PREPAID,
            Tag::CREDIT,
            Tag::COUNTER,
        ];
        let vat = [
            Tag::VAT_20_SUM,
            Tag::VAT_10_SUM,
            Tag::TURNOVER_VAT_0,
            Tag::TURNOVER_NO_VAT,
            Tag::VAT_20_120_SUM,
            Tag::VAT_10_110_SUM,
        ];
        for (tag, value) in payments.into_iter().zip(self.payments) {
            data.money(tag, sum(value)).unwrap();
        }
        for (tag, value) in vat
            .into_iter()
            .zip(self.vat)
            .filter(|(_, value)| *value > 0)
        {
            data.money(tag, sum(value)).unwrap();
        }
        data.byte(Tag::TAX_SYSTEM, 1).unwrap();
        if self.is_correction {
            host.done(Request::BeginCorrection(nine));
            host.done(Request::PassData(host::correction_basis()));
        } else {
            host.done(Request::BeginReceipt(nine));
        }
        let line = host::item_of(ffd, self.total());
        host.done(Request::PassData([line, data.finish()].concat()));
        let formed = host.call(&Request::FormReceipt {
            time: nine,
            operation: OperationSign::ALL[self.sign],
            total: sum(self.total()),
        });
        assert!(formed.is_ok(), "{formed:?}");
    }
}

fn settlement() -> impl Strategy<Value = Settlement> {
    let amount = || prop_oneof![Just(0), 1_i64..100_000, 1_i64..200_000_000_000];
    let payments = [amount(), amount(), amount(), amount(), amount()];
    let vat = [amount(), amount(), amount(), amount(), amount(), amount()];
    (any::<bool>(), 0_usize..4, payments, vat).prop_map(|(is_correction, sign, payments, vat)| {
        Settlement {
            is_correction,
            sign,
            payments,
            vat,
        }
    })
}

fn plus(to: &mut Kopecks, value: i64) {
    *to = sum(to.get() + value);
}

/// What must be counted, in the simplest way.
fn expected(settlements: &[Settlement], shift: u16) -> Counters {
    let mut all = Counters {
        shift,
        ..Counters::default()
    };
    for it in settlements {
        if it.is_correction {
            all.corrections.count += 1;
            all.corrections.by_sign[it.sign].count += 1;
            plus(&mut all.corrections.by_sign[it.sign].sum, it.total());
            continue;
        }
        all.receipts += 1;
        let SettlementCounters {
            count,
            total,
            payments,
            vat,
        } = &mut all.by_sign[it.sign];
        *count += 1;
        plus(total, it.total());
        let PaymentSums {
            cash,
            electronic,
            prepaid,
            credit,
            exchange,
        } = payments;
        let VatSums {
            main,
            ten,
            zero_base,
            exempt_base,
            main_calculated,
            ten_calculated,
        } = vat;
        let sums = [cash, electronic, prepaid, credit, exchange];
        sums.into_iter()
            .zip(it.payments)
            .for_each(|(to, value)| plus(to, value));
        let sums = [
            main,
            ten,
            zero_base,
            exempt_base,
            main_calculated,
            ten_calculated,
        ];
        sums.into_iter()
            .zip(it.vat)
            .for_each(|(to, value)| plus(to, value));
    }
    all
}

fn unsent(settlements: &[Settlement]) -> SignTotals {
    let mut totals = SignTotals::default();
    for it in settlements {
        totals.count += 1;
        let CountedSum { count, sum } = &mut totals.by_sign[it.sign];
        *count += 1;
        plus(sum, it.total());
    }
    totals
}

fn check(host: &mut Local, scope: CounterScope, expected: &Counters) {
    let answer = host.call(&Request::Counters(scope));
    assert_eq!(answer, Ok(Answer::Counters(Box::new(expected.clone()))));
    let Ok(Answer::OperationCounts(counts)) = host.call(&Request::OperationCounts(scope)) else {
        panic!("no counts");
    };
    assert_eq!(counts.shift, expected.shift);
    assert_eq!(counts.receipts.count, expected.receipts);
    assert_eq!(counts.receipts.by_sign, expected.by_sign.map(|it| it.count));
    assert_eq!(counts.corrections.count, expected.corrections.count);
    assert_eq!(
        counts.corrections.by_sign,
        expected.corrections.by_sign.map(|it| it.count)
    );
    for (place, operation) in OperationSign::ALL.iter().enumerate() {
        let request = Request::SignCounters {
            scope,
            operation: *operation,
        };
        let Ok(Answer::SignCounters(counters)) = host.call(&request) else {
            panic!("no counters");
        };
        assert_eq!(counters.receipts, expected.by_sign[place]);
        assert_eq!(counters.corrections, expected.corrections.by_sign[place]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn counters_are_the_sums_of_what_was_formed(
        first in vec(settlement(), 0..8),
        second in vec(settlement(), 0..8),
        sent in 0_usize..20,
        who in select(vec![FN_1_2_IN_1_1, FN_1_2_IN_1_2]),
    ) {
        let mut host = who.in_shift(time(NINE));
        first.iter().for_each(|it| it.form(who.ffd, &mut host));
        check(&mut host, CounterScope::Shift, &expected(&first, 1));
        check(&mut host, CounterScope::Drive, &expected(&first, 1));
        who.close_shift(&mut host, time(NINE));
        // A closed shift's counters stay until the next one is opened.
        check(&mut host, CounterScope::Shift, &expected(&first, 1));
        who.open_shift(&mut host, time(NINE));
        second.iter().for_each(|it| it.form(who.ffd, &mut host));
        let both = [first.clone(), second.clone()].concat();
        check(&mut host, CounterScope::Shift, &expected(&second, 2));
        check(&mut host, CounterScope::Drive, &expected(&both, 2));

        // Registration, opening, receipts, closing, opening, receipts.
        let documents = 4 + both.len();
        let sent = sent.min(documents);
        for _ in 0..sent {
            host.acknowledge(0);
        }
        let of_first = sent.saturating_sub(2).min(first.len());
        let of_second = sent.saturating_sub(4 + first.len());
        let left = [&first[of_first..], &second[of_second..]].concat();
        prop_assert_eq!(
            host.call(&Request::UnsentTotals),
            Ok(Answer::UnsentTotals(unsent(&left)))
        );
    }
}

#[test]
fn an_autonomous_drive_has_no_unsent_documents_to_count() {
    let mut host = FN_1_2_IN_1_2.fresh();
    host.done(FN_1_2_IN_1_2.begin(fn_proto::RegistrationKind::First));
    host.done(Request::PassData(host::registration_data()));
    let form = fn_proto::RegistrationForm {
        work_mode: 0x0A,
        ofd_inn: None,
        ..host::registration(time(NINE))
    };
    assert!(host.call(&Request::FormRegistration(form)).is_ok());
    let refused = host.refused(Request::UnsentTotals).0;
    assert_eq!(refused, fn_proto::AnswerCode::NO_DATA);
    assert!(host.call(&Request::Counters(CounterScope::Drive)).is_ok());
}
