//! Reading an object field by field, with the path of whatever is wrong.

use std::cell::{Cell, RefCell};

use desk::ready::Quantity;
use serde_json::{Map, Value};
use terms::{Inn, Kopecks, LocalDate};

use super::{answer::Fault, stamp};

/// How bodies are read.
#[derive(Debug)]
pub(super) struct Reading {
    /// Whether unknown fields are refused.
    pub(super) strict: bool,
    /// Whether numbers may be strings.
    pub(super) numeric_strings: bool,
    /// Where a number was one.
    pub(super) string_seen: Cell<bool>,
}

/// An object of a body, and which of its fields were read.
///
/// A field that is `null` counts as absent, and so does an empty text that may be absent: clients
/// write both (ATOL Online protocol §12).
pub(super) struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
    read: RefCell<Vec<&'static str>>,
    reading: &'a Reading,
}

impl<'a> Fields<'a> {
    /// The object at `path`; empty: the body itself.
    pub(super) fn of(value: &'a Value, path: &str, reading: &'a Reading) -> Result<Self, Fault> {
        let map = value.as_object().ok_or_else(|| {
            let path = if path.is_empty() { "body" } else { path };
            Fault::field(path, "it is an object")
        })?;
        Ok(Self {
            path: path.to_owned(),
            map,
            read: RefCell::default(),
            reading,
        })
    }

    /// The path of a field.
    pub(super) fn path(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    /// What is wrong with a field.
    pub(super) fn fault(&self, name: &str, rule: impl std::fmt::Display) -> Fault {
        Fault::field(&self.path(name), rule)
    }

    /// Refuses what is absent.
    pub(super) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, Fault> {
        value.ok_or_else(|| self.fault(name, "it is required"))
    }

    /// The value of a field.
    pub(super) fn value(&self, name: &'static str) -> Option<&'a Value> {
        self.read.borrow_mut().push(name);
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// A text of at most `max` characters, none of which is a control character.
    pub(super) fn text(&self, name: &'static str, max: usize) -> Result<Option<&'a str>, Fault> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let text = value
            .as_str()
            .ok_or_else(|| self.fault(name, "it is a string"))?;
        let length = text.chars().count();
        if length > max {
            return Err(self.fault(
                name,
                format!("it has at most {max} characters, not {length}"),
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(self.fault(name, "it has no control characters"));
        }
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }

    pub(super) fn required_text(&self, name: &'static str, max: usize) -> Result<&'a str, Fault> {
        let text = self.text(name, max)?;
        self.required(name, text)
    }

    /// The same as a value of its own.
    pub(super) fn owned(&self, name: &'static str, max: usize) -> Result<Option<String>, Fault> {
        Ok(self.text(name, max)?.map(str::to_owned))
    }

    /// One of few words.
    pub(super) fn word<T>(
        &self,
        name: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let Some(text) = self.text(name, 64)? else {
            return Ok(None);
        };
        match read(text) {
            Some(value) => Ok(Some(value)),
            None => Err(self.fault(name, format!("«{text}» is none of the words it may be"))),
        }
    }

    /// A term written as its text.
    pub(super) fn term<T: std::str::FromStr<Err = terms::TermError>>(
        &self,
        name: &'static str,
        max: usize,
    ) -> Result<Option<T>, Fault> {
        let text = self.text(name, max)?;
        let value = text.map(str::parse).transpose();
        value.map_err(|error| self.fault(name, error))
    }

    pub(super) fn inn(&self, name: &'static str) -> Result<Option<Inn>, Fault> {
        self.term(name, 12)
    }

    /// A day, `dd.mm.yyyy`.
    pub(super) fn day(&self, name: &'static str) -> Result<Option<LocalDate>, Fault> {
        let Some(text) = self.text(name, 10)? else {
            return Ok(None);
        };
        let day = stamp::read_day(text);
        day.map(Some)
            .ok_or_else(|| self.fault(name, format!("«{text}» is no day: dd.mm.yyyy")))
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, Fault> {
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let flag = value.as_bool();
        flag.map(Some)
            .ok_or_else(|| self.fault(name, "it is true or false"))
    }

    /// A whole number; a string only where the set-up allows it.
    pub(super) fn integer(&self, name: &'static str) -> Result<Option<u64>, Fault> {
        let number = self.numeral(name)?;
        let read = number.as_deref().map(str::parse).transpose();
        read.map_err(|_| self.fault(name, "it is a whole number, not less than 0"))
    }

    /// A sum in roubles, not less than nothing.
    pub(super) fn money(&self, name: &'static str) -> Result<Option<Kopecks>, Fault> {
        let Some(number) = self.numeral(name)? else {
            return Ok(None);
        };
        let sum: Kopecks = number
            .parse()
            .map_err(|error: terms::TermError| self.fault(name, error))?;
        if sum.get() < 0 {
            return Err(self.fault(name, "it is not less than 0"));
        }
        Ok(Some(sum))
    }

    pub(super) fn required_money(&self, name: &'static str) -> Result<Kopecks, Fault> {
        let sum = self.money(name)?;
        self.required(name, sum)
    }

    /// A quantity of at most `decimals` digits after the point.
    pub(super) fn quantity(&self, name: &'static str, decimals: u8) -> Result<Quantity, Fault> {
        let number = self.numeral(name)?;
        let number = self.required(name, number)?;
        let quantity: Quantity = number
            .parse()
            .map_err(|error: terms::TermError| self.fault(name, error))?;
        if quantity.is_zero() || quantity.decimals() > decimals {
            let rule = format!("it is more than 0, with at most {decimals} digits after the point");
            return Err(self.fault(name, rule));
        }
        Ok(quantity)
    }

    /// The digits of a number as they were written: never a binary fraction. Zeros at the end that
    /// say nothing are dropped, as some clients write `100.500`.
    fn numeral(&self, name: &'static str) -> Result<Option<String>, Fault> {
        let digits = match self.value(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) if self.reading.numeric_strings => {
                self.reading.string_seen.set(true);
                text.clone()
            }
            Some(_) => return Err(self.fault(name, "it is a number")),
        };
        Ok(Some(match digits.split_once('.') {
            Some((whole, decimals)) if !decimals.is_empty() => {
                match decimals.trim_end_matches('0') {
                    "" => whole.to_owned(),
                    decimals => format!("{whole}.{decimals}"),
                }
            }
            _ => digits,
        }))
    }

    pub(super) fn object(&self, name: &'static str) -> Result<Option<Fields<'a>>, Fault> {
        let value = self.value(name);
        let object = value.map(|value| Fields::of(value, &self.path(name), self.reading));
        object.transpose()
    }

    pub(super) fn required_object(&self, name: &'static str) -> Result<Fields<'a>, Fault> {
        let object = self.object(name)?;
        self.required(name, object)
    }

    /// The elements of a list, with their paths; at most `max`.
    fn list(&self, name: &'static str, max: usize) -> Result<Vec<(String, &'a Value)>, Fault> {
        let Some(value) = self.value(name) else {
            return Ok(Vec::new());
        };
        let list = value
            .as_array()
            .ok_or_else(|| self.fault(name, "it is a list"))?;
        if list.len() > max {
            let given = list.len();
            return Err(self.fault(name, format!("it has at most {max} elements, not {given}")));
        }
        let path = self.path(name);
        let elements = list.iter().enumerate();
        Ok(elements
            .map(|(place, value)| (format!("{path}[{place}]"), value))
            .collect())
    }

    /// A list of objects; at most `max`.
    pub(super) fn objects(&self, name: &'static str, max: usize) -> Result<Vec<Fields<'a>>, Fault> {
        let list = self.list(name, max)?;
        list.into_iter()
            .map(|(path, value)| Fields::of(value, &path, self.reading))
            .collect()
    }

    /// The same with one object at least.
    pub(super) fn some_objects(
        &self,
        name: &'static str,
        max: usize,
    ) -> Result<Vec<Fields<'a>>, Fault> {
        let objects = self.objects(name, max)?;
        if objects.is_empty() {
            return Err(self.fault(name, "it is required, with one element at least"));
        }
        Ok(objects)
    }

    /// A list of texts that obey `rule`; at most `max`.
    pub(super) fn texts(
        &self,
        name: &'static str,
        max: usize,
        rule: impl Fn(&str) -> Result<String, String>,
    ) -> Result<Vec<String>, Fault> {
        let list = self.list(name, max)?;
        let read = |(path, value): (String, &Value)| {
            let text = value.as_str().ok_or("it is a string".to_owned());
            text.and_then(&rule)
                .map_err(|rule| Fault::field(&path, rule))
        };
        list.into_iter().map(read).collect()
    }

    /// Refuses a field that is known but cannot be served.
    pub(super) fn not_supported(&self, name: &'static str, why: &str) -> Result<(), Fault> {
        match self.value(name) {
            Some(_) => Err(self.fault(name, why)),
            None => Ok(()),
        }
    }

    /// Refuses fields that were not asked for, where the version does.
    pub(super) fn finish(self) -> Result<(), Fault> {
        let read = self.read.borrow();
        let mut unknown = self
            .map
            .keys()
            .filter(|name| !read.contains(&name.as_str()));
        match unknown.next().filter(|_| self.reading.strict) {
            Some(name) => Err(self.fault(name, "there is no such field")),
            None => Ok(()),
        }
    }
}
