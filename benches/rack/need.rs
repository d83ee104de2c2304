//! The bound of one drive: the time of exactly those exchanges that a receipt and its ticket need
//! (15h, 07h, 16h, 22h, 23h, 25h, 26h), by the emulator's own [`Timing`] and with the bytes of real
//! exchanges, recorded on a wire; what the host needs between an answer and the next command
//! counts as nothing.

use std::{collections::BTreeMap, time::Duration};

use desk::ReceiptState;
use emulator::drive::Timing;
use fn_proto::Request;
use terms::Id;

use super::{Kind, Load, Rig, tcp, until_settled};
use crate::{
    provider::Outcome,
    tap::{Exchange, Tap},
};

/// How many receipts tell what one needs.
const SAMPLE: usize = 60;
/// Documents before the first receipt: the registration and the opening of the shift.
const REPORTS: usize = 2;

/// How long a drive needs for a receipt of each kind and its ticket, on average.
pub(crate) struct Need(BTreeMap<Kind, Duration>);

impl Need {
    /// Lets one drive form receipts in no time, and reckons by what went over its wire.
    pub(crate) async fn measure(timing: &Timing) -> Outcome<Self> {
        let rig = Rig::start(1, &Timing::NONE)?;
        let Some(desk::DriveAddress::Tcp(address)) = rig.addresses().pop() else {
            return Err("the first drive is not behind TCP".into());
        };
        let tap = Tap::start(address.to_string().parse()?)?;
        let desk = rig
            .desk(rig.setup(&rig.journal(), vec![tcp(tap.address)])?)
            .await?;
        let mut load = Load::prepare(&desk, SAMPLE).await?;
        load.submit(SAMPLE).await?;
        let receipts: Vec<Id> = load.receipts.keys().copied().collect();
        until_settled(&desk, &receipts, ReceiptState::Acknowledged).await?;
        let mut formed = BTreeMap::new();
        for (receipt, kind) in &load.receipts {
            let document = desk.receipt(*receipt)?.and_then(|it| it.document);
            formed.insert(document.ok_or("a receipt was not formed")?.number, *kind);
        }
        desk.close().await;
        rig.stop();
        let exchanges = tap.exchanges();
        let each = per_receipt(&exchanges, timing)?;
        print_besides(&exchanges, timing);
        let mut sums: BTreeMap<Kind, (Duration, u32)> = BTreeMap::new();
        // Documents are formed, and their tickets passed, in the order of their numbers.
        for (kind, need) in formed.into_values().zip(each) {
            let (sum, count) = sums.entry(kind).or_default();
            (*sum, *count) = (*sum + need, *count + 1);
        }
        let mean = |(kind, (sum, count))| (kind, sum / count);
        Ok(Self(sums.into_iter().map(mean).collect()))
    }

    pub(crate) fn of(&self, kind: Kind) -> f64 {
        self.0.get(&kind).map_or(f64::NAN, Duration::as_secs_f64)
    }
}

/// Says what the drive is asked besides, which the bound does not contain.
fn print_besides(exchanges: &[Exchange], timing: &Timing) {
    let is_receipt = |it: &Exchange| matches!(it.request, Request::BeginReceipt(_));
    let (Some(first), Some(last)) = (
        exchanges.iter().position(is_receipt),
        exchanges.iter().rposition(is_receipt),
    ) else {
        return;
    };
    let mut besides: BTreeMap<&str, (usize, Duration)> = BTreeMap::new();
    for exchange in &exchanges[first..last] {
        let counts = matches!(
            exchange.request,
            Request::BeginReceipt(_)
                | Request::PassData(_)
                | Request::FormReceipt { .. }
                | Request::BeginMessage
                | Request::ReadMessage { .. }
                | Request::FinishMessage
                | Request::PassTicket(_)
        );
        if !counts {
            let (count, time) = besides.entry(exchange.request.name()).or_default();
            *count += 1;
            *time += timing.exchange_time(&exchange.request, exchange.answer_len);
        }
    }
    for (name, (count, time)) in besides {
        let (each, ms) = (
            count as f64 / SAMPLE as f64,
            time.as_secs_f64() * 1e3 / SAMPLE as f64,
        );
        println!("besides the bound, for each receipt: {name} {each:.2} times, {ms:.1} ms");
    }
}

/// The time of the drive for each receipt in the order of their numbers.
fn per_receipt(exchanges: &[Exchange], timing: &Timing) -> Outcome<Vec<Duration>> {
    let (mut forming, mut sending) = (Vec::new(), vec![Duration::ZERO]);
    let mut is_receipt = false;
    for exchange in exchanges {
        let time = timing.exchange_time(&exchange.request, exchange.answer_len);
        match exchange.request {
            Request::BeginReceipt(_) => {
                is_receipt = true;
                forming.push(time);
            }
            Request::PassData(_) | Request::FormReceipt { .. } if is_receipt => {
                if let Some(sum) = forming.last_mut() {
                    *sum += time;
                }
            }
            Request::BeginMessage
            | Request::ReadMessage { .. }
            | Request::FinishMessage
            | Request::PassTicket(_) => {
                if let Some(sum) = sending.last_mut() {
                    *sum += time;
                }
                if matches!(exchange.request, Request::PassTicket(_)) {
                    sending.push(Duration::ZERO);
                }
            }
            _ => {}
        }
    }
    let sending: Vec<Duration> = sending.into_iter().skip(REPORTS).take(SAMPLE).collect();
    if (forming.len(), sending.len()) != (SAMPLE, SAMPLE) {
        let (formed, sent) = (forming.len(), sending.len());
        return Err(format!("{formed} formed and {sent} sent of {SAMPLE} receipts").into());
    }
    Ok(forming.iter().zip(sending).map(|(a, b)| *a + b).collect())
}
