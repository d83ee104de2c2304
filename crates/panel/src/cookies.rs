//! Cookies of the panel. None of them is read by a script.

use axum::http::{HeaderMap, HeaderValue, header};

/// The token of a session.
pub(crate) const SESSION: &str = "kassette_session";
/// What the token of forms is made of while nobody is logged in.
pub(crate) const DOOR: &str = "kassette_door";
/// The ticket of somebody whose second factor is still to come.
pub(crate) const TICKET: &str = "kassette_ticket";
/// The language of somebody who is not logged in.
pub(crate) const LANGUAGE: &str = "kassette_language";
/// Light or dark.
pub(crate) const THEME: &str = "kassette_theme";
/// What the next page says has been done.
pub(crate) const NOTICE: &str = "kassette_notice";

/// The value of a cookie; none when it is not there, or longer than any of ours.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let pairs = lines.filter_map(|line| line.to_str().ok()?.split(';').into());
    let mut values = pairs.flatten().filter_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    });
    values.next().filter(|value| value.len() <= 128)
}

/// How long a cookie is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Life {
    /// Until the browser is closed.
    Browser,
    /// So many seconds; 0: it is taken away.
    Seconds(u32),
}

/// The header that sets a cookie; its value has no characters but letters, digits, `-` and `_`.
pub(crate) fn set_cookie(name: &str, value: &str, life: Life, over_tls: bool) -> HeaderValue {
    let plain = value
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it));
    let value = if plain { value } else { "" };
    let secure = if over_tls { "; Secure" } else { "" };
    let life = match life {
        Life::Browser => String::new(),
        Life::Seconds(seconds) => format!("; Max-Age={seconds}"),
    };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{life}");
    // ASCII by the check above.
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_a_strange_one_is_none() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_static("a=1; kassette_session=abc ;kassette_door=x=y");
        headers.append(header::COOKIE, value);
        assert_eq!(cookie(&headers, SESSION), Some("abc"));
        assert_eq!(cookie(&headers, DOOR), Some("x=y"));
        assert_eq!(cookie(&headers, THEME), None);
        let long = format!("{THEME}={}", "x".repeat(129));
        headers.append(header::COOKIE, HeaderValue::from_str(&long).unwrap());
        assert_eq!(cookie(&headers, THEME), None);
    }

    #[test]
    fn a_cookie_is_for_this_site_only_and_over_tls_for_nothing_else() {
        let set = |value, life, tls| {
            let header = set_cookie(SESSION, value, life, tls);
            header.to_str().unwrap().to_owned()
        };
        assert_eq!(
            set("ab", Life::Browser, false),
            "kassette_session=ab; Path=/; HttpOnly; SameSite=Strict"
        );
        assert_eq!(
            set("evil; Domain=example.ru", Life::Seconds(5), true),
            "kassette_session=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=5"
        );
    }
}
