use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

use terms::{LocalDate, OperationSign, Saying, TermError};

/// The days that risk indicators look at: today and 29 before it (order 88н of 06.06.2023; receipt
/// rules §4.5).
pub const WINDOW_DAYS: i32 = 30;

/// Nobody plans further ahead, days.
const HORIZON_DAYS: u32 = 3_650;

/// Receipts by what risk indicators make of them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Receipts «приход».
    pub income: u64,
    /// Receipts «возврат прихода».
    pub returns: u64,
    /// Correction receipts of any sign.
    pub corrections: u64,
    /// Receipts of the two other signs.
    pub other: u64,
}

impl Counts {
    /// One receipt. A correction receipt counts as such, whatever its sign (INFERRED from the
    /// wording of the indicators).
    pub fn one(sign: OperationSign, is_correction: bool) -> Self {
        let mut counts = Self::default();
        match sign {
            _ if is_correction => counts.corrections = 1,
            OperationSign::Income => counts.income = 1,
            OperationSign::IncomeReturn => counts.returns = 1,
            OperationSign::Expense | OperationSign::ExpenseReturn => counts.other = 1,
        }
        counts
    }

    /// All of them.
    pub const fn documents(self) -> u64 {
        self.income
            .saturating_add(self.returns)
            .saturating_add(self.corrections)
            .saturating_add(self.other)
    }

    /// These and `other`.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            income: self.income.saturating_add(other.income),
            returns: self.returns.saturating_add(other.returns),
            corrections: self.corrections.saturating_add(other.corrections),
            other: self.other.saturating_add(other.other),
        }
    }

    /// `times` as many.
    #[must_use]
    pub const fn times(self, times: u64) -> Self {
        Self {
            income: self.income.saturating_mul(times),
            returns: self.returns.saturating_mul(times),
            corrections: self.corrections.saturating_mul(times),
            other: self.other.saturating_mul(times),
        }
    }

    /// The greater of each: what a row may add when rows differ.
    #[must_use]
    pub fn most(self, other: Self) -> Self {
        Self {
            income: self.income.max(other.income),
            returns: self.returns.max(other.returns),
            corrections: self.corrections.max(other.corrections),
            other: self.other.max(other.other),
        }
    }

    /// The parts of the whole that the indicators look at.
    pub const fn share(self) -> Share {
        Share {
            corrections: basis_points(self.corrections, self.documents()),
            returns: basis_points(self.returns, self.income),
        }
    }

    /// How many rows more stay within `max`, when each adds receipts as in `row`;
    /// [`u64::MAX`] when a row adds neither corrections nor returns.
    ///
    /// The receipts of a row may go to different registers, so only those are counted that raise a
    /// share: nobody knows yet that the receipt beside a return goes to the same one.
    pub fn fits(self, row: Self, max: MaxShare) -> u64 {
        let percent = i128::from(max.percent());
        let wide = i128::from;
        let corrections = (
            percent * wide(self.documents()) - 100 * wide(self.corrections),
            (100 - percent) * wide(row.corrections),
        );
        let returns = (
            percent * wide(self.income) - 100 * wide(self.returns),
            100 * wide(row.returns),
        );
        [corrections, returns]
            .into_iter()
            .filter(|(_, each)| *each > 0)
            .map(|(room, each)| u64::try_from(room.max(0) / each).unwrap_or(u64::MAX))
            .min()
            .unwrap_or(u64::MAX)
    }

    /// Those that raise a share.
    pub(crate) const fn raising(self) -> Self {
        Self {
            income: 0,
            returns: self.returns,
            corrections: self.corrections,
            other: 0,
        }
    }
}

/// `part / whole` in hundredths of a per cent, rounded up; nothing of nothing is nothing.
const fn basis_points(part: u64, whole: u64) -> u32 {
    if part == 0 {
        return 0;
    }
    let whole = if whole == 0 { 1 } else { whole as u128 };
    let points = (part as u128 * 10_000).div_ceil(whole);
    if points > u32::MAX as u128 {
        u32::MAX
    } else {
        points as u32
    }
}

/// The parts that risk indicators look at, in hundredths of a per cent, rounded up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Share {
    /// Correction receipts in all receipts.
    pub corrections: u32,
    /// «Возврат прихода» to «приход»; it may be more than the whole.
    pub returns: u32,
}

impl Share {
    /// Whether neither is above `max`.
    pub const fn is_within(self, max: MaxShare) -> bool {
        let most = max.percent() as u32 * 100;
        self.corrections <= most && self.returns <= most
    }
}

/// `corrections 12.34 %, returns 0.00 %`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            corrections: c,
            returns: r,
        } = self;
        let percent = |share: &u32| format!("{}.{:02}", share / 100, share % 100);
        f.write_str(&Saying::Shares.about(&[&percent(c), &percent(r)]))
    }
}

/// The greatest share of corrections and of returns that a restoration may bring a register to,
/// per cent. The official indicators begin at 30.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct MaxShare(u8);

impl MaxShare {
    /// A share of `percent`.
    ///
    /// # Errors
    /// When it is not 1…99.
    pub fn new(percent: u8) -> terms::Result<Self> {
        if (1..=99).contains(&percent) {
            Ok(Self(percent))
        } else {
            Err(TermError::new(
                "greatest share",
                percent,
                "it is 1…99 per cent",
            ))
        }
    }

    /// Per cent.
    pub const fn percent(self) -> u8 {
        self.0
    }
}

/// 25 % (receipt rules §4.5).
impl Default for MaxShare {
    fn default() -> Self {
        Self(25)
    }
}

/// The receipts of one register in the rolling window that ends today.
#[derive(Clone, Debug)]
pub struct Shares {
    today: LocalDate,
    /// By how many days ago they were formed: 0…29.
    days: BTreeMap<i32, Counts>,
}

impl Shares {
    /// A register without receipts.
    pub const fn new(today: LocalDate) -> Self {
        Self {
            today,
            days: BTreeMap::new(),
        }
    }

    /// Adds receipts that were formed on `date`. Those before the window are left out; those of a
    /// clock that was ahead count as today's.
    pub fn add(&mut self, date: LocalDate, counts: Counts) {
        let ago = self.today.days_since(date).max(0);
        if ago < WINDOW_DAYS {
            let day = self.days.entry(ago).or_default();
            *day = day.plus(counts);
        }
    }

    /// The day on which the window ends.
    pub const fn today(&self) -> LocalDate {
        self.today
    }

    /// All receipts of the window.
    pub fn counts(&self) -> Counts {
        self.ahead(0)
    }

    /// The first day, from today, on which at least one more row fits; none when that is not before
    /// ordinary receipts become more.
    pub fn opens_on(&self, row: Counts, max: MaxShare) -> Option<LocalDate> {
        (0..=WINDOW_DAYS)
            .find(|days| self.ahead(*days).fits(row, max) > 0)
            .and_then(|days| self.today.plus_days(days).ok())
    }

    /// What the window will hold `days` later when nothing is corrected meanwhile: receipts are
    /// taken to come as in the last 30 days, corrections to come no more.
    fn ahead(&self, days: i32) -> Counts {
        let mut counts = Counts::default();
        for (ago, day) in &self.days {
            let is_left = ago + days < WINDOW_DAYS;
            counts = counts.plus(Counts {
                corrections: if is_left { day.corrections } else { 0 },
                ..*day
            });
        }
        counts
    }
}

/// Over how many days `rows` rows spread when each register takes a day as many as fit; none when
/// that is not within ten years, or there is no register.
///
/// Receipts are taken to come as in the last 30 days.
pub fn days_to_spread(rows: u64, row: Counts, registers: &[Shares], max: MaxShare) -> Option<u32> {
    let mut left = rows;
    // What each register has taken on each of the last 29 days.
    let mut taken: Vec<VecDeque<u64>> = vec![VecDeque::new(); registers.len()];
    for day in 0..HORIZON_DAYS {
        if left == 0 {
            return Some(day);
        }
        for (register, taken) in registers.iter().zip(&mut taken) {
            let before: u64 = taken.iter().sum();
            let counts = register.ahead(day.min(WINDOW_DAYS as u32) as i32);
            let counts = counts.plus(row.raising().times(before));
            let takes = counts.fits(row, max).min(left);
            left -= takes;
            taken.push_back(takes);
            if taken.len() as i32 == WINDOW_DAYS {
                taken.pop_front();
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const CORRECTION: Counts = Counts {
        income: 0,
        returns: 0,
        corrections: 1,
        other: 0,
    };

    fn day(text: &str) -> LocalDate {
        text.parse().unwrap()
    }

    fn income(receipts: u64) -> Counts {
        Counts {
            income: receipts,
            ..Counts::default()
        }
    }

    /// 100 receipts a day for the last 30 days.
    fn busy() -> Shares {
        let today = day("2026-11-30");
        let mut shares = Shares::new(today);
        for ago in 0..30 {
            shares.add(today.plus_days(-ago).unwrap(), income(100));
        }
        shares
    }

    #[test]
    fn a_quarter_of_all_receipts_may_be_corrections() {
        let (shares, max) = (busy(), MaxShare::default());
        // 1 000 of 4 000 are 25 %.
        assert_eq!(shares.counts().fits(CORRECTION, max), 1_000);
        let after = shares.counts().plus(CORRECTION.times(1_000)).share();
        assert_eq!(after.to_string(), "corrections 25.00 %, returns 0.00 %");
        assert!(after.is_within(max));
        let over = shares.counts().plus(CORRECTION.times(1_001)).share();
        assert!(!over.is_within(max), "{over}");
        // What goes beside a correction may go to another register: it makes no room.
        let with_income = CORRECTION.plus(income(3));
        assert_eq!(shares.counts().fits(with_income, max), 1_000);
    }

    #[test]
    fn what_is_older_than_thirty_days_does_not_count() {
        let mut shares = Shares::new(day("2026-11-30"));
        shares.add(day("2026-11-01"), income(1));
        shares.add(day("2026-10-31"), income(10));
        shares.add(day("2026-12-02"), income(100));
        assert_eq!(shares.counts(), income(101));
    }

    #[test]
    fn a_long_job_goes_on_when_its_first_part_has_left_the_window() {
        let max = MaxShare::default();
        let days = |rows, registers: &[Shares]| days_to_spread(rows, CORRECTION, registers, max);
        assert_eq!(days(0, &[busy()]), Some(0));
        assert_eq!(days(1_000, &[busy()]), Some(1));
        assert_eq!(days(1_001, &[busy()]), Some(31));
        assert_eq!(days(2_001, &[busy()]), Some(61));
        assert_eq!(days(2_000, &[busy(), busy()]), Some(1));
        assert_eq!(days(1, &[Shares::new(day("2026-11-30"))]), None);
        assert_eq!(days(1, &[]), None);
    }

    #[test]
    fn a_full_register_says_on_which_day_it_takes_more() {
        let mut shares = busy();
        shares.add(day("2026-11-10"), CORRECTION.times(1_000));
        let max = MaxShare::default();
        assert_eq!(shares.counts().fits(CORRECTION, max), 0);
        assert_eq!(shares.opens_on(CORRECTION, max), Some(day("2026-12-10")));
        assert_eq!(
            Shares::new(day("2026-11-30")).opens_on(CORRECTION, max),
            None
        );
    }

    fn counts() -> impl Strategy<Value = Counts> {
        (0_u64..5_000, 0_u64..500, 0_u64..500, 0_u64..100).prop_map(
            |(income, returns, corrections, other)| Counts {
                income,
                returns,
                corrections,
                other,
            },
        )
    }

    proptest! {
        /// As many as fit stay within the share, one more does not.
        #[test]
        fn what_fits_is_exact(
            there in counts(),
            (corrections, returns) in prop_oneof![(1_u64..4, Just(0_u64)), (Just(0), 1_u64..4)],
            percent in 1_u8..=99,
        ) {
            let max = MaxShare::new(percent).unwrap();
            let row = Counts { corrections, returns, ..Counts::default() };
            let fits = there.fits(row, max);
            let share = |rows| {
                let share = there.plus(row.times(rows)).share();
                if corrections > 0 { share.corrections } else { share.returns }
            };
            let most = u32::from(percent) * 100;
            prop_assert!(fits == 0 || share(fits) <= most, "{fits}");
            prop_assert!(share(fits + 1) > most, "{fits}");
        }

        #[test]
        fn more_registers_never_take_longer(
            registers in vec(vec((0_i32..40, counts()), 0..6), 1..4),
            rows in 0_u64..3_000,
        ) {
            let today = day("2026-11-30");
            let registers: Vec<Shares> = registers
                .iter()
                .map(|days| {
                    let mut shares = Shares::new(today);
                    for (ago, counts) in days {
                        shares.add(today.plus_days(-ago).unwrap(), *counts);
                    }
                    shares
                })
                .collect();
            let max = MaxShare::default();
            let days = |registers| days_to_spread(rows, CORRECTION, registers, max);
            let (one, all) = (days(&registers[..1]), days(&registers));
            prop_assert!(one.is_none() || all.is_some_and(|all| all <= one.unwrap()));
        }
    }
}
