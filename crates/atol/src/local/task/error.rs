use desk::Refused;

/// The numbers of ATOL's driver 10 (ATOL web requests §6). Those that the source does not list are
/// GENERAL KNOWLEDGE: 6 and 11.
pub(in crate::local) mod code {
    /// No link to the device.
    pub(in crate::local) const NO_LINK: u16 = 2;
    /// An error inside.
    pub(in crate::local) const INTERNAL: u16 = 6;
    /// Not supported.
    pub(in crate::local) const NOT_SUPPORTED: u16 = 11;
    /// A bad parameter.
    pub(in crate::local) const BAD_PARAMETER: u16 = 13;
    /// A bad price or sum.
    pub(in crate::local) const BAD_PRICE: u16 = 16;
    /// A bad quantity.
    pub(in crate::local) const BAD_QUANTITY: u16 = 17;
    /// Cashless payments exceed the total.
    pub(in crate::local) const CASHLESS_EXCEEDS: u16 = 52;
    /// A bad kind of payment.
    pub(in crate::local) const BAD_PAYMENT: u16 = 60;
    /// Payments are less than the total.
    pub(in crate::local) const NOT_PAID: u16 = 66;
    /// The exchange with the drive.
    pub(in crate::local) const DRIVE: u16 = 115;
    /// Too long for a drive.
    pub(in crate::local) const TOO_LONG: u16 = 134;
    /// A bad tax system.
    pub(in crate::local) const TAX_SYSTEM: u16 = 143;
    /// A bad tax rate.
    pub(in crate::local) const TAX_RATE: u16 = 144;
    /// Required properties are missing.
    pub(in crate::local) const MISSING: u16 = 161;
    /// There is no drive.
    pub(in crate::local) const NO_DRIVE: u16 = 166;
    /// Tag 1214.
    pub(in crate::local) const PAYMENT_METHOD: u16 = 216;
    /// Tag 1212.
    pub(in crate::local) const PAYMENT_OBJECT: u16 = 217;
    /// A bad total.
    pub(in crate::local) const BAD_TOTAL: u16 = 227;
    /// A bad sum of tax.
    pub(in crate::local) const TAX_SUM: u16 = 243;
    /// The task cannot be parsed.
    pub(in crate::local) const PARSE: u16 = 501;
    /// A task before it has failed.
    pub(in crate::local) const INTERRUPTED: u16 = 502;
}

/// Why a task is not done: a number of the driver and words for the cashier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::local) struct TaskError {
    pub(in crate::local) code: u16,
    pub(in crate::local) description: String,
}

impl TaskError {
    pub(in crate::local) fn new(code: u16, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
        }
    }
}

/// What the rules of the format refuse, told by the driver's number that comes next to it.
pub(in crate::local) fn of_refusal(refused: &Refused) -> TaskError {
    const BY_RULE: [(&str, u16); 11] = [
        ("[document-size", code::TOO_LONG),
        ("[missing-tag", code::MISSING),
        ("[tax-system", code::TAX_SYSTEM),
        ("[one-tax-system", code::TAX_SYSTEM),
        ("[payments-total", code::BAD_TOTAL),
        ("[lines-total", code::BAD_TOTAL),
        ("[quantity", code::BAD_QUANTITY),
        ("[line-cost", code::BAD_PRICE),
        ("[vat-", code::TAX_RATE),
        ("[payment-method", code::PAYMENT_METHOD),
        ("[subject", code::PAYMENT_OBJECT),
    ];
    let found = BY_RULE
        .iter()
        .find(|(rule, _)| refused.message.contains(rule));
    let code = match (refused.code, found) {
        (_, Some((_, code))) => *code,
        ("bad_amount", None) => code::BAD_PRICE,
        _ => code::BAD_PARAMETER,
    };
    let message = &refused.message;
    TaskError::new(code, format!("Чек не прошел форматный контроль: {message}"))
}
