//! What is shown, line by line.

use std::fmt;

use desk::{
    CassetteView, Class, FiguresView, HistogramView, IncidentSeverity, JournalAnswer, ReceiptState,
    SlotState,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text},
    registry::Registry,
};

use crate::{
    catalogue as all,
    figure::{Figure, PREFIX},
    requests::Requests,
};

/// What receivers that the configuration does not name are called together.
const CALLBACKS: &str = "callbacks";

/// The page, with the requests that were answered until now.
///
/// # Errors
/// Never for a text in memory.
pub(crate) fn written(view: FiguresView, requests: &Requests) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(Page(view)));
    requests.register(&mut registry);
    let mut text = String::new();
    text::encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Page(FiguresView);

/// Writes figures.
struct Lines<'a>(DescriptorEncoder<'a>);

type Written = Result<(), fmt::Error>;

impl Collector for Page {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Written {
        let (view, mut lines) = (&self.0, Lines(encoder));
        lines.info(all::BUILD, [vec![env!("CARGO_PKG_VERSION").to_owned()]])?;
        answers(view, &mut lines)?;
        receipts(view, &mut lines)?;
        slots(view, &mut lines)?;
        journal(view, &mut lines)?;
        let counted = &view.counted;
        lines.gauge(all::RESTORATIONS, counted.restorations_running as f64)?;
        lines.counters(all::IMPORTS, [(vec![], view.journal.imports)])?;
        lines.gauge(all::IMPORT_ROWS, counted.import_rows as f64)?;
        lines.gauge(all::UNIDENTIFIED, counted.unidentified as f64)?;
        watch(view, &mut lines)
    }
}

fn watch(view: &FiguresView, lines: &mut Lines<'_>) -> Written {
    let open = IncidentSeverity::ALL.map(|severity| {
        let count = view.incidents.open_of(severity);
        (vec![severity.name().to_owned()], count as f64)
    });
    lines.gauges(all::INCIDENTS, open)?;
    lines.gauge(all::IN_HAND, view.incidents.in_hand as f64)?;
    let age = view.last_pass.iter();
    lines.gauges(all::PASS_AGE, age.map(|age| (vec![], age.as_secs_f64())))
}

fn answers(view: &FiguresView, lines: &mut Lines<'_>) -> Written {
    let journal = matches!(view.answers.journal, JournalAnswer::Well);
    let one = |part: &str, answers: bool| (vec![part.to_owned()], f64::from(u8::from(answers)));
    let parts = [one("journal", journal), one("rack", view.answers.rack)];
    lines.gauges(all::ANSWERS, parts)
}

fn receipts(view: &FiguresView, lines: &mut Lines<'_>) -> Written {
    let journal = &view.journal;
    let operations = journal.operations.iter();
    lines.counters(
        all::OPERATIONS,
        operations.map(|(kind, count)| (vec![(*kind).to_owned()], *count)),
    )?;
    let receipts = ReceiptState::ALL.iter().zip(journal.receipts);
    lines.counters(
        all::RECEIPTS,
        receipts.map(|(state, count)| (vec![state.name().to_owned()], count)),
    )?;
    let waiting = |class: &Class| {
        let cassette = view.cassette.as_ref()?;
        let count = cassette.waiting_by_class.get(class).copied();
        Some((vec![class.name().to_owned()], count.unwrap_or(0) as f64))
    };
    lines.gauges(all::WAITING, Class::ALL.iter().filter_map(waiting))?;
    let standing = [
        (ReceiptState::Held, journal.held),
        (ReceiptState::InDoubt, journal.in_doubt),
    ];
    lines.gauges(
        all::STANDING,
        standing.map(|(state, count)| (vec![state.name().to_owned()], count as f64)),
    )?;
    lines.histograms(all::DURABLE, [(vec![], &view.durable)])?;
    lines.histograms(all::FISCALIZED, [(vec![], &journal.fiscalized)])?;
    lines.histograms(all::ACKNOWLEDGED, [(vec![], &journal.acknowledged)])
}

fn slots(view: &FiguresView, lines: &mut Lines<'_>) -> Written {
    let cassette = view.cassette.as_ref();
    let views = cassette.map_or(&[][..], |cassette| &cassette.slots);
    let number = |slot: u8| slot.to_string();
    lines.gauge(all::SLOTS, view.slots.len() as f64)?;
    let at_work = cassette.map_or(0, CassetteView::at_work);
    lines.gauge(all::AT_WORK, at_work as f64)?;
    let states = views.iter().flat_map(|slot| {
        SlotState::ALL.map(|state| {
            let labels = vec![number(slot.slot), state.name().to_owned()];
            (labels, f64::from(u8::from(slot.state == state)))
        })
    });
    lines.gauges(all::SLOT_STATE, states)?;
    let drives = views.iter().filter_map(|slot| {
        let drive = slot.drive.clone()?;
        Some(vec![number(slot.slot), drive, slot.emulated.to_string()])
    });
    lines.info(all::SLOT_DRIVE, drives)?;
    let documents = view.slots.iter();
    lines.histograms(
        all::DOCUMENT,
        documents.map(|slot| (vec![number(slot.slot)], &slot.documents)),
    )?;
    let left = views.iter().filter_map(|slot| {
        let left = slot.documents_left?;
        Some((vec![number(slot.slot)], f64::from(left)))
    });
    lines.gauges(all::DOCUMENTS_LEFT, left)?;
    let life = views.iter().filter_map(|slot| {
        let days = slot.outlook.as_ref()?.days_left?;
        Some((vec![number(slot.slot)], days as f64))
    });
    lines.gauges(all::LIFE_LEFT, life)?;
    let ends = view.slots.iter().filter_map(|slot| {
        let days = slot.ends_in_days?;
        Some((vec![number(slot.slot)], days as f64))
    });
    lines.gauges(all::ENDS_IN, ends)?;
    let shifts = view.slots.iter().filter_map(|slot| {
        let age = slot.shift_age?;
        Some((vec![number(slot.slot)], age.as_secs_f64()))
    });
    lines.gauges(all::SHIFT_AGE, shifts)?;
    let unsent = views.iter();
    lines.gauges(
        all::UNSENT,
        unsent.map(|slot| (vec![number(slot.slot)], f64::from(slot.backlog))),
    )?;
    let ages = view.slots.iter();
    lines.gauges(
        all::UNSENT_AGE,
        ages.map(|slot| {
            let age = slot.unsent_age.unwrap_or_default();
            (vec![number(slot.slot)], age.as_secs_f64())
        }),
    )?;
    lines.gauge(all::CLOCK, view.clock_shift_ms as f64 / 1_000.0)
}

fn journal(view: &FiguresView, lines: &mut Lines<'_>) -> Written {
    let journal = &view.journal;
    let letters = view.counted.letters.iter().flat_map(|owed| {
        let receiver = owed.webhook.as_deref().unwrap_or(CALLBACKS);
        let of = |state: &str, count: u64| {
            let labels = vec![receiver.to_owned(), state.to_owned()];
            (labels, count as f64)
        };
        [of("waiting", owed.waiting), of("dead", owed.dead)]
    });
    lines.gauges(all::LETTERS, letters)?;
    lines.gauge(all::QUEUED, journal.queued as f64)?;
    let durable = journal.batches.saturating_sub(journal.failures);
    let results = [("durable", durable), ("failed", journal.failures)];
    lines.counters(
        all::TRANSACTIONS,
        results.map(|(result, count)| (vec![result.to_owned()], count)),
    )?;
    lines.histograms(all::COMMIT, [(vec![], &journal.commit)])?;
    lines.histograms(all::BATCH, [(vec![], &journal.batch)])?;
    let Some(sizes) = view.sizes else {
        return Ok(());
    };
    lines.gauge(all::DATABASE, sizes.database as f64)?;
    lines.gauge(all::LOG, sizes.log as f64)?;
    lines.gauge(all::FREE, sizes.free as f64)
}

impl Lines<'_> {
    fn begin(
        &mut self,
        figure: Figure,
        write: impl FnOnce(MetricEncoder<'_>) -> Written,
    ) -> Written {
        let unit = figure.unit.map(|unit| unit.unit());
        let metric = self.0.encode_descriptor(
            figure.name,
            &format!("{}.", figure.help),
            unit.as_ref(),
            figure.kind.metric_type(),
        )?;
        write(metric)
    }

    /// One value for each set of labels.
    fn gauges(
        &mut self,
        figure: Figure,
        values: impl IntoIterator<Item = (Vec<String>, f64)>,
    ) -> Written {
        self.begin(figure, |mut metric| {
            for (labels, value) in values {
                let labels = named(figure, labels);
                line(&mut metric, &labels, |line| line.encode_gauge(&value))?;
            }
            Ok(())
        })
    }

    fn gauge(&mut self, figure: Figure, value: f64) -> Written {
        self.begin(figure, |mut metric| metric.encode_gauge(&value))
    }

    fn counters(
        &mut self,
        figure: Figure,
        values: impl IntoIterator<Item = (Vec<String>, u64)>,
    ) -> Written {
        self.begin(figure, |mut metric| {
            for (labels, value) in values {
                let labels = named(figure, labels);
                line(&mut metric, &labels, |line| {
                    line.encode_counter::<NoLabelSet, _, f64>(&value, None)
                })?;
            }
            Ok(())
        })
    }

    fn histograms<'v>(
        &mut self,
        figure: Figure,
        values: impl IntoIterator<Item = (Vec<String>, &'v HistogramView)>,
    ) -> Written {
        self.begin(figure, |mut metric| {
            for (labels, view) in values {
                let labels = named(figure, labels);
                let bounds = view.bounds.iter().copied().chain([f64::INFINITY]);
                let buckets: Vec<(f64, u64)> = bounds.zip(view.counts.iter().copied()).collect();
                line(&mut metric, &labels, |line| {
                    line.encode_histogram::<NoLabelSet>(view.sum, view.count(), &buckets, None)
                })?;
            }
            Ok(())
        })
    }

    fn info(&mut self, figure: Figure, values: impl IntoIterator<Item = Vec<String>>) -> Written {
        self.begin(figure, |mut metric| {
            for labels in values {
                metric.encode_info(&named(figure, labels))?;
            }
            Ok(())
        })
    }
}

/// Writes what has these labels; with none there are no braces.
fn line(
    metric: &mut MetricEncoder<'_>,
    labels: &[(&'static str, String)],
    write: impl FnOnce(&mut MetricEncoder<'_>) -> Written,
) -> Written {
    match labels.is_empty() {
        true => write(metric),
        false => write(&mut metric.encode_family(&labels)?),
    }
}

/// The labels with their names.
fn named(figure: Figure, values: Vec<String>) -> Vec<(&'static str, String)> {
    figure.labels.iter().copied().zip(values).collect()
}
