//! How a ККТ is registered and leaves: 02h and 03h, A2h and A3h, 04h and 05h (ФН protocol §2.3,
//! §4.5).

use ffd::Tag;
use fn_proto::{
    Answer, AnswerCode, ChangeReason, CurrentDocument, Generation, Phase, RegistrationForm,
    RegistrationForm105, RegistrationKind, Rejection, work_mode,
};
use terms::{FfdVersion, LocalDateTime, RegistrationReason, RegistrationReasons, Rnm};

use super::{
    document::Content,
    machine::{Drive, Reply},
    registration::{MARKING, Parameters},
};

impl Drive {
    /// 02h with FFD 1.05 and A2h with the later ones. A drive without registration reports left
    /// answers 02h. There is no way back to an older version of the format: A2h answers 0Ah and
    /// 02h, whose table has no 0Ah, 02h (all INFERRED).
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
            return Err(match ffd {
                FfdVersion::V1_05 => AnswerCode::WRONG_STATE.into(),
                _ => AnswerCode::WRONG_MODE.into(),
            });
        }
        self.begin_document(kind.current(), None, ffd);
        Ok(Answer::Done)
    }

    /// A3h.
    pub(crate) fn form_registration(&mut self, form: &RegistrationForm) -> Reply {
        let kind = self.registering()?;
        let ffd = self.begun()?.ffd;
        if ffd == FfdVersion::V1_05 {
            return Err(AnswerCode::WRONG_MODE.into());
        }
        // The form of a first registration is four bytes shorter.
        if (kind == CurrentDocument::Registration) != form.reasons.is_none() {
            return Err(AnswerCode::UNKNOWN_COMMAND.into());
        }
        let has_own_reason =
            form.kind().current() == kind && form.reasons != Some(RegistrationReasons::default());
        let marks = form.extended_flags & MARKING != 0;
        let parameters = Parameters::from(form);
        let knows_its_ofd = parameters.is_autonomous() == form.ofd_inn.is_none();
        if !has_own_reason || marks || !knows_its_ofd {
            return Err(AnswerCode::BAD_VALUE.into());
        }
        self.register(&parameters)
    }

    /// 03h. The reason is there in a change of parameters only; that of a changed drive is set by
    /// the drive.
    pub(crate) fn form_registration_105(&mut self, form: &RegistrationForm105) -> Reply {
        let kind = self.registering()?;
        let ffd = self.begun()?.ffd;
        if ffd != FfdVersion::V1_05 {
            return Err(AnswerCode::WRONG_MODE.into());
        }
        let changes = kind == CurrentDocument::Reregistration;
        if changes != form.reason.is_some() {
            return Err(AnswerCode::UNKNOWN_COMMAND.into());
        }
        if let Some(ChangeReason::DriveChange | ChangeReason::Unknown(_)) = form.reason {
            return Err(AnswerCode::BAD_VALUE.into());
        }
        let mut parameters = Parameters::from(form);
        if kind == CurrentDocument::DriveChange {
            parameters.reason = Some(ChangeReason::DriveChange.code().into());
        }
        self.register(&parameters)
    }

    /// The kind of the begun registration, with data.
    fn registering(&self) -> Result<CurrentDocument, Rejection> {
        let kind = self.finishing(self.begun()?.kind)?.kind;
        match kind {
            CurrentDocument::Registration
            | CurrentDocument::DriveChange
            | CurrentDocument::Reregistration => Ok(kind),
            _ => Err(AnswerCode::WRONG_STATE.into()),
        }
    }

    /// Checks what 03h and A3h have in common, and forms the report. Encryption needs keys that an
    /// emulator does not have. Without the serial number the РНМ cannot be checked.
    fn register(&mut self, parameters: &Parameters) -> Reply {
        let begun = self.begun()?;
        let Some(serial) = begun.text(Tag::KKT_SERIAL) else {
            return Err(match begun.ffd {
                FfdVersion::V1_05 => AnswerCode::BAD_VALUE.into(),
                _ => AnswerCode::WRONG_MODE.into(),
            });
        };
        let is_possible = parameters.rnm.belongs_to(parameters.user_inn, &serial)
            && parameters.work_mode & work_mode::ENCRYPTION == 0;
        if !is_possible || !self.is_possible_change(parameters) {
            return Err(AnswerCode::BAD_VALUE.into());
        }
        self.must_not_go_back(parameters.time)?;
        let until = self.memory.until_by(parameters);
        if until.is_some_and(|until| parameters.time.date() > until) {
            return Err(AnswerCode::LIFE_OVER.into());
        }
        let stored = self.commit(parameters.time, &Content::Registration(parameters))?;
        Ok(Answer::Formed(stored.archived.document))
    }

    /// Whether the ККТ that this drive is registered for may be changed so: user and РНМ stay
    /// (GENERAL KNOWLEDGE), autonomous and transfer mode change only with the ОФД (ФН protocol
    /// §2.3, of A3h, whose reasons can say so beside others), and into autonomous mode only with
    /// everything sent (INFERRED: as for 04h).
    fn is_possible_change(&self, parameters: &Parameters) -> bool {
        let Some(registered) = self.memory.registration() else {
            return true;
        };
        let same_kkt =
            registered.rnm == parameters.rnm && registered.user_inn == parameters.user_inn;
        let other_mode = registered.is_autonomous() != parameters.is_autonomous();
        let reasons = RegistrationReasons::from_bits(parameters.reason.unwrap_or_default());
        let with_ofd =
            parameters.extended_flags.is_none() || reasons.contains(RegistrationReason::OfdChange);
        let sent = !parameters.is_autonomous() || self.memory.unsent() == 0;
        same_kkt && (!other_mode || (with_ofd && sent))
    }

    fn must_not_go_back(&self, time: LocalDateTime) -> Result<(), Rejection> {
        match self.memory.last_time {
            Some(last) if time < last => Err(AnswerCode::BAD_TIME.into()),
            _ => Ok(()),
        }
    }

    /// 04h (ФН protocol §2.3). That the shift must be closed is INFERRED there; FN-1 does not look
    /// whether everything was sent.
    pub(crate) fn begin_archive_closing(&mut self) -> Reply {
        let ffd = self.must_be_fiscal()?;
        if self.volatile.begun.is_some() || self.memory.shift.opened.is_some() {
            return Err(AnswerCode::WRONG_STATE.into());
        }
        if self.generation() == Generation::Fn12 && self.memory.unsent() > 0 {
            return Err(AnswerCode::BAD_VALUE.into());
        }
        self.begin_document(CurrentDocument::ArchiveClosing, None, ffd);
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
