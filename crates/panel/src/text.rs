//! Texts of the panel: each has a name, and both languages side by side.

use std::fmt;

use desk::Language;

/// A text of the panel. `{name}` in it stands for what is filled in, `|` between the forms of a
/// plural: three in Russian (1, 2, 5), two in English (1, 2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Text(pub(crate) &'static str);

/// A text with something filled in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Filled(String);

impl Text {
    /// With this in the place of `{name}`.
    pub(crate) fn with(self, name: &str, value: impl fmt::Display) -> Filled {
        Filled(self.0.to_owned()).with(name, value)
    }

    /// The form for so many, with their number in the place of `{n}`.
    pub(crate) fn count(self, number: u64) -> Filled {
        let forms: Vec<&str> = self.0.split('|').collect();
        let form = match forms.len() {
            3 => russian_form(number),
            _ => usize::from(number != 1),
        };
        let form = forms
            .get(form)
            .or(forms.last())
            .copied()
            .unwrap_or_default();
        Filled(form.to_owned()).with("n", crate::speech::grouped(number, '\u{a0}'))
    }
}

impl Filled {
    /// With this in the place of `{name}`.
    pub(crate) fn with(self, name: &str, value: impl fmt::Display) -> Self {
        Self(self.0.replace(&format!("{{{name}}}"), &value.to_string()))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0.to_owned()
    }
}

impl From<Filled> for String {
    fn from(text: Filled) -> Self {
        text.0
    }
}

/// Which of «1 чек, 2 чека, 5 чеков».
const fn russian_form(number: u64) -> usize {
    match (number % 10, number % 100) {
        (1, tens) if tens != 11 => 0,
        (2..=4, tens) if tens < 12 || tens > 14 => 1,
        _ => 2,
    }
}

/// One of two, by the language.
pub(crate) const fn by_language<T: Copy>(language: Language, ru: T, en: T) -> T {
    match language {
        Language::Ru => ru,
        Language::En => en,
    }
}

/// Declares the texts of a page: `name: "по-русски" / "in English",`.
macro_rules! texts {
    (
        $(#[$about:meta])*
        $name:ident {
            $($text:ident: $ru:literal / $en:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $(pub(crate) $text: $crate::text::Text,)*
        }

        impl $name {
            const RU: Self = Self { $($text: $crate::text::Text($ru),)* };
            const EN: Self = Self { $($text: $crate::text::Text($en),)* };

            /// In this language.
            pub(crate) const fn of(language: desk::Language) -> &'static Self {
                $crate::text::by_language(language, &Self::RU, &Self::EN)
            }

            /// Name, Russian and English of each.
            #[cfg(test)]
            pub(crate) const ALL: &'static [(&'static str, &'static str, &'static str)] =
                &[$((stringify!($text), $ru, $en),)*];
        }
    };
}

pub(crate) use texts;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_follow_their_language() {
        let ru = Text("{n} чек|{n} чека|{n} чеков");
        let en = Text("{n} receipt|{n} receipts");
        for (number, russian, english) in [
            (0, "0 чеков", "0 receipts"),
            (1, "1 чек", "1 receipt"),
            (2, "2 чека", "2 receipts"),
            (4, "4 чека", "4 receipts"),
            (5, "5 чеков", "5 receipts"),
            (11, "11 чеков", "11 receipts"),
            (14, "14 чеков", "14 receipts"),
            (21, "21 чек", "21 receipts"),
            (22, "22 чека", "22 receipts"),
            (111, "111 чеков", "111 receipts"),
            (1_002, "1\u{a0}002 чека", "1\u{a0}002 receipts"),
        ] {
            assert_eq!(ru.count(number).to_string(), russian);
            assert_eq!(en.count(number).to_string(), english);
        }
    }

    #[test]
    fn what_is_filled_in_comes_to_its_place() {
        let text = Text("{who} → {what}").with("who", "olga").with("what", 5);
        assert_eq!(text.to_string(), "olga → 5");
    }
}
