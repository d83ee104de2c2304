//! What a drive looks at in the lines of a receipt, case by case (ФН protocol §2.2).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use emulator::drive::Drive;
use ffd::{Reader, Tag};
use fn_proto::{AnswerCode, Failure, Request};
use host::{
    Host,
    personality::{ALL, FN_1_2_IN_1_1, FN_1_2_IN_1_2, Local, Personality},
    time,
};
use terms::FfdVersion;

mod host;

const NINE: &str = "2026-11-22T09:00";

/// A tag and its value.
type Object = (u16, Vec<u8>);

fn tlv(objects: &[Object]) -> Vec<u8> {
    let object = |(tag, value): &Object| {
        let length = value.len() as u16;
        [&tag.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
    };
    objects.iter().flat_map(object).collect()
}

/// A good line of this version, as objects.
fn line(ffd: FfdVersion) -> Vec<Object> {
    let item = host::item_of(ffd, 100);
    let line = Reader::new(&item).next().unwrap().unwrap();
    line.list()
        .map(|field| field.unwrap())
        .map(|field| (field.tag().0, field.bytes().to_vec()))
        .collect()
}

/// What the drive answers to a receipt with such a line.
fn answer(host: &mut Local, line: &[Object]) -> (u8, Vec<u8>) {
    host.done(Request::BeginReceipt(time(NINE)));
    let outcome = host.call(&Request::PassData(tlv(&[(1059, tlv(line))])));
    host.done(Request::CancelDocument);
    match outcome {
        Ok(_) => (0, Vec::new()),
        Err(Failure::Refused(refusal)) => (refusal.code.get(), refusal.data),
        Err(other) => panic!("{other:?}"),
    }
}

/// What is changed in a good line, and the code and the extra data of its refusal.
type Case = (&'static str, fn(&mut Vec<Object>), u8, Vec<u8>);

fn cases() -> Vec<Case> {
    vec![
        ("as it is", |_| {}, 0x00, vec![]),
        (
            "an unknown tag",
            |it| it.push((1100, vec![1])),
            0x18,
            vec![],
        ),
        (
            "a tag of other lists",
            |it| it.push((1020, vec![1])),
            0x18,
            vec![],
        ),
        (
            "a printed tag",
            |it| it.push((1037, vec![b' '; 20])),
            0x18,
            vec![],
        ),
        (
            "a length that is wrong",
            |it| it[0].1.resize(129, b' '),
            0x18,
            vec![],
        ),
        (
            "a tag twice",
            |it| it.push((1043, vec![100])),
            0x0C,
            vec![0x13, 0x04],
        ),
        (
            "no quantity",
            |it| it.retain(|(tag, _)| *tag != 1023),
            0x18,
            vec![],
        ),
        (
            "an agent without its supplier",
            |it| it.push((1222, vec![64])),
            0x18,
            vec![],
        ),
        (
            "a supplier without its agent",
            |it| it.push((1226, b"7802781104  ".to_vec())),
            0x18,
            vec![],
        ),
        (
            "both",
            |it| it.extend([(1222, vec![64]), (1226, b"7802781104  ".to_vec())]),
            0x00,
            vec![],
        ),
        (
            "excise goods",
            |it| {
                it.iter_mut()
                    .filter(|(tag, _)| *tag == 1212)
                    .for_each(|it| it.1 = vec![2])
            },
            0x19,
            vec![],
        ),
        (
            "a marking code",
            |it| it.push((2000, vec![b'1'; 10])),
            0x0B,
            vec![0xD0, 0x07],
        ),
    ]
}

#[test]
fn lines_are_looked_into_in_1_1_and_1_2_and_never_in_1_05() {
    for who in ALL {
        let mut host = who.in_shift(time(NINE));
        for (what, change, code, data) in cases() {
            let mut line = line(who.ffd);
            change(&mut line);
            let expected = if who.is_1_05() {
                (0, vec![])
            } else {
                (code, data)
            };
            assert_eq!(answer(&mut host, &line), expected, "{who:?}: {what}");
        }
    }
}

#[test]
fn the_measure_of_quantity_is_of_1_2_and_its_text_of_1_1() {
    let mut with_text = line(FfdVersion::V1_1);
    with_text.push((1197, b"kg".to_vec()));
    let with_code = line(FfdVersion::V1_2);
    let mut host = FN_1_2_IN_1_1.in_shift(time(NINE));
    assert_eq!(answer(&mut host, &with_text).0, 0x00);
    assert_eq!(answer(&mut host, &with_code).0, 0x18);
    let mut host = FN_1_2_IN_1_2.in_shift(time(NINE));
    assert_eq!(answer(&mut host, &with_text).0, 0x18);
    assert_eq!(answer(&mut host, &with_code).0, 0x00);
}

#[test]
fn excise_goods_are_sold_where_they_are_registered() {
    for who in [FN_1_2_IN_1_1, FN_1_2_IN_1_2] {
        let mut host = who.fresh();
        host.done(who.begin(fn_proto::RegistrationKind::First));
        who.pass(&mut host, &host::registration_data_of(who.ffd));
        let mut form = host::registration(time(NINE));
        form.extended_flags = 0x01;
        assert!(host.call(&Request::FormRegistration(form)).is_ok());
        who.open_shift(&mut host, time(NINE));
        let mut line = line(who.ffd);
        for (tag, value) in &mut line {
            if *tag == Tag::SETTLEMENT_SUBJECT.0 {
                *value = vec![2];
            }
        }
        assert_eq!(answer(&mut host, &line), (0, vec![]), "{who:?}");
    }
}

#[test]
fn a_receipt_has_no_more_lines_than_the_passport_allows() {
    let check = |who: Personality, limited: bool| {
        let mut passport = who.passport();
        passport.item_limit = 3;
        let mut host = Host::in_process(Drive::in_memory(passport).unwrap());
        who.register(&mut host, fn_proto::RegistrationKind::First, time(NINE));
        who.open_shift(&mut host, time(NINE));
        host.done(Request::BeginReceipt(time(NINE)));
        let item = host::item_of(who.ffd, 100);
        host.done(Request::PassData(item.repeat(2)));
        let too_many = host.call(&Request::PassData(item.repeat(2)));
        if limited {
            let refused = host.refused(Request::PassData(item.repeat(2)));
            assert_eq!(refused, (AnswerCode::TOO_MANY_ITEMS, vec![]));
            // A refused part leaves nothing.
            host.done(Request::PassData(item));
        }
        assert_eq!(too_many.is_err(), limited, "{who:?}");
    };
    ALL.into_iter().for_each(|who| check(who, !who.is_1_05()));
}
