//! Drives of both generations in every version of the format.

use std::{fs, path::PathBuf};

use emulator::drive::{Drive, Generation, Passport, Port};
use fn_proto::{
    Answer, ChangeReason, Formed, RegistrationForm, RegistrationForm105, RegistrationKind, Request,
};
use terms::{FfdVersion, LocalDateTime, OperationSign, RegistrationReason, RegistrationReasons};

use super::{Host, passport, registration, reports};

pub(crate) type Local = Host<(Port, Vec<u8>)>;

/// A generation, registered for a version of the format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Personality {
    pub(crate) generation: Generation,
    pub(crate) ffd: FfdVersion,
}

pub(crate) const FN_1: Personality = Personality {
    generation: Generation::Fn1,
    ffd: FfdVersion::V1_05,
};
pub(crate) const FN_1_2_IN_1_05: Personality = Personality {
    generation: Generation::Fn12,
    ffd: FfdVersion::V1_05,
};
pub(crate) const FN_1_2_IN_1_1: Personality = Personality {
    generation: Generation::Fn12,
    ffd: FfdVersion::V1_1,
};
pub(crate) const FN_1_2_IN_1_2: Personality = Personality {
    generation: Generation::Fn12,
    ffd: FfdVersion::V1_2,
};
pub(crate) const ALL: [Personality; 4] = [FN_1, FN_1_2_IN_1_05, FN_1_2_IN_1_1, FN_1_2_IN_1_2];

impl Personality {
    pub(crate) fn is_1_05(self) -> bool {
        self.ffd == FfdVersion::V1_05
    }

    pub(crate) fn passport(self) -> Passport {
        let mut passport = passport();
        passport.generation = self.generation;
        passport
    }

    pub(crate) fn fresh(self) -> Local {
        Host::in_process(Drive::in_memory(self.passport()).unwrap())
    }

    pub(crate) fn registered(self, time: LocalDateTime) -> Local {
        let mut host = self.fresh();
        self.register(&mut host, RegistrationKind::First, time);
        host
    }

    pub(crate) fn in_shift(self, time: LocalDateTime) -> Local {
        let mut host = self.registered(time);
        self.open_shift(&mut host, time);
        host
    }

    pub(crate) fn begin(self, kind: RegistrationKind) -> Request {
        if self.is_1_05() {
            Request::BeginRegistration105(kind)
        } else {
            Request::BeginRegistration {
                kind,
                ffd: self.ffd,
            }
        }
    }

    pub(crate) fn form(self, kind: RegistrationKind, time: LocalDateTime) -> Request {
        let form = registration(time);
        let changes = kind == RegistrationKind::ParametersChange;
        if self.is_1_05() {
            return Request::FormRegistration105(RegistrationForm105 {
                time,
                user_inn: form.user_inn,
                rnm: form.rnm,
                tax_systems: form.tax_systems,
                work_mode: form.work_mode,
                reason: changes.then_some(ChangeReason::KktSettings),
            });
        }
        let reason = match kind {
            RegistrationKind::First => None,
            RegistrationKind::DriveChange => Some(RegistrationReason::DriveChange),
            RegistrationKind::ParametersChange => Some(RegistrationReason::Place),
        };
        Request::FormRegistration(RegistrationForm {
            reasons: reason.map(|reason| RegistrationReasons::of([reason])),
            ..form
        })
    }

    pub(crate) fn register(
        self,
        host: &mut Local,
        kind: RegistrationKind,
        time: LocalDateTime,
    ) -> Formed {
        host.done(self.begin(kind));
        self.pass(host, &super::registration_data_of(self.ffd));
        match host.call(&self.form(kind, time)) {
            Ok(Answer::Formed(document)) => document,
            other => panic!("{self:?}: {other:?}"),
        }
    }

    pub(crate) fn open_shift(self, host: &mut Local, time: LocalDateTime) -> Answer {
        host.done(Request::BeginShiftOpening(time));
        self.pass(host, &reports::open_shift(self.ffd).host_tlv().unwrap());
        host.call(&Request::OpenShift).unwrap()
    }

    pub(crate) fn close_shift(self, host: &mut Local, time: LocalDateTime) -> Answer {
        host.done(Request::BeginShiftClosing(time));
        self.pass(host, &reports::close_shift(self.ffd).host_tlv().unwrap());
        host.call(&Request::CloseShift).unwrap()
    }

    /// 123.45.
    pub(crate) fn receipt(
        self,
        host: &mut Local,
        time: LocalDateTime,
        sign: OperationSign,
    ) -> Answer {
        host.done(Request::BeginReceipt(time));
        self.pass(host, &reports::receipt(self.ffd).host_tlv().unwrap());
        host.call(&self.form_receipt(time, sign)).unwrap()
    }

    pub(crate) fn correction(self, host: &mut Local, time: LocalDateTime) -> Answer {
        host.done(Request::BeginCorrection(time));
        self.pass(host, &reports::correction(self.ffd).host_tlv().unwrap());
        host.call(&self.form_receipt(time, OperationSign::Income))
            .unwrap()
    }

    pub(crate) fn form_receipt(self, time: LocalDateTime, operation: OperationSign) -> Request {
        Request::FormReceipt {
            time,
            operation,
            total: super::sum(12_345),
        }
    }

    pub(crate) fn settlements(self, host: &mut Local, time: LocalDateTime) -> Answer {
        host.done(Request::BeginSettlements(time));
        if self.is_1_05() {
            let mut data = ffd::Writer::new();
            data.ffd(ffd::Tag::FFD_VERSION, self.ffd).unwrap();
            host.done(Request::PassData(data.finish()));
        }
        host.call(&Request::FormSettlements).unwrap()
    }

    pub(crate) fn close_archive(self, host: &mut Local, time: LocalDateTime) -> Formed {
        host.done(Request::BeginArchiveClosing);
        self.pass(host, &reports::close_archive(self.ffd).host_tlv().unwrap());
        match host.call(&super::close_archive(time)) {
            Ok(Answer::Formed(document)) => document,
            other => panic!("{self:?}: {other:?}"),
        }
    }

    /// Passes TLV in parts that the generation takes.
    pub(crate) fn pass(self, host: &mut Local, tlv: &[u8]) {
        for piece in ffd::split_for_drive(tlv, self.generation.max_data()).unwrap() {
            host.done(Request::PassData(piece.to_vec()));
        }
    }
}

/// The data of the answer to a command, and its code without the warning bit.
pub(crate) fn raw(host: &mut Local, command: u8, data: &[u8]) -> (u8, Vec<u8>) {
    let frame = fn_proto::encode_request(command, data.to_vec());
    let mut decoder = fn_proto::Decoder::new();
    decoder.push(&host.port().exchange(&frame));
    let frame = decoder.next_frame().unwrap().unwrap();
    (frame.code & 0x7F, frame.data)
}

/// The text of a file of captured bytes.
pub(crate) fn fixture(name: &str) -> String {
    let folder = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../protocol-fixtures/fn"
    ));
    fs::read_to_string(folder.join(name)).unwrap()
}
