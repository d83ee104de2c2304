//! What a drive remembers without power: the sum of its committed records.

use ffd::{Field, Reader};
use fn_proto::{ArchivedDetails, DocumentKind, Generation, Phase, WarningFlags};
use terms::{
    DocumentNumber, Kopecks, LocalDate, LocalDateTime, OperationSign, ReceiptNumber, ShiftNumber,
};

use super::{
    Passport,
    counters::{Counters, Tallies},
    generation::full_percent,
    log::Span,
    record::{StoredDocument, StoredTicket},
    registration::{Parameters, Registration},
};

/// After more days than these without a ticket the drive warns (bit 3, tag 1053: «more than two
/// days»; the drive's own threshold is not documented, INFERRED).
const OFD_SILENT_DAYS: i32 = 2;
/// After more than these it begins no more documents but the closing of the shift and answers 14h
/// (ФН protocol §6.2; that calendar days are counted, from the document's date, is INFERRED).
const OFD_BLOCK_DAYS: i32 = 30;
/// The drive's life may be extended by registration reports so many times (ФН protocol §6.2).
const REGISTRATIONS: u8 = 30;

/// Bit of tag 1206: the document failed format-logical control (FFD documents §3).
pub(crate) const FORMAT_REFUSED: u8 = 0x02;

pub(crate) struct Memory {
    pub(crate) passport: Passport,
    pub(crate) shift: Shift,
    /// Of the drive's whole life.
    pub(crate) counters: Counters,
    pub(crate) last_time: Option<LocalDateTime>,
    /// Tag 1206 of the last ticket.
    pub(crate) operator_message: u8,
    /// Every registration report, the first one first.
    registrations: Vec<Registration>,
    /// The archive was closed.
    is_closed: bool,
    archive: Vec<Entry>,
    /// Tickets come in order, so the first so many documents have theirs.
    acknowledged: usize,
    /// Of the documents without ticket.
    unsent_bytes: u64,
}

/// The current shift, or the last closed one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Shift {
    pub(crate) number: ShiftNumber,
    /// When it was opened; none when it is closed.
    pub(crate) opened: Option<LocalDateTime>,
    pub(crate) receipts: ReceiptNumber,
    /// All its documents, the opening report among them.
    pub(crate) documents: u32,
    pub(crate) counters: Counters,
}

/// Where a document and its ticket are in the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    pub(crate) document: Span,
    pub(crate) ticket: Option<Span>,
    pub(crate) time: LocalDateTime,
    /// Of receipts and corrections.
    pub(crate) settlement: Option<(OperationSign, Kopecks)>,
}

impl Memory {
    pub(crate) fn new(passport: Passport) -> Self {
        Self {
            passport,
            shift: Shift::default(),
            counters: Counters::default(),
            last_time: None,
            operator_message: 0,
            registrations: Vec::new(),
            is_closed: false,
            archive: Vec::new(),
            acknowledged: 0,
            unsent_bytes: 0,
        }
    }

    /// A document was signed.
    ///
    /// # Errors
    /// When it cannot follow what is remembered.
    pub(crate) fn add_document(&mut self, stored: &StoredDocument, at: Span) -> Result<(), String> {
        let expected = self.last_document().next();
        let found = stored.archived.document.number;
        if found != expected {
            return Err(format!("document {found} where {expected} must follow"));
        }
        let time = stored.archived.time;
        self.archive.push(Entry {
            document: at,
            ticket: None,
            time,
            settlement: match stored.archived.details {
                ArchivedDetails::Receipt { operation, total } => Some((operation, total)),
                _ => None,
            },
        });
        self.unsent_bytes += u64::from(at.len());
        self.last_time = Some(time);
        self.note_details(stored)?;
        if self.is_autonomous() {
            self.acknowledged = self.archive.len();
            self.unsent_bytes = 0;
        }
        Ok(())
    }

    fn note_details(&mut self, stored: &StoredDocument) -> Result<(), String> {
        let archived = &stored.archived;
        match &archived.details {
            ArchivedDetails::Registration { .. } => {
                self.registrations.extend(Registration::of(stored));
            }
            ArchivedDetails::Shift(number) if archived.kind == DocumentKind::ShiftOpening => {
                self.shift = Shift {
                    number: *number,
                    opened: Some(archived.time),
                    documents: 1,
                    ..Shift::default()
                };
            }
            ArchivedDetails::Shift(_) => {
                self.shift.opened = None;
                self.shift.documents += 1;
            }
            ArchivedDetails::Receipt { operation, total } => {
                self.shift.receipts = stored.receipt;
                self.shift.documents += 1;
                let list = match content(&stored.tlv) {
                    Some(content) => content.list(),
                    None if stored.tlv.is_empty() => Reader::new(&[]),
                    None => return Err("a receipt that is no TLV object".to_owned()),
                };
                let is_correction = matches!(
                    archived.kind,
                    DocumentKind::Correction | DocumentKind::StrictFormCorrection
                );
                for counters in [&mut self.shift.counters, &mut self.counters] {
                    match is_correction {
                        true => counters.count_correction(*operation, *total),
                        false => counters.count(*operation, *total, list.clone()),
                    }
                }
            }
            ArchivedDetails::Closing { .. } => self.is_closed = true,
            ArchivedDetails::Settlements { .. } if self.shift.opened.is_some() => {
                self.shift.documents += 1;
            }
            ArchivedDetails::Settlements { .. } => {}
        }
        Ok(())
    }

    /// The ticket of the first unacknowledged document was accepted.
    ///
    /// # Errors
    /// When it is of another document.
    pub(crate) fn add_ticket(&mut self, ticket: &StoredTicket, at: Span) -> Result<(), String> {
        let expected = self.first_unsent().map(|(number, _)| number);
        if expected != Some(ticket.document) {
            return Err(format!(
                "a ticket of document {}, which waits for none",
                ticket.document
            ));
        }
        if let Some(entry) = self.archive.get_mut(self.acknowledged) {
            entry.ticket = Some(at);
            self.unsent_bytes -= u64::from(entry.document.len());
        }
        self.acknowledged += 1;
        self.operator_message = ticket.operator_message;
        Ok(())
    }
}

/// What follows from it.
impl Memory {
    pub(crate) fn phase(&self) -> Phase {
        match (self.registrations.is_empty(), self.is_closed) {
            (true, _) => Phase::Ready,
            (false, false) => Phase::Fiscal,
            (false, true) if self.unsent() > 0 => Phase::PostFiscal,
            (false, true) => Phase::ArchiveOnly,
        }
    }

    /// The registration in force.
    pub(crate) fn registration(&self) -> Option<&Registration> {
        self.registrations.last()
    }

    pub(crate) fn registrations(&self) -> &[Registration] {
        &self.registrations
    }

    pub(crate) fn last_document(&self) -> DocumentNumber {
        DocumentNumber(self.archive.len() as u32)
    }

    pub(crate) fn entry(&self, number: DocumentNumber) -> Option<&Entry> {
        let index = (number.get() as usize).checked_sub(1)?;
        self.archive.get(index)
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.archive
    }

    pub(crate) fn is_autonomous(&self) -> bool {
        self.registration().is_some_and(Registration::is_autonomous)
    }

    /// Documents without ticket.
    pub(crate) fn unsent(&self) -> u32 {
        (self.archive.len() - self.acknowledged) as u32
    }

    /// The document whose turn it is to be sent.
    pub(crate) fn first_unsent(&self) -> Option<(DocumentNumber, &Entry)> {
        let entry = self.archive.get(self.acknowledged)?;
        Some((DocumentNumber(self.acknowledged as u32 + 1), entry))
    }

    /// Receipts and corrections without ticket.
    pub(crate) fn unsent_settlements(&self) -> Tallies {
        let mut tallies = Tallies::default();
        let unsent = self.archive.iter().skip(self.acknowledged);
        for (operation, total) in unsent.filter_map(|entry| entry.settlement) {
            tallies.count(operation, total);
        }
        tallies
    }

    pub(crate) fn registrations_done(&self) -> u8 {
        u8::try_from(self.registrations.len()).unwrap_or(u8::MAX)
    }

    pub(crate) fn registrations_left(&self) -> u8 {
        REGISTRATIONS.saturating_sub(self.registrations_done())
    }

    /// Documents that still fit. The reports that close the shift and the archive have room of
    /// their own.
    pub(crate) fn documents_left(&self) -> u32 {
        if self.is_closed {
            return 0;
        }
        let used = self.last_document().get();
        self.passport.document_limit.saturating_sub(used)
    }

    /// Whether the archive takes no more documents. A report on settlements of FN-1 may follow its
    /// closing.
    pub(crate) fn is_archive_full(&self) -> bool {
        self.last_document().get() >= self.passport.document_limit
    }

    pub(crate) fn kilobytes_left(&self) -> u32 {
        let used = u32::try_from(self.unsent_bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        self.passport.store_kilobytes.saturating_sub(used)
    }

    /// The last day of its life; none before registration.
    pub(crate) fn until(&self) -> Option<LocalDate> {
        self.until_with(self.registration()?.most_days())
    }

    /// The last day of its life if it is registered anew so; none before the first time.
    pub(crate) fn until_by(&self, parameters: &Parameters) -> Option<LocalDate> {
        self.until_with(parameters.most_days())
    }

    /// Its life begins with the first registration (INFERRED).
    fn until_with(&self, most_days: u16) -> Option<LocalDate> {
        let activated = self.registrations.first()?.time.date();
        let days = self.passport.life_days.min(most_days);
        activated.plus_days(i32::from(days)).ok()
    }

    /// Tag 1213 of a registration at `now`: days that the keys of the signs still live.
    pub(crate) fn key_days(&self, parameters: &Parameters, now: LocalDate) -> u16 {
        let most_days = parameters.most_days();
        match self.until_with(most_days) {
            Some(until) => u16::try_from(until.days_since(now)).unwrap_or_default(),
            None => self.passport.life_days.min(most_days),
        }
    }

    /// Days of life left at `now`, 0 after the end.
    pub(crate) fn days_left(&self, now: LocalDate) -> Option<u16> {
        let left = self.until()?.days_since(now).max(0);
        u16::try_from(left).ok()
    }

    /// Whether the oldest unsent document is older than the drive tolerates.
    pub(crate) fn is_blocked_by_ofd(&self, now: LocalDate) -> bool {
        self.oldest_unsent_days(now) > OFD_BLOCK_DAYS
    }

    /// What it warns of at `now` (ФН protocol §4.4); none is known before registration. FN-1 has no
    /// flags of what the ОФД said.
    pub(crate) fn warnings(&self, now: Option<LocalDateTime>) -> WarningFlags {
        let Some(now) = now.map(LocalDateTime::date) else {
            return WarningFlags::NONE;
        };
        let days_left = self.days_left(now);
        let generation = self.passport.generation;
        let full = u64::from(self.last_document().get()) * 100
            >= u64::from(self.passport.document_limit) * full_percent(generation);
        let message = match generation {
            Generation::Fn1 => 0,
            Generation::Fn12 => self.operator_message,
        };
        [
            (days_left.is_some_and(|d| d <= 3), WarningFlags::REPLACE_NOW),
            (
                days_left.is_some_and(|d| d <= 30),
                WarningFlags::RESOURCE_ENDS,
            ),
            (full, WarningFlags::ARCHIVE_FULL),
            (
                self.oldest_unsent_days(now) > OFD_SILENT_DAYS,
                WarningFlags::OFD_SILENT,
            ),
            (message & FORMAT_REFUSED != 0, WarningFlags::FORMAT_REFUSED),
            // Bits 6 and 7 by the majority of sources (FFD documents §3, tag 1206).
            (message & 0x5C != 0, WarningFlags::SETUP_NEEDED),
            (message & 0x80 != 0, WarningFlags::OFD_CANCELLED),
        ]
        .into_iter()
        .filter(|(set, _)| *set)
        .fold(WarningFlags::NONE, |all, (_, flag)| all.with(flag))
    }

    fn oldest_unsent_days(&self, now: LocalDate) -> i32 {
        self.first_unsent()
            .map_or(0, |(_, entry)| now.days_since(entry.time.date()))
    }
}

/// The content of a stored document.
pub(crate) fn content(tlv: &[u8]) -> Option<Field<'_>> {
    Reader::document(tlv).ok()
}
