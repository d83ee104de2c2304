use terms::{FfdVersion, RegistrationReason, RegistrationReasons, TaxSystems};

use crate::{
    Additional, AgentKinds, Cashier, Counters, Element, EncodeError, Form, Head, ParseError, Place,
    ReregistrationReason, Tag, Tree, UsageConditions, Value, Writer,
    additional::OF_REGISTRATION,
    fields::{Fields, number},
    host_limit,
};

/// A registration report (form 1), or a report on changed parameters (form 11): what the host
/// passes to the drive. The registration command itself carries the rest, the reasons of a change
/// (1101, 1205) among them.
///
/// What is registered is [`RegistrationFacts`]. From the command of FFD 1.2 the drive learns it
/// whole; those of FFD 1.05 and 1.1 have no place for some of it, and the host passes that, too:
/// see [`RegistrationReport::host_tlv_with`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegistrationReport {
    /// The version of the format.
    pub ffd: FfdVersion,
    /// Наименование пользователя (1048), at most 256 characters.
    pub user_name: String,
    /// Where settlements are made (1009, 1187).
    pub settlement: Place,
    /// Who registers (1021, 1203).
    pub cashier: Cashier,
    /// Заводской номер ККТ (1013), at most 20 characters.
    pub serial: String,
    /// Версия ККТ (1188), at most 8 characters.
    pub kkt_version: String,
    /// The highest version of the format that the ККТ knows (1189).
    pub kkt_ffd: FfdVersion,
    /// Наименование ОФД (1046); none for offline mode.
    pub ofd_name: Option<String>,
    /// Адрес сайта ФНС (1060); none for offline mode.
    pub fns_site: Option<String>,
    /// The e-mail address that electronic receipts come from (1117); none for offline mode.
    pub sender_email: Option<String>,
    /// Номер автомата (1036), when registered for automatic mode.
    pub automat_number: Option<String>,
    /// What the user adds (1274, 1275; FFD 1.2).
    pub additional: Option<Additional>,
    /// Requisites that this type has no field for, in the order of the document.
    pub other: Vec<Element>,
}

impl RegistrationReport {
    /// The TLV that the host passes with commands 07h: all of it in FFD 1.2.
    ///
    /// # Errors
    /// When a value does not fit its tag, or the whole exceeds what a drive takes.
    pub fn host_tlv(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::with_limit(host_limit(Form::Registration));
        self.write(&mut writer)?;
        Ok(writer.finish())
    }

    /// The TLV that the host passes with commands 07h in any version: [`Self::host_tlv`] and what
    /// of `facts` and `ofd_inn` the command of that version does not tell the drive (ФН protocol
    /// §2.3, §3.7):
    ///
    /// * FFD 1.05: 1017, 1057, 1221 and, where set, 1126, 1193, 1207;
    /// * FFD 1.1: 1057;
    /// * FFD 1.2: nothing.
    ///
    /// # Errors
    /// When a value does not fit its tag, or the whole exceeds what a drive takes.
    pub fn host_tlv_with(
        &self,
        facts: &RegistrationFacts,
        ofd_inn: Option<&str>,
    ) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::with_limit(host_limit(Form::Registration));
        self.write_with(facts, ofd_inn, &mut writer)?;
        Ok(writer.finish())
    }

    pub(crate) fn write_with(
        &self,
        facts: &RegistrationFacts,
        ofd_inn: Option<&str>,
        writer: &mut Writer,
    ) -> Result<(), EncodeError> {
        let is_old = self.ffd == FfdVersion::V1_05;
        if let Some(inn) = ofd_inn.filter(|_| is_old) {
            writer.text(Tag::OFD_INN, inn)?;
        }
        if let Some(kinds) = facts.agent_kinds.filter(|_| self.ffd != FfdVersion::V1_2) {
            writer.byte(Tag::AGENT_KINDS, kinds.bits())?;
        }
        if is_old {
            let has = |bit| facts.conditions.has(bit);
            writer.flag(
                Tag::PRINTER_IN_AUTOMAT,
                has(UsageConditions::PRINTER_IN_AUTOMAT),
            )?;
            for (tag, bit) in [
                (Tag::LOTTERY, UsageConditions::LOTTERY),
                (Tag::GAMBLING, UsageConditions::GAMBLING),
                (Tag::EXCISE, UsageConditions::EXCISE),
            ] {
                if has(bit) {
                    writer.flag(tag, true)?;
                }
            }
        }
        self.write(writer)
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.text(Tag::USER_NAME, &self.user_name)?;
        self.settlement.write(writer)?;
        self.cashier.write(writer)?;
        let texts = [
            (Tag::OFD_NAME, self.ofd_name.as_ref()),
            (Tag::FNS_SITE, self.fns_site.as_ref()),
            (Tag::SENDER_EMAIL, self.sender_email.as_ref()),
            (Tag::KKT_SERIAL, Some(&self.serial)),
            (Tag::KKT_VERSION, Some(&self.kkt_version)),
            (Tag::AUTOMAT_NUMBER, self.automat_number.as_ref()),
        ];
        for (tag, text) in texts {
            if let Some(text) = text {
                writer.text(tag, text)?;
            }
        }
        if let Some(additional) = &self.additional {
            additional.write(OF_REGISTRATION, writer)?;
        }
        writer.ffd(Tag::KKT_FFD, self.kkt_ffd)?;
        for element in &self.other {
            writer.element(element.tag, &element.value)?;
        }
        if self.ffd == FfdVersion::V1_05 {
            writer.ffd(Tag::FFD_VERSION, self.ffd)?;
        }
        Ok(())
    }
}

/// What a registration fixes for all documents after it, as far as their check needs it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RegistrationFacts {
    /// The version of the format (1209).
    pub ffd: FfdVersion,
    /// Системы налогообложения (1062).
    pub tax_systems: TaxSystems,
    /// Признак агента (1057). None when the registration does not say, as in FFD 1.2, where the
    /// tag is gone.
    pub agent_kinds: Option<AgentKinds>,
    /// Автономный режим: no operator (1002).
    pub offline: bool,
    /// Автоматический режим: no person (1001).
    pub automatic: bool,
    /// Шифрование (1056).
    pub encryption: bool,
    /// Признаки условий применения (1290; before FFD 1.2 gathered from single tags).
    pub conditions: UsageConditions,
}

impl RegistrationFacts {
    /// The reasons that the changes since the registration `before` amount to (FFD documents §3,
    /// tag 1205). Changes that facts do not show have reasons too: another drive, ОФД, name, place,
    /// agent's work.
    pub fn reasons_since(&self, before: &Self) -> RegistrationReasons {
        use RegistrationReason as Reason;
        let mut reasons = RegistrationReasons::default();
        if self.tax_systems != before.tax_systems {
            reasons = reasons.with(Reason::TaxSystems);
        }
        if self.ffd != before.ffd {
            reasons = reasons.with(Reason::FfdVersion);
        }
        let condition = |bit| (before.conditions.has(bit), self.conditions.has(bit));
        for ((was, is), begun, ended) in [
            (
                (before.offline, self.offline),
                Reason::TransferToOffline,
                Reason::OfflineToTransfer,
            ),
            (
                (before.automatic, self.automatic),
                Reason::AttendedToAutomatic,
                Reason::AutomaticToAttended,
            ),
            (
                condition(UsageConditions::STRICT_FORMS),
                Reason::StrictFormsBegun,
                Reason::StrictFormsEnded,
            ),
            (
                condition(UsageConditions::INTERNET_ONLY),
                Reason::PrintingToInternet,
                Reason::InternetToPrinting,
            ),
            (
                condition(UsageConditions::GAMBLING),
                Reason::GamblingBegun,
                Reason::GamblingEnded,
            ),
            (
                condition(UsageConditions::LOTTERY),
                Reason::LotteryBegun,
                Reason::LotteryEnded,
            ),
        ] {
            match (was, is) {
                (false, true) => reasons = reasons.with(begun),
                (true, false) => reasons = reasons.with(ended),
                _ => {}
            }
        }
        reasons
    }

    fn read(ffd: FfdVersion, fields: &mut Fields) -> Result<Self, ParseError> {
        Ok(Self {
            ffd,
            tax_systems: fields.required(Tag::TAX_SYSTEMS, |value| {
                TaxSystems::from_bits(value.as_byte()?).ok()
            })?,
            agent_kinds: fields.optional(Tag::AGENT_KINDS, |value| {
                AgentKinds::from_bits(value.as_byte()?).ok()
            }),
            offline: fields.flag(Tag::OFFLINE_MODE),
            automatic: fields.flag(Tag::AUTOMATIC_MODE),
            encryption: fields.flag(Tag::ENCRYPTION),
            conditions: UsageConditions::read(fields),
        })
    }
}

/// A registration as a drive stored it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredRegistration {
    /// First registration or change.
    pub form: Form,
    /// What every document of a drive says.
    pub head: Head,
    /// ИНН ОФД (1017) as it stands; none for offline mode.
    pub ofd_inn: Option<String>,
    /// What it fixes for later documents.
    pub facts: RegistrationFacts,
    /// Коды причин изменения сведений (1205); none in form 1 and in FFD 1.05.
    pub change_reasons: Option<RegistrationReasons>,
    /// Коды причины перерегистрации (1101, FFD 1.05).
    pub reregistration_reasons: Vec<ReregistrationReason>,
    /// Счетчики итогов ФН (1157), when another drive follows, from FFD 1.1 on.
    pub drive_counters: Option<Counters>,
    /// Ресурс ключей ФП in days (1213).
    pub key_resource_days: Option<u16>,
    /// Версия ФФД ФН (1190).
    pub drive_ffd: Option<u8>,
    /// What the host passed.
    pub report: RegistrationReport,
}

impl StoredRegistration {
    /// Reads the inside of a registration document.
    ///
    /// # Errors
    /// When a tag that makes a registration is missing, repeated or impossible.
    pub fn read(form: Form, tree: Tree) -> Result<Self, ParseError> {
        let mut fields = Fields::new(tree, None)?;
        let head = Head::read(&mut fields)?;
        let reason = |value: &Value| ReregistrationReason::from_code(value.as_byte()?);
        Ok(Self {
            form,
            ofd_inn: fields.text(Tag::OFD_INN),
            facts: RegistrationFacts::read(head.ffd, &mut fields)?,
            change_reasons: fields.optional(Tag::CHANGE_REASONS, |value| {
                number(value).map(RegistrationReasons::from_bits)
            }),
            reregistration_reasons: fields.each(Tag::REREGISTRATION_REASON, reason),
            drive_counters: fields.optional(Tag::DRIVE_COUNTERS, Counters::read),
            key_resource_days: fields.optional(Tag::KEY_RESOURCE_DAYS, number),
            drive_ffd: fields.optional(Tag::DRIVE_FFD, Value::as_byte),
            report: read_report(head.ffd, fields)?,
            head,
        })
    }
}

fn read_report(ffd: FfdVersion, mut fields: Fields) -> Result<RegistrationReport, ParseError> {
    Ok(RegistrationReport {
        ffd,
        user_name: fields.required_text(Tag::USER_NAME)?,
        settlement: Place {
            address: fields.required_text(Tag::SETTLEMENT_ADDRESS)?,
            place: fields.required_text(Tag::SETTLEMENT_PLACE)?,
        },
        cashier: Cashier::read(&mut fields).ok_or(ParseError::Missing {
            tag: Tag::CASHIER,
            parent: None,
        })?,
        serial: fields.required_text(Tag::KKT_SERIAL)?,
        kkt_version: fields.required_text(Tag::KKT_VERSION)?,
        kkt_ffd: fields.required(Tag::KKT_FFD, |value| {
            FfdVersion::from_code(value.as_byte()?).ok()
        })?,
        ofd_name: fields.text(Tag::OFD_NAME),
        fns_site: fields.text(Tag::FNS_SITE),
        sender_email: fields.text(Tag::SENDER_EMAIL),
        automat_number: fields.text(Tag::AUTOMAT_NUMBER),
        additional: Additional::read(OF_REGISTRATION, &mut fields),
        other: fields.rest(),
    })
}
