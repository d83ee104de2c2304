//! Plain text, as wide as the paper of most receipt printers.

use crate::{Content, Printed, Row, model::NOT_FISCAL};

/// The width of the text, characters.
pub const COLUMNS: usize = 48;

/// The longest numbers are those of drives and ККТ.
const NUMBER_MAX: usize = 20;

/// No row is indented further: something has to be left for the words.
const INDENT_MAX: usize = 12;

impl Printed {
    /// The document as lines of at most [`COLUMNS`] characters. Sums stand at the right with a sign
    /// of equality; the QR code is told by its text.
    pub fn text(&self) -> String {
        let mut page = Page::default();
        if self.is_emulated {
            page.centred(NOT_FISCAL, 0);
            page.rule();
        }
        for section in self.sections.iter().filter(|section| !is_empty(section)) {
            if !page.is_at_rule() {
                page.rule();
            }
            for row in section.groups.iter().flatten() {
                page.row(row);
            }
        }
        if let Some(qr) = &self.qr {
            page.rule();
            page.line("QR-код:");
            page.qr(&qr.to_string());
        }
        if self.is_emulated {
            page.rule();
            page.centred(NOT_FISCAL, 0);
        }
        page.0
    }
}

fn is_empty(section: &crate::Section) -> bool {
    section.groups.iter().all(Vec::is_empty)
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn is_at_rule(&self) -> bool {
        self.0.is_empty() || self.0.ends_with("-\n")
    }

    fn rule(&mut self) {
        self.line(&"-".repeat(COLUMNS));
    }

    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    fn row(&mut self, row: &Row) {
        let indent = (row.depth * 2).min(INDENT_MAX);
        match &row.content {
            Content::Heading(text) => self.centred(text, indent),
            Content::Text(text) | Content::Name(text) => self.wrapped(text, indent),
            Content::Pair(name, value) => self.pair(name, value, indent),
            Content::Sum(name, amount) | Content::Total(name, amount) => {
                self.sum(name, &format!("={amount}"), indent);
            }
        }
    }

    fn centred(&mut self, text: &str, indent: usize) {
        for line in wrap(text, COLUMNS - indent) {
            let before = (COLUMNS - width(&line)) / 2;
            self.line(&format!("{}{line}", " ".repeat(before)));
        }
    }

    fn wrapped(&mut self, text: &str, indent: usize) {
        for line in wrap(text, COLUMNS - indent) {
            self.line(&format!("{}{line}", " ".repeat(indent)));
        }
    }

    /// Name left, value right; when both do not fit, words follow each other, and a number stands
    /// where a sum would.
    fn pair(&mut self, name: &str, value: &str, indent: usize) {
        let (name, value) = (one_line(name), one_line(value));
        if indent + width(&name) + 1 + width(&value) <= COLUMNS {
            self.spread(&name, &value, indent);
        } else if value.len() <= NUMBER_MAX && value.bytes().all(|byte| byte.is_ascii_digit()) {
            self.sum(&name, &value, indent);
        } else {
            self.wrapped(&format!("{name}: {value}"), indent);
        }
    }

    /// The sum ends the last line of its name, or has a line of its own.
    fn sum(&mut self, name: &str, sum: &str, indent: usize) {
        let mut lines = wrap(name, COLUMNS - indent);
        let last = lines.pop().unwrap_or_default();
        for line in lines {
            self.line(&format!("{}{line}", " ".repeat(indent)));
        }
        if indent + width(&last) + 1 + width(sum) > COLUMNS {
            self.line(&format!("{}{last}", " ".repeat(indent)));
            return self.spread("", sum, indent);
        }
        self.spread(&last, sum, indent);
    }

    fn spread(&mut self, left: &str, right: &str, indent: usize) {
        let gap = COLUMNS.saturating_sub(indent + width(left) + width(right));
        self.line(&format!(
            "{}{left}{}{right}",
            " ".repeat(indent),
            " ".repeat(gap)
        ));
    }

    /// Broken between parameters, so that each can be read.
    fn qr(&mut self, text: &str) {
        let mut line = String::new();
        for part in text.split_inclusive('&') {
            if width(&line) + width(part) > COLUMNS {
                self.line(&line);
                line.clear();
            }
            line.push_str(part);
        }
        self.line(&line);
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// Without line breaks and other control characters, and with single spaces.
fn one_line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let words: Vec<&str> = clean.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Breaks a text between words, and a word that is too long anywhere. An empty text is one line.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in one_line(text).split(' ') {
        let mut letters: Vec<char> = word.chars().collect();
        loop {
            let line = lines.last_mut().map_or(0, |line| width(line));
            let gap = usize::from(line > 0);
            let fits = line + gap + letters.len() <= columns;
            if !fits && line > 0 {
                lines.push(String::new());
                continue;
            }
            let rest = letters.split_off(letters.len().min(columns));
            if let Some(line) = lines.last_mut() {
                line.push_str(if gap > 0 { " " } else { "" });
                line.extend(letters);
            }
            letters = rest;
            if letters.is_empty() {
                break;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_and_inside_those_that_are_too_long() {
        assert_eq!(wrap("а бв где", 4), ["а бв", "где"]);
        assert_eq!(wrap("а абвгдежз б", 4), ["а", "абвг", "дежз", "б"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap(" \t\r\nа\n б ", 4), ["а б"]);
    }
}
