use terms::LocalDate;

use crate::{
    EncodeError, Tag, Value, Writer,
    fields::{Fields, text},
};

/// What a correction receipt corrects: tags 1173 and 1174 {1178, 1179}.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Correction {
    /// The day of the settlement that is corrected (1178).
    pub date: LocalDate,
    /// The number of the tax authority's order (1179), at most 32 characters. None when the user
    /// corrects of his own accord (1173 = 0).
    pub order: Option<String>,
}

impl Correction {
    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.flag(Tag::CORRECTION_TYPE, self.order.is_some())?;
        writer.nested(Tag::CORRECTION_BASIS, |basis| {
            let midnight = self.date.at(0, 0).map_err(|reason| EncodeError::Value {
                tag: Tag::CORRECTED_DATE,
                reason,
            })?;
            basis.time(Tag::CORRECTED_DATE, midnight)?;
            match &self.order {
                Some(number) => basis.text(Tag::ORDER_NUMBER, number),
                None => Ok(()),
            }
        })
    }

    /// The correction of a document; none when it is no correction or says it otherwise.
    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        let correction = fields.optional(Tag::CORRECTION_BASIS, |value| {
            let inside = value.as_list()?.clone();
            let mut inside = Fields::new(inside, Some(Tag::CORRECTION_BASIS)).ok()?;
            let date = inside.optional(Tag::CORRECTED_DATE, Value::as_time)?.date();
            let order = inside.optional(Tag::ORDER_NUMBER, text);
            inside.rest().is_empty().then_some(Self { date, order })
        })?;
        fields.optional(Tag::CORRECTION_TYPE, |value| {
            (value.as_byte()? == u8::from(correction.order.is_some())).then_some(())
        });
        Some(correction)
    }
}
