//! Commands that put documents together (ФН protocol §2.2, §2.4, §2.5).

use fn_proto::{
    Answer, AnswerCode, ArchivedDetails, CurrentDocument, Device, Generation, Phase, Rejection,
};
use terms::{FfdVersion, LocalDateTime};

use super::{
    begun::Begun,
    document::{Content, Settlement},
    generation::{archive_full, checks_content, life_over, unsent_too_long},
    machine::{Drive, Reply},
    registration::Registration,
};

/// How long after its opening a shift takes receipts, minutes.
const SHIFT_MINUTES: i64 = 24 * 60;
/// How far the host's time may be from the drive's timer, minutes (code 17h).
const TIMER_TOLERANCE: i64 = 5;

impl Drive {
    /// 06h. With nothing begun it answers 02h (INFERRED: ФН protocol §2.2 expects 00h or 02h).
    pub(crate) fn cancel(&mut self) -> Reply {
        self.begun()?;
        self.volatile.begun = None;
        Ok(Answer::Done)
    }

    pub(crate) fn pass_data(&mut self, data: &[u8]) -> Reply {
        let registration = self.memory.registration();
        let may_sell_excise = registration.is_some_and(Registration::may_sell_excise);
        let begun = self.volatile.begun.as_mut();
        begun
            .ok_or(AnswerCode::WRONG_STATE)?
            .accept(data, may_sell_excise)?;
        Ok(Answer::Done)
    }

    pub(crate) fn begin_shift_opening(&mut self, time: LocalDateTime) -> Reply {
        self.begin(CurrentDocument::ShiftOpening, time, Some(false))?;
        Ok(Answer::Done)
    }

    pub(crate) fn open_shift(&mut self) -> Reply {
        self.finish_shift(CurrentDocument::ShiftOpening, &Content::ShiftOpening)
    }

    pub(crate) fn begin_shift_closing(&mut self, time: LocalDateTime) -> Reply {
        self.begin(CurrentDocument::ShiftClosing, time, Some(true))?;
        Ok(Answer::Done)
    }

    pub(crate) fn close_shift(&mut self) -> Reply {
        self.finish_shift(CurrentDocument::ShiftClosing, &Content::ShiftClosing)
    }

    fn finish_shift(&mut self, kind: CurrentDocument, content: &Content<'_>) -> Reply {
        let time = self.finishing(kind)?.time;
        let time = time.ok_or(AnswerCode::WRONG_STATE)?;
        let stored = self.commit(time, content)?;
        // The flags are there in FFD 1.1 and 1.2 (ФН protocol §2.4).
        let warnings = checks_content(stored.ffd).then(|| self.warnings());
        Ok(Answer::Shift {
            shift: stored.shift,
            document: stored.archived.document,
            warnings,
        })
    }

    pub(crate) fn begin_receipt(&mut self, time: LocalDateTime) -> Reply {
        self.begin(self.receipt_kind(), time, Some(true))?;
        Ok(Answer::Done)
    }

    /// What the drive makes of 15h: a БСО for an АС БСО, else a receipt.
    fn receipt_kind(&self) -> CurrentDocument {
        match self.makes_strict_forms() {
            true => CurrentDocument::StrictForm,
            false => CurrentDocument::Receipt,
        }
    }

    /// The same of 17h.
    fn correction_kind(&self) -> CurrentDocument {
        match self.makes_strict_forms() {
            true => CurrentDocument::StrictFormCorrection,
            false => CurrentDocument::Correction,
        }
    }

    fn makes_strict_forms(&self) -> bool {
        let registration = self.memory.registration();
        registration.is_some_and(Registration::makes_strict_forms)
    }

    pub(crate) fn begin_correction(&mut self, time: LocalDateTime) -> Reply {
        self.begin(self.correction_kind(), time, Some(true))?;
        Ok(Answer::Done)
    }

    /// 16h finishes a receipt and a correction receipt alike.
    pub(crate) fn form_receipt(&mut self, time: LocalDateTime, settlement: Settlement) -> Reply {
        let is_correction = self.begun()?.kind == self.correction_kind();
        let (kind, content) = if is_correction {
            (self.correction_kind(), Content::Correction(settlement))
        } else {
            (self.receipt_kind(), Content::Receipt(settlement))
        };
        let begun = self.finishing(kind)?;
        if checks_content(begun.ffd) {
            begun.check_payments()?;
            if is_correction {
                begun.check_correction()?;
            }
        }
        if begun.time.is_some_and(|begin| time < begin) || self.is_after_shift(time) {
            return Err(AnswerCode::BAD_TIME.into());
        }
        let Settlement { operation, total } = settlement;
        let counters = &self.memory.shift.counters;
        if self.generation() == Generation::Fn1 && !counters.has_room_for(operation, total) {
            return Err(AnswerCode::BAD_VALUE.into());
        }
        let stored = self.commit(time, &content)?;
        Ok(Answer::Receipt {
            number: stored.receipt,
            document: stored.archived.document,
        })
    }

    /// 18h. With a shift open or closed: S12 states no restriction, and tag 1038 is there while one
    /// is open. FN-1 takes it in phase 3 as well.
    pub(crate) fn begin_settlements(&mut self, time: LocalDateTime) -> Reply {
        self.begin(CurrentDocument::Settlements, time, None)?;
        Ok(Answer::Done)
    }

    /// 19h. It needs no data.
    pub(crate) fn form_settlements(&mut self) -> Reply {
        let time = self.finishing(CurrentDocument::Settlements)?.time;
        let time = time.ok_or(AnswerCode::WRONG_STATE)?;
        let stored = self.commit(time, &Content::Settlements)?;
        let ArchivedDetails::Settlements {
            unacknowledged,
            since,
        } = stored.archived.details
        else {
            return Err(AnswerCode::DRIVE_FAILURE.into());
        };
        Ok(Answer::Settlements {
            document: stored.archived.document,
            unacknowledged,
            since,
        })
    }

    /// Begins a document: state, then time, then resource. `in_shift` says whether a shift must be
    /// open or closed.
    fn begin(
        &mut self,
        kind: CurrentDocument,
        time: LocalDateTime,
        in_shift: Option<bool>,
    ) -> Result<(), Rejection> {
        let ffd = self.must_form(kind)?;
        let is_open = self.memory.shift.opened.is_some();
        if self.volatile.begun.is_some() || in_shift.is_some_and(|needed| needed != is_open) {
            return Err(AnswerCode::WRONG_STATE.into());
        }
        if self.memory.last_time.is_some_and(|last| time < last) {
            return Err(AnswerCode::BAD_TIME.into());
        }
        self.saw_time(time);
        if kind == self.receipt_kind() || kind == self.correction_kind() {
            self.check_timer(time)?;
            if self.is_after_shift(time) {
                return Err(AnswerCode::SHIFT_TOO_LONG.into());
            }
        }
        // A shift can be closed at any later date and with any resource, else the drive could
        // never be closed (INFERRED; ФН protocol §4.6 names closing as the reaction to 12h).
        if kind != CurrentDocument::ShiftClosing {
            self.check_resource(time)?;
        }
        self.begin_document(kind, Some(time), ffd);
        Ok(())
    }

    /// Makes it the begun document.
    pub(crate) fn begin_document(
        &mut self,
        kind: CurrentDocument,
        time: Option<LocalDateTime>,
        ffd: FfdVersion,
    ) {
        let passport = &self.memory.passport;
        let limits = (passport.generation, passport.item_limit);
        self.volatile.begun = Some(Begun::new(kind, time, ffd, limits));
    }

    /// The version of the format, in a phase that has such documents.
    fn must_form(&self, kind: CurrentDocument) -> Result<FfdVersion, Rejection> {
        let after_the_end = kind == CurrentDocument::Settlements
            && self.generation() == Generation::Fn1
            && self.memory.phase() == Phase::PostFiscal;
        match self.memory.registration() {
            Some(registration) if after_the_end => Ok(registration.ffd),
            _ => self.must_be_fiscal(),
        }
    }

    fn is_after_shift(&self, time: LocalDateTime) -> bool {
        let opened = self.memory.shift.opened;
        opened.is_some_and(|opened| time.minutes_since(opened) > SHIFT_MINUTES)
    }

    /// Only beginning a receipt or a correction answers 17h (ФН protocol §2.5, §9 Q21).
    fn check_timer(&self, time: LocalDateTime) -> Result<(), Rejection> {
        let differs = |own: LocalDateTime| time.minutes_since(own).abs() > TIMER_TOLERANCE;
        if self.own_time().is_some_and(differs) {
            return Err(AnswerCode::CLOCK_DIFFERS.into());
        }
        Ok(())
    }

    /// FN-1.2 has one code for the archive, the store and the ОФД; which it is, the warnings tell
    /// (ФН protocol §4.6). FN-1 has three.
    fn check_resource(&self, time: LocalDateTime) -> Result<(), Rejection> {
        let (memory, generation) = (&self.memory, self.generation());
        let today = self.own_time().unwrap_or(time).date();
        if memory.until().is_some_and(|until| today > until) {
            return Err(life_over(generation).into());
        }
        if memory.is_archive_full() {
            return Err(archive_full(generation).into());
        }
        if memory.is_blocked_by_ofd(today) {
            return Err(unsent_too_long(generation).into());
        }
        if memory.kilobytes_left() == 0 {
            return Err(AnswerCode::RESOURCE_LIMIT.into());
        }
        Ok(())
    }

    /// The begun document of `kind`, with data: what a finishing command needs (ФН protocol §9
    /// Q20). The closing report of an automatic device and the report on settlements may have
    /// nothing that the host would pass.
    pub(crate) fn finishing(&self, kind: CurrentDocument) -> Result<&Begun, Rejection> {
        let begun = self.begun()?;
        let needs_data = !matches!(
            kind,
            CurrentDocument::ShiftClosing | CurrentDocument::Settlements
        );
        if begun.kind != kind || (needs_data && begun.data.is_empty()) {
            return Err(AnswerCode::WRONG_STATE.into());
        }
        Ok(begun)
    }
}
