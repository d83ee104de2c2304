//! Drives, wires, clock and disk.

use cassette::{Capacity, Severity, forecast};
use journal::Language;

use super::written;
use crate::golive::{
    check::{Check, CheckId, Words},
    facts::{Facts, LinkState, SlotFacts, Volume},
};

/// The drive takes times that differ from its own by at most so many minutes (code 17h).
const CLOCK_MINUTES: i64 = 5;
/// Months that the drives of a new cassette should last at least: to replace them takes weeks.
const MONTHS_WANTED: u64 = 3;
const DAYS_OF_MONTH: f64 = 30.0;
/// Reports of shifts in a month: one is opened and one closed each day.
const REPORTS_OF_MONTH: u64 = 60;
/// Beneath so much the disk is full before somebody has looked, bytes.
const DISK_STOP: u64 = 1 << 30;
/// Beneath so much somebody should look, bytes.
const DISK_LOOK: u64 = 5 << 30;
/// What a receipt takes in the journal with all that belongs to it, bytes (INFERRED from databases of
/// trials, rounded up).
const RECEIPT_BYTES: u64 = 8 * 1024;
const MONTHS_OF_YEAR: u64 = 12;
/// After so many days without a ticket it is no hiccup any more; after 30 the drive stops (ФН protocol
/// §2.6).
const OFD_DAYS_STOP: i64 = 5;

pub(super) fn judge(facts: &Facts) -> Vec<Check> {
    vec![
        registered(facts),
        owner(facts),
        emulated(facts),
        volume(facts),
        life(facts),
        clock(facts),
        ofd_links(facts),
        disk(facts),
    ]
}

pub(super) fn judge_after(facts: &Facts) -> Vec<Check> {
    vec![first_receipt(facts), undecided(facts), confirmations(facts)]
}

/// «1, 3».
fn listed<'a>(slots: impl IntoIterator<Item = &'a SlotFacts>) -> String {
    let numbers: Vec<String> = slots.into_iter().map(|it| it.slot.to_string()).collect();
    numbers.join(", ")
}

fn of_slots(check: Check, slots: &[&SlotFacts]) -> Check {
    check
        .figure("slots", slots.len())
        .examples(slots.iter().map(|it| it.slot.to_string()))
}

fn those(facts: &Facts, holds: impl Fn(&SlotFacts) -> bool) -> Vec<&SlotFacts> {
    facts.slots.iter().filter(|slot| holds(slot)).collect()
}

fn registered(facts: &Facts) -> Check {
    let id = CheckId::DrivesRegistered;
    let there = those(facts, |slot| slot.drive.is_some());
    if there.is_empty() {
        return Check::stop(
            id,
            ("Ни одного накопителя не видно", "No drive is seen"),
            (
                "Подключите накопители и посмотрите «Кассета»; kassette doctor назовёт причину",
                "Plug the drives in and look at «Cassette»; kassette doctor tells why",
            ),
        );
    }
    let unregistered = those(facts, |slot| {
        slot.drive.is_some() && slot.registration.is_none()
    });
    if !unregistered.is_empty() {
        let list = listed(unregistered.iter().copied());
        let check = Check::stop(
            id,
            Words::new(
                format!("Не зарегистрированы накопители в гнёздах: {list}"),
                format!("The drives in these slots are not registered: {list}"),
            ),
            (
                "Поставьте кассы на учёт в ФНС и зарегистрируйте накопители: «Запуск кассеты»",
                "Have the registers entered by the ФНС, then register the drives: «Start»",
            ),
        );
        return of_slots(check, &unregistered);
    }
    let idle = those(facts, |slot| !slot.can_work);
    if !idle.is_empty() {
        let told = |slot: &&SlotFacts| {
            let why = slot.reason.clone().unwrap_or_default();
            format!("{}: {why}", slot.slot)
        };
        let list: Vec<String> = idle.iter().map(told).collect();
        let list = list.join("; ");
        let check = match idle.len() == facts.slots.len() {
            true => Check::stop,
            false => Check::warn,
        };
        let check = check(
            id,
            Words::new(
                format!("Не работают гнёзда: {list}"),
                format!("These slots do not work: {list}"),
            ),
            Words::from((
                "Посмотрите «Кассета»; kassette doctor назовёт причину",
                "Look at «Cassette»; kassette doctor tells why",
            )),
        );
        return of_slots(check, &idle);
    }
    Check::ok(
        id,
        Words::new(
            format!("Накопителей на учёте: {}", there.len()),
            format!("Registered drives: {}", there.len()),
        ),
    )
    .figure("drives", there.len())
}

fn owner(facts: &Facts) -> Check {
    let id = CheckId::DrivesOwner;
    let others = those(facts, |slot| {
        slot.registration.is_some_and(|it| it.inn != facts.inn)
    });
    if others.is_empty() {
        return Check::ok(
            id,
            Words::new(
                format!("Чужих накопителей нет, ИНН {}", facts.inn),
                format!("No drive is somebody else’s, ИНН {}", facts.inn),
            ),
        );
    }
    let told = |slot: &&SlotFacts| {
        let inn = slot.registration.map(|it| it.inn.to_string());
        format!("{} (ИНН {})", slot.slot, inn.unwrap_or_default())
    };
    let list: Vec<String> = others.iter().map(told).collect();
    let list = list.join(", ");
    let check = Check::stop(
        id,
        Words::new(
            format!("Накопители другой организации в гнёздах: {list}"),
            format!("Drives of another organisation in the slots: {list}"),
        ),
        (
            "Верните их туда, где они на учёте, или исправьте organisation.inn",
            "Put them back where they belong, or correct organisation.inn",
        ),
    );
    of_slots(check, &others)
}

fn emulated(facts: &Facts) -> Check {
    let id = CheckId::DrivesEmulated;
    let emulated = those(facts, |slot| slot.emulated);
    if emulated.is_empty() {
        return Check::ok(
            id,
            (
                "Эмуляторов в кассете нет",
                "No drive of the cassette is emulated",
            ),
        );
    }
    let list = listed(emulated.iter().copied());
    let check = Check::stop(
        id,
        Words::new(
            format!("Эмуляторы или отладочные накопители в гнёздах: {list}"),
            format!("Emulated or debug drives in the slots: {list}"),
        ),
        (
            "Их документы не имеют юридической силы: замените настоящими и закончите пробу",
            "Their documents have no legal force: replace them and end the trial",
        ),
    );
    of_slots(check, &emulated)
}

/// Documents of a month, shift reports with them.
fn documents_of_month(volume: Volume, drives: usize) -> u64 {
    volume.receipts + REPORTS_OF_MONTH * drives as u64
}

fn volume(facts: &Facts) -> Check {
    let id = CheckId::DrivesVolume;
    let working = those(facts, |slot| slot.can_work);
    let of_month = documents_of_month(facts.volume, working.len());
    let left: u64 = working
        .iter()
        .filter_map(|slot| slot.documents_left)
        .map(u64::from)
        .sum();
    let told = |check: Check| {
        check
            .figure("documents_a_month", of_month)
            .figure("documents_left", left)
    };
    let (by_ru, by_en) = match facts.volume.is_told {
        true => ("по вашим словам", "as you say"),
        false => ("оценка по числу счетов", "estimated by the accounts"),
    };
    let found = |months: u64| {
        Words::new(
            format!(
                "Поместится {left} документов, в месяц нужно {of_month} ({by_ru}): месяцев {months}"
            ),
            format!("{left} documents fit, a month brings {of_month} ({by_en}): {months} months"),
        )
    };
    if facts.volume.receipts == 0 {
        return told(Check::unknown(
            id,
            (
                "Объём чеков неизвестен",
                "Nobody knows how many receipts there will be",
            ),
            (
                "Перенесите счета или назовите число чеков в месяц",
                "Bring in the accounts, or say how many receipts a month brings",
            ),
        ));
    }
    let remedy = (
        "Поставьте ещё накопители или накопители большей ёмкости",
        "Add drives, or larger ones",
    );
    match left / of_month.max(1) {
        0 => told(Check::stop(id, found(0), remedy)),
        months if months < MONTHS_WANTED => told(Check::warn(id, found(months), remedy)),
        months => told(Check::ok(id, found(months))),
    }
}

fn life(facts: &Facts) -> Check {
    let id = CheckId::DrivesLife;
    let today = facts.now.date();
    let working = those(facts, |slot| slot.registration.is_some());
    if working.is_empty() {
        return Check::unknown(
            id,
            ("Нет накопителей на учёте", "No drive is registered"),
            (
                "Сначала зарегистрируйте накопители",
                "Register the drives first",
            ),
        );
    }
    let of_month = documents_of_month(facts.volume, working.len()) as f64;
    let per_day = of_month / DAYS_OF_MONTH / working.len() as f64;
    let severity = |slot: &SlotFacts| {
        let capacity = Capacity::of(slot.formed, slot.documents_left, slot.until);
        forecast(&capacity, per_day, today).severity
    };
    let worst = working.iter().filter_map(|slot| severity(slot)).max();
    let Some(worst) = worst else {
        return Check::ok(
            id,
            (
                "Ни один накопитель не кончается",
                "No drive is about to end",
            ),
        );
    };
    let ending: Vec<&SlotFacts> = working
        .into_iter()
        .filter(|slot| severity(slot).is_some())
        .collect();
    let told = |language: Language| {
        let told = |slot: &&SlotFacts| {
            let until = slot.until.map(|day| written(day, language));
            format!("{} ({})", slot.slot, until.unwrap_or_default())
        };
        let list: Vec<String> = ending.iter().map(told).collect();
        list.join(", ")
    };
    let found = Words::new(
        format!("Кончаются накопители в гнёздах: {}", told(Language::Ru)),
        format!(
            "The drives in these slots are about to end: {}",
            told(Language::En)
        ),
    );
    let remedy = Words::from((
        "Замените их до переключения: в разгар первого месяца менять некогда",
        "Replace them before the switch: there will be no time in the first month",
    ));
    let check = match worst {
        Severity::Critical => Check::stop(id, found, remedy),
        Severity::Warning => Check::warn(id, found, remedy),
    };
    of_slots(check, &ending)
}

fn clock(facts: &Facts) -> Check {
    let id = CheckId::Clock;
    let last = facts.slots.iter().filter_map(|slot| slot.last_time).max();
    let behind = last.map_or(0, |last| -facts.now.minutes_since(last));
    if behind > CLOCK_MINUTES {
        return Check::stop(
            id,
            Words::new(
                format!("Часы отстают от последнего документа накопителя на {behind} мин"),
                format!("The clock is {behind} minutes behind the last document of a drive"),
            ),
            (
                "Поставьте часы (timedatectl) или исправьте organisation.utc_offset",
                "Set the clock (timedatectl), or correct organisation.utc_offset",
            ),
        )
        .figure("minutes_behind", behind);
    }
    match facts.is_clock_synchronised {
        Some(true) => Check::ok(
            id,
            (
                "Часы сверяются по сети и не спорят с накопителями",
                "The clock is synchronised and agrees with the drives",
            ),
        ),
        Some(false) => Check::stop(
            id,
            (
                "Часы не сверяются по сети: уйдут, и накопители начнут отказывать",
                "The clock is not synchronised: it will drift until the drives refuse",
            ),
            (
                "Включите службу времени: timedatectl set-ntp true, или chrony",
                "Turn the time service on: timedatectl set-ntp true, or chrony",
            ),
        ),
        None => Check::unknown(
            id,
            (
                "С накопителями часы не спорят; сверяются ли они по сети, отсюда не видно",
                "The clock agrees with the drives; whether it is synchronised is not seen from here",
            ),
            (
                "Посмотрите на сервере: timedatectl, chronyc tracking",
                "Look at the server: timedatectl, chronyc tracking",
            ),
        ),
    }
}

fn ofd_links(facts: &Facts) -> Check {
    let id = CheckId::OfdLinks;
    let links = facts.outside.as_ref().map(|it| it.links.as_slice());
    let remedy = Words::from((
        "Сверьте адрес [[ofd]] с договором и откройте исходящий порт; kassette doctor скажет точнее",
        "Compare the address of [[ofd]] with the contract, let the port out; see kassette doctor",
    ));
    let links = match links {
        None => {
            return Check::unknown(
                id,
                ("Связь с ОФД не проверялась", "Nobody has tried the ОФД"),
                ("Нажмите «Проверить сейчас»", "Press «Check now»"),
            );
        }
        Some([]) => {
            return Check::unknown(
                id,
                (
                    "Спросить не от чьего имени: зарегистрированных накопителей нет",
                    "There is nobody to ask for: no drive is registered",
                ),
                (
                    "Сначала зарегистрируйте накопители",
                    "Register the drives first",
                ),
            );
        }
        Some(links) => links,
    };
    let bad: Vec<_> = links
        .iter()
        .filter(|link| link.state != LinkState::Fine)
        .collect();
    let told = |check: Check| check.figure("drives", links.len()).figure("bad", bad.len());
    let Some(first) = bad.first() else {
        return told(Check::ok(
            id,
            Words::new(
                format!("ОФД отвечает каждому накопителю: {}", links.len()),
                format!("The ОФД answers each drive: {}", links.len()),
            ),
        ));
    };
    let found = Words::new(
        format!(
            "ОФД «{}» не отвечает накопителю в гнезде {}: {}",
            first.operator, first.slot, first.detail
        ),
        format!(
            "The ОФД «{}» does not answer the drive in slot {}: {}",
            first.operator, first.slot, first.detail
        ),
    );
    let is_gone = bad.iter().any(|link| link.state == LinkState::Gone);
    let check = match is_gone {
        true => Check::stop(id, found, remedy),
        false => Check::warn(id, found, remedy),
    };
    told(check).examples(bad.iter().map(|link| link.slot.to_string()))
}

fn disk(facts: &Facts) -> Check {
    let id = CheckId::Disk;
    let Some(disk) = facts.disk else {
        return Check::unknown(
            id,
            (
                "Место на диске не видно",
                "The room on the disk is not seen",
            ),
            ("Посмотрите на сервере: df -h", "Look at the server: df -h"),
        );
    };
    let year = facts.volume.receipts * MONTHS_OF_YEAR * RECEIPT_BYTES;
    let gib = |bytes: u64| format!("{}.{}", bytes >> 30, ((bytes % (1 << 30)) * 10) >> 30);
    let (free, total, year_gib) = (gib(disk.free), gib(disk.total), gib(year));
    let found = Words::new(
        format!("Свободно {free} ГиБ из {total}; год чеков займёт около {year_gib} ГиБ"),
        format!("{free} of {total} GiB are free; a year of receipts takes about {year_gib} GiB"),
    );
    let remedy = Words::from((
        "Освободите место или перенесите journal.folder на больший диск",
        "Make room, or move journal.folder to a larger disk",
    ));
    let check = match disk.free {
        free if free < DISK_STOP => Check::stop(id, found, remedy),
        free if free < DISK_LOOK.max(year) => Check::warn(id, found, remedy),
        _ => Check::ok(id, found),
    };
    check.figure("free", disk.free).figure("total", disk.total)
}

fn first_receipt(facts: &Facts) -> Check {
    let id = CheckId::FirstReceipt;
    match facts.afterwards.has_confirmed {
        true => Check::ok(
            id,
            (
                "Есть подтверждённый чек настоящего накопителя",
                "There is a confirmed real receipt",
            ),
        ),
        false => Check::unknown(
            id,
            (
                "Подтверждённых чеков ещё нет",
                "There is no confirmed receipt yet",
            ),
            (
                "Проведите первый платёж и дождитесь подтверждения ОФД",
                "Take the first payment and wait for the confirmation",
            ),
        ),
    }
}

fn undecided(facts: &Facts) -> Check {
    let (id, count) = (CheckId::Undecided, facts.afterwards.undecided);
    let check = match count {
        0 => Check::ok(id, ("Решать нечего", "There is nothing to decide")),
        _ => Check::warn(
            id,
            Words::new(
                format!("Ждут решения чеки: {count}"),
                format!("Receipts that wait for a person: {count}"),
            ),
            ("Откройте «Решения»", "Open «Decisions»"),
        ),
    };
    check.figure("receipts", count)
}

fn confirmations(facts: &Facts) -> Check {
    let id = CheckId::Confirmations;
    let late = those(facts, |slot| {
        slot.unconfirmed_days.is_some_and(|days| days >= 1)
    });
    if late.is_empty() {
        return Check::ok(
            id,
            (
                "Всё подтверждается в тот же день",
                "All is confirmed on the same day",
            ),
        );
    }
    let days = late.iter().filter_map(|slot| slot.unconfirmed_days).max();
    let days = days.unwrap_or_default();
    let found = Words::new(
        format!(
            "Не подтверждены документы накопителей в гнёздах {}: дней {days}",
            listed(late.iter().copied())
        ),
        format!(
            "Documents of the drives in slots {} wait for {days} days",
            listed(late.iter().copied())
        ),
    );
    let remedy = Words::from((
        "Почините связь с ОФД: через 30 дней накопитель остановится",
        "Mend the way to the ОФД: after 30 days a drive stops",
    ));
    let check = match days >= OFD_DAYS_STOP {
        true => Check::stop(id, found, remedy),
        false => Check::warn(id, found, remedy),
    };
    of_slots(check.figure("days", days), &late)
}
