//! Billing's file against the journal, account by account.

use std::collections::BTreeMap;

use engine::Account;
use terms::{AccountNumber, Kopecks};

use super::facts::{Balance, BalanceDifference, BalancesCompared};

/// The most differences that are told.
const DIFFERENCES_MAX: usize = 1_000;

/// A comparison under way: the file is known, the journal's accounts come one after another.
pub(crate) struct Comparison {
    file: BTreeMap<AccountNumber, Balance>,
    compared: BalancesCompared,
}

impl Comparison {
    /// With what the file says.
    ///
    /// # Errors
    /// When a sum lies beyond every sum.
    pub(crate) fn with(file: &[Account], at: i64) -> terms::Result<Self> {
        let balances = file
            .iter()
            .map(|account| Ok((account.number.clone(), Balance::of(account)?)));
        let file: BTreeMap<AccountNumber, Balance> = balances.collect::<terms::Result<_>>()?;
        let saldos = file.values().map(Balance::saldo);
        let file_saldo = Kopecks::sum(saldos.collect::<terms::Result<Vec<_>>>()?)?;
        Ok(Self {
            compared: BalancesCompared {
                at,
                in_file: file.len() as u64,
                file_saldo,
                ..BalancesCompared::default()
            },
            file,
        })
    }

    /// The next account of the journal.
    ///
    /// # Errors
    /// As [`Comparison::with`].
    pub(crate) fn take(&mut self, account: &Account) -> terms::Result<()> {
        let journal = Balance::of(account)?;
        let compared = &mut self.compared;
        compared.in_journal += 1;
        compared.journal_saldo = Kopecks::sum([compared.journal_saldo, journal.saldo()?])?;
        match self.file.remove(&account.number) {
            Some(file) if file == journal => compared.equal += 1,
            file => self.differ(account.number.clone(), file, Some(journal)),
        }
        Ok(())
    }

    /// What it has come to.
    pub(crate) fn end(mut self) -> BalancesCompared {
        for (account, file) in std::mem::take(&mut self.file) {
            self.differ(account, Some(file), None);
        }
        let mut compared = self.compared;
        compared
            .differences
            .sort_by(|one, other| one.account.cmp(&other.account));
        compared
    }

    fn differ(&mut self, account: AccountNumber, file: Option<Balance>, journal: Option<Balance>) {
        self.compared.different += 1;
        if self.compared.differences.len() < DIFFERENCES_MAX {
            self.compared.differences.push(BalanceDifference {
                account,
                file,
                journal,
            });
        }
    }
}

impl Balance {
    /// What stands on an account.
    fn of(account: &Account) -> terms::Result<Self> {
        Ok(Self {
            debts: Kopecks::sum(account.debts.iter().map(|debt| debt.open))?,
            penalties: Kopecks::sum(account.penalties.iter().map(|it| it.open))?,
            advances: Kopecks::sum(account.advances.iter().map(|lot| lot.amount))?,
        })
    }

    /// Advances less debts and penalties.
    ///
    /// # Errors
    /// When it lies beyond every sum.
    pub fn saldo(&self) -> terms::Result<Kopecks> {
        Kopecks::new(self.advances.get() - self.debts.get() - self.penalties.get())
    }
}

#[cfg(test)]
mod tests {
    use engine::{Debt, Lot, MoneyKind};
    use terms::{PaymentMethod, VatRate};

    use super::*;

    fn account(number: &str, debt: i64, advance: i64) -> Account {
        let mut account = Account::new(number.parse().unwrap());
        if debt > 0 {
            account.debts.push(Debt {
                id: "d".to_owned(),
                service: "INET".parse().unwrap(),
                period: "2026-10".parse().unwrap(),
                open: Kopecks::new(debt).unwrap(),
                vat: VatRate::V22,
                credit: false,
            });
        }
        if advance > 0 {
            account.advances.push(Lot {
                id: "a".to_owned(),
                service: None,
                period: None,
                amount: Kopecks::new(advance).unwrap(),
                vat: VatRate::V22,
                date: "2026-11-01".parse().unwrap(),
                kind: MoneyKind::Cashless,
                method: PaymentMethod::Advance,
            });
        }
        account
    }

    #[test]
    fn each_account_that_differs_is_named_also_those_that_one_side_lacks() {
        let file = [
            account("1", 100, 0),
            account("2", 100, 0),
            account("3", 0, 5),
            // The same saldo, but a debt and an advance: other receipts will follow.
            account("5", 70, 20),
        ];
        let mut comparison = Comparison::with(&file, 7).unwrap();
        for of_journal in [
            account("1", 100, 0),
            account("2", 90, 0),
            account("4", 0, 1),
            account("5", 50, 0),
        ] {
            comparison.take(&of_journal).unwrap();
        }
        let compared = comparison.end();
        let named: Vec<&str> = compared
            .differences
            .iter()
            .map(|it| it.account.as_str())
            .collect();
        assert_eq!(named, ["2", "3", "4", "5"]);
        assert_eq!((compared.equal, compared.different), (1, 4));
        assert_eq!((compared.in_file, compared.in_journal), (4, 4));
        assert_eq!(compared.file_saldo.get(), -100 - 100 + 5 - 50);
        assert_eq!(compared.journal_saldo.get(), -100 - 90 + 1 - 50);
        let second = &compared.differences[0];
        assert_eq!(second.file.unwrap().debts.get(), 100);
        assert_eq!(second.journal.unwrap().debts.get(), 90);
        assert_eq!(compared.differences[2].file, None);
    }
}
