//! A drive as far as tests need one: its own tags before what the host passes.

use terms::FfdVersion;

use crate::{Form, Tag, Tree, UnixTime, Value, Writer, check, drive_tags, required_tags};

/// What any document of the tests says of itself.
pub(super) fn head(ffd: FfdVersion) -> Vec<(Tag, Value)> {
    vec![
        (Tag::FFD_VERSION, Value::Byte(ffd.code())),
        (Tag::DRIVE_NUMBER, text("9999078902013267")),
        (Tag::RNM, text("0000000000024136")),
        (Tag::USER_INN, text("7802781104")),
        (Tag::DOCUMENT_NUMBER, Value::Uint32(7)),
        // 2026-11-22 10:30.
        (Tag::DATE_TIME, Value::UnixTime(UnixTime(1_795_343_400))),
        (
            Tag::FISCAL_SIGN,
            Value::Bytes(vec![0x21, 0x04, 0x1F, 0x7D, 0x0F, 0x58]),
        ),
    ]
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The inside of a document: of `own` and [`head`] what a drive writes into this form in this
/// version, in its order, then the host's part.
pub(super) fn inside(ffd: FfdVersion, form: Form, own: &[(Tag, Value)], host: &[u8]) -> Vec<u8> {
    let head = head(ffd);
    let mut writer = Writer::new();
    for tag in drive_tags(ffd, form) {
        let said = own.iter().chain(&head).filter(|(said, _)| *said == tag);
        for (tag, value) in said {
            writer.element(*tag, value).unwrap();
        }
    }
    [writer.finish(), host.to_vec()].concat()
}

/// [`inside`] with its outer element.
pub(super) fn whole(ffd: FfdVersion, form: Form, own: &[(Tag, Value)], host: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    let inside = inside(ffd, form, own, host);
    writer.raw(form.tag(), &inside).unwrap();
    writer.finish()
}

/// What of a document's structure breaks the tables: tags that do not belong there, that are
/// repeated or too long, and those that every such document has and this one has not.
pub(super) fn broken(bytes: &[u8], ffd: FfdVersion) -> Vec<String> {
    let of_structure = ["not-tlv", "tag-not-allowed", "repeated-tag", "length"];
    let found = check::check_document(bytes, ffd);
    let found = found
        .iter()
        .filter(|found| of_structure.contains(&found.rule.id))
        .map(ToString::to_string);
    let whole = Tree::parse(bytes).unwrap();
    let form = Form::from_tag(whole.0[0].tag).unwrap();
    let inside = whole.0[0].value.as_list().unwrap();
    let required = required_tags(ffd, form, None).iter();
    let missing = required.filter(|tag| inside.get(**tag).is_none());
    found
        .chain(missing.map(|tag| format!("{tag} is missing")))
        .collect()
}
