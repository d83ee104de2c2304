//! Who bought, and who settles: `clientInfo`, `operator` (ATOL web requests §10, §10.1).

use desk::ready::{Buyer, BuyerDetails, Cashier, IdentityDocument, IdentityKind, WrittenDate};

use super::{
    error::{TaskError, code},
    node::{Node, date_parts},
};

/// A telephone number as documents have it, `+79991234567`: clients also leave the country out, or
/// write 8 for it \[unverified: ATOL Online says that +7 may be left out\].
pub(super) fn phone(text: &str) -> String {
    let text = text.trim();
    let plain: String = text
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '-' | '(' | ')'))
        .collect();
    let is_number = plain.bytes().all(|byte| byte.is_ascii_digit());
    match (plain.len(), plain.as_bytes().first()) {
        (11, Some(b'7' | b'8')) if is_number => format!("+7{}", &plain[1..]),
        (10, Some(b'9')) if is_number => format!("+7{plain}"),
        _ if plain.starts_with('+') => plain,
        _ => text.to_owned(),
    }
}

/// Where the receipt goes: tag 1008.
pub(super) fn contact(client: &Node<'_>) -> Result<Option<String>, TaskError> {
    let Some(text) = client.get_text("emailOrPhone")? else {
        return Ok(None);
    };
    let text = match text.contains('@') {
        true => text.trim().to_owned(),
        false => phone(&text),
    };
    let contact = desk::contact(&text);
    let field = client.required("emailOrPhone")?;
    contact
        .map(Some)
        .map_err(|error| field.wrong(code::PARSE, error))
}

/// The buyer, when he is named.
pub(super) fn buyer(client: &Node<'_>) -> Result<Option<Buyer>, TaskError> {
    let details = BuyerDetails {
        foreign: false,
        birthday: birthday(client)?,
        citizenship: client.get_parsed("citizenship")?,
        document: document(client)?,
        address: client.get_text("address")?,
    };
    let buyer = Buyer {
        name: client.get_text("name")?,
        inn: client.get_parsed("vatin")?,
        details: (details != BuyerDetails::default()).then(|| Box::new(details)),
    };
    Ok((buyer != Buyer::default()).then_some(buyer))
}

/// The form of `birthDate` is \[unverified\]; it is read as other dates are.
fn birthday(client: &Node<'_>) -> Result<Option<WrittenDate>, TaskError> {
    let Some(text) = client.get_text("birthDate")? else {
        return Ok(None);
    };
    let field = client.required("birthDate")?;
    let parts = date_parts(text.trim());
    let (year, month, day) =
        parts.ok_or_else(|| field.wrong(code::PARSE, "нужна дата ДД.ММ.ГГГГ"))?;
    let date = WrittenDate::new(year, month, day);
    date.map(Some)
        .map_err(|error| field.wrong(code::PARSE, error))
}

fn document(client: &Node<'_>) -> Result<Option<IdentityDocument>, TaskError> {
    let Some(kind) = client.get_text("identityDocumentCode")? else {
        return Ok(None);
    };
    let field = client.required("identityDocumentCode")?;
    let kind = kind.trim().parse().ok();
    let kind = kind.and_then(|code| IdentityKind::from_code(code).ok());
    let kind = kind.ok_or_else(|| field.wrong(code::PARSE, "нет такого вида документа (1245)"))?;
    let data = client.required("identityDocumentData")?.text()?.to_owned();
    Ok(Some(IdentityDocument { kind, data }))
}

/// Who settles; none: the organisation's own.
pub(super) fn cashier(task: &Node<'_>) -> Result<Option<Cashier>, TaskError> {
    let Some(operator) = task.get_object("operator")? else {
        return Ok(None);
    };
    let Some(name) = operator.get_text("name")? else {
        return Ok(None);
    };
    let inn = operator.get_parsed("vatin")?;
    Ok(Some(Cashier { name, inn }))
}

#[cfg(test)]
mod tests {
    use super::phone;

    #[test]
    fn telephones_are_written_with_their_country() {
        for (given, expected) in [
            ("+79161234567", "+79161234567"),
            ("8 (916) 123-45-67", "+79161234567"),
            ("79161234567", "+79161234567"),
            ("9161234567", "+79161234567"),
            ("+375 29 123-45-67", "+375291234567"),
            ("12345", "12345"),
            ("двенадцать", "двенадцать"),
        ] {
            assert_eq!(phone(given), expected);
        }
    }
}
