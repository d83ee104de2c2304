//! Archives of real drives in an emulated one, and a real receipt formed anew.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use emulator::drive::{Archive, Drive, DriveError, Durability, Passport};
use fn_proto::{Answer, AnswerCode, Decoder, Frame, Request};
use host::{
    Host,
    personality::{Local, fixture, raw},
    time,
};
use terms::{DocumentNumber, FfdVersion};

mod host;

fn kit() -> Passport {
    Passport::new("9999078902003867".parse().unwrap()).unwrap()
}

/// The file's last record is of another period of the drive's life.
fn kit_archive() -> Archive {
    let mut archive = Archive::read(FfdVersion::V1_05, &fixture("archive-kit.hex")).unwrap();
    assert_eq!(archive.records.len(), 11);
    archive.records.truncate(10);
    archive
}

fn loaded(passport: Passport, archive: &Archive) -> Local {
    let mut drive = Drive::in_memory(passport).unwrap();
    drive.load(archive).unwrap();
    Host::in_process(drive)
}

fn bytes(hex: &str) -> Vec<u8> {
    let bytes = hex.split_whitespace();
    bytes
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

#[test]
fn the_captured_archive_is_read_back_byte_for_byte() {
    let archive = kit_archive();
    let host = &mut loaded(kit(), &archive);
    let status = "03 00 00 01 08 16 04 12 0C 29 39 39 39 39 30 37 38 39 30 32 30 30 33 38 36 37 \
                  0A 00 00 00";
    let queue = "02 00 0A 00 01 00 00 00 16 03 1C 09 29";
    assert_eq!(raw(host, 0x30, &[]), (0, bytes(status)));
    assert_eq!(raw(host, 0x20, &[]), (0, bytes(queue)));
    for (number, record) in (1_u32..).zip(&archive.records) {
        assert_eq!(
            raw(host, 0x40, &number.to_le_bytes()),
            (0, record.clone()),
            "{number}"
        );
    }
    // Three whole frames of that drive (ФН protocol §1.7), the warning bit among them.
    for (command, answer) in [
        (
            "04 01 00 30 FF CD",
            "04 1F 00 80 03 00 00 01 08 16 04 12 0C 29 39 39 39 39 30 37 38 39 30 32 30 30 33 38 \
             36 37 0A 00 00 00 BB 36",
        ),
        (
            "04 01 00 20 CE DF",
            "04 0E 00 80 02 00 0A 00 01 00 00 00 16 03 1C 09 29 40 E4",
        ),
    ] {
        assert_eq!(host.port().exchange(&bytes(command)), bytes(answer));
    }
    let third = Request::FindDocument(DocumentNumber(3)).encode();
    let answer = "04 16 00 80 03 00 16 03 1C 09 2F 03 00 00 00 EC C5 7C 69 01 40 06 00 00 00 C9 A4";
    assert_eq!(host.port().exchange(&third), bytes(answer));
}

#[test]
fn a_loaded_archive_is_kept_in_the_state_file_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive");
    let open = || Drive::open(&path, kit(), Durability::Lazy).unwrap();
    let mut drive = open();
    drive.load(&kit_archive()).unwrap();
    drop(drive);
    let mut host = Host::in_process(open());
    let (_, shift) = raw(&mut host, 0x10, &[]);
    assert_eq!(shift, [1, 3, 0, 1, 0]);
    let (_, totals) = raw(&mut host, 0x43, &[]);
    assert_eq!((totals.len(), &totals[5..15]), (47, &b"7806197274"[..]));
    // What was not captured is not there.
    let ten = DocumentNumber(10);
    host.done(Request::SetTransport(true));
    for request in [
        Request::OpenDocument(ten),
        Request::FindTicket(ten),
        Request::BeginMessage,
        Request::OpenRegistration(None),
    ] {
        let name = request.name();
        assert_eq!(host.refused(request).0, AnswerCode::NO_DATA, "{name}");
    }
    // The shift has been open for days already.
    let late = time("2022-04-20T12:00");
    let refused = host.refused(Request::BeginReceipt(late)).0;
    assert_eq!(refused, AnswerCode::SHIFT_TOO_LONG);
    let closed = host.close_shift(late);
    assert!(
        matches!(closed, Answer::Shift { warnings: None, .. }),
        "{closed:?}"
    );
    assert_eq!(host.status().last_document, DocumentNumber(11));
    let again = host.drive().load(&kit_archive());
    assert!(matches!(again, Err(DriveError::NotNew(_))), "{again:?}");
}

#[test]
fn the_second_archive_is_loaded_as_far_as_it_is_complete() {
    let passport = Passport::new("9999078900000001".parse().unwrap()).unwrap();
    let all = Archive::read(FfdVersion::V1_05, &fixture("archive-jpos.hex")).unwrap();
    let mut first = all.clone();
    first.records.truncate(3);
    let host = &mut loaded(passport.clone(), &first);
    for (number, record) in (1_u32..).zip(&first.records) {
        assert_eq!(raw(host, 0x40, &number.to_le_bytes()), (0, record.clone()));
    }
    assert_eq!(host.status().last_time, Some(time("2017-07-06T02:53")));
    // Documents 4 and 5 are missing.
    let mut drive = Drive::in_memory(passport).unwrap();
    let refused = drive.load(&all);
    let fourth = DocumentNumber(4);
    assert!(
        matches!(refused, Err(DriveError::Unloadable { number, .. }) if number == fourth),
        "{refused:?}"
    );
    assert_eq!(drive.last_document(), DocumentNumber(0));
}

#[test]
fn what_is_no_archive_is_not_loaded() {
    let refused = |archive: &Archive| Drive::in_memory(kit()).unwrap().load(archive).is_err();
    let whole = kit_archive();
    let mut cut = whole.clone();
    cut.records[2].pop();
    let mut headless = whole.clone();
    headless.records.remove(0);
    let mut ticket_after_none = whole.clone();
    ticket_after_none.records[4][1] = 1;
    // Neither 0 nor 1 says whether there is a ticket.
    let mut strange = whole;
    strange.records[0][1] = 7;
    for archive in [cut, headless, ticket_after_none, strange] {
        assert!(refused(&archive));
    }
    assert!(Archive::read(FfdVersion::V1_05, "01 0X").is_err());
}

#[test]
fn documents_with_tickets_are_loaded_as_sent() {
    let mut archive = kit_archive();
    for record in archive.records.iter_mut().take(9) {
        record[1] = 1;
    }
    let host = &mut loaded(kit(), &archive);
    assert_eq!(raw(host, 0x42, &[]), (0, vec![1, 0]));
    assert_eq!(
        raw(host, 0x40, &[9, 0, 0, 0]),
        (0, archive.records[8].clone())
    );
    assert_eq!(host.status().warnings.0, 0);
}

/// A record of 40h; all of one day.
fn record(kind: u8, number: u32, details: &[u8]) -> Vec<u8> {
    [
        &[kind, 0, 20, 9, 8, 9, 0][..],
        &number.to_le_bytes(),
        &[1, 2, 3, 4],
        details,
    ]
    .concat()
}

/// Drive 9999078902006495 as it was before its document 3342: shift 7, 195 receipts.
fn before_the_captured_receipt() -> Local {
    let kkt = [&b"2320110334  0000000000030024    "[..], &[1, 0x24]].concat();
    let mut records = vec![record(1, 1, &kkt)];
    let income = [1, 0x28, 0x0A, 0, 0, 0];
    let add = |records: &mut Vec<Vec<u8>>, kind: u8, details: &[u8]| {
        let number = records.len() as u32 + 1;
        records.push(record(kind, number, details));
    };
    for shift in 1..=6_u16 {
        add(&mut records, 2, &shift.to_le_bytes());
        while shift == 6 && records.len() < 3144 {
            add(&mut records, 3, &income);
        }
        add(&mut records, 5, &shift.to_le_bytes());
    }
    add(&mut records, 2, &7_u16.to_le_bytes());
    while records.len() < 3341 {
        add(&mut records, 3, &income);
    }
    let ffd = FfdVersion::V1_05;
    let passport = Passport::new("9999078902006495".parse().unwrap()).unwrap();
    loaded(passport, &Archive { ffd, records })
}

#[test]
fn a_real_receipt_formed_by_the_emulator_is_the_stored_one_but_for_its_sign() {
    let host = &mut before_the_captured_receipt();
    let objects = Archive::read(FfdVersion::V1_05, &fixture("document-receipt.hex")).unwrap();
    let objects = objects.records;
    let (own, passed) = objects.split_at(10);
    let passed = passed.concat();
    assert_eq!(passed.len(), 128);

    let done = bytes("04 01 00 00 AC FB");
    let begin = bytes("04 06 00 15 14 09 08 0C 21 D4 4E");
    assert_eq!(host.port().exchange(&begin), done);
    let pass = Request::PassData(passed.clone()).encode();
    assert_eq!(pass[pass.len() - 2..], [0x46, 0x82]);
    assert_eq!(host.port().exchange(&pass), done);
    let form = bytes("04 0C 00 16 14 09 08 0C 21 01 28 0A 00 00 00 F3 6B");
    let mut decoder = Decoder::new();
    decoder.push(&host.port().exchange(&form));
    let Ok(Some(Frame { code: 0, data })) = decoder.next_frame() else {
        panic!("not formed");
    };
    assert_eq!(data[..6], [0xC4, 0x00, 0x0E, 0x0D, 0x00, 0x00]);
    let sign = &data[6..];

    assert_eq!(
        raw(host, 0x45, &3342_u32.to_le_bytes()),
        (0, vec![3, 0, 241, 0])
    );
    let mut stored = Vec::new();
    while let (0, object) = raw(host, 0x46, &[]) {
        stored.extend(object);
    }
    let mut expected = own.concat();
    // Tag 1077: two service bytes and the sign, whose bytes stand the other way round.
    let place = expected
        .windows(4)
        .position(|it| it == [0x35, 0x04, 6, 0])
        .unwrap()
        + 6;
    for (byte, of_sign) in expected[place..place + 4].iter_mut().zip(sign.iter().rev()) {
        *byte = *of_sign;
    }
    expected.extend(passed);
    assert_eq!(stored, expected);
}
