//! Commands that put documents of shifts together (ФН protocol §2.2, §2.4, §2.5).

use fn_proto::{Answer, AnswerCode, CurrentDocument, Device, Rejection};
use terms::LocalDateTime;

use super::{
    begun::Begun,
    document::{Content, Settlement},
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
        self.begin(CurrentDocument::ShiftOpening, time, false)?;
        Ok(Answer::Done)
    }

    pub(crate) fn open_shift(&mut self) -> Reply {
        self.finish_shift(CurrentDocument::ShiftOpening, &Content::ShiftOpening)
    }

    pub(crate) fn begin_shift_closing(&mut self, time: LocalDateTime) -> Reply {
        self.begin(CurrentDocument::ShiftClosing, time, true)?;
        Ok(Answer::Done)
    }

    pub(crate) fn close_shift(&mut self) -> Reply {
        self.finish_shift(CurrentDocument::ShiftClosing, &Content::ShiftClosing)
    }

    fn finish_shift(&mut self, kind: CurrentDocument, content: &Content<'_>) -> Reply {
        let time = self.finishing(kind)?.time;
        let time = time.ok_or(AnswerCode::WRONG_STATE)?;
        let stored = self.commit(time, content)?;
        Ok(Answer::Shift {
            shift: stored.shift,
            document: stored.archived.document,
            warnings: Some(self.warnings()),
        })
    }

    pub(crate) fn begin_receipt(&mut self, time: LocalDateTime) -> Reply {
        self.begin(CurrentDocument::Receipt, time, true)?;
        Ok(Answer::Done)
    }

    pub(crate) fn begin_correction(&mut self, time: LocalDateTime) -> Reply {
        self.begin(CurrentDocument::Correction, time, true)?;
        Ok(Answer::Done)
    }

    /// 16h finishes a receipt and a correction receipt alike.
    pub(crate) fn form_receipt(&mut self, time: LocalDateTime, settlement: Settlement) -> Reply {
        let is_correction = self.begun()?.kind == CurrentDocument::Correction;
        let (kind, content) = if is_correction {
            (CurrentDocument::Correction, Content::Correction(settlement))
        } else {
            (CurrentDocument::Receipt, Content::Receipt(settlement))
        };
        let begun = self.finishing(kind)?;
        begun.check_payments()?;
        if is_correction {
            begun.check_correction()?;
        }
        if begun.time.is_some_and(|begin| time < begin) || self.is_after_shift(time) {
            return Err(AnswerCode::BAD_TIME.into());
        }
        let stored = self.commit(time, &content)?;
        Ok(Answer::Receipt {
            number: stored.receipt,
            document: stored.archived.document,
        })
    }

    /// Begins a document: state, then time, then resource.
    fn begin(
        &mut self,
        kind: CurrentDocument,
        time: LocalDateTime,
        in_shift: bool,
    ) -> Result<(), Rejection> {
        let ffd = self.must_be_fiscal()?;
        if self.volatile.begun.is_some() || self.memory.shift.opened.is_some() != in_shift {
            return Err(AnswerCode::WRONG_STATE.into());
        }
        if self.memory.last_time.is_some_and(|last| time < last) {
            return Err(AnswerCode::BAD_TIME.into());
        }
        self.saw_time(time);
        // A shift can be closed at any later date and with any resource, else the drive could
        // never be closed (INFERRED; ФН protocol §4.6 names closing as the reaction to 12h).
        if kind != CurrentDocument::ShiftClosing {
            self.check_timer(time)?;
            let is_receipt = matches!(kind, CurrentDocument::Receipt | CurrentDocument::Correction);
            if is_receipt && self.is_after_shift(time) {
                return Err(AnswerCode::SHIFT_TOO_LONG.into());
            }
            self.check_resource(time)?;
        }
        self.volatile.begun = Some(Begun::new(kind, Some(time), ffd));
        Ok(())
    }

    fn is_after_shift(&self, time: LocalDateTime) -> bool {
        let opened = self.memory.shift.opened;
        opened.is_some_and(|opened| time.minutes_since(opened) > SHIFT_MINUTES)
    }

    pub(crate) fn check_timer(&self, time: LocalDateTime) -> Result<(), Rejection> {
        let differs = |own: LocalDateTime| time.minutes_since(own).abs() > TIMER_TOLERANCE;
        if self.own_time().is_some_and(differs) {
            return Err(AnswerCode::CLOCK_DIFFERS.into());
        }
        Ok(())
    }

    fn check_resource(&self, time: LocalDateTime) -> Result<(), Rejection> {
        let memory = &self.memory;
        let today = self.own_time().unwrap_or(time).date();
        let expired = memory.until().is_some_and(|until| today > until);
        if expired {
            return Err(AnswerCode::RESOURCE_OVER.into());
        }
        // Which of the three it is, the warnings tell (ФН protocol §4.6).
        let full = memory.documents_left() == 0 || memory.kilobytes_left() == 0;
        if full || memory.is_blocked_by_ofd(today) {
            return Err(AnswerCode::RESOURCE_LIMIT.into());
        }
        Ok(())
    }

    /// The begun document of `kind`, with data: what a finishing command needs (ФН protocol §9
    /// Q20). Only the closing report of an automatic device has nothing that the host would pass.
    pub(crate) fn finishing(&self, kind: CurrentDocument) -> Result<&Begun, Rejection> {
        let begun = self.begun()?;
        let needs_data = kind != CurrentDocument::ShiftClosing;
        if begun.kind != kind || (needs_data && begun.data.is_empty()) {
            return Err(AnswerCode::WRONG_STATE.into());
        }
        Ok(begun)
    }
}
