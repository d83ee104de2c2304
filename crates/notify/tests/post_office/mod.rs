//! A mail server for tests: it speaks SMTP over TCP, with STARTTLS and AUTH PLAIN, and keeps what it is
//! given.

#![allow(dead_code, reason = "each test uses its own part")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// What wraps a connection in TLS.
pub(crate) type Wrap = Arc<dyn Fn(TcpStream) -> Box<dyn Both> + Send + Sync>;

pub(crate) trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// A letter as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) raw: String,
    pub(crate) over_tls: bool,
    /// `user password`.
    pub(crate) login: String,
}

#[derive(Clone)]
pub(crate) struct PostOffice {
    pub(crate) address: SocketAddr,
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl PostOffice {
    /// Opens at this address; port 0 takes a free one.
    pub(crate) fn open(address: SocketAddr, wrap: Option<Wrap>) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let office = Self {
            address: listener.local_addr().unwrap(),
            letters: Arc::default(),
        };
        let letters = office.letters.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (letters, wrap) = (letters.clone(), wrap.clone());
                thread::spawn(move || {
                    // Whoever is killed breaks its connections off.
                    let _ = serve(stream.unwrap(), wrap.as_ref(), &letters);
                });
            }
        });
        office
    }

    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    wrap: Option<&Wrap>,
    letters: &Mutex<Vec<Letter>>,
) -> std::io::Result<()> {
    let mut plain = Conversation::new(Box::new(stream.try_clone()?));
    plain.say("220 post.test ESMTP")?;
    if plain.go_on(wrap.is_some(), false, letters)? {
        let Some(wrap) = wrap else { return Ok(()) };
        Conversation::new(wrap(stream)).go_on(false, true, letters)?;
    }
    Ok(())
}

struct Conversation {
    stream: BufReader<Box<dyn Both>>,
}

impl Conversation {
    fn new(stream: Box<dyn Both>) -> Self {
        Self {
            stream: BufReader::new(stream),
        }
    }

    fn say(&mut self, words: &str) -> std::io::Result<()> {
        let stream = self.stream.get_mut();
        write!(stream, "{words}\r\n")?;
        stream.flush()
    }

    fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        let read = self.stream.read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line)
            .trim_end_matches(['\r', '\n'])
            .to_owned();
        Ok((read > 0).then_some(line))
    }

    /// Whether TLS begins now.
    fn go_on(
        &mut self,
        offers_tls: bool,
        over_tls: bool,
        letters: &Mutex<Vec<Letter>>,
    ) -> std::io::Result<bool> {
        let mut letter = Letter::default();
        while let Some(line) = self.line()? {
            let word = line
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            match word.as_str() {
                "EHLO" => {
                    let tls = if offers_tls { "250-STARTTLS\r\n" } else { "" };
                    self.say(&format!(
                        "250-post.test\r\n{tls}250-8BITMIME\r\n250 AUTH PLAIN"
                    ))?;
                }
                "STARTTLS" => {
                    self.say("220 go ahead")?;
                    return Ok(true);
                }
                "AUTH" => {
                    let coded = line.rsplit(' ').next().unwrap_or_default();
                    let said = BASE64_STANDARD.decode(coded).unwrap_or_default();
                    letter.login = String::from_utf8_lossy(&said)
                        .trim_matches('\0')
                        .replace('\0', " ");
                    self.say("235 welcome")?;
                }
                "MAIL" => {
                    letter.from = line;
                    self.say("250 ok")?;
                }
                "RCPT" => {
                    letter.to.push(line);
                    self.say("250 ok")?;
                }
                "DATA" => {
                    self.say("354 write")?;
                    letter.raw = self.data()?;
                    letter.over_tls = over_tls;
                    letters.lock().unwrap().push(std::mem::take(&mut letter));
                    self.say("250 kept")?;
                }
                "QUIT" => {
                    self.say("221 bye")?;
                    return Ok(false);
                }
                _ => self.say("250 ok")?,
            }
        }
        Ok(false)
    }

    fn data(&mut self) -> std::io::Result<String> {
        let mut data = String::new();
        while let Some(line) = self.line()? {
            if line == "." {
                break;
            }
            data.push_str(line.strip_prefix('.').unwrap_or(&line));
            data.push_str("\r\n");
        }
        Ok(data)
    }
}

impl Letter {
    /// The headers of this name, each unfolded and with its words decoded.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap_or_default();
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let wanted = unfolded.lines().filter_map(|line| line.split_once(':'));
        wanted
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| words(value.trim()))
            .collect()
    }

    /// Of the part of this type, what it says.
    pub(crate) fn part(&self, kind: &str) -> String {
        let mark = self.raw.split("boundary=\"").nth(1).unwrap();
        let mark = format!("--{}", mark.split('"').next().unwrap());
        let part = self.raw.split(&mark).find(|part| {
            part.split("\r\n\r\n")
                .next()
                .is_some_and(|head| head.contains(&format!("Content-Type: {kind}")))
        });
        let part = part.unwrap_or_else(|| panic!("no part {kind} in {}", self.raw));
        let (head, body) = part.split_once("\r\n\r\n").unwrap();
        let bytes = if head.contains("base64") {
            let coded: String = body.split_whitespace().collect();
            BASE64_STANDARD.decode(coded).unwrap()
        } else if head.contains("quoted-printable") {
            quoted(&body.replace("=\r\n", ""))
        } else {
            body.as_bytes().to_vec()
        };
        String::from_utf8(bytes).unwrap()
    }
}

/// Encoded words of a header (RFC 2047).
fn words(value: &str) -> String {
    let (mut decoded, mut rest) = (String::new(), value);
    while let Some((before, coded)) = rest.split_once("=?") {
        // Blanks between encoded words are none of the text.
        if !before.trim().is_empty() || decoded.is_empty() {
            decoded.push_str(before);
        }
        let mut parts = coded.splitn(3, '?');
        let (_, kind, text) = (parts.next(), parts.next().unwrap(), parts.next().unwrap());
        let (text, after) = text.split_once("?=").unwrap();
        let bytes = match kind {
            "b" | "B" => BASE64_STANDARD.decode(text).unwrap(),
            _ => quoted(&text.replace('_', " ")),
        };
        decoded.push_str(&String::from_utf8(bytes).unwrap());
        rest = after;
    }
    decoded + rest
}

fn quoted(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, more @ ..] = rest {
        match (first, more) {
            (b'=', [high, low, after @ ..]) => {
                let code = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&code).unwrap(), 16).unwrap());
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    bytes
}
