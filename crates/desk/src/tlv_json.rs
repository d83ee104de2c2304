//! TLV as JSON: the one rendering for archives of drives and for `kassette tlv`.

use ffd::{Element, Tree, Value as Tlv};
use serde_json::{Map, Value, json};

/// A TLV list as an array of its elements, each with `tag`, its machine name `name`, its name in the
/// JSON of the ФНС `fns`, its Russian name `title`, its `value`, and what a code means, `meaning`.
/// What nobody knows is left out: of an unknown tag there are only number and bytes.
///
/// Sums are decimal strings in roubles, quantities decimal strings, moments `YYYY-MM-DDTHH:MM:SS`,
/// bytes hexadecimal, lists such arrays again.
pub fn tlv_json(tree: &Tree) -> Value {
    tree.iter().map(object).collect()
}

fn object(element: &Element) -> Value {
    let mut object = Map::new();
    object.insert("tag".to_owned(), json!(element.tag.0));
    if let Some(info) = element.tag.info() {
        object.insert("name".to_owned(), json!(info.name));
        if let Some(name) = info.json_name {
            object.insert("fns".to_owned(), json!(name));
        }
        object.insert("title".to_owned(), json!(info.title));
    }
    object.insert("value".to_owned(), value(element));
    if let Some(meaning) = printed::meaning(element.tag, &element.value) {
        object.insert("meaning".to_owned(), json!(meaning));
    }
    Value::Object(object)
}

fn value(element: &Element) -> Value {
    match &element.value {
        Tlv::Byte(number) => json!(number),
        Tlv::Uint16(number) => json!(number),
        Tlv::Uint32(number) => json!(number),
        value @ Tlv::Vln(number) => {
            match value.as_money().filter(|_| printed::is_money(element.tag)) {
                Some(amount) => json!(amount.to_string()),
                None => json!(number),
            }
        }
        Tlv::Fvln(quantity) => json!(quantity.to_string()),
        Tlv::UnixTime(time) => json!(time.to_string()),
        Tlv::Text(text) => json!(text),
        Tlv::Bytes(bytes) => json!(hex(bytes)),
        Tlv::List(tree) => tlv_json(tree),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use ffd::{Quantity, Tag, UnixTime};

    use super::*;

    #[test]
    fn each_kind_of_value_is_told_as_programs_and_people_need_it() {
        let element = |tag, value| Element {
            tag: Tag(tag),
            value,
        };
        let tree = Tree(vec![
            element(1054, Tlv::Byte(2)),
            element(1012, Tlv::UnixTime(UnixTime(1_726_403_103))),
            element(
                1059,
                Tlv::List(Tree(vec![
                    element(1043, Tlv::Vln(80_730)),
                    element(1023, Tlv::Fvln(Quantity::new(2192, 3).unwrap())),
                    element(1291, Tlv::List(Tree(vec![element(1294, Tlv::Vln(300))]))),
                ])),
            ),
            element(1077, Tlv::Bytes(vec![0x31, 4, 0x1F, 0x7D, 0x0F, 0x58])),
            element(3000, Tlv::Bytes(vec![0xAB])),
        ]);
        let expected = json!([
            {
                "tag": 1054, "name": "operation_type", "fns": "operationType",
                "title": "Признак расчета", "value": 2, "meaning": "возврат прихода"
            },
            {
                "tag": 1012, "name": "date_time", "fns": "dateTime", "title": "Дата, время",
                "value": "2024-09-15T12:25:03"
            },
            {
                "tag": 1059, "name": "item", "fns": "items", "title": "Предмет расчета",
                "value": [
                    {
                        "tag": 1043, "name": "item_sum", "fns": "sum",
                        "title": "Стоимость предмета расчета с учетом скидок и наценок",
                        "value": "807.30"
                    },
                    {
                        "tag": 1023, "name": "quantity", "fns": "quantity",
                        "title": "Количество предмета расчета", "value": "2.192"
                    },
                    {
                        "tag": 1291, "name": "fractional_quantity", "fns": "labeledProdFractionalQuantity",
                        "title": "Дробное количество маркированного товара",
                        "value": [{
                            "tag": 1294, "name": "fraction_denominator", "fns": "denominator",
                            "title": "Знаменатель", "value": 300
                        }]
                    }
                ]
            },
            {
                "tag": 1077, "name": "document_fiscal_sign", "fns": "fiscalSign", "title": "ФПД",
                "value": "31041f7d0f58", "meaning": "528289624"
            },
            {"tag": 3000, "value": "ab"}
        ]);
        assert_eq!(tlv_json(&tree), expected);
    }
}
