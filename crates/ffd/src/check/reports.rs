//! Reports: registrations, shifts, the end of an archive.

use terms::{FfdVersion, Inn, RegistrationReason, RegistrationReasons, Rnm};

use super::{
    Violation,
    exam::{Exam, Part},
    list::List,
    rules,
};
use crate::{
    CloseArchive, CloseShift, EncodeError, Form, OpenShift, RegistrationFacts, RegistrationReport,
    Tag, Writer,
};

/// Checks a registration report before a drive is registered as `facts` say, for the organisation
/// `user` under the number `rnm`.
pub fn check_registration(
    report: &RegistrationReport,
    facts: &RegistrationFacts,
    user: Inn,
    rnm: Rnm,
) -> Vec<Violation> {
    let exam = check_registration_form(Form::Registration, report, facts, user, rnm);
    exam.findings.into_violations()
}

/// Checks a report on changed parameters before a drive is told of them: for `reasons`, from what
/// was registered as `before` says to what `facts` say. None stands for a registration that is not
/// known, as that of a drive which is gone.
pub fn check_registration_change(
    report: &RegistrationReport,
    facts: &RegistrationFacts,
    user: Inn,
    rnm: Rnm,
    reasons: RegistrationReasons,
    before: Option<&RegistrationFacts>,
) -> Vec<Violation> {
    let mut exam = check_registration_form(Form::RegistrationChange, report, facts, user, rnm);
    let findings = &mut exam.findings;
    if reasons.is_empty() {
        findings.told(&rules::REASONS, Tag::CHANGE_REASONS, "no reason is given");
    }
    let changed = before.map_or_else(Default::default, |before| facts.reasons_since(before));
    let between_modes = [
        RegistrationReason::OfflineToTransfer,
        RegistrationReason::TransferToOffline,
    ];
    // Autonomous and transfer mode change only together with the ОФД (ФН protocol §2.3).
    let ofd = between_modes
        .iter()
        .any(|mode| changed.contains(*mode) || reasons.contains(*mode));
    let ofd = ofd.then_some(RegistrationReason::OfdChange);
    for reason in changed.iter().chain(ofd) {
        if !reasons.contains(reason) {
            let message = format!("bit {} is missing: {}", reason as u8, reason.title());
            findings.told(&rules::REASONS, Tag::CHANGE_REASONS, message);
        }
    }
    exam.findings.into_violations()
}

fn check_registration_form<'a>(
    form: Form,
    report: &RegistrationReport,
    facts: &'a RegistrationFacts,
    user: Inn,
    rnm: Rnm,
) -> Exam<'a> {
    let mut exam = Exam::new(form, report.ffd, Part::Host, Some(facts));
    exam.take_written(|writer| report.write_with(facts, None, writer));
    if report.ffd != facts.ffd {
        let message = format!("it is {}, the drive is told {}", report.ffd, facts.ffd);
        exam.findings
            .told(&rules::VERSION, Tag::FFD_VERSION, message);
    }
    if report.kkt_ffd < report.ffd {
        let message = format!("the ККТ knows only {}", report.kkt_ffd);
        exam.findings.told(&rules::VERSION, Tag::KKT_FFD, message);
    }
    if !rnm.belongs_to(user, &report.serial) {
        let serial = &report.serial;
        let message = format!("{rnm} is not of ИНН {user} with serial number «{serial}»");
        exam.findings.told(&rules::RNM, Tag::RNM, message);
    }
    exam
}

/// Checks an open shift report that is to go to a drive registered as `facts` say.
pub fn check_open_shift(report: &OpenShift, facts: &RegistrationFacts) -> Vec<Violation> {
    check_report(Form::OpenShift, report.ffd, facts, |writer| {
        report.write(writer)
    })
}

/// Checks a close shift report that is to go to a drive registered as `facts` say.
pub fn check_close_shift(report: &CloseShift, facts: &RegistrationFacts) -> Vec<Violation> {
    check_report(Form::CloseShift, report.ffd, facts, |writer| {
        report.write(writer)
    })
}

/// Checks a report on the closing of the archive of a drive registered as `facts` say.
pub fn check_close_archive(report: &CloseArchive, facts: &RegistrationFacts) -> Vec<Violation> {
    check_report(Form::CloseArchive, report.ffd, facts, |writer| {
        report.write(writer)
    })
}

fn check_report(
    form: Form,
    ffd: FfdVersion,
    facts: &RegistrationFacts,
    write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>,
) -> Vec<Violation> {
    let mut exam = Exam::new(form, ffd, Part::Host, Some(facts));
    exam.take_written(write);
    if ffd != facts.ffd {
        let message = format!("it is {ffd}, the registration says {}", facts.ffd);
        exam.findings
            .told(&rules::VERSION, Tag::FFD_VERSION, message);
    }
    exam.findings.into_violations()
}

impl Exam<'_> {
    /// A registration as a whole.
    pub(super) fn check_registration(&mut self, document: &List<'_>) {
        self.check_sender(document);
        if self.part == Part::Host {
            return;
        }
        if document.number(Tag::CHANGE_REASONS) == Some(0) {
            let message = "no reason is given";
            self.findings
                .about(&rules::REASONS, document, Tag::CHANGE_REASONS, message);
        }
        for tag in [Tag::KKT_FFD, Tag::DRIVE_FFD] {
            if document
                .byte(tag)
                .is_some_and(|known| known < self.ffd.code())
            {
                let message = format!("the document is of FFD {}", self.ffd);
                self.findings.about(&rules::VERSION, document, tag, message);
            }
        }
        let text = |tag| std::str::from_utf8(document.text(tag)?).ok();
        let parts = || {
            let rnm: Rnm = text(Tag::RNM)?.parse().ok()?;
            let user: Inn = text(Tag::USER_INN)?.parse().ok()?;
            Some((rnm, user, text(Tag::KKT_SERIAL)?))
        };
        if let Some((rnm, user, serial)) = parts()
            && !self.is_debug
            && !rnm.belongs_to(user, serial)
        {
            let message = format!("it is not of ИНН {user} with serial number «{serial}»");
            self.findings
                .about(&rules::RNM, document, Tag::RNM, message);
        }
    }
}
