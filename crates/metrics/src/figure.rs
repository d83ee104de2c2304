use prometheus_client::{metrics::MetricType, registry::Unit};

/// What stands before the name of every figure.
pub(crate) const PREFIX: &str = "kassette";

/// Something that is counted or measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Figure {
    /// Its name without prefix, unit and ending.
    pub name: &'static str,
    /// How it is to be read.
    pub kind: Kind,
    /// What it is counted in; none: pieces.
    pub unit: Option<Measure>,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it is.
    pub help: &'static str,
}

/// How a figure is to be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// It only grows, from zero at each start of the program; its name ends in `_total`.
    Counter,
    /// How it stands now.
    Gauge,
    /// How values are distributed: `_bucket` with the label `le`, `_sum` and `_count`.
    Histogram,
    /// Words in labels; its value is 1, and its name ends in `_info`.
    Info,
}

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Measure {
    /// Bytes.
    Bytes,
    /// Days.
    Days,
    /// Seconds.
    Seconds,
}

impl Figure {
    pub(crate) const fn new(
        kind: Kind,
        name: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            unit: None,
            labels,
            help,
        }
    }

    pub(crate) const fn in_unit(self, unit: Measure) -> Self {
        Self {
            unit: Some(unit),
            ..self
        }
    }

    /// The names of its lines.
    pub fn series(&self) -> Vec<String> {
        let unit = self.unit.map(|unit| format!("_{}", unit.name()));
        let name = format!("{PREFIX}_{}{}", self.name, unit.unwrap_or_default());
        let endings: &[&str] = match self.kind {
            Kind::Counter => &["_total"],
            Kind::Gauge => &[""],
            Kind::Histogram => &["_bucket", "_sum", "_count"],
            Kind::Info => &["_info"],
        };
        let with = |ending: &&str| format!("{name}{ending}");
        endings.iter().map(with).collect()
    }
}

impl Kind {
    /// Its name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }

    pub(crate) const fn metric_type(self) -> MetricType {
        match self {
            Self::Counter => MetricType::Counter,
            Self::Gauge => MetricType::Gauge,
            Self::Histogram => MetricType::Histogram,
            Self::Info => MetricType::Info,
        }
    }
}

impl Measure {
    /// The ending of the names of figures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Days => "days",
            Self::Seconds => "seconds",
        }
    }

    pub(crate) fn unit(self) -> Unit {
        match self {
            Self::Bytes => Unit::Bytes,
            Self::Days => Unit::Other("days".to_owned()),
            Self::Seconds => Unit::Seconds,
        }
    }
}
