//! How fast documents are written, checked and read, beside a copy of the same bytes in the same
//! run; and how long a payment's way is from its JSON to the bytes for the drive.
//!
//! Absolute figures hold for one machine and one hour; read the ratios. Aims: a payment with a
//! receipt of three lines, from JSON through calculation, format-logic control, TLV and check sum,
//! in less than 4 µs; reading as fast as writing.

mod documents;
mod month;
mod provider;

use std::{hint::black_box, time::Instant};

use clap::Parser;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use ffd::{
    Document, Tree,
    check::{check_document, check_stored, checked_tlv},
};

use documents::{Sample, Way};
use provider::{Outcome, median};

const AIM_WAY_NS: f64 = 4_000.0;

#[derive(Parser)]
struct Options {
    /// How many bytes each case handles in a round.
    #[arg(long, default_value_t = 100_000_000)]
    bytes: usize,
    /// How often everything is measured; medians are shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// What `cargo bench` passes.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Outcome {
    let options = Options::parse();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "document",
        "work",
        "bytes",
        "ns",
        "MB/s",
        "copy, ns",
        "of the copy",
    ]);
    for sample in [
        Sample::of_lines("3 lines", 3)?,
        Sample::of_lines("100 lines", 100)?,
    ] {
        measure(&sample, &options, &mut table)?;
    }
    println!("{table}");
    way(&options)
}

/// One way to handle a document.
type Work<'a> = (&'static str, &'a [u8], &'a dyn Fn() -> Outcome);

fn measure(sample: &Sample, options: &Options, table: &mut Table) -> Outcome {
    let works: [Work<'_>; 7] = [
        ("write", &sample.host, &|| {
            black_box(sample.receipt.host_tlv()?);
            Ok(())
        }),
        ("write and control", &sample.host, &|| {
            let tlv = checked_tlv(black_box(&sample.receipt), &sample.facts);
            black_box(tlv.map_err(|_| "the control refuses the sample")?);
            Ok(())
        }),
        ("read to a tree", &sample.stored, &|| {
            black_box(Tree::parse(black_box(&sample.stored))?);
            Ok(())
        }),
        ("read to a receipt", &sample.stored, &|| {
            black_box(Document::parse(black_box(&sample.stored))?);
            Ok(())
        }),
        ("control of a document", &sample.stored, &|| {
            black_box(check_document(black_box(&sample.stored), sample.facts.ffd));
            Ok(())
        }),
        ("control and registration", &sample.stored, &|| {
            black_box(check_stored(black_box(&sample.stored), &sample.facts));
            Ok(())
        }),
        ("check sum", &sample.stored, &|| {
            black_box(terms::crc16(&[black_box(&sample.stored)]));
            Ok(())
        }),
    ];
    for (what, bytes, work) in works {
        let count = (options.bytes / bytes.len()).div_ceil(20);
        let (mut ours, mut copies) = (Vec::new(), Vec::new());
        for _ in 0..options.rounds {
            copies.push(each(count * 20, || {
                black_box(black_box(bytes).to_vec());
                Ok(())
            })?);
            ours.push(each(count, work)?);
        }
        let (ours, copy) = (median(ours), median(copies));
        table.add_row([
            sample.name.to_owned(),
            what.to_owned(),
            bytes.len().to_string(),
            format!("{ours:.0}"),
            format!("{:.0}", bytes.len() as f64 / ours * 1e3),
            format!("{copy:.0}"),
            format!("{:.1}", ours / copy),
        ]);
    }
    Ok(())
}

/// The payment's way and its parts.
fn way(options: &Options) -> Outcome {
    let way = Way::new()?;
    let operation = way.read()?;
    let count = options.bytes / 1_000;
    let (mut read, mut decide, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        read.push(each(count, || {
            black_box(way.read()?);
            Ok(())
        })?);
        decide.push(each(count, || {
            black_box(way.decide(black_box(&operation))?);
            Ok(())
        })?);
        whole.push(each(count, || {
            black_box(way.whole()?);
            Ok(())
        })?);
    }
    let whole = median(whole);
    println!(
        "a payment over 3 debts, from JSON to the drive's bytes: {whole:.0} ns (JSON {:.0}, \
         calculation, control and TLV {:.0}); {:.2} × 4 µs: {}",
        median(read),
        median(decide),
        whole / AIM_WAY_NS,
        if whole <= AIM_WAY_NS {
            "reached"
        } else {
            "missed"
        }
    );
    Ok(())
}

/// Nanoseconds that one takes.
fn each(count: usize, work: impl Fn() -> Outcome) -> Outcome<f64> {
    let started = Instant::now();
    for _ in 0..count {
        work()?;
    }
    Ok(started.elapsed().as_secs_f64() * 1e9 / count as f64)
}
