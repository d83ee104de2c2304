//! The data of answers in words.

use terms::{LocalDate, LocalDateTime, OperationSign};

use super::{EXTENDED_FLAGS, Field, WORK_MODE, bits, field, hex, tax_systems, yes};
use crate::{
    Answer, ArchiveRecord, ArchivedDetails, ArchivedDocument, CountedSum, Counters, ExchangeStatus,
    Formed, OperationCounts, PaymentSums, RegistrationTotals, SettlementCounters, SignCounts,
    SignTotals, SignedRecord, Status, VatSums,
};

/// Every part of a successful answer.
pub(super) fn fields(answer: &Answer) -> Vec<Field> {
    match answer {
        Answer::Done => Vec::new(),
        Answer::ShiftStatus(status) => vec![
            field("shift", status.shift),
            field("open", yes(status.open)),
            field("receipt", status.receipt),
        ],
        Answer::Shift {
            shift,
            document,
            warnings,
        } => {
            let mut fields = vec![field("shift", shift)];
            fields.extend(formed(document));
            fields.extend(warnings.map(|flags| field("warnings", flags)));
            fields
        }
        Answer::Receipt { number, document } => {
            let mut fields = vec![field("receipt", number)];
            fields.extend(formed(document));
            fields
        }
        Answer::Settlements {
            document,
            unacknowledged,
            since,
        } => {
            let mut fields = formed(document);
            fields.extend(settlements(*unacknowledged, *since));
            fields
        }
        Answer::ExchangeStatus(status) => exchange_status(status),
        Answer::MessageLength(length) => vec![field("bytes", length)],
        Answer::Bytes(bytes) => vec![field("data", hex(bytes))],
        Answer::Tlv(bytes) => vec![field("TLV", hex(bytes))],
        Answer::Ticket { ofd_code, message } => {
            let mut fields = vec![field("code of the ОФД", ofd_code)];
            fields.extend(message.iter().map(|tlv| field("message", hex(tlv))));
            fields
        }
        Answer::Found(document) => archived(document),
        Answer::FoundTicket {
            time,
            operator_sign,
            document,
        } => vec![
            field("time", time),
            field("ФПО", hex(operator_sign)),
            field("ФД", document),
        ],
        Answer::UnacknowledgedCount(count) => vec![field("documents", count)],
        Answer::RegistrationTotals(totals) => registration_totals(totals),
        Answer::OpenedDocument { form, length } => {
            vec![field("form", form), field("bytes", length)]
        }
        Answer::ArchiveRecord(ArchiveRecord::Plain(document)) => archived(document),
        Answer::ArchiveRecord(ArchiveRecord::Signed(record)) => signed(record),
        Answer::Formed(document) => formed(document),
        Answer::AcceptedSize { data, notification } => {
            let mut fields = vec![field("bytes", data)];
            fields.extend(notification.map(|size| field("bytes of a notification", size)));
            fields
        }
        Answer::Status(status) => drive_status(status),
        Answer::DriveNumber(number) => vec![field("drive", number)],
        Answer::Expiry {
            until,
            registrations_left,
            registrations_done,
        } => vec![
            field("until", until),
            field("registrations left", registrations_left),
            field("registrations done", registrations_done),
        ],
        Answer::Version { text, serial } => {
            let kind = if *serial { "serial" } else { "debug" };
            vec![field("version", format!("«{text}»")), field("drive", kind)]
        }
        Answer::Counters(counters) => all_counters(counters),
        Answer::OperationCounts(counts) => operation_counts(counts),
        Answer::SignCounters(counters) => {
            let mut fields = settlement_counters(&counters.receipts);
            fields.push(field("corrections", counted(&counters.corrections)));
            fields
        }
        Answer::UnsentTotals(totals) => sign_totals(totals),
        Answer::FfdSupport { current, highest } => {
            vec![field("in use", current), field("highest", highest)]
        }
        Answer::DaysLeft(days) => vec![field("days", days)],
        Answer::FreeMemory {
            documents,
            kilobytes,
            notifications,
        } => {
            let mut fields = vec![field("documents", documents), field("kilobytes", kilobytes)];
            fields.extend(
                notifications.map(|full| field("store of notifications", format!("{full} % full"))),
            );
            fields
        }
        Answer::Model(text) => vec![field("model", format!("«{text}»"))],
    }
}

fn formed(document: &Formed) -> Vec<Field> {
    vec![field("ФД", document.number), field("ФПД", document.sign)]
}

fn time_or_none(time: Option<LocalDateTime>) -> String {
    time.map_or("none".to_owned(), |time| time.to_string())
}

fn settlements(unacknowledged: u32, since: Option<LocalDate>) -> Vec<Field> {
    let since = since.map_or("none".to_owned(), |date| date.to_string());
    vec![
        field("unacknowledged", unacknowledged),
        field("since", since),
    ]
}

fn drive_status(status: &Status) -> Vec<Field> {
    vec![
        field("drive", status.drive),
        field("phase", status.phase),
        field("document", status.current),
        field("its data", yes(status.has_data)),
        field("shift open", yes(status.shift_open)),
        field("warnings", status.warnings),
        field("last document", status.last_document),
        field("of", time_or_none(status.last_time)),
    ]
}

fn exchange_status(status: &ExchangeStatus) -> Vec<Field> {
    let mut fields = vec![
        field("connected", yes(status.connected)),
        field("message waits", yes(status.message_waiting)),
        field("ticket awaited", yes(status.ticket_awaited)),
        field("being read", yes(status.reading)),
        field("queued", status.queued),
        field("first ФД", status.first),
        field("of", time_or_none(status.first_time)),
    ];
    let rare = [
        (status.ofd_command, "there is a command of the ОФД"),
        (status.settings_changed, "settings of the ОФД changed"),
        (status.command_answer_awaited, "answer to a command awaited"),
    ];
    let rare = rare.into_iter().filter(|(set, _)| *set);
    fields.extend(rare.map(|(_, name)| field(name, "yes")));
    fields
}

fn archived(document: &ArchivedDocument) -> Vec<Field> {
    let mut fields = vec![
        field("kind", document.kind),
        field("ticket", yes(document.has_ticket)),
        field("time", document.time),
    ];
    fields.extend(formed(&document.document));
    match &document.details {
        ArchivedDetails::Registration {
            user_inn,
            rnm,
            tax_systems: systems,
            work_mode,
            extended_flags,
            ofd_inn,
            reason,
        } => {
            fields.extend([
                field("ИНН", user_inn),
                field("РНМ", rnm),
                field("tax systems", tax_systems(*systems)),
                field("work mode", bits(*work_mode, &WORK_MODE)),
            ]);
            fields.extend(
                extended_flags.map(|flags| field("extended flags", bits(flags, &EXTENDED_FLAGS))),
            );
            fields.extend(ofd_inn.map(|inn| field("ИНН of the ОФД", inn)));
            fields.extend(reason.map(|reason| field("reason", reason)));
        }
        ArchivedDetails::Receipt { operation, total } => {
            fields.extend([field("operation", operation.title()), field("total", total)]);
        }
        ArchivedDetails::Shift(shift) => fields.push(field("shift", shift)),
        ArchivedDetails::Closing { user_inn, rnm } => {
            fields.extend([field("ИНН", user_inn), field("РНМ", rnm)]);
        }
        ArchivedDetails::Settlements {
            unacknowledged,
            since,
        } => fields.extend(settlements(*unacknowledged, *since)),
    }
    fields
}

fn signed(record: &SignedRecord) -> Vec<Field> {
    let mut fields = vec![
        field("FFD", record.ffd),
        field("kind", record.kind),
        field("time", record.time),
    ];
    fields.extend(formed(&record.document));
    fields.extend([
        field("operation", record.operation.title()),
        field("total", record.total),
        field("ФПА", hex(&record.archive_sign)),
        field("payments", payments(&record.payments)),
        field("VAT", vat(&record.vat)),
    ]);
    fields.extend(record.additional.iter().map(|it| field("1192", hex(it))));
    fields.push(field("TLV", hex(&record.tlv)));
    fields
}

fn registration_totals(totals: &RegistrationTotals) -> Vec<Field> {
    let mut fields = vec![
        field("time", totals.time),
        field("ИНН", totals.user_inn),
        field("РНМ", totals.rnm),
        field("tax systems", tax_systems(totals.tax_systems)),
        field("work mode", bits(totals.work_mode, &WORK_MODE)),
    ];
    let flags = totals.extended_flags;
    fields.extend(flags.map(|flags| field("extended flags", bits(flags, &EXTENDED_FLAGS))));
    fields.extend(totals.ofd_inn.map(|inn| field("ИНН of the ОФД", inn)));
    fields.extend(totals.reason.map(|reason| field("reason", reason)));
    fields.extend(formed(&totals.document));
    fields
}

fn all_counters(counters: &Counters) -> Vec<Field> {
    let mut fields = vec![
        field("shift", counters.shift),
        field("receipts", counters.receipts),
    ];
    for (sign, of_sign) in OperationSign::ALL.iter().zip(&counters.by_sign) {
        let parts: Vec<String> = settlement_counters(of_sign)
            .into_iter()
            .map(|part| format!("{} {}", part.name, part.value))
            .collect();
        fields.push(field(sign.title(), parts.join("; ")));
    }
    fields.push(field("corrections", counters.corrections.count));
    for (sign, sum) in OperationSign::ALL.iter().zip(&counters.corrections.by_sign) {
        fields.push(field(correction_title(*sign), counted(sum)));
    }
    fields
}

const fn correction_title(sign: OperationSign) -> &'static str {
    match sign {
        OperationSign::Income => "коррекция прихода",
        OperationSign::IncomeReturn => "коррекция возврата прихода",
        OperationSign::Expense => "коррекция расхода",
        OperationSign::ExpenseReturn => "коррекция возврата расхода",
    }
}

fn settlement_counters(counters: &SettlementCounters) -> Vec<Field> {
    vec![
        field("count", counters.count),
        field("total", counters.total),
        field("payments", payments(&counters.payments)),
        field("VAT", vat(&counters.vat)),
    ]
}

fn sign_totals(totals: &SignTotals) -> Vec<Field> {
    let mut fields = vec![field("documents", totals.count)];
    let signs = OperationSign::ALL.iter().zip(&totals.by_sign);
    fields.extend(signs.map(|(sign, sum)| field(sign.title(), counted(sum))));
    fields
}

fn operation_counts(counts: &OperationCounts) -> Vec<Field> {
    let by_sign = |counts: &SignCounts| {
        let signs = OperationSign::ALL.iter().zip(counts.by_sign);
        let parts: Vec<String> = signs
            .map(|(sign, count)| format!("{} {count}", sign.title()))
            .collect();
        format!("{} ({})", counts.count, parts.join(", "))
    };
    vec![
        field("shift", counts.shift),
        field("receipts", by_sign(&counts.receipts)),
        field("corrections", by_sign(&counts.corrections)),
    ]
}

fn counted(sum: &CountedSum) -> String {
    format!("{} of {}", sum.count, sum.sum)
}

fn payments(sums: &PaymentSums) -> String {
    const NAMES: [&str; 5] = ["cash", "electronic", "prepaid", "credit", "exchange"];
    named_sums(&NAMES, &sums.all())
}

fn vat(sums: &VatSums) -> String {
    const NAMES: [&str; 6] = [
        "main",
        "10 %",
        "at 0 %",
        "without VAT",
        "main calculated",
        "10/110",
    ];
    named_sums(&NAMES, &sums.all())
}

/// `cash 1.00, credit 2.00`: the sums that are not zero.
fn named_sums(names: &[&str], sums: &[terms::Kopecks]) -> String {
    let parts: Vec<String> = names
        .iter()
        .zip(sums)
        .filter(|(_, sum)| !sum.is_zero())
        .map(|(name, sum)| format!("{name} {sum}"))
        .collect();
    match parts[..] {
        [] => "none".to_owned(),
        _ => parts.join(", "),
    }
}
