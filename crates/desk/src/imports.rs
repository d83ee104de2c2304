//! Files of banks and billings become payments: a look at what would come of one, then all of it or
//! nothing, and each file and each operation of the bank once.
//!
//! What a row becomes is said by [`matching`]; the rules are those of the configuration
//! ([`StatementRules`]). A load is one transaction of the journal: a crash leaves all of it or
//! nothing, and the same file is simply loaded again.

mod matching;
mod operation;
mod rules;

use std::{collections::BTreeMap, fmt::Display};

use journal::{
    ImportFileRow, ImportRow, Imported, NewImport, RowDecided, RowDecision, RowState, Writer,
};
use sha2::{Digest, Sha256};
use statements::{Encoding, Kind, Parsed, Profile, RegistryName, Unreadable};
use terms::{AccountNumber, Kopecks, LocalDate, Saying};
use thiserror::Error;
use tokio::runtime::Handle;

use crate::{Desk, DeskError, KeyIdentity, Refused, Signed};
pub(crate) use matching::{Sorted, sort};
pub(crate) use operation::BankFacts;
use operation::{new_operation, new_row, operation_of_row};
pub use rules::{BusinessRows, ReceiptDay, StatementProfile, StatementRules, UnmatchedRows};

/// How often a load is tried anew without the rows that the rules refuse.
const SKIPPING_MAX: usize = 3;

/// A file as it comes to the desk.
#[derive(Clone, Debug)]
pub struct StatementFile {
    /// Its name without folders: it may tell the profile.
    pub name: String,
    /// What it consists of.
    pub bytes: Vec<u8>,
}

/// How a file is to be loaded.
#[derive(Clone, Debug, Default)]
pub struct ImportOrder {
    /// A profile of the configuration, or a kind of file; none: it is found out.
    pub profile: Option<String>,
    /// Who loads it.
    pub by: String,
    /// Only look what would come of it; nothing is stored.
    pub dry_run: bool,
    /// What becomes of payments of unknown payers; none: as configured.
    pub unmatched: Option<UnmatchedRows>,
    /// What becomes of payments of businesses; none: as configured.
    pub business: Option<BusinessRows>,
    /// Leave the payments that the rules refuse for a person, and load the others.
    pub skip_refused: bool,
    /// The key that has sent it.
    pub sender: Option<KeyIdentity>,
}

/// What became of a file, or would become of it.
#[derive(Clone, Debug)]
pub struct ImportReport {
    /// Whether it was loaded.
    pub state: ImportState,
    /// What is kept of it; a look has no identifier.
    pub file: ImportFileRow,
    /// How it was written; none if it was known by its bytes.
    pub encoding: Option<Encoding>,
    /// The days it is about.
    pub days: Option<(LocalDate, LocalDate)>,
    /// Payments and their sums by class; classes without payments are left out.
    pub classes: BTreeMap<RowClass, (u64, Kopecks)>,
    /// The receipts that its payments need.
    pub receipts: u64,
    /// What people should know about it.
    pub notes: Vec<String>,
    /// The rows that a person has to look at.
    pub rows: Vec<ImportRow>,
}

/// Whether a file was loaded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ImportState {
    /// Nothing was stored: it was only looked at.
    Preview,
    /// It was loaded now.
    Loaded,
    /// It had been loaded before: nothing was stored.
    AlreadyLoaded,
}

impl ImportState {
    /// The word of API and result files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Loaded => "loaded",
            Self::AlreadyLoaded => "already_loaded",
        }
    }
}

/// What a row of a file is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RowClass {
    /// A payment on an account that is open.
    Matched,
    /// Nobody knows whose it is.
    Unmatched,
    /// Its operation is in the journal.
    Duplicate,
    /// It may be money that has come by another way.
    Held,
    /// A transfer of a business: it needs no receipt (54-ФЗ art. 2 p. 9).
    Business,
    /// It cannot be a payment.
    Wrong,
    /// The rules of receipts refuse it.
    Refused,
}

impl RowClass {
    /// The word of journal and API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Unmatched => "unmatched",
            Self::Duplicate => "duplicate",
            Self::Held => "held",
            Self::Business => "business",
            Self::Wrong => "wrong",
            Self::Refused => "refused",
        }
    }
}

/// What a person decides about a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RowChoice {
    /// It is a payment on this account.
    Load(AccountNumber),
    /// It becomes no operation.
    Skip,
}

/// Why a file was not loaded, or a row not decided. Nothing was stored.
#[derive(Debug, Error)]
pub enum ImportError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is of no known kind.
    #[error(
        "«{0}» is no file of payments that is known: name its kind as the profile (sberbank, \
         lanbilling, 1c, csv) and it will be said what is wrong with it"
    )]
    UnknownKind(String),
    /// There is no such profile.
    #[error("there is no profile «{given}»; there are {known}")]
    UnknownProfile {
        /// What was asked for.
        given: String,
        /// What there is.
        known: String,
    },
    /// It is about another company's money.
    #[error("the file is about the bank account {0}, which statements.our_accounts does not name")]
    NotOurs(String),
    /// The rules of receipts refuse payments.
    #[error("the rules refuse {} payments, nothing was loaded: {}", .0.len(), list(.0))]
    Refused(Vec<(u32, Refused)>),
    /// There is no such file.
    #[error("there is no import {0}")]
    UnknownImport(i64),
    /// There is no such row, or no person has to look at it.
    #[error("import {import} has no row of line {line} that a person has to look at")]
    UnknownRow {
        /// Which file.
        import: i64,
        /// Which line.
        line: u32,
    },
    /// It was decided before.
    #[error("line {line} of import {import} is {} already", state.name())]
    Decided {
        /// Which file.
        import: i64,
        /// Which line.
        line: u32,
        /// What it is.
        state: RowState,
    },
    /// The rules of receipts refuse the row.
    #[error("the payment is refused: {}", .0.message)]
    RowRefused(Refused),
}

fn list(refused: &[(u32, Refused)]) -> String {
    let told = refused.iter().take(statements::ERRORS_MAX);
    let told: Vec<String> = told
        .map(|(line, why)| format!("line {line}: {}", why.message))
        .collect();
    told.join("; ")
}

impl Desk {
    /// Loads a file of payments, or only looks at it: all payments of it or nothing.
    ///
    /// # Errors
    /// When it cannot be read, rules refuse payments of it, or the journal cannot store; then
    /// nothing was stored.
    pub async fn import(
        &self,
        file: StatementFile,
        order: ImportOrder,
    ) -> Result<ImportReport, DeskError> {
        if order.by.trim().is_empty() {
            return Err(DeskError::NotSigned("name who loads the file"));
        }
        let desk = self.clone();
        let load = move || {
            // One after another: each sees what the one before has stored.
            let _turn = desk.imports_turn();
            desk.import_now(&file, &order)
        };
        tokio::task::spawn_blocking(load)
            .await
            .map_err(|_| DeskError::Stopping)?
    }

    /// The loaded files, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn imports(&self, limit: u32) -> Result<Vec<ImportFileRow>, DeskError> {
        Ok(self.reader().imports(limit)?)
    }

    /// A loaded file and the rows of it that a person has to look at.
    ///
    /// # Errors
    /// When there is none, or the journal cannot be read.
    pub fn import_rows(&self, id: i64) -> Result<(ImportFileRow, Vec<ImportRow>), DeskError> {
        let found = self.reader().import(id)?;
        Ok(found.ok_or(ImportError::UnknownImport(id))?)
    }

    /// Stores a person's decision about a row.
    ///
    /// # Errors
    /// When there is no such row, it was decided before, the rules refuse it, the decision has no
    /// name or no reason, or the journal cannot store. Nothing has changed then.
    pub async fn decide_import_row(
        &self,
        import: i64,
        line: u32,
        choice: RowChoice,
        signed: Signed,
        sender: Option<&KeyIdentity>,
    ) -> Result<ImportRow, DeskError> {
        if signed.by.trim().is_empty() || signed.reason.trim().is_empty() {
            return Err(DeskError::NotSigned("name who decides, and why"));
        }
        let (_, rows) = self.import_rows(import)?;
        let row = rows.into_iter().find(|row| row.line == line);
        let row = row.ok_or(ImportError::UnknownRow { import, line })?;
        let operation = match choice {
            RowChoice::Skip => None,
            RowChoice::Load(account) => {
                let today = self.clock().local().date();
                let day = self.setup().statements.date;
                Some(operation_of_row(&row, account, day, today, sender)?)
            }
        };
        let decision = RowDecision {
            import,
            line,
            operation,
            by: signed.by,
            why: signed.reason,
        };
        let decided = self.ask(|writer, reply| writer.decide_row(decision, reply));
        Ok(match decided.await? {
            RowDecided::Done(row) => *row,
            RowDecided::Unknown => return Err(ImportError::UnknownRow { import, line }.into()),
            RowDecided::Refused(why) => return Err(ImportError::RowRefused(why).into()),
            RowDecided::NotWaiting(row) => {
                let state = row.state;
                let decided = ImportError::Decided {
                    import,
                    line,
                    state,
                };
                return Err(decided.into());
            }
        })
    }

    /// Asks the writer, on a thread that may wait.
    pub(crate) fn ask_now<T: Send + 'static>(
        &self,
        command: impl FnOnce(&Writer, journal::Reply<T>),
    ) -> Result<T, DeskError> {
        Handle::current().block_on(self.ask(command))
    }

    fn import_now(
        &self,
        file: &StatementFile,
        order: &ImportOrder,
    ) -> Result<ImportReport, DeskError> {
        let sha256: [u8; 32] = Sha256::digest(&file.bytes).into();
        if let Some(known) = self.reader().import_of(&sha256)? {
            return self.already_loaded(known);
        }
        let (text, encoding) = statements::decode(&file.bytes).map_err(ImportError::from)?;
        let rules = &self.setup().statements;
        let (kind, profile) = rules.kind_and_profile(&text, &file.name, order)?;
        let parsed = statements::read(&text, kind, profile).map_err(ImportError::from)?;
        let mut notes = self.check_owner(&parsed, &file.name)?;
        let mut sorted = sort(self, &parsed, order)?;
        self.note_transfer(&parsed, &mut notes)?;
        let load = Load {
            file,
            order,
            parsed: &parsed,
            profile,
            sha256,
        };
        let mut tries = 0..SKIPPING_MAX;
        loop {
            let new = load.of(self, &sorted)?;
            let rows = new.rows.clone();
            let stored = self.ask_now(|writer, reply| writer.import(new, order.dry_run, reply))?;
            match stored {
                Imported::Known(known) => return self.already_loaded(*known),
                Imported::Refused(refused) if order.skip_refused && tries.next().is_some() => {
                    set_aside(&parsed, &mut sorted, &refused);
                }
                Imported::Refused(refused) => return Err(ImportError::Refused(refused).into()),
                Imported::Done { file, receipts } => {
                    return Ok(ImportReport {
                        state: if order.dry_run {
                            ImportState::Preview
                        } else {
                            ImportState::Loaded
                        },
                        file: *file,
                        encoding: Some(encoding),
                        days: parsed.about.from.zip(parsed.about.to),
                        classes: classes(&parsed, &sorted)?,
                        receipts,
                        notes,
                        rows,
                    });
                }
            }
        }
    }

    fn already_loaded(&self, known: ImportFileRow) -> Result<ImportReport, DeskError> {
        let (file, rows) = self.import_rows(known.id)?;
        let note = Saying::LoadedBefore.about(&[&file.name, &file.id, &file.by]);
        Ok(ImportReport {
            state: ImportState::AlreadyLoaded,
            file,
            encoding: None,
            days: None,
            classes: BTreeMap::new(),
            receipts: 0,
            notes: vec![note],
            rows,
        })
    }

    /// Refuses a file about money of others; what looks odd is noted.
    pub(crate) fn check_owner(
        &self,
        parsed: &Parsed<'_>,
        name: &str,
    ) -> Result<Vec<String>, DeskError> {
        let mut notes = Vec::new();
        let ours = &self.setup().statements.our_accounts;
        let named = RegistryName::read(name).filter(|_| parsed.kind == Kind::Sberbank);
        let accounts = parsed.about.accounts.iter().copied();
        let of_name = named.map(|name| name.account);
        let mut foreign = accounts
            .chain(of_name)
            .filter(|account| !ours.is_empty() && !ours.iter().any(|our| our.as_str() == *account));
        if let Some(account) = foreign.next() {
            return Err(ImportError::NotOurs(account.to_owned()).into());
        }
        let inn = self.setup().organisation.inn.to_string();
        if let Some(named) = named.filter(|named| named.inn != inn) {
            let other = named.inn;
            notes.push(Saying::OtherInn.about(&[&other, &inn]));
        }
        if let Some(declared) = parsed.totals.declared
            && declared != parsed.totals.amount
        {
            let amount = parsed.totals.amount;
            notes.push(Saying::DeclaredOther.about(&[&declared, &amount]));
        }
        Ok(notes)
    }

    /// Notes that the money of a registry has come as a row of a statement that was loaded before.
    fn note_transfer(&self, parsed: &Parsed<'_>, notes: &mut Vec<String>) -> Result<(), DeskError> {
        let Some(order) = &parsed.about.order else {
            return Ok(());
        };
        let transferred = parsed.totals.transferred;
        for (import, row) in self.reader().rows_of_order(order.number, transferred)? {
            let mut about: Vec<&dyn Display> =
                vec![&order.number, &transferred, &row.line, &import];
            let note = match (row.state, &row.operation) {
                (RowState::Waiting, _) => Saying::TransferWaits,
                (_, Some(operation)) => {
                    about.push(operation);
                    Saying::TransferLoaded
                }
                _ => Saying::TransferSkipped,
            };
            notes.push(note.about(&about));
        }
        Ok(())
    }
}

/// A file on its way to the journal.
struct Load<'a> {
    file: &'a StatementFile,
    order: &'a ImportOrder,
    parsed: &'a Parsed<'a>,
    profile: &'a Profile,
    sha256: [u8; 32],
}

impl Load<'_> {
    /// What the journal is to store.
    fn of(&self, desk: &Desk, sorted: &[Sorted]) -> Result<NewImport, DeskError> {
        let rules = &desk.setup().statements;
        let today = desk.clock().local().date();
        let (parsed, order) = (self.parsed, self.order);
        let as_unidentified =
            order.unmatched.unwrap_or(rules.unmatched) == UnmatchedRows::Unidentified;
        let (mut operations, mut rows) = (Vec::new(), Vec::new());
        let mut duplicates = 0;
        for (row, sorted) in parsed.rows.iter().zip(sorted) {
            let is_unidentified = sorted.class == RowClass::Unmatched && as_unidentified;
            if sorted.class == RowClass::Matched || is_unidentified {
                let sender = order.sender.as_ref();
                let new = new_operation(parsed.kind, row, sorted, rules.date, today, sender)?;
                operations.push((row.line, row.amount, new));
            }
            let state = match sorted.class {
                RowClass::Matched => continue,
                RowClass::Duplicate => {
                    duplicates += 1;
                    continue;
                }
                RowClass::Business => RowState::Skipped,
                _ if is_unidentified => RowState::Loaded,
                _ => RowState::Waiting,
            };
            rows.push(new_row(parsed.kind, row, sorted, state)?);
        }
        let file = ImportFileRow {
            id: 0,
            name: self.file.name.clone(),
            sha256: self.sha256,
            kind: parsed.kind.name().to_owned(),
            profile: self.profile.name.clone(),
            loaded_at: 0,
            by: order.by.clone(),
            rows: parsed.rows.len() as u64,
            amount: parsed.totals.amount,
            accepted: 0,
            accepted_amount: Kopecks::ZERO,
            duplicates,
            transferred: parsed
                .about
                .order
                .is_some()
                .then_some(parsed.totals.transferred),
            order_number: parsed
                .about
                .order
                .as_ref()
                .map(|order| order.number.to_owned()),
            waiting: 0,
        };
        Ok(NewImport {
            file,
            api_key: order.sender.as_ref().map(|key| key.id),
            operations,
            rows,
        })
    }
}

/// Leaves the refused rows for a person.
fn set_aside(parsed: &Parsed<'_>, sorted: &mut [Sorted], refused: &[(u32, Refused)]) {
    let mut why: BTreeMap<u32, &Refused> = BTreeMap::new();
    why.extend(refused.iter().map(|(line, refused)| (*line, refused)));
    for (row, sorted) in parsed.rows.iter().zip(sorted) {
        if let Some(refused) = why.get(&row.line) {
            sorted.class = RowClass::Refused;
            sorted.reason = refused.message.clone().into();
        }
    }
}

fn classes(
    parsed: &Parsed<'_>,
    sorted: &[Sorted],
) -> Result<BTreeMap<RowClass, (u64, Kopecks)>, DeskError> {
    let mut classes: BTreeMap<RowClass, (u64, Kopecks)> = BTreeMap::new();
    for (row, sorted) in parsed.rows.iter().zip(sorted) {
        let (count, sum) = classes.entry(sorted.class).or_default();
        (*count, *sum) = (*count + 1, sum.add(row.amount)?);
    }
    Ok(classes)
}
