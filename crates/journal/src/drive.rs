//! What the journal knows of a drive.

use cassette::{DriveRecords, Intent, Registering, Task};
use fn_proto::{Phase, Request};
use rusqlite::{Connection, OptionalExtension, Row};
use terms::{DocumentNumber, DriveNumber, FfdVersion, Kopecks, OperationSign};

use crate::{JournalError, Result, record::read_id, ticket::messages_of_shift};

/// What is known of a drive.
pub(crate) fn records_of(connection: &Connection, drive: DriveNumber) -> Result<DriveRecords> {
    let row: Option<(i64, bool)> = connection
        .prepare_cached(
            "select id, coalesce(facts ->> 'was_blank', 0) or facts ->> 'phase' is ?2 \
             from drive where number = ?1",
        )?
        .query_row((drive.as_str(), Phase::Ready.to_string()), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((row, was_blank)) = row else {
        return Ok(DriveRecords::default());
    };
    let last = last_document(connection, row)?;
    let mut numbers = connection.prepare_cached(
        "select number from document where drive = ?1 and acknowledged_at is null order by number",
    )?;
    let unacknowledged = numbers
        .query_map([row], |row| row.get(0).map(DocumentNumber))?
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let shift: Option<(String, String)> = connection
        .prepare_cached(
            "select task, time from document where drive = ?1 \
             and task in ('open_shift', 'close_shift') order by number desc limit 1",
        )?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let shift_opened = shift
        .filter(|(task, _)| task == "open_shift")
        .map(|(_, time)| {
            time.parse()
                .map_err(|why| JournalError::spoiled("document", why))
        })
        .transpose()?;
    let intent = connection
        .prepare_cached(
            "select i.number, i.task, i.receipt, i.time, i.tlv, i.form, i.ffd, i.given_up_at, r.sign, \
             r.total, r.correction \
             from intent i left join receipt r on r.id = i.receipt where i.drive = ?1",
        )?
        .query_row([row], |row| Ok(read_intent(row)))
        .optional()?
        .transpose()?;
    Ok(DriveRecords {
        last_document: last,
        intent,
        unacknowledged,
        shift_opened,
        was_blank,
        ofd_messages: messages_of_shift(connection, row)?,
    })
}

fn read_intent(row: &Row<'_>) -> Result<Intent> {
    let spoiled = |why: String| JournalError::spoiled("intent", why);
    let time: String = row.get("time")?;
    let task = match row.get::<_, String>("task")?.as_str() {
        "open_shift" => Task::OpenShift,
        "close_shift" => Task::CloseShift,
        "receipt" => Task::Receipt {
            id: read_id(row.get("receipt")?)?,
            correction: row.get("correction")?,
            operation: OperationSign::from_code(row.get("sign")?)
                .map_err(|why| spoiled(why.to_string()))?,
            total: Kopecks::new(row.get("total")?).map_err(|why| spoiled(why.to_string()))?,
        },
        "registration" => match read_form(&row.get::<_, Vec<u8>>("form")?) {
            Ok(Request::FormRegistration(form)) => {
                let ffd = read_ffd("intent", row)?;
                Task::Registration(Box::new(Registering { ffd, form }))
            }
            other => return Err(spoiled(format!("its form reads {other:?}"))),
        },
        "close_archive" => match read_form(&row.get::<_, Vec<u8>>("form")?) {
            Ok(Request::CloseArchive { rnm, .. }) => Task::CloseArchive(rnm),
            other => return Err(spoiled(format!("its form reads {other:?}"))),
        },
        other => return Err(spoiled(format!("unknown task {other}"))),
    };
    Ok(Intent {
        task,
        number: DocumentNumber(row.get("number")?),
        time: time
            .parse()
            .map_err(|why: terms::TermError| spoiled(why.to_string()))?,
        tlv: row.get("tlv")?,
        given_up: row.get::<_, Option<i64>>("given_up_at")?.is_some(),
    })
}

/// The version of the format by which a drive is registered.
pub(crate) fn read_ffd(table: &'static str, row: &Row<'_>) -> Result<FfdVersion> {
    FfdVersion::from_code(row.get("ffd")?)
        .map_err(|why| JournalError::spoiled(table, why.to_string()))
}

/// A command as it was sent: start, length (2 bytes), code, parameters, check sum (2 bytes).
pub(crate) fn read_form(frame: &[u8]) -> std::result::Result<Request, fn_proto::AnswerCode> {
    let data = frame.get(4..frame.len().saturating_sub(2));
    Request::decode(
        frame.get(3).copied().unwrap_or_default(),
        data.unwrap_or_default(),
    )
}

/// The last document of a drive that is known, or that it held when it was taken in.
pub(crate) fn last_document(connection: &Connection, drive: i64) -> Result<DocumentNumber> {
    let last: u32 = connection
        .prepare_cached(
            "select max(base, coalesce((select max(number) from document where drive = ?1), 0)) \
             from drive where id = ?1",
        )?
        .query_row([drive], |row| row.get(0))?;
    Ok(DocumentNumber(last))
}
