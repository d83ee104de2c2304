use ffd::{Document, Form, Place, QrText, Tag, Tree};
use terms::Kopecks;

use crate::{listing, receipt, registration, reports};

/// What stands on every form of a document whose drive is emulated or a debug one.
pub(crate) const NOT_FISCAL: &str = "ЭМУЛЯТОР: НЕ ФИСКАЛЬНЫЙ ДОКУМЕНТ";

/// A document as people read it: rows from top to bottom.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Printed {
    /// What it is, for the title of a page: `Кассовый чек № 12`.
    pub title: String,
    /// Whether its drive is emulated or a debug one: then it has no legal force.
    pub is_emulated: bool,
    /// Its parts, in order.
    pub sections: Vec<Section>,
    /// What its QR code says, for receipts.
    pub qr: Option<QrText>,
}

/// A part of a printed document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Section {
    /// What it is, for those who do not see it.
    pub label: &'static str,
    /// Rows that belong together. There is one group, or one for each line of a receipt.
    pub groups: Vec<Vec<Row>>,
    /// Whether the groups are a list.
    pub is_list: bool,
}

/// A row of a printed document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// The tags whose values it shows; none for what no tag says.
    pub tags: Vec<Tag>,
    /// How deep it lies inside other rows.
    pub depth: usize,
    /// What it says.
    pub content: Content,
}

/// What a row says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// A heading.
    Heading(String),
    /// Words.
    Text(String),
    /// The name of a line of a receipt.
    Name(String),
    /// A value with its name.
    Pair(String, String),
    /// A sum with its name.
    Sum(String, Kopecks),
    /// The sum of everything.
    Total(String, Kopecks),
}

/// What a document does not say itself, but its printed form shows: from the registration or the
/// configuration of its ККТ.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Surroundings {
    /// Наименование пользователя (1048).
    pub user_name: Option<String>,
    /// Where settlements are made (1009, 1187).
    pub settlement: Option<Place>,
    /// Заводской номер ККТ (1013).
    pub kkt_serial: Option<String>,
    /// Whether the drive is known to be emulated or a debug one. Those whose number begins with
    /// 9999 are known without.
    pub is_emulated: bool,
}

impl Printed {
    /// The human form of a document. Forms that `ffd` keeps as trees are listed tag by tag.
    pub fn of(document: &Document, around: &Surroundings) -> Self {
        let sections = match document {
            Document::Receipt(stored) => receipt::sections(stored, around),
            Document::Registration(stored) => registration::sections(stored),
            Document::OpenShift(stored) => reports::open_shift(stored, around),
            Document::CloseShift(stored) => reports::close_shift(stored, around),
            Document::CloseArchive(stored) => reports::close_archive(stored, around),
            Document::CurrentState(stored) => reports::current_state(stored, around),
            Document::Confirmation(confirmation) => reports::confirmation(confirmation),
            Document::Other(form, tree) => return Self::listing(Some(*form), tree, around),
        };
        let (drive, number) = match document {
            Document::Confirmation(confirmation) => (confirmation.drive, confirmation.document),
            other => match other.head() {
                Some(head) => (head.drive, head.number),
                None => return Self::listing(Some(document.form()), &Tree::default(), around),
            },
        };
        let qr = match document {
            Document::Receipt(stored) => Some(QrText::of(stored)),
            _ => None,
        };
        Self {
            title: format!("{}, ФД № {number}", document.form().title()),
            is_emulated: drive.is_debug() || around.is_emulated,
            sections,
            qr,
        }
    }

    /// Every tag of a TLV list with its Russian name and its value in words.
    pub fn listing(form: Option<Form>, tree: &Tree, around: &Surroundings) -> Self {
        let title = form.map_or("Список TLV", Form::title);
        Self {
            title: title.to_owned(),
            is_emulated: around.is_emulated || listing::is_of_debug_drive(tree),
            sections: listing::sections(title, tree),
            qr: None,
        }
    }

    /// A page that says why there is no document.
    pub fn notice(title: impl Into<String>, words: &[&str]) -> Self {
        let title = title.into();
        let mut rows = vec![Row::new([], Content::Heading(title.clone()))];
        let words = words.iter().map(|text| Content::Text((*text).to_owned()));
        rows.extend(words.map(|text| Row::new([], text)));
        Self {
            title,
            is_emulated: false,
            sections: vec![Section::of("Сообщение", rows)],
            qr: None,
        }
    }

    /// Every row, from top to bottom.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sections
            .iter()
            .flat_map(|section| section.groups.iter().flatten())
    }
}

impl Section {
    /// A part of a single group.
    pub(crate) fn of(label: &'static str, rows: Vec<Row>) -> Self {
        Self {
            label,
            groups: vec![rows],
            is_list: false,
        }
    }
}

impl Row {
    pub(crate) fn new(tags: impl IntoIterator<Item = Tag>, content: Content) -> Self {
        Self {
            tags: tags.into_iter().collect(),
            depth: 0,
            content,
        }
    }
}
