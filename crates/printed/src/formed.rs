use ffd::{Document, Element, Form, ParseError, StoredReceipt, Tag, Tree, UnixTime, Value};
use terms::{
    DocumentNumber, DriveNumber, FfdVersion, FiscalSign, Kopecks, LocalDateTime, OperationSign,
    ReceiptNumber, ShiftNumber,
};

/// A receipt as the journal knows it: what was passed to the drive, and what the drive has answered
/// and is registered for. Together they are what the drive has stored.
#[derive(Clone, Debug)]
pub struct FormedReceipt<'a> {
    /// The TLV passed with commands 07h.
    pub host_tlv: &'a [u8],
    /// The version of the format (1209).
    pub ffd: FfdVersion,
    /// Номер ФН (1041).
    pub drive: DriveNumber,
    /// РНМ (1037); empty when it is not known.
    pub rnm: String,
    /// ИНН пользователя (1018).
    pub user_inn: String,
    /// Номер ФД (1040).
    pub number: DocumentNumber,
    /// Its time (1012).
    pub time: LocalDateTime,
    /// ФПД (1077).
    pub sign: FiscalSign,
    /// Номер смены (1038).
    pub shift: ShiftNumber,
    /// Номер чека за смену (1042), from 1; 0 when it is not known, and then it is not shown.
    pub receipt_number: ReceiptNumber,
    /// Признак расчета (1054).
    pub operation: OperationSign,
    /// Сумма расчета (1020).
    pub total: Kopecks,
}

impl FormedReceipt<'_> {
    /// The document. It is a correction when the host has passed a basis for one (1174). The two
    /// service bytes of tag 1077 are not known and are zero here.
    ///
    /// # Errors
    /// When the host's TLV is none, or lacks what makes a receipt.
    pub fn document(&self) -> Result<Document, ParseError> {
        let host = Tree::parse(self.host_tlv)?;
        let form = match host.get(Tag::CORRECTION_BASIS) {
            Some(_) => Form::Correction,
            None => Form::Receipt,
        };
        let mut elements = self.elements()?;
        if host.get(Tag::FFD_VERSION).is_none() {
            let version = Value::Byte(self.ffd.code());
            elements.push(element(Tag::FFD_VERSION, version));
        }
        elements.extend(host.0);
        let receipt = StoredReceipt::read(form, Tree(elements))?;
        Ok(Document::Receipt(Box::new(receipt)))
    }

    /// What the drive forms itself.
    fn elements(&self) -> Result<Vec<Element>, ParseError> {
        let wrong = |tag| move |reason| ParseError::Value { tag, reason };
        let time = UnixTime::try_from(self.time).map_err(wrong(Tag::DATE_TIME))?;
        let total = u64::try_from(self.total.get()).map_err(|_| ParseError::Value {
            tag: Tag::TOTAL,
            reason: terms::TermError::new("total", self.total, "it is not negative"),
        })?;
        let mut sign = vec![0, 0];
        sign.extend(self.sign.0.to_be_bytes());
        Ok(vec![
            element(Tag::DRIVE_NUMBER, Value::Text(self.drive.to_string())),
            element(Tag::RNM, Value::Text(self.rnm.clone())),
            element(Tag::USER_INN, Value::Text(self.user_inn.clone())),
            element(Tag::DOCUMENT_NUMBER, Value::Uint32(self.number.get())),
            element(Tag::DATE_TIME, Value::UnixTime(time)),
            element(Tag::FISCAL_SIGN, Value::Bytes(sign)),
            element(Tag::SHIFT_NUMBER, Value::Uint32(self.shift.get().into())),
            element(
                Tag::RECEIPT_NUMBER,
                Value::Uint32(self.receipt_number.get().into()),
            ),
            element(Tag::OPERATION_SIGN, Value::Byte(self.operation.code())),
            element(Tag::TOTAL, Value::Vln(total)),
        ])
    }
}

const fn element(tag: Tag, value: Value) -> Element {
    Element { tag, value }
}
