//! Names of lines and ids of entries. Every event makes some, so they are put together piece by
//! piece, in one allocation each.

use terms::{Period, ServiceCode};

use crate::Line;

/// Length of a month as text, in bytes.
const MONTH_LEN: usize = "02.2026".len();

/// The name of a line (receipt rules §1.5): the service's name is cut first when it is too long.
pub(crate) fn name(prefix: &str, service: &str, suffix: &str) -> String {
    let name = [prefix, service, suffix].concat();
    if name.len() <= Line::MAX_NAME {
        return name;
    }
    let around = prefix.chars().count() + suffix.chars().count();
    let cut: String = service
        .chars()
        .take(Line::MAX_NAME.saturating_sub(around))
        .collect();
    [prefix, &cut, suffix].concat()
}

/// The name of a line about a month; `remark` follows the month.
pub(crate) fn name_of_month(prefix: &str, service: &str, month: Period, remark: &str) -> String {
    const OF: &str = " за ";
    let length = prefix.len() + service.len() + OF.len() + MONTH_LEN + remark.len();
    if length > Line::MAX_NAME {
        let month = month.on_receipt();
        return name(prefix, service, &[OF, &month, remark].concat());
    }
    let mut name = String::with_capacity(length);
    name.push_str(prefix);
    name.push_str(service);
    name.push_str(OF);
    push_digits(&mut name, month.month().into(), 10);
    name.push('.');
    push_digits(&mut name, month.year(), 1_000);
    name.push_str(remark);
    name
}

/// The id of a new debt or advance: `{event}/{service|POOL}[/{month}]`.
pub(crate) fn entry_id(
    event: &str,
    service: Option<&ServiceCode>,
    month: Option<Period>,
) -> String {
    let service = service.map_or("POOL", ServiceCode::as_str);
    let mut id = String::with_capacity(event.len() + service.len() + 2 + MONTH_LEN);
    id.push_str(event);
    id.push('/');
    id.push_str(service);
    if let Some(month) = month {
        id.push('/');
        push_digits(&mut id, month.year(), 1_000);
        id.push('-');
        push_digits(&mut id, month.month().into(), 10);
    }
    id
}

/// Writes `number` with leading zeros; `first` is the weight of the first digit.
fn push_digits(text: &mut String, number: u16, mut first: u16) {
    while first > 0 {
        text.push(char::from(b'0' + (number / first % 10) as u8));
        first /= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_written_as_everywhere() {
        for month in ["2000-01", "2026-02", "2031-10", "2255-12"] {
            let month: Period = month.parse().unwrap();
            let service: ServiceCode = "TV".parse().unwrap();
            assert_eq!(
                name_of_month("Оплата долга: ", "ТВ", month, " (перерасчет)"),
                format!("Оплата долга: ТВ за {} (перерасчет)", month.on_receipt())
            );
            assert_eq!(
                entry_id("C1", Some(&service), Some(month)),
                format!("C1/TV/{month}")
            );
        }
        assert_eq!(entry_id("P1", None, None), "P1/POOL");
    }

    #[test]
    fn a_name_is_cut_in_characters_not_bytes() {
        let month: Period = "2026-02".parse().unwrap();
        let long = name_of_month("", &"ж".repeat(200), month, "");
        assert_eq!(long.chars().count(), Line::MAX_NAME);
        assert!(long.ends_with("ж за 02.2026"));
        let fits = name_of_month("", &"ж".repeat(117), month, "");
        assert_eq!(fits, format!("{} за 02.2026", "ж".repeat(117)));
    }
}
