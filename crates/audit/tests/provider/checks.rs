//! Every check of the crate over the provider's year.

use std::collections::BTreeMap;

use audit::*;
use terms::{DocumentNumber, ShiftNumber};

use super::{SOURCES, World, calendar, drive, now, register, today};

const LIMIT: usize = 10;

impl World {
    /// All that is found, in any order.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let thresholds = Thresholds::default();
        let mut found = Vec::new();
        self.look_at_accounts(&thresholds, &mut found);
        self.look_at_money(&thresholds, &mut found);
        self.look_at_equations(&thresholds, &mut found);
        self.look_at_documents(&thresholds, &mut found);
        self.look_at_drives(&thresholds, &mut found);
        self.look_at_days(&thresholds, &mut found);
        found
    }

    fn look_at_accounts(&self, thresholds: &Thresholds, found: &mut Vec<Finding>) {
        let mut pass = AccountPass::new(thresholds, today());
        for (account, rows) in &self.accounts {
            found.extend(pass.account(account, rows.iter().cloned()).unwrap());
            found.extend(bounces_of_account(
                &thresholds.bounces,
                account,
                self.bounces,
            ));
        }
        found.extend(pass.portfolio().finding(&thresholds.token_payments));
    }

    fn look_at_money(&self, thresholds: &Thresholds, found: &mut Vec<Finding>) {
        let calendar = calendar();
        for money in &self.money {
            found.extend(money_without_receipt(thresholds, &calendar, now(), money).unwrap());
        }
        let by_reference = |rows: &[Row<MoneyKey>]| {
            let mut rows: Vec<_> = rows
                .iter()
                .map(|row| Row::new(row.key.reference.clone(), row.sum))
                .collect();
            rows.sort_by(|one, other| one.key.cmp(&other.key));
            rows
        };
        let (money, receipts) = (
            by_reference(&self.money_rows),
            by_reference(&self.receipt_rows),
        );
        found.extend(receipts_without_money(money, receipts).map(Result::unwrap));
        for money in &self.unidentified {
            let limits = &thresholds.unidentified;
            found.extend(unidentified_money(limits, &calendar, today(), money));
        }
        found.extend(unclosed_offsets(&thresholds.offsets, today(), &self.buffer).unwrap());
    }

    fn look_at_equations(&self, thresholds: &Thresholds, found: &mut Vec<Finding>) {
        fn balance<K: Ord + Clone + std::fmt::Display>(
            equation: EquationId,
            left: &[Row<K>],
            right: &[Row<K>],
        ) -> Option<Finding> {
            let sides = (left.iter().cloned(), right.iter().cloned());
            Balance::of(equation, sides.0, sides.1, LIMIT)
                .unwrap()
                .finding("2026")
        }
        found.extend(balance(
            EquationId::E1,
            &self.money_rows,
            &self.receipt_rows,
        ));
        found.extend(balance(EquationId::E2, &self.billed, &self.charged));
        found.extend(balance(
            EquationId::E5,
            &self.lots,
            &self.advances_by_receipts,
        ));
        found.extend(balance(
            EquationId::E6,
            &self.credit_debts,
            &self.credit_by_receipts,
        ));
        found.extend(balance(EquationId::E7, &self.vat_totals, &self.vat_lines));
        for (key, report) in &self.shift_reports {
            let differences = shift_differences(report, &self.shift_journal[key]);
            let shift = ShiftNumber(u16::from(key.1.month()) * 31 + u16::from(key.1.day()));
            found.extend(shift_finding(drive(key.0), shift, &differences));
        }
        for place in 0..2 {
            let report = NumberReport::of(
                drive(place),
                self.journal[place].iter().copied(),
                self.archive[place].iter().copied(),
                self.ofd[place].iter().copied(),
                DocumentNumber(self.journal[place].len() as u32),
                LIMIT,
            );
            found.extend(report.unwrap().finding());
        }
        let tickets = self.tickets.iter().copied();
        let report = TicketReport::of(&thresholds.unsent, now(), tickets, LIMIT);
        found.extend(report.finding("7707083893"));
    }

    fn look_at_documents(&self, thresholds: &Thresholds, found: &mut Vec<Finding>) {
        found.extend(
            self.lines
                .iter()
                .filter_map(|line| wrong_vat(&thresholds.vat, line)),
        );
        found.extend(self.verdicts.iter().filter_map(ofd_refusal));
        let taxes = self.taxes.iter();
        found
            .extend(taxes.filter_map(|document| tax_not_registered(&self.registrations, document)));
    }

    fn look_at_drives(&self, thresholds: &Thresholds, found: &mut Vec<Finding>) {
        found.extend(unsent_documents(&thresholds.unsent, now(), &self.unsent).unwrap());
        found.extend(shift_too_long(&thresholds.shift, now(), &self.shift).unwrap());
        found.extend(clock_difference(&thresholds.clock, drive(0), self.clock));
        found.extend(drive_ends(&thresholds.drive_end, today(), &self.life));
        let limits = &thresholds.silent_register;
        found.extend(silent_register(
            limits,
            today(),
            register(0),
            self.last_document,
        ));
    }

    /// What is looked at on each day of the year; of what lasts, the last finding.
    fn look_at_days(&self, thresholds: &Thresholds, found: &mut Vec<Finding>) {
        let mut seen = BTreeMap::new();
        let (limits, calendar) = (&thresholds.silence, calendar());
        for (name, arrivals) in SOURCES.iter().zip(&self.arrivals) {
            let mut watch = SourceWatch::new(*name);
            let mut ahead = arrivals.iter().peekable();
            for date in self.days[0].keys().copied() {
                while let Some(arrival) = ahead.next_if(|arrival| arrival.day <= date) {
                    watch.see(limits, *arrival).unwrap();
                }
                let finding = watch.look(limits, &calendar, date);
                seen.extend(finding.map(|finding| (finding.key(), finding)));
            }
        }
        for (place, days) in self.days.iter().enumerate() {
            let mut shares = RegisterShares::new(register(place));
            for day in days.values() {
                shares.see(thresholds, *day).unwrap();
                let findings = shares.look(thresholds, day.day);
                seen.extend(findings.into_iter().map(|finding| (finding.key(), finding)));
            }
        }
        for contract in &self.contracts {
            let finding = contract_ends(contract, today(), 30);
            seen.extend(finding.map(|finding| (finding.key(), finding)));
        }
        for day in &self.deliveries {
            let finding = bounces_of_day(&thresholds.bounces, day);
            seen.extend(finding.map(|finding| (finding.key(), finding)));
        }
        found.extend(seen.into_values());
    }
}
