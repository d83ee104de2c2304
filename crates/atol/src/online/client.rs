//! The customer (ATOL Online protocol §3.3).

use desk::ready::{Buyer, BuyerDetails, IdentityDocument, IdentityKind};

use super::{answer::Fault, fields::Fields, request::Case, setup::Protocol};

/// What a client of v5 writes when there is nobody to write to.
const NONE: &str = "none";

/// Who buys, and where the receipt goes.
#[derive(Default)]
pub(super) struct Client {
    /// Tag 1008.
    pub(super) contact: Option<String>,
    /// Tags 1227, 1228, 1256.
    pub(super) buyer: Option<Buyer>,
}

impl Client {
    /// `is_required`: a contact is, unless the group has one for such customers.
    pub(super) fn read(
        document: &Fields<'_>,
        is_required: bool,
        case: &Case<'_>,
    ) -> Result<Self, Fault> {
        let fallback = case.group.fallback_contact.clone();
        let Some(fields) = document.object("client")? else {
            return match fallback.filter(|_| is_required) {
                None if is_required => Err(document.fault("client", "it is required")),
                contact => Ok(Self {
                    contact,
                    buyer: None,
                }),
            };
        };
        let contact = match contact(&fields, case.protocol)? {
            Contact::Given(contact) => Some(contact),
            Contact::Nobody => None,
            Contact::Absent if !is_required => None,
            Contact::Absent => {
                let missing = || fields.fault("email", "it is required, or phone");
                Some(fallback.ok_or_else(missing)?)
            }
        };
        let buyer = buyer(&fields, case.protocol)?;
        fields.finish()?;
        Ok(Self { contact, buyer })
    }
}

enum Contact {
    Given(String),
    Nobody,
    Absent,
}

/// An e-mail address counts more than a telephone number when there are both.
fn contact(fields: &Fields<'_>, protocol: Protocol) -> Result<Contact, Fault> {
    let (email, phone) = (fields.text("email", 64)?, fields.text("phone", 64)?);
    let is_none = |text: &Option<&str>| protocol == Protocol::V5 && *text == Some(NONE);
    let nobody = is_none(&email) || is_none(&phone);
    let (name, text) = match (
        email.filter(|_| !is_none(&email)),
        phone.filter(|_| !is_none(&phone)),
    ) {
        (Some(email), _) => ("email", email.to_owned()),
        (None, Some(phone)) => ("phone", full_phone(phone, protocol)),
        (None, None) if nobody => return Ok(Contact::Nobody),
        (None, None) => return Ok(Contact::Absent),
    };
    let is_email = text.contains('@');
    if is_email != (name == "email") {
        let rule = format!("«{text}» is no such contact");
        return Err(fields.fault(name, rule));
    }
    let contact = desk::contact(&text).map_err(|error| fields.fault(name, error))?;
    Ok(Contact::Given(contact))
}

/// v4 takes telephone numbers without `+7`, too.
fn full_phone(text: &str, protocol: Protocol) -> String {
    if protocol == Protocol::V5 || text.starts_with('+') {
        return text.to_owned();
    }
    let is_filler = |letter: &char| matches!(letter, ' ' | '-' | '(' | ')');
    let digits: String = text.chars().filter(|letter| !is_filler(letter)).collect();
    match (digits.len(), digits.as_bytes().first()) {
        (10, _) => format!("+7{digits}"),
        (11, Some(b'7' | b'8')) => format!("+7{}", &digits[1..]),
        _ => digits,
    }
}

fn buyer(fields: &Fields<'_>, protocol: Protocol) -> Result<Option<Buyer>, Fault> {
    let mut buyer = Buyer {
        name: fields.owned("name", 256)?,
        inn: fields.inn("inn")?,
        details: None,
    };
    if protocol == Protocol::V5 {
        let kind = fields.text("document_code", 2)?;
        let data = fields.owned("document_data", 64)?;
        let details = BuyerDetails {
            foreign: false,
            birthday: fields.term("birthdate", 10)?,
            citizenship: fields.term("citizenship", 3)?,
            document: kind.map(|kind| identity(fields, kind, data)).transpose()?,
            address: fields.owned("address", 256)?,
        };
        buyer.details = (details != BuyerDetails::default()).then(|| Box::new(details));
    }
    Ok((buyer != Buyer::default()).then_some(buyer))
}

fn identity(
    fields: &Fields<'_>,
    kind: &str,
    data: Option<String>,
) -> Result<IdentityDocument, Fault> {
    let code = kind.parse().unwrap_or(0);
    let kind =
        IdentityKind::from_code(code).map_err(|error| fields.fault("document_code", error))?;
    let data = fields.required("document_data", data)?;
    Ok(IdentityDocument { kind, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_numbers_of_v4_become_full() {
        for (given, full) in [
            ("9161234567", "+79161234567"),
            ("89161234567", "+79161234567"),
            ("7 (916) 123-45-67", "+79161234567"),
            ("+375291234567", "+375291234567"),
            ("12345", "12345"),
            ("восемьсот", "восемьсот"),
        ] {
            assert_eq!(full_phone(given, Protocol::V4), full);
        }
        assert_eq!(full_phone("9161234567", Protocol::V5), "9161234567");
    }
}
