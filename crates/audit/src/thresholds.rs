//! Thresholds of the rules; defaults are those of receipt rules §5.2 unless their comment says
//! that they are a choice made here. Whatever they are set to, no rule overflows on them.

use terms::Kopecks;

use crate::{AuditError, Result, RuleId, Sum};

macro_rules! thresholds {
    ($($rule:ident $field:ident: $name:ident {
        $($(#[$doc:meta])* $limit:ident: $kind:ty = $value:expr;)*
    })*) => {
        $(
            #[doc = concat!("Thresholds of rule ", stringify!($rule), ".")]
            #[derive(Clone, Debug, Eq, PartialEq)]
            pub struct $name {
                $($(#[$doc])* pub $limit: $kind,)*
            }

            impl Default for $name {
                fn default() -> Self {
                    Self { $($limit: $value,)* }
                }
            }
        )*

        /// The thresholds of all rules that have any.
        #[derive(Clone, Debug, Default, Eq, PartialEq)]
        pub struct Thresholds {
            $(
                #[doc = concat!("Rule ", stringify!($rule), ".")]
                pub $field: $name,
            )*
        }

        impl Thresholds {
            /// The thresholds of `rule` by name, as text; none when it has none.
            pub fn of(&self, rule: RuleId) -> Vec<(&'static str, String)> {
                match rule {
                    $(RuleId::$rule => {
                        vec![$((stringify!($limit), self.$field.$limit.to_string()),)*]
                    })*
                    _ => Vec::new(),
                }
            }

            /// Every threshold: the name of its table and its own.
            pub const NAMES: &[(&'static str, &'static str)] =
                &[$($((stringify!($field), stringify!($limit)),)*)*];

            /// Sets the threshold `limit` of `table` from its text: a whole number, or roubles where
            /// it is a sum.
            ///
            /// # Errors
            /// When there is no such threshold, or the text is none of its values.
            pub fn set(&mut self, table: &str, limit: &str, text: &str) -> Result<()> {
                let read = match (table, limit) {
                    $($((stringify!($field), stringify!($limit)) => {
                        Limit::read(text).map(|value| self.$field.$limit = value)
                    })*)*
                    _ => {
                        return Err(AuditError::NoThreshold {
                            table: table.to_owned(),
                            limit: limit.to_owned(),
                        });
                    }
                };
                read.ok_or_else(|| AuditError::BadThreshold {
                    name: format!("{table}.{limit}"),
                    text: text.to_owned(),
                })
            }
        }
    };
}

/// A value of a threshold as people write it.
trait Limit: Sized {
    fn read(text: &str) -> Option<Self>;
}

macro_rules! whole_limits {
    ($($kind:ty)*) => {
        $(impl Limit for $kind {
            fn read(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        })*
    };
}

whole_limits! { u8 u32 u64 }

/// Days: not before today.
impl Limit for i32 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|days| *days >= 0)
    }
}

/// Roubles.
impl Limit for Sum {
    fn read(text: &str) -> Option<Self> {
        let amount: Kopecks = text.parse().ok()?;
        (amount >= Kopecks::ZERO).then(|| amount.into())
    }
}

thresholds! {
    A01 token_payments: TokenPaymentLimits {
        /// Months in a row.
        min_periods: u32 = 3;
        /// A token payment is at most this sum…
        token_abs: Sum = Sum(10_000);
        /// …or this share of the charge, percent, if that is more.
        token_share_pct: u32 = 10;
        /// Days at the beginning and at the end of a month that count as its boundary.
        window_days: u32 = 5;
        /// High from a debt of so many average charges.
        high_charges: u32 = 3;
        /// Of so many percent of the accounts (more than), the blocking rule itself is broken.
        portfolio_pct: u32 = 1;
    }
    A02 unpaid: UnpaidLimits {
        /// Months in a row.
        min_periods: u32 = 2;
    }
    A03 receipt_due: ReceiptDueLimits {
        /// Hour of the last day from which it warns.
        warn_hour: u8 = 12;
        /// Hour of the last day from which it alarms.
        alarm_hour: u8 = 18;
        /// Minutes that a receipt due at once may take. A choice: the rules say «at the moment».
        at_once_minutes: u32 = 5;
    }
    A06 double_payments: DoublePaymentLimits {
        /// Minutes between two payments of one source.
        same_source_minutes: u32 = 10;
        /// Days between payments of two sources (receipt rules §4.4).
        other_source_days: u32 = 3;
    }
    A08 unsent: UnsentLimits {
        /// Age of the oldest document, days: more is high.
        high_days: u32 = 1;
        /// More is critical.
        critical_days: u32 = 5;
        /// More: no big jobs are planned.
        no_big_jobs_days: u32 = 25;
        /// Age in minutes from which a document without a ticket breaks equation E8.
        ticket_minutes: u32 = 60;
    }
    A09 shift: ShiftLimits {
        /// Minutes from which it warns (more than).
        warn_minutes: u32 = 23 * 60;
    }
    A10 clock: ClockLimits {
        /// Seconds from which it warns (more than).
        warn_seconds: u64 = 60;
        /// Seconds from which it is critical (more than).
        critical_seconds: u64 = 300;
    }
    A11 vat: VatLimits {
        /// Kopecks of difference in a line from which it is a finding.
        kopecks: u64 = 1;
    }
    A14 offsets: OffsetLimits {
        /// Day of the next month from which it warns; critical on the last day of the law.
        warn_day: u8 = 7;
    }
    A15 returns: ReturnShareLimits {
        /// Days over which it counts.
        days: u32 = 30;
        /// Percent of income documents from which it warns.
        warn_pct: u32 = 20;
        /// Percent from which it is an official indicator of risk.
        official_pct: u32 = 30;
    }
    A16 corrections: CorrectionShareLimits {
        /// Days over which it counts.
        days: u32 = 30;
        /// Percent of all documents from which it warns.
        warn_pct: u32 = 20;
        /// Percent from which it is an official indicator of risk.
        official_pct: u32 = 30;
    }
    A19 silence: SilenceLimits {
        /// Median intervals that a gap may last.
        intervals: u32 = 3;
        /// Working days that a gap may always last.
        working_days: u32 = 3;
        /// Percent of the median week below which a week is too little.
        week_pct: u32 = 30;
        /// Weeks of that median.
        weeks: u8 = 8;
        /// Days with arrivals from which a source is known. A choice.
        min_arrivals: u32 = 5;
    }
    A21 old_credit: OldCreditLimits {
        /// Months (more than).
        months: u32 = 30;
    }
    A22 dormant: DormantLimits {
        /// Months without consumption (more than).
        months: u32 = 12;
        /// Monthly charges that the sum has to exceed.
        charges: u32 = 1;
    }
    A23 drive_end: DriveEndLimits {
        /// Days left from which it warns.
        warn_days: i32 = 30;
        /// Percent of documents left from which it warns.
        warn_pct: u32 = 10;
        /// Days left from which it is critical.
        critical_days: i32 = 7;
        /// Percent of documents left from which it is critical.
        critical_pct: u32 = 3;
    }
    A24 unidentified: UnidentifiedLimits {
        /// Working days: more is high.
        high_days: u32 = 1;
        /// More is critical.
        critical_days: u32 = 5;
    }
    A25 pattern: PatternLimits {
        /// Months of the median.
        months: u32 = 6;
        /// Percent up or down (more than).
        pct: u32 = 50;
        /// How many of the last months are looked at. A choice: later a charge is history.
        recent_months: u32 = 3;
    }
    A26 silent_register: SilentRegisterLimits {
        /// Days from which it warns.
        warn_days: i32 = 30;
        /// Days from which it is an official indicator of risk.
        official_days: i32 = 60;
    }
    A27 bounces: BounceLimits {
        /// Percent a day (more than).
        pct: u32 = 2;
        /// Times for one account.
        times: u32 = 3;
    }
}
