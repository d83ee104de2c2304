use std::net::SocketAddr;

use axum::http::HeaderMap;

use super::{super::listen::admits, super::proxies::Proxies, *};

#[tokio::test]
async fn a_panic_is_answered_and_the_connection_goes_on() {
    let stand = Stand::new(|_| ()).await;
    let mut client = stand.connect().await;
    client.send("GET /panic HTTP/1.1\r\nhost: k\r\n\r\n").await;
    let answer = client.answer().await.unwrap();
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (500, "internal")
    );
    assert!(answer.header("x-request-id").is_some());
    assert!(!answer.text().contains("on purpose"), "{}", answer.text());
    client.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert_eq!(client.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_sane_request_id_of_the_caller_is_kept_and_another_replaced() {
    let stand = Stand::new(|_| ()).await;
    let long = "x".repeat(65);
    let mut given_out = Vec::new();
    for (id, is_kept) in [
        ("billing-2026.11_7", true),
        ("with space", false),
        ("{jndi}", false),
        (long.as_str(), false),
        ("", false),
    ] {
        let request = format!("GET /id HTTP/1.1\r\nhost: k\r\nx-request-id: {id}\r\n\r\n");
        let answer = stand.ask(&request).await;
        let answered = answer.header("x-request-id").unwrap();
        assert_eq!(answered == id, is_kept, "{id}: {answered}");
        assert_eq!(answered, answer.text(), "handlers see the same");
        given_out.push(answered.to_owned());
    }
    given_out.sort();
    given_out.dedup();
    assert_eq!(given_out.len(), 5, "each request has its own");
    let nothing = stand.ask("GET /nothing HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert_eq!(nothing.status, 404);
    assert!(nothing.header("x-request-id").is_some());
}

#[tokio::test]
async fn head_is_answered_like_get_without_the_body() {
    let stand = Stand::new(|_| ()).await;
    let mut client = stand.connect().await;
    client.send("HEAD /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    let answer = client.head().await.unwrap();
    assert_eq!(answer.status, 200);
    assert_ne!(answer.header("content-length"), Some("0"));
    client.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert!(
        client
            .answer()
            .await
            .unwrap()
            .text()
            .starts_with("127.0.0.1:")
    );
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let stand = Stand::new(|_| ()).await;
    let many = "a: b\r\n".repeat(200);
    let large = format!("a: {}\r\n", "b".repeat(33 << 10));
    let endless = format!("a: {}", "b".repeat(1 << 20));
    for headers in [many, large, endless] {
        let mut client = stand.connect().await;
        let request = format!("GET /who HTTP/1.1\r\nhost: k\r\n{headers}\r\n");
        let (mut read, mut write) = client.0.split();
        // The server may hang up before it has got all of it.
        let mut answer = Vec::new();
        let both = async {
            tokio::join!(
                write.write_all(request.as_bytes()),
                read.read_to_end(&mut answer)
            )
        };
        let _ = timeout(DEADLINE, both)
            .await
            .expect("the connection is closed");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test]
async fn a_huge_body_is_refused_whether_announced_or_not() {
    let stand = Stand::new(|settings| settings.limits.body_bytes = 1_024).await;
    let fits = format!(
        "POST /body HTTP/1.1\r\nhost: k\r\ncontent-length: 1024\r\n\r\n{}",
        "x".repeat(1_024)
    );
    assert_eq!(stand.ask(&fits).await.text(), "1024");
    let file = "x".repeat(64 << 10);
    let file = format!(
        "POST /v1/imports?name=a HTTP/1.1\r\nhost: k\r\ncontent-length: {}\r\n\r\n{file}",
        file.len()
    );
    assert_eq!(
        stand.ask(&file).await.text(),
        "65536",
        "files have a limit of their own"
    );
    let announced = format!(
        "POST /body HTTP/1.1\r\nhost: k\r\ncontent-length: 1025\r\n\r\n{}",
        "x".repeat(1_025)
    );
    let chunk = format!("400\r\n{}\r\n", "x".repeat(1_024));
    let chunked = format!(
        "POST /body HTTP/1.1\r\nhost: k\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        chunk.repeat(200)
    );
    for request in [announced, chunked] {
        let mut client = stand.connect().await;
        client.send(&request).await;
        let answer = client.answer().await.unwrap();
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (413, "body_too_large")
        );
        client.end().await;
    }
}

#[tokio::test]
async fn the_clients_address_is_believed_of_trusted_proxies_only() {
    let request = "GET /who HTTP/1.1\r\nhost: k\r\nx-forwarded-for: 192.0.2.9\r\n\r\n";
    let stand = Stand::new(|_| ()).await;
    assert!(stand.ask(request).await.text().starts_with("127.0.0.1:"));
    let trusting = |settings: &mut Settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    };
    let stand = Stand::new(trusting).await;
    assert_eq!(stand.ask(request).await.text(), "192.0.2.9:0");
}

#[test]
fn the_last_hop_that_is_no_proxy_is_the_client() {
    let proxies = ["10.0.0.0/8", "2001:db8::/32"].map(|it| it.parse().unwrap());
    let proxies = Proxies(proxies.to_vec());
    for (peer, lines, client) in [
        ("192.0.2.1:5", &["198.51.100.1"][..], "192.0.2.1:5"),
        ("10.0.0.1:5", &[], "10.0.0.1:5"),
        ("10.0.0.1:5", &["198.51.100.1"], "198.51.100.1:0"),
        ("10.0.0.1:5", &["198.51.100.1:7"], "198.51.100.1:7"),
        (
            "[::ffff:10.0.0.1]:5",
            &["::ffff:198.51.100.1"],
            "198.51.100.1:0",
        ),
        ("[2001:db8::1]:5", &["[fd00::9]:8"], "[fd00::9]:8"),
        ("[2001:db8::1]:5", &["[fd00::9]"], "[fd00::9]:0"),
        // What the client has written itself stands before what the proxy has added.
        (
            "10.0.0.1:5",
            &["1.1.1.1, 198.51.100.1, 10.0.0.2"],
            "198.51.100.1:0",
        ),
        ("10.0.0.1:5", &["1.1.1.1", "198.51.100.1"], "198.51.100.1:0"),
        ("10.0.0.1:5", &["1.1.1.1, unknown"], "10.0.0.1:5"),
        ("10.0.0.1:5", &["1.1.1.1, nonsense, 10.0.0.2"], "10.0.0.2:0"),
    ] {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let peer = peer.parse().unwrap();
        assert_eq!(
            proxies.client(peer, &headers).to_string(),
            client,
            "{peer} {lines:?}"
        );
    }
}

#[test]
fn a_door_for_proxies_lets_nobody_else_in() {
    let proxies = Proxies(vec!["10.0.0.0/8".parse().unwrap()]);
    let admitted = |peer: &str| admits(Some(&proxies), peer.parse::<SocketAddr>().unwrap());
    assert!(admitted("10.1.2.3:5") && admitted("[::ffff:10.1.2.3]:5"));
    assert!(
        admitted("127.0.0.1:5") && admitted("[::1]:5"),
        "this machine"
    );
    assert!(!admitted("192.0.2.1:5"));
    assert!(
        admits(None, "192.0.2.1:5".parse().unwrap()),
        "a door for all"
    );
}

#[test]
fn only_a_trusted_proxy_may_say_that_the_client_speaks_tls() {
    let proxies = Proxies(vec!["10.0.0.0/8".parse().unwrap()]);
    for (peer, said, expected) in [
        ("10.0.0.1:5", Some("https"), true),
        ("[::ffff:10.0.0.1]:5", Some("HTTPS"), true),
        ("10.0.0.1:5", Some("http"), false),
        ("10.0.0.1:5", None, false),
        ("192.0.2.1:5", Some("https"), false),
    ] {
        let mut headers = HeaderMap::new();
        if let Some(said) = said {
            headers.insert("x-forwarded-proto", said.parse().unwrap());
        }
        let told = proxies.say_tls(peer.parse().unwrap(), &headers);
        assert_eq!(told, expected, "{peer} {said:?}");
    }
}
