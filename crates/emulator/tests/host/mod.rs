//! A host for the tests: commands over any wire, and the data that a register and an ОФД send.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]
#![allow(dead_code, reason = "every test file uses its own part")]

use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

use emulator::drive::{Drive, Passport, Port, Timing};
use ffd::{Tag, Writer, split_for_drive};
use fn_proto::{
    Answer, AnswerCode, Decoder, ENQ, Failure, Formed, MAX_DATA, Outcome, RegistrationForm,
    RegistrationKind, Request, Status,
};
use ofd_proto::{Container, Sender};
use terms::{
    DocumentNumber, DriveNumber, FfdVersion, Inn, Kopecks, LocalDateTime, OperationSign,
    RegistrationReason, RegistrationReasons, Rnm, TaxSystem, TaxSystems,
};

pub(crate) mod personality;
pub(crate) mod reports;

pub(crate) const SERIAL: &str = "0128003270";
pub(crate) const OFD_INN: &str = "7704211201";

/// What commands go through.
pub(crate) trait Wire {
    fn write(&mut self, bytes: &[u8]);
    /// What came since; empty when nothing will.
    fn read(&mut self) -> Vec<u8>;
}

impl Wire for (Port, Vec<u8>) {
    fn write(&mut self, bytes: &[u8]) {
        let answer = self.0.exchange(bytes);
        self.1.extend(answer);
    }

    fn read(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.1)
    }
}

impl Wire for TcpStream {
    fn write(&mut self, bytes: &[u8]) {
        self.write_all(bytes).unwrap();
    }

    fn read(&mut self) -> Vec<u8> {
        let mut buffer = [0; 4096];
        let count = Read::read(self, &mut buffer).unwrap();
        buffer[..count].to_vec()
    }
}

impl Wire for File {
    fn write(&mut self, bytes: &[u8]) {
        self.write_all(bytes).unwrap();
    }

    fn read(&mut self) -> Vec<u8> {
        let mut buffer = [0; 4096];
        let count = Read::read(self, &mut buffer).unwrap();
        buffer[..count].to_vec()
    }
}

pub(crate) fn open_device(path: &Path) -> File {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap()
}

pub(crate) struct Host<W> {
    pub(crate) wire: W,
}

impl Host<(Port, Vec<u8>)> {
    pub(crate) fn in_process(drive: Drive) -> Self {
        let port = Port::new(drive, Timing::NONE);
        let wire = (port, Vec::new());
        Self { wire }
    }

    pub(crate) fn port(&mut self) -> &mut Port {
        &mut self.wire.0
    }

    pub(crate) fn drive(&mut self) -> &mut Drive {
        self.wire.0.drive()
    }
}

impl<W: Wire> Host<W> {
    /// One exchange; [`Failure::Silent`] when nothing came.
    pub(crate) fn call(&mut self, request: &Request) -> Outcome {
        self.wire.write(&request.encode());
        self.listen(request)
    }

    /// Asks for the last answer again.
    pub(crate) fn enquire(&mut self, request: &Request) -> Outcome {
        self.wire.write(&[ENQ]);
        self.listen(request)
    }

    fn listen(&mut self, request: &Request) -> Outcome {
        let command = request.name();
        let mut decoder = Decoder::new();
        loop {
            let bytes = self.wire.read();
            if bytes.is_empty() {
                return Err(if decoder.is_inside_frame() {
                    Failure::Garbled { command }
                } else {
                    Failure::Silent { command }
                });
            }
            decoder.push(&bytes);
            match decoder.next_frame() {
                Ok(Some(frame)) => return request.read_answer(frame.code, &frame.data),
                Ok(None) => {}
                Err(_) => return Err(Failure::Garbled { command }),
            }
        }
    }

    pub(crate) fn done(&mut self, request: Request) {
        assert_eq!(self.call(&request), Ok(Answer::Done), "{}", request.name());
    }

    /// Passes a document's TLV by as many 07h as it takes.
    pub(crate) fn pass(&mut self, tlv: &[u8]) {
        for piece in split_for_drive(tlv, MAX_DATA).unwrap() {
            self.done(Request::PassData(piece.to_vec()));
        }
    }

    /// The code and data of a refusal.
    pub(crate) fn refused(&mut self, request: Request) -> (AnswerCode, Vec<u8>) {
        match self.call(&request) {
            Err(Failure::Refused(refusal)) => (refusal.code, refusal.data),
            other => panic!("{}: {other:?}", request.name()),
        }
    }

    pub(crate) fn status(&mut self) -> Status {
        match self.call(&Request::Status) {
            Ok(Answer::Status(status)) => status,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn register(&mut self, time: LocalDateTime) -> Formed {
        self.done(begin_registration(FfdVersion::V1_2));
        self.done(Request::PassData(registration_data()));
        match self.call(&Request::FormRegistration(registration(time))) {
            Ok(Answer::Formed(document)) => document,
            other => panic!("{other:?}"),
        }
    }

    /// Registers anew, for the reasons of `form`.
    pub(crate) fn register_anew(&mut self, form: RegistrationForm) -> Formed {
        self.done(Request::BeginRegistration {
            kind: form.kind(),
            ffd: FfdVersion::V1_2,
        });
        self.done(Request::PassData(registration_data()));
        match self.call(&Request::FormRegistration(form)) {
            Ok(Answer::Formed(document)) => document,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn close_archive(&mut self, time: LocalDateTime) -> Formed {
        self.done(Request::BeginArchiveClosing);
        self.done(Request::PassData(shift_data()));
        match self.call(&close_archive(time)) {
            Ok(Answer::Formed(document)) => document,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn open_shift(&mut self, time: LocalDateTime) -> Answer {
        self.done(Request::BeginShiftOpening(time));
        self.done(Request::PassData(shift_data()));
        self.call(&Request::OpenShift).unwrap()
    }

    pub(crate) fn close_shift(&mut self, time: LocalDateTime) -> Answer {
        self.done(Request::BeginShiftClosing(time));
        self.done(Request::PassData(shift_data()));
        self.call(&Request::CloseShift).unwrap()
    }

    pub(crate) fn receipt(&mut self, time: LocalDateTime, kopecks: i64) -> Answer {
        self.done(Request::BeginReceipt(time));
        self.done(Request::PassData(receipt_data(kopecks)));
        self.call(&form_receipt(time, kopecks)).unwrap()
    }

    pub(crate) fn correction(&mut self, time: LocalDateTime, kopecks: i64) -> Answer {
        self.done(Request::BeginCorrection(time));
        self.done(Request::PassData(correction_data(kopecks)));
        self.call(&form_receipt(time, kopecks)).unwrap()
    }

    /// Reads the message for the ОФД.
    pub(crate) fn message(&mut self) -> Vec<u8> {
        self.done(Request::SetTransport(true));
        let Ok(Answer::MessageLength(length)) = self.call(&Request::BeginMessage) else {
            panic!("no message");
        };
        let mut message = Vec::new();
        while message.len() < usize::from(length) {
            let offset = message.len() as u16;
            let read = Request::ReadMessage {
                offset,
                length: 100,
            };
            match self.call(&read) {
                Ok(Answer::Bytes(bytes)) if !bytes.is_empty() => message.extend(bytes),
                other => panic!("{other:?}"),
            }
        }
        self.done(Request::FinishMessage);
        message
    }

    /// Sends everything that is unsent.
    pub(crate) fn acknowledge_all(&mut self) {
        while self.call(&Request::UnacknowledgedCount) != Ok(Answer::UnacknowledgedCount(0)) {
            self.acknowledge(0);
        }
    }

    /// Sends the first unsent document and hands over its ticket.
    pub(crate) fn acknowledge(&mut self, code: u8) -> DocumentNumber {
        self.acknowledge_with(code, None)
    }

    /// The same with tag 1206 in the ticket.
    pub(crate) fn acknowledge_with(&mut self, code: u8, says: Option<u8>) -> DocumentNumber {
        let message = Container::decode(&self.message()).unwrap();
        let number = message.header.document;
        let ticket = ticket_with(message.header.drive.drive().unwrap(), number, code, says);
        let answer = self.call(&Request::PassTicket(ticket));
        let message = None;
        assert_eq!(
            answer,
            Ok(Answer::Ticket {
                ofd_code: code,
                message
            })
        );
        number
    }
}

pub(crate) fn time(text: &str) -> LocalDateTime {
    text.parse().unwrap()
}

pub(crate) fn passport() -> Passport {
    let number: DriveNumber = "9999078900000001".parse().unwrap();
    Passport::new(number).unwrap()
}

pub(crate) fn drive() -> Drive {
    Drive::in_memory(passport()).unwrap()
}

pub(crate) fn user() -> Inn {
    "7802781104".parse().unwrap()
}

/// A2h of a first registration.
pub(crate) fn begin_registration(ffd: FfdVersion) -> Request {
    let kind = RegistrationKind::First;
    Request::BeginRegistration { kind, ffd }
}

pub(crate) fn registration(time: LocalDateTime) -> RegistrationForm {
    RegistrationForm {
        time,
        user_inn: user(),
        rnm: Rnm::compose(1, user(), SERIAL).unwrap(),
        tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
        work_mode: 0x08,
        extended_flags: 0,
        ofd_inn: Some(OFD_INN.parse().unwrap()),
        reasons: None,
    }
}

/// The same for reasons of a change.
pub(crate) fn changed(
    time: LocalDateTime,
    reasons: impl IntoIterator<Item = RegistrationReason>,
) -> RegistrationForm {
    RegistrationForm {
        reasons: Some(RegistrationReasons::of(reasons)),
        ..registration(time)
    }
}

/// 05h with the РНМ of [`registration`].
pub(crate) fn close_archive(time: LocalDateTime) -> Request {
    let rnm = registration(time).rnm;
    Request::CloseArchive { time, rnm }
}

pub(crate) fn registration_data() -> Vec<u8> {
    let mut data = Writer::new();
    data.text(Tag::KKT_SERIAL, SERIAL).unwrap();
    data.text(Tag::USER_NAME, "ООО \"Тепло\"").unwrap();
    data.text(Tag::SETTLEMENT_ADDRESS, "Санкт-Петербург")
        .unwrap();
    data.text(Tag::CASHIER, "Иванов И.И.").unwrap();
    data.byte(Tag::KKT_FFD, 4).unwrap();
    data.finish()
}

/// A whole report of a register. In FFD 1.05 tags 1017 and 1221 are the host's too (ФН protocol
/// §5.2).
pub(crate) fn registration_data_of(ffd: FfdVersion) -> Vec<u8> {
    let mut data = Writer::new();
    if ffd == FfdVersion::V1_05 {
        data.inn(Tag::OFD_INN, &OFD_INN.parse().unwrap()).unwrap();
        data.flag(Tag::PRINTER_IN_AUTOMAT, false).unwrap();
    }
    [
        reports::registration(ffd).host_tlv().unwrap(),
        data.finish(),
    ]
    .concat()
}

pub(crate) fn shift_data() -> Vec<u8> {
    let mut data = Writer::new();
    data.text(Tag::CASHIER, "Иванов И.И.").unwrap();
    data.finish()
}

pub(crate) fn sum(kopecks: i64) -> Kopecks {
    Kopecks::new(kopecks).unwrap()
}

pub(crate) fn item(kopecks: i64) -> Vec<u8> {
    item_of(FfdVersion::V1_2, kopecks)
}

/// The measure of quantity came with FFD 1.2.
pub(crate) fn item_of(ffd: FfdVersion, kopecks: i64) -> Vec<u8> {
    let mut data = Writer::new();
    data.nested(Tag::ITEM, |item| {
        item.text(Tag::ITEM_NAME, "Отопление")?;
        item.money(Tag::PRICE, sum(kopecks))?;
        item.raw(Tag::QUANTITY, &[0, 1])?;
        if ffd == FfdVersion::V1_2 {
            item.byte(Tag::QUANTITY_MEASURE, 0)?;
        }
        item.byte(Tag::VAT_CODE, 6)?;
        item.byte(Tag::PAYMENT_METHOD, 4)?;
        item.byte(Tag::SETTLEMENT_SUBJECT, 4)?;
        item.money(Tag::AMOUNT, sum(kopecks))
    })
    .unwrap();
    data.finish()
}

pub(crate) fn receipt_data(kopecks: i64) -> Vec<u8> {
    let mut data = Writer::new();
    data.byte(Tag::TAX_SYSTEM, 1).unwrap();
    for tag in [Tag::CASH, Tag::PREPAID, Tag::CREDIT, Tag::COUNTER] {
        data.money(tag, sum(0)).unwrap();
    }
    data.money(Tag::CASHLESS, sum(kopecks)).unwrap();
    [item(kopecks), data.finish()].concat()
}

/// Of the user's own accord, for a settlement of two days ago.
pub(crate) fn correction_basis() -> Vec<u8> {
    let mut data = Writer::new();
    data.byte(Tag::CORRECTION_TYPE, 0).unwrap();
    data.nested(Tag::CORRECTION_BASIS, |basis| {
        basis.time(Tag::CORRECTED_DATE, time("2026-11-20T00:00"))
    })
    .unwrap();
    data.finish()
}

pub(crate) fn correction_data(kopecks: i64) -> Vec<u8> {
    [correction_basis(), receipt_data(kopecks)].concat()
}

pub(crate) fn form_receipt(time: LocalDateTime, kopecks: i64) -> Request {
    Request::FormReceipt {
        time,
        operation: OperationSign::Income,
        total: sum(kopecks),
    }
}

/// A ticket as an ОФД writes it (ККТ–ОФД protocol §7).
pub(crate) fn ticket(drive: DriveNumber, number: DocumentNumber, code: u8) -> Vec<u8> {
    ticket_with(drive, number, code, None)
}

/// The same with tag 1206.
fn ticket_with(drive: DriveNumber, number: DocumentNumber, code: u8, says: Option<u8>) -> Vec<u8> {
    let mut content = Writer::new();
    content.text(Tag::OFD_INN, OFD_INN).unwrap();
    content
        .bytes(Tag::OPERATOR_SIGN, &[0x88, 0x06, 1, 2, 3, 4, 5, 6])
        .unwrap();
    content.text(Tag::DRIVE_NUMBER, drive.as_str()).unwrap();
    content.uint32(Tag::DOCUMENT_NUMBER, number.get()).unwrap();
    content
        .time(Tag::DATE_TIME, time("2026-11-22T09:30"))
        .unwrap();
    content
        .nested(Tag::MESSAGE_TO_DRIVE, |message| {
            message.byte(Tag::OFD_ANSWER_CODE, code)
        })
        .unwrap();
    if let Some(says) = says {
        content.byte(Tag::OPERATOR_MESSAGE, says).unwrap();
    }
    let mut document = Writer::new();
    document.raw(Tag(7), &content.finish()).unwrap();
    let sign = [0x82, 0x06, 1, 2, 3, 4, 5, 6];
    Container::new(
        Sender::Ofd,
        7,
        drive,
        number,
        [7; 8],
        document.finish(),
        sign,
    )
    .and_then(|container| container.encode())
    .unwrap()
}
