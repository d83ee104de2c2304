//! Equations between billing, journal, drives and ОФД (receipt rules §5.1).

use std::fmt;

use terms::{AccountNumber, LocalDate, Period, ServiceCode, VatRate};

use crate::{Compare, Finding, Mismatch, Object, Result, Row, RuleId, Severity, Sum, Text, Total};

/// An equation, for people and documents. Pairs are Russian and English.
#[derive(Debug)]
pub struct Equation {
    /// Its number.
    pub id: EquationId,
    /// What is compared.
    pub title: (&'static str, &'static str),
    /// The left side.
    pub left: (&'static str, &'static str),
    /// The right side.
    pub right: (&'static str, &'static str),
    /// How often: an hour, a shift, a day, a month.
    pub every: &'static str,
    /// The rule under which a difference becomes an incident.
    pub rule: RuleId,
    /// How bad a difference is.
    pub severity: Severity,
}

macro_rules! equations {
    ($($id:ident $every:literal $rule:ident $severity:ident {
        $title_ru:literal, $title_en:literal;
        $left_ru:literal, $left_en:literal;
        $right_ru:literal, $right_en:literal;
    })*) => {
        /// The number of an equation.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum EquationId {
            $(#[doc = $title_en] $id,)*
        }

        impl EquationId {
            /// The number as text, such as `E1`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$id => stringify!($id),)*
                }
            }

            /// Reads [`EquationId::name`].
            pub fn from_name(name: &str) -> Option<Self> {
                [$(Self::$id),*].into_iter().find(|id| id.name() == name)
            }
        }

        /// All equations, by number.
        pub const EQUATIONS: &[Equation] = &[$(Equation {
            id: EquationId::$id,
            title: ($title_ru, $title_en),
            left: ($left_ru, $left_en),
            right: ($right_ru, $right_en),
            every: $every,
            rule: RuleId::$rule,
            severity: Severity::$severity,
        }),*];
    };
}

equations! {
    E1 "day" A20 High {
        "Деньги", "Money";
        "деньги банка, кассы и эквайера", "money of bank, cash desk and acquirer";
        "наличные и безналичные чеков и записи без чека",
        "cash and cashless of receipts, and records without a receipt";
    }
    E2 "month" A20 High {
        "Начисления", "Charges";
        "начисления биллинга", "charges of billing";
        "строки 4, 5, 6, буфер зачётов, начисления агентов и не покрытые при оплате по факту",
        "lines 4, 5, 6, the buffer of offsets, agents' charges and what is uncovered on payment";
    }
    E3 "shift" A07 Critical {
        "Итоги смены", "Totals of a shift";
        "счётчики отчёта о закрытии смены", "counters of the shift's closing report";
        "журнал", "the journal";
    }
    E4 "hour" A07 Critical {
        "Номера документов", "Document numbers";
        "архив накопителя", "the drive's archive";
        "журнал и ОФД", "the journal and the ОФД";
    }
    E5 "day" A12 Critical {
        "Авансы", "Advances";
        "остатки авансов", "lots";
        "авансы по чекам или по биллингу", "advances by receipts, or by billing";
    }
    E6 "day" A12 Critical {
        "Кредит", "Credit";
        "открытые и списанные долги в кредит", "credit debts, open and written off";
        "кредит по чекам", "credit by receipts";
    }
    E7 "month" A11 Critical {
        "НДС", "VAT";
        "итоги документов по ставкам", "totals of documents by rate";
        "строки документов или книга продаж", "lines of documents, or the sales book";
    }
    E8 "hour" A08 High {
        "ОФД", "ОФД";
        "документы старше часа", "documents older than an hour";
        "подтверждения без отказов", "tickets without refusals";
    }
}

impl Equation {
    /// The equation `id`.
    pub fn of(id: EquationId) -> &'static Self {
        // `EQUATIONS` and `EquationId` come from one list, in one order.
        &EQUATIONS[id as usize]
    }
}

impl fmt::Display for EquationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What E1 knows money by.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MoneyKey {
    /// The day.
    pub day: LocalDate,
    /// The source.
    pub source: String,
    /// The external id or bank operation number.
    pub reference: String,
}

impl fmt::Display for MoneyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.day, self.source, self.reference)
    }
}

/// What E2 knows a charge by.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ChargeKey {
    /// The account.
    pub account: AccountNumber,
    /// The month of the service.
    pub period: Period,
    /// The charge's external id, where both sides have one; else empty.
    pub reference: String,
}

impl fmt::Display for ChargeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.account, self.period, self.reference)
    }
}

/// What E7 knows VAT by.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct VatKey {
    /// The month.
    pub period: Period,
    /// The rate in percent; none without VAT.
    pub percent: Option<u8>,
}

impl VatKey {
    /// The key of `rate` in `period`.
    pub const fn new(period: Period, rate: VatRate) -> Self {
        Self {
            period,
            percent: rate.percent(),
        }
    }
}

impl fmt::Display for VatKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.percent {
            Some(percent) => write!(f, "{} {percent}%", self.period),
            None => write!(f, "{} без НДС", self.period),
        }
    }
}

/// A list that shows its first entries and counts the others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct List<T> {
    /// The first entries.
    pub shown: Vec<T>,
    /// How many there are in all.
    pub count: u64,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            shown: Vec::new(),
            count: 0,
        }
    }
}

impl<T> List<T> {
    pub(crate) fn push(&mut self, entry: T, limit: usize) {
        self.count += 1;
        if self.shown.len() < limit {
            self.shown.push(entry);
        }
    }
}

/// Whether one of E1, E2, E5, E6, E7 holds, with the rows that do not match.
#[derive(Clone, Debug)]
pub struct Balance<K> {
    /// The equation.
    pub equation: EquationId,
    /// The left side.
    pub left: Total,
    /// The right side.
    pub right: Total,
    /// What only the left side has.
    pub left_only: List<Mismatch<K>>,
    /// What only the right side has.
    pub right_only: List<Mismatch<K>>,
    /// What both have, but not the same.
    pub differing: List<Mismatch<K>>,
}

impl<K: Ord + Clone + fmt::Display> Balance<K> {
    /// Compares both sides, sorted by key, and keeps at most `limit` rows of each list.
    ///
    /// # Errors
    /// When a side is not sorted, or a key has too many services and rates.
    pub fn of(
        equation: EquationId,
        left: impl IntoIterator<Item = Row<K>>,
        right: impl IntoIterator<Item = Row<K>>,
        limit: usize,
    ) -> Result<Self> {
        let mut balance = Self {
            equation,
            left: Total::default(),
            right: Total::default(),
            left_only: List::default(),
            right_only: List::default(),
            differing: List::default(),
        };
        let mut compare = Compare::new(left, right);
        for mismatch in &mut compare {
            let mismatch = mismatch?;
            let list = match mismatch {
                Mismatch::LeftOnly(_) => &mut balance.left_only,
                Mismatch::RightOnly(_) => &mut balance.right_only,
                Mismatch::Differs { .. } => &mut balance.differing,
            };
            list.push(mismatch, limit);
        }
        (balance.left, balance.right) = compare.totals();
        Ok(balance)
    }

    /// Rows that do not match.
    pub const fn mismatches(&self) -> u64 {
        self.left_only.count + self.right_only.count + self.differing.count
    }

    /// Whether it holds, in total and row by row.
    pub const fn holds(&self) -> bool {
        self.mismatches() == 0
    }

    /// Left less right.
    pub fn difference(&self) -> Sum {
        self.left.sum - self.right.sum
    }

    /// The difference as a finding; `of` says for what month, day or drive this was.
    pub fn finding(&self, of: impl Into<String>) -> Option<Finding> {
        if self.holds() {
            return None;
        }
        let of = of.into();
        let equation = Equation::of(self.equation);
        let (left, right, difference) = (self.left.sum, self.right.sum, self.difference());
        let rows = self.mismatches();
        let what = Text::new(
            format!(
                "{} «{}» за {of}: слева {left} ₽, справа {right} ₽, разница {difference} ₽, не \
                 сошлось строк: {rows}.",
                self.equation, equation.title.0
            ),
            format!(
                "{} “{}” of {of}: {left} ₽ on the left, {right} ₽ on the right, a difference of \
                 {difference} ₽; {rows} rows do not match.",
                self.equation, equation.title.1
            ),
        );
        let object = Object::Equation(self.equation, of);
        Some(
            Finding::new(equation.rule, equation.severity, object, what)
                .with("left", left)
                .with("right", right)
                .with("difference", difference)
                .with("left_only", self.left_only.count)
                .with("right_only", self.right_only.count)
                .with("differing", self.differing.count),
        )
    }
}

impl ChargeKey {
    /// The row of a charge of `service`.
    pub const fn row(self, sum: terms::Kopecks, service: ServiceCode, vat: VatRate) -> Row<Self> {
        Row {
            key: self,
            sum,
            service: Some(service),
            vat: Some(vat),
        }
    }
}
