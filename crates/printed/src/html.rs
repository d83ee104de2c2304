//! A page of HTML that needs nothing from outside.

use askama::Template;

use crate::{Content, Printed, QR_SIZE_MM, Row, model::NOT_FISCAL, qr_svg};

#[derive(Template)]
#[template(path = "document.html")]
struct Page<'a> {
    printed: &'a Printed,
    not_fiscal: &'static str,
    /// The code's text and its image.
    qr: Option<(String, String)>,
    qr_size_mm: usize,
}

impl Printed {
    /// The document as a page of HTML, complete in itself: styles for screen, paper of 80 mm and
    /// A4, no script, nothing from another host. What the document says is escaped.
    pub fn html(&self) -> String {
        let qr = self.qr.map(|qr| qr.to_string());
        let page = Page {
            printed: self,
            not_fiscal: NOT_FISCAL,
            qr: qr.and_then(|text| qr_svg(&text).map(|svg| (text, svg))),
            qr_size_mm: QR_SIZE_MM,
        };
        // The template only writes into a string, which does not fail.
        page.render().unwrap_or_default()
    }
}

impl Row {
    /// How far the page moves it to the right.
    fn indent(&self) -> usize {
        self.depth.min(6)
    }
}

/// Text as a page may hold it: HTML has no way to write most control characters.
fn clean(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
