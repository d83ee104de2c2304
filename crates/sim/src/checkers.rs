//! The checkers. They stand outside: they read the drives' archives, the ОФД's log, the journal's
//! file and the client's notes.

use std::{collections::BTreeMap, fmt};

use cassette::Event;
use emulator::{drive::DumpedDocument, ofd::Verdict};
use fn_proto::{ArchivedDetails, DocumentKind};
use journal::{DocumentRow, ReceiptRow, ReceiptState};
use terms::{DocumentNumber, DriveNumber, OperationSign};

use crate::World;

/// Something that must not be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// The checker that found it, by the invariant it guards: S1…S5, L1, L2.
    pub checker: &'static str,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.checker, self.what)
    }
}

/// The journal's rows and intents, as a checker reads them.
struct Rows {
    documents: BTreeMap<String, Vec<DocumentRow>>,
    intents: Vec<(DriveNumber, DocumentNumber)>,
}

impl World {
    /// What must hold at every moment at which the journal can be read.
    pub fn check_now(&mut self) {
        let Some(rows) = self.rows() else { return };
        for place in self.own() {
            let archive = self.drives[place].documents();
            let number = self.drives[place].number;
            let known = rows
                .documents
                .get(number.as_str())
                .map_or(&[][..], Vec::as_slice);
            self.check_prefix(number, &archive, known);
            self.check_tickets(number, &archive, known);
            // One document may be formed and not stored yet: then an intent says so.
            let more = archive.len().saturating_sub(known.len());
            let next = DocumentNumber(known.len() as u32 + 1);
            let intended = rows.intents.contains(&(number, next));
            // Of a receipt that a person has had formed anew, the drive tells when it is back.
            let mut decisions = self.people.decisions.iter();
            let given_up = decisions.any(|it| (it.drive, it.number) == (number, next));
            let intended = intended || given_up;
            let drive = &mut self.drives[place];
            drive.is_ahead &= archive.len() != known.len();
            let excused = drive.used_elsewhere || drive.is_ahead;
            if more > 1 && !excused || more == 1 && !intended && !excused {
                let what = format!(
                    "drive {number} has {} documents, the journal knows {}, and an intent for the \
                     next: {intended}",
                    archive.len(),
                    known.len()
                );
                self.violate("S3", what);
            }
        }
        self.check_answers();
        self.check_rows();
    }

    /// What must hold once everything has come to its end.
    pub(crate) fn check_end(&mut self) {
        self.check_now();
        let Some(rows) = self.rows() else {
            return self.violate("L1", "the journal cannot be read at the end");
        };
        let mut archives = Vec::new();
        for place in self.own() {
            let archive = self.drives[place].documents();
            let number = self.drives[place].number;
            let known = rows.documents.get(number.as_str()).map_or(0, Vec::len);
            if self.drives[place].is_sound() && known != archive.len() {
                let what = format!(
                    "drive {number} has {} documents, the journal {known}",
                    archive.len()
                );
                self.violate("S3", what);
            }
            archives.extend(archive.into_iter().map(|document| (number, document)));
        }
        let (documents, days) = (self.shape.reserve_documents, self.shape.reserve_days);
        let today = self.wall.local().date();
        let drives = self.drives.iter_mut();
        let used_up = drives.filter_map(|it| it.is_used_up(documents, days, today).then_some(()));
        self.counts.put("drives used up", used_up.count() as u64);
        self.counts.put("documents formed", archives.len() as u64);
        self.check_receipts(&archives);
        self.check_files(&archives);
        self.check_ofd(&archives);
        self.check_money();
        self.check_operations();
        let intents = rows.intents.len();
        if intents > self.drives.iter().filter(|drive| !drive.is_sound()).count() {
            self.violate("L1", format!("{intents} intents are open at the end"));
        }
    }

    fn rows(&mut self) -> Option<Rows> {
        let life = self.life.as_ref()?;
        let (documents, intents) = (life.reader.documents(), life.reader.open_intents());
        let (documents, intents) = match (documents, intents) {
            (Ok(documents), Ok(intents)) => (documents, intents),
            (Err(error), _) | (_, Err(error)) => {
                if !self.disk.is_cut() && !self.ailments.disk() {
                    self.violate("S2", format!("the journal cannot be read: {error}"));
                }
                return None;
            }
        };
        let mut by_drive: BTreeMap<String, Vec<DocumentRow>> = BTreeMap::new();
        for document in documents {
            by_drive
                .entry(document.drive.clone())
                .or_default()
                .push(document);
        }
        let intents = intents.into_iter().filter_map(|event| match event {
            Event::IntentLeft { drive, number, .. } => Some((drive, number)),
            _ => None,
        });
        Some(Rows {
            documents: by_drive,
            intents: intents.collect(),
        })
    }

    /// S3: what the journal knows of a drive is the beginning of its archive.
    fn check_prefix(
        &mut self,
        drive: DriveNumber,
        archive: &[DumpedDocument],
        rows: &[DocumentRow],
    ) {
        for row in rows {
            let place = row.number.get() as usize - 1;
            let same = archive.get(place).is_some_and(|document| {
                let archived = &document.archived;
                let is_receipt = matches!(
                    archived.kind,
                    DocumentKind::Receipt | DocumentKind::Correction
                );
                archived.document.number == row.number
                    && archived.document.sign.0 == row.fiscal_sign
                    && archived.time.to_string() == row.time
                    && is_receipt == ["receipt", "found"].contains(&row.task.as_str())
                    && document.shift.get() == row.shift
                    && row.receipt_number.unwrap_or_default() == document.receipt.get()
            });
            if !same {
                let found = archive.get(place).map(|document| &document.archived);
                let what = format!("drive {drive}: the journal has {row:?}, the drive {found:?}");
                self.violate("S3", what);
                return;
            }
        }
    }

    /// S5: what is acknowledged in the journal is so in the drive.
    fn check_tickets(
        &mut self,
        drive: DriveNumber,
        archive: &[DumpedDocument],
        rows: &[DocumentRow],
    ) {
        for (document, row) in archive.iter().zip(rows) {
            if row.acknowledged_at.is_some() && document.ticket.is_none() {
                let what = format!(
                    "document {} of {drive} counts as acknowledged, its drive has no ticket",
                    row.number
                );
                self.violate("S5", what);
            }
        }
    }

    /// S1 and S2: what was answered is there, as it was answered.
    fn check_answers(&mut self) {
        let answered: Vec<_> = (0..self.client.sent.len())
            .filter(|number| !self.client.sent[*number].forgotten)
            .filter_map(|number| Some((number, self.client.sent[number].accepted?)))
            .collect();
        for (number, id) in answered {
            let Some(life) = &self.life else { return };
            let key = self.client.sent[number].key.clone();
            let found = match life.reader.operation(id) {
                Ok(found) => found,
                Err(error) => {
                    if !self.disk.is_cut() && !self.ailments.disk() {
                        self.violate("S2", format!("operation {id}: {error}"));
                    }
                    return;
                }
            };
            let Some(found) = found.filter(|found| found.key == key) else {
                self.violate("S2", format!("{key}, answered as {id}, is gone"));
                continue;
            };
            self.check_cancelled(number, &found);
            let told = self.client.sent[number].documents.clone();
            for (receipt, answered) in told {
                let row = found.receipts.iter().find(|row| row.id == receipt);
                let now = row.and_then(|row| row.document.as_ref()).map(|document| {
                    (
                        document.drive.clone(),
                        document.number.get(),
                        document.fiscal_sign,
                    )
                });
                if now.as_ref() != Some(&answered) {
                    let what = format!("receipt {receipt} was {answered:?}, and is {now:?}");
                    self.told_otherwise(receipt, now.is_some(), what);
                }
            }
        }
    }

    /// The journal's own proof.
    fn check_rows(&mut self) {
        let Some(life) = &self.life else { return };
        match life.reader.verify() {
            Ok(verified) => {
                for finding in verified.findings {
                    self.violate(finding.invariant, finding.what);
                }
            }
            Err(error) if !self.disk.is_cut() && !self.ailments.disk() => {
                self.violate("S2", format!("the journal cannot be verified: {error}"));
            }
            Err(_) => {}
        }
    }

    /// S1: each receipt is one document, wherever, and the drives have no other receipts.
    fn check_receipts(&mut self, archives: &[(DriveNumber, DumpedDocument)]) {
        let Some(life) = &self.life else { return };
        let mut receipts: Vec<ReceiptRow> = Vec::new();
        let read = life.reader.each_receipt(|receipt| {
            receipts.push(receipt);
            Ok(())
        });
        if let Err(error) = read {
            return self.violate("S2", format!("the receipts cannot be read: {error}"));
        }
        let mut by_data: BTreeMap<(u8, &[u8]), Vec<&ReceiptRow>> = BTreeMap::new();
        for receipt in &receipts {
            let data = (receipt.sign.code(), &receipt.tlv[..]);
            by_data.entry(data).or_default().push(receipt);
        }
        let mut found = Vec::new();
        let mut twice = Vec::new();
        for ((_, data), same) in &by_data {
            let is_orphan = |drive: DriveNumber, number: DocumentNumber| {
                let mut of = same.iter().map(|receipt| receipt.operation);
                of.all(|of| self.orphans.is_of_another((drive, number), of))
            };
            // Of two of the same contents the program cannot tell whose it is.
            let is_taken = |drive: DriveNumber, number: DocumentNumber| {
                let mut rows = same.iter().filter_map(|receipt| receipt.document.as_ref());
                rows.any(|row| (&*row.drive, row.number) == (drive.as_str(), number))
            };
            let documents: Vec<_> = archives
                .iter()
                .filter(|(drive, document)| {
                    let number = document.archived.document.number;
                    is_document_of(document, same[0].sign, data)
                        && (is_taken(*drive, number) || !is_orphan(*drive, number))
                })
                .collect();
            let strangers = documents
                .iter()
                .filter(|(drive, document)| is_orphan(*drive, document.archived.document.number));
            let strangers = strangers.count();
            let count = |state: fn(ReceiptState) -> bool| {
                same.iter().filter(|receipt| state(receipt.state)).count()
            };
            let formed = count(ReceiptState::is_formed);
            let in_doubt = count(|state| state == ReceiptState::InDoubt);
            let decided = self.decisions(same);
            let undone = undone(same, &receipts);
            // A doubled document is undone once it is known; until then its drive cannot be asked.
            let least = formed + undone;
            let most = least + in_doubt + decided.silent;
            // What was formed again as a drive was away is undone, too, if it comes back in time.
            let risked = same.iter().filter(|it| self.risked.contains(&it.id));
            if undone > decided.all + strangers + risked.count() {
                found.push(format!(
                    "{undone} return receipts of receipt {}, of which {} were formed anew",
                    same[0].id, decided.all
                ));
            }
            if documents.len() < least || documents.len() > most {
                let places: Vec<String> = documents
                    .iter()
                    .map(|(drive, document)| {
                        format!("{} of {drive}", document.archived.document.number)
                    })
                    .collect();
                let what = format!(
                    "receipt {} is {} and undone {undone} times, its documents: {places:?}",
                    same[0].id,
                    same[0].state.name()
                );
                if documents.len() > most {
                    twice.push((same[0].id, what));
                } else {
                    found.push(what);
                }
            }
            for receipt in same.iter().filter(|receipt| receipt.state.is_formed()) {
                found.extend(disagreement(receipt, archives));
            }
        }
        found.extend(receipts.iter().filter_map(|it| wrong_return(it, &receipts)));
        for what in found {
            self.violate("S1", what);
        }
        for (receipt, what) in twice {
            self.formed_twice(receipt, what);
        }
        let returns = receipts.iter().filter(|it| it.return_of.is_some()).count();
        self.counts
            .put("return receipts for doubles", returns as u64);
        self.counts.put("receipts", receipts.len() as u64);
    }

    /// What people have decided about these receipts.
    fn decisions(&self, receipts: &[&ReceiptRow]) -> Decided {
        let mut decided = Decided::default();
        for decision in &self.people.decisions {
            let is_here = receipts.iter().any(|it| it.id == decision.receipt);
            let drive = self.drives.iter().find(|it| it.number == decision.drive);
            let is_silent = drive.is_none_or(|drive| !drive.is_sound());
            decided.all += usize::from(is_here);
            decided.silent += usize::from(is_here && is_silent);
        }
        decided
    }

    /// S2: the files hold what the drives hold; and where it was said that all is kept, all is.
    fn check_files(&mut self, archives: &[(DriveNumber, DumpedDocument)]) {
        // Who orders it, gets the documents of another organisation's drive, too.
        let stranger = self.stranger();
        let strange = self.drives[stranger].number;
        let other = self.drives[stranger].documents();
        let other: Vec<_> = other.into_iter().map(|it| (strange, it)).collect();
        let mut found = Vec::new();
        let mut put_aside = 0;
        for (drive, entries) in &self.files.of {
            let all = archives.iter().chain(&other);
            let archive: Vec<_> = all.filter(|(of, _)| of == drive).collect();
            for (place, entry) in entries.iter().enumerate() {
                let same = archive.get(place).is_some_and(|(_, document)| {
                    let archived = &document.archived;
                    (archived.document, &archived.details)
                        == (entry.document.document, &entry.document.details)
                        && document.tlv.ends_with(&entry.tlv)
                });
                if !same {
                    found.push(format!("file {} of drive {drive}: {entry:?}", place + 1));
                }
            }
            if self
                .drives
                .iter()
                .any(|it| it.number == *drive && it.put_aside)
            {
                let signed = entries
                    .iter()
                    .filter(|it| it.operator_sign.is_some())
                    .count();
                if signed != archive.len() || !self.files.sealed.contains(drive) {
                    found.push(format!(
                        "drive {drive} was put aside with {} documents, {signed} are kept with \
                         their tickets",
                        archive.len()
                    ));
                }
                put_aside += 1;
            }
        }
        self.counts.put("drives put aside", put_aside);
        for what in found {
            self.violate("S2", what);
        }
    }

    /// S5: the ОФД got the documents in order, and each ticket is of what it got.
    fn check_ofd(&mut self, archives: &[(DriveNumber, DumpedDocument)]) {
        let mut found = Vec::new();
        for line in self.received() {
            if line.verdict == Verdict::Rejected {
                found.push(format!(
                    "the ОФД got document {} of {} out of order: {:?}",
                    line.document, line.drive, line.reason
                ));
            }
        }
        for (drive, document) in archives {
            let number = document.archived.document.number;
            let tlv: String = document
                .tlv
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let got = self.received().iter().any(|line| {
                line.drive == drive.as_str() && line.document == number.get() && line.tlv == tlv
            });
            if document.ticket.is_some() && !got {
                found.push(format!(
                    "document {number} of {drive} has a ticket, but the ОФД has not got it"
                ));
            }
        }
        for what in found {
            self.violate("S5", what);
        }
    }

    /// S4: accounts have what the accepted operations give.
    fn check_money(&mut self) {
        for account in 0..self.client.accounts.len() {
            let expected = i128::from(self.client.saldo(account));
            let number = self.client.accounts[account].clone();
            let Some(life) = &self.life else { return };
            let found = match life.reader.account(&number) {
                Ok(Some(row)) => row.account.saldo(),
                other => return self.violate("S2", format!("account {number}: {other:?}")),
            };
            if found != expected {
                let what = format!("account {number} has {found} kopecks instead of {expected}");
                self.violate("S4", what);
            }
        }
    }

    /// S2: the journal has the operations that were answered, and no others.
    fn check_operations(&mut self) {
        let Some(life) = &self.life else { return };
        let expected = self.client.accepted().count() as u64;
        match life.reader.tally() {
            Ok(tally) if tally.operations == expected => {
                self.counts.put("operations", expected);
            }
            other => self.violate("S2", format!("{other:?} instead of {expected} operations")),
        }
    }
}

/// What people have decided about receipts of the same contents.
#[derive(Default)]
struct Decided {
    /// How often they were ordered to be formed anew.
    all: usize,
    /// How often because of a drive that cannot be asked.
    silent: usize,
}

fn is_document_of(document: &DumpedDocument, sign: OperationSign, data: &[u8]) -> bool {
    let details = &document.archived.details;
    let same_sign =
        matches!(details, ArchivedDetails::Receipt { operation, .. } if *operation == sign);
    same_sign && document.tlv.ends_with(data)
}

/// How many return receipts undo documents of these.
fn undone(of: &[&ReceiptRow], receipts: &[ReceiptRow]) -> usize {
    let undoes = |it: &&ReceiptRow| of.iter().any(|of| it.return_of == Some(of.id));
    receipts.iter().filter(undoes).count()
}

/// Whether a return receipt does not undo what it says.
fn wrong_return(receipt: &ReceiptRow, receipts: &[ReceiptRow]) -> Option<String> {
    let of = receipt.return_of?;
    let first = receipts.iter().find(|it| it.id == of);
    let undoes =
        first.is_some_and(|first| first.total == receipt.total && first.sign != receipt.sign);
    (!undoes).then(|| format!("receipt {} does not undo {of}", receipt.id))
}

/// Whether a receipt and its document say different things.
fn disagreement(
    receipt: &ReceiptRow,
    archives: &[(DriveNumber, DumpedDocument)],
) -> Option<String> {
    let row = receipt.document.as_ref()?;
    let document = archives.iter().find(|(drive, document)| {
        drive.as_str() == row.drive && document.archived.document.number == row.number
    });
    let agrees = document.is_some_and(|(_, document)| {
        let expected = ArchivedDetails::Receipt {
            operation: receipt.sign,
            total: receipt.total,
        };
        document.archived.details == expected && document.tlv.ends_with(&receipt.tlv)
    });
    (!agrees).then(|| {
        format!(
            "receipt {} is {row:?}, the drive has {document:?}",
            receipt.id
        )
    })
}
