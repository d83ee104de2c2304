use terms::LocalDate;

use crate::{EncodeError, Tag, Value, Writer, fields::Fields};

/// What a correction receipt corrects: tags 1173 and 1174 {1178, 1179, before order
/// ЕД-7-20/662@ also 1177}.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Correction {
    /// The day of the settlement that is corrected (1178).
    pub date: LocalDate,
    /// The number of the tax authority's order (1179), at most 32 characters. None when the user
    /// corrects of his own accord (1173 = 0).
    pub order: Option<String>,
    /// What else corrections of FFD 1.05 say, which had a basis on paper in either case.
    pub paper: Option<Box<CorrectionPaper>>,
}

/// The paper behind a correction, as FFD 1.05 had it before order ЕД-7-20/662@.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CorrectionPaper {
    /// Наименование основания (1177), at most 256 characters.
    pub name: Option<String>,
    /// The number of the user's own paper (1179), at most 32 characters; counts for nothing beside
    /// the number of an order.
    pub number: Option<String>,
}

impl Correction {
    /// The user corrects a settlement of `date` of his own accord.
    pub const fn own(date: LocalDate) -> Self {
        Self {
            date,
            order: None,
            paper: None,
        }
    }

    /// A settlement of `date` is corrected by the tax authority's order of this number.
    pub fn by_order(date: LocalDate, number: impl Into<String>) -> Self {
        Self {
            order: Some(number.into()),
            ..Self::own(date)
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.flag(Tag::CORRECTION_TYPE, self.order.is_some())?;
        writer.nested(Tag::CORRECTION_BASIS, |basis| {
            let paper = self.paper.as_deref();
            if let Some(name) = paper.and_then(|paper| paper.name.as_ref()) {
                basis.text(Tag::CORRECTION_DESCRIPTION, name)?;
            }
            let midnight = self.date.at(0, 0).map_err(|reason| EncodeError::Value {
                tag: Tag::CORRECTED_DATE,
                reason,
            })?;
            basis.time(Tag::CORRECTED_DATE, midnight)?;
            let own = || paper.and_then(|paper| paper.number.as_ref());
            match self.order.as_ref().or_else(own) {
                Some(number) => basis.text(Tag::ORDER_NUMBER, number),
                None => Ok(()),
            }
        })
    }

    /// The correction of a document; none, and nothing taken, when it is no correction or says it
    /// otherwise. Where the optional 1173 is absent, a number is that of an order (INFERRED).
    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        let by_order = match fields.peek(Tag::CORRECTION_TYPE) {
            None => None,
            Some(Value::Byte(0)) => Some(false),
            Some(Value::Byte(1)) => Some(true),
            Some(_) => return None,
        };
        let read = |value: &Value| Self::read_basis(by_order, value);
        let correction = fields.optional(Tag::CORRECTION_BASIS, read)?;
        fields.optional(Tag::CORRECTION_TYPE, |_| Some(()));
        Some(correction)
    }

    fn read_basis(by_order: Option<bool>, value: &Value) -> Option<Self> {
        let inside = value.as_list()?.clone();
        let mut inside = Fields::new(inside, Some(Tag::CORRECTION_BASIS)).ok()?;
        let midnight = inside.optional(Tag::CORRECTED_DATE, Value::as_time)?;
        let number = inside.text(Tag::ORDER_NUMBER);
        let (order, number) = match by_order.unwrap_or(number.is_some()) {
            true => (Some(number?), None),
            false => (None, number),
        };
        let name = inside.text(Tag::CORRECTION_DESCRIPTION);
        let paper = CorrectionPaper { name, number };
        let correction = Self {
            date: midnight.date(),
            order,
            paper: (paper != CorrectionPaper::default()).then(|| Box::new(paper)),
        };
        inside.is_empty().then_some(correction)
    }
}
