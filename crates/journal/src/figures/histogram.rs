use std::sync::atomic::{AtomicU64, Ordering};

/// Observations are summed up in such parts of their unit.
const PARTS: f64 = 1_000_000.0;

/// How values are distributed over fixed ranges. Whoever observes waits for nobody.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One for each bound, and one for what lies above the last.
    counts: Vec<AtomicU64>,
    /// In millionths.
    sum: AtomicU64,
}

/// A look at a [`Histogram`].
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramView {
    /// Upper bounds of the ranges, each counted in; the last range has none.
    pub bounds: &'static [f64],
    /// How many values lie in each range: one more than bounds.
    pub counts: Vec<u64>,
    /// What all values come to.
    pub sum: f64,
}

impl Histogram {
    /// An empty one. Bounds grow.
    pub fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }
    }

    /// Counts a value; one below zero or that is no number counts as zero.
    pub fn observe(&self, value: f64) {
        let value = value.max(0.0);
        let place = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        // Saturates for what is too large, which no duration here is.
        self.sum
            .fetch_add((value * PARTS).round() as u64, Ordering::Relaxed);
    }

    /// How it stands now.
    pub fn view(&self) -> HistogramView {
        HistogramView {
            bounds: self.bounds,
            counts: self
                .counts
                .iter()
                .map(|count| count.load(Ordering::Relaxed))
                .collect(),
            sum: self.sum.load(Ordering::Relaxed) as f64 / PARTS,
        }
    }
}

impl HistogramView {
    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn a_value_on_a_bound_belongs_below_it_and_nothing_is_lost() {
        let histogram = Histogram::new(&[0.5, 1.0]);
        for value in [0.0, 0.5, 0.500_001, 1.0, 1.1, 1e9, -3.0, f64::NAN] {
            histogram.observe(value);
        }
        let view = histogram.view();
        assert_eq!(view.counts, [4, 2, 2]);
        assert_eq!(view.count(), 8);
        assert!(
            (view.sum - (1_000_000_003.100_001)).abs() < 0.001,
            "{}",
            view.sum
        );
    }
}
