use terms::TermError;

/// Checks a customer's e-mail address or telephone number (tag 1008).
///
/// # Errors
/// When it is neither, or longer than the tag's 64 characters.
pub fn contact(text: &str) -> terms::Result<String> {
    if is_phone(text) || is_email(text) {
        return Ok(text.to_owned());
    }
    let rule = "an e-mail address of at most 64 characters or a telephone number +79991234567";
    Err(TermError::new("contact", text, rule))
}

/// Checks a telephone number (tag 1171 and its like).
///
/// # Errors
/// When it is not written as a plus sign and 7…15 digits.
pub fn phone(text: &str) -> terms::Result<String> {
    if is_phone(text) {
        return Ok(text.to_owned());
    }
    let rule = "it is written + and 7…15 digits: +79991234567";
    Err(TermError::new("telephone number", text, rule))
}

fn is_phone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Latin or Russian: tag 1008 is 64 characters of CP866.
fn is_email(text: &str) -> bool {
    let allowed = |letter: char| {
        letter.is_ascii_graphic() || matches!(letter, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё')
    };
    let Some((name, host)) = text.split_once('@') else {
        return false;
    };
    text.chars().count() <= 64
        && text.chars().all(allowed)
        && !name.is_empty()
        && !host.contains('@')
        && host.contains('.')
        && host.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_told_from_other_texts() {
        let long = format!("{}@example.ru", "a".repeat(53));
        for good in [
            "a@b.ru",
            "иван@почта.рф",
            "i.i-i+x@mail.example.com",
            "+79161234567",
            &long,
        ] {
            assert!(contact(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.ru", "a".repeat(54));
        for bad in [
            "",
            "a",
            "@b.ru",
            "a@",
            "a@b",
            "a@b.",
            "a@.ru",
            "a@b@c.ru",
            "a b@c.ru",
            "a\u{1}@c.ru",
            "猫@c.ru",
            "79161234567",
            "+7 916 1234567",
            "+",
            "+123456",
            "+1234567890123456",
            &long,
        ] {
            assert!(contact(bad).is_err(), "{bad:?}");
        }
    }
}
