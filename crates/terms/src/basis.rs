//! Why a correction is made: what has to be kept for each (receipt rules §4.3).

use std::{fmt, str::FromStr};

use crate::{DocumentNumber, DriveNumber, FiscalSign, LocalDate, Result, TermError};

/// Why a settlement is restored or a receipt corrected (receipt rules §4.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ReasonCode {
    /// What told of the settlement never came: a bank's registry was lost.
    LostSource,
    /// The sum was wrong.
    WrongAmount,
    /// The VAT rate was wrong.
    WrongVat,
    /// The tax system (tag 1055) was wrong.
    WrongSno,
    /// One settlement has two receipts.
    Duplicate,
    /// It was paid in another kind: cash, cashless, offset.
    WrongKind,
    /// Service, month, account or supplier was wrong.
    WrongSubject,
    /// The tax service did not accept the document.
    Rejected,
    /// It was known too late for an ordinary receipt.
    Late,
    /// The tax office has ordered it (tag 1173 = 1).
    Order,
}

/// A paper of one's own that tells of the failure (служебная записка, объяснительная).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Act {
    /// Its number.
    pub number: String,
    /// Its day.
    pub date: LocalDate,
    /// Who has written it.
    pub author: String,
}

/// The tax office's order to correct (tags 1179, 1178).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OrderOfOffice {
    /// Its number.
    pub number: String,
    /// Its day.
    pub date: LocalDate,
    /// Which office has given it.
    pub authority: String,
}

/// The fiscal document that is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct WrongDocument {
    /// In which drive it is.
    pub drive: DriveNumber,
    /// Номер ФД.
    pub number: DocumentNumber,
    /// ФПД.
    pub sign: FiscalSign,
    /// Its day.
    pub date: LocalDate,
}

/// Why a correction is made (receipt rules §4.3). Who has approved it, and by which plan, is known of
/// the restoration that it belongs to, if to one.
///
/// What follows from the settlement itself may be left open: it is filled in where the operation is
/// accepted, and what is kept is [complete](Basis::is_complete).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Basis {
    /// Why.
    pub reason: ReasonCode,
    /// The day of the settlement (tag 1178); none: as its correction says.
    pub settlement_date: Option<LocalDate>,
    /// What tells of the settlement: an operation of a bank, a registry and its line, a payment
    /// order.
    pub source_doc: Option<String>,
    /// The document that is wrong; none: that of the receipt which is corrected, if one is.
    pub wrong_doc: Option<WrongDocument>,
    /// One's own paper about it.
    pub act: Option<Act>,
    /// The order of the tax office.
    pub order: Option<OrderOfOffice>,
    /// What else there is to say; may be empty.
    pub comment: String,
}

impl ReasonCode {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::LostSource,
        Self::WrongAmount,
        Self::WrongVat,
        Self::WrongSno,
        Self::Duplicate,
        Self::WrongKind,
        Self::WrongSubject,
        Self::Rejected,
        Self::Late,
        Self::Order,
    ];

    /// The word used by API, journal and papers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LostSource => "lost_source",
            Self::WrongAmount => "wrong_amount",
            Self::WrongVat => "wrong_vat",
            Self::WrongSno => "wrong_sno",
            Self::Duplicate => "duplicate",
            Self::WrongKind => "wrong_kind",
            Self::WrongSubject => "wrong_subject",
            Self::Rejected => "rejected",
            Self::Late => "late",
            Self::Order => "order",
        }
    }

    /// The reason in Russian, as papers say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::LostSource => "утерян источник данных о расчётах",
            Self::WrongAmount => "неверная сумма",
            Self::WrongVat => "неверная ставка НДС",
            Self::WrongSno => "неверная система налогообложения",
            Self::Duplicate => "чек сформирован дважды",
            Self::WrongKind => "неверная форма оплаты",
            Self::WrongSubject => "неверный предмет расчёта",
            Self::Rejected => "документ не принят налоговым органом",
            Self::Late => "расчёт стал известен с опозданием",
            Self::Order => "предписание налогового органа",
        }
    }
}

impl FromStr for ReasonCode {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.name() == text)
            .ok_or_else(|| {
                TermError::new(
                    "reason code",
                    text,
                    "one of lost_source, wrong_amount, wrong_vat, wrong_sno, duplicate, \
                     wrong_kind, wrong_subject, rejected, late, order",
                )
            })
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Basis {
    /// The longest text of a basis, in characters.
    pub const MAX_TEXT: usize = 1_000;

    /// The basis that says only why.
    pub const fn new(reason: ReasonCode) -> Self {
        Self {
            reason,
            settlement_date: None,
            source_doc: None,
            wrong_doc: None,
            act: None,
            order: None,
            comment: String::new(),
        }
    }

    /// Whether it says what has to be kept: the day of the settlement, and what tells of it or which
    /// document is wrong (receipt rules §4.3).
    pub const fn is_complete(&self) -> bool {
        self.settlement_date.is_some() && (self.source_doc.is_some() || self.wrong_doc.is_some())
    }

    /// Checks its texts: none is longer than [`Basis::MAX_TEXT`] or has control characters but line
    /// breaks in the comment, and none but the comment is empty.
    ///
    /// # Errors
    /// Which one cannot be.
    pub fn check(&self) -> Result<()> {
        let act = self
            .act
            .iter()
            .flat_map(|act| [("act's number", &act.number), ("act's author", &act.author)]);
        let order = self.order.iter().flat_map(|order| {
            [
                ("order's number", &order.number),
                ("order's authority", &order.authority),
            ]
        });
        let source = self
            .source_doc
            .iter()
            .map(|source| ("source document", source));
        for (what, text) in act.chain(order).chain(source) {
            if text.trim().is_empty() {
                return Err(TermError::new(what, text, "it is not empty"));
            }
            check_text(what, text, false)?;
        }
        check_text("comment", &self.comment, true)
    }
}

fn check_text(what: &'static str, text: &str, lines: bool) -> Result<()> {
    if text.chars().nth(Basis::MAX_TEXT).is_some() {
        return Err(TermError::new(what, text, "it has at most 1000 characters"));
    }
    if text
        .chars()
        .any(|it| it.is_control() && !(lines && it == '\n'))
    {
        return Err(TermError::new(what, text, "it has no control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_needs_a_day_and_something_that_tells_of_the_settlement() {
        let mut basis = Basis::new(ReasonCode::LostSource);
        assert!(!basis.is_complete());
        basis.settlement_date = Some("2026-03-02".parse().unwrap());
        assert!(!basis.is_complete());
        basis.source_doc = Some("реестр 17, строка 4".to_owned());
        assert!(basis.is_complete());
        assert!(basis.check().is_ok());
        basis.source_doc = Some("  ".to_owned());
        assert!(basis.check().is_err());
    }

    #[test]
    fn every_reason_is_read_by_its_name() {
        for reason in ReasonCode::ALL {
            assert_eq!(reason.name().parse(), Ok(reason));
        }
        assert!("wrong".parse::<ReasonCode>().is_err());
    }
}
