//! Contracts (договоры) with customers: which services an account may be charged for, and when.
//!
//! No law makes a contract a part of a receipt: these rules are ours. They look at charges only;
//! money that came is fiscalised whatever the contract says (54-FZ art. 1.2).

use std::collections::BTreeSet;

use terms::{LocalDate, Period, ServiceCode, named};
use thiserror::Error;

use crate::{Charge, ChargeLine};

/// A contract of one account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Contract {
    /// Its number, as it is written on paper: 1 to [`Contract::NUMBER_MAX`] characters.
    pub number: String,
    /// Its first day.
    pub from: LocalDate,
    /// Its last day; none: until it is ended.
    pub to: Option<LocalDate>,
    /// The services it is about; none named: all.
    pub services: BTreeSet<ServiceCode>,
    /// The price list (тариф) that it refers to.
    pub price_list: Option<String>,
    /// What people have noted about it.
    pub comment: Option<String>,
}

named! {
    /// What becomes of a charge outside the account's contracts.
    OutsideContract("contracts.outside") {
        /// It is accepted like any other.
        Accept = "accept",
        /// It waits for a person.
        Hold = "hold",
        /// It is refused.
        Refused = "refused",
    }
}

/// Contracts that cannot be those of one account.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ContractError {
    /// A number is empty, too long, or holds control characters.
    #[error(
        "the number «{0}» of a contract: it has 1 to {max} characters, none of them a control \
         character",
        max = Contract::NUMBER_MAX
    )]
    BadNumber(String),
    /// A text is too long or holds control characters.
    #[error("contract {number}: {what} has at most {max} characters, none of them a control character", max = Contract::TEXT_MAX)]
    BadText {
        /// The contract.
        number: String,
        /// Which text.
        what: &'static str,
    },
    /// Two contracts have one number.
    #[error("contract {0} is there twice: each has a number of its own")]
    Twice(String),
    /// The last day lies before the first one.
    #[error("contract {number} ends on {to}, before it begins on {from}")]
    EndsFirst {
        /// The contract.
        number: String,
        /// Its first day.
        from: LocalDate,
        /// Its last day.
        to: LocalDate,
    },
    /// Two contracts are about one service on one day.
    #[error(
        "contracts {first} and {second} are both about {service} on {day}: end the first before"
    )]
    Overlap {
        /// The earlier one.
        first: String,
        /// The later one.
        second: String,
        /// A service that is in both; `all services` when both are about all.
        service: String,
        /// The first day that is in both.
        day: LocalDate,
    },
}

impl Contract {
    /// The longest number, characters.
    pub const NUMBER_MAX: usize = 64;
    /// The longest price list and comment, characters.
    pub const TEXT_MAX: usize = 256;
    /// The most contracts of one account.
    pub const COUNT_MAX: usize = 1_000;

    /// Whether it is about this service.
    pub fn is_about(&self, service: &ServiceCode) -> bool {
        self.services.is_empty() || self.services.contains(service)
    }

    /// Whether a day of this month lies in its term. A month that it holds only in part may be
    /// charged: how much of it is billing's affair.
    pub fn holds_in(&self, month: Period) -> bool {
        self.from <= month.last_day() && self.to.is_none_or(|to| to.period() >= month)
    }

    /// Whether this day lies in its term.
    pub fn holds_on(&self, day: LocalDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| to >= day)
    }

    fn check(&self) -> Result<(), ContractError> {
        let is_plain = |text: &str, max: usize| {
            text.chars().count() <= max && !text.chars().any(char::is_control)
        };
        if self.number.trim().is_empty() || !is_plain(&self.number, Self::NUMBER_MAX) {
            let begin = self.number.chars().take(Self::NUMBER_MAX).collect();
            return Err(ContractError::BadNumber(begin));
        }
        for (what, text) in [("price_list", &self.price_list), ("comment", &self.comment)] {
            if text
                .as_ref()
                .is_some_and(|text| !is_plain(text, Self::TEXT_MAX))
            {
                return Err(ContractError::BadText {
                    number: self.number.clone(),
                    what,
                });
            }
        }
        match self.to {
            Some(to) if to < self.from => Err(ContractError::EndsFirst {
                number: self.number.clone(),
                from: self.from,
                to,
            }),
            _ => Ok(()),
        }
    }

    /// The first day on which both are about one service, with that service.
    fn overlap(&self, other: &Self) -> Option<(LocalDate, String)> {
        let day = self.from.max(other.from);
        let service = match (self.services.is_empty(), other.services.is_empty()) {
            (true, true) => Some("all services".to_owned()),
            (true, false) => other.services.first().map(ToString::to_string),
            (false, true) => self.services.first().map(ToString::to_string),
            (false, false) => {
                let shared = self.services.intersection(&other.services).next();
                shared.map(ToString::to_string)
            }
        };
        (self.holds_on(day) && other.holds_on(day)).then_some((day, service?))
    }
}

/// Whether these can be the contracts of one account: on no day are two of them about one service.
///
/// # Errors
/// What is wrong, naming the contracts.
pub fn check_contracts(contracts: &[Contract]) -> Result<(), ContractError> {
    let mut seen: Vec<&Contract> = Vec::with_capacity(contracts.len());
    for contract in contracts {
        contract.check()?;
        for other in &seen {
            if other.number == contract.number {
                return Err(ContractError::Twice(contract.number.clone()));
            }
            if let Some((day, service)) = other.overlap(contract) {
                let (first, second) = match other.from <= contract.from {
                    true => (*other, contract),
                    false => (contract, *other),
                };
                return Err(ContractError::Overlap {
                    first: first.number.clone(),
                    second: second.number.clone(),
                    service,
                    day,
                });
            }
        }
        seen.push(contract);
    }
    Ok(())
}

/// The first line of a charge that no contract of the account allows: there is none about its
/// service in its month. An account without contracts is not judged.
pub fn outside<'a>(contracts: &[Contract], charge: &'a Charge) -> Option<&'a ChargeLine> {
    if contracts.is_empty() {
        return None;
    }
    let is_allowed = |line: &ChargeLine| {
        let mut contracts = contracts.iter();
        contracts.any(|it| it.is_about(&line.service) && it.holds_in(line.period))
    };
    charge.lines.iter().find(|line| !is_allowed(line))
}

/// The contract to which a service of a month belongs: of those that are about it in that month the
/// one that begins last.
pub fn contract_of<'a>(
    contracts: &'a [Contract],
    service: &ServiceCode,
    month: Period,
) -> Option<&'a Contract> {
    let of = contracts
        .iter()
        .filter(|it| it.is_about(service) && it.holds_in(month));
    of.max_by_key(|contract| contract.from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use terms::Kopecks;

    use super::*;

    fn contract(number: &str, from: &str, to: Option<&str>, services: &[&str]) -> Contract {
        Contract {
            number: number.to_owned(),
            from: from.parse().unwrap(),
            to: to.map(|to| to.parse().unwrap()),
            services: services.iter().map(|code| code.parse().unwrap()).collect(),
            price_list: None,
            comment: None,
        }
    }

    fn charge(service: &str, period: &str) -> Charge {
        Charge {
            account: "100001".parse().unwrap(),
            lines: vec![ChargeLine {
                service: service.parse().unwrap(),
                period: period.parse().unwrap(),
                amount: Kopecks::new(65_000).unwrap(),
            }],
        }
    }

    #[test]
    fn a_charge_is_inside_from_the_month_of_the_first_day_to_that_of_the_last() {
        let contracts = [contract("1", "2026-03-31", Some("2026-05-01"), &["INET"])];
        for (service, period, is_inside) in [
            ("INET", "2026-02", false),
            ("INET", "2026-03", true),
            ("INET", "2026-05", true),
            ("INET", "2026-06", false),
            ("TV", "2026-04", false),
        ] {
            let found = outside(&contracts, &charge(service, period)).is_none();
            assert_eq!(found, is_inside, "{service} {period}");
        }
        assert_eq!(
            outside(&[], &charge("TV", "2026-04")),
            None,
            "none to judge by"
        );
        let open = [contract("2", "2026-03-01", None, &[])];
        assert_eq!(outside(&open, &charge("TV", "2099-01")), None);
    }

    #[test]
    fn contracts_follow_one_another_but_do_not_overlap() {
        let first = contract("A/1", "2026-01-01", Some("2026-06-30"), &["INET", "TV"]);
        let next = contract("A/2", "2026-07-01", None, &["INET"]);
        let other = contract("B", "2026-03-01", None, &["PHONE"]);
        check_contracts(&[first.clone(), next.clone(), other]).unwrap();
        let month = "2026-06".parse().unwrap();
        let inet: ServiceCode = "INET".parse().unwrap();
        let both = [first.clone(), next];
        assert_eq!(contract_of(&both, &inet, month).unwrap().number, "A/1");

        let early = contract("A/2", "2026-06-30", None, &["TV"]);
        let error = check_contracts(&[early, first.clone()])
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "contracts A/1 and A/2 are both about TV on 2026-06-30: end the first before"
        );
        for (wrong, says) in [
            (contract("A/1", "2027-01-01", None, &[]), "there twice"),
            (contract(" ", "2027-01-01", None, &[]), "1 to 64"),
            (
                contract("C", "2027-01-02", Some("2027-01-01"), &[]),
                "before it begins",
            ),
            (contract("C", "2026-02-01", None, &[]), "both about INET"),
        ] {
            let error = check_contracts(&[first.clone(), wrong])
                .unwrap_err()
                .to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    proptest! {
        /// Two contracts are taken together exactly when no day finds both in force.
        #[test]
        fn what_is_taken_has_no_day_with_two_contracts(
            terms in prop::collection::vec((0_i32..60, prop::option::of(0_i32..60)), 2..5),
        ) {
            let begin: LocalDate = "2026-01-01".parse().unwrap();
            let contracts: Vec<Contract> = terms.iter().enumerate().map(|(place, (from, length))| {
                let from = begin.plus_days(*from).unwrap();
                Contract {
                    number: place.to_string(),
                    from,
                    to: length.map(|length| from.plus_days(length).unwrap()),
                    services: BTreeSet::new(),
                    price_list: None,
                    comment: None,
                }
            }).collect();
            let most = (0..130).map(|day| {
                let day = begin.plus_days(day).unwrap();
                contracts.iter().filter(|it| it.holds_on(day)).count()
            }).max().unwrap();
            prop_assert_eq!(check_contracts(&contracts).is_ok(), most <= 1);
        }
    }
}
