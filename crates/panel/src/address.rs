//! Addresses of pages: what stands behind the question mark, and what others have written in paths.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::form::Form;

/// What stands behind the question mark: filters that are kept in the address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    path: String,
    form: Form,
}

impl Asked {
    /// The value of a name, without blanks at its ends; empty when it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.form.text(name)
    }

    /// Whether this value is among those of a name.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.form.has(name, value)
    }

    /// All values of a name.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.form.all(name)
    }

    /// Reads a value that may be left out; what cannot be read is said beside its field.
    pub(crate) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&str) -> Option<T>,
        wrong: impl Into<String>,
    ) -> Option<T> {
        let text = self.text(name);
        if text.is_empty() {
            return None;
        }
        let value = read(text);
        if value.is_none() {
            self.form.refuse(name, wrong);
        }
        value
    }

    /// What is wrong with a value; empty: nothing.
    pub(crate) fn error(&self, name: &str) -> &str {
        self.form.error(name)
    }

    /// Says what is wrong with a value.
    pub(crate) fn refuse(&mut self, name: &'static str, why: impl Into<String>) {
        self.form.refuse(name, why);
    }

    /// Whether everything could be read.
    pub(crate) fn is_fine(&self) -> bool {
        self.form.is_fine()
    }

    /// Whether something is asked for besides the place in a list.
    pub(crate) fn is_filtered(&self) -> bool {
        let mut named = self.form.fields();
        named.any(|(name, value)| name != "after" && !value.trim().is_empty())
    }

    /// The same page of the list that begins after this place; none: from its beginning.
    pub(crate) fn after(&self, place: Option<&str>) -> String {
        self.link(&self.path, place)
    }

    /// Another page with the same filters.
    pub(crate) fn same_at(&self, path: &str) -> String {
        self.link(path, None)
    }

    fn link(&self, path: &str, after: Option<&str>) -> String {
        let kept = self.form.fields();
        let kept = kept.filter(|(name, value)| *name != "after" && !value.trim().is_empty());
        let pairs = kept.chain(after.map(|place| ("after", place)));
        query(path, pairs)
    }
}

/// Where a list is taken away as a file, with the same filters.
pub(crate) struct Downloads {
    pub(crate) csv: String,
    pub(crate) xlsx: String,
}

impl Downloads {
    /// Of the list at this path.
    pub(crate) fn of(asked: &Asked, path: &str) -> Self {
        Self {
            csv: asked.same_at(&format!("{path}.csv")),
            xlsx: asked.same_at(&format!("{path}.xlsx")),
        }
    }

    /// The same with a query that is written already.
    pub(crate) fn at(path: &str, query: &str) -> Self {
        Self {
            csv: format!("{path}.csv?{query}"),
            xlsx: format!("{path}.xlsx?{query}"),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let form = parts.uri.query().map(str::as_bytes).and_then(Form::read);
        Ok(Self {
            path: parts.uri.path().to_owned(),
            form: form.unwrap_or_default(),
        })
    }
}

/// A path with these values behind it.
pub(crate) fn query<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut address = path.to_owned();
    for (place, (name, value)) in pairs.into_iter().enumerate() {
        address.push(if place == 0 { '?' } else { '&' });
        address.push_str(&encoded(name));
        address.push('=');
        address.push_str(&encoded(value));
    }
    address
}

/// The page of an account.
pub(crate) fn account(number: &str) -> String {
    format!("/accounts/{}", encoded(number))
}

/// Text as a part of an address, whatever it holds.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_stay_in_the_address_whatever_they_hold() {
        let form = Form::read(b"account=a%2Fb+%26&state=held&state=queued&after=5&sum=").unwrap();
        let asked = Asked {
            path: "/receipts".to_owned(),
            form,
        };
        let kept = "/receipts?account=a%2Fb%20%26&state=held&state=queued";
        assert_eq!(asked.after(None), kept);
        assert_eq!(asked.after(Some("9/9")), format!("{kept}&after=9%2F9"));
        assert!(asked.is_filtered());
        assert_eq!(account("№ 1/2"), "/accounts/%E2%84%96%201%2F2");
    }
}
