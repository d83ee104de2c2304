//! Any command, and any answer that a drive may give to it.
#![allow(
    dead_code,
    reason = "each test file uses some of them; allow, because the next uses others"
)]

use fn_proto::{
    ChangeReason, CounterScope, Formed, MAX_DATA, RegistrationForm, RegistrationForm105,
    RegistrationKind, Request,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use terms::{
    DocumentNumber, DriveNumber, FfdVersion, FiscalSign, Inn, Kopecks, LocalDate, LocalDateTime,
    OperationSign, RegistrationReasons, Rnm, TaxSystems,
};

mod answers;

pub(crate) use answers::exchange;

fn time() -> impl Strategy<Value = LocalDateTime> {
    (0_i64..134_000_000).prop_map(|minutes| {
        let start: LocalDateTime = "2000-01-01T00:00".parse().unwrap();
        start.plus_minutes(minutes).unwrap()
    })
}

fn date() -> impl Strategy<Value = LocalDate> {
    time().prop_map(LocalDateTime::date)
}

fn inn() -> impl Strategy<Value = Inn> {
    select(vec!["7702203276", "7802781104", "500100732259"]).prop_map(|inn| inn.parse().unwrap())
}

fn rnm() -> impl Strategy<Value = Rnm> {
    "[0-9]{16}".prop_map(|rnm| rnm.parse().unwrap())
}

fn drive() -> impl Strategy<Value = DriveNumber> {
    "[0-9]{16}".prop_map(|number| number.parse().unwrap())
}

fn number() -> impl Strategy<Value = DocumentNumber> {
    any::<u32>().prop_map(DocumentNumber)
}

fn sum() -> impl Strategy<Value = Kopecks> {
    (0_i64..1 << 40).prop_map(|kopecks| Kopecks::new(kopecks).unwrap())
}

fn operation() -> impl Strategy<Value = OperationSign> {
    select(OperationSign::ALL.to_vec())
}

fn formed() -> impl Strategy<Value = Formed> {
    (number(), any::<u32>()).prop_map(|(number, sign)| Formed {
        number,
        sign: FiscalSign(sign),
    })
}

fn tlv() -> impl Strategy<Value = Vec<u8>> {
    (any::<u16>(), vec(any::<u8>(), 0..1000)).prop_map(|(tag, value)| {
        let length = value.len() as u16;
        [&tag.to_le_bytes()[..], &length.to_le_bytes(), &value].concat()
    })
}

fn form() -> impl Strategy<Value = RegistrationForm> {
    (
        time(),
        inn(),
        rnm(),
        1_u8..0x40,
        any::<[u8; 2]>(),
        option::of(inn()),
        option::of(any::<u32>()),
    )
        .prop_map(
            |(time, user_inn, rnm, systems, [work, flags], ofd_inn, reasons)| RegistrationForm {
                time,
                user_inn,
                rnm,
                tax_systems: TaxSystems::from_bits(systems).unwrap(),
                work_mode: work,
                extended_flags: flags,
                ofd_inn,
                reasons: reasons.map(RegistrationReasons::from_bits),
            },
        )
}

/// Whole TLV objects.
fn tlv_list() -> impl Strategy<Value = Vec<u8>> {
    vec(tlv(), 0..2).prop_map(|objects| objects.concat())
}

fn form_105() -> impl Strategy<Value = RegistrationForm105> {
    let reason = option::of(any::<u8>().prop_map(ChangeReason::from_code));
    (time(), inn(), rnm(), 1_u8..0x40, any::<u8>(), reason).prop_map(
        |(time, user_inn, rnm, systems, work_mode, reason)| RegistrationForm105 {
            time,
            user_inn,
            rnm,
            tax_systems: TaxSystems::from_bits(systems).unwrap(),
            work_mode,
            reason,
        },
    )
}

fn scope() -> impl Strategy<Value = CounterScope> {
    select(CounterScope::ALL.to_vec())
}

/// Commands without parameters, and with those that have two values.
fn plain() -> impl Strategy<Value = Request> {
    select(vec![
        Request::BeginArchiveClosing,
        Request::CancelDocument,
        Request::ShiftStatus,
        Request::OpenShift,
        Request::CloseShift,
        Request::FormSettlements,
        Request::ExchangeStatus,
        Request::SetTransport(true),
        Request::SetTransport(false),
        Request::BeginMessage,
        Request::CancelMessage,
        Request::FinishMessage,
        Request::Status,
        Request::DriveNumber,
        Request::Expiry,
        Request::Version,
        Request::LastErrors,
        Request::UnsentTotals,
        Request::FfdSupport,
        Request::FreeMemory,
        Request::Model,
        Request::UnacknowledgedCount,
        Request::RegistrationTotals,
        Request::NextTlv,
        Request::NextRegistrationTlv,
        Request::ResetDebugDrive,
        Request::AcceptedSize,
    ])
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let bytes = vec(any::<u8>(), 0..=MAX_DATA);
    let kinds = select(RegistrationKind::ALL.to_vec());
    let versions = select(vec![FfdVersion::V1_1, FfdVersion::V1_2]);
    let documents = prop_oneof![
        bytes.clone().prop_map(Request::PassData),
        bytes.prop_map(Request::PassTicket),
        time().prop_map(Request::BeginShiftOpening),
        time().prop_map(Request::BeginShiftClosing),
        time().prop_map(Request::BeginReceipt),
        time().prop_map(Request::BeginCorrection),
        time().prop_map(Request::BeginSettlements),
        time().prop_map(Request::DaysLeft),
        (time(), operation(), sum()).prop_map(|(time, operation, total)| Request::FormReceipt {
            time,
            operation,
            total
        }),
    ];
    let archive = prop_oneof![
        any::<(u16, u16)>().prop_map(|(offset, length)| Request::ReadMessage { offset, length }),
        number().prop_map(Request::FindDocument),
        number().prop_map(Request::FindTicket),
        number().prop_map(Request::OpenDocument),
        number().prop_map(Request::FindSignedRecord),
        any::<u8>().prop_map(Request::FindRegistration),
        (option::of(any::<u8>()), 0..0xFFFF_u16)
            .prop_map(|(report, tag)| Request::FindRegistrationTlv { report, tag }),
        option::of(any::<u8>()).prop_map(Request::OpenRegistration),
    ];
    let others = prop_oneof![
        (time(), rnm()).prop_map(|(time, rnm)| Request::CloseArchive { time, rnm }),
        kinds.clone().prop_map(Request::BeginRegistration105),
        form_105().prop_map(Request::FormRegistration105),
        (kinds, versions).prop_map(|(kind, ffd)| Request::BeginRegistration { kind, ffd }),
        form().prop_map(Request::FormRegistration),
        scope().prop_map(Request::Counters),
        scope().prop_map(Request::OperationCounts),
        (scope(), operation())
            .prop_map(|(scope, operation)| Request::SignCounters { scope, operation }),
        any::<u32>().prop_map(Request::SetSpeed),
    ];
    prop_oneof![plain(), documents, archive, others]
}
