//! E4 and A07: document numbers of journal, drive archive and ОФД, contiguous from 1.

use std::iter::Peekable;

use terms::{DocumentNumber, DriveNumber, FiscalSign};

use crate::{AuditError, Equation, EquationId, Finding, List, Object, Result, RuleId, Text};

/// Who knows of a document.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Source {
    /// The journal.
    Journal,
    /// The drive's archive.
    Archive,
    /// The ОФД.
    Ofd,
}

impl Source {
    const ALL: [Self; 3] = [Self::Journal, Self::Archive, Self::Ofd];

    const fn title(self) -> &'static str {
        match self {
            Self::Journal => "the journal's documents",
            Self::Archive => "the documents of the drive's archive",
            Self::Ofd => "the documents of the ОФД",
        }
    }
}

/// A document as one of them knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DocumentMark {
    /// Its number.
    pub number: DocumentNumber,
    /// Its sign.
    pub sign: FiscalSign,
}

/// Document numbers that follow one another, both ends included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Numbers {
    /// The first.
    pub first: DocumentNumber,
    /// The last.
    pub last: DocumentNumber,
}

/// Whether journal, archive and ОФД know the same documents of one drive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NumberReport {
    /// The drive.
    pub drive: DriveNumber,
    /// The last number that anybody knows.
    pub last: DocumentNumber,
    /// Numbers that nobody knows.
    pub gaps: List<Numbers>,
    /// Numbers that somebody lacks while another has them.
    pub lacking: List<(Source, Numbers)>,
    /// Numbers that somebody has more than once.
    pub repeated: List<(Source, DocumentNumber)>,
    /// Numbers under which there are different signs.
    pub differing: List<DocumentNumber>,
}

impl NumberReport {
    /// Compares the three, each sorted by number, and keeps at most `limit` entries of each list.
    ///
    /// The ОФД has to know the documents up to `told` and may know more: that documents come there
    /// in time is E8's affair. All three are read once and nothing of them is kept.
    ///
    /// # Errors
    /// When one of them is not sorted.
    pub fn of(
        drive: DriveNumber,
        journal: impl IntoIterator<Item = DocumentMark>,
        archive: impl IntoIterator<Item = DocumentMark>,
        ofd: impl IntoIterator<Item = DocumentMark>,
        told: DocumentNumber,
        limit: usize,
    ) -> Result<Self> {
        let mut streams = (
            Stream::new(Source::Journal, journal.into_iter()),
            Stream::new(Source::Archive, archive.into_iter()),
            Stream::new(Source::Ofd, ofd.into_iter()),
        );
        let mut report = Self {
            drive,
            last: DocumentNumber::default(),
            gaps: List::default(),
            lacking: List::default(),
            repeated: List::default(),
            differing: List::default(),
        };
        let mut runs = [None; 3];
        loop {
            let ahead = [streams.0.ahead(), streams.1.ahead(), streams.2.ahead()];
            let Some(number) = ahead.into_iter().flatten().min() else {
                break;
            };
            if number > report.last.next() {
                let (first, last) = (report.last.next(), DocumentNumber(number.get() - 1));
                report.gaps.push(Numbers { first, last }, limit);
            }
            let taken = [
                streams.0.take(number, &mut report, limit)?,
                streams.1.take(number, &mut report, limit)?,
                streams.2.take(number, &mut report, limit)?,
            ];
            report.weigh(number, taken, told, &mut runs, limit);
            report.last = number;
        }
        for (source, run) in Source::ALL.into_iter().zip(runs) {
            if let Some(run) = run {
                report.lacking.push((source, run), limit);
            }
        }
        Ok(report)
    }

    fn weigh(
        &mut self,
        number: DocumentNumber,
        taken: [Option<FiscalSign>; 3],
        told: DocumentNumber,
        runs: &mut [Option<Numbers>; 3],
        limit: usize,
    ) {
        let mut signs = taken.iter().flatten();
        let first = signs.next();
        if signs.any(|sign| Some(sign) != first) {
            self.differing.push(number, limit);
        }
        for ((source, sign), run) in Source::ALL.into_iter().zip(taken).zip(runs) {
            let lacks = sign.is_none() && (source != Source::Ofd || number <= told);
            match run {
                Some(run) if lacks && run.last.next() == number => run.last = number,
                _ => {
                    let next = lacks.then_some(Numbers {
                        first: number,
                        last: number,
                    });
                    if let Some(ended) = std::mem::replace(run, next) {
                        self.lacking.push((source, ended), limit);
                    }
                }
            }
        }
    }

    /// Whether E4 holds.
    pub const fn holds(&self) -> bool {
        self.gaps.count == 0
            && self.lacking.count == 0
            && self.repeated.count == 0
            && self.differing.count == 0
    }

    /// A07: what does not hold.
    pub fn finding(&self) -> Option<Finding> {
        if self.holds() {
            return None;
        }
        let (drive, last) = (self.drive, self.last);
        let (gaps, lacking) = (self.gaps.count, self.lacking.count);
        let (repeated, differing) = (self.repeated.count, self.differing.count);
        let what = Text::new(
            format!(
                "ФН {drive}, номера 1…{last}: пропусков {gaps}, есть не у всех {lacking}, повторов \
                 {repeated}, разные ФПД {differing}."
            ),
            format!(
                "Drive {drive}, numbers 1…{last}: {gaps} gaps, {lacking} that not all have, \
                 {repeated} repeated, {differing} with different signs."
            ),
        );
        let severity = Equation::of(EquationId::E4).severity;
        Some(
            Finding::new(RuleId::A07, severity, Object::Drive(drive), what)
                .with("last", last.get())
                .with("gaps", gaps)
                .with("lacking", lacking)
                .with("repeated", repeated)
                .with("differing", differing),
        )
    }
}

struct Stream<I: Iterator> {
    source: Source,
    marks: Peekable<I>,
}

impl<I: Iterator<Item = DocumentMark>> Stream<I> {
    fn new(source: Source, marks: I) -> Self {
        Self {
            source,
            marks: marks.peekable(),
        }
    }

    fn ahead(&mut self) -> Option<DocumentNumber> {
        self.marks.peek().map(|mark| mark.number)
    }

    /// Takes all that comes under `number`, which is the least ahead of anybody.
    fn take(
        &mut self,
        number: DocumentNumber,
        report: &mut NumberReport,
        limit: usize,
    ) -> Result<Option<FiscalSign>> {
        let mut sign = None;
        while let Some(mark) = self.marks.next_if(|mark| mark.number == number) {
            if sign.replace(mark.sign).is_some() {
                report.repeated.push((self.source, number), limit);
            }
        }
        match self.marks.peek() {
            Some(next) if next.number < number => Err(AuditError::Unsorted {
                stream: self.source.title(),
                row: next.number.to_string(),
            }),
            _ => Ok(sign),
        }
    }
}
