//! Forms that come back: what was typed, and what is wrong with it.

use std::convert::Infallible;

use axum::{
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Multipart, Request},
    http::request::Parts,
};
use desk::StatementFile;

/// The most fields of a form.
const FIELDS_MAX: usize = 1_000;
/// The most files of a form.
const FILES_MAX: usize = 100;
/// The longest name of a file, characters.
const FILE_NAME_MAX: usize = 120;

/// A form as it was sent, with what is wrong beside each field. An empty one is a form that nobody
/// has sent yet.
///
/// The token of the session was checked before ([`guard`](crate::guard)).
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    errors: Vec<(&'static str, String)>,
    files: Vec<StatementFile>,
}

impl Form {
    /// Reads the body of a form; none when it is none.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let fields: Vec<(String, String)> = url_decoded(body)?;
        let form = Self {
            fields,
            ..Self::default()
        };
        (form.fields.len() <= FIELDS_MAX).then_some(form)
    }

    /// Reads a form with files in it, of at most so many bytes; none when it is none, or too large.
    pub(crate) async fn read_with_file(mut request: Request, max: usize) -> Option<Self> {
        DefaultBodyLimit::max(max).apply(&mut request);
        let mut parts = Multipart::from_request(request, &()).await.ok()?;
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.ok()? {
            let name = part.name()?.to_owned();
            if form.fields.len() >= FIELDS_MAX {
                return None;
            }
            match part.file_name().map(str::to_owned) {
                Some(file) => {
                    // Some browsers tell the folder, too.
                    let file = file.rsplit(['/', '\\']).next().unwrap_or_default();
                    let plain = file.chars().filter(|letter| !letter.is_control());
                    let name: String = plain.take(FILE_NAME_MAX).collect();
                    if form.files.len() >= FILES_MAX {
                        return None;
                    }
                    let bytes = part.bytes().await.ok()?.to_vec();
                    // A field for files in which nothing was chosen comes without a name.
                    if !name.is_empty() {
                        form.files.push(StatementFile { name, bytes });
                    }
                }
                None => form.fields.push((name, part.text().await.ok()?)),
            }
        }
        Some(form)
    }

    /// The file that came with the form.
    pub(crate) fn take_file(&mut self) -> Option<StatementFile> {
        self.files.pop()
    }

    /// All files that came with the form, in their order.
    pub(crate) fn take_files(&mut self) -> Vec<StatementFile> {
        std::mem::take(&mut self.files)
    }

    /// One that shows these values.
    pub(crate) fn of<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let named = |(name, value): (&str, String)| (name.to_owned(), value);
        Self {
            fields: fields.into_iter().map(named).collect(),
            ..Self::default()
        }
    }

    /// What was typed; nothing for a field that was not sent.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// What was typed, without blanks at its ends.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.value(name).trim()
    }

    /// All values of a field that may be there several times.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        let of_name = self.fields.iter().filter(move |(field, _)| *field == name);
        of_name.map(|(_, value)| value.as_str())
    }

    /// All fields, in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter();
        fields.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether this value is among those of a field: a ticked box.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|it| it == value)
    }

    /// Says what is wrong with a field; an empty name: with the form as a whole.
    pub(crate) fn refuse(&mut self, name: &'static str, why: impl Into<String>) {
        self.errors.push((name, why.into()));
    }

    /// What is wrong with a field; empty: nothing.
    pub(crate) fn error(&self, name: &str) -> &str {
        let found = self.errors.iter().find(|(field, _)| *field == name);
        found.map_or("", |(_, why)| why.as_str())
    }

    /// Whether nothing is wrong so far.
    pub(crate) fn is_fine(&self) -> bool {
        self.errors.is_empty()
    }
}

/// What [`guard`](crate::guard) has read; an empty form when the request had none.
impl<S: Send + Sync> FromRequestParts<S> for Form {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.remove::<Self>().unwrap_or_default())
    }
}

/// `application/x-www-form-urlencoded`, UTF-8.
fn url_decoded(body: &[u8]) -> Option<Vec<(String, String)>> {
    let text = str::from_utf8(body).ok()?;
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((part_decoded(name)?, part_decoded(value)?))
        })
        .collect()
}

fn part_decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                let digits = str::from_utf8(digits).ok()?;
                let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
                rest = after;
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let body = b"login=olga&name=%D0%9E%D0%BB%D1%8C%D0%B3%D0%B0+P.&role=admin&role=operator&e=";
        let form = Form::read(body).unwrap();
        assert_eq!(form.text("login"), "olga");
        assert_eq!(form.value("name"), "Ольга P.");
        assert!(form.has("role", "operator") && !form.has("role", "technician"));
        assert_eq!((form.value("e"), form.value("absent")), ("", ""));
        for wrong in [&b"a=%"[..], b"a=%4", b"a=%+1", b"a=%FF", b"\xFF"] {
            assert!(Form::read(wrong).is_none(), "{wrong:?}");
        }
        let many = "a=1&".repeat(FIELDS_MAX + 1);
        assert!(Form::read(many.as_bytes()).is_none());
    }

    #[test]
    fn what_is_wrong_is_said_beside_its_field() {
        let mut form = Form::of([("login", "olga".to_owned())]);
        assert!(form.is_fine());
        form.refuse("login", "taken");
        assert_eq!((form.error("login"), form.error("name")), ("taken", ""));
        assert_eq!(form.value("login"), "olga", "it keeps what was typed");
        assert!(!form.is_fine());
    }
}
