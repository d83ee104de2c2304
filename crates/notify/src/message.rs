//! What is told, as text and as HTML.

use std::fmt::Write as _;

use minijinja::{AutoEscape, Environment, context};
use serde_json::Value;

/// The longest subject, characters.
const SUBJECT_MAX: usize = 200;

const HTML: &str = include_str!("../templates/message.html");

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The same each time it is sent.
    pub id: String,
    /// `ru` or `en`.
    pub language: &'static str,
    /// In one line.
    pub subject: String,
    /// How bad it is: `info`, `medium`, `high`, `critical`.
    pub severity: &'static str,
    /// What has happened, in a sentence.
    pub lead: String,
    /// One by one.
    pub items: Vec<Item>,
    /// How many are left out, in a sentence.
    pub more: Option<String>,
    /// What to do about it, in a sentence.
    pub advice: Option<String>,
    /// Words for a link, and where it leads.
    pub link: Option<(String, String)>,
    /// Who tells it, in a sentence.
    pub footer: String,
    /// The same for programs.
    pub data: Value,
}

/// One of the things a message tells of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Item {
    /// What it is about.
    pub title: String,
    /// What is the matter with it.
    pub text: String,
    /// Where it is shown.
    pub link: Option<String>,
}

impl Message {
    /// The subject as it may stand in a header: in one line, not too long.
    pub fn subject_line(&self) -> String {
        plain(&self.subject).chars().take(SUBJECT_MAX).collect()
    }

    /// As plain text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |words: &str| {
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{words}");
        };
        line(&plain(&self.lead));
        line("");
        for item in &self.items {
            line(&format!("• {}", plain(&item.title)));
            line(&format!("  {}", plain(&item.text)));
            if let Some(link) = &item.link {
                line(&format!("  {}", plain(link)));
            }
        }
        if let Some(more) = &self.more {
            line(&plain(more));
        }
        if let Some(advice) = &self.advice {
            line("");
            line(&plain(advice));
        }
        if let Some((words, url)) = &self.link {
            line("");
            line(&format!("{}: {}", plain(words), plain(url)));
        }
        line("");
        line("-- ");
        line(&plain(&self.footer));
        text
    }

    /// As a page of HTML: every quoted word is text.
    ///
    /// # Errors
    /// Never for the template that is built in.
    pub(crate) fn html(&self) -> Result<String, minijinja::Error> {
        let mut environment = Environment::empty();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        let template = environment.template_from_str(HTML)?;
        let items: Vec<_> = self
            .items
            .iter()
            .map(|item| {
                context! {
                    title => plain(&item.title),
                    text => plain(&item.text),
                    link => item.link.as_deref().map(plain),
                }
            })
            .collect();
        template.render(context! {
            language => self.language,
            subject => self.subject_line(),
            severity => self.severity,
            lead => plain(&self.lead),
            items,
            more => self.more.as_deref().map(plain),
            advice => self.advice.as_deref().map(plain),
            link => self.link.as_ref().map(|(words, url)| vec![plain(words), plain(url)]),
            footer => plain(&self.footer),
        })
    }
}

/// A text in one line, without what steers terminals, letters or the direction of reading.
fn plain(text: &str) -> String {
    let is_steering = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|letter| if is_steering(letter) { ' ' } else { letter })
        .collect()
}
