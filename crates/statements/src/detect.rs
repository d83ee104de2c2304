use crate::{Kind, RegistryName, client_bank, field, table};

/// Says of what kind a file is, by its name and its first lines; none if it is of no known kind.
///
/// `name` is the file's name without folders; it may be empty.
pub fn detect(text: &str, name: &str) -> Option<Kind> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().trim();
    if first == client_bank::FIRST {
        return Some(Kind::ClientBank);
    }
    if table::is_header(first) {
        return Some(Kind::Table);
    }
    if is_payment(first) || is_totals(first) || RegistryName::read(name).is_some() {
        return Some(Kind::Sberbank);
    }
    let is_account = first.len() == 20 && first.bytes().all(|byte| byte.is_ascii_digit());
    let second = lines.find(|line| !line.trim().is_empty())?;
    if (first.is_empty() || is_account) && is_lanbilling(second) {
        return Some(Kind::Lanbilling);
    }
    (first.is_empty() && is_payment(second)).then_some(Kind::Sberbank)
}

/// A line of Sberbank's registry: many fields, the first of them a date.
fn is_payment(line: &str) -> bool {
    let date = line.split(';').next().unwrap_or_default();
    line.split(';').count() > 8 && field::day_first(date, b'-').is_ok()
}

/// A registry may be empty.
fn is_totals(line: &str) -> bool {
    line.starts_with("=0;") && line.split(';').count() >= 4
}

fn is_lanbilling(line: &str) -> bool {
    let date = line.split([';', '\t']).nth(2).unwrap_or_default();
    date.trim().parse::<terms::LocalDate>().is_ok()
}
