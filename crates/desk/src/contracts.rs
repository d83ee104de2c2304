//! Contracts of accounts: what they say, which end soon, and what they have come to in a month.

mod read;
mod report;

use audit::{EndingContract, Finding, Looked, RuleId, contract_ends};
use engine::{ContractError, EventKind, OutsideContract, check_contracts};
use journal::{ContractRow, ContractSetter, Decider as _, Judgement, NewContracts};
use terms::{AccountNumber, LocalDate, ServiceCode};
use thiserror::Error;
use tokio::time::{Duration, sleep};

use crate::{Asked, Desk, DeskError, Ledger, Refused, desk::Inner};

pub use read::{CONTRACT_ROWS_MAX, read_contracts};
pub use report::TableForm;

/// How often it is looked which contracts end.
const LOOK: Duration = Duration::from_secs(60 * 60);
/// The most contracts of which one look tells.
const ENDING_MAX: u32 = 10_000;

/// What contracts are for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ContractRules {
    /// What becomes of a charge that no contract of its account allows.
    pub outside: OutsideContract,
    /// So many days before its last one a contract is told to end.
    pub notice_days: u16,
}

impl Default for ContractRules {
    fn default() -> Self {
        Self {
            outside: OutsideContract::Accept,
            notice_days: 30,
        }
    }
}

/// Contracts that are not set; nothing has changed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ContractsError {
    /// There is no such account.
    #[error("there is no account {0}: open it before its contracts are set")]
    UnknownAccount(AccountNumber),
    /// They cannot be those of one account.
    #[error("account {account}: {why}")]
    Wrong {
        /// The account.
        account: AccountNumber,
        /// Why not.
        why: ContractError,
    },
    /// A service that nobody has declared.
    #[error(
        "contract {contract} of account {account}: there is no service {service}, declare it first"
    )]
    UnknownService {
        /// The account.
        account: AccountNumber,
        /// The contract.
        contract: String,
        /// The service.
        service: ServiceCode,
    },
    /// Too many contracts.
    #[error("account {account} would have {count} contracts; it has at most {max}", max = engine::Contract::COUNT_MAX)]
    TooMany {
        /// The account.
        account: AccountNumber,
        /// How many.
        count: usize,
    },
}

/// A contract that ends soon, with nothing after it for one of its services.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContractEnding {
    /// The contract.
    pub row: ContractRow,
    /// Its last day.
    pub to: LocalDate,
    /// How many days are left: 0 on the last one.
    pub days: i32,
}

impl Desk {
    /// The contracts of an account by their first days; none when there is no such account.
    ///
    /// # Errors
    /// When the journal cannot be read; so for all questions here.
    pub fn contracts(
        &self,
        account: &AccountNumber,
    ) -> Result<Option<Vec<ContractRow>>, DeskError> {
        Ok(self.reader().contracts(account)?)
    }

    /// Gives accounts exactly these contracts, all or none: others that they have had are gone, and
    /// the history tells of them.
    ///
    /// # Errors
    /// [`ContractsError`], or when the journal cannot store.
    pub async fn put_contracts(
        &self,
        contracts: Vec<NewContracts>,
        setter: ContractSetter,
    ) -> Result<(), DeskError> {
        if let Some(by) = &setter.by {
            crate::orders::check_name(by)?;
        }
        self.check_contracts(&contracts).await?;
        let put = self.ask(|writer, reply| writer.put_contracts(contracts, setter, reply));
        match put.await? {
            None => Ok(()),
            Some(account) => Err(ContractsError::UnknownAccount(account).into()),
        }
    }

    /// Whether contracts can be set: all but whether their accounts are there.
    ///
    /// # Errors
    /// [`ContractsError`], or when the journal cannot be read.
    pub async fn check_contracts(&self, contracts: &[NewContracts]) -> Result<(), DeskError> {
        let services = self.services().await?;
        for new in contracts {
            let account = &new.account;
            if new.contracts.len() > engine::Contract::COUNT_MAX {
                return Err(ContractsError::TooMany {
                    account: account.clone(),
                    count: new.contracts.len(),
                }
                .into());
            }
            check_contracts(&new.contracts).map_err(|why| ContractsError::Wrong {
                account: account.clone(),
                why,
            })?;
            for contract in &new.contracts {
                let mut named = contract.services.iter();
                if let Some(service) = named.find(|code| !services.contains_key(*code)) {
                    return Err(ContractsError::UnknownService {
                        account: account.clone(),
                        contract: contract.number.clone(),
                        service: service.clone(),
                    }
                    .into());
                }
            }
        }
        Ok(())
    }

    /// What an account's contracts have against a charge: it would be refused, or wait for a person.
    pub(crate) fn outside_contract(
        &self,
        ledger: &Ledger,
        asked: &Asked,
    ) -> Result<Option<Refused>, DeskError> {
        let Asked::Event(event) = asked else {
            return Ok(None);
        };
        let (EventKind::Charge(charge), true) = (&event.kind, ledger.judges_contracts()) else {
            return Ok(None);
        };
        let rows = self.contracts(&charge.account)?.unwrap_or_default();
        let contracts: Vec<_> = rows.into_iter().map(|row| row.contract).collect();
        Ok(match ledger.judge(&contracts, charge) {
            Judgement::Allowed => None,
            Judgement::Refused(refused) => Some(refused),
            Judgement::Held(message) => Some(Refused {
                code: "held",
                message,
            }),
        })
    }

    /// Contracts that end within `days` (left out: as long before as people are told of them),
    /// today's included, the first to end first; at most `limit`.
    ///
    /// # Errors
    /// See [`Desk::contracts`].
    pub async fn contracts_ending(
        &self,
        days: Option<u16>,
        limit: u32,
    ) -> Result<Vec<ContractEnding>, DeskError> {
        let days = days.unwrap_or(self.setup().contracts.notice_days);
        let today = self.clock().local().date();
        let last = today.plus_days(days.into())?;
        let found = self.read_aside(move |reader| reader.contracts_ending(today, last, limit));
        let ending = found.await?.into_iter().filter_map(|row| {
            let to = row.contract.to?;
            let days = to.days_since(today);
            Some(ContractEnding { row, to, days })
        });
        Ok(ending.collect())
    }
}

impl Inner {
    /// What rule K01 finds today, and what was looked at.
    fn ending_contracts(&self) -> Result<(Vec<Finding>, Looked), DeskError> {
        let (days, today) = (
            self.setup().contracts.notice_days,
            self.clock.local().date(),
        );
        let last = today.plus_days(days.into())?;
        let rows = self.reader().contracts_ending(today, last, ENDING_MAX)?;
        let findings = rows.into_iter().filter_map(|row| {
            let ending = EndingContract {
                to: row.contract.to?,
                account: row.account,
                number: row.contract.number,
            };
            contract_ends(&ending, today, days)
        });
        Ok((findings.collect(), Looked::everywhere([RuleId::K01])))
    }
}

/// Looks every hour which contracts end, until the desk is gone.
pub(crate) fn start(inner: &std::sync::Arc<Inner>) {
    let desk = std::sync::Arc::downgrade(inner);
    tokio::spawn(async move {
        while let Some(inner) = desk.upgrade() {
            let looked = tokio::task::spawn_blocking(move || {
                let (findings, looked) = inner.ending_contracts()?;
                inner.take(findings, &looked)
            });
            match looked.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "it is not known which contracts end"),
                // The runtime is going down.
                Err(_) => return,
            }
            sleep(LOOK).await;
        }
    });
}
