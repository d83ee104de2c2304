//! What the desk refuses, told by the fields of the protocol.

use desk::Refused;

use super::answer::Fault;

/// A refusal of the desk as an error of the field that is to blame, as well as that can be told.
pub(super) fn fault(refused: &Refused, root: &str) -> Fault {
    let field = match refused.code {
        "format_control" => field(&refused.message),
        _ => None,
    };
    match field {
        Some(field) => Fault::field(&format!("{root}.{field}"), &refused.message),
        None => Fault::field(root, &refused.message),
    }
}

/// The field of the first violation: messages begin with its path, such as `1059[2]/1043`.
fn field(message: &str) -> Option<String> {
    let path = message.split([' ', ':']).next()?;
    let mut steps = path.split('/').map(|step| {
        let (tag, index) = step.split_once('[').unwrap_or((step, ""));
        (tag, index.trim_end_matches(']').parse::<usize>().ok())
    });
    let (first, index) = steps.next()?;
    if first != "1059" {
        return Some(of_document(first)?.to_owned());
    }
    let Some(place) = index.and_then(|index| index.checked_sub(1)) else {
        return Some("items".to_owned());
    };
    let line = format!("items[{place}]");
    let inner = steps.filter_map(|(tag, _)| of_line(tag)).next_back();
    Some(inner.map_or_else(|| line.clone(), |name| format!("{line}.{name}")))
}

/// The field of a receipt with this tag.
fn of_document(tag: &str) -> Option<&'static str> {
    Some(match tag {
        "1008" => "client.email",
        "1009" => "company.location",
        "1018" => "company.inn",
        "1020" => "total",
        "1021" => "cashier",
        "1031" | "1081" | "1215" | "1216" | "1217" => "payments",
        "1036" => "device_number",
        "1055" => "company.sno",
        "1057" => "agent_info",
        "1044" | "1073" => "agent_info.paying_agent",
        "1074" => "agent_info.receive_payments_operator",
        "1005" | "1016" | "1026" | "1075" => "agent_info.money_transfer_operator",
        "1084" => "additional_user_props",
        "1102" | "1103" | "1104" | "1105" | "1106" | "1107" | "1115" => "vats",
        "1117" => "company.email",
        "1125" => "internet",
        "1171" => "supplier_info.phones",
        "1173" | "1174" => "correction_info",
        "1187" => "company.payment_address",
        "1192" => "additional_check_props",
        "1203" => "cashier_inn",
        "1214" => "items",
        "1227" => "client.name",
        "1228" => "client.inn",
        "1234" => "cashless_payments",
        "1256" => "client",
        "1261" => "sectoral_check_props",
        "1270" => "operating_check_props",
        _ => return None,
    })
}

/// The field of an item with this tag.
fn of_line(tag: &str) -> Option<&'static str> {
    Some(match tag {
        "1023" => "quantity",
        "1030" => "name",
        "1043" => "sum",
        "1079" => "price",
        "1191" => "user_data",
        "1197" => "measurement_unit",
        "1199" => "vat.type",
        "1200" => "vat.sum",
        "1212" => "payment_object",
        "1214" => "payment_method",
        "1222" => "agent_info.type",
        "1223" => "agent_info",
        "1044" | "1073" => "agent_info.paying_agent",
        "1074" => "agent_info.receive_payments_operator",
        "1005" | "1016" | "1026" | "1075" => "agent_info.money_transfer_operator",
        "1224" => "supplier_info",
        "1225" => "supplier_info.name",
        "1226" => "supplier_info.inn",
        "1171" => "supplier_info.phones",
        "1229" => "excise",
        "1230" => "country_code",
        "1231" => "declaration_number",
        "1260" => "sectoral_item_props",
        "2108" => "measure",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_tags_are_told_as_fields() {
        for (message, told) in [
            (
                "1059[2]/1043 (Стоимость) at byte 87 is 1: no",
                Some("items[1].sum"),
            ),
            (
                "1059[1]/1224/1171[2]: too long",
                Some("items[0].supplier_info.phones"),
            ),
            ("1059[3]: a line", Some("items[2]")),
            ("1059: 101 lines, at most 100", Some("items")),
            ("1055 (СНО): it is not registered", Some("company.sno")),
            ("document: too long", None),
            ("", None),
        ] {
            assert_eq!(field(message).as_deref(), told, "{message}");
        }
    }
}
