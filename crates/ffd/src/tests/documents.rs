//! A good document of each form in each version, to be spoilt or not.

use terms::FfdVersion;

use super::{stored_inside, usual_facts, usual_receipt, whole};
use crate::{
    Element, Form, Receipt, RegistrationFacts, Tag, Tree, UnixTime, Value, ValueKind,
    check::{Violation, check_stored},
};

/// The forms that registers and operators make, each with its own tables.
pub(super) const FORMS: [Form; 11] = [
    Form::Registration,
    Form::RegistrationChange,
    Form::OpenShift,
    Form::CurrentState,
    Form::Receipt,
    Form::StrictForm,
    Form::Correction,
    Form::StrictFormCorrection,
    Form::CloseShift,
    Form::CloseArchive,
    Form::OperatorConfirmation,
];

/// A document that tests change by paths such as `1059[2]/1214`.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) form: Form,
    pub(super) tree: Tree,
}

impl Draft {
    pub(super) fn good(form: Form, ffd: FfdVersion) -> Self {
        let tree = match form {
            Form::Receipt | Form::StrictForm => receipt(ffd),
            Form::Correction | Form::StrictFormCorrection => correction(ffd),
            Form::OperatorConfirmation => confirmation(ffd),
            _ => {
                let mut tree = head(ffd);
                match form {
                    Form::Registration | Form::RegistrationChange => {
                        registration(&mut tree, form, ffd);
                    }
                    Form::OpenShift => open_shift(&mut tree),
                    Form::CurrentState => current_state(&mut tree, ffd),
                    Form::CloseShift => close_shift(&mut tree, ffd),
                    _ => close_archive(&mut tree, ffd),
                }
                tree
            }
        };
        Self { form, tree }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        whole(self.form, &self.tree.encode().unwrap())
    }

    pub(super) fn check(&self, facts: &RegistrationFacts) -> Vec<Violation> {
        check_stored(&self.bytes(), facts)
    }

    /// The list at the path; an empty one is the document.
    fn list(&mut self, path: &str) -> &mut Tree {
        let mut tree = &mut self.tree;
        for step in path.split('/').filter(|step| !step.is_empty()) {
            let (tag, index) = step
                .trim_end_matches(']')
                .split_once('[')
                .unwrap_or((step, "1"));
            let (tag, index): (u16, usize) = (tag.parse().unwrap(), index.parse().unwrap());
            let mut same = tree.0.iter_mut().filter(|element| element.tag == Tag(tag));
            tree = match &mut same.nth(index - 1).unwrap().value {
                Value::List(tree) => tree,
                other => panic!("{path}: {other:?}"),
            };
        }
        tree
    }

    /// Adds an element to the list at the path.
    pub(super) fn add(&mut self, path: &str, tag: u16, value: impl Into<Value>) -> &mut Self {
        let element = element(tag, value);
        self.list(path).0.push(element);
        self
    }

    /// Gives an element that is there another value.
    pub(super) fn set(&mut self, path: &str, value: impl Into<Value>) -> &mut Self {
        let (outer, tag) = path.rsplit_once('/').unwrap_or(("", path));
        let new = element(tag.parse().unwrap(), value);
        let list = self.list(outer);
        let old = list.0.iter_mut().find(|old| old.tag == new.tag);
        old.unwrap().value = new.value;
        self
    }

    pub(super) fn cut(&mut self, path: &str) -> &mut Self {
        let (outer, tag) = path.rsplit_once('/').unwrap_or(("", path));
        let tag = Tag(tag.parse().unwrap());
        let list = self.list(outer);
        assert!(list.get(tag).is_some(), "{path}");
        list.0.retain(|element| element.tag != tag);
        self
    }
}

/// Numbers and texts become what their tag is.
fn element(tag: u16, value: impl Into<Value>) -> Element {
    let tag = Tag(tag);
    let info = tag.info().unwrap();
    let value = match value.into() {
        Value::Vln(number) => match info.kind {
            ValueKind::Byte => Value::Byte(number as u8),
            ValueKind::Uint16 => Value::Uint16(number as u16),
            ValueKind::Uint32 => Value::Uint32(number as u32),
            ValueKind::UnixTime => Value::UnixTime(UnixTime(number as u32)),
            _ => Value::Vln(number),
        },
        Value::Text(text) if info.kind == ValueKind::UnixTime => {
            let moment: terms::LocalDateTime = text.parse().unwrap();
            Value::UnixTime(moment.try_into().unwrap())
        }
        Value::Text(text) if info.padded => {
            Value::Text(format!("{text:<width$}", width = info.max_len()))
        }
        Value::Text(text) if info.kind == ValueKind::Fvln => Value::Fvln(text.parse().unwrap()),
        other => other,
    };
    Element { tag, value }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Vln(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<Vec<Element>> for Value {
    fn from(elements: Vec<Element>) -> Self {
        Self::List(Tree(elements))
    }
}

/// A list for a value: `list![1135: 3, 1201: 500]`.
macro_rules! list {
    ($($tag:literal: $value:expr),* $(,)?) => {
        crate::Value::from(vec![$(crate::tests::documents::one($tag, $value)),*])
    };
}
pub(super) use list;

pub(super) fn one(tag: u16, value: impl Into<Value>) -> Element {
    element(tag, value)
}

/// A series drive, so that ИНН and РНМ count.
const DRIVE: &str = "9287440301001022";

pub(super) fn facts(ffd: FfdVersion) -> RegistrationFacts {
    RegistrationFacts {
        ffd,
        ..usual_facts()
    }
}

fn put(tree: &mut Tree, elements: impl IntoIterator<Item = Element>) {
    tree.0.extend(elements);
}

fn head(ffd: FfdVersion) -> Tree {
    Tree(vec![
        one(1209, u64::from(ffd.code())),
        one(1041, DRIVE),
        one(1037, "0000000000024136"),
        one(1018, "7802781104"),
        one(1040, 7),
        one(1012, "2026-11-22T09:05"),
        element(1077, Value::Bytes(vec![0x21, 4, 1, 2, 3, 4])),
    ])
}

fn registration(tree: &mut Tree, form: Form, ffd: FfdVersion) {
    let flags: &[u16] = match ffd {
        FfdVersion::V1_05 => &[1108, 1110, 1221],
        FfdVersion::V1_1 => &[1108, 1110, 1126, 1193, 1207, 1221],
        FfdVersion::V1_2 => &[],
    };
    for tag in [1001, 1002, 1056].iter().chain(flags) {
        put(tree, [one(*tag, 0)]);
    }
    let texts = [
        (1009, "101000, г. Москва, ул. Мясницкая, д. 1"),
        (1013, "0128003270"),
        (1017, "7704211201"),
        (1021, "Иванов И.И."),
        (1046, "ОФД"),
        (1048, "ООО \"Связь\""),
        (1187, "Касса № 1"),
        (1188, "001"),
    ];
    put(tree, texts.map(|(tag, text)| one(tag, text)));
    put(tree, [one(1062, 1), one(1189, 4)]);
    if ffd != FfdVersion::V1_05 {
        put(tree, [one(1190, 4), one(1213, 410)]);
    }
    if ffd == FfdVersion::V1_2 {
        put(tree, [one(1290, 0x200)]);
    }
    if form == Form::RegistrationChange {
        let reason = match ffd {
            FfdVersion::V1_05 => one(1101, 3),
            _ => one(1205, 4),
        };
        put(tree, [reason]);
    }
}

fn open_shift(tree: &mut Tree) {
    put(
        tree,
        [
            one(1038, 3),
            one(1021, "Иванов И.И."),
            one(1188, "001"),
            one(1189, 4),
        ],
    );
}

fn current_state(tree: &mut Tree, ffd: FfdVersion) {
    put(
        tree,
        [
            one(1038, 3),
            one(1097, 2),
            one(1098, "2026-11-22T00:00"),
            one(1116, 5),
        ],
    );
    if ffd != FfdVersion::V1_05 {
        let unsent = list![1144: 2, 1145: list![1135: 2, 1201: 500, 1138: 500]];
        put(tree, [one(1157, counters(3, 900)), one(1158, unsent)]);
    }
    if ffd == FfdVersion::V1_2 {
        put(tree, [one(1213, 410)]);
    }
}

/// So many receipts of so much, and one correction.
fn counters(receipts: u64, total: u64) -> Value {
    list![
        1134: receipts + 1,
        1129: list![1135: receipts, 1201: total, 1136: 100, 1138: total - 100],
        1133: list![1144: 1, 1145: list![1135: 1, 1201: 50, 1138: 50]],
    ]
}

fn close_shift(tree: &mut Tree, ffd: FfdVersion) {
    put(
        tree,
        [
            one(1038, 3),
            one(1021, "Иванов И.И."),
            one(1111, 5),
            one(1118, 3),
            one(1097, 0),
        ],
    );
    if ffd != FfdVersion::V1_05 {
        put(
            tree,
            [
                one(1157, counters(4, 900)),
                one(1194, counters(2, 500)),
                one(1213, 410),
            ],
        );
    }
}

fn close_archive(tree: &mut Tree, ffd: FfdVersion) {
    put(
        tree,
        [
            one(1038, 3),
            one(1021, "Иванов И.И."),
            one(1048, "ООО \"Связь\""),
            one(1009, "101000, г. Москва, ул. Мясницкая, д. 1"),
            one(1187, "Касса № 1"),
        ],
    );
    if ffd != FfdVersion::V1_05 {
        put(tree, [one(1157, counters(4, 900))]);
    }
}

fn receipt(ffd: FfdVersion) -> Tree {
    let receipt = Receipt {
        ffd,
        ..usual_receipt()
    };
    let mut tree = Tree::parse(&stored_inside(&receipt)).unwrap();
    let drive = tree.0.iter_mut().find(|it| it.tag == Tag::DRIVE_NUMBER);
    *drive.unwrap() = one(1041, DRIVE);
    tree
}

fn correction(ffd: FfdVersion) -> Tree {
    let mut tree = receipt(ffd);
    let basis = list![1178: "2026-11-20T00:00"];
    put(&mut tree, [one(1173, 0), one(1174, basis)]);
    tree
}

fn confirmation(ffd: FfdVersion) -> Tree {
    let mut tree = Tree(vec![
        one(1017, "7704211201"),
        element(1078, Value::Bytes(vec![0x88, 6, 1, 2, 3, 4, 5, 6])),
        one(1041, DRIVE),
        one(1040, 7),
        one(1012, "2026-11-22T09:06"),
        one(1068, list![1022: 0]),
    ]);
    if ffd != FfdVersion::V1_05 {
        put(&mut tree, [one(1206, 2)]);
    }
    tree
}

#[test]
fn a_good_document_of_each_form_and_version_breaks_no_rule() {
    for ffd in FfdVersion::ALL.iter().copied() {
        for form in FORMS {
            let found = Draft::good(form, ffd).check(&facts(ffd));
            assert_eq!(found, [], "{form} of {ffd}");
        }
    }
}

#[test]
fn each_required_tag_is_missed_in_every_form_and_version() {
    for ffd in FfdVersion::ALL.iter().copied() {
        for form in FORMS {
            let good = Draft::good(form, ffd);
            for tag in crate::required_tags(ffd, form, None) {
                let mut draft = good.clone();
                draft.tree.0.retain(|element| element.tag != *tag);
                assert_ne!(draft.tree, good.tree, "{form} of {ffd} has {tag}");
                let found = draft.check(&facts(ffd));
                let told = found.iter().any(|it| {
                    it.rule.id == "missing-tag" && it.path.to_string() == tag.0.to_string()
                });
                assert!(told, "{form} of {ffd} without {tag}: {found:#?}");
            }
        }
    }
}
