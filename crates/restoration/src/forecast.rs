use std::{fmt, num::NonZeroU32};

use terms::{DriveNumber, LocalDate, LocalDateTime, Saying};

/// What of a drive's documents is kept for ordinary work, per cent (receipt rules §4.5).
pub const RESERVE_PERCENT: u8 = 10;

/// Nobody plans further ahead, minutes: ten years.
const HORIZON_MINUTES: u128 = 3_650 * MINUTES_A_DAY;
const MINUTES_A_DAY: u128 = 24 * 60;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Documents that it needs.
    pub documents: u64,
    /// Days over which the shares spread it, with the first one
    /// ([`days_to_spread`](crate::days_to_spread)); 0 when it goes at once.
    pub spread_days: u32,
    /// Documents of all kinds that the cassette forms a day beside it.
    pub ordinary_a_day: u64,
    /// Documents that one drive forms an hour, as measured.
    pub per_drive_an_hour: NonZeroU32,
}

/// What a drive can still take.
#[derive(Clone, Copy, Debug)]
pub struct DriveLeft {
    /// Which drive.
    pub drive: DriveNumber,
    /// Documents formed so far.
    pub formed: u32,
    /// Documents that still fit.
    pub documents_left: u32,
    /// The last day of its life, when that is known.
    pub until: Option<LocalDate>,
}

/// What a drive is good for in a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DriveForecast {
    /// Which drive.
    pub drive: DriveNumber,
    /// Documents that it takes with the reserve kept.
    pub room: u64,
    /// The last day of its life, when that is known.
    pub until: Option<LocalDate>,
    /// Whether it outlives the job; one that does not is not reckoned with.
    pub outlives: bool,
}

/// Whether the drives will last for a job, and when it is over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Forecast {
    /// Documents needed: the job's and the ordinary ones until it is over.
    pub needed: u64,
    /// When it is over; none when that cannot be said.
    pub finish_at: Option<LocalDateTime>,
    /// The drives, in the order they were given.
    pub drives: Vec<DriveForecast>,
    /// Why it must not begin; empty when it fits.
    pub obstacles: Vec<Obstacle>,
}

/// Why a job must not begin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Obstacle {
    /// There is none.
    NoDrive,
    /// Ordinary work takes all the time that the drives have.
    NoTime {
        /// What they form a day.
        a_day: u64,
        /// What ordinary work needs of it.
        ordinary: u64,
    },
    /// It would last longer than anybody plans.
    NoEnd,
    /// The drives have no room.
    NoRoom {
        /// Documents needed.
        needed: u64,
        /// Documents that fit.
        room: u64,
    },
    /// A drive's life ends before the job does.
    Expires {
        /// Which drive.
        drive: DriveNumber,
        /// The last day of its life.
        until: LocalDate,
    },
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::NoDrive => Saying::NoDrive.about(&[]),
            Self::NoTime { a_day, ordinary } => Saying::NoTime.about(&[a_day, ordinary]),
            Self::NoEnd => Saying::NoEnd.about(&[]),
            Self::NoRoom { needed, room } => {
                Saying::NoRoom.about(&[needed, room, &RESERVE_PERCENT])
            }
            Self::Expires { drive, until } => Saying::DriveEnds.about(&[drive, until]),
        })
    }
}

impl Forecast {
    /// Foretells a job that begins `now` on these drives.
    ///
    /// Only drives that outlive it count: what one fewer drive takes longer may leave out another.
    pub fn of(job: &Job, drives: &[DriveLeft], now: LocalDateTime) -> Self {
        let mut drives: Vec<DriveForecast> = drives.iter().map(room_of).collect();
        let mut forecast = Self {
            needed: job.documents,
            finish_at: None,
            drives: Vec::new(),
            obstacles: Vec::new(),
        };
        let end = loop {
            let working = drives.iter().filter(|drive| drive.outlives).count() as u64;
            let end = End::of(job, working, now);
            let Ok(end) = end else { break end };
            let date = end.at.date();
            let ends = |drive: &&mut DriveForecast| {
                drive.outlives && drive.until.is_some_and(|until| until < date)
            };
            let mut ending = drives.iter_mut().filter(ends).peekable();
            if ending.peek().is_none() {
                break Ok(end);
            }
            ending.for_each(|drive| drive.outlives = false);
        };
        match end {
            Ok(end) => {
                forecast.finish_at = Some(end.at);
                forecast.needed = job
                    .documents
                    .saturating_add(job.ordinary_a_day.saturating_mul(end.days));
                let lasting = drives.iter().filter(|drive| drive.outlives);
                let room = lasting.map(|drive| drive.room).sum();
                if room < forecast.needed {
                    let needed = forecast.needed;
                    forecast.obstacles.push(Obstacle::NoRoom { needed, room });
                }
            }
            // The drives that end say enough.
            Err(Obstacle::NoDrive) if !drives.is_empty() => forecast.needed = job.documents,
            Err(obstacle) => forecast.obstacles.push(obstacle),
        }
        let is_short = !forecast.fits() || forecast.finish_at.is_none();
        for drive in drives.iter().filter(|drive| is_short && !drive.outlives) {
            if let Some(until) = drive.until {
                let drive = drive.drive;
                forecast.obstacles.push(Obstacle::Expires { drive, until });
            }
        }
        forecast.drives = drives;
        forecast
    }

    /// Whether the job may begin.
    pub fn fits(&self) -> bool {
        self.obstacles.is_empty()
    }
}

fn room_of(drive: &DriveLeft) -> DriveForecast {
    let left = u64::from(drive.documents_left);
    let all = u64::from(drive.formed) + left;
    let reserve = (all * u64::from(RESERVE_PERCENT)).div_ceil(100);
    DriveForecast {
        drive: drive.drive,
        room: left.saturating_sub(reserve),
        until: drive.until,
        outlives: true,
    }
}

/// When a job is over.
struct End {
    at: LocalDateTime,
    /// Days that it takes, a begun one counts.
    days: u64,
}

impl End {
    /// With so many drives at work.
    fn of(job: &Job, drives: u64, now: LocalDateTime) -> Result<Self, Obstacle> {
        if drives == 0 {
            return Err(Obstacle::NoDrive);
        }
        let a_day = drives
            .saturating_mul(u64::from(job.per_drive_an_hour.get()))
            .saturating_mul(24);
        let ordinary = job.ordinary_a_day;
        let for_job = u128::from(a_day.saturating_sub(ordinary));
        if for_job == 0 {
            return Err(Obstacle::NoTime { a_day, ordinary });
        }
        let work = (u128::from(job.documents) * MINUTES_A_DAY).div_ceil(for_job);
        let spread = u128::from(job.spread_days.saturating_sub(1)) * MINUTES_A_DAY;
        let minutes = work.max(spread);
        let at = i64::try_from(minutes.min(HORIZON_MINUTES + 1))
            .ok()
            .and_then(|minutes| now.plus_minutes(minutes).ok());
        match at {
            Some(at) if minutes <= HORIZON_MINUTES => Ok(Self {
                at,
                days: minutes.div_ceil(MINUTES_A_DAY) as u64,
            }),
            _ => Err(Obstacle::NoEnd),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    fn now() -> LocalDateTime {
        "2026-11-02T10:00".parse().unwrap()
    }

    fn drive(place: usize, formed: u32, documents_left: u32, until: &str) -> DriveLeft {
        DriveLeft {
            drive: format!("999900000000{place:04}").parse().unwrap(),
            formed,
            documents_left,
            until: Some(until.parse().unwrap()),
        }
    }

    fn job(documents: u64) -> Job {
        Job {
            documents,
            spread_days: 0,
            ordinary_a_day: 0,
            per_drive_an_hour: NonZeroU32::new(1_000).unwrap(),
        }
    }

    #[test]
    fn a_job_that_fits_says_when_it_is_over() {
        let drives = [
            drive(1, 50_000, 200_000, "2028-01-01"),
            drive(2, 0, 250_000, "2028-01-01"),
        ];
        let forecast = Forecast::of(&job(100_000), &drives, now());
        assert_eq!(forecast.obstacles, []);
        let finish = forecast.finish_at.unwrap();
        assert_eq!(finish.to_string(), "2026-11-04T12:00");
        let rooms: Vec<u64> = forecast.drives.iter().map(|drive| drive.room).collect();
        assert_eq!(rooms, [175_000, 225_000]);
        let spread = Job {
            spread_days: 31,
            ..job(100_000)
        };
        let forecast = Forecast::of(&spread, &drives, now());
        assert_eq!(forecast.finish_at.unwrap().to_string(), "2026-12-02T10:00");
    }

    #[test]
    fn the_reserve_is_not_for_restoring() {
        let drives = [drive(1, 200_000, 50_000, "2028-01-01")];
        assert!(Forecast::of(&job(25_000), &drives, now()).fits());
        let forecast = Forecast::of(&job(25_001), &drives, now());
        assert_eq!(
            forecast.obstacles,
            [Obstacle::NoRoom {
                needed: 25_001,
                room: 25_000
            }],
        );
        // Ordinary receipts of the two days need room, too.
        let busy = Job {
            ordinary_a_day: 100,
            ..job(24_801)
        };
        let forecast = Forecast::of(&busy, &drives, now());
        assert_eq!(forecast.needed, 25_001);
        assert!(!forecast.fits());
    }

    #[test]
    fn a_drive_that_ends_first_is_not_reckoned_with() {
        let (short, long) = (
            drive(1, 0, 250_000, "2026-11-03"),
            drive(2, 0, 250_000, "2028-01-01"),
        );
        // Both together would need until the 4th; the second alone needs until the 6th.
        let forecast = Forecast::of(&job(100_000), &[short, long], now());
        assert!(forecast.fits());
        assert_eq!(forecast.finish_at.unwrap().to_string(), "2026-11-06T14:00");
        assert_eq!(
            forecast
                .drives
                .iter()
                .map(|drive| drive.outlives)
                .collect::<Vec<_>>(),
            [false, true],
        );
        let alone = Forecast::of(&job(100_000), &[short], now());
        assert_eq!(alone.finish_at, None);
        assert_eq!(
            alone
                .obstacles
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            [
                "drive 9999000000000001 ends on 2026-11-03, before the job would be over: replace it \
              first"
            ],
        );
    }

    #[test]
    fn without_drives_or_time_nothing_begins() {
        let forecast = Forecast::of(&job(1), &[], now());
        assert_eq!(forecast.obstacles, [Obstacle::NoDrive]);
        let drives = [drive(1, 0, 250_000, "2028-01-01")];
        let busy = Job {
            ordinary_a_day: 24_000,
            ..job(1)
        };
        let forecast = Forecast::of(&busy, &drives, now());
        assert_eq!(
            forecast.obstacles,
            [Obstacle::NoTime {
                a_day: 24_000,
                ordinary: 24_000
            }],
        );
        let endless = Job {
            spread_days: u32::MAX,
            ..job(1)
        };
        assert_eq!(
            Forecast::of(&endless, &drives, now()).obstacles,
            [Obstacle::NoEnd]
        );
    }

    proptest! {
        /// What fits leaves every drive its reserve and its life, whatever the numbers are.
        #[test]
        fn a_job_that_fits_is_over_in_time_and_leaves_the_reserve(
            documents: u64,
            small in 0_u64..300_000,
            is_small: bool,
            spread_days in prop_oneof![0_u32..100, any::<u32>()],
            ordinary_a_day in prop_oneof![0_u64..3_000, any::<u64>()],
            per_hour in 1_u32..5_000,
            drives in vec((0_u32..250_000, any::<u32>(), option::of(0_i32..400)), 0..5),
        ) {
            let job = Job {
                documents: if is_small { small } else { documents },
                spread_days,
                ordinary_a_day,
                per_drive_an_hour: NonZeroU32::new(per_hour).unwrap(),
            };
            let drives: Vec<DriveLeft> = drives
                .iter()
                .enumerate()
                .map(|(place, (formed, left, days))| DriveLeft {
                    until: days.and_then(|days| now().date().plus_days(days).ok()),
                    ..drive(place, *formed, *left, "2028-01-01")
                })
                .collect();
            let forecast = Forecast::of(&job, &drives, now());
            if forecast.fits() {
                let finish = forecast.finish_at.unwrap();
                prop_assert!(finish >= now());
                let lasting = forecast.drives.iter().filter(|drive| drive.outlives);
                let mut room = 0;
                for drive in lasting {
                    prop_assert!(drive.until.is_none_or(|until| until >= finish.date()));
                    room += drive.room;
                }
                prop_assert!(forecast.needed >= job.documents && room >= forecast.needed);
            } else {
                prop_assert!(forecast.obstacles.iter().all(|why| why.to_string().len() > 20));
            }
        }
    }
}
