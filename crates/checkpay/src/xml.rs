//! Answers in XML: elements with text, and no more.

use std::fmt::Write;

/// A document that is being written.
pub(crate) struct Xml(String);

impl Xml {
    /// A document whose root is `response`.
    pub(crate) fn response() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response>".to_owned())
    }

    /// An element with a text, whatever the text.
    pub(crate) fn text(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.0.push_str(&format!("<{name}>"));
        self.escaped(text);
        self.0.push_str(&format!("</{name}>"));
        self
    }

    /// The same with an attribute.
    pub(crate) fn named(&mut self, element: &'static str, name: &str, text: &str) -> &mut Self {
        self.0.push_str(&format!("<{element} name=\""));
        self.escaped(name);
        self.0.push_str("\">");
        self.escaped(text);
        self.0.push_str(&format!("</{element}>"));
        self
    }

    /// An element with others inside.
    pub(crate) fn nested(&mut self, name: &'static str, inside: impl FnOnce(&mut Self)) {
        self.0.push_str(&format!("<{name}>"));
        inside(self);
        self.0.push_str(&format!("</{name}>"));
    }

    /// The whole document.
    pub(crate) fn end(mut self) -> String {
        self.0.push_str("</response>\n");
        self.0
    }

    /// What XML 1.0 does not know at all becomes U+FFFD.
    fn escaped(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\t' | '\n' | '\r' => {
                    // Writing into a String cannot fail.
                    let _ = write!(self.0, "&#{};", u32::from(letter));
                }
                '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => self.0.push('\u{FFFD}'),
                letter => self.0.push(letter),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_stay_texts() {
        let mut xml = Xml::response();
        xml.text("comment", "</comment><result>0</result>&\u{0}\n\"'");
        xml.named("field1", "\"><x", "ы");
        let document = xml.end();
        let expected = "<comment>&lt;/comment&gt;&lt;result&gt;0&lt;/result&gt;&amp;\u{FFFD}&#10;\
                        &quot;'</comment><field1 name=\"&quot;&gt;&lt;x\">ы</field1></response>\n";
        assert!(document.ends_with(expected), "{document}");
    }
}
