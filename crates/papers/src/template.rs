use minijinja::{
    AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, syntax::SyntaxConfig,
};
use thiserror::Error;

use crate::particulars::sample;

/// The covering letter as it is worded by default. An organisation may word its own with the same
/// placeholders.
pub const DEFAULT_LETTER: &str = include_str!("../templates/letter.txt");
/// The act on the failure as it is worded by default.
pub const DEFAULT_ACT: &str = include_str!("../templates/act.txt");

/// The longest template, bytes.
const SOURCE_MAX: usize = 64 * 1024;
/// The longest text made of one, bytes.
const TEXT_MAX: usize = 1024 * 1024;
/// Steps that a template may take, which also limits the memory it can fill.
const FUEL: u64 = 200_000;
/// Calls inside each other.
const DEPTH_MAX: usize = 50;
/// How much of a wrong line is told.
const QUOTE_MAX: usize = 120;

/// The wording of a letter or an act: text with placeholders in the syntax of Jinja.
///
/// `{{ organisation }}` puts in a value; `{% if act %}…{% endif %}` and
/// `{% for file in files %}…{% endfor %}` choose and repeat. docs/papers.md lists the placeholders.
/// There are no other templates to include, no filters and no functions.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    source: String,
}

/// What is wrong with a template.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum TemplateError {
    /// A line of it.
    #[error("{template}, line {line} «{quote}»: {what}")]
    Line {
        /// The template's name.
        template: String,
        /// The line, from 1.
        line: usize,
        /// The beginning of that line.
        quote: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// All of it.
    #[error("{template}: {what}")]
    Whole {
        /// The template's name.
        template: String,
        /// What is wrong, and what to do.
        what: String,
    },
}

impl Template {
    /// Reads a template and tries it on invented particulars, so that a wrong one is found when it
    /// is read and not when it is needed. `name` is what errors call it, such as its path.
    ///
    /// # Errors
    /// When it is too long, or is no template, or asks for what there is not.
    pub fn new(name: impl Into<String>, source: impl Into<String>) -> Result<Self, TemplateError> {
        let template = Self {
            name: name.into(),
            source: source.into(),
        };
        if template.source.len() > SOURCE_MAX {
            return Err(template.whole(format!("it is longer than {SOURCE_MAX} bytes")));
        }
        // A part that is left out when something is absent has to be right, too.
        for is_full in [true, false] {
            template.text(sample(is_full))?;
        }
        Ok(template)
    }

    /// The built-in letter.
    pub fn letter() -> Self {
        Self {
            name: "letter".to_owned(),
            source: DEFAULT_LETTER.to_owned(),
        }
    }

    /// The built-in act.
    pub fn act() -> Self {
        Self {
            name: "act".to_owned(),
            source: DEFAULT_ACT.to_owned(),
        }
    }

    /// The text with the values put in.
    ///
    /// # Errors
    /// When a placeholder is unknown, or the text gets too long.
    pub(crate) fn text(&self, values: Value) -> Result<String, TemplateError> {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(DEPTH_MAX);
        let text = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .and_then(|syntax| {
                environment.set_syntax(syntax);
                let template = environment.template_from_named_str(&self.name, &self.source)?;
                template.render(values)
            })
            .map_err(|error| self.error(&error))?;
        if text.len() > TEXT_MAX {
            return Err(self.whole(format!("its text is longer than {TEXT_MAX} bytes")));
        }
        Ok(text)
    }

    fn whole(&self, what: String) -> TemplateError {
        TemplateError::Whole {
            template: self.name.clone(),
            what,
        }
    }

    fn error(&self, error: &minijinja::Error) -> TemplateError {
        let advice = match error.kind() {
            ErrorKind::UndefinedError => {
                "there is no such placeholder, or it may be absent and the line has to ask for it with \
                 {% if … %}: see docs/papers.md"
                    .to_owned()
            }
            ErrorKind::OutOfFuel => "it takes too long: it repeats too much".to_owned(),
            ErrorKind::TemplateNotFound => "it cannot include other templates".to_owned(),
            kind => match error.detail() {
                Some(detail) => format!("{kind}: {detail}"),
                None => kind.to_string(),
            },
        };
        let Some(line) = error.line() else {
            return self.whole(advice);
        };
        let text = self.source.lines().nth(line - 1).unwrap_or_default();
        TemplateError::Line {
            template: self.name.clone(),
            line,
            quote: text.trim().chars().take(QUOTE_MAX).collect(),
            what: advice,
        }
    }
}

/// A text as a page: each empty line ends a paragraph. Nothing in the text becomes a tag.
pub(crate) fn page(title: &str, text: &str) -> String {
    let mut body = String::new();
    let text = text.replace("\r\n", "\n");
    for paragraph in text.split("\n\n").map(|part| part.trim_matches('\n')) {
        if !paragraph.trim().is_empty() {
            body.push_str(&format!("<p>{}</p>\n", escaped(paragraph)));
        }
    }
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"ru\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n<style>body{{font:12pt/1.4 serif;max-width:45em;margin:2em auto;\
         padding:0 1em}}p{{white-space:pre-wrap}}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_wordings_can_be_read() {
        for source in [DEFAULT_LETTER, DEFAULT_ACT] {
            Template::new("built in", source).unwrap();
        }
    }

    #[test]
    fn a_wrong_template_is_told_by_its_line_when_it_is_read() {
        let check = |source: &str, line: usize, words: &str| {
            let error = Template::new("letter.txt", source).unwrap_err();
            let TemplateError::Line { line: found, .. } = &error else {
                panic!("{error}");
            };
            assert_eq!(*found, line, "{error}");
            assert!(error.to_string().contains(words), "{error}");
        };
        check("Да\n{{ organisaton }}\n", 2, "no such placeholder");
        check(
            "\n\n{% if act %}\n{{ act.nuber }}{% endif %}",
            4,
            "«{{ act.nuber }}",
        );
        check(
            "{% if not act %}{{ wrong }}{% endif %}",
            1,
            "no such placeholder",
        );
        check("{{ organisation\n", 1, "letter.txt, line 1");
        check("a\n{% include '/etc/passwd' %}", 2, "cannot include");
        check("{{ organisation|upper }}", 1, "upper");
        check("a\n{{ range(10) }}", 2, "range");
        check("{% for a in files %}\n{% if %}\n{% endfor %}", 2, "line 2");
    }

    #[test]
    fn a_template_that_grows_without_end_is_stopped() {
        let doubling = format!("{{% set a = 'x' %}}{}", "{% set a = a ~ a %}".repeat(60));
        let repeated =
            "{% for a in [1, 2, 3, 4, 5, 6, 7, 8] %}".repeat(9) + &"{% endfor %}".repeat(9);
        let multiplied = "{{ organisation * 1000000000 }}".to_owned();
        for source in [doubling, repeated, multiplied, "x".repeat(SOURCE_MAX + 1)] {
            let beginning = source.chars().take(40).collect::<String>();
            assert!(Template::new("letter", source).is_err(), "{beginning}");
        }
    }

    #[test]
    fn a_page_has_no_tags_but_its_own() {
        let page = page(
            "<b>",
            "Первый\nабзац <script>alert('&')</script>\n\n\nВторой",
        );
        assert!(!page.contains("<script") && !page.contains("<b>"));
        assert!(page.contains("&lt;script&gt;alert(&#39;&amp;&#39;)"));
        assert_eq!(page.matches("<p>").count(), 2);
    }
}
