use terms::{FfdVersion, Inn, TermError};

use crate::{
    CountryCode, EncodeError, Tag, Value, Writer, WrittenDate,
    fields::{Fields, NO_INN, inn, written},
};

/// Who bought (покупатель): tags 1227 and 1228, in FFD 1.2 inside 1256.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Buyer {
    /// The name, at most 256 characters (1227).
    pub name: Option<String>,
    /// The ИНН (1228).
    pub inn: Option<Inn>,
    /// What else is said of him, in FFD 1.2.
    pub details: Option<Box<BuyerDetails>>,
}

impl Buyer {
    pub(crate) fn write(&self, ffd: FfdVersion, writer: &mut Writer) -> Result<(), EncodeError> {
        match ffd {
            FfdVersion::V1_2 => writer.nested(Tag::BUYER, |inner| self.write_fields(inner)),
            FfdVersion::V1_05 | FfdVersion::V1_1 => self.write_fields(writer),
        }
    }

    fn write_fields(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        if let Some(name) = &self.name {
            writer.text(Tag::BUYER_NAME, name)?;
        }
        if let Some(inn) = &self.inn {
            writer.inn(Tag::BUYER_INN, inn)?;
        }
        match &self.details {
            Some(details) => details.write(writer),
            None => Ok(()),
        }
    }

    /// The buyer of a document; a 1256 that says more than this type can hold is left alone.
    pub(crate) fn read(ffd: FfdVersion, fields: &mut Fields) -> Option<Self> {
        if ffd == FfdVersion::V1_2 {
            return fields.optional(Tag::BUYER, |value| {
                let mut inside = Fields::new(value.as_list()?.clone(), Some(Tag::BUYER)).ok()?;
                let mut buyer = Self::read_name(&mut inside);
                if !inside.is_empty() {
                    buyer.details = BuyerDetails::read(&mut inside).map(Box::new);
                }
                inside.is_empty().then_some(buyer)
            });
        }
        let buyer = Self::read_name(fields);
        (buyer != Self::default()).then_some(buyer)
    }

    fn read_name(fields: &mut Fields) -> Self {
        Self {
            name: fields.text(Tag::BUYER_NAME),
            inn: fields.optional(Tag::BUYER_INN, inn),
            details: None,
        }
    }
}

/// What FFD 1.2 says of a buyer beside name and ИНН (inside 1256).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BuyerDetails {
    /// Russia gave the buyer no ИНН, which 1228 tells with zeros (ККТ–ОФД protocol §9).
    pub foreign: bool,
    /// Дата рождения (1243).
    pub birthday: Option<WrittenDate>,
    /// Гражданство (1244).
    pub citizenship: Option<CountryCode>,
    /// The paper that proves who he is (1245, 1246), for a buyer without ИНН.
    pub document: Option<IdentityDocument>,
    /// Адрес (1254), at most 256 characters.
    pub address: Option<String>,
}

impl BuyerDetails {
    fn write(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        if self.foreign {
            writer.text(Tag::BUYER_INN, NO_INN)?;
        }
        if let Some(date) = &self.birthday {
            writer.text(Tag::BUYER_BIRTHDAY, &date.to_string())?;
        }
        if let Some(country) = &self.citizenship {
            writer.text(Tag::BUYER_CITIZENSHIP, &country.to_string())?;
        }
        if let Some(document) = &self.document {
            writer.text(Tag::BUYER_DOCUMENT_KIND, &document.kind.code().to_string())?;
            writer.text(Tag::BUYER_DOCUMENT_DATA, &document.data)?;
        }
        match &self.address {
            Some(address) => writer.text(Tag::BUYER_ADDRESS, address),
            None => Ok(()),
        }
    }

    fn read(fields: &mut Fields) -> Option<Self> {
        let foreign = |value: &Value| (value.as_text()? == NO_INN).then_some(());
        let details = Self {
            foreign: fields.optional(Tag::BUYER_INN, foreign).is_some(),
            birthday: fields.optional(Tag::BUYER_BIRTHDAY, written),
            citizenship: fields.optional(Tag::BUYER_CITIZENSHIP, written),
            document: IdentityDocument::read(fields),
            address: fields.text(Tag::BUYER_ADDRESS),
        };
        (details != Self::default()).then_some(details)
    }
}

/// A paper that proves who a buyer is (1245, 1246).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdentityDocument {
    /// What paper it is (1245).
    pub kind: IdentityKind,
    /// Its series and number (1246), at most 64 characters.
    pub data: String,
}

impl IdentityDocument {
    /// Both halves or nothing.
    fn read(fields: &mut Fields) -> Option<Self> {
        if !fields.has(Tag::BUYER_DOCUMENT_DATA) {
            return None;
        }
        let kind = fields.optional(Tag::BUYER_DOCUMENT_KIND, |value| {
            IdentityKind::from_code(value.as_text()?.parse().ok()?).ok()
        })?;
        let data = fields.text(Tag::BUYER_DOCUMENT_DATA)?;
        Some(Self { kind, data })
    }
}

macro_rules! identity_kinds {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        /// The kind of a paper that proves who a buyer is: tag 1245 (FFD documents §3).
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u8)]
        pub enum IdentityKind {
            $(#[doc = concat!($title, ".")] $name = $code,)*
        }

        impl IdentityKind {
            /// Every kind, by code.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The Russian name.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

identity_kinds! {
    Passport = 21, "Паспорт гражданина РФ";
    TravelPassport = 22, "Загранпаспорт, дипломатический или служебный паспорт";
    TemporaryCertificate = 26, "Временное удостоверение личности";
    BirthCertificate = 27, "Свидетельство о рождении";
    OtherRussian = 28, "Иной документ гражданина РФ";
    ForeignPassport = 31, "Паспорт иностранного гражданина";
    OtherForeign = 32, "Иной документ иностранного гражданина";
    StatelessIssued = 33, "Документ лица без гражданства, выданный иностранным государством";
    ResidencePermit = 34, "Вид на жительство";
    TemporaryResidence = 35, "Разрешение на временное проживание";
    RefugeeApplication = 36, "Свидетельство о рассмотрении ходатайства о признании беженцем";
    RefugeeCertificate = 37, "Удостоверение беженца";
    OtherStateless = 38, "Иной документ лица без гражданства";
    CitizenshipApplication = 40, "Документ на период рассмотрения заявления о гражданстве";
}

impl IdentityKind {
    /// The value of tag 1245: two digits.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Reads a value of tag 1245.
    ///
    /// # Errors
    /// When no such kind is assigned.
    pub fn from_code(code: u8) -> terms::Result<Self> {
        let known = Self::ALL.iter().find(|kind| kind.code() == code);
        known.copied().ok_or_else(|| {
            TermError::new("1245 identity document", code, "21, 22, 26…28, 31…38 or 40")
        })
    }
}
