use super::*;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../protocol-fixtures/", $name))
    };
}

fn found(text: &str, form: Option<Form>) -> Found {
    take_apart(&from_text(text.into()), form).unwrap()
}

#[test]
fn a_document_is_found_in_whatever_it_is_wrapped() {
    let message = from_hex(fixture!("ofd/07-open-shift-ffd12.session.hex")).unwrap();
    let container = message[30..].to_vec();
    let document = container[32..container.len() - 10].to_vec();
    let inside = document[4..].to_vec();
    let all: Vec<String> = [message, container, document]
        .iter()
        .map(|bytes| take_apart(bytes, None).unwrap().text())
        .collect();
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
    let by_form = take_apart(&inside, Some(Form::OpenShift)).unwrap();
    assert_eq!(all[0], by_form.text());
    assert!(
        all[0].starts_with("2 Отчет об открытии смены\n  1209 "),
        "{}",
        all[0]
    );
    assert!(all[0].contains("  1012 Дата, время: 22.11.2026 09:00\n"));
    assert!(all[0].contains("  1209 Номер версии ФФД: 4 (1.2)\n"));
    let bare = take_apart(&inside, None).unwrap();
    assert_eq!((bare.form, &bare.tree), (None, &by_form.tree));
}

#[test]
fn values_are_told_in_words_and_unknown_tags_as_bytes() {
    let receipt = found(
        fixture!("ffd/stored-receipt-ffd105.hex"),
        Some(Form::Receipt),
    );
    let text = receipt.text();
    for line in [
        "3 Кассовый чек\n",
        "  1054 Признак расчета: 1 (приход)\n",
        "  1020 Сумма расчета, указанного в чеке (БСО): 26.00\n",
        "  1077 ФПД: 528289624 (31041f7d0f58)\n",
        "  1059 Предмет расчета\n    1030 Наименование предмета расчета: Услуга пассажирские",
        "    1023 Количество предмета расчета: 1\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert_eq!(found("B80B 0200 ABCD", None).text(), "3000: abcd\n");
    assert_eq!(
        found("B80B 0200 ABCD", None).json(),
        json!({"form": null, "title": null, "content": [{"tag": 3000, "value": "abcd"}]})
    );
}

#[test]
fn what_cannot_be_read_is_told_with_the_path_and_the_offset() {
    let told = |hex: &str| {
        let error = take_apart(&from_hex(hex).unwrap(), None).unwrap_err();
        match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        }
    };
    assert_eq!(
        told("0300 0800 2304 0400 FF03 0000"),
        "the TLV cannot be read: 3/1059[1]/1023 (Количество предмета расчета), offset 8: 0 bytes \
         cannot be a Fvln"
    );
    assert!(told("2A08410A 00").contains("5 bytes"));
    let mut container = vec![0; 64];
    (container[0], container[4]) = (64, 0xA5);
    let error = take_apart(&container, None).unwrap_err();
    assert!(matches!(error, TlvError::Container(_)), "{error}");
    assert!(from_hex("12 3").is_none() && from_hex("").is_none() && from_hex("xy").is_none());
}
