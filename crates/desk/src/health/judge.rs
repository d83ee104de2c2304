//! What is the matter: of what is seen, without looking at anything.

use std::time::Duration;

use cassette::{Severity, SlotState};

use super::{Ages, HealthReason, HealthView, JournalAnswer, Vitals};
use crate::{CassetteView, SlotView};

pub(super) const JOURNAL_SILENT: &str = "journal_silent";
pub(super) const JOURNAL_FAILED: &str = "journal_failed";
pub(super) const RACK_SILENT: &str = "rack_silent";
pub(super) const NO_SLOT: &str = "no_slot";

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// A shift that is open longer than 23 hours: 24 is the most (receipt rules §5.2, A09).
const SHIFT_WARNS: Duration = Duration::from_secs(23 * 3_600);
const SHIFT_ENDS: Duration = Duration::from_secs(24 * 3_600);
/// Documents without ticket (receipt rules §5.2, A08): after 30 days their drive forms no more.
const UNSENT_WARNS: Duration = DAY;
const UNSENT_IS_CRITICAL: Duration = Duration::from_secs(5 * 24 * 3_600);
/// Room on the journal's disk, bytes. A choice: a day of a million receipts takes less than the first.
const DISK_WARNS: u64 = 2 * 1024 * 1024 * 1024;
const DISK_IS_CRITICAL: u64 = 256 * 1024 * 1024;

impl HealthView {
    /// Of what was seen; `slots` are those of the configuration.
    pub(crate) fn of(vitals: &Vitals, slots: usize) -> Self {
        let slots_at_work = vitals.cassette.as_ref().map_or(0, CassetteView::at_work);
        let mut reasons: Vec<HealthReason> = Vec::new();
        reasons.extend(journal(&vitals.answers.journal));
        match &vitals.cassette {
            Some(cassette) if vitals.answers.rack => {
                if slots_at_work == 0 {
                    reasons.push(no_slot());
                }
                of_cassette(cassette, &mut reasons);
            }
            _ => reasons.push(rack_silent()),
        }
        vitals.ages.iter().for_each(|ages| old(ages, &mut reasons));
        reasons.extend(receipts(vitals));
        reasons.extend(disk(vitals));
        // Stable: what comes first counts more among equals.
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.severity));
        Self {
            slots,
            slots_at_work,
            waiting: vitals.cassette.as_ref().map_or(0, |it| it.waiting),
            emulated: vitals.cassette.as_ref().is_some_and(|it| it.emulated),
            reasons,
        }
    }
}

fn reason(code: &'static str, severity: Severity, ru: String, en: String) -> HealthReason {
    HealthReason {
        code,
        severity,
        slot: None,
        ru,
        en,
    }
}

fn journal(answer: &JournalAnswer) -> Option<HealthReason> {
    match answer {
        JournalAnswer::Well => None,
        JournalAnswer::Silent => Some(reason(
            JOURNAL_SILENT,
            Severity::Critical,
            "Журнал не отвечает: операции не принимаются. Проверьте диск.".to_owned(),
            "the journal does not answer: no operation is accepted; look at the disk".to_owned(),
        )),
        // Why, says the log: a path of this machine is nobody else's business.
        JournalAnswer::Failing(_) => Some(reason(
            JOURNAL_FAILED,
            Severity::Critical,
            "Журнал не может записывать: операции не принимаются. Причина в логе.".to_owned(),
            "the journal cannot write: no operation is accepted; the log says why".to_owned(),
        )),
    }
}

fn rack_silent() -> HealthReason {
    reason(
        RACK_SILENT,
        Severity::Critical,
        "Задача, которая работает с накопителями, не отвечает: чеки не формируются.".to_owned(),
        "the task that works with the drives does not answer: no receipt is formed".to_owned(),
    )
}

fn no_slot() -> HealthReason {
    reason(
        NO_SLOT,
        Severity::Critical,
        "Ни одно гнездо не может формировать документы; операции принимаются и ждут.".to_owned(),
        "no slot can form documents; operations are accepted and wait".to_owned(),
    )
}

fn of_cassette(cassette: &CassetteView, reasons: &mut Vec<HealthReason>) {
    for slot in &cassette.slots {
        let about = [down(slot), ends(slot)].into_iter().flatten();
        reasons.extend(about.map(|reason| HealthReason {
            slot: Some(slot.slot),
            ..reason
        }));
    }
    if !cassette.asked_first.is_empty() {
        let drives = cassette.asked_first.join(", ");
        reasons.push(reason(
            "drives_asked_first",
            Severity::Warning,
            format!("Чеки ждут: сначала должны ответить накопители {drives}."),
            format!("receipts wait until the drives {drives} have answered"),
        ));
    }
}

/// A slot that is neither at work nor meant to rest.
fn down(slot: &SlotView) -> Option<HealthReason> {
    use SlotState::{
        Blocked, Closed, Closing, Draining, Empty, Exhausted, Faulty, Foreign, InDoubt, Lost,
        Probing, Ready, Resting, Unregistered, Working,
    };
    match slot.state {
        Ready | Working | Resting | Probing | Draining | Closing => None,
        Empty | Foreign | Unregistered | Blocked | Exhausted | Closed | Faulty | Lost | InDoubt => {
            let (number, state) = (slot.slot, slot.state.name());
            let why = slot.reason.as_ref().map(|reason| reason.code());
            let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
            Some(reason(
                "slot_down",
                Severity::Warning,
                format!("Гнездо {number} не работает: {state}{why}."),
                format!("slot {number} does not work: {state}{why}"),
            ))
        }
    }
}

/// A drive that will be full, or whose life will be over (receipt rules §5.2, A23).
fn ends(slot: &SlotView) -> Option<HealthReason> {
    let outlook = slot.outlook.as_ref()?;
    let (severity, number) = (outlook.severity?, slot.slot);
    let on = outlook.ends_on.as_deref();
    let (ru, en) = match on {
        Some(day) => (format!(" {day}"), format!(" on {day}")),
        None => (" скоро".to_owned(), " soon".to_owned()),
    };
    Some(reason(
        "drive_ends",
        severity,
        format!("Накопитель в гнезде {number} закончится{ru}: замените его."),
        format!("the drive in slot {number} ends{en}: replace it"),
    ))
}

fn old(ages: &Ages, reasons: &mut Vec<HealthReason>) {
    let number = ages.slot;
    let grade = |age: Duration, warns: Duration, is_critical: Duration| match age {
        age if age >= is_critical => Some(Severity::Critical),
        age if age >= warns => Some(Severity::Warning),
        _ => None,
    };
    let mut add = |reason: HealthReason| {
        reasons.push(HealthReason {
            slot: Some(number),
            ..reason
        });
    };
    if let Some(age) = ages.shift
        && let Some(severity) = grade(age, SHIFT_WARNS, SHIFT_ENDS)
    {
        let hours = age.as_secs() / HOUR.as_secs();
        add(reason(
            "shift_old",
            severity,
            format!("Смена в гнезде {number} открыта больше {hours} ч; больше 24 ч нельзя."),
            format!("the shift in slot {number} is open for {hours} h; 24 h is the most"),
        ));
    }
    if let Some(age) = ages.unsent
        && let Some(severity) = grade(age, UNSENT_WARNS, UNSENT_IS_CRITICAL)
    {
        let days = age.as_secs() / DAY.as_secs();
        add(reason(
            "documents_unsent",
            severity,
            format!(
                "В гнезде {number} есть документы, не подтверждённые ОФД {days} дн.; после 30 дней \
                 накопитель не формирует чеков."
            ),
            format!(
                "slot {number} has documents that the ОФД has not confirmed for {days} days; after \
                 30 its drive forms no more"
            ),
        ));
    }
}

fn receipts(vitals: &Vitals) -> Vec<HealthReason> {
    let Vitals {
        held,
        in_doubt,
        dead_letters,
        ..
    } = vitals;
    let all = [
        (
            *in_doubt,
            "receipts_in_doubt",
            format!("Чеков под вопросом: {in_doubt}. Накопитель или человек должен решить."),
            format!("{in_doubt} receipts are in doubt: their drives or a person have to decide"),
        ),
        (
            *held,
            "receipts_held",
            format!("Отложенных чеков: {held}. Их должен посмотреть человек."),
            format!("{held} receipts are held: a person has to look at them"),
        ),
        (
            *dead_letters,
            "letters_dead",
            format!("Писем вебхукам не доставлено: {dead_letters}."),
            format!("{dead_letters} letters to webhooks and callbacks were given up"),
        ),
    ];
    let there_are = all.into_iter().filter(|(count, ..)| *count > 0);
    there_are
        .map(|(_, code, ru, en)| reason(code, Severity::Warning, ru, en))
        .collect()
}

fn disk(vitals: &Vitals) -> Option<HealthReason> {
    let free = vitals.sizes?.free;
    let severity = match free {
        free if free < DISK_IS_CRITICAL => Severity::Critical,
        free if free < DISK_WARNS => Severity::Warning,
        _ => return None,
    };
    let mib = free / (1024 * 1024);
    Some(reason(
        "disk_low",
        severity,
        format!("На диске журнала осталось {mib} МиБ."),
        format!("{mib} MiB are left on the journal's disk"),
    ))
}

#[cfg(test)]
mod tests;
