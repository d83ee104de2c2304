//! Any document of any form and version: what the host passes and what the drive adds come back.

use proptest::{collection::vec, option, prelude::*, sample::select};
use terms::{FfdVersion, OperationSign, RegistrationReasons, TaxSystems, VatCode};

use super::{
    drive::{self, whole},
    own_of_receipt,
    rare::{self, ffd, money, text},
};
use crate::*;

fn facts(ffd: FfdVersion) -> impl Strategy<Value = RegistrationFacts> {
    let agents = option::of((1_u8..128).prop_map(|bits| AgentKinds::from_bits(bits).unwrap()));
    let modes = any::<[bool; 3]>();
    // The bits that FFD 1.05 and 1.1 know as single tags.
    let old = 0b1110_0110_0110_u32;
    (agents, modes, 1_u8..64, any::<u32>()).prop_map(
        move |(agents, [offline, automatic, encryption], systems, bits)| {
            let new = ffd == FfdVersion::V1_2;
            RegistrationFacts {
                ffd,
                tax_systems: TaxSystems::from_bits(systems).unwrap(),
                agent_kinds: agents.filter(|_| !new),
                offline,
                automatic,
                encryption,
                conditions: UsageConditions(if new { bits } else { bits & old }),
            }
        },
    )
}

fn additional(ffd: FfdVersion) -> impl Strategy<Value = Option<Additional>> {
    let data = option::of(vec(any::<u8>(), 0..33));
    (option::of(text(32)), data).prop_map(move |(text, data)| {
        let additional = Additional { text, data };
        (ffd == FfdVersion::V1_2 && additional != Additional::default()).then_some(additional)
    })
}

fn cashier() -> impl Strategy<Value = Cashier> {
    text(64).prop_map(Cashier::named)
}

fn registration(ffd: FfdVersion) -> impl Strategy<Value = RegistrationReport> {
    let places = (text(60), text(60), text(60), cashier());
    let numbers = (text(20), text(8), option::of(text(20)));
    let texts = (
        option::of(text(60)),
        option::of(text(60)),
        option::of(text(64)),
    );
    (places, numbers, texts, additional(ffd)).prop_map(
        move |((user_name, address, place, cashier), numbers, texts, additional)| {
            let (serial, kkt_version, automat_number) = numbers;
            let (ofd_name, fns_site, sender_email) = texts;
            RegistrationReport {
                ffd,
                user_name,
                settlement: Place { address, place },
                cashier,
                serial,
                kkt_version,
                kkt_ffd: FfdVersion::V1_2,
                ofd_name,
                fns_site,
                sender_email,
                automat_number,
                additional,
                other: vec![],
            }
        },
    )
}

/// What a drive adds to a registration: all it knows, of which [`drive_tags`] takes what belongs
/// into the version.
fn own_of_registration(facts: &RegistrationFacts, ofd: Option<&str>) -> Vec<(Tag, Value)> {
    let flag = |tag, set: bool| (tag, Value::Byte(u8::from(set)));
    let single = |tag, bit| flag(tag, facts.conditions.has(bit));
    let mut own = vec![
        (Tag::DRIVE_FFD, Value::Byte(4)),
        (Tag::TAX_SYSTEMS, Value::Byte(facts.tax_systems.bits())),
        flag(Tag::ENCRYPTION, facts.encryption),
        flag(Tag::OFFLINE_MODE, facts.offline),
        flag(Tag::AUTOMATIC_MODE, facts.automatic),
        single(Tag::SERVICES_ONLY, UsageConditions::SERVICES),
        single(Tag::STRICT_FORMS, UsageConditions::STRICT_FORMS),
        single(Tag::INTERNET_ONLY, UsageConditions::INTERNET_ONLY),
        single(Tag::LOTTERY, UsageConditions::LOTTERY),
        single(Tag::GAMBLING, UsageConditions::GAMBLING),
        single(Tag::EXCISE, UsageConditions::EXCISE),
        single(Tag::PRINTER_IN_AUTOMAT, UsageConditions::PRINTER_IN_AUTOMAT),
        (Tag::USAGE_CONDITIONS, Value::Uint32(facts.conditions.0)),
        (Tag::CHANGE_REASONS, Value::Uint32(13)),
        (Tag::REREGISTRATION_REASON, Value::Byte(1)),
        (Tag::REREGISTRATION_REASON, Value::Byte(4)),
        (Tag::KEY_RESOURCE_DAYS, Value::Uint16(410)),
    ];
    own.extend(ofd.map(|inn| (Tag::OFD_INN, drive::text(inn))));
    own
}

fn counter(with_vat: bool) -> impl Strategy<Value = Counter> {
    let codes = [
        VatCode::V20,
        VatCode::V10,
        VatCode::V20In120,
        VatCode::V10In110,
        VatCode::V0,
        VatCode::Exempt,
    ];
    let vat = vec((select(codes.to_vec()), money()), 0..3);
    (1_u32.., rare::payments(), vat).prop_map(move |(receipts, payments, vat)| Counter {
        receipts,
        total: payments.total().unwrap(),
        payments: if with_vat {
            payments
        } else {
            Payments::default()
        },
        vat: vat
            .into_iter()
            .filter(|_| with_vat)
            .fold(VatTotals::default(), |all, (code, sum)| all.with(code, sum)),
        other: vec![],
    })
}

fn brief() -> impl Strategy<Value = BriefCounters> {
    let sign = || option::of(counter(false)).prop_map(Option::unwrap_or_default);
    (any::<u32>(), sign(), sign(), sign(), sign()).prop_map(
        |(documents, income, income_return, expense, expense_return)| BriefCounters {
            documents,
            income,
            income_return,
            expense,
            expense_return,
            other: vec![],
        },
    )
}

fn counters() -> impl Strategy<Value = Counters> {
    let sign = || option::of(counter(true)).prop_map(Option::unwrap_or_default);
    let corrections = option::of(brief()).prop_map(Option::unwrap_or_default);
    (any::<u32>(), sign(), sign(), sign(), sign(), corrections).prop_map(
        |(documents, income, income_return, expense, expense_return, corrections)| Counters {
            documents,
            income,
            income_return,
            expense,
            expense_return,
            corrections,
            other: vec![],
        },
    )
}

/// An element as a drive puts it down.
fn list(write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>) -> (Tag, Value) {
    let mut writer = Writer::new();
    write(&mut writer).unwrap();
    let mut tree = Tree::parse(&writer.finish()).unwrap();
    let element = tree.0.remove(0);
    (element.tag, element.value)
}

/// What the drive adds to reports of shifts and settlements: of it [`drive_tags`] takes what
/// belongs into the form and the version.
fn own_of_report(counted: &Counters, unsent: &BriefCounters) -> Vec<(Tag, Value)> {
    vec![
        (Tag::SHIFT_NUMBER, Value::Uint32(3)),
        (Tag::OFFLINE_MODE, Value::Byte(1)),
        (Tag::SHIFT_DOCUMENTS, Value::Uint32(9)),
        (Tag::SHIFT_RECEIPTS, Value::Uint32(7)),
        (Tag::UNSENT_DOCUMENTS, Value::Uint32(2)),
        (
            Tag::FIRST_UNSENT_DATE,
            Value::UnixTime(UnixTime(1_795_305_600)),
        ),
        (Tag::FIRST_UNSENT_NUMBER, Value::Uint32(12)),
        (Tag::DRIVE_EXHAUSTED, Value::Byte(1)),
        (Tag::DRIVE_REPLACE_NOW, Value::Byte(0)),
        (Tag::DRIVE_FULL, Value::Byte(1)),
        (Tag::OFD_TIMEOUT, Value::Byte(1)),
        (Tag::OPERATOR_MESSAGE, Value::Byte(2)),
        (Tag::KEY_RESOURCE_DAYS, Value::Uint16(410)),
        list(|writer| counted.write(Tag::DRIVE_COUNTERS, writer)),
        list(|writer| counted.write(Tag::SHIFT_COUNTERS, writer)),
        list(|writer| unsent.write(Tag::UNSENT_COUNTERS, writer)),
        (Tag::UNSENT_NOTIFICATIONS, Value::Uint32(1)),
    ]
}

/// The document, of which all that the tables say of its structure is right.
fn parsed(ffd: FfdVersion, form: Form, own: &[(Tag, Value)], host: &[u8]) -> Document {
    let bytes = whole(ffd, form, own, host);
    let broken = drive::broken(&bytes, ffd);
    assert!(broken.is_empty(), "{ffd} {form}: {broken:#?}");
    let document = Document::parse(&bytes).unwrap();
    assert_eq!(document.form(), form);
    if let Some(head) = document.head() {
        assert_eq!((head.ffd, head.number.get()), (ffd, 7));
    }
    document
}

proptest! {
    #[test]
    fn any_receipt_of_any_version_comes_back_whole(
        (receipt, strict) in (ffd().prop_flat_map(rare::receipt), any::<bool>()),
    ) {
        let conditions = if strict { UsageConditions::STRICT_FORMS } else { 0 };
        let facts = RegistrationFacts {
            ffd: receipt.ffd,
            conditions: UsageConditions(conditions),
            ..super::usual_facts()
        };
        let form = receipt.form_at(&facts);
        prop_assert_eq!(matches!(form, Form::StrictForm | Form::StrictFormCorrection), strict);
        let host = receipt.host_tlv().unwrap();
        let read = parsed(receipt.ffd, form, &own_of_receipt(&receipt), &host);
        let Document::Receipt(read) = read else {
            panic!("{read:?}");
        };
        prop_assert_eq!(read.total, receipt.total().unwrap());
        prop_assert_eq!(read.vat_totals, receipt.vat_totals().unwrap());
        prop_assert_eq!(&read.receipt, &receipt);
        prop_assert_eq!(read.receipt.host_tlv().unwrap(), host);
    }

    #[test]
    fn a_damaged_document_of_any_form_never_breaks_anything(
        receipt in ffd().prop_flat_map(rare::receipt),
        (counted, unsent) in (counters(), brief()),
        places in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let ffd = receipt.ffd;
        let mut own = own_of_report(&counted, &unsent);
        own.extend(own_of_receipt(&receipt));
        for form in Form::ALL {
            let mut bytes = drive::inside(ffd, form, &own, &receipt.host_tlv().unwrap());
            for (place, byte) in &places {
                let place = place.index(bytes.len());
                bytes[place] = *byte;
            }
            if let Ok(Document::Receipt(read)) = Document::parse_inside(form, &bytes) {
                let _ = read.receipt.host_tlv();
            }
        }
    }

    #[test]
    fn any_registration_of_any_version_comes_back_whole(
        (facts, report) in ffd().prop_flat_map(|ffd| (facts(ffd), registration(ffd))),
        changed in any::<bool>(),
        ofd in option::of(Just("7704211201")),
    ) {
        let ffd = facts.ffd;
        let form = if changed { Form::RegistrationChange } else { Form::Registration };
        let host = report.host_tlv_with(&facts, ofd).unwrap();
        let read = parsed(ffd, form, &own_of_registration(&facts, ofd), &host);
        let Document::Registration(read) = read else {
            panic!("{read:?}");
        };
        prop_assert_eq!(read.ofd_inn.as_deref(), ofd);
        let bits = (changed && ffd != FfdVersion::V1_05).then_some(13);
        prop_assert_eq!(read.change_reasons, bits.map(RegistrationReasons::from_bits));
        let old: &[_] = match changed && ffd == FfdVersion::V1_05 {
            true => &[ReregistrationReason::DriveChange, ReregistrationReason::KktSettings],
            false => &[],
        };
        prop_assert_eq!(&read.reregistration_reasons[..], old);
        let again = read.report.host_tlv_with(&read.facts, read.ofd_inn.as_deref());
        prop_assert_eq!(again.unwrap(), host);
        prop_assert_eq!(&read.report, &report);
        prop_assert_eq!(read.facts, facts);
    }

    #[test]
    fn any_report_of_a_shift_comes_back_whole(
        (ffd, additional) in ffd().prop_flat_map(|ffd| (Just(ffd), additional(ffd))),
        cashier in option::of(cashier()),
        (counted, unsent) in (counters(), brief()),
    ) {
        let own = own_of_report(&counted, &unsent);
        let kkt = ("001".to_owned(), FfdVersion::V1_2);
        let (kkt_version, kkt_ffd) = kkt;
        let other = vec![];
        let (who, what) = (cashier.clone(), additional.clone());
        let open = OpenShift { ffd, cashier: who, kkt_version, kkt_ffd, additional: what, other };
        let read = parsed(ffd, Form::OpenShift, &own, &open.host_tlv().unwrap());
        let Document::OpenShift(read) = read else {
            panic!("{read:?}");
        };
        prop_assert_eq!((read.shift.get(), &read.report), (3, &open));
        let message = if ffd == FfdVersion::V1_05 { 0 } else { 2 };
        let warnings = Warnings {
            exhausted: true,
            replace_now: false,
            full: true,
            ofd_timeout: true,
            operator_message: message,
        };
        prop_assert_eq!(read.warnings, warnings);

        let close = CloseShift { ffd, cashier, additional, other: vec![] };
        let read = parsed(ffd, Form::CloseShift, &own, &close.host_tlv().unwrap());
        let Document::CloseShift(read) = read else {
            panic!("{read:?}");
        };
        prop_assert_eq!((read.shift.get(), read.documents, read.receipts), (3, 9, 7));
        prop_assert_eq!((read.unsent, read.first_unsent.is_some()), (2, true));
        prop_assert_eq!(read.warnings, warnings);
        let counted = (ffd != FfdVersion::V1_05).then_some(counted);
        prop_assert_eq!(&read.drive_counters, &counted);
        prop_assert_eq!(&read.shift_counters, &counted);
        prop_assert_eq!(read.key_resource_days.is_some(), ffd != FfdVersion::V1_05);
        prop_assert_eq!(read.unsent_notifications.is_some(), ffd == FfdVersion::V1_2);
        prop_assert_eq!(&read.report, &close);
    }

    #[test]
    fn any_settlement_report_comes_back_whole(
        (ffd, additional) in ffd().prop_flat_map(|ffd| (Just(ffd), additional(ffd))),
        (counted, unsent) in (counters(), brief()),
    ) {
        let own = own_of_report(&counted, &unsent);
        let report = CurrentState { additional, ..CurrentState::new(ffd) };
        let read = parsed(ffd, Form::CurrentState, &own, &report.host_tlv().unwrap());
        let Document::CurrentState(read) = read else {
            panic!("{read:?}");
        };
        prop_assert_eq!(read.shift.map(|shift| shift.get()), Some(3));
        prop_assert_eq!((read.offline, read.unsent, read.first_unsent.is_some()), (true, 2, true));
        prop_assert_eq!(read.first_unsent_number.map(|number| number.get()), Some(12));
        let counts = ffd != FfdVersion::V1_05;
        prop_assert_eq!(read.drive_counters, counts.then_some(counted));
        prop_assert_eq!(read.unsent_counters, counts.then_some(unsent));
        let new = ffd == FfdVersion::V1_2;
        prop_assert_eq!(read.key_resource_days, new.then_some(410));
        prop_assert_eq!(read.unsent_notifications, new.then_some(1));
        prop_assert_eq!(&read.report, &report);
    }

    #[test]
    fn any_closing_of_an_archive_comes_back_whole(
        (ffd, additional) in ffd().prop_flat_map(|ffd| (Just(ffd), additional(ffd))),
        (user_name, address, place) in (text(60), text(60), text(60)),
        (cashier, counted) in (option::of(cashier()), counters()),
    ) {
        let settlement = Some(Place { address, place });
        let other = vec![];
        let report = CloseArchive { ffd, user_name, settlement, cashier, additional, other };
        let own = own_of_report(&counted, &BriefCounters::default());
        let read = parsed(ffd, Form::CloseArchive, &own, &report.host_tlv().unwrap());
        let Document::CloseArchive(read) = read else {
            panic!("{read:?}");
        };
        prop_assert_eq!(read.drive_counters, (ffd != FfdVersion::V1_05).then_some(counted));
        prop_assert_eq!(&read.report, &report);
    }

    #[test]
    fn any_confirmation_comes_back_whole(
        (sign, seconds, number) in (vec(any::<u8>(), 1..17), any::<u32>(), any::<u32>()),
        (answer_code, message) in (option::of(any::<u8>()), option::of(any::<u8>())),
    ) {
        let confirmation = OperatorConfirmation {
            ofd_inn: "7704211201".into(),
            sign,
            drive: "9999078902013267".parse().unwrap(),
            document: terms::DocumentNumber(number),
            time: UnixTime(seconds),
            answer_code,
            to_drive: vec![],
            message,
            other: vec![],
        };
        let bytes = confirmation.encode().unwrap();
        prop_assert_eq!(Document::parse(&bytes), Ok(Document::Confirmation(Box::new(confirmation))));
    }

    #[test]
    fn a_drive_counts_the_sums_of_its_receipts(
        receipts in vec((select(OperationSign::ALL.to_vec()), rare::payments(), money()), 0..20),
    ) {
        let mut counters = Counters::default();
        for (sign, payments, sum) in &receipts {
            let vat = VatTotals::default().with(VatCode::V10, *sum).with(VatCode::V22, *sum);
            counters.count(*sign, payments, &vat).unwrap();
            counters.count_correction(*sign, *sum).unwrap();
        }
        prop_assert_eq!(counters.documents as usize, 2 * receipts.len());
        for sign in OperationSign::ALL.iter().copied() {
            let of_sign: Vec<_> = receipts.iter().filter(|(its, ..)| *its == sign).collect();
            let counter = counters.of(sign);
            prop_assert_eq!(counter.receipts as usize, of_sign.len());
            let paid: i64 = of_sign.iter().map(|(_, paid, _)| paid.cash.get()).sum();
            prop_assert_eq!(counter.payments.cash.get(), paid);
            let paid: i64 = of_sign.iter().map(|(_, paid, _)| paid.total().unwrap().get()).sum();
            prop_assert_eq!(counter.total.get(), paid);
            let tax: i64 = of_sign.iter().map(|(.., sum)| sum.get()).sum();
            let counted = counter.vat.get(VatCode::V10).map_or(0, |sum| sum.get());
            prop_assert_eq!(counted, tax);
            prop_assert_eq!(counter.vat.get(VatCode::V22), None, "it has no counter");
            prop_assert_eq!(counters.corrections.of(sign).total.get(), tax);
        }
    }
}
