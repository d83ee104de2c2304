//! Charts as shapes: their numbers are computed here, templates draw them.

use desk::HourView;
use terms::{LocalDate, Period};

/// Width of a chart's paper, in its own units.
pub(crate) const WIDTH: u32 = 360;
/// Where the lowest line lies.
const BASE: f64 = 124.0;
/// Where the highest value reaches.
const TOP: f64 = 14.0;
/// The life of a drive is not drawn further than this.
const FAR_DAYS: i32 = 1_200;

/// A rectangle.
pub(crate) struct Rect {
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) width: String,
    pub(crate) height: String,
}

/// A day's receipts by the hour.
pub(crate) struct Hours {
    pub(crate) bars: Vec<Rect>,
    pub(crate) most: u64,
    /// Points of a line, as SVG writes them: what was accepted up to each hour, and what was formed.
    pub(crate) accepted: String,
    pub(crate) formed: String,
}

impl Hours {
    /// Of the hours from midnight up to `now`.
    pub(crate) fn of(hours: &[HourView; 24], now: u8) -> Self {
        let most = hours.iter().map(|hour| hour.accepted).max().unwrap_or(0);
        let slot = f64::from(WIDTH) / 24.0;
        let bars = hours
            .iter()
            .zip(0_u8..)
            .filter(|(hour, _)| hour.accepted > 0);
        let bars = bars.map(|(hour, place)| {
            let height = scaled(hour.accepted, most).max(1.5);
            Rect {
                x: written(f64::from(place) * slot + 2.0),
                y: written(BASE - height),
                width: written(slot - 4.0),
                height: written(height),
            }
        });
        let total = |of: fn(&HourView) -> u64| hours.iter().map(of).sum::<u64>();
        let all = total(|hour| hour.accepted).max(total(|hour| hour.formed));
        let line = |of: fn(&HourView) -> u64| {
            let mut sum = 0;
            let mut points = vec![format!("0,{}", written(BASE))];
            let passed = hours.iter().zip(1_u8..).take(usize::from(now) + 1);
            for (hour, place) in passed {
                sum += of(hour);
                let x = f64::from(place) * slot;
                points.push(format!(
                    "{},{}",
                    written(x),
                    written(BASE - scaled(sum, all))
                ));
            }
            points.join(" ")
        };
        Self {
            bars: bars.collect(),
            most,
            accepted: line(|hour| hour.accepted),
            formed: line(|hour| hour.formed),
        }
    }
}

/// A month, a bar for each day.
pub(crate) struct Days {
    pub(crate) bars: Vec<Rect>,
    pub(crate) most: u64,
    /// The day in the middle of the axis, and the last one.
    pub(crate) middle: u8,
    pub(crate) last: u8,
}

impl Days {
    /// Of the days from the first of the month on.
    pub(crate) fn of(days: impl IntoIterator<Item = u64>, month: Period) -> Self {
        let days: Vec<u64> = days.into_iter().collect();
        let most = days.iter().copied().max().unwrap_or(0);
        let last = month.last_day().day();
        let slot = f64::from(WIDTH) / f64::from(last);
        let bars = days.iter().zip(0_u8..last).filter(|(day, _)| **day > 0);
        let bars = bars.map(|(day, place)| {
            let height = scaled(*day, most).max(1.5);
            Rect {
                x: written(f64::from(place) * slot + 1.5),
                y: written(BASE - height),
                width: written(slot - 3.0),
                height: written(height),
            }
        });
        Self {
            bars: bars.collect(),
            most,
            middle: last.div_ceil(2),
            last,
        }
    }
}

/// How a drive is used up.
pub(crate) struct Burn {
    /// Points of the line up to the present day.
    pub(crate) past: String,
    /// From the present day to the end, if that is in sight.
    pub(crate) ahead: Option<String>,
    /// Where the present day lies.
    pub(crate) now_x: String,
    /// The first day that is drawn, and the last one.
    pub(crate) first: LocalDate,
    pub(crate) last: LocalDate,
}

/// What is known of a drive's use.
pub(crate) struct Use<'a> {
    /// Documents formed on each day, in order.
    pub(crate) days: &'a [(LocalDate, u64)],
    pub(crate) left: u64,
    pub(crate) today: LocalDate,
    pub(crate) per_day: f64,
    pub(crate) ends_on: Option<LocalDate>,
}

impl Burn {
    /// None when there is nothing to draw.
    pub(crate) fn of(used: &Use<'_>) -> Option<Self> {
        let first = used.days.first().map_or(used.today, |(day, _)| *day);
        let first = first.min(used.today.plus_days(-1).ok()?);
        let end = used.ends_on.filter(|end| *end > used.today);
        let end = end.map(|end| end.min(used.today.plus_days(FAR_DAYS).unwrap_or(end)));
        let last = end.unwrap_or(used.today);
        let span = f64::from(last.days_since(first).max(1));
        let formed: u64 = used.days.iter().map(|(_, count)| count).sum();
        let all = used.left + formed;
        let x = |day: LocalDate| f64::from(day.days_since(first)) / span * f64::from(WIDTH);
        let point = |day: LocalDate, left: u64| {
            format!("{},{}", written(x(day)), written(BASE - scaled(left, all)))
        };
        let mut left = all;
        let mut past = vec![point(first, left)];
        for (day, count) in used.days {
            left = left.saturating_sub(*count);
            past.push(point(*day, left));
        }
        past.push(point(used.today, used.left));
        let ahead = end.map(|end| {
            let days = f64::from(end.days_since(used.today));
            let spent = (used.per_day * days).round().max(0.0) as u64;
            let then = used.left.saturating_sub(spent);
            format!("{} {}", point(used.today, used.left), point(end, then))
        });
        Some(Self {
            past: past.join(" "),
            ahead,
            now_x: written(x(used.today)),
            first,
            last,
        })
    }
}

/// How high a value stands above the base.
fn scaled(value: u64, most: u64) -> f64 {
    match most {
        0 => 0.0,
        most => value as f64 / most as f64 * (BASE - TOP),
    }
}

fn written(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_fullest_hour_is_the_highest_and_lines_end_where_the_day_stands() {
        let mut hours = [HourView::default(); 24];
        hours[9] = HourView {
            accepted: 10,
            formed: 10,
        };
        hours[10] = HourView {
            accepted: 5,
            formed: 3,
        };
        let drawn = Hours::of(&hours, 10);
        assert_eq!(drawn.most, 10);
        let heights: Vec<&str> = drawn.bars.iter().map(|it| it.height.as_str()).collect();
        assert_eq!(heights, ["110.0", "55.0"]);
        assert!(drawn.accepted.ends_with("165.0,14.0"), "{}", drawn.accepted);
        assert!(drawn.formed.ends_with("165.0,28.7"), "{}", drawn.formed);
    }

    #[test]
    fn a_drive_is_drawn_down_to_the_day_of_its_end() {
        let days = [(day("2026-11-01"), 10), (day("2026-11-02"), 30)];
        let used = Use {
            days: &days,
            left: 60,
            today: day("2026-11-03"),
            per_day: 20.0,
            ends_on: Some(day("2026-11-06")),
        };
        let drawn = Burn::of(&used).unwrap();
        assert_eq!(drawn.past, "0.0,14.0 0.0,25.0 72.0,58.0 144.0,58.0");
        assert_eq!(drawn.ahead.unwrap(), "144.0,58.0 360.0,124.0");
        let unseen = Use {
            days: &[],
            ends_on: None,
            ..used
        };
        assert!(Burn::of(&unseen).unwrap().ahead.is_none());
    }
}
