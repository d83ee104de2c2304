use std::fmt;

use crate::Tag;

/// The form of a fiscal document: the number of its outer element and the data type of the
/// container that carries it (FFD documents §1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Form {
    /// Отчет о регистрации.
    Registration = 1,
    /// Отчет об изменении параметров регистрации.
    RegistrationChange = 11,
    /// Отчет об открытии смены.
    OpenShift = 2,
    /// Отчет о текущем состоянии расчетов.
    CurrentState = 21,
    /// Кассовый чек.
    Receipt = 3,
    /// БСО.
    StrictForm = 4,
    /// Кассовый чек коррекции.
    Correction = 31,
    /// БСО коррекции.
    StrictFormCorrection = 41,
    /// Отчет о закрытии смены.
    CloseShift = 5,
    /// Отчет о закрытии фискального накопителя.
    CloseArchive = 6,
    /// Подтверждение оператора.
    OperatorConfirmation = 7,
    /// Запрос о коде маркировки.
    MarkingRequest = 81,
    /// Уведомление о реализации маркированного товара.
    MarkingNotification = 82,
    /// Ответ на запрос о коде маркировки.
    MarkingAnswer = 83,
    /// Квитанция на уведомление.
    MarkingReceipt = 84,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 15] = [
        Self::Registration,
        Self::RegistrationChange,
        Self::OpenShift,
        Self::CurrentState,
        Self::Receipt,
        Self::StrictForm,
        Self::Correction,
        Self::StrictFormCorrection,
        Self::CloseShift,
        Self::CloseArchive,
        Self::OperatorConfirmation,
        Self::MarkingRequest,
        Self::MarkingNotification,
        Self::MarkingAnswer,
        Self::MarkingReceipt,
    ];

    /// The number in documents and containers.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The form with this number; none when no such form exists.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.code() == code)
    }

    /// Its place in [`Form::ALL`].
    pub(crate) const fn place(self) -> usize {
        match self {
            Self::Registration => 0,
            Self::RegistrationChange => 1,
            Self::OpenShift => 2,
            Self::CurrentState => 3,
            Self::Receipt => 4,
            Self::StrictForm => 5,
            Self::Correction => 6,
            Self::StrictFormCorrection => 7,
            Self::CloseShift => 8,
            Self::CloseArchive => 9,
            Self::OperatorConfirmation => 10,
            Self::MarkingRequest => 11,
            Self::MarkingNotification => 12,
            Self::MarkingAnswer => 13,
            Self::MarkingReceipt => 14,
        }
    }

    /// Its bit in sets of forms.
    pub(crate) const fn bit(self) -> u16 {
        1 << self.place()
    }

    /// The outer element of the document.
    pub const fn tag(self) -> Tag {
        Tag(self as u16)
    }

    /// The form whose outer element `tag` is.
    pub fn from_tag(tag: Tag) -> Option<Self> {
        u8::try_from(tag.0).ok().and_then(Self::from_code)
    }

    /// The Russian name.
    pub fn title(self) -> &'static str {
        self.tag().info().map_or("", |info| info.title)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_stands_at_its_place() {
        for (place, form) in Form::ALL.into_iter().enumerate() {
            assert_eq!(form.place(), place, "{form:?}");
            assert_eq!(Form::from_code(form.code()), Some(form));
        }
    }
}
