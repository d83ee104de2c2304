//! Receipts on paper, had we a printer: text, pages, QR codes.

use journal::{KktRow, ReceiptState};
use printed::{FormedReceipt, Printed, Surroundings};
use terms::{FiscalSign, Id, ReceiptNumber, ShiftNumber};

use crate::{Desk, DeskError, DocumentView, ReceiptView};

/// A receipt in the form for people.
#[derive(Clone, Debug)]
pub struct PrintedReceipt {
    /// Where it stands.
    pub state: ReceiptState,
    /// Whether it is a fiscal document. If not, `printed` says what it waits for.
    pub is_formed: bool,
    /// What is shown.
    pub printed: Printed,
}

impl PrintedReceipt {
    /// The QR code as SVG; none when there is no fiscal document.
    pub fn qr_svg(&self) -> Option<String> {
        printed::qr_svg(&self.printed.qr?.to_string())
    }
}

impl ReceiptView {
    /// What is passed to the drive, tag by tag; nothing when the bytes cannot be read (`kassette
    /// check` tells why).
    pub fn tags(&self) -> Vec<printed::Entry> {
        let tree = ffd::Tree::parse(&self.tlv);
        tree.map(|tree| printed::entries(&tree)).unwrap_or_default()
    }
}

impl Desk {
    /// A receipt in the form for people: the document as its drive has stored it, or a notice of
    /// what it waits for. None when there is no such receipt.
    ///
    /// # Errors
    /// When the journal cannot be read, or what it holds of the receipt is no document.
    pub fn printed_receipt(&self, id: Id) -> Result<Option<PrintedReceipt>, DeskError> {
        let Some(view) = self.receipt(id)? else {
            return Ok(None);
        };
        let printed = match &view.document {
            Some(document) => self.print(&view, document)?,
            None => notice(&view),
        };
        Ok(Some(PrintedReceipt {
            state: view.state,
            is_formed: view.document.is_some(),
            printed,
        }))
    }

    fn print(&self, view: &ReceiptView, document: &DocumentView) -> Result<Printed, DeskError> {
        let organisation = &self.setup().organisation;
        let KktRow {
            rnm,
            user_inn,
            serial,
        } = self.reader().kkt_of(&document.drive)?.unwrap_or_default();
        let formed = FormedReceipt {
            host_tlv: &view.tlv,
            ffd: view.receipt.ffd,
            drive: document.drive.parse()?,
            rnm: rnm.unwrap_or_default(),
            user_inn: user_inn.unwrap_or_else(|| organisation.inn.to_string()),
            number: terms::DocumentNumber(document.number),
            time: document.time.parse()?,
            sign: FiscalSign(document.fiscal_sign),
            shift: ShiftNumber(document.shift),
            receipt_number: ReceiptNumber(document.receipt_number.unwrap_or(0)),
            operation: view.receipt.operation,
            total: view.receipt.total,
        };
        let stored = formed.document().map_err(|why| DeskError::Unprintable {
            receipt: view.id,
            why,
        })?;
        let around = Surroundings {
            kkt_serial: serial,
            is_emulated: document.emulated,
            ..Surroundings::default()
        };
        Ok(Printed::of(&stored, &around))
    }
}

/// What is told of a receipt that is no document yet, or will never be one.
fn notice(view: &ReceiptView) -> Printed {
    let state = match view.state {
        ReceiptState::Queued => "Чек принят и ждет накопителя.",
        ReceiptState::OnDrive => "Чек передан в накопитель и оформляется.",
        ReceiptState::Held => "Чек не оформлен: его должен посмотреть человек.",
        ReceiptState::InDoubt => {
            "Чек под вопросом: накопитель не ответил, оформил ли он его. Это выяснится, когда он \
             снова будет на связи."
        }
        ReceiptState::Refused => "Чек не оформлен и оформлен не будет.",
        ReceiptState::Fiscalized | ReceiptState::Acknowledged => {
            "Чек оформлен, но его документа в журнале нет: выполните kassette check."
        }
    };
    let total = format!("Сумма чека: {}.", view.receipt.total);
    let state_name = format!("Состояние: {}.", view.state.name());
    let mut words = vec![state, &total, &state_name];
    let reason = view.reason.as_ref().map(|why| format!("Причина: {why}"));
    words.extend(reason.as_deref());
    Printed::notice("Фискального документа нет", &words)
}
