//! A drive in a few lines: the states of ФН protocol §4, no wire, no signatures.

use std::collections::VecDeque;

use fn_proto::{
    Answer, AnswerCode, ArchivedDetails, ArchivedDocument, CurrentDocument, DocumentKind,
    ExchangeStatus, Formed, Outcome, Phase, Refusal, RegistrationTotals, Request, ShiftStatus,
    Status, WarningFlags,
};
use ofd_proto::{Container, ContainerHeader, Sender};
use terms::{
    DocumentNumber, DriveNumber, FfdVersion, FiscalSign, Inn, LocalDate, LocalDateTime,
    ReceiptNumber, Rnm, ShiftNumber, TaxSystem,
};

const DAY_MINUTES: i64 = 24 * 60;

#[derive(Debug)]
pub(super) struct Drive {
    pub(super) number: DriveNumber,
    pub(super) phase: Phase,
    pub(super) ffd: Option<FfdVersion>,
    pub(super) user_inn: Inn,
    pub(super) tax_systems: u8,
    pub(super) work_mode: u8,
    pub(super) until: LocalDate,
    /// So many documents fit into it.
    pub(super) capacity: u32,
    pub(super) shift_opened: Option<LocalDateTime>,
    pub(super) begun: Option<Begun>,
    pub(super) reading: Option<Vec<u8>>,
    pub(super) archive: Vec<Document>,
    /// How often it answers a command (by its name in `Debug`) with a code instead.
    pub(super) refusals: Vec<(&'static str, AnswerCode, u32)>,
    /// The ОФД of its registration, if it tells it.
    pub(super) ofd_inn: Option<Inn>,
    /// Names of the commands that it got, in order.
    pub(super) heard: Vec<String>,
    shift: u16,
    receipts: u16,
    pub(super) connected: bool,
    cursor: VecDeque<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct Begun {
    pub(super) kind: CurrentDocument,
    pub(super) time: LocalDateTime,
    pub(super) data: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct Document {
    pub(super) kind: DocumentKind,
    pub(super) time: LocalDateTime,
    pub(super) formed: Formed,
    pub(super) details: ArchivedDetails,
    pub(super) data: Vec<u8>,
    pub(super) ticket: Option<[u8; 18]>,
}

pub(super) fn user() -> Inn {
    "7707083893".parse().unwrap()
}

fn rnm() -> Rnm {
    Rnm::compose(1, user(), "1").unwrap()
}

impl Drive {
    /// A drive that is registered already: its first document is the registration report.
    pub(super) fn registered(place: usize, time: LocalDateTime) -> Self {
        let mut drive = Self::blank(place, time);
        drive.phase = Phase::Fiscal;
        let details = ArchivedDetails::Registration {
            user_inn: user(),
            rnm: rnm(),
            tax_systems: drive.tax_systems,
            work_mode: drive.work_mode,
            extended_flags: None,
            ofd_inn: None,
            reason: None,
        };
        drive.form(DocumentKind::Registration, time, details, Vec::new());
        drive
    }

    pub(super) fn blank(place: usize, time: LocalDateTime) -> Self {
        Self {
            number: format!("99990789{place:08}").parse().unwrap(),
            phase: Phase::Ready,
            ffd: Some(FfdVersion::V1_2),
            user_inn: user(),
            tax_systems: TaxSystem::Common.bit(),
            work_mode: 0,
            until: time.date().plus_days(1_000).unwrap(),
            capacity: 200_000,
            shift_opened: None,
            begun: None,
            reading: None,
            archive: Vec::new(),
            refusals: Vec::new(),
            ofd_inn: None,
            heard: Vec::new(),
            shift: 0,
            receipts: 0,
            connected: false,
            cursor: VecDeque::new(),
        }
    }

    pub(super) fn last(&self) -> DocumentNumber {
        DocumentNumber(self.archive.len() as u32)
    }

    fn documents_left(&self) -> u32 {
        self.capacity.saturating_sub(self.last().get())
    }

    /// Its power was cut: «the whole cycle must run in one power session» (ФН protocol §2.2).
    pub(super) fn restart(&mut self) {
        self.begun = None;
        self.reading = None;
        self.connected = false;
        self.cursor.clear();
    }

    pub(super) fn execute(&mut self, request: &Request) -> Outcome {
        let name = format!("{request:?}");
        let name = name.split(['(', ' ']).next().unwrap_or_default();
        self.heard.push(name.to_owned());
        let refusal = self
            .refusals
            .iter_mut()
            .find(|(command, _, times)| *command == name && *times > 0);
        if let Some((_, code, times)) = refusal {
            *times -= 1;
            return refuse(*code);
        }
        match self.answer(request) {
            Ok(answer) => Ok(answer),
            Err(code) => refuse(code),
        }
    }

    fn answer(&mut self, request: &Request) -> Result<Answer, AnswerCode> {
        use CurrentDocument as Current;
        match request {
            Request::Status => Ok(Answer::Status(self.status())),
            Request::Version => Ok(Answer::Version {
                text: "model".to_owned(),
                serial: false,
            }),
            Request::Expiry => Ok(Answer::Expiry {
                until: self.until,
                registrations_left: 29,
                registrations_done: 1,
            }),
            Request::FfdSupport => {
                let current = self.ffd.ok_or(AnswerCode::UNKNOWN_COMMAND)?;
                let highest = FfdVersion::V1_2;
                Ok(Answer::FfdSupport { current, highest })
            }
            Request::Model => Err(AnswerCode::UNKNOWN_COMMAND),
            Request::FreeMemory => Ok(Answer::FreeMemory {
                documents: self.documents_left(),
                kilobytes: 0,
                notifications: None,
            }),
            Request::RegistrationTotals => self.totals(),
            Request::ShiftStatus => Ok(Answer::ShiftStatus(ShiftStatus {
                open: self.shift_opened.is_some(),
                shift: ShiftNumber(self.shift),
                receipt: ReceiptNumber(self.receipts),
            })),
            Request::CancelDocument => {
                let begun = self.begun.take();
                begun.map(|_| Answer::Done).ok_or(AnswerCode::WRONG_STATE)
            }
            Request::BeginRegistration { .. } => {
                let time = self.archive.last().map_or_else(first_time, |it| it.time);
                self.begin(Current::Registration, Phase::Ready, time, false)
            }
            Request::BeginShiftOpening(time) => {
                self.begin(Current::ShiftOpening, Phase::Fiscal, *time, false)
            }
            Request::BeginReceipt(time) => self.begin(Current::Receipt, Phase::Fiscal, *time, true),
            Request::BeginCorrection(time) => {
                self.begin(Current::Correction, Phase::Fiscal, *time, true)
            }
            Request::BeginShiftClosing(time) => {
                self.begin(Current::ShiftClosing, Phase::Fiscal, *time, true)
            }
            Request::BeginArchiveClosing if self.archive.iter().any(|it| it.ticket.is_none()) => {
                Err(AnswerCode::BAD_VALUE)
            }
            Request::BeginArchiveClosing => {
                let time = self.archive.last().map_or_else(first_time, |it| it.time);
                self.begin(Current::ArchiveClosing, Phase::Fiscal, time, false)
            }
            Request::LastErrors => Ok(Answer::Bytes(vec![0xE1, 0x02])),
            Request::PassData(data) => {
                let begun = self.begun.as_mut().ok_or(AnswerCode::WRONG_STATE)?;
                begun.data.extend(data);
                Ok(Answer::Done)
            }
            Request::FormRegistration(_)
            | Request::OpenShift
            | Request::FormReceipt { .. }
            | Request::CloseShift
            | Request::CloseArchive { .. } => self.finish(request),
            Request::FindDocument(_)
            | Request::FindTicket(_)
            | Request::OpenDocument(_)
            | Request::NextTlv => self.read_archive(request),
            _ => self.exchange(request),
        }
    }

    fn status(&self) -> Status {
        Status {
            phase: self.phase,
            current: self
                .begun
                .as_ref()
                .map_or(CurrentDocument::None, |begun| begun.kind),
            has_data: self.begun.as_ref().is_some_and(|it| !it.data.is_empty()),
            shift_open: self.shift_opened.is_some(),
            warnings: WarningFlags::NONE,
            last_time: self.archive.last().map(|document| document.time),
            drive: self.number,
            last_document: self.last(),
        }
    }

    fn totals(&self) -> Result<Answer, AnswerCode> {
        let report = self.archive.first().ok_or(AnswerCode::WRONG_STATE)?;
        Ok(Answer::RegistrationTotals(RegistrationTotals {
            time: report.time,
            user_inn: self.user_inn,
            rnm: rnm(),
            tax_systems: self.tax_systems,
            work_mode: self.work_mode,
            extended_flags: None,
            ofd_inn: self.ofd_inn,
            reason: None,
            document: report.formed,
        }))
    }

    fn begin(
        &mut self,
        kind: CurrentDocument,
        phase: Phase,
        time: LocalDateTime,
        in_shift: bool,
    ) -> Result<Answer, AnswerCode> {
        let right_state = self.phase == phase && self.begun.is_none();
        if !right_state || self.shift_opened.is_some() != in_shift {
            return Err(AnswerCode::WRONG_STATE);
        }
        if self.archive.last().is_some_and(|last| time < last.time) {
            return Err(AnswerCode::BAD_TIME);
        }
        let is_report = matches!(
            kind,
            CurrentDocument::ShiftClosing | CurrentDocument::ArchiveClosing
        );
        if self.documents_left() <= 2 && !is_report {
            return Err(AnswerCode::RESOURCE_OVER);
        }
        let is_old = |opened| time.minutes_since(opened) > DAY_MINUTES;
        let is_receipt = [CurrentDocument::Receipt, CurrentDocument::Correction].contains(&kind);
        if is_receipt && self.shift_opened.is_some_and(is_old) {
            return Err(AnswerCode::SHIFT_TOO_LONG);
        }
        let data = Vec::new();
        self.begun = Some(Begun { kind, time, data });
        Ok(Answer::Done)
    }

    fn finish(&mut self, request: &Request) -> Result<Answer, AnswerCode> {
        use CurrentDocument as Current;
        let fits = |begun: &mut Begun| match request {
            Request::FormRegistration(_) => begun.kind == Current::Registration,
            Request::OpenShift => begun.kind == Current::ShiftOpening,
            Request::CloseArchive { .. } => begun.kind == Current::ArchiveClosing,
            Request::FormReceipt { .. } => {
                [Current::Receipt, Current::Correction].contains(&begun.kind)
            }
            _ => begun.kind == Current::ShiftClosing,
        };
        let begun = self.begun.take_if(fits).ok_or(AnswerCode::WRONG_STATE)?;
        let Begun { kind, time, data } = begun;
        let document = match request {
            Request::FormRegistration(form) => {
                self.phase = Phase::Fiscal;
                let details = ArchivedDetails::Registration {
                    user_inn: form.user_inn,
                    rnm: form.rnm,
                    tax_systems: form.tax_systems.bits(),
                    work_mode: form.work_mode,
                    extended_flags: Some(form.extended_flags),
                    ofd_inn: form.ofd_inn,
                    reason: form.reasons.map(|_| 1),
                };
                let document = self.form(form.kind().document(), form.time, details, data);
                return Ok(Answer::Formed(document));
            }
            Request::CloseArchive { time, rnm } => {
                self.phase = Phase::PostFiscal;
                let details = ArchivedDetails::Closing {
                    user_inn: self.user_inn,
                    rnm: *rnm,
                };
                let document = self.form(DocumentKind::ArchiveClosing, *time, details, data);
                return Ok(Answer::Formed(document));
            }
            Request::FormReceipt {
                time,
                operation,
                total,
            } => {
                self.receipts += 1;
                let details = ArchivedDetails::Receipt {
                    operation: *operation,
                    total: *total,
                };
                let kind = match kind {
                    Current::Correction => DocumentKind::Correction,
                    _ => DocumentKind::Receipt,
                };
                let document = self.form(kind, *time, details, data);
                let number = ReceiptNumber(self.receipts);
                return Ok(Answer::Receipt { number, document });
            }
            Request::OpenShift => {
                (self.shift, self.receipts) = (self.shift + 1, 0);
                self.shift_opened = Some(time);
                let details = ArchivedDetails::Shift(ShiftNumber(self.shift));
                self.form(DocumentKind::ShiftOpening, time, details, data)
            }
            _ => {
                self.shift_opened = None;
                let details = ArchivedDetails::Shift(ShiftNumber(self.shift));
                self.form(DocumentKind::ShiftClosing, time, details, data)
            }
        };
        Ok(Answer::Shift {
            shift: ShiftNumber(self.shift),
            document,
            warnings: Some(WarningFlags::NONE),
        })
    }

    fn form(
        &mut self,
        kind: DocumentKind,
        time: LocalDateTime,
        details: ArchivedDetails,
        data: Vec<u8>,
    ) -> Formed {
        let number = self.last().next();
        let seed = self.number.as_bytes()[15];
        let formed = Formed {
            number,
            sign: FiscalSign(number.get() * 1_000 + u32::from(seed)),
        };
        self.archive.push(Document {
            kind,
            time,
            formed,
            details,
            data,
            ticket: None,
        });
        formed
    }

    fn document(&self, number: DocumentNumber) -> Result<&Document, AnswerCode> {
        let place = number.get().checked_sub(1).ok_or(AnswerCode::NO_DATA)?;
        let document = self.archive.get(place as usize);
        document.ok_or(AnswerCode::NO_DATA)
    }

    fn read_archive(&mut self, request: &Request) -> Result<Answer, AnswerCode> {
        match request {
            Request::FindDocument(number) => {
                let document = self.document(*number)?;
                Ok(Answer::Found(ArchivedDocument {
                    kind: document.kind,
                    has_ticket: document.ticket.is_some(),
                    time: document.time,
                    document: document.formed,
                    details: document.details.clone(),
                }))
            }
            Request::FindTicket(number) => {
                let document = self.document(*number)?;
                Ok(Answer::FoundTicket {
                    time: document.time,
                    operator_sign: document.ticket.ok_or(AnswerCode::NO_DATA)?,
                    document: *number,
                })
            }
            Request::OpenDocument(number) => {
                let document = self.document(*number)?;
                let data = document.data.clone();
                let form = u16::from(document.kind.code());
                // The drive's own objects stand before the host's (ФН protocol §3.7).
                self.cursor = VecDeque::from([vec![0x11, 0x04, 1, 0, 0x39]]);
                self.cursor.extend(objects(&data));
                let length = self.cursor.iter().map(Vec::len).sum::<usize>() as u16;
                Ok(Answer::OpenedDocument { form, length })
            }
            _ => {
                let object = self.cursor.pop_front().ok_or(AnswerCode::NO_DATA)?;
                Ok(Answer::Tlv(object))
            }
        }
    }

    fn exchange(&mut self, request: &Request) -> Result<Answer, AnswerCode> {
        let waiting = || self.archive.iter().filter(|it| it.ticket.is_none());
        let head = waiting().next().map(|it| (it.formed.number, it.time));
        match request {
            Request::ExchangeStatus => {
                return Ok(Answer::ExchangeStatus(ExchangeStatus {
                    connected: self.connected,
                    message_waiting: head.is_some(),
                    ticket_awaited: false,
                    ofd_command: false,
                    settings_changed: false,
                    command_answer_awaited: false,
                    reading: self.reading.is_some(),
                    queued: waiting().count() as u16,
                    first: head.map_or(DocumentNumber(0), |(number, _)| number),
                    first_time: head.map(|(_, time)| time),
                }));
            }
            Request::SetTransport(connected) => {
                self.connected = *connected;
                return Ok(Answer::Done);
            }
            Request::CancelMessage => {
                self.reading = None;
                return Ok(Answer::Done);
            }
            _ if !self.connected => return Err(AnswerCode::NO_TRANSPORT),
            _ => {}
        }
        let (number, _) = head.ok_or(AnswerCode::NO_DATA)?;
        match request {
            Request::BeginMessage if self.reading.is_some() => Err(AnswerCode::WRONG_STATE),
            Request::BeginMessage => {
                let message = self.message(number);
                let length = message.len() as u16;
                self.reading = Some(message);
                Ok(Answer::MessageLength(length))
            }
            Request::ReadMessage { offset, length } => {
                let message = self.reading.as_ref().ok_or(AnswerCode::WRONG_STATE)?;
                let rest = message.get(usize::from(*offset)..);
                let rest = rest.ok_or(AnswerCode::UNKNOWN_COMMAND)?;
                let bytes = &rest[..rest.len().min(usize::from(*length))];
                Ok(Answer::Bytes(bytes.to_vec()))
            }
            Request::FinishMessage => {
                let message = self.reading.take();
                message.map(|_| Answer::Done).ok_or(AnswerCode::WRONG_STATE)
            }
            Request::PassTicket(ticket) => {
                let header = ContainerHeader::decode(ticket);
                let fits = header.is_ok_and(|header| {
                    (header.sender, header.drive, header.document)
                        == (Sender::Ofd, self.number.into(), number)
                });
                if !fits {
                    return Err(AnswerCode::TICKET_REFUSED);
                }
                let place = number.get() as usize - 1;
                self.archive[place].ticket = Some([7; 18]);
                if self.phase == Phase::PostFiscal && number == self.last() {
                    self.phase = Phase::ArchiveOnly;
                }
                let said = Container::decode(ticket).ok();
                let said = said.and_then(|it| ffd::operator_answer(&it.document).ok());
                let code = said.and_then(|said| said.code);
                Ok(Answer::Ticket {
                    ofd_code: code.map_or(0, |code| code.0),
                    message: None,
                })
            }
            _ => Err(AnswerCode::UNKNOWN_COMMAND),
        }
    }

    fn message(&self, number: DocumentNumber) -> Vec<u8> {
        let document = self.document(number).unwrap();
        let (form, data) = (document.kind.code(), document.data.clone());
        let container = Container::new(
            Sender::Register,
            form,
            self.number,
            number,
            [0; 8],
            data,
            [0; 8],
        );
        container.unwrap().encode().unwrap()
    }
}

/// The TLV objects of a list.
pub(super) fn objects(data: &[u8]) -> Vec<Vec<u8>> {
    let mut objects = Vec::new();
    let mut reader = ffd::Reader::new(data);
    while let Some(field) = reader.next() {
        let begin = field.unwrap().offset();
        objects.push(data[begin..reader.offset()].to_vec());
    }
    objects
}

fn first_time() -> LocalDateTime {
    "2026-01-01T00:00".parse().unwrap()
}

fn refuse(code: AnswerCode) -> Outcome {
    let (command, data) = ("a command", Vec::new());
    Err(Refusal {
        command,
        code,
        data,
    }
    .into())
}
