//! Messages over real connections: a mail server with STARTTLS, a receiver of HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod post_office;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use notify::{
    Channel, Email, EmailSetup, Hidden, Item, Message, Messenger, MessengerSetup, NoticeHook,
    NoticeHookSetup, NotifyError, Post, Security,
};
use post_office::{PostOffice, Wrap};
use serde_json::{Value, json};

/// Longer than anything takes that comes at all.
const PATIENCE: Duration = Duration::from_secs(60);

fn anywhere() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn message() -> Message {
    Message {
        id: "notice-17-1".to_owned(),
        language: "ru",
        subject: "[Kassette] Критично: Деньги без чека после срока (2)".to_owned(),
        severity: "critical",
        lead: "Обнаружено: деньги без чека.".to_owned(),
        items: vec![Item {
            title: "Лицевой счёт 0012".to_owned(),
            text: "Нет чека на 1500.00 ₽.".to_owned(),
            link: Some("https://kassa.example.ru/incidents/1".to_owned()),
        }],
        more: Some("И ещё: 1.".to_owned()),
        advice: Some("Что делать: сформируйте чек.".to_owned()),
        link: None,
        footer: "Сообщает Kassette: ООО «Сеть»".to_owned(),
        data: json!({"type": "incident.notice"}),
    }
}

/// With words that would be more than words.
fn hostile() -> Message {
    Message {
        subject: "Источник «x»\r\nBcc: thief@example.ru\r\n\r\n<script>1</script>".to_owned(),
        items: vec![Item {
            title: "\"><script>alert(1)</script>\u{202E}".to_owned(),
            text: "a\r\n.\r\nQUIT\r\n\", \"chat\": \"evil\" & {{ token }}".to_owned(),
            link: None,
        }],
        ..message()
    }
}

fn email(office: &PostOffice, security: Security, authorities: Vec<Vec<u8>>) -> Email {
    let login = (security != Security::None).then(|| ("kassa".to_owned(), Hidden::new("секрет")));
    let setup = EmailSetup {
        host: "localhost".to_owned(),
        port: Some(office.address.port()),
        security,
        accept_plain: false,
        login,
        authorities,
        from: "Касса <kassa@example.ru>".to_owned(),
        to: vec![
            "Бухгалтерия <buh@example.ru>".to_owned(),
            "admin@example.ru".to_owned(),
        ],
        timeout: PATIENCE,
    };
    Email::new(setup).unwrap()
}

/// A server's side of TLS for `localhost`, and the certificate as PEM.
fn tls() -> (Wrap, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let pem = made.cert.pem().into_bytes();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let config = tokio_rustls::rustls::ServerConfig::builder_with_provider(Arc::new(
        tokio_rustls::rustls::crypto::ring::default_provider(),
    ));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth();
    let config = config
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let wrap: Wrap = Arc::new(move |stream| {
        let server = tokio_rustls::rustls::ServerConnection::new(config.clone()).unwrap();
        Box::new(tokio_rustls::rustls::StreamOwned::new(server, stream))
    });
    (wrap, pem)
}

#[tokio::test]
async fn a_letter_comes_over_starttls_in_russian_as_text_and_as_html() {
    let (wrap, pem) = tls();
    let office = PostOffice::open(anywhere(), Some(wrap));
    let email = email(&office, Security::StartTls, vec![pem]);
    let sent = Channel::Email(Box::new(email))
        .send(&Post::new().unwrap(), &message(), 0)
        .await;
    assert!(sent.is_taken, "{}", sent.answer);
    let letters = office.letters();
    let [letter] = &letters[..] else {
        panic!("{letters:?}")
    };
    assert!(letter.over_tls);
    assert_eq!(letter.login, "kassa секрет");
    assert_eq!(letter.to.len(), 2);
    assert_eq!(letter.headers("Subject"), [message().subject]);
    assert_eq!(letter.headers("Message-ID"), ["<notice-17-1@example.ru>"]);
    assert_eq!(letter.headers("Auto-Submitted"), ["auto-generated"]);
    for part in [letter.part("text/plain"), letter.part("text/html")] {
        for words in ["Лицевой счёт 0012", "1500.00 ₽", "И ещё: 1.", "ООО «Сеть»"]
        {
            assert!(part.contains(words), "{words} in {part}");
        }
    }
}

#[tokio::test]
async fn a_mail_server_that_nobody_vouches_for_gets_no_letter() {
    let (wrap, _) = tls();
    let office = PostOffice::open(anywhere(), Some(wrap));
    let email = email(&office, Security::StartTls, Vec::new());
    let sent = Channel::Email(Box::new(email))
        .send(&Post::new().unwrap(), &message(), 0)
        .await;
    assert!(
        !sent.is_taken && office.letters().is_empty(),
        "{}",
        sent.answer
    );
    assert!(!sent.answer.contains("секрет"), "{}", sent.answer);
}

#[tokio::test]
async fn hostile_words_are_words_in_a_letter() {
    let office = PostOffice::open(anywhere(), None);
    let email = email(&office, Security::None, Vec::new());
    let sent = Channel::Email(Box::new(email))
        .send(&Post::new().unwrap(), &hostile(), 0)
        .await;
    assert!(sent.is_taken, "{}", sent.answer);
    let letters = office.letters();
    let [letter] = &letters[..] else {
        panic!("{letters:?}")
    };
    assert_eq!(letter.headers("Subject").len(), 1);
    assert!(letter.headers("Bcc").is_empty(), "{}", letter.raw);
    assert!(letter.to.iter().all(|to| !to.contains("thief")));
    let html = letter.part("text/html");
    assert!(
        !html.contains("<script") && html.contains("&lt;script&gt;"),
        "{html}"
    );
    let text = letter.part("text/plain");
    assert!(
        text.contains("QUIT") && !text.contains('\u{202E}'),
        "{text}"
    );
}

#[test]
fn letters_without_tls_stay_on_this_computer() {
    let setup = |host: &str, accept_plain| EmailSetup {
        host: host.to_owned(),
        port: None,
        security: Security::None,
        accept_plain,
        login: None,
        authorities: Vec::new(),
        from: "kassa@example.ru".to_owned(),
        to: vec!["admin@example.ru".to_owned()],
        timeout: PATIENCE,
    };
    let refused = Email::new(setup("smtp.example.ru", false)).map(|_| ());
    assert!(
        matches!(refused, Err(NotifyError::Unprotected { .. })),
        "{refused:?}"
    );
    for fine in [
        setup("127.0.0.1", false),
        setup("::1", false),
        setup("smtp.example.ru", true),
    ] {
        assert!(Email::new(fine).is_ok());
    }
    let nobody = EmailSetup {
        to: vec![],
        ..setup("localhost", false)
    };
    assert_eq!(Email::new(nobody).map(|_| ()), Err(NotifyError::Nobody));
}

/// Takes one request, and answers with its target.
fn receiver() -> (SocketAddr, mpsc::Receiver<(String, String)>) {
    let listener = TcpListener::bind(anywhere()).unwrap();
    let address = listener.local_addr().unwrap();
    let (told, heard) = mpsc::channel();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            head.push_str(&line);
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer = head.lines().next().unwrap().to_owned();
        let mut stream = stream;
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        )
        .unwrap();
        told.send((head, String::from_utf8(body).unwrap())).unwrap();
    });
    (address, heard)
}

fn messenger(
    address: SocketAddr,
    body: &str,
    content_type: &str,
) -> Result<Messenger, NotifyError> {
    Messenger::new(MessengerSetup {
        url: format!("http://{address}/bot{{{{ token }}}}/sendMessage"),
        body: body.to_owned(),
        content_type: content_type.to_owned(),
        secrets: BTreeMap::from([("token".to_owned(), Hidden::new("42:very-secret"))]),
        allow_private: true,
        timeout: PATIENCE,
    })
}

#[tokio::test]
async fn a_messenger_gets_json_whatever_the_words_are_and_nobody_sees_its_token() {
    let (address, heard) = receiver();
    let body = r#"{"chat_id": -100, "text": {{ text }}, "severity": {{ severity }}}"#;
    let messenger = messenger(address, body, "application/json").unwrap();
    assert!(!format!("{messenger:?}").contains("very-secret"));
    let channel = Channel::Messenger(messenger);
    assert!(
        !channel.shown().contains("very-secret"),
        "{}",
        channel.shown()
    );
    let sent = channel.send(&Post::new().unwrap(), &hostile(), 0).await;
    assert!(sent.is_taken, "{}", sent.answer);
    // The other side has said the token again.
    assert!(!sent.answer.contains("very-secret"), "{}", sent.answer);
    let (head, body) = heard.recv_timeout(PATIENCE).unwrap();
    assert!(
        head.starts_with("POST /bot42:very-secret/sendMessage"),
        "{head}"
    );
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["severity"], "critical");
    let text = body["text"].as_str().unwrap();
    assert!(
        text.contains("\"chat\": \"evil\"") && text.contains("{{ token }}"),
        "{text}"
    );
    assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
}

#[tokio::test]
async fn a_form_is_a_form_whatever_the_words_are() {
    let (address, heard) = receiver();
    let messenger = messenger(
        address,
        "text={{ text }}&to=1",
        "application/x-www-form-urlencoded",
    );
    let channel = Channel::Messenger(messenger.unwrap());
    let sent = channel.send(&Post::new().unwrap(), &hostile(), 0).await;
    assert!(sent.is_taken, "{}", sent.answer);
    let (_, body) = heard.recv_timeout(PATIENCE).unwrap();
    assert_eq!(body.matches('&').count(), 1, "{body}");
    assert!(body.ends_with("&to=1"), "{body}");
}

#[test]
fn a_template_that_is_wrong_is_found_when_it_is_read() {
    let address = SocketAddr::from(([127, 0, 0, 1], 9));
    for body in [
        r#"{"text": "{{ text }}"}"#,
        r#"{"text": {{ nobody }}}"#,
        r#"{"text": {{ text }"#,
        r#"{"text": {% for x in range(1000000000) %}{% endfor %}}"#,
    ] {
        let refused = messenger(address, body, "application/json").map(|_| ());
        let Err(NotifyError::Template { field, why }) = refused else {
            panic!("{body}: {refused:?}")
        };
        assert_eq!(field, "body");
        assert!(!why.contains("very-secret"), "{why}");
    }
}

#[tokio::test]
async fn a_webhook_gets_the_same_for_programs_with_a_signature() {
    let (address, heard) = receiver();
    let hook = NoticeHook::new(NoticeHookSetup {
        url: format!("http://{address}/hook?token=1"),
        secrets: vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()],
        allow_private: true,
        timeout: PATIENCE,
    });
    let channel = Channel::Webhook(hook.unwrap());
    assert_eq!(channel.shown(), format!("http://{address}/hook?…"));
    let sent = channel
        .send(&Post::new().unwrap(), &message(), 1_700_000_000)
        .await;
    assert!(sent.is_taken, "{}", sent.answer);
    let (head, body) = heard.recv_timeout(PATIENCE).unwrap();
    for header in [
        "webhook-id: notice-17-1",
        "webhook-timestamp: 1700000000",
        "webhook-signature: v1,",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap(),
        message().data
    );
}
