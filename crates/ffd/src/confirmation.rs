use terms::{DocumentNumber, DriveNumber, OfdAnswer, OfdCode, OfdMessages};

use crate::{
    DecodeError, Element, EncodeError, Form, MAX_DOCUMENT_LEN, ParseError, Tag, Tree, UnixTime,
    Value, Writer,
    fields::{Fields, number, time},
};

/// An operator's confirmation (подтверждение оператора, form 7): the ticket for one document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperatorConfirmation {
    /// ИНН ОФД (1017) as it stands.
    pub ofd_inn: String,
    /// ФПО (1078): the operator's sign, at most 16 bytes.
    pub sign: Vec<u8>,
    /// The drive whose document is confirmed (1041).
    pub drive: DriveNumber,
    /// The document that is confirmed (1040).
    pub document: DocumentNumber,
    /// When, on the operator's clock (1012). Operators write seconds.
    pub time: UnixTime,
    /// Код ответа ОФД (1022 inside 1068): 0 accepted, 11 and 14 refused. By the order only in FFD
    /// 1.05, but real confirmations of FFD 1.2 carry it too. A bare 1022, an older habit of some
    /// operators, is read as well (ККТ–ОФД protocol §7).
    pub answer_code: Option<u8>,
    /// What else 1068 says to the drive.
    pub to_drive: Vec<Element>,
    /// Сообщение оператора (1206): bits.
    pub message: Option<u8>,
    /// Requisites that this type has no field for, in the order of the document.
    pub other: Vec<Element>,
}

impl OperatorConfirmation {
    /// Whether the operator took the document: an absent code stands for yes.
    pub fn is_accepted(&self) -> bool {
        self.answer_code.unwrap_or(0) == 0
    }

    /// The whole document with its outer element, in the order that real ones have.
    ///
    /// # Errors
    /// When a value does not fit its tag.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::with_limit(MAX_DOCUMENT_LEN);
        writer.nested(Form::OperatorConfirmation.tag(), |inner| {
            inner.text(Tag::OFD_INN, &self.ofd_inn)?;
            inner.bytes(Tag::OPERATOR_SIGN, &self.sign)?;
            inner.text(Tag::DRIVE_NUMBER, self.drive.as_str())?;
            inner.uint32(Tag::DOCUMENT_NUMBER, self.document.get())?;
            inner.unix_time(Tag::DATE_TIME, self.time)?;
            if self.answer_code.is_some() || !self.to_drive.is_empty() {
                inner.nested(Tag::MESSAGE_TO_DRIVE, |message| {
                    self.write_to_drive(message)
                })?;
            }
            if let Some(message) = self.message {
                inner.byte(Tag::OPERATOR_MESSAGE, message)?;
            }
            self.other
                .iter()
                .try_for_each(|element| inner.element(element.tag, &element.value))
        })?;
        Ok(writer.finish())
    }

    fn write_to_drive(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        if let Some(code) = self.answer_code {
            writer.byte(Tag::OFD_ANSWER_CODE, code)?;
        }
        self.to_drive
            .iter()
            .try_for_each(|element| writer.element(element.tag, &element.value))
    }

    /// Reads the inside of a confirmation.
    ///
    /// # Errors
    /// When a tag that makes a confirmation is missing, repeated or impossible.
    pub fn read(tree: Tree) -> Result<Self, ParseError> {
        let mut fields = Fields::new(tree, None)?;
        let list = |value: &Value| value.as_list().cloned();
        let to_drive = fields.optional(Tag::MESSAGE_TO_DRIVE, list);
        let mut to_drive = Fields::new(to_drive.unwrap_or_default(), Some(Tag::MESSAGE_TO_DRIVE))?;
        let answer_code = to_drive.optional(Tag::OFD_ANSWER_CODE, Value::as_byte);
        let bare = |fields: &mut Fields| fields.optional(Tag::OFD_ANSWER_CODE, Value::as_byte);
        Ok(Self {
            ofd_inn: fields.required_text(Tag::OFD_INN)?,
            sign: fields.required(Tag::OPERATOR_SIGN, |value| {
                value.as_bytes().map(<[u8]>::to_vec)
            })?,
            drive: fields.required(Tag::DRIVE_NUMBER, |value| value.as_text()?.parse().ok())?,
            document: DocumentNumber(fields.required(Tag::DOCUMENT_NUMBER, number)?),
            time: fields.required(Tag::DATE_TIME, time)?,
            answer_code: answer_code.or_else(|| bare(&mut fields)),
            to_drive: to_drive.rest(),
            message: fields.optional(Tag::OPERATOR_MESSAGE, Value::as_byte),
            other: fields.rest(),
        })
    }
}

/// What an operator says in a list of elements: a confirmation, or the message that a drive passes
/// on with its answer to 26h (ФН protocol §2.6).
///
/// It reads more than the order allows, as operators write more (ККТ–ОФД protocol §7): the code
/// (1022) inside 1068 or bare, 1068 with other elements beside the code, whose texts are taken for
/// words to people (INFERRED: no capture has any).
///
/// # Errors
/// When the bytes are no list of elements, as those of an encrypted confirmation.
pub fn operator_answer(list: &[u8]) -> Result<OfdAnswer, DecodeError> {
    let tree = Tree::parse(list)?;
    let mut answer = OfdAnswer::default();
    let mut texts = Vec::new();
    hear(&tree, false, &mut answer, &mut texts);
    if !texts.is_empty() {
        answer.text = Some(texts.join("; "));
    }
    Ok(answer)
}

fn hear(tree: &Tree, addressed: bool, answer: &mut OfdAnswer, texts: &mut Vec<String>) {
    for element in tree {
        match (element.tag, &element.value) {
            // Inside 1068 it counts more than bare.
            (Tag::OFD_ANSWER_CODE, Value::Byte(code)) if addressed || answer.code.is_none() => {
                answer.code = Some(OfdCode(*code));
            }
            (Tag::OPERATOR_MESSAGE, Value::Byte(bits)) => {
                answer.messages = answer.messages.with(OfdMessages::from_bits(*bits));
            }
            (Tag::MESSAGE_TO_DRIVE, Value::List(inner)) => {
                hear(inner, true, answer, texts);
            }
            (tag, Value::List(inner)) if tag == Form::OperatorConfirmation.tag() => {
                hear(inner, false, answer, texts);
            }
            (_, Value::Text(text)) if addressed && !text.trim().is_empty() => {
                texts.push(text.trim().to_owned());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_heard_inside_1068_and_bare_and_the_inner_one_counts() {
        let inside = [0x2C, 0x04, 0x05, 0x00, 0xFE, 0x03, 0x01, 0x00, 14];
        let bare = [0xFE, 0x03, 0x01, 0x00, 11];
        let messages = [0xB6, 0x04, 0x01, 0x00, 0x84];
        let hear = |parts: &[&[u8]]| {
            let list = parts.concat();
            let len = (list.len() as u16).to_le_bytes();
            operator_answer(&[&[7, 0][..], &len, &list].concat()).unwrap()
        };
        let said = |code, bits| OfdAnswer {
            code: Some(OfdCode(code)),
            messages: OfdMessages::from_bits(bits),
            text: None,
        };
        assert_eq!(hear(&[&inside]), said(14, 0));
        assert_eq!(hear(&[&bare]), said(11, 0));
        assert_eq!(hear(&[&inside, &bare, &messages]), said(14, 0x84));
        assert_eq!(hear(&[&bare, &messages, &inside]), said(14, 0x84));
        assert_eq!(hear(&[]), OfdAnswer::default());
    }

    #[test]
    fn texts_beside_the_code_are_words_for_people() {
        // 1021 stands for any text: no capture shows which tag an operator would use.
        let text = [
            &[0x2C, 0x04, 0x0C, 0x00, 0xFE, 0x03, 0x01, 0x00, 0][..],
            &[0xFD, 0x03, 0x03, 0x00, 0x84, 0xA0, b' '],
        ]
        .concat();
        let said = operator_answer(&text).unwrap();
        assert_eq!(said.code, Some(OfdCode::ACCEPTED));
        assert_eq!(said.text.as_deref(), Some("Да"));
        assert!(operator_answer(&[0x52; 9]).is_err(), "an encrypted one");
    }
}
