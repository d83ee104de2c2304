use fn_proto::{
    Answer, ArchiveRecord, ArchivedDetails, ArchivedDocument, CountedSum, Counters,
    CurrentDocument, DocumentKind, ExchangeStatus, MAX_DATA, OperationCounts, PaymentSums, Phase,
    RegistrationTotals, Request, SettlementCounters, ShiftStatus, SignCounters, SignCounts,
    SignTotals, SignedRecord, Status, VatSums, WarningFlags,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use terms::{DocumentNumber, FfdVersion, Kopecks, OperationSign, ReceiptNumber, ShiftNumber};

use super::{
    date, drive, form, form_105, formed, inn, number, operation, request, rnm, scope, sum, time,
    tlv, tlv_list,
};

fn status() -> impl Strategy<Value = Answer> {
    let fields = (
        select(Phase::NAMED.to_vec()),
        any::<u8>().prop_map(CurrentDocument::from_code),
        any::<[bool; 2]>(),
        any::<u8>().prop_map(WarningFlags),
        option::of(time()),
        drive(),
        number(),
    );
    fields.prop_map(
        |(phase, current, flags, warnings, last_time, drive, last)| {
            Answer::Status(Status {
                phase,
                current,
                has_data: flags[0],
                shift_open: flags[1],
                warnings,
                last_time,
                drive,
                last_document: last,
            })
        },
    )
}

fn exchange_status() -> impl Strategy<Value = Answer> {
    (
        any::<[bool; 7]>(),
        any::<u16>(),
        number(),
        option::of(time()),
    )
        .prop_map(|(bits, queued, first, first_time)| {
            Answer::ExchangeStatus(ExchangeStatus {
                connected: bits[0],
                message_waiting: bits[1],
                ticket_awaited: bits[2],
                ofd_command: bits[3],
                settings_changed: bits[4],
                command_answer_awaited: bits[5],
                reading: bits[6],
                queued,
                first,
                first_time,
            })
        })
}

fn details() -> impl Strategy<Value = (DocumentKind, ArchivedDetails)> {
    use DocumentKind::*;
    let registration = (
        inn(),
        rnm(),
        any::<[u8; 2]>(),
        option::of((any::<u8>(), option::of(inn()))),
        option::of(any::<u32>()),
    )
        .prop_map(
            |(user_inn, rnm, [tax_systems, work_mode], extended, reason)| {
                let reason = reason.map(|r| if extended.is_some() { r } else { r & 0xFF });
                let kind = if reason.is_some() {
                    Reregistration
                } else {
                    Registration
                };
                let details = ArchivedDetails::Registration {
                    user_inn,
                    rnm,
                    tax_systems,
                    work_mode,
                    extended_flags: extended.map(|(flags, _)| flags),
                    ofd_inn: extended.and_then(|(_, ofd)| ofd),
                    reason,
                };
                (kind, details)
            },
        );
    let receipts = select(vec![Receipt, StrictForm, Correction, StrictFormCorrection]);
    prop_oneof![
        registration,
        (receipts, operation(), sum()).prop_map(|(kind, operation, total)| {
            (kind, ArchivedDetails::Receipt { operation, total })
        }),
        (select(vec![ShiftOpening, ShiftClosing]), any::<u16>())
            .prop_map(|(kind, shift)| (kind, ArchivedDetails::Shift(ShiftNumber(shift)))),
        (inn(), rnm()).prop_map(|(user_inn, rnm)| {
            (ArchiveClosing, ArchivedDetails::Closing { user_inn, rnm })
        }),
        (any::<u32>(), option::of(date())).prop_map(|(unacknowledged, since)| {
            let details = ArchivedDetails::Settlements {
                unacknowledged,
                since,
            };
            (Settlements, details)
        }),
    ]
}

fn found() -> impl Strategy<Value = Answer> {
    (details(), any::<bool>(), time(), formed()).prop_map(
        |((kind, details), has_ticket, time, document)| {
            Answer::Found(ArchivedDocument {
                kind,
                has_ticket,
                time,
                document,
                details,
            })
        },
    )
}

/// 43h without a report's number, and with one.
fn totals() -> impl Strategy<Value = (Request, Answer)> {
    let extended = option::of((any::<u8>(), option::of(inn())));
    let by_number = option::of((any::<u8>(), any::<u32>()));
    let facts = (time(), inn(), rnm(), any::<[u8; 2]>(), extended, formed());
    (facts, by_number).prop_map(
        |((time, user_inn, rnm, [tax_systems, work_mode], extended, document), by_number)| {
            let request = by_number.map_or(Request::RegistrationTotals, |(number, _)| {
                Request::FindRegistration(number)
            });
            let width = if extended.is_some() { u32::MAX } else { 0xFF };
            let answer = Answer::RegistrationTotals(RegistrationTotals {
                time,
                user_inn,
                rnm,
                tax_systems,
                work_mode,
                extended_flags: extended.map(|(flags, _)| flags),
                ofd_inn: extended.and_then(|(_, ofd)| ofd),
                reason: by_number.map(|(_, reason)| reason & width),
                document,
            });
            (request, answer)
        },
    )
}

/// A command with an answer that a drive may give to it.
pub(crate) fn exchange() -> impl Strategy<Value = (Request, Answer)> {
    let shift =
        (any::<u16>(), formed(), option::of(any::<u8>())).prop_map(|(shift, document, w)| {
            Answer::Shift {
                shift: ShiftNumber(shift),
                document,
                warnings: w.map(WarningFlags),
            }
        });
    let versions = select(FfdVersion::ALL.to_vec());
    let moment = time();
    prop_oneof![
        (request(), Just(Answer::Done)).prop_filter("answers without data", |(request, _)| {
            request.read_answer(0, &[]) == Ok(Answer::Done)
        }),
        (any::<bool>(), any::<[u16; 2]>()).prop_map(|(open, [shift, receipt])| {
            let status = ShiftStatus {
                open,
                shift: ShiftNumber(shift),
                receipt: ReceiptNumber(receipt),
            };
            (Request::ShiftStatus, Answer::ShiftStatus(status))
        }),
        (select(vec![Request::OpenShift, Request::CloseShift]), shift),
        (time(), any::<u16>(), formed()).prop_map(|(time, number, document)| {
            let total = Kopecks::ZERO;
            let request = Request::FormReceipt {
                time,
                operation: OperationSign::Income,
                total,
            };
            (
                request,
                Answer::Receipt {
                    number: ReceiptNumber(number),
                    document,
                },
            )
        }),
        (Just(Request::ExchangeStatus), exchange_status()),
        any::<u16>().prop_map(|n| (Request::BeginMessage, Answer::MessageLength(n))),
        vec(any::<u8>(), 0..MAX_DATA).prop_map(|bytes| (Request::LastErrors, Answer::Bytes(bytes))),
        (any::<u8>(), option::of(tlv())).prop_map(|(ofd_code, message)| {
            (
                Request::PassTicket(Vec::new()),
                Answer::Ticket { ofd_code, message },
            )
        }),
        (Just(Request::Status), status()),
        drive().prop_map(|number| (Request::DriveNumber, Answer::DriveNumber(number))),
        (date(), any::<[u8; 2]>()).prop_map(|(until, [left, done])| {
            let answer = Answer::Expiry {
                until,
                registrations_left: left,
                registrations_done: done,
            };
            (Request::Expiry, answer)
        }),
        ("([!-~]([ -~]{0,14}[!-~])?)?", any::<bool>())
            .prop_map(|(text, serial)| (Request::Version, Answer::Version { text, serial })),
        (versions.clone(), versions).prop_map(|(current, highest)| (
            Request::FfdSupport,
            Answer::FfdSupport { current, highest }
        )),
        (moment, any::<u16>())
            .prop_map(|(now, days)| (Request::DaysLeft(now), Answer::DaysLeft(days))),
        (any::<[u32; 2]>(), option::of(any::<u8>())).prop_map(
            |([documents, kilobytes], notifications)| {
                let answer = Answer::FreeMemory {
                    documents,
                    kilobytes,
                    notifications,
                };
                (Request::FreeMemory, answer)
            }
        ),
        "([!-~А-Яа-яё]([ -~А-Яа-яё]{0,46}[!-~])?)?"
            .prop_map(|text| (Request::Model, Answer::Model(text))),
        archive_exchange(),
        counter_exchange(),
        (form_105(), formed()).prop_map(|(form, document)| (
            Request::FormRegistration105(form),
            Answer::Formed(document)
        )),
        (formed(), any::<u32>(), option::of(date())).prop_map(
            |(document, unacknowledged, since)| {
                let answer = Answer::Settlements {
                    document,
                    unacknowledged,
                    since,
                };
                (Request::FormSettlements, answer)
            }
        ),
        (form(), formed()).prop_map(|(form, document)| (
            Request::FormRegistration(form),
            Answer::Formed(document)
        )),
        (time(), rnm(), formed()).prop_map(|(time, rnm, document)| (
            Request::CloseArchive { time, rnm },
            Answer::Formed(document)
        )),
        (any::<u32>(), option::of(any::<u32>())).prop_map(|(data, notification)| {
            let answer = Answer::AcceptedSize { data, notification };
            (Request::AcceptedSize, answer)
        }),
    ]
}

/// The same for commands that read the archive.
fn archive_exchange() -> impl Strategy<Value = (Request, Answer)> {
    let any_number = DocumentNumber(1);
    prop_oneof![
        (Just(Request::FindDocument(any_number)), found()),
        (time(), any::<[u8; 18]>(), number()).prop_map(move |(time, operator_sign, document)| {
            let answer = Answer::FoundTicket {
                time,
                operator_sign,
                document,
            };
            (Request::FindTicket(any_number), answer)
        }),
        any::<u16>().prop_map(|n| (Request::UnacknowledgedCount, Answer::UnacknowledgedCount(n))),
        totals(),
        any::<[u16; 2]>().prop_map(move |[form, length]| {
            (
                Request::OpenDocument(any_number),
                Answer::OpenedDocument { form, length },
            )
        }),
        tlv().prop_map(|bytes| (Request::NextTlv, Answer::Tlv(bytes))),
        tlv().prop_map(|bytes| (Request::NextRegistrationTlv, Answer::Tlv(bytes))),
        tlv().prop_map(|bytes| {
            let find = Request::FindRegistrationTlv {
                report: None,
                tag: 1,
            };
            (find, Answer::Tlv(bytes))
        }),
        (
            Just(Request::FindSignedRecord(any_number)),
            archive_record()
        ),
    ]
}

/// A sum of 48 bits.
fn counter() -> impl Strategy<Value = Kopecks> {
    (0_i64..1 << 48).prop_map(|kopecks| Kopecks::new(kopecks).unwrap())
}

fn payments<S: Strategy<Value = Kopecks>>(
    sum: impl Fn() -> S,
) -> impl Strategy<Value = PaymentSums> {
    (sum(), sum(), sum(), sum(), sum()).prop_map(|(cash, electronic, prepaid, credit, exchange)| {
        PaymentSums {
            cash,
            electronic,
            prepaid,
            credit,
            exchange,
        }
    })
}

fn vat<S: Strategy<Value = Kopecks>>(sum: impl Fn() -> S) -> impl Strategy<Value = VatSums> {
    (sum(), sum(), sum(), sum(), sum(), sum()).prop_map(
        |(main, ten, zero_base, exempt_base, main_calculated, ten_calculated)| VatSums {
            main,
            ten,
            zero_base,
            exempt_base,
            main_calculated,
            ten_calculated,
        },
    )
}

fn settlements() -> impl Strategy<Value = SettlementCounters> {
    (any::<u32>(), counter(), payments(counter), vat(counter)).prop_map(
        |(count, total, payments, vat)| SettlementCounters {
            count,
            total,
            payments,
            vat,
        },
    )
}

fn counted() -> impl Strategy<Value = CountedSum> {
    (any::<u32>(), counter()).prop_map(|(count, sum)| CountedSum { count, sum })
}

fn totals_by_sign() -> impl Strategy<Value = SignTotals> {
    (any::<u32>(), [counted(), counted(), counted(), counted()])
        .prop_map(|(count, by_sign)| SignTotals { count, by_sign })
}

fn counts() -> impl Strategy<Value = SignCounts> {
    any::<(u32, [u32; 4])>().prop_map(|(count, by_sign)| SignCounts { count, by_sign })
}

/// The same for counters.
fn counter_exchange() -> impl Strategy<Value = (Request, Answer)> {
    let signs = [settlements(), settlements(), settlements(), settlements()];
    let all = (any::<u16>(), any::<u32>(), signs, totals_by_sign()).prop_map(
        |(shift, receipts, by_sign, corrections)| {
            let counters = Counters {
                shift,
                receipts,
                by_sign,
                corrections,
            };
            Answer::Counters(Box::new(counters))
        },
    );
    let numbers = (any::<u16>(), counts(), counts()).prop_map(|(shift, receipts, corrections)| {
        Answer::OperationCounts(OperationCounts {
            shift,
            receipts,
            corrections,
        })
    });
    let of_sign = (settlements(), counted()).prop_map(|(receipts, corrections)| {
        Answer::SignCounters(Box::new(SignCounters {
            receipts,
            corrections,
        }))
    });
    let ask = (scope(), operation())
        .prop_map(|(scope, operation)| Request::SignCounters { scope, operation });
    prop_oneof![
        (scope().prop_map(Request::Counters), all),
        (scope().prop_map(Request::OperationCounts), numbers),
        (ask, of_sign),
        (
            Just(Request::UnsentTotals),
            totals_by_sign().prop_map(Answer::UnsentTotals)
        ),
    ]
}

fn archive_record() -> impl Strategy<Value = Answer> {
    let kinds = select(vec![DocumentKind::Receipt, DocumentKind::Correction]);
    let head = (kinds, time(), formed(), operation(), sum());
    let sums = (payments(sum), vat(sum));
    let versions = select(vec![FfdVersion::V1_1, FfdVersion::V1_2]);
    let tail = (any::<[u8; 12]>(), option::of(any::<[u8; 16]>()), tlv_list());
    let signed = (versions, head, sums, tail).prop_map(|(ffd, head, sums, tail)| {
        let (kind, time, document, operation, total) = head;
        let (archive_sign, additional, tlv) = tail;
        ArchiveRecord::Signed(Box::new(SignedRecord {
            ffd,
            kind,
            time,
            document,
            operation,
            total,
            archive_sign,
            payments: sums.0,
            vat: sums.1,
            additional,
            tlv,
        }))
    });
    let plain = found().prop_map(|answer| match answer {
        Answer::Found(document) => ArchiveRecord::Plain(document),
        other => panic!("{other:?}"),
    });
    prop_oneof![signed, plain].prop_map(Answer::ArchiveRecord)
}
