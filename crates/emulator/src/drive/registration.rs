//! What a drive remembers of a registration (ФН protocol §2.3, §2.7).

use ffd::{Reader, Tag};
use fn_proto::{
    Answer, AnswerCode, ArchivedDetails, Formed, RegistrationForm, RegistrationForm105,
    RegistrationTotals, work_mode,
};
use terms::{FfdVersion, Inn, LocalDateTime, Rnm, TaxSystems};

use super::{
    machine::{Drive, Reply},
    record::StoredDocument,
};

/// Bits of the extended flags (ФН protocol §2.3).
const EXCISE: u8 = 1 << 0;
pub(crate) const MARKING: u8 = 1 << 4;

/// Days of life of a drive that serves excise goods, whatever it was made for (ФН protocol §6.2;
/// tag 1213 of the real report ofd/02, made with excise and marked goods, says 410).
const EXCISE_DAYS: u16 = 410;
/// The same of one that works without an ОФД (ФН protocol §6.2).
const AUTONOMOUS_DAYS: u16 = 560;

/// What 03h or A3h names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Parameters {
    pub(crate) time: LocalDateTime,
    pub(crate) user_inn: Inn,
    pub(crate) rnm: Rnm,
    pub(crate) tax_systems: TaxSystems,
    pub(crate) work_mode: u8,
    /// A3h only.
    pub(crate) extended_flags: Option<u8>,
    /// A3h only.
    pub(crate) ofd_inn: Option<Inn>,
    /// Why it is registered anew: bits of tag 1205 for A3h, the code of tag 1101 for 03h.
    pub(crate) reason: Option<u32>,
}

impl From<&RegistrationForm> for Parameters {
    fn from(form: &RegistrationForm) -> Self {
        Self {
            time: form.time,
            user_inn: form.user_inn,
            rnm: form.rnm,
            tax_systems: form.tax_systems,
            work_mode: form.work_mode,
            extended_flags: Some(form.extended_flags),
            ofd_inn: form.ofd_inn,
            reason: form.reasons.map(|reasons| reasons.bits()),
        }
    }
}

impl From<&RegistrationForm105> for Parameters {
    fn from(form: &RegistrationForm105) -> Self {
        Self {
            time: form.time,
            user_inn: form.user_inn,
            rnm: form.rnm,
            tax_systems: form.tax_systems,
            work_mode: form.work_mode,
            extended_flags: None,
            ofd_inn: None,
            reason: form.reason.map(|reason| reason.code().into()),
        }
    }
}

impl Parameters {
    /// The days of life that they allow.
    pub(crate) const fn most_days(&self) -> u16 {
        most_days(self.work_mode, self.extended_flags)
    }

    pub(crate) const fn is_autonomous(&self) -> bool {
        self.work_mode & work_mode::AUTONOMOUS != 0
    }
}

/// What was registered by one report.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Registration {
    pub(crate) time: LocalDateTime,
    pub(crate) ffd: FfdVersion,
    pub(crate) user_inn: Inn,
    pub(crate) rnm: Rnm,
    pub(crate) tax_systems: u8,
    pub(crate) work_mode: u8,
    /// FFD 1.1 and later.
    pub(crate) extended_flags: Option<u8>,
    /// Tag 1017; in FFD 1.05 the host passed it, and a loaded record does not tell it.
    pub(crate) ofd_inn: Option<Inn>,
    /// None in a first registration.
    pub(crate) reason: Option<u32>,
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
            extended_flags,
            ofd_inn: ofd_inn.or_else(|| passed_ofd_inn(&stored.tlv)),
            reason,
            document: stored.archived.document,
        })
    }

    /// Without an ОФД (autonomous mode) documents are only kept.
    pub(crate) const fn is_autonomous(&self) -> bool {
        self.work_mode & work_mode::AUTONOMOUS != 0
    }

    /// Whether it is an АС БСО.
    pub(crate) const fn makes_strict_forms(&self) -> bool {
        self.work_mode & work_mode::STRICT_FORMS != 0
    }

    pub(crate) const fn may_sell_excise(&self) -> bool {
        matches!(self.extended_flags, Some(flags) if flags & EXCISE != 0)
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
            extended_flags: self.extended_flags,
            ofd_inn: self.extended_flags.and(self.ofd_inn),
            reason,
            document: self.document,
        })
    }
}

/// The days of life that the parameters of a registration allow.
const fn most_days(work_mode: u8, extended_flags: Option<u8>) -> u16 {
    if matches!(extended_flags, Some(flags) if flags & EXCISE != 0) {
        EXCISE_DAYS
    } else if work_mode & work_mode::AUTONOMOUS != 0 {
        AUTONOMOUS_DAYS
    } else {
        u16::MAX
    }
}

/// Tag 1017 among the data of a report.
fn passed_ofd_inn(tlv: &[u8]) -> Option<Inn> {
    let document = Reader::document(tlv).ok()?;
    let field = document
        .list()
        .flatten()
        .find(|field| field.tag() == Tag::OFD_INN)?;
    field.trimmed_text().parse().ok()
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
        let found = self.registration_report(number)?;
        Ok(found.totals(Some(found.reason.unwrap_or_default())))
    }

    /// The registration report of this number, counted from 1.
    ///
    /// # Errors
    /// 02h before registration, 08h for a number without report.
    pub(crate) fn registration_report(&self, number: u8) -> Result<&Registration, AnswerCode> {
        let registrations = self.memory.registrations();
        if registrations.is_empty() {
            return Err(AnswerCode::WRONG_STATE);
        }
        let place = usize::from(number).checked_sub(1);
        let found = place.and_then(|place| registrations.get(place));
        found.ok_or(AnswerCode::NO_DATA)
    }
}
