/// A payer's name as it stands in papers: `И*** И. И.` of «Иванов Иван Иванович».
///
/// The family name keeps its first letter, the others become initials; more than three words are
/// left out.
pub fn mask_name(name: &str) -> String {
    let initial = |word: &str| word.chars().find(|letter| letter.is_alphanumeric());
    let mut words = name.split_whitespace().filter_map(initial);
    let Some(family) = words.next() else {
        return if name.trim().is_empty() {
            String::new()
        } else {
            "***".to_owned()
        };
    };
    let others: String = words.take(2).map(|letter| format!(" {letter}.")).collect();
    format!("{family}***{others}")
}

/// A payer's phone or e-mail as it stands in papers: `+7***45`, `i***@example.ru`.
pub fn mask_contact(contact: &str) -> String {
    let contact = contact.trim();
    if contact.is_empty() {
        return String::new();
    }
    if let Some((name, host)) = contact.split_once('@') {
        let first: String = name.chars().take(1).collect();
        return format!("{first}***@{host}");
    }
    let letters: Vec<char> = contact.chars().collect();
    // So that a short one is not told whole.
    if letters.len() < 8 {
        return "***".to_owned();
    }
    let first: String = letters[..2].iter().collect();
    let last: String = letters[letters.len() - 2..].iter().collect();
    format!("{first}***{last}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn payers_are_told_apart_but_not_told() {
        let names = [
            ("Иванов Иван Иванович", "И*** И. И."),
            ("  петрова   анна ", "п*** а."),
            ("Ким", "К***"),
            ("Ибн Сина Абу Али Хусейн", "И*** С. А."),
            ("=cmd|' /C calc'!A0", "c*** C. c."),
            ("---", "***"),
            ("  ", ""),
        ];
        for (name, masked) in names {
            assert_eq!(mask_name(name), masked, "{name:?}");
        }
        let contacts = [
            ("+79161234567", "+7***67"),
            ("ivan.ivanov@example.ru", "i***@example.ru"),
            ("2345678", "***"),
            ("@example.ru", "***@example.ru"),
            ("", ""),
        ];
        for (contact, masked) in contacts {
            assert_eq!(mask_contact(contact), masked, "{contact:?}");
        }
    }

    proptest! {
        #[test]
        fn a_masked_phone_keeps_four_signs_at_most(phone in "[+0-9]{0,20}") {
            let masked = mask_contact(&phone);
            prop_assert!(masked.replace('*', "").len() <= 4);
            prop_assert!(phone.is_empty() || masked.contains("***"));
        }

        #[test]
        fn a_masked_name_keeps_three_letters_at_most(name in any::<String>()) {
            let letters = mask_name(&name).chars().filter(|c| c.is_alphanumeric()).count();
            prop_assert!(letters <= 3);
        }
    }
}
