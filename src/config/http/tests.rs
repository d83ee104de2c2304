use super::*;

fn read(text: &str) -> Result<Settings, String> {
    let http: Http = toml::from_str(text).map_err(|error| error.to_string())?;
    http.settings().map_err(|error| error.to_string())
}

const TLS: &str = "tls = { certificate = \"c.pem\", key = \"k.pem\" }\n";

#[test]
fn without_a_certificate_it_listens_to_other_machines_only_when_told_in_words() {
    let refused = "read their keys";
    for (text, outcome) in [
        ("", Ok(())),
        ("listen = \"127.0.0.1:1\"", Ok(())),
        ("listen = \"[::1]:1\"", Ok(())),
        ("listen = \"0.0.0.0:1\"", Err(refused)),
        ("listen = \"[::]:1\"", Err(refused)),
        ("listen = [\"127.0.0.1:1\", \"192.0.2.1:1\"]", Err(refused)),
        (
            "listen = \"0.0.0.0:1\"\nplain_http = \"I accept that keys travel unprotected\"",
            Ok(()),
        ),
        (
            "listen = \"0.0.0.0:1\"\nplain_http = \"yes\"",
            Err("loopback only"),
        ),
        (
            "listen = \"0.0.0.0:1\"\nplain_http = \"behind a reverse proxy\"",
            Err("needs trusted_proxies"),
        ),
        (
            "listen = \"0.0.0.0:1\"\nplain_http = \"behind a reverse proxy\"\n\
             trusted_proxies = [\"10.0.0.1\"]",
            Ok(()),
        ),
    ] {
        match (read(text), outcome) {
            (Ok(_), Ok(())) => {}
            (Err(said), Err(words)) if said.contains(words) => {}
            (read, _) => panic!("{text}: {read:?}"),
        }
    }
}

#[test]
fn a_certificate_protects_every_door_that_does_not_say_otherwise() {
    let doors = |listen: &str| {
        let doors = read(&format!("{TLS}listen = {listen}")).map(|it| it.doors);
        doors.map(|doors| doors.iter().map(Door::url).collect::<Vec<_>>())
    };
    assert_eq!(doors("\"0.0.0.0:1\"").unwrap(), ["https://0.0.0.0:1"]);
    assert_eq!(
        doors("[\"http://127.0.0.1:1\", \"https://0.0.0.0:2\"]").unwrap(),
        ["http://127.0.0.1:1", "https://0.0.0.0:2"]
    );
    assert!(doors("\"http://0.0.0.0:1\"").is_err());
    let without = read("listen = \"https://127.0.0.1:1\"").unwrap_err();
    assert!(without.contains("needs a certificate"), "{without}");
}

#[test]
fn commands_of_this_machine_take_the_nearest_door() {
    for (listen, nearest) in [
        ("\"127.0.0.1:1\"", "https://127.0.0.1:1"),
        ("\"0.0.0.0:1\"", "https://127.0.0.1:1"),
        ("\"[::]:1\"", "https://[::1]:1"),
        (
            "[\"https://192.0.2.1:1\", \"http://127.0.0.1:2\"]",
            "http://127.0.0.1:2",
        ),
        ("[\"192.0.2.1:1\", \"192.0.2.2:2\"]", "https://192.0.2.1:1"),
    ] {
        let http: Http = toml::from_str(&format!("{TLS}listen = {listen}")).unwrap();
        assert_eq!(http.nearest().unwrap().url(), nearest, "{listen}");
    }
}

#[test]
fn values_that_cannot_be_are_refused_by_name() {
    for text in [
        "listen = []",
        "listen = \"localhost\"",
        "listen = \"ftp://127.0.0.1:1\"",
        "max_connections = 0",
        "header_bytes = 100",
        "headers_max = 0",
        "header_read_timeout_s = 0",
        "body_timeout_s = 100000",
        "body_bytes = 1",
        "file_bytes = 67108865",
        "trusted_proxies = [\"10.0.0.0/33\"]",
        "tls = { certificate = \"c.pem\" }",
        "tsl = 1",
    ] {
        let said = read(text).unwrap_err();
        let key = text.split(' ').next().unwrap();
        assert!(
            said.contains(key) || said.contains("is no address"),
            "{said}"
        );
    }
}
