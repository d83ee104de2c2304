//! The watch over a long history: all rules over accounts that have lived twelve months, beside a bare
//! scan of the same rows by the same queries, and the pass over the accounts of new operations.
//!
//! ```text
//! cargo bench --bench audit                                 1 000 000 accounts, 24 000 000 operations
//! KASSETTE_ACCOUNTS=20000 cargo bench --bench audit         a quick look
//! KASSETTE_KEEP=/big/disk cargo bench --bench audit         where the journal is written and kept
//! ```
//!
//! One account lives the real way, through the engine and the journal's writer; its rows are copied.
//! Charges of a month lie in the order of the accounts, as billing sends them, payments in any order.

#![allow(missing_docs, reason = "a bench has no users")]

mod process;
mod provider;
mod report;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    time::Instant,
};

use desk::{Desk, Ledger, Limits, PassKind, PassView, Setup};
use engine::{
    Account, Channel, Charge, ChargeLine, Event, EventKind, Part, PartKind, Payment, Service,
    VatSchedule,
};
use journal::{NewOperation, Reply, Scribe, Store, Writer};
use process::own_cpu;
use provider::Outcome;
use report::{Aim, Row};
use rusqlite::{Connection, params};
use terms::{Id, Kopecks, LocalDate, LocalDateTime, Period, TaxSystem, VatRate};

/// New operations before the pass over touched accounts.
const NEW: usize = 10_000;
const AIM_FULL: f64 = 3.0;
/// Of one processor second.
const AIM_TOUCHED: f64 = 1.0;
const BATCH: usize = 100_000;
/// The account that lives; the names of the others are as long.
const TEMPLATE: &str = "T0000000";
const DRIVE: &str = "9999078900000001";

fn main() -> Outcome {
    let accounts = match std::env::var("KASSETTE_ACCOUNTS") {
        Ok(text) => text.parse()?,
        Err(_) => 1_000_000,
    };
    let folder = provider::folder("audit")?;
    let kept = std::env::var_os("KASSETTE_KEEP").map(PathBuf::from);
    let place = kept.as_deref().unwrap_or(folder.path());
    let mut setup = provider::setup(place, Vec::new(), "127.0.0.1:1".parse()?, Limits::default())?;
    setup.receipts.advance = desk::AdvancePolicy::Pool;
    let database = Store::in_folder(place).database();
    if !database.exists() {
        let begun = Instant::now();
        live(&setup)?;
        copy(&database, accounts)?;
        println!("written in {:.0} s", begun.elapsed().as_secs_f64());
    }
    let connection = Connection::open(&database)?;
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    println!(
        "{} accounts, {} operations, {} receipts, {} MiB",
        count("select count(*) from account")?,
        count("select count(*) from operation")?,
        count("select count(*) from receipt")?,
        fs::metadata(&database)?.len() >> 20,
    );
    let now: LocalDateTime = "2027-01-01T04:00".parse()?;
    // The first walk warms the page cache.
    bare(&connection)?;
    let scan = timed(|| bare(&connection))?;
    let rest = memory("VmRSS")?;
    forget_peak()?;
    let mut findings = 0;
    let mut passes = Vec::new();
    let full = timed(|| {
        let report = Desk::watch_folder(&setup, true, Some(now))?;
        findings = report.found.len();
        passes = report.passes;
        Ok(())
    })?;
    let peak = memory("VmHWM")?;
    let upto = count("select max(id) from operation")?;
    add(&connection, upto)?;
    let touched = Desk::watch_folder(&setup, false, Some(now))?.passes;
    let touched = of(&touched, PassKind::Touched)?;
    let seconds = touched.took_ms as f64 / 1e3;
    println!(
        "{findings} findings; the full pass: {:?}",
        of(&passes, PassKind::Full)?
    );
    report::print(&[
        Row {
            what: "all rules over all accounts and documents".to_owned(),
            ours: format!("{:.1} s, {:.1} of a processor", full.seconds, full.cpu),
            reference: format!("{:.1} s, {:.1}, a bare scan", scan.seconds, scan.cpu),
            ratio: full.seconds / scan.seconds,
            aim: Some(Aim::AtMost(AIM_FULL)),
            more: format!(
                "{:.1} µs an account; memory {rest:.0} MiB before, at most {peak:.0}",
                full.seconds * 1e6 / accounts as f64
            ),
        },
        Row {
            what: format!("accounts touched by {NEW} new operations"),
            ours: format!("{seconds:.2} s, {} accounts", touched.accounts),
            reference: "1 s".to_owned(),
            ratio: seconds,
            aim: Some(Aim::AtMost(AIM_TOUCHED)),
            more: format!("{} operations", touched.operations),
        },
    ]);
    Ok(())
}

fn of(passes: &[PassView], kind: PassKind) -> Outcome<&PassView> {
    let found = passes.iter().find(|pass| pass.kind == kind);
    Ok(found.ok_or("no such pass")?)
}

/// What something has taken, seconds.
struct Spent {
    seconds: f64,
    cpu: f64,
}

fn timed(work: impl FnOnce() -> Outcome) -> Outcome<Spent> {
    let (started, cpu) = (Instant::now(), own_cpu()?);
    work()?;
    Ok(Spent {
        seconds: started.elapsed().as_secs_f64(),
        cpu: own_cpu()? - cpu,
    })
}

fn memory(name: &str) -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .ok_or("no such line")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// From now on the peak of memory is counted anew (`man 5 proc`, clear_refs).
fn forget_peak() -> Outcome {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

/// A journal without a thread and with a clock of its own.
struct Journal {
    writer: Writer,
    scribe: Scribe,
    time: LocalDateTime,
}

impl Journal {
    fn ask<T: Send + 'static>(&mut self, command: impl FnOnce(&Writer, Reply<T>)) -> Outcome<T> {
        let (reply, answer) = mpsc::channel();
        let reply: Reply<T> = Box::new(move |value| {
            let _ = reply.send(value);
        });
        command(&self.writer, reply);
        self.scribe.write_batch(self.time.unix_local() * 1_000);
        Ok(answer.try_recv()??)
    }

    fn submit(&mut self, key: String, kind: EventKind, body: String) -> Outcome {
        let operation = NewOperation {
            in_bulk: true,
            body_hash: [0; 32],
            body,
            asked: Event {
                id: key.clone(),
                date: self.time.date(),
                kind,
            }
            .into(),
            key,
            callback: None,
            basis: None,
            api_key: None,
        };
        self.ask(|writer, reply| writer.submit(vec![operation], reply))?;
        Ok(())
    }
}

/// One account lives twelve months: it pays ahead, and is charged.
fn live(setup: &Setup) -> Outcome {
    let time: LocalDateTime = "2026-01-01T00:00".parse()?;
    let store = Store::in_folder(&setup.folder);
    let (ledger, now_ms) = (Ledger::of(setup), time.unix_local() * 1_000);
    let (writer, scribe) = Writer::with_scribe(&store, ledger, now_ms, |_, _| {})?;
    let mut journal = Journal {
        writer,
        scribe,
        time,
    };
    let amount = Kopecks::new(65_000)?;
    let service = Service {
        name: "Доступ в интернет".to_owned(),
        vat: VatSchedule::fixed(VatRate::V22),
        tax_system: TaxSystem::Common,
        priority: 1,
        weight: amount,
        p21: true,
        agent: None,
    };
    let services = [("INET".parse()?, service)].into();
    journal.ask(|writer, reply| writer.put_services(services, None, reply))?;
    let account: terms::AccountNumber = TEMPLATE.parse()?;
    let opened = vec![Account::new(account.clone())];
    journal.ask(|writer, reply| writer.put_accounts(opened, None, reply))?;
    let mut period = Period::new(2026, 1)?;
    for _ in 0..12 {
        journal.time = LocalDate::new(period.year(), period.month(), 15)?.at(12, 0)?;
        let key = format!("qiwi:{account}:{period}");
        let body = format!(
            r#"{{"type":"payment","key":"{key}","account":"{account}","sum":"{amount}","bank":"qiwi"}}"#
        );
        let payment = EventKind::Payment(Payment {
            account: Some(account.clone()),
            parts: vec![Part {
                kind: PartKind::Cashless,
                amount,
            }],
            channel: Channel::BankRegistry,
            explicit: Vec::new(),
            purpose_period: None,
        });
        journal.submit(key, payment, body)?;
        journal.time = period.last_day().at(22, 0)?;
        let key = format!("charge:{account}:{period}");
        let body = format!(
            r#"{{"type":"charge","key":"{key}","account":"{account}","lines":[{{"service":"INET","period":"{period}","amount":"{amount}"}}]}}"#
        );
        let charge = EventKind::Charge(Charge {
            account: account.clone(),
            lines: vec![ChargeLine {
                service: "INET".parse()?,
                period,
                amount,
            }],
        });
        journal.submit(key, charge, body)?;
        period = period.next()?;
    }
    Ok(())
}

/// An operation of the template, with its one receipt.
struct Row24 {
    id: i64,
    key: String,
    kind: String,
    delta: i64,
    body: String,
    records: String,
    effects: String,
    receipt: (i64, i64, i64, i64, String, Vec<u8>),
}

/// Copies the account with all its rows, so many times.
fn copy(database: &Path, accounts: usize) -> Outcome {
    let mut connection = Connection::open(database)?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update(None, "cache_size", -1024 * 1024)?;
    let (state, saldo): (String, i64) =
        connection.query_row("select state, saldo from account", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    connection.execute(
        "insert into drive (id, number, emulated, slot, facts, seen_at) values (1, ?1, 0, 1, '{}', 0)",
        [DRIVE],
    )?;
    for begin in (1..accounts).step_by(BATCH) {
        let batch = connection.transaction()?;
        let mut insert = batch.prepare(
            "insert into account (id, number, state, opening_saldo, saldo, changed_at) \
             values (?1, ?2, ?3, 0, ?4, 0)",
        )?;
        for index in begin..accounts.min(begin + BATCH) {
            insert.execute(params![index as i64 + 1, number(index), state, saldo])?;
        }
        drop(insert);
        batch.commit()?;
    }
    let mut document = 0;
    for template in templates(&connection)? {
        for begin in (0..accounts).step_by(BATCH) {
            let batch = connection.transaction()?;
            copy_some(
                &batch,
                &template,
                begin..accounts.min(begin + BATCH),
                (accounts, &mut document),
            )?;
            batch.commit()?;
        }
    }
    connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))?;
    Ok(())
}

fn copy_some(
    connection: &Connection,
    template: &Row24,
    range: std::ops::Range<usize>,
    (accounts, document): (usize, &mut i64),
) -> Outcome {
    let mut operation = connection.prepare_cached(
        "insert into operation (id, key, key_hash, body_hash, type, account, delta, body, records, \
         receipts, effects) values (?1, ?2, ?3, zeroblob(32), ?4, ?5, ?6, ?7, ?8, 1, ?9)",
    )?;
    let mut receipt = connection.prepare_cached(
        "insert into receipt (id, operation, account, state, order_key, class, correction, \
         tax_system, sign, total, body, tlv, drive, document) \
         values (?1, ?2, ?3, 'acknowledged', ?3, ?4, 0, ?5, ?6, ?7, ?8, ?9, 1, ?10)",
    )?;
    let mut formed = connection.prepare_cached(
        "insert into document (drive, number, task, receipt, time, fiscal_sign, shift, \
         receipt_number, formed_at, ofd_code, ticket, acknowledged_at) \
         values (1, ?1, 'receipt', ?2, '2026-12-31T22:00', ?1, 1, 1, 0, 0, zeroblob(18), 0)",
    )?;
    for index in range {
        // Payments come in any order: a prime step walks over all accounts.
        let account = match template.kind.as_str() {
            "payment" => (index * 7_919 + 13) % accounts,
            _ => index,
        };
        let of_account = |text: &str| text.replace(TEMPLATE, &number(account));
        // A thousand in a millisecond, four identifiers for each.
        let ms = Id::from_number(template.id)?.unix_ms() + 1 + index as i64 / 1_000;
        let id = Id::since(ms).get() + index as i64 % 1_000 * 4;
        if account == 0 {
            continue;
        }
        let row = account as i64 + 1;
        operation.execute(params![
            id,
            of_account(&template.key),
            id,
            template.kind,
            row,
            template.delta,
            of_account(&template.body),
            template.records,
            of_account(&template.effects),
        ])?;
        *document += 1;
        let (class, tax_system, sign, total, body, tlv) = &template.receipt;
        receipt.execute(params![
            id + 1,
            id,
            row,
            class,
            tax_system,
            sign,
            total,
            of_account(body),
            tlv,
            *document
        ])?;
        formed.execute(params![*document, id + 1])?;
    }
    Ok(())
}

fn number(index: usize) -> String {
    format!("T{index:07}")
}

fn templates(connection: &Connection) -> Outcome<Vec<Row24>> {
    let mut rows = connection.prepare(
        "select o.id, o.key, o.type, o.delta, o.body, o.records, o.effects, r.class, r.tax_system, \
         r.sign, r.total, r.body, r.tlv from operation o join receipt r on r.operation = o.id \
         order by o.id",
    )?;
    let rows = rows.query_map([], |row| {
        Ok(Row24 {
            id: row.get(0)?,
            key: row.get(1)?,
            kind: row.get(2)?,
            delta: row.get(3)?,
            body: row.get(4)?,
            records: row.get(5)?,
            effects: row.get(6)?,
            receipt: (
                row.get(7)?,
                row.get(8)?,
                row.get(9)?,
                row.get(10)?,
                row.get(11)?,
                row.get(12)?,
            ),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// New operations on as many accounts, after the mark of the watch.
fn add(connection: &Connection, upto: i64) -> Outcome {
    connection.execute(
        "insert or replace into progress (name, value) values ('watched_upto', ?1)",
        [upto],
    )?;
    let accounts: i64 =
        connection.query_row("select max(id) from account", [], |row| row.get(0))?;
    connection.execute_batch("begin")?;
    for index in 0..NEW as i64 {
        connection
            .prepare_cached(
                "insert into operation (id, key, key_hash, body_hash, type, account, delta, body, \
                 records, receipts) values (?1, ?2, ?1, zeroblob(32), 'writeoff', ?3, 0, '{}', '[]', 0)",
            )?
            .execute(params![
                upto + 4 * (index + 1),
                format!("new:{}:{index}", upto),
                1 + index * 7_919 % accounts
            ])?;
    }
    connection.execute_batch("commit")?;
    Ok(())
}

/// The same rows by the same queries, and nothing else: each column of each row is looked at.
fn bare(connection: &Connection) -> Outcome {
    let mut seen = 0;
    let mut accounts =
        connection.prepare("select id, number, state, opening_saldo from account")?;
    let mut operations = connection.prepare(
        "select o.id, o.type, o.key, k.name, o.body, o.effects, o.receipts, o.delta \
         from operation o indexed by operation_account left join api_key k on k.id = o.api_key \
         where o.account = ?1 and not exists \
         (select 1 from cancellation c where c.operation = o.id) order by o.id",
    )?;
    let mut sides = connection.prepare("select operation from side_entry where account = ?1")?;
    let mut receipts = connection.prepare(
        "select r.state, r.sign, r.total, v.number, r.document, u.type, r.id from receipt r \
         left join drive v on v.id = r.drive left join operation u on u.id = r.cancelled_by \
         where r.id > ?1 and r.id <= ?1 + ?2 order by r.id",
    )?;
    let mut rows = accounts.query([])?;
    while let Some(account) = rows.next()? {
        seen += touch(account, 4)?;
        let mut of_account = operations.query([account.get::<_, i64>(0)?])?;
        while let Some(operation) = of_account.next()? {
            seen += touch(operation, 8)?;
            if operation.get_ref(1)?.as_str()? == "payment" {
                let ids = (operation.get::<_, i64>(0)?, operation.get::<_, i64>(6)?);
                let mut of_operation = receipts.query(ids)?;
                while let Some(receipt) = of_operation.next()? {
                    seen += touch(receipt, 7)?;
                }
            }
        }
        let mut moved = sides.query([account.get::<_, i64>(0)?])?;
        while let Some(side) = moved.next()? {
            seen += touch(side, 1)?;
        }
    }
    let mut documents = connection.prepare(
        "select d.number, d.fiscal_sign, r.sign, r.tax_system, r.body, r.cancelled_by \
         from document d left join receipt r on r.id = coalesce(d.receipt, d.doubles) \
         order by d.drive, d.number",
    )?;
    let mut rows = documents.query([])?;
    while let Some(document) = rows.next()? {
        seen += touch(document, 6)?;
    }
    std::hint::black_box(seen);
    Ok(())
}

fn touch(row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<usize> {
    let mut seen = 0;
    for column in 0..columns {
        seen += row
            .get_ref(column)?
            .as_str_or_null()
            .ok()
            .flatten()
            .map_or(1, str::len);
    }
    Ok(seen)
}
