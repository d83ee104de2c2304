use serde_json::Value;
use terms::{Kopecks, LocalDate};

use super::{
    decimal::Decimal,
    error::{TaskError, code},
};

/// The longest text, characters. In a document they have 256 at most.
const TEXT_MAX: usize = 1_024;
/// The most elements of an array: beyond this no document fits a drive.
const ELEMENTS_MAX: usize = 1_000;

/// A value of a task with its dotted path, which errors name.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    value: &'a Value,
    path: String,
}

impl<'a> Node<'a> {
    /// A whole task.
    pub(super) const fn root(value: &'a Value) -> Self {
        Self {
            value,
            path: String::new(),
        }
    }

    /// An error about this value.
    pub(super) fn wrong(&self, code: u16, why: impl std::fmt::Display) -> TaskError {
        let path = match self.path.as_str() {
            "" => "задание",
            path => path,
        };
        TaskError::new(code, format!("Ошибка в поле «{path}»: {why}"))
    }

    /// The field of this name; null stands for nothing.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Self {
            value,
            path: self.below(name),
        })
    }

    /// The field of this name.
    pub(super) fn required(&self, name: &str) -> Result<Self, TaskError> {
        let missing = || {
            let path = self.below(name);
            TaskError::new(code::PARSE, format!("Нет обязательного поля «{path}»"))
        };
        self.get(name).ok_or_else(missing)
    }

    /// The object of this name.
    pub(super) fn get_object(&self, name: &str) -> Result<Option<Self>, TaskError> {
        self.get(name).map(Self::object).transpose()
    }

    /// This, which has to be an object.
    pub(super) fn object(self) -> Result<Self, TaskError> {
        match self.value {
            Value::Object(_) => Ok(self),
            _ => Err(self.wrong(code::PARSE, "нужен объект")),
        }
    }

    /// The elements of the array of this name; none when it is left out.
    pub(super) fn elements(&self, name: &str) -> Result<Vec<Self>, TaskError> {
        let Some(array) = self.get(name) else {
            return Ok(Vec::new());
        };
        let Value::Array(values) = array.value else {
            return Err(array.wrong(code::PARSE, "нужен массив"));
        };
        if values.len() > ELEMENTS_MAX {
            let why = format!("больше {ELEMENTS_MAX} элементов");
            return Err(array.wrong(code::PARSE, why));
        }
        let element = |(place, value)| Self {
            value,
            path: format!("{}[{place}]", array.path),
        };
        Ok(values.iter().enumerate().map(element).collect())
    }

    /// The texts of the array of this name.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, TaskError> {
        let elements = self.elements(name)?;
        elements
            .iter()
            .map(|it| Ok(it.text()?.to_owned()))
            .collect()
    }

    /// A text.
    pub(super) fn text(&self) -> Result<&'a str, TaskError> {
        match self.value {
            Value::String(text) if text.chars().count() <= TEXT_MAX => Ok(text),
            Value::String(_) => {
                Err(self.wrong(code::PARSE, format!("длиннее {TEXT_MAX} символов")))
            }
            _ => Err(self.wrong(code::PARSE, "нужна строка")),
        }
    }

    /// The text of this name; an empty one stands for nothing.
    pub(super) fn get_text(&self, name: &str) -> Result<Option<String>, TaskError> {
        let Some(field) = self.get(name) else {
            return Ok(None);
        };
        let text = field.text()?;
        Ok((!text.trim().is_empty()).then(|| text.to_owned()))
    }

    /// A text that is read by its own rule.
    pub(super) fn parsed<T>(&self) -> Result<T, TaskError>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        let parsed = self.text()?.trim().parse();
        parsed.map_err(|error| self.wrong(code::PARSE, error))
    }

    /// The value of this name that is read by its own rule; an empty one stands for nothing.
    pub(super) fn get_parsed<T>(&self, name: &str) -> Result<Option<T>, TaskError>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        match self.get_text(name)? {
            Some(_) => self.required(name)?.parsed().map(Some),
            None => Ok(None),
        }
    }

    /// A word, or the digits of a number: what stands for a value of an enumeration.
    pub(super) fn word(&self) -> Result<String, TaskError> {
        match self.value {
            Value::Number(number) => Ok(number.to_string()),
            _ => self.text().map(|text| text.trim().to_owned()),
        }
    }

    /// A decimal. The driver demands numbers, but a known gateway sends strings (ATOL web requests
    /// §12 item 6): they are taken, with a warning.
    pub(super) fn decimal(&self) -> Result<Decimal, TaskError> {
        let read = match self.value {
            Value::Number(number) => Decimal::read(&number.to_string()),
            Value::String(text) => {
                tracing::warn!(field = self.path, "a number came as a string");
                Decimal::read(text.trim())
            }
            _ => None,
        };
        read.ok_or_else(|| self.wrong(code::PARSE, "нужно число"))
    }

    /// Roubles, rounded to the kopeck (ATOL web requests §10.1); not less than nothing.
    pub(super) fn money(&self) -> Result<Kopecks, TaskError> {
        let decimal = self.decimal()?;
        if !decimal.fits(2) {
            tracing::warn!(field = self.path, "a sum was rounded to the kopeck");
        }
        let kopecks = decimal.rounded(2).and_then(|it| i64::try_from(it).ok());
        let kopecks = kopecks.and_then(|it| Kopecks::new(it).ok());
        match kopecks {
            Some(kopecks) if kopecks >= Kopecks::ZERO => Ok(kopecks),
            Some(_) => Err(self.wrong(code::PARSE, "сумма меньше нуля")),
            None => Err(self.wrong(code::PARSE, "сумма слишком велика")),
        }
    }

    /// A day, `2026.11.22` (ATOL web requests §10.2); `22.11.2026` and `2026-11-22` are taken, too
    /// \[unverified\].
    pub(super) fn date(&self) -> Result<LocalDate, TaskError> {
        let text = self.text()?.trim();
        let (year, month, day) =
            date_parts(text).ok_or_else(|| self.wrong(code::PARSE, "нужна дата ГГГГ.ММ.ДД"))?;
        LocalDate::new(year, month, day).map_err(|error| self.wrong(code::PARSE, error))
    }

    fn below(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }
}

/// Year, month and day of a date in one of the written forms.
pub(super) fn date_parts(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.split(['.', '-']);
    let (one, month, three) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || ![one, month, three].into_iter().all(is_number) {
        return None;
    }
    let (year, day) = match (one.len(), three.len()) {
        (4, 2) => (one, three),
        (2, 4) => (three, one),
        _ => return None,
    };
    let month = (month.len() == 2).then_some(month)?;
    Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}
