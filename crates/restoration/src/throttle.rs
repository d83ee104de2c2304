use std::{
    fmt,
    num::{NonZeroU32, NonZeroU64},
};

use terms::{LocalDate, Saying};

use crate::{Counts, MaxShare, Pace, PauseOn, Share, Shares};

/// How much of a running restoration may go on now (receipt rules §4.5).
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    /// The most receipts of it that wait for the drives at a time, and the most rows of one
    /// transaction.
    pub packet: NonZeroU32,
    /// The greatest share of corrections and returns.
    pub max_share: MaxShare,
    /// What to do when the share is reached.
    pub pace: Pace,
    /// On what to stop.
    pub pause_on: PauseOn,
}

/// A register that may be given a receipt now.
#[derive(Clone, Copy, Debug)]
pub struct Register<'a> {
    /// Its name for people.
    pub name: &'a str,
    /// Its receipts of the last 30 days, those of the restoration too.
    pub shares: &'a Shares,
}

/// What the decision rests on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Rows that wait for their turn.
    pub rows_left: u64,
    /// How many rows the person has let go in this run and are not carried out yet; none: all.
    pub limit_left: Option<u64>,
    /// The most that one of these rows adds.
    pub row: Counts,
    /// Receipts of the restoration that are in the journal and not formed yet.
    pub outstanding: Counts,
    /// The registers that may be given a receipt now.
    pub registers: &'a [Register<'a>],
    /// Errors of drives since it was run or resumed.
    pub drive_errors: u32,
    /// Documents that the ОФД has rejected since then.
    pub ofd_rejections: u32,
    /// Documents of all drives that wait for the ОФД.
    pub unsent: u32,
    /// Rows found changed since then.
    pub changed: u32,
}

/// What to do now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Carry out so many rows.
    Go(NonZeroU64),
    /// Nothing now; it stays running.
    Wait {
        /// Why.
        why: WaitReason,
        /// The day from which it may go on by itself, when that is known; today, when it may go on
        /// as soon as what is on its way is formed.
        until: Option<LocalDate>,
    },
    /// Stop until a person resumes it.
    Pause(PauseReason),
    /// Every row is over and every receipt is formed.
    Finish,
}

/// Why a running restoration does nothing now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WaitReason {
    /// A packet is on its way.
    Outstanding {
        /// How many.
        receipts: u64,
    },
    /// A register has as many corrections or returns as it may have.
    Share {
        /// Which register.
        register: String,
        /// Its shares with the receipts that are on their way.
        share: Share,
        /// The greatest share.
        max: MaxShare,
    },
    /// No drive works.
    NoRegister,
}

/// Why a restoration has stopped by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PauseReason {
    /// The rows that the person has let go are carried out.
    LimitReached,
    /// A drive made an error.
    DriveError {
        /// How many.
        errors: u32,
    },
    /// The ОФД rejects documents.
    OfdRejections {
        /// How many.
        rejections: u32,
    },
    /// Documents do not get to the ОФД.
    Unsent {
        /// How many.
        unsent: u32,
    },
    /// A row would become something else than was approved.
    Changed {
        /// How many.
        rows: u32,
    },
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Outstanding { receipts } => Saying::OnTheirWay.about(&[receipts]),
            Self::Share {
                register,
                share,
                max,
            } => Saying::ShareReached.about(&[register, share, &max.percent()]),
            Self::NoRegister => Saying::NoRegister.about(&[]),
        })
    }
}

impl fmt::Display for PauseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::LimitReached => Saying::LimitReached.about(&[]),
            Self::DriveError { errors } => Saying::DriveErrors.about(&[errors]),
            Self::OfdRejections { rejections } => Saying::OfdRejected.about(&[rejections]),
            Self::Unsent { unsent } => Saying::Unsent.about(&[unsent]),
            Self::Changed { rows } => Saying::Changed.about(&[rows]),
        })
    }
}

impl Throttle {
    /// What to do now.
    ///
    /// However the cassette deals out what waits and what is let go now, no more than a packet of
    /// receipts waits (a single row that makes more than a packet goes alone), and with
    /// [`Pace::Spread`] no register comes above the greatest share by them.
    pub fn decide(&self, facts: &Facts<'_>) -> Decision {
        let receipts = facts.outstanding.documents();
        let on_their_way = Decision::Wait {
            why: WaitReason::Outstanding { receipts },
            until: None,
        };
        if facts.rows_left == 0 {
            return if receipts == 0 {
                Decision::Finish
            } else {
                on_their_way
            };
        }
        if let Some(reason) = self.pause_reason(facts) {
            return Decision::Pause(reason);
        }
        let each = facts.row.documents().max(1);
        let room = u64::from(self.packet.get()).saturating_sub(receipts);
        let mut rows = room / each;
        if rows == 0 && receipts == 0 {
            rows = 1;
        } else if rows == 0 {
            return on_their_way;
        }
        if self.pace == Pace::Spread {
            match self.within_share(facts) {
                Ok(most) => rows = rows.min(most.get()),
                Err(wait) => return wait,
            }
        }
        let rows = rows
            .min(facts.rows_left)
            .min(facts.limit_left.unwrap_or(u64::MAX));
        // There are rows left, and a limit of nothing has paused it above.
        NonZeroU64::new(rows).map_or(on_their_way, Decision::Go)
    }

    fn pause_reason(&self, facts: &Facts<'_>) -> Option<PauseReason> {
        let on = &self.pause_on;
        let Facts {
            drive_errors,
            ofd_rejections,
            unsent,
            changed,
            ..
        } = *facts;
        if facts.limit_left == Some(0) {
            Some(PauseReason::LimitReached)
        } else if on.drive_error && drive_errors > 0 {
            Some(PauseReason::DriveError {
                errors: drive_errors,
            })
        } else if on.ofd_rejections.is_some_and(|most| ofd_rejections > most) {
            Some(PauseReason::OfdRejections {
                rejections: ofd_rejections,
            })
        } else if on.unsent.is_some_and(|most| unsent > most) {
            Some(PauseReason::Unsent { unsent })
        } else if on.changed && changed > 0 {
            Some(PauseReason::Changed { rows: changed })
        } else {
            None
        }
    }

    /// How many rows may go when all that waits goes to the fullest register; or the wait.
    fn within_share(&self, facts: &Facts<'_>) -> Result<NonZeroU64, Decision> {
        let there = |register: &Register<'_>| {
            let counts = register.shares.counts();
            counts.plus(facts.outstanding.raising())
        };
        let fits = |register: &Register<'_>| there(register).fits(facts.row, self.max_share);
        let Some(fullest) = facts.registers.iter().min_by_key(|register| fits(register)) else {
            return Err(Decision::Wait {
                why: WaitReason::NoRegister,
                until: None,
            });
        };
        NonZeroU64::new(fits(fullest)).ok_or_else(|| Decision::Wait {
            why: WaitReason::Share {
                register: fullest.name.to_owned(),
                share: there(fullest).share(),
                max: self.max_share,
            },
            until: fullest.shares.opens_on(facts.row, self.max_share),
        })
    }
}

#[cfg(test)]
mod tests;
