use terms::TermError;

/// Where a field stands in a line: counted from 1 at the left, or from −1 at the right.
///
/// Contracts put meters and services between the period and the sums: then the fields before are
/// found from the left and the sums from the right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place(
    /// Never zero.
    i8,
);

impl Place {
    /// A place.
    ///
    /// # Errors
    /// When it is zero or further than 64 fields away.
    pub fn new(place: i64) -> terms::Result<Self> {
        i8::try_from(place)
            .ok()
            .filter(|place| *place != 0)
            .filter(|place| usize::from(place.unsigned_abs()) <= crate::FIELDS_MAX)
            .map(Self)
            .ok_or_else(|| {
                let rule = "1…64 counts from the left, -1…-64 from the right";
                TermError::new("place of a field", place, rule)
            })
    }

    /// The same as a number.
    pub const fn get(self) -> i8 {
        self.0
    }

    /// The field that stands there.
    pub(crate) fn of<'a>(self, fields: &[&'a str]) -> Option<&'a str> {
        let far = usize::from(self.0.unsigned_abs());
        let index = if self.0 > 0 {
            far.checked_sub(1)?
        } else {
            fields.len().checked_sub(far)?
        };
        fields.get(index).copied()
    }
}

/// Which of the sums of a registry goes on the receipt.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ReceiptSum {
    /// What the payer has paid: the bank's fee is withheld from the company.
    #[default]
    Paid,
    /// What was passed on to the company: the fee is the payer's, and the bank's own receipt.
    Transferred,
}

impl std::str::FromStr for ReceiptSum {
    type Err = TermError;

    fn from_str(name: &str) -> terms::Result<Self> {
        match name {
            "paid" => Ok(Self::Paid),
            "transferred" => Ok(Self::Transferred),
            _ => Err(TermError::new("sum", name, "paid or transferred")),
        }
    }
}

/// Where the fields of Sberbank's registry stand. Those that are none are not in the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Columns {
    /// The day of the payment, DD-MM-YYYY.
    pub date: Place,
    /// Its time, HH-MM-SS.
    pub time: Option<Place>,
    /// The terminal.
    pub channel: Option<Place>,
    /// The bank's number of the operation.
    pub number: Place,
    /// The payer's account with us.
    pub account: Place,
    /// The payer's name.
    pub payer: Option<Place>,
    /// The payer's address.
    pub address: Option<Place>,
    /// The month, MMYY.
    pub period: Option<Place>,
    /// What was paid.
    pub paid: Place,
    /// What was passed on.
    pub transferred: Place,
    /// What the bank has kept.
    pub fee: Place,
}

/// How Sberbank's registries of one contract look.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Profile {
    /// Its name, for people.
    pub name: String,
    /// How many fields a line has, the least and the most.
    pub fields: (usize, usize),
    /// Where they stand.
    pub columns: Columns,
    /// Which sum goes on the receipt.
    pub sum: ReceiptSum,
}

impl Profile {
    /// The usual one: 13 fields, or 12 as in older contracts, which lack the last.
    pub fn standard() -> Self {
        Self {
            name: "standard".to_owned(),
            fields: (12, 13),
            columns: Columns {
                date: Place(1),
                time: Some(Place(2)),
                channel: Some(Place(4)),
                number: Place(5),
                account: Place(6),
                payer: Some(Place(7)),
                address: Some(Place(8)),
                period: Some(Place(9)),
                paid: Place(10),
                transferred: Place(11),
                fee: Place(12),
            },
            sum: ReceiptSum::Paid,
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::standard()
    }
}
