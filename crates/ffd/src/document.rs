use terms::{DocumentNumber, DriveNumber, FfdVersion, FiscalSign, LocalDateTime};

use crate::{
    Form, OperatorConfirmation, ParseError, Reader, StoredCloseArchive, StoredCloseShift,
    StoredCurrentState, StoredOpenShift, StoredReceipt, StoredRegistration, Tag, Tree, Value,
    fields::{Fields, number},
    tree::MAX_DEPTH,
};

/// What every document that a drive signs says about itself.
///
/// ИНН and РНМ are given as they stand: a debug drive may be registered with invented ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// Номер версии ФФД (1209).
    pub ffd: FfdVersion,
    /// Номер ФН (1041).
    pub drive: DriveNumber,
    /// Регистрационный номер ККТ (1037), without its padding.
    pub rnm: String,
    /// ИНН пользователя (1018), without its padding.
    pub user_inn: String,
    /// Номер ФД (1040).
    pub number: DocumentNumber,
    /// When it was formed (1012).
    pub time: LocalDateTime,
    /// ФПД (1077).
    pub sign: FiscalSign,
}

impl Head {
    pub(crate) fn read(fields: &mut Fields) -> Result<Self, ParseError> {
        Ok(Self {
            ffd: fields.required(Tag::FFD_VERSION, |value| {
                FfdVersion::from_code(value.as_byte()?).ok()
            })?,
            drive: fields.required(Tag::DRIVE_NUMBER, |value| value.as_text()?.parse().ok())?,
            rnm: fields.required_text(Tag::RNM)?,
            user_inn: fields.required_text(Tag::USER_INN)?,
            number: DocumentNumber(fields.required(Tag::DOCUMENT_NUMBER, number)?),
            time: fields.required(Tag::DATE_TIME, Value::as_time)?,
            sign: fields.required(Tag::FISCAL_SIGN, read_sign)?,
        })
    }
}

/// Two service bytes, then the sign, the highest byte first.
fn read_sign(value: &Value) -> Option<FiscalSign> {
    match value.as_bytes()? {
        [_, _, sign @ ..] => Some(FiscalSign(u32::from_be_bytes(sign.try_into().ok()?))),
        _ => None,
    }
}

/// A fiscal document, read whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Document {
    /// Forms 1 and 11.
    Registration(Box<StoredRegistration>),
    /// Form 2.
    OpenShift(Box<StoredOpenShift>),
    /// Forms 3, 4, 31 and 41.
    Receipt(Box<StoredReceipt>),
    /// Form 5.
    CloseShift(Box<StoredCloseShift>),
    /// Form 6.
    CloseArchive(Box<StoredCloseArchive>),
    /// Form 7.
    Confirmation(Box<OperatorConfirmation>),
    /// Form 21.
    CurrentState(Box<StoredCurrentState>),
    /// As a tree: the forms of the exchange on marked goods, 81…84, and any document of the time
    /// before FFD 1.05, whose tag 1209 says so or is absent.
    Other(Form, Tree),
}

impl Document {
    /// Reads a document with its outer element, as containers carry it.
    ///
    /// # Errors
    /// When the bytes are no such element, its tag is no form, or its content is not what the form
    /// says.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let outer = Reader::document(bytes)?;
        let form =
            Form::from_tag(outer.tag()).ok_or(ParseError::UnknownForm { tag: outer.tag() })?;
        Self::read(form, Tree::read(outer.list(), MAX_DEPTH)?)
    }

    /// Reads the inside of a document of `form`, as a drive's archive gives it.
    ///
    /// # Errors
    /// When the bytes are no TLV list, or its content is not what the form says.
    pub fn parse_inside(form: Form, bytes: &[u8]) -> Result<Self, ParseError> {
        Self::read(form, Tree::parse(bytes)?)
    }

    fn read(form: Form, tree: Tree) -> Result<Self, ParseError> {
        if form != Form::OperatorConfirmation && is_older(&tree) {
            return Ok(Self::Other(form, tree));
        }
        Ok(match form {
            Form::Registration | Form::RegistrationChange => {
                Self::Registration(Box::new(StoredRegistration::read(form, tree)?))
            }
            Form::OpenShift => Self::OpenShift(Box::new(StoredOpenShift::read(tree)?)),
            Form::Receipt | Form::StrictForm | Form::Correction | Form::StrictFormCorrection => {
                Self::Receipt(Box::new(StoredReceipt::read(form, tree)?))
            }
            Form::CloseShift => Self::CloseShift(Box::new(StoredCloseShift::read(tree)?)),
            Form::CloseArchive => Self::CloseArchive(Box::new(StoredCloseArchive::read(tree)?)),
            Form::OperatorConfirmation => {
                Self::Confirmation(Box::new(OperatorConfirmation::read(tree)?))
            }
            Form::CurrentState => Self::CurrentState(Box::new(StoredCurrentState::read(tree)?)),
            Form::MarkingRequest
            | Form::MarkingNotification
            | Form::MarkingAnswer
            | Form::MarkingReceipt => Self::Other(form, tree),
        })
    }

    /// The form.
    pub const fn form(&self) -> Form {
        match self {
            Self::Registration(registration) => registration.form,
            Self::OpenShift(_) => Form::OpenShift,
            Self::Receipt(receipt) => receipt.form,
            Self::CloseShift(_) => Form::CloseShift,
            Self::CloseArchive(_) => Form::CloseArchive,
            Self::Confirmation(_) => Form::OperatorConfirmation,
            Self::CurrentState(_) => Form::CurrentState,
            Self::Other(form, _) => *form,
        }
    }

    /// What the drive says about the document; none for a confirmation and for forms that this
    /// crate keeps as trees.
    pub const fn head(&self) -> Option<&Head> {
        Some(match self {
            Self::Registration(registration) => &registration.head,
            Self::OpenShift(shift) => &shift.head,
            Self::Receipt(receipt) => &receipt.head,
            Self::CloseShift(shift) => &shift.head,
            Self::CloseArchive(closing) => &closing.head,
            Self::CurrentState(state) => &state.head,
            Self::Confirmation(_) | Self::Other(..) => return None,
        })
    }
}

/// Whether a document is of FFD 1.0 or its beta, which tag 1209 tells by 1, by 0 or by its absence
/// (FFD documents §1).
fn is_older(tree: &Tree) -> bool {
    match tree.get(Tag::FFD_VERSION) {
        None => true,
        Some(version) => version
            .as_byte()
            .is_some_and(|code| code < FfdVersion::V1_05.code()),
    }
}

/// How many bytes of TLV a host may pass for a document of `form` (ФН protocol §6.1).
pub const fn host_limit(form: Form) -> usize {
    match form {
        Form::Registration | Form::RegistrationChange => 6 * 1024,
        Form::OpenShift | Form::CloseArchive => 4 * 1024,
        Form::CloseShift => 1024,
        Form::CurrentState => 2 * 1024,
        _ => 30 * 1024,
    }
}
