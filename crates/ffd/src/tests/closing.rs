//! The end of a drive's archive and the changes of a registration.

use terms::{
    FfdVersion, RegistrationReason as Reason, RegistrationReasons as Reasons, Rnm, TaxSystem,
    TaxSystems,
};

use super::{
    control::{ids, usual_registration},
    usual_facts, whole,
};
use crate::{
    check::{check_close_archive, check_document, check_registration_change},
    *,
};

fn usual_closing(ffd: FfdVersion) -> CloseArchive {
    CloseArchive {
        ffd,
        user_name: "ООО \"Связь\"".into(),
        settlement: Some(Place {
            address: "101000, г. Москва, ул. Мясницкая, д. 1".into(),
            place: "Касса № 1".into(),
        }),
        cashier: Some(Cashier::named("Иванов И.И.")),
        additional: (ffd == FfdVersion::V1_2).then(|| "замена".into()),
        other: vec![],
    }
}

/// What a drive writes before the host's part of every document.
fn head(ffd: FfdVersion) -> Writer {
    let mut writer = Writer::new();
    if ffd != FfdVersion::V1_05 {
        writer.ffd(Tag::FFD_VERSION, ffd).unwrap();
    }
    writer.text(Tag::DRIVE_NUMBER, "9999078902013267").unwrap();
    writer.text(Tag::RNM, "0000000000024136").unwrap();
    writer.text(Tag::USER_INN, "7802781104").unwrap();
    writer.uint32(Tag::DOCUMENT_NUMBER, 14).unwrap();
    let time = "2026-11-22T10:30".parse().unwrap();
    writer.time(Tag::DATE_TIME, time).unwrap();
    let sign = [0x21, 0x04, 0x1F, 0x7D, 0x0F, 0x58];
    writer.bytes(Tag::FISCAL_SIGN, &sign).unwrap();
    writer
}

#[test]
fn a_closed_archive_s_report_is_read_as_it_was_passed_in_every_version() {
    for ffd in FfdVersion::ALL {
        let report = usual_closing(*ffd);
        let facts = RegistrationFacts {
            ffd: *ffd,
            ..usual_facts()
        };
        assert_eq!(check_close_archive(&report, &facts), []);
        let mut writer = head(*ffd);
        writer.uint32(Tag::SHIFT_NUMBER, 3).unwrap();
        if *ffd != FfdVersion::V1_05 {
            let counted = Counters {
                documents: 7,
                ..Counters::default()
            };
            counted.write(Tag::DRIVE_COUNTERS, &mut writer).unwrap();
        }
        let inside = [writer.finish(), report.host_tlv().unwrap()].concat();
        let bytes = whole(Form::CloseArchive, &inside);
        assert_eq!(check_document(&bytes, *ffd), [], "{ffd}");

        let read = Document::parse(&bytes).unwrap();
        assert_eq!(read.form(), Form::CloseArchive);
        assert_eq!(read.head().unwrap().number.get(), 14);
        let Document::CloseArchive(read) = read else {
            panic!("{read:?}");
        };
        assert_eq!(read.report, report, "{ffd}");
        assert_eq!(read.shift.get(), 3);
        assert_eq!(read.drive_counters.is_some(), *ffd != FfdVersion::V1_05);
    }
}

#[test]
fn an_archive_is_not_closed_by_a_report_that_an_operator_would_refuse() {
    let mut report = usual_closing(FfdVersion::V1_2);
    report.settlement = None;
    report.cashier = None;
    let found = check_close_archive(&report, &usual_facts());
    assert_eq!(
        ids(&found),
        ["cashier/1021", "missing-tag/1009", "missing-tag/1187"]
    );
    report.user_name = String::new();
    report.additional = Some("x".repeat(33).into());
    report.ffd = FfdVersion::V1_1;
    let automatic = RegistrationFacts {
        automatic: true,
        ..usual_facts()
    };
    assert_eq!(
        ids(&check_close_archive(&report, &automatic)),
        [
            "empty-text/1048",
            "ffd-version/1209",
            "length/1282",
            "tag-not-allowed/1282"
        ]
    );
    report.additional = Some("x".repeat(33).into());
    assert!(report.host_tlv().is_err());
}

#[test]
fn a_re_registration_names_every_change_it_makes() {
    let user = "7802781104".parse().unwrap();
    let rnm: Rnm = "0000000000024136".parse().unwrap();
    let found = |facts: &RegistrationFacts, reasons: &[Reason], before| {
        let reasons = Reasons::of(reasons.iter().copied());
        let report = usual_registration();
        ids(&check_registration_change(
            &report, facts, user, rnm, reasons, before,
        ))
    };
    let before = usual_facts();
    let none: [String; 0] = [];
    assert_eq!(found(&before, &[Reason::DriveChange], None), none);
    assert_eq!(found(&before, &[], Some(&before)), ["change-reasons/1205"]);
    assert_eq!(found(&before, &[Reason::Other], Some(&before)), none);

    let offline = RegistrationFacts {
        offline: true,
        ..before
    };
    let back = [Reason::OfflineToTransfer, Reason::OfdChange];
    assert_eq!(found(&before, &back, Some(&offline)), none);
    for incomplete in &back {
        let told = found(&before, &[*incomplete], Some(&offline));
        assert_eq!(told, ["change-reasons/1205"], "{incomplete:?}");
    }
    assert_eq!(
        found(&before, &back[..1], None),
        ["change-reasons/1205"],
        "the ОФД, although nothing is known of before"
    );

    let other = RegistrationFacts {
        automatic: true,
        tax_systems: TaxSystems::of(TaxSystem::ALL).unwrap(),
        conditions: UsageConditions(UsageConditions::STRICT_FORMS | UsageConditions::LOTTERY),
        ..before
    };
    let begun = [
        Reason::TaxSystems,
        Reason::AttendedToAutomatic,
        Reason::StrictFormsBegun,
        Reason::LotteryBegun,
    ];
    let ended = [
        Reason::TaxSystems,
        Reason::AutomaticToAttended,
        Reason::StrictFormsEnded,
        Reason::LotteryEnded,
    ];
    assert_eq!(other.reasons_since(&before), Reasons::of(begun));
    assert_eq!(before.reasons_since(&other), Reasons::of(ended));
    assert_eq!(found(&before, &ended, Some(&other)), none);
    assert_eq!(found(&before, &ended[1..], Some(&other)).len(), 1);
}

#[test]
fn a_stored_re_registration_tells_its_reasons() {
    let mut writer = head(FfdVersion::V1_2);
    writer.ffd(Tag::DRIVE_FFD, FfdVersion::V1_2).unwrap();
    let ofd = "7704211201".parse().unwrap();
    writer.inn(Tag::OFD_INN, &ofd).unwrap();
    writer.byte(Tag::TAX_SYSTEMS, 1).unwrap();
    for mode in [Tag::ENCRYPTION, Tag::OFFLINE_MODE, Tag::AUTOMATIC_MODE] {
        writer.flag(mode, false).unwrap();
    }
    writer.uint32(Tag::USAGE_CONDITIONS, 0x200).unwrap();
    writer.uint32(Tag::CHANGE_REASONS, 13).unwrap();
    writer.uint16(Tag::KEY_RESOURCE_DAYS, 1100).unwrap();
    let mut report = usual_registration();
    report.user_name = "ООО \"Связь\"".into();
    let inside = [writer.finish(), report.host_tlv().unwrap()].concat();
    let bytes = whole(Form::RegistrationChange, &inside);
    assert_eq!(check_document(&bytes, FfdVersion::V1_2), []);
    let Document::Registration(read) = Document::parse(&bytes).unwrap() else {
        panic!("it is a registration");
    };
    assert_eq!(read.form, Form::RegistrationChange);
    assert_eq!(read.change_reasons, Some(Reasons::from_bits(13)));
    assert_eq!(read.report, report);
    assert_eq!(read.facts, usual_facts());
}
