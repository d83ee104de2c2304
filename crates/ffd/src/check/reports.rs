use terms::{Inn, RegistrationReason, RegistrationReasons, Rnm};

use super::{Findings, Violation, is_email, rules, structure::check_host_part};
use crate::{
    Cashier, CloseArchive, CloseShift, Form, OpenShift, RegistrationFacts, RegistrationReport, Tag,
};

/// Checks a registration report before a drive is registered as `facts` say, for the organisation
/// `user` under the number `rnm`.
pub fn check_registration(
    report: &RegistrationReport,
    facts: &RegistrationFacts,
    user: Inn,
    rnm: Rnm,
) -> Vec<Violation> {
    check_registration_form(Form::Registration, report, facts, user, rnm).0
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
    let mut findings = check_registration_form(Form::RegistrationChange, report, facts, user, rnm);
    if reasons.is_empty() {
        findings.add(&rules::REASONS, Tag::CHANGE_REASONS, "no reason is given");
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
            findings.add(&rules::REASONS, Tag::CHANGE_REASONS, message);
        }
    }
    findings.0
}

fn check_registration_form(
    form: Form,
    report: &RegistrationReport,
    facts: &RegistrationFacts,
    user: Inn,
    rnm: Rnm,
) -> Findings {
    let mut findings = Findings::default();
    check_host_part(&mut findings, form, report.ffd, |writer| {
        report.write_with(facts, None, writer)
    });
    if report.ffd != facts.ffd {
        let message = format!("it is {}, the drive is told {}", report.ffd, facts.ffd);
        findings.add(&rules::VERSION, Tag::FFD_VERSION, message);
    }
    if report.kkt_ffd < report.ffd {
        let message = format!("the ККТ knows only {}", report.kkt_ffd);
        findings.add(&rules::VERSION, Tag::KKT_FFD, message);
    }
    if !rnm.belongs_to(user, &report.serial) {
        let serial = &report.serial;
        let message = format!("{rnm} is not of ИНН {user} with serial number «{serial}»");
        findings.add(&rules::RNM, Tag::RNM, message);
    }
    if !facts.offline && report.ofd_name.is_none() {
        let message = "the ККТ is not offline and names no operator";
        findings.add(&rules::OPERATOR, Tag::OFD_NAME, message);
    }
    if let Some(sender) = report
        .sender_email
        .as_ref()
        .filter(|sender| !is_email(sender))
    {
        let message = format!("«{sender}» is no e-mail address");
        findings.add(&rules::SENDER, Tag::SENDER_EMAIL, message);
    }
    if facts.automatic && report.automat_number.is_none() {
        findings.add(&rules::AUTOMAT, Tag::AUTOMAT_NUMBER, "it is missing");
    }
    findings
}

/// Checks an open shift report that is to go to a drive registered as `facts` say.
pub fn check_open_shift(report: &OpenShift, facts: &RegistrationFacts) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_host_part(&mut findings, Form::OpenShift, report.ffd, |writer| {
        report.write(writer)
    });
    check_attended(&mut findings, report.ffd, report.cashier.as_ref(), facts);
    findings.0
}

/// Checks a close shift report that is to go to a drive registered as `facts` say.
pub fn check_close_shift(report: &CloseShift, facts: &RegistrationFacts) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_host_part(&mut findings, Form::CloseShift, report.ffd, |writer| {
        report.write(writer)
    });
    check_attended(&mut findings, report.ffd, report.cashier.as_ref(), facts);
    findings.0
}

/// Checks a report on the closing of the archive of a drive registered as `facts` say.
pub fn check_close_archive(report: &CloseArchive, facts: &RegistrationFacts) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_host_part(&mut findings, Form::CloseArchive, report.ffd, |writer| {
        report.write(writer)
    });
    check_attended(&mut findings, report.ffd, report.cashier.as_ref(), facts);
    findings.0
}

fn check_attended(
    findings: &mut Findings,
    ffd: terms::FfdVersion,
    cashier: Option<&Cashier>,
    facts: &RegistrationFacts,
) {
    if ffd != facts.ffd {
        let message = format!("it is {ffd}, the registration says {}", facts.ffd);
        findings.add(&rules::VERSION, Tag::FFD_VERSION, message);
    }
    let unattended = facts.automatic || facts.conditions.has(crate::UsageConditions::INTERNET_ONLY);
    if cashier.is_none() && !unattended {
        findings.add(&rules::CASHIER, Tag::CASHIER, "nobody makes the report");
    }
}
