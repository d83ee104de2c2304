//! What a ККТ registers and how it leaves: the commands A2h and A3h, 04h and 05h, and what a drive
//! remembers of a registration (ФН protocol §2.3, §4.5).

use ffd::Tag;
use fn_proto::{
    Answer, AnswerCode, ArchivedDetails, CurrentDocument, Formed, Phase, RegistrationForm,
    RegistrationKind, RegistrationTotals, Rejection,
};
use terms::{FfdVersion, Inn, LocalDateTime, RegistrationReason, RegistrationReasons, Rnm};

use super::{
    begun::Begun,
    document::Content,
    machine::{Drive, Reply},
    record::StoredDocument,
};

/// Bits of the work mode and the extended flags (ФН protocol §2.3).
const ENCRYPTION: u8 = 1 << 0;
const AUTONOMOUS: u8 = 1 << 1;
const EXCISE: u8 = 1 << 0;
const MARKING: u8 = 1 << 4;

/// Days of life of a drive that serves excise goods, whatever it was made for (ФН protocol §6.2;
/// tag 1213 of the real report ofd/02, made with excise and marked goods, says 410).
const EXCISE_DAYS: u16 = 410;
/// The same of one that works without an ОФД (ФН protocol §6.2).
const AUTONOMOUS_DAYS: u16 = 560;

/// What was registered by one report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Registration {
    pub(crate) time: LocalDateTime,
    pub(crate) ffd: FfdVersion,
    pub(crate) user_inn: Inn,
    pub(crate) rnm: Rnm,
    pub(crate) tax_systems: u8,
    pub(crate) work_mode: u8,
    pub(crate) extended_flags: u8,
    pub(crate) ofd_inn: Option<Inn>,
    /// Tag 1205; none in a first registration.
    pub(crate) reasons: Option<u32>,
    pub(crate) document: Formed,
}

impl Registration {
    /// Reads the record of a registration report; none of another document.
    pub(crate) fn of(stored: &StoredDocument) -> Option<Self> {
        let ArchivedDetails::Registration {
            user_inn,
            rnm,
            tax_systems,
            work_mode,
            extended_flags,
            ofd_inn,
            reason,
        } = stored.archived.details
        else {
            return None;
        };
        Some(Self {
            time: stored.archived.time,
            ffd: stored.ffd,
            user_inn,
            rnm,
            tax_systems,
            work_mode,
            extended_flags: extended_flags.unwrap_or_default(),
            ofd_inn,
            reasons: reason,
            document: stored.archived.document,
        })
    }

    /// Without an ОФД (autonomous mode) documents are only kept.
    pub(crate) const fn is_autonomous(&self) -> bool {
        self.ofd_inn.is_none()
    }

    pub(crate) const fn may_sell_excise(&self) -> bool {
        self.extended_flags & EXCISE != 0
    }

    /// The days of life that its parameters allow.
    pub(crate) const fn most_days(&self) -> u16 {
        most_days(self.work_mode, self.extended_flags)
    }

    fn totals(&self, reason: Option<u32>) -> Answer {
        Answer::RegistrationTotals(RegistrationTotals {
            time: self.time,
            user_inn: self.user_inn,
            rnm: self.rnm,
            tax_systems: self.tax_systems,
            work_mode: self.work_mode,
            extended_flags: Some(self.extended_flags),
            ofd_inn: self.ofd_inn,
            reason,
            document: self.document,
        })
    }
}

/// The days of life that the parameters of a registration allow.
pub(crate) const fn most_days(work_mode: u8, extended_flags: u8) -> u16 {
    if extended_flags & EXCISE != 0 {
        EXCISE_DAYS
    } else if work_mode & AUTONOMOUS != 0 {
        AUTONOMOUS_DAYS
    } else {
        u16::MAX
    }
}

impl Drive {
    /// 43h without a number.
    pub(crate) fn registration_totals(&self) -> Reply {
        let registration = self.memory.registration();
        let registration = registration.ok_or(AnswerCode::WRONG_STATE)?;
        Ok(registration.totals(None))
    }

    /// 43h with a number. For numbers without a report 08h is INFERRED.
    pub(crate) fn find_registration(&self, number: u8) -> Reply {
        let registrations = self.memory.registrations();
        if registrations.is_empty() {
            return Err(AnswerCode::WRONG_STATE.into());
        }
        let place = usize::from(number).checked_sub(1);
        let found = place.and_then(|place| registrations.get(place));
        let found = found.ok_or(AnswerCode::NO_DATA)?;
        Ok(found.totals(Some(found.reasons.unwrap_or_default())))
    }

    /// A2h. A drive without registration reports left answers 02h, and 0Ah when it is to go back
    /// to an older version of the format (both INFERRED).
    pub(crate) fn begin_registration(&mut self, kind: RegistrationKind, ffd: FfdVersion) -> Reply {
        let phase = match kind {
            RegistrationKind::First | RegistrationKind::DriveChange => Phase::Ready,
            RegistrationKind::ParametersChange => Phase::Fiscal,
        };
        let right_state = self.memory.phase() == phase
            && self.memory.shift.opened.is_none()
            && self.volatile.begun.is_none()
            && self.memory.registrations_left() > 0;
        if !right_state {
            return Err(AnswerCode::WRONG_STATE.into());
        }
        let registered = self.memory.registration();
        if registered.is_some_and(|registered| ffd < registered.ffd) {
            return Err(AnswerCode::WRONG_MODE.into());
        }
        self.volatile.begun = Some(Begun::new(kind.current(), None, ffd));
        Ok(Answer::Done)
    }

    /// A3h.
    pub(crate) fn form_registration(&mut self, form: &RegistrationForm) -> Reply {
        let begun = self.finishing(self.begun()?.kind)?;
        let is_first = begun.kind == CurrentDocument::Registration;
        match begun.kind {
            CurrentDocument::Registration
            | CurrentDocument::DriveChange
            | CurrentDocument::Reregistration => {}
            _ => return Err(AnswerCode::WRONG_STATE.into()),
        }
        // The form of a first registration is four bytes shorter.
        if is_first != form.reasons.is_none() {
            return Err(AnswerCode::UNKNOWN_COMMAND.into());
        }
        let serial = begun.text(Tag::KKT_SERIAL);
        let serial = serial.ok_or(AnswerCode::WRONG_MODE)?;
        let has_own_reason = form.kind().current() == begun.kind
            && form.reasons != Some(RegistrationReasons::default());
        if !has_own_reason || !is_possible(form, &serial) || !self.is_possible_change(form) {
            return Err(AnswerCode::BAD_VALUE.into());
        }
        self.must_not_go_back(form.time)?;
        let until = self.memory.until_by(form);
        if until.is_some_and(|until| form.time.date() > until) {
            return Err(AnswerCode::LIFE_OVER.into());
        }
        self.check_timer(form.time)?;
        let stored = self.commit(form.time, &Content::Registration(form))?;
        Ok(Answer::Formed(stored.archived.document))
    }

    /// Whether the ККТ that this drive is registered for may be changed so: user and РНМ stay
    /// (GENERAL KNOWLEDGE), autonomous and transfer mode change only with the ОФД (ФН protocol
    /// §2.3), and into autonomous mode only with everything sent (INFERRED: as for 04h).
    fn is_possible_change(&self, form: &RegistrationForm) -> bool {
        let Some(registered) = self.memory.registration() else {
            return true;
        };
        let same_kkt = registered.rnm == form.rnm && registered.user_inn == form.user_inn;
        let other_mode = registered.is_autonomous() != form.ofd_inn.is_none();
        let with_ofd = form
            .reasons
            .is_some_and(|reasons| reasons.contains(RegistrationReason::OfdChange));
        let sent = form.ofd_inn.is_some() || self.memory.unsent() == 0;
        same_kkt && (!other_mode || (with_ofd && sent))
    }

    fn must_not_go_back(&self, time: LocalDateTime) -> Result<(), Rejection> {
        match self.memory.last_time {
            Some(last) if time < last => Err(AnswerCode::BAD_TIME.into()),
            _ => Ok(()),
        }
    }

    /// 04h (ФН protocol §2.3). That the shift must be closed is INFERRED there.
    pub(crate) fn begin_archive_closing(&mut self) -> Reply {
        let ffd = self.must_be_fiscal()?;
        if self.volatile.begun.is_some() || self.memory.shift.opened.is_some() {
            return Err(AnswerCode::WRONG_STATE.into());
        }
        if self.memory.unsent() > 0 {
            return Err(AnswerCode::BAD_VALUE.into());
        }
        let kind = CurrentDocument::ArchiveClosing;
        self.volatile.begun = Some(Begun::new(kind, None, ffd));
        Ok(Answer::Done)
    }

    /// 05h. For another РНМ than the registered one the protocol names no code; 09h, that of wrong
    /// values, is INFERRED. Like a shift, an archive can be closed at any later date and with any
    /// resource.
    pub(crate) fn close_archive(&mut self, time: LocalDateTime, rnm: Rnm) -> Reply {
        self.finishing(CurrentDocument::ArchiveClosing)?;
        self.must_not_go_back(time)?;
        let registered = self.memory.registration();
        let user_inn = registered
            .filter(|registered| registered.rnm == rnm)
            .map(|registered| registered.user_inn)
            .ok_or(AnswerCode::BAD_VALUE)?;
        let stored = self.commit(time, &Content::ArchiveClosing { user_inn, rnm })?;
        Ok(Answer::Formed(stored.archived.document))
    }
}

/// What A3h checks beyond the form of its fields. Encryption and marking need keys that an emulator
/// does not have.
fn is_possible(form: &RegistrationForm, serial: &str) -> bool {
    let autonomous = form.work_mode & AUTONOMOUS != 0;
    form.rnm.belongs_to(form.user_inn, serial)
        && form.work_mode & ENCRYPTION == 0
        && form.extended_flags & MARKING == 0
        && autonomous == form.ofd_inn.is_none()
}
