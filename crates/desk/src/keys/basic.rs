use base64::{Engine as _, prelude::BASE64_STANDARD};

/// The longest name and password together as they are sent, bytes.
const LOGIN_MAX: usize = 1_024;

/// Name and password of HTTP Basic (RFC 7617), read from the value of the header `Authorization`;
/// none when it is something else.
pub fn basic_login(shown: &str) -> Option<(String, String)> {
    let (scheme, encoded) = shown.split_once(' ')?;
    let encoded = encoded.trim();
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > LOGIN_MAX {
        return None;
    }
    let plain = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let (name, password) = plain.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_has_a_name_and_a_password_that_may_have_colons() {
        let login = |text: &str| basic_login(&format!("bAsIc  {}", BASE64_STANDARD.encode(text)));
        let pair = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        assert_eq!(login("банк:a:b"), pair("банк", "a:b"));
        assert_eq!(login(":"), pair("", ""));
        assert_eq!(login("nobody"), None);
        assert_eq!(login(&format!("a:{}", "b".repeat(LOGIN_MAX))), None);
        assert_eq!(basic_login("Bearer YTpi"), None);
        assert_eq!(basic_login("Basic"), None);
        assert_eq!(basic_login("Basic ?"), None);
    }
}
