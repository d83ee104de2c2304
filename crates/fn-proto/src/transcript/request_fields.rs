//! The parameters of commands in words.

use terms::LocalDateTime;

use super::{EXTENDED_FLAGS, Field, WORK_MODE, bits, field, hex, tax_systems};
use crate::{CounterScope, RegistrationForm, RegistrationForm105, RegistrationKind, Request};

/// Every parameter.
pub(super) fn fields(request: &Request) -> Vec<Field> {
    match request {
        Request::BeginRegistration105(kind) => vec![kind_field(*kind)],
        Request::FormRegistration105(form) => old_form(form),
        Request::CloseArchive { time, rnm } => vec![time_field(*time), field("РНМ", rnm)],
        Request::PassData(bytes) => vec![field("TLV", hex(bytes))],
        Request::BeginShiftOpening(time)
        | Request::BeginShiftClosing(time)
        | Request::BeginReceipt(time)
        | Request::BeginCorrection(time)
        | Request::BeginSettlements(time)
        | Request::DaysLeft(time) => vec![time_field(*time)],
        Request::FormReceipt {
            time,
            operation,
            total,
        } => vec![
            time_field(*time),
            field("operation", operation.title()),
            field("total", total),
        ],
        Request::SetTransport(connected) => {
            let state = if *connected { "connected" } else { "broken" };
            vec![field("transport", state)]
        }
        Request::ReadMessage { offset, length } => {
            vec![field("offset", offset), field("bytes", length)]
        }
        Request::PassTicket(bytes) => vec![field("container", hex(bytes))],
        Request::Counters(scope) | Request::OperationCounts(scope) => vec![scope_field(*scope)],
        Request::SignCounters { scope, operation } => {
            vec![scope_field(*scope), field("operation", operation.title())]
        }
        Request::FindDocument(number)
        | Request::FindTicket(number)
        | Request::OpenDocument(number)
        | Request::FindSignedRecord(number) => vec![field("ФД", number)],
        Request::FindRegistration(report) => vec![field("report", report)],
        Request::FindRegistrationTlv { report, tag } => {
            let mut fields = report_field(*report);
            fields.push(field("tag", tag));
            fields
        }
        Request::OpenRegistration(report) => {
            let mut fields = report_field(*report);
            fields.push(field("tag", "all"));
            fields
        }
        Request::BeginRegistration { kind, ffd } => vec![kind_field(*kind), field("FFD", ffd)],
        Request::FormRegistration(form) => new_form(form),
        Request::SetSpeed(speed) => vec![field("bits per second", speed)],
        Request::BeginArchiveClosing
        | Request::CancelDocument
        | Request::ShiftStatus
        | Request::OpenShift
        | Request::CloseShift
        | Request::FormSettlements
        | Request::ExchangeStatus
        | Request::BeginMessage
        | Request::CancelMessage
        | Request::FinishMessage
        | Request::Status
        | Request::DriveNumber
        | Request::Expiry
        | Request::Version
        | Request::LastErrors
        | Request::UnsentTotals
        | Request::FfdSupport
        | Request::FreeMemory
        | Request::Model
        | Request::UnacknowledgedCount
        | Request::RegistrationTotals
        | Request::NextTlv
        | Request::NextRegistrationTlv
        | Request::ResetDebugDrive
        | Request::AcceptedSize => Vec::new(),
    }
}

fn old_form(form: &RegistrationForm105) -> Vec<Field> {
    let mut fields = vec![
        time_field(form.time),
        field("ИНН", form.user_inn),
        field("РНМ", form.rnm),
        field("tax systems", tax_systems(form.tax_systems.bits())),
        field("work mode", bits(form.work_mode, &WORK_MODE)),
    ];
    fields.extend(form.reason.map(|reason| field("reason", reason)));
    fields
}

fn new_form(form: &RegistrationForm) -> Vec<Field> {
    let ofd_inn = form.ofd_inn.map(|inn| inn.to_string());
    let mut fields = vec![
        time_field(form.time),
        field("ИНН", form.user_inn),
        field("РНМ", form.rnm),
        field("tax systems", tax_systems(form.tax_systems.bits())),
        field("work mode", bits(form.work_mode, &WORK_MODE)),
        field("extended flags", bits(form.extended_flags, &EXTENDED_FLAGS)),
        field("ИНН of the ОФД", ofd_inn.as_deref().unwrap_or("none")),
    ];
    fields.extend(form.reasons.map(|reasons| field("reasons", reasons)));
    fields
}

fn time_field(time: LocalDateTime) -> Field {
    field("time", time)
}

fn kind_field(kind: RegistrationKind) -> Field {
    field(
        "kind",
        match kind {
            RegistrationKind::First => "first registration",
            RegistrationKind::DriveChange => "the drive is changed",
            RegistrationKind::ParametersChange => "parameters are changed",
        },
    )
}

fn scope_field(scope: CounterScope) -> Field {
    field(
        "of",
        match scope {
            CounterScope::Shift => "the shift",
            CounterScope::Drive => "the drive",
        },
    )
}

fn report_field(report: Option<u8>) -> Vec<Field> {
    report
        .map(|report| field("report", report))
        .into_iter()
        .collect()
}
