//! What other programs read in a document: the fixtures of `protocol-fixtures/outside`, compared
//! with our own reading.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use ffd::{Document, Tree, Value};
use ofd_proto::{Container, Decoder};
use serde::Deserialize;
use serde_json::Value as Json;
use terms::FfdVersion;

/// What to do, said with every failure.
pub(crate) const FROZEN: &str = "if this fails, do not change the fixture: other programs have \
                                 read it; mend the code that forms or reads the document";

/// Tags that a program reads by a meaning they had in earlier versions of the format.
const OTHER_MEANING: [(&str, u16); 3] =
    [("yandex/ofd", 1115), ("coop-fd", 1115), ("coop-fd", 1125)];

/// A document as it was formed once, and what others read in it.
pub(crate) struct Fixture {
    pub(crate) name: String,
    /// Session header and container.
    pub(crate) message: Vec<u8>,
    readings: Readings,
}

#[derive(Deserialize)]
struct Readings {
    #[serde(rename = "yandex/ofd headers")]
    headers: Headers,
    #[serde(rename = "yandex/ofd")]
    yandex: Vec<Json>,
    #[serde(rename = "coop-fd")]
    coop: Vec<Json>,
    ofdcomparer: Vec<Json>,
}

#[derive(Deserialize)]
struct Headers {
    /// Two bytes in hex.
    protocol: String,
    drive: String,
    body: u16,
    flags: u16,
    form: u8,
    document: u32,
    check_code: u16,
    printed_sign: u32,
}

/// The fixtures of a version, by their numbers.
pub(crate) fn fixtures(ffd: FfdVersion) -> Vec<Fixture> {
    let folder = folder(ffd);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "hex"))
        .collect();
    paths.sort();
    paths.iter().map(|path| Fixture::read(ffd, path)).collect()
}

fn folder(ffd: FfdVersion) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../protocol-fixtures/outside")
        .join(format!("ffd-{ffd}"))
}

impl Fixture {
    fn read(ffd: FfdVersion, path: &Path) -> Self {
        let bytes: Vec<u8> = fs::read_to_string(path)
            .unwrap()
            .lines()
            .map(|line| line.split_once('#').map_or(line, |(bytes, _)| bytes))
            .flat_map(str::split_whitespace)
            .map(|byte| u8::from_str_radix(byte, 16).unwrap())
            .collect();
        let json = fs::read_to_string(path.with_extension("json")).unwrap();
        let readings = serde_json::from_str(&json);
        let name = path.file_stem().unwrap().display();
        Self {
            name: format!("ffd-{ffd}/{name}"),
            message: bytes,
            readings: readings.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        }
    }

    /// Compares every field. Gives the tags of the document and those that somebody read.
    pub(crate) fn compare(&self) -> (BTreeSet<u16>, BTreeSet<u16>) {
        let mut decoder = Decoder::default();
        decoder.push(&self.message);
        let message = decoder.next_message().unwrap().unwrap();
        assert_eq!(decoder.finish(), Ok(()), "{}: {FROZEN}", self.name);
        let container = Container::decode(message.container().unwrap()).unwrap();
        let check_code = u16::from_le_bytes([message.body[2], message.body[3]]);

        let headers = &self.readings.headers;
        let (header, drive) = (&message.header, message.header.drive);
        let protocol = header.protocol.0.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(protocol, headers.protocol, "{}: {FROZEN}", self.name);
        assert_eq!(drive.digits(), headers.drive, "{}: {FROZEN}", self.name);
        assert_eq!(header.body_len, headers.body, "{}: {FROZEN}", self.name);
        assert_eq!(
            header.flags.bits(),
            headers.flags,
            "{}: {FROZEN}",
            self.name
        );
        assert_eq!(
            container.header.form, headers.form,
            "{}: {FROZEN}",
            self.name
        );
        assert_eq!(
            container.header.document.get(),
            headers.document,
            "{}: {FROZEN}",
            self.name
        );
        assert_eq!(check_code, headers.check_code, "{}: {FROZEN}", self.name);
        let document = Document::parse(&container.document).unwrap();
        assert_eq!(
            document.head().unwrap().sign.0,
            headers.printed_sign,
            "{}: {FROZEN}",
            self.name
        );

        let tree = Tree::parse(&container.document).unwrap();
        let outer = &tree.0[0];
        assert_eq!(
            outer.tag.0,
            u16::from(headers.form),
            "{}: {FROZEN}",
            self.name
        );
        let ours = outer.value.as_list().unwrap();
        let mut reading = Reading {
            fixture: &self.name,
            decoder: "",
            tags: BTreeSet::new(),
            read: BTreeSet::new(),
        };
        for (decoder, theirs) in [
            ("yandex/ofd", &self.readings.yandex),
            ("coop-fd", &self.readings.coop),
            ("ofdcomparer", &self.readings.ofdcomparer),
        ] {
            reading.decoder = decoder;
            reading.compare_lists(ours, theirs);
        }
        (reading.tags, reading.read)
    }
}

/// The comparison with one program's reading.
struct Reading<'a> {
    fixture: &'a str,
    decoder: &'static str,
    tags: BTreeSet<u16>,
    read: BTreeSet<u16>,
}

impl Reading<'_> {
    fn compare_lists(&mut self, ours: &Tree, theirs: &[Json]) {
        let tags: Vec<u64> = ours.iter().map(|element| element.tag.0.into()).collect();
        let other: Vec<u64> = theirs
            .iter()
            .map(|field| field[0].as_u64().unwrap())
            .collect();
        assert_eq!(tags, other, "{}: {}: {FROZEN}", self.fixture, self.decoder);
        for (element, field) in ours.iter().zip(theirs) {
            let (tag, value) = (element.tag.0, &field[1]);
            self.tags.insert(tag);
            match (&element.value, value) {
                (_, Json::Null) => self.note(&element.value),
                _ if OTHER_MEANING.contains(&(self.decoder, tag)) => self.note(&element.value),
                (Value::List(ours), Json::Array(theirs)) => {
                    self.read.insert(tag);
                    self.compare_lists(ours, theirs);
                }
                (ours, theirs) => {
                    let (fixture, decoder) = (self.fixture, self.decoder);
                    let same = is_same(decoder, ours, theirs);
                    assert!(
                        same,
                        "{fixture}: {decoder}: {tag}: {ours:?}, not {theirs}: {FROZEN}"
                    );
                    self.read.insert(tag);
                }
            }
        }
    }

    /// Notes the tags of what this program could not read.
    fn note(&mut self, value: &Value) {
        if let Value::List(list) = value {
            for element in list {
                self.tags.insert(element.tag.0);
                self.note(&element.value);
            }
        }
    }
}

/// Programs differ in whether they show the spaces that fixed texts end with, and in how they show
/// fiscal signs.
fn is_same(decoder: &str, ours: &Value, theirs: &Json) -> bool {
    match ours {
        Value::Text(text) => theirs
            .as_str()
            .is_some_and(|other| text.trim_end_matches(' ') == other.trim_end_matches(' ')),
        Value::UnixTime(time) => match theirs["time"].as_str() {
            Some(shown) => time.to_string().starts_with(shown) && shown.len() >= 10,
            None => theirs.as_u64() == Some(time.0.into()),
        },
        Value::Fvln(quantity) => match theirs.as_f64() {
            Some(number) => quantity.to_string().parse() == Ok(number),
            None => {
                let parts = (quantity.mantissa(), u64::from(quantity.decimals()));
                let other = (&theirs["mantissa"], &theirs["decimals"]);
                (other.0.as_u64(), other.1.as_u64()) == (Some(parts.0), Some(parts.1))
            }
        },
        Value::Bytes(bytes) => match (theirs.as_u64(), decoder) {
            (None, _) => theirs["bytes"]
                .as_str()
                .is_some_and(|hex| hex == as_hex(bytes)),
            (Some(number), "yandex/ofd") => number == folded(bytes.iter().rev()),
            (Some(number), _) => number == folded(bytes.iter().skip(2)),
        },
        Value::List(_) => false,
        number => {
            let other = theirs.as_u64().or(theirs.as_bool().map(u64::from));
            other.is_some() && other == number.as_u64()
        }
    }
}

fn folded<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0, |all, byte| all << 8 | u64::from(*byte))
}

fn as_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
