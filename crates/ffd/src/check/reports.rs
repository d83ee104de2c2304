use terms::{Inn, Rnm};

use super::{Findings, Violation, is_email, rules, structure::check_host_part};
use crate::{Cashier, CloseShift, Form, OpenShift, RegistrationFacts, RegistrationReport, Tag};

/// Checks a registration report before a drive is registered as `facts` say, for the organisation
/// `user` under the number `rnm`.
pub fn check_registration(
    report: &RegistrationReport,
    facts: &RegistrationFacts,
    user: Inn,
    rnm: Rnm,
) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_host_part(&mut findings, Form::Registration, report.ffd, |writer| {
        report.write(writer)
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
    findings.0
}

/// Checks an open shift report that is to go to a drive registered as `facts` say.
pub fn check_open_shift(report: &OpenShift, facts: &RegistrationFacts) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_host_part(&mut findings, Form::OpenShift, report.ffd, |writer| {
        report.write(writer)
    });
    check_shift(&mut findings, report.ffd, report.cashier.as_ref(), facts);
    findings.0
}

/// Checks a close shift report that is to go to a drive registered as `facts` say.
pub fn check_close_shift(report: &CloseShift, facts: &RegistrationFacts) -> Vec<Violation> {
    let mut findings = Findings::default();
    check_host_part(&mut findings, Form::CloseShift, report.ffd, |writer| {
        report.write(writer)
    });
    check_shift(&mut findings, report.ffd, report.cashier.as_ref(), facts);
    findings.0
}

fn check_shift(
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
