//! Requisites of the industry, of the user, of the operation (ATOL web requests §10.1).

use desk::ready::{IndustryProperty, OperationalProperty, UserProperty};
use terms::LocalDateTime;

use super::{
    error::{TaskError, code},
    node::{Node, date_parts},
};

/// `industryInfo`: tags 1260 and 1261.
pub(super) fn industry(node: &Node<'_>) -> Result<Vec<IndustryProperty>, TaskError> {
    let read = |property: Node<'_>| {
        let property = property.object()?;
        Ok(IndustryProperty {
            foiv: property.required("fois")?.parsed()?,
            date: property.required("date")?.date()?.into(),
            number: property.required("number")?.text()?.to_owned(),
            value: property.required("industryAttribute")?.text()?.to_owned(),
        })
    };
    node.elements("industryInfo")?
        .into_iter()
        .map(read)
        .collect()
}

/// `operationInfo`: tag 1270. The form of its time is \[unverified\]: `2026.11.22 12:05:00`, with
/// dashes and `T` also taken; documents keep the minute.
pub(super) fn operational(task: &Node<'_>) -> Result<Option<OperationalProperty>, TaskError> {
    let Some(property) = task.get_object("operationInfo")? else {
        return Ok(None);
    };
    let id = property.required("id")?;
    let number = id.word()?.parse();
    let number = number.map_err(|_| id.wrong(code::PARSE, "нужно число 0…255"))?;
    let time = property.required("dateTime")?;
    let wrong = || time.wrong(code::PARSE, "нужно время ГГГГ.ММ.ДД ЧЧ:ММ:СС");
    let moment = moment(time.text()?.trim()).ok_or_else(wrong)?;
    Ok(Some(OperationalProperty {
        id: number,
        data: property.required("data")?.text()?.to_owned(),
        time: moment.try_into().map_err(|_| wrong())?,
    }))
}

fn moment(text: &str) -> Option<LocalDateTime> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let (year, month, day) = date_parts(date)?;
    let mut parts = time.split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let date = terms::LocalDate::new(year, month, day).ok()?;
    date.at(hour, minute).ok()
}

/// An element of `items` of the type `userAttribute`: tag 1084.
pub(super) fn user_property(item: &Node<'_>) -> Result<UserProperty, TaskError> {
    Ok(UserProperty {
        name: item.required("name")?.text()?.to_owned(),
        value: item.required("value")?.text()?.to_owned(),
    })
}
