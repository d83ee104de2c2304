use terms::{FfdVersion, Kopecks, OperationSign, ReceiptNumber, ShiftNumber, TaxSystem};

use crate::{
    Buyer, Cashier, Correction, Element, EncodeError, Form, Head, Line, ParseError, Payments,
    Place, ReceiptDetails, RegistrationFacts, Tag, Tree, UsageConditions, UserProperty, Value,
    VatTotals, Writer,
    fields::{Fields, number},
    host_limit,
};

/// A receipt, or a correction receipt when [`Receipt::correction`] is set: what the host passes to
/// a drive. The drive adds its own tags (see [`crate::is_formed_by_drive`]).
///
/// VAT totals are not here: they follow from the lines.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// The version of the format; the drive's registration fixes it.
    pub ffd: FfdVersion,
    /// Признак расчета (1054); the drive gets it with command 16h.
    pub operation: OperationSign,
    /// Применяемая система налогообложения (1055).
    pub tax_system: TaxSystem,
    /// The settlement subjects (1059).
    pub lines: Vec<Line>,
    /// How it is settled (1031, 1081, 1215, 1216, 1217).
    pub payments: Payments,
    /// Where (1009, 1187).
    pub settlement: Option<Place>,
    /// Наименование пользователя (1048).
    pub user_name: Option<String>,
    /// Who makes the settlement (1021, 1203); none for automatic devices and the Internet.
    pub cashier: Option<Cashier>,
    /// Where the electronic receipt goes: an e-mail address or a telephone number `+79…` (1008).
    pub buyer_contact: Option<String>,
    /// The e-mail address that it comes from (1117).
    pub sender_email: Option<String>,
    /// The buyer, when he must be named (1256; 1227 and 1228 before FFD 1.2).
    pub buyer: Option<Buyer>,
    /// Признак расчета в «Интернет» (1125).
    pub internet: bool,
    /// Признак ККТ для расчетов только в Интернет (1108).
    pub internet_only: bool,
    /// Номер автомата (1036).
    pub automat_number: Option<String>,
    /// Адрес сайта ФНС (1060).
    pub fns_site: Option<String>,
    /// Дополнительный реквизит чека (1192), at most 16 characters.
    pub additional: Option<String>,
    /// Дополнительный реквизит пользователя (1084).
    pub user_property: Option<UserProperty>,
    /// What it corrects (1173, 1174), for a correction receipt.
    pub correction: Option<Correction>,
    /// What few receipts say: agents before FFD 1.2, industry's and operational requisites.
    pub details: Option<Box<ReceiptDetails>>,
    /// Requisites that this type has no field for, in the order of the document.
    pub other: Vec<Element>,
}

impl Receipt {
    /// A receipt with nothing but its lines and payments.
    pub const fn new(
        ffd: FfdVersion,
        operation: OperationSign,
        tax_system: TaxSystem,
        lines: Vec<Line>,
        payments: Payments,
    ) -> Self {
        Self {
            ffd,
            operation,
            tax_system,
            lines,
            payments,
            settlement: None,
            user_name: None,
            cashier: None,
            buyer_contact: None,
            sender_email: None,
            buyer: None,
            internet: false,
            internet_only: false,
            automat_number: None,
            fns_site: None,
            additional: None,
            user_property: None,
            correction: None,
            details: None,
            other: Vec::new(),
        }
    }

    /// Receipt or correction receipt. A basis of correction that [`Correction`] cannot hold is
    /// among [`Receipt::other`] and makes a correction, too.
    pub fn form(&self) -> Form {
        let is_basis = |element: &Element| element.tag == Tag::CORRECTION_BASIS;
        if self.correction.is_some() || self.other.iter().any(is_basis) {
            Form::Correction
        } else {
            Form::Receipt
        }
    }

    /// The form that a drive registered as `facts` say makes of it: the host passes the same, and
    /// the drive of an АС БСО (1110, in FFD 1.2 bit 2 of 1290) makes a БСО (INFERRED from the bit
    /// of the registration, the only place where a drive is told).
    pub fn form_at(&self, facts: &RegistrationFacts) -> Form {
        let strict = facts.conditions.has(UsageConditions::STRICT_FORMS);
        match self.form() {
            Form::Correction if strict => Form::StrictFormCorrection,
            Form::Receipt if strict => Form::StrictForm,
            form => form,
        }
    }

    /// Сумма расчета (1020): the sum of the payments. The drive gets it with command 16h.
    ///
    /// # Errors
    /// When it leaves the range of money.
    pub fn total(&self) -> terms::Result<Kopecks> {
        self.payments.total()
    }

    /// The VAT totals that follow from the lines; those of the details when there are no lines.
    ///
    /// # Errors
    /// When a sum leaves the range of money.
    pub fn vat_totals(&self) -> terms::Result<VatTotals> {
        if let Some(details) = self.details.as_ref().filter(|_| self.lines.is_empty()) {
            return Ok(details.vat_totals);
        }
        VatTotals::of_lines(&self.lines)
    }

    /// The TLV that the host passes with commands 07h.
    ///
    /// # Errors
    /// When a value does not fit its tag, or the whole exceeds what a drive takes.
    pub fn host_tlv(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::with_limit(host_limit(self.form()));
        self.write(&mut writer)?;
        Ok(writer.finish())
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        if let Some(cashier) = &self.cashier {
            cashier.write(writer)?;
        }
        if let Some(correction) = &self.correction {
            correction.write(writer)?;
        }
        for line in &self.lines {
            line.write(self.ffd, writer)?;
        }
        if let Some(number) = &self.automat_number {
            writer.text(Tag::AUTOMAT_NUMBER, number)?;
        }
        writer.byte(Tag::TAX_SYSTEM, self.tax_system.bit())?;
        self.payments.write(writer)?;
        if let Some(site) = &self.fns_site {
            writer.text(Tag::FNS_SITE, site)?;
        }
        self.vat_totals()
            .map_err(|reason| EncodeError::Value {
                tag: Tag::RECEIPT_VAT_SUM,
                reason,
            })?
            .write(writer)?;
        self.write_parties(writer)?;
        if let Some(details) = &self.details {
            details.write(writer)?;
        }
        for element in &self.other {
            writer.element(element.tag, &element.value)?;
        }
        if self.ffd == FfdVersion::V1_05 {
            writer.ffd(Tag::FFD_VERSION, self.ffd)?;
        }
        Ok(())
    }

    fn write_parties(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        let texts = [
            (Tag::USER_NAME, &self.user_name),
            (Tag::BUYER_CONTACT, &self.buyer_contact),
            (Tag::SENDER_EMAIL, &self.sender_email),
            (Tag::RECEIPT_PROPERTY, &self.additional),
        ];
        for (tag, text) in texts {
            if let Some(text) = text {
                writer.text(tag, text)?;
            }
        }
        if let Some(settlement) = &self.settlement {
            settlement.write(writer)?;
        }
        for (tag, flag) in [
            (Tag::INTERNET_ONLY, self.internet_only),
            (Tag::INTERNET_SETTLEMENT, self.internet),
        ] {
            if flag {
                writer.flag(tag, true)?;
            }
        }
        if let Some(property) = &self.user_property {
            property.write(writer)?;
        }
        if let Some(buyer) = &self.buyer {
            buyer.write(self.ffd, writer)?;
        }
        Ok(())
    }
}

/// A receipt as a drive stored it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredReceipt {
    /// Its form: a receipt, a БСО, or a correction of either.
    pub form: Form,
    /// What every document of a drive says.
    pub head: Head,
    /// Номер смены (1038).
    pub shift: ShiftNumber,
    /// Номер чека за смену (1042).
    pub number: ReceiptNumber,
    /// Сумма расчета (1020).
    pub total: Kopecks,
    /// What the host passed.
    pub receipt: Receipt,
    /// The VAT totals as they stand, which may differ from those that follow from the lines.
    pub vat_totals: VatTotals,
    /// Tag 1200 of each line as it stands.
    pub line_vat_sums: Vec<Option<Kopecks>>,
}

impl StoredReceipt {
    /// Reads the inside of a receipt document.
    ///
    /// # Errors
    /// When a tag that makes a receipt is missing, repeated or impossible.
    pub fn read(form: Form, tree: Tree) -> Result<Self, ParseError> {
        let mut fields = Fields::new(tree, None)?;
        let head = Head::read(&mut fields)?;
        let ffd = head.ffd;
        let mut lines = Vec::new();
        let mut line_vat_sums = Vec::new();
        for (number, value) in (1..).zip(fields.all(Tag::ITEM)) {
            if let Value::List(tree) = value {
                let (line, vat_sum) =
                    Line::read(ffd, tree).map_err(|error| error.inside(Tag::ITEM, number))?;
                lines.push(line);
                line_vat_sums.push(vat_sum);
            }
        }
        let operation = fields.required(Tag::OPERATION_SIGN, |value| {
            OperationSign::from_code(value.as_byte()?).ok()
        })?;
        let tax_system = fields.required(Tag::TAX_SYSTEM, |value| {
            TaxSystem::from_bit(value.as_byte()?).ok()
        })?;
        let shift = ShiftNumber(fields.required(Tag::SHIFT_NUMBER, number)?);
        let receipt_number = ReceiptNumber(fields.required(Tag::RECEIPT_NUMBER, number)?);
        let total = fields.required(Tag::TOTAL, Value::as_money)?;
        let payments = Payments::read(&mut fields)?;
        let vat_totals = VatTotals::read(&mut fields);
        let mut receipt = Receipt::new(ffd, operation, tax_system, lines, payments);
        read_parties(&mut receipt, &mut fields);
        let own = receipt.lines.is_empty().then_some(vat_totals);
        receipt.details = ReceiptDetails::read(&mut fields, own.unwrap_or_default());
        receipt.other = fields.rest();
        Ok(Self {
            form,
            head,
            shift,
            number: receipt_number,
            total,
            receipt,
            vat_totals,
            line_vat_sums,
        })
    }
}

fn read_parties(receipt: &mut Receipt, fields: &mut Fields) {
    receipt.cashier = Cashier::read(fields);
    receipt.correction = Correction::read(fields);
    receipt.user_name = fields.text(Tag::USER_NAME);
    receipt.buyer_contact = fields.text(Tag::BUYER_CONTACT);
    receipt.sender_email = fields.text(Tag::SENDER_EMAIL);
    receipt.buyer = Buyer::read(receipt.ffd, fields);
    receipt.internet = fields.flag(Tag::INTERNET_SETTLEMENT);
    receipt.internet_only = fields.flag(Tag::INTERNET_ONLY);
    receipt.automat_number = fields.text(Tag::AUTOMAT_NUMBER);
    receipt.fns_site = fields.text(Tag::FNS_SITE);
    receipt.additional = fields.text(Tag::RECEIPT_PROPERTY);
    receipt.user_property = UserProperty::read(fields);
    receipt.settlement = Place::read(fields);
}
