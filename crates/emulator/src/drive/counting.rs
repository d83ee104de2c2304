//! Counters on the wire, 36h…39h (ФН protocol §2.9). They are kept in FFD 1.1 and 1.2; in 1.05 the
//! drive answers 08h (INFERRED: §7 leaves 08h and 02h open). «All operations» of 36h and 37h are taken
//! to be the receipts; corrections have a number of their own (INFERRED).

use fn_proto::{
    Answer, AnswerCode, CountedSum, CounterScope, OperationCounts, PaymentSums, SettlementCounters,
    SignCounters, SignCounts, SignTotals, VatSums,
};
use terms::{Kopecks, OperationSign};

use super::{
    counters::{Counter, Counters, Tallies, Tally},
    generation::checks_content,
    machine::{Drive, Reply},
};

impl Drive {
    /// 36h.
    pub(crate) fn settlement_counters(&self, scope: CounterScope) -> Reply {
        let counters = self.counted(scope)?;
        let mut by_sign = [SettlementCounters::default(); 4];
        for (place, operation) in by_sign.iter_mut().zip(OperationSign::ALL) {
            *place = receipts_on_wire(&counters.of(*operation))?;
        }
        Ok(Answer::Counters(Box::new(fn_proto::Counters {
            shift: self.memory.shift.number.get(),
            receipts: counters.receipts(),
            by_sign,
            corrections: totals_on_wire(counters.corrections())?,
        })))
    }

    /// 37h.
    pub(crate) fn operation_counts(&self, scope: CounterScope) -> Reply {
        let counters = self.counted(scope)?;
        let mut receipts = [0; 4];
        for (count, operation) in receipts.iter_mut().zip(OperationSign::ALL) {
            *count = counters.of(*operation).receipts;
        }
        let corrections = counters.corrections();
        Ok(Answer::OperationCounts(OperationCounts {
            shift: self.memory.shift.number.get(),
            receipts: SignCounts {
                count: counters.receipts(),
                by_sign: receipts,
            },
            corrections: SignCounts {
                count: corrections.documents(),
                by_sign: corrections.0.map(|tally| tally.receipts),
            },
        }))
    }

    /// 38h.
    pub(crate) fn sign_counters(&self, scope: CounterScope, operation: OperationSign) -> Reply {
        let counters = self.counted(scope)?;
        Ok(Answer::SignCounters(Box::new(SignCounters {
            receipts: receipts_on_wire(&counters.of(operation))?,
            corrections: tally_on_wire(counters.corrections().of(operation))?,
        })))
    }

    /// 39h: receipts and corrections without ticket.
    pub(crate) fn unsent_totals(&self) -> Reply {
        self.must_count()?;
        if self.memory.is_autonomous() {
            return Err(AnswerCode::NO_DATA.into());
        }
        let totals = totals_on_wire(&self.memory.unsent_settlements())?;
        Ok(Answer::UnsentTotals(totals))
    }

    fn counted(&self, scope: CounterScope) -> Result<&Counters, AnswerCode> {
        self.must_count()?;
        Ok(match scope {
            CounterScope::Shift => &self.memory.shift.counters,
            CounterScope::Drive => &self.memory.counters,
        })
    }

    /// Registered in FFD 1.1 or 1.2.
    pub(crate) fn must_count(&self) -> Result<(), AnswerCode> {
        let registration = self.memory.registration();
        let registration = registration.ok_or(AnswerCode::WRONG_STATE)?;
        match checks_content(registration.ffd) {
            true => Ok(()),
            false => Err(AnswerCode::NO_DATA),
        }
    }
}

fn receipts_on_wire(counter: &Counter) -> Result<SettlementCounters, AnswerCode> {
    let mut sums = [Kopecks::ZERO; super::counters::SUMS];
    for (place, sum) in sums.iter_mut().zip(counter.on_wire()) {
        *place = kopecks(sum)?;
    }
    let [
        total,
        payments @ ..,
        vat_a,
        vat_b,
        vat_c,
        vat_d,
        vat_e,
        vat_f,
    ] = sums;
    let [cash, electronic, prepaid, credit, exchange] = payments;
    Ok(SettlementCounters {
        count: counter.receipts,
        total,
        payments: PaymentSums {
            cash,
            electronic,
            prepaid,
            credit,
            exchange,
        },
        vat: VatSums {
            main: vat_a,
            ten: vat_b,
            zero_base: vat_c,
            exempt_base: vat_d,
            main_calculated: vat_e,
            ten_calculated: vat_f,
        },
    })
}

fn totals_on_wire(tallies: &Tallies) -> Result<SignTotals, AnswerCode> {
    let mut by_sign = [CountedSum::default(); 4];
    for (place, tally) in by_sign.iter_mut().zip(tallies.0) {
        *place = tally_on_wire(tally)?;
    }
    Ok(SignTotals {
        count: tallies.documents(),
        by_sign,
    })
}

fn tally_on_wire(tally: Tally) -> Result<CountedSum, AnswerCode> {
    Ok(CountedSum {
        count: tally.receipts,
        sum: kopecks(tally.total)?,
    })
}

/// Sums of 48 bits always are.
fn kopecks(sum: u64) -> Result<Kopecks, AnswerCode> {
    i64::try_from(sum)
        .ok()
        .and_then(|sum| Kopecks::new(sum).ok())
        .ok_or(AnswerCode::DRIVE_FAILURE)
}
