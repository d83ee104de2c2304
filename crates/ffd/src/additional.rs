use crate::{EncodeError, Tag, Writer, fields::Fields};

/// What a user adds to a report (дополнительный реквизит and дополнительные данные): one pair of
/// tags for each report, 1274/1275 … 1282/1283, in FFD 1.2 only.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Additional {
    /// The requisite (1274, 1276, 1278, 1280, 1282): at most 32 characters.
    pub text: Option<String>,
    /// The data (1275, 1277, 1279, 1281, 1283): at most 32 bytes.
    pub data: Option<Vec<u8>>,
}

impl Additional {
    pub(crate) fn write(
        &self,
        (text, data): (Tag, Tag),
        writer: &mut Writer,
    ) -> Result<(), EncodeError> {
        if let Some(own) = &self.text {
            writer.text(text, own)?;
        }
        match &self.data {
            Some(own) => writer.bytes(data, own),
            None => Ok(()),
        }
    }

    pub(crate) fn read((text_tag, data_tag): (Tag, Tag), fields: &mut Fields) -> Option<Self> {
        let read = Self {
            text: fields.text(text_tag),
            data: fields.optional(data_tag, |value| value.as_bytes().map(<[u8]>::to_vec)),
        };
        (read != Self::default()).then_some(read)
    }
}

/// A requisite without data.
impl From<&str> for Additional {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// A requisite without data.
impl From<String> for Additional {
    fn from(text: String) -> Self {
        Self {
            text: Some(text),
            data: None,
        }
    }
}

/// The two tags in each report.
pub(crate) const OF_REGISTRATION: (Tag, Tag) = (Tag::REGISTRATION_PROPERTY, Tag::REGISTRATION_DATA);
pub(crate) const OF_OPEN_SHIFT: (Tag, Tag) = (Tag::OPEN_SHIFT_PROPERTY, Tag::OPEN_SHIFT_DATA);
pub(crate) const OF_CLOSE_SHIFT: (Tag, Tag) = (Tag::CLOSE_SHIFT_PROPERTY, Tag::CLOSE_SHIFT_DATA);
pub(crate) const OF_CURRENT_STATE: (Tag, Tag) =
    (Tag::CURRENT_STATE_PROPERTY, Tag::CURRENT_STATE_DATA);
pub(crate) const OF_CLOSE_ARCHIVE: (Tag, Tag) =
    (Tag::CLOSE_ARCHIVE_PROPERTY, Tag::CLOSE_ARCHIVE_DATA);
