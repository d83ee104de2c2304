//! Units of quantities: tag 2108, before FFD 1.2 the text of tag 1197.

use terms::FfdVersion;

use super::{
    error::{TaskError, code},
    node::Node,
};

/// The code of «another unit».
const OTHER: u8 = 255;

/// Code of 2108, the driver's word (GENERAL KNOWLEDGE), the unit as people write it.
const MEASURES: [(u8, &str, &str); 24] = [
    (0, "piece", "шт."),
    (10, "gram", "г"),
    (11, "kilogram", "кг"),
    (12, "ton", "т"),
    (20, "centimeter", "см"),
    (21, "decimeter", "дм"),
    (22, "meter", "м"),
    (30, "squareCentimeter", "кв. см"),
    (31, "squareDecimeter", "кв. дм"),
    (32, "squareMeter", "кв. м"),
    (40, "milliliter", "мл"),
    (41, "liter", "л"),
    (42, "cubicMeter", "куб. м"),
    (50, "kilowattHour", "кВт·ч"),
    (51, "gkal", "Гкал"),
    (70, "day", "сутки"),
    (71, "hour", "час"),
    (72, "minute", "мин"),
    (73, "second", "с"),
    (80, "kilobyte", "Кбайт"),
    (81, "megabyte", "Мбайт"),
    (82, "gigabyte", "Гбайт"),
    (83, "terabyte", "Тбайт"),
    (OTHER, "otherUnits", "иное"),
];

/// The unit of a line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Measure {
    /// Tag 2108.
    pub(super) code: u8,
    /// Tag 1197.
    pub(super) text: Option<String>,
}

impl Measure {
    /// Reads `measurementUnit`: a code or a text. FFD 1.2 has no free texts: a unit that its list
    /// lacks is «another» there, with a warning.
    pub(super) fn read(node: &Node<'_>, ffd: FfdVersion) -> Result<Self, TaskError> {
        let word = node.word()?;
        if word.is_empty() {
            return Ok(Self::default());
        }
        let plain = |text: &str| text.replace([' ', '.'], "").to_lowercase();
        let number: Option<u8> = word.parse().ok();
        let known = MEASURES.iter().find(|(code, name, unit)| {
            number == Some(*code) || *name == word || plain(unit) == plain(&word)
        });
        match (known, ffd) {
            (None, _) if number.is_some() => {
                Err(node.wrong(code::PARSE, format!("меры {word} нет среди мер количества")))
            }
            (Some((code, ..)), FfdVersion::V1_2) => Ok(Self {
                code: *code,
                text: None,
            }),
            (None, FfdVersion::V1_2) => {
                tracing::warn!(unit = word, "a unit is not on the list of FFD 1.2");
                Ok(Self {
                    code: OTHER,
                    text: None,
                })
            }
            (Some((_, _, unit)), _) if number.is_some() => Ok(Self {
                code: 0,
                text: Some((*unit).to_owned()),
            }),
            (_, _) => Ok(Self {
                code: 0,
                text: Some(word),
            }),
        }
    }
}
