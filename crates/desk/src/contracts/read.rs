//! Contracts from a table.

use std::collections::BTreeMap;

use engine::Contract;
use journal::NewContracts;
use serde::Deserialize;
use terms::{AccountNumber, LocalDate};

use crate::BalanceError;

/// The most rows of one table.
pub const CONTRACT_ROWS_MAX: usize = 1_000_000;
/// The most errors that are told at once.
const ERRORS_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    account: String,
    number: String,
    from: String,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    services: Option<String>,
    #[serde(default)]
    price_list: Option<String>,
    #[serde(default)]
    comment: Option<String>,
}

/// Reads a table of contracts: comma or semicolon separated, UTF-8, with a header row. The rows of an
/// account are all its contracts.
///
/// | column | meaning |
/// |---|---|
/// | `account` | the account's number; it is open already |
/// | `number` | the contract's number |
/// | `from` | its first day, `YYYY-MM-DD` |
/// | `to` | its last day; empty: none |
/// | `services` | codes with spaces between them; empty: all services |
/// | `price_list`, `comment` | may be empty |
///
/// # Errors
/// All rows that cannot be read, at most a hundred; then nothing is to be imported.
pub fn read_contracts(table: &str) -> Result<Vec<NewContracts>, Vec<BalanceError>> {
    let header = table.lines().next().unwrap_or_default();
    let delimiter = if header.contains(';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let mut accounts: BTreeMap<AccountNumber, Vec<Contract>> = BTreeMap::new();
    let mut errors = Vec::new();
    for (index, row) in reader.deserialize::<Row>().enumerate() {
        let taken = match row {
            _ if index >= CONTRACT_ROWS_MAX => Err(format!(
                "more than {CONTRACT_ROWS_MAX} rows: split the file"
            )),
            Ok(row) => contract(row).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match taken {
            Ok((account, contract)) => accounts.entry(account).or_default().push(contract),
            Err(what) => {
                // The header is line 1.
                let line = index as u64 + 2;
                errors.push(BalanceError { line, what });
                if errors.len() == ERRORS_MAX || index >= CONTRACT_ROWS_MAX {
                    break;
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let new = |(account, contracts)| NewContracts { account, contracts };
    Ok(accounts.into_iter().map(new).collect())
}

fn contract(row: Row) -> terms::Result<(AccountNumber, Contract)> {
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let services = filled(row.services).unwrap_or_default();
    let services = services.split_whitespace().map(str::parse);
    let to = filled(row.to).map(|to| to.parse::<LocalDate>());
    Ok((
        row.account.parse()?,
        Contract {
            number: row.number,
            from: row.from.parse()?,
            to: to.transpose()?,
            services: services.collect::<terms::Result<_>>()?,
            price_list: filled(row.price_list),
            comment: filled(row.comment),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_contracts_is_read_by_accounts_or_refused_by_lines() {
        let table = "account;number;from;to;services;price_list;comment\n\
                     100002;B;2026-01-01;;INET TV;Базовый;\n\
                     100001;A;2026-01-01;2026-06-30;;;первый\n\
                     100001;A-2;2026-07-01;;;;\n";
        let read = read_contracts(table).unwrap();
        let counts: Vec<_> = read.iter().map(|new| new.contracts.len()).collect();
        assert_eq!(counts, [2, 1]);
        assert_eq!(read[1].contracts[0].services.len(), 2);
        assert_eq!(read[0].contracts[0].comment.as_deref(), Some("первый"));

        let wrong = table
            .replace("2026-06-30", "30.06.2026")
            .replace("B;2026", "B;x2026");
        let lines: Vec<u64> = read_contracts(&wrong)
            .unwrap_err()
            .iter()
            .map(|error| error.line)
            .collect();
        assert_eq!(lines, [2, 3]);
    }
}
