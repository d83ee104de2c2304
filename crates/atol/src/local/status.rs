//! Tasks without a receipt: questions about the drive that answers, shifts, and what a cassette has
//! no part for (ATOL web requests §10).

use desk::{DeskError, DriveFacts, Phase, ShiftReport, SlotState, SlotView, WarningFlags};
use serde_json::{Value, json};
use terms::{LocalDateTime, TaxSystems};

use super::{
    Face, slots,
    task::{Kind, Question, TaskError, code, tax_system_word},
};

/// A shift lasts so many minutes at most.
const SHIFT_MINUTES: i64 = 24 * 60;
/// The columns of a receipt's text.
const COLUMNS: u8 = 48;

/// The drive that answers.
struct Asked<'a> {
    face: &'a Face,
    slot: &'a SlotView,
    drive: &'a str,
    facts: &'a DriveFacts,
}

/// What is answered to a task without a receipt, or why it is not done.
pub(super) async fn answer(
    face: &Face,
    device: Option<&str>,
    kind: Kind,
) -> Result<Result<Option<Value>, TaskError>, DeskError> {
    match kind {
        Kind::NoEffect => return Ok(Ok(None)),
        Kind::NotOffered { .. } | Kind::Receipt { .. } => {
            let why = "Здесь это задание не выполняется: накопителями распоряжается Kassette";
            return Ok(Err(TaskError::new(code::NOT_SUPPORTED, why)));
        }
        Kind::Shift(_) | Kind::Question(_) => {}
    }
    let cassette = face.desk.cassette().await?;
    let Some(slot) = slots::answering(cassette, device) else {
        let why = "Нет накопителя, который мог бы ответить";
        return Ok(Err(TaskError::new(code::NO_DRIVE, why)));
    };
    let (Some(drive), Some(facts)) = (slot.drive.as_deref(), slot.facts.as_deref()) else {
        let why = format!("Накопитель в гнезде {} не прочитан", slot.slot);
        return Ok(Err(TaskError::new(code::NO_LINK, why)));
    };
    let slot = &slot;
    let asked = Asked {
        face,
        slot,
        drive,
        facts,
    };
    match kind {
        Kind::Shift(report) => asked.shift_report(report),
        Kind::Question(question) => asked.question(question).map(Some),
        Kind::NoEffect | Kind::NotOffered { .. } | Kind::Receipt { .. } => Ok(None),
    }
    .map(Ok)
}

impl Asked<'_> {
    fn question(&self, question: Question) -> Result<Value, DeskError> {
        match question {
            Question::DeviceInfo => self.device_info(),
            Question::DeviceStatus => Ok(self.device_status()),
            Question::ShiftStatus => self.shift_status(),
            Question::FnInfo => Ok(self.fn_info()),
            Question::FnStatus => self.fn_status(),
            Question::OfdExchange => self.ofd_exchange(),
            Question::Registration => Ok(self.registration()),
        }
    }

    /// `openShift`, `closeShift`. The cassette opens and closes shifts by itself, so nothing happens
    /// here: told is the last report of the kind that the drive has formed. Without one, and for
    /// `openShift` while no shift is open, the task is ready without a result; the next receipt
    /// opens the shift.
    fn shift_report(&self, kind: ShiftReport) -> Result<Option<Value>, DeskError> {
        if kind == ShiftReport::Opening && !self.slot.shift_open {
            return Ok(None);
        }
        let Some(report) = self.face.desk.shift_report(self.drive, kind)? else {
            return Ok(None);
        };
        let mut params = json!({
            "fiscalDocumentNumber": report.number,
            "fiscalDocumentDateTime": self.face.zoned(&report.time),
            "fiscalDocumentSign": report.fiscal_sign.to_string(),
            "fnNumber": self.drive,
            "registrationNumber": self.slot.rnm,
            "shiftNumber": report.shift,
            "fnsUrl": self.face.desk.setup().organisation.fns_site,
        });
        if kind == ShiftReport::Closing {
            params["receiptsCount"] = report.receipts.into();
        }
        Ok(Some(json!({"fiscalParams": params, "warnings": null})))
    }

    /// The number of the model is \[unverified\]: 0 stands for none of ATOL's.
    fn device_info(&self) -> Result<Value, DeskError> {
        let register = self.face.desk.register_of(self.drive)?;
        Ok(json!({"deviceInfo": {
            "firmwareVersion": env!("CARGO_PKG_VERSION"),
            "configurationVersion": env!("CARGO_PKG_VERSION"),
            "model": 0,
            "modelName": "Kassette",
            "serial": register.serial,
            "receiptLineLength": COLUMNS,
            "receiptLineLengthPix": 0,
            "ffdVersion": self.face.desk.setup().ffd().title(),
            "fnFfdVersion": self.facts.format().title(),
        }}))
    }

    /// There is neither a cover nor paper nor a drawer: they are told so that no client waits.
    fn device_status(&self) -> Value {
        let now = self.face.desk.clock().local();
        let state = self.slot.state;
        let works = [SlotState::Ready, SlotState::Working, SlotState::Resting];
        let is_fiscal = self.facts.status.phase == Phase::Fiscal;
        json!({"deviceStatus": {
            "blocked": !works.contains(&state),
            "coverOpened": false,
            "currentDateTime": self.face.zoned(&now.to_string()),
            "fiscal": self.facts.registration.is_some(),
            "fnFiscal": is_fiscal,
            "fnPresent": true,
            "paperPresent": true,
            "cashDrawerOpened": false,
            "shift": self.shift_state(),
        }})
    }

    fn shift_status(&self) -> Result<Value, DeskError> {
        let expires = self.expires().map(|end| self.face.zoned(&end.to_string()));
        Ok(json!({"shiftStatus": {
            "number": self.slot.shift.unwrap_or(0),
            "expiredTime": expires,
            "state": self.shift_state(),
            "documentsCount": self.receipts()?,
        }}))
    }

    /// How many registrations there were is not kept: 30h…43h of the drive do not tell it.
    fn fn_info(&self) -> Value {
        let facts = self.facts;
        let phase = match facts.status.phase {
            Phase::Factory => "init",
            Phase::Ready => "configured",
            Phase::Fiscal => "fiscalMode",
            Phase::PostFiscal => "postFiscalMode",
            Phase::ArchiveOnly => "accessArchive",
            Phase::Unknown(_) => "unknown",
        };
        json!({"fnInfo": {
            "serial": self.drive,
            "version": facts.version,
            "execution": facts.model,
            "ffdVersion": self.face.desk.setup().ffd().title(),
            "fnFfdVersion": facts.format().title(),
            "numberOfRegistrations": null,
            "registrationsRemaining": facts.registrations_left,
            "validityDate": facts.until.map(|day| self.face.zoned(&format!("{day}T00:00"))),
            "livePhase": phase,
            "warnings": self.warnings(),
        }})
    }

    fn fn_status(&self) -> Result<Value, DeskError> {
        Ok(json!({"fnStatus": {
            "fiscalDocumentNumber": self.slot.last_document.unwrap_or(0),
            "fiscalReceiptNumber": self.receipts()?,
            "warnings": self.warnings(),
        }}))
    }

    fn ofd_exchange(&self) -> Result<Value, DeskError> {
        let first = match self.slot.backlog {
            0 => None,
            _ => self.face.desk.first_unacknowledged(self.drive)?,
        };
        let trouble = self.slot.ofd_trouble.as_deref();
        let fine = json!({"code": 0, "description": "Ошибок нет"});
        // Which layer has failed is told by the words; the numbers of the layers are (unverified).
        let network = match trouble {
            Some(why) => json!({"code": 1, "description": why}),
            None => fine.clone(),
        };
        let time = first.as_ref().map(|(_, time)| self.face.zoned(time));
        let number = first.as_ref().map(|(number, _)| number.get());
        Ok(json!({
            "status": {
                "notSentCount": self.slot.backlog,
                "notSentFirstDocDateTime": time,
                "notSentFirstDocNumber": number.unwrap_or(0),
                "lastSuccessKeysUpdate": null,
            },
            "errors": {
                "fnCommandCode": 0,
                "documentNumber": number.filter(|_| trouble.is_some()).unwrap_or(0),
                "fn": fine,
                "network": network,
                "ofd": fine,
                "lastSuccessConnectionDateTime": null,
            },
            "warnings": {"dataForSendIsEmpty": self.slot.backlog == 0},
        }))
    }

    /// The names inside are GENERAL KNOWLEDGE.
    fn registration(&self) -> Value {
        let setup = self.face.desk.setup();
        let organisation = &setup.organisation;
        let totals = self.facts.registration.as_ref();
        let systems = totals.and_then(|it| TaxSystems::from_bits(it.tax_systems).ok());
        let systems = systems.unwrap_or(organisation.tax_systems);
        let words: Vec<&str> = systems.iter().map(tax_system_word).collect();
        let ofd = self.slot.ofd.as_ref();
        json!({
            "organization": {
                "name": organisation.name,
                "vatin": totals.map_or_else(
                    || organisation.inn.to_string(),
                    |totals| totals.user_inn.to_string(),
                ),
                "address": organisation.address,
                "email": organisation.sender_email,
                "taxationTypes": words,
                "agents": [],
            },
            "device": {
                "registrationNumber": self.slot.rnm,
                "ffdVersion": setup.ffd().title(),
                "fnsUrl": organisation.fns_site,
                "paymentsAddress": organisation.place,
                "service": true,
                "internet": false,
                "offlineMode": false,
            },
            "ofd": {
                "vatin": ofd.map(|ofd| ofd.inn.as_str()),
                "name": ofd.and_then(|ofd| ofd.name.as_deref()),
                "host": ofd.and_then(|ofd| ofd.address.as_deref()),
            },
        })
    }

    /// Which flags mean which warning is INFERRED from their names.
    fn warnings(&self) -> Value {
        let flags = self.facts.status.warnings;
        json!({
            "criticalError": flags.contains(WarningFlags::FAILURE),
            "memoryOverflow": flags.archive_full(),
            "needReplacement": flags.replace_now(),
            "ofdTimeout": flags.ofd_silent(),
            "resourceExhausted": flags.resource_ends(),
        })
    }

    /// The receipts of the shift.
    fn receipts(&self) -> Result<u32, DeskError> {
        let kind = match self.slot.shift_open {
            true => ShiftReport::Opening,
            false => ShiftReport::Closing,
        };
        let report = self.face.desk.shift_report(self.drive, kind)?;
        Ok(report.map_or(0, |report| report.receipts))
    }

    fn shift_state(&self) -> &'static str {
        let now = self.face.desk.clock().local();
        match self.slot.shift_open {
            false => "closed",
            true if self.expires().is_some_and(|end| end <= now) => "expired",
            true => "opened",
        }
    }

    fn expires(&self) -> Option<LocalDateTime> {
        let opened = self.slot.shift_opened?;
        opened.plus_minutes(SHIFT_MINUTES).ok()
    }
}
