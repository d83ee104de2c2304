//! The rules of ARCHITECTURE.md that a compiler does not check: which crate may use which, what
//! pure crates may not touch, and how the sources are kept.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The floor of each crate: it uses only crates of lower floors.
const FLOORS: [(&str, u8); 25] = [
    ("terms", 0),
    ("ffd", 1),
    ("fn-proto", 1),
    ("ofd-proto", 1),
    ("audit", 2),
    ("engine", 2),
    ("cassette", 2),
    ("printed", 2),
    ("statements", 2),
    ("restoration", 2),
    ("papers", 2),
    ("casebook", 3),
    ("links", 3),
    ("journal", 3),
    ("notify", 3),
    ("emulator", 3),
    ("faulty-disk", 3),
    ("desk", 4),
    ("api", 5),
    ("atol", 5),
    ("checkpay", 5),
    ("metrics", 5),
    ("panel", 5),
    ("kassette", 6),
    ("sim", 7),
];

/// The highest floor without I/O and without stored forms.
const LAST_PURE_FLOOR: u8 = 2;

/// Crates above it that do no I/O either; they read and write JSON.
const NO_IO: [&str; 1] = ["casebook"];

/// What promises a stored or sent form: not for the types of pure crates.
const FORM_CRATES: [&str; 3] = ["schemars", "serde", "serde_json"];

/// What brings I/O, a clock, randomness or logging with it: not for crates without I/O.
const SHELL_CRATES: [&str; 10] = [
    "axum",
    "getrandom",
    "rand",
    "rand_chacha",
    "reqwest",
    "rusqlite",
    "rustix",
    "serialport",
    "tokio",
    "tracing",
];

/// Crates that only these may use, whatever their floor.
const SOLE_USERS: [(&str, &[&str]); 6] = [
    (
        "axum",
        &["api", "atol", "checkpay", "kassette", "metrics", "panel"],
    ),
    ("prometheus-client", &["metrics"]),
    ("rust_xlsxwriter", &["papers"]),
    ("rusqlite", &["faulty-disk", "journal"]),
    ("serialport", &["links"]),
    ("zip", &["papers"]),
];

/// Crates for tests: no other crate is built upon them.
const TEST_CRATES: [&str; 2] = ["faulty-disk", "sim"];

/// The one crate that may be unsafe, and the one file of it: C calls it through pointers.
const UNSAFE_CRATE: &str = "faulty-disk";
const UNSAFE_FILE: &str = "crates/faulty-disk/src/vfs.rs";

/// All that a face may see of the workspace.
const BEHIND_A_FACE: [&str; 2] = ["desk", "terms"];
const FACES: [&str; 5] = ["api", "atol", "checkpay", "metrics", "panel"];

const MAX_LINES: usize = 600;

/// Longer files, with the reason.
const LONGER: [(&str, &str); 0] = [];

/// Clocks, sockets and threads: in no file of a crate without I/O.
const NEVER_IN_PURE: [&str; 9] = [
    "Instant::now",
    "Local::now",
    "SystemTime",
    "TcpListener",
    "TcpStream",
    "UdpSocket",
    "Utc::now",
    "std::net",
    "thread::",
];

/// Files and the environment: not in the sources of such a crate; its tests may read fixtures.
const NEVER_IN_PURE_SOURCES: [&str; 4] = ["env::var", "fs::", "io::", "process::"];

/// Bytes in memory under a name of input and output, which the library for archives asks for.
const IN_MEMORY: &str = "use std::io::Cursor;";

// Written in two pieces, so that this file does not contain them.
const NEVER_ANYWHERE: [&str; 4] = [
    concat!("todo", "!"),
    concat!("unimplemented", "!"),
    concat!("dbg", "!"),
    concat!("../", "shared"),
];

// Written in two pieces, too.
const UNSAFE_WORDS: [&str; 4] = [
    concat!("unsafe", " {"),
    concat!("unsafe", " fn"),
    concat!("unsafe", " impl"),
    concat!("unsafe", " extern"),
];

/// A crate of the workspace, as cargo sees it.
struct Package {
    name: String,
    folder: PathBuf,
    /// Names of its normal and build dependencies.
    uses: Vec<String>,
}

#[test]
fn arrows_between_crates_point_down() {
    let floors = BTreeMap::from(FLOORS);
    let packages = packages();
    let mut wrong: Vec<String> = floors
        .keys()
        .filter(|name| !packages.iter().any(|package| package.name == **name))
        .map(|name| format!("there is no crate {name} on its floor"))
        .collect();
    for package in packages {
        let Some(floor) = floors.get(package.name.as_str()) else {
            wrong.push(format!("{} has no floor", package.name));
            continue;
        };
        for used in &package.uses {
            match floors.get(used.as_str()) {
                Some(below) if below >= floor => wrong.push(format!(
                    "{} (floor {floor}) uses {used} (floor {below})",
                    package.name
                )),
                Some(_)
                    if FACES.contains(&package.name.as_str())
                        && !BEHIND_A_FACE.contains(&used.as_str()) =>
                {
                    wrong.push(format!(
                        "the face {} looks behind the desk at {used}",
                        package.name
                    ));
                }
                _ => {}
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn pure_crates_bring_in_no_input_and_no_output() {
    let mut wrong = Vec::new();
    for package in packages() {
        let (pure, no_io) = (is_pure(&package.name), has_no_io(&package.name));
        for used in &package.uses {
            if no_io && SHELL_CRATES.contains(&used.as_str())
                || pure && FORM_CRATES.contains(&used.as_str())
            {
                wrong.push(format!("the pure crate {} uses {used}", package.name));
            }
            let users = SOLE_USERS.iter().find(|(of, _)| of == used);
            if let Some((_, users)) = users.filter(|(_, users)| !users.contains(&&*package.name)) {
                wrong.push(format!(
                    "{} uses {used}, which is for {} alone",
                    package.name,
                    users.join(" and ")
                ));
            }
            if TEST_CRATES.contains(&used.as_str()) && !TEST_CRATES.contains(&&*package.name) {
                wrong.push(format!("{} uses {used}, which is for tests", package.name));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn pure_crates_read_no_clock_no_file_and_no_socket() {
    let mut wrong = Vec::new();
    for package in packages().iter().filter(|package| has_no_io(&package.name)) {
        for (path, text) in rust_files(&package.folder) {
            let in_sources = path.starts_with(package.folder.join("src"));
            let for_sources = NEVER_IN_PURE_SOURCES.iter().filter(|_| in_sources);
            for word in NEVER_IN_PURE.iter().chain(for_sources) {
                for line in lines_with(&text.replace(IN_MEMORY, ""), word) {
                    wrong.push(format!("{}:{line}: {word} in a pure crate", show(&path)));
                }
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn no_file_is_long_and_nothing_is_left_undone() {
    let mut wrong = Vec::new();
    let mut longer = BTreeMap::from(LONGER);
    for (path, text) in sources() {
        let name = show(&path);
        let lines = text.lines().count();
        let excused = longer.contains_key(name.as_str());
        if lines > MAX_LINES && !excused {
            wrong.push(format!("{name} has {lines} lines; the most is {MAX_LINES}"));
        }
        if lines > MAX_LINES {
            longer.remove(name.as_str());
        }
        for word in NEVER_ANYWHERE {
            for line in lines_with(&text, word) {
                wrong.push(format!("{name}:{line}: {word}"));
            }
        }
    }
    for (name, _) in longer {
        wrong.push(format!("{name} is not long any more: take it off the list"));
    }
    assert_none(&wrong);
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let without: Vec<String> = packages()
        .iter()
        .filter(|package| package.name != UNSAFE_CRATE)
        .map(|package| package.folder.join("Cargo.toml"))
        .filter(|manifest| !read(manifest).contains("[lints]\nworkspace = true"))
        .map(|manifest| format!("{} lacks [lints] workspace = true", show(&manifest)))
        .collect();
    assert_none(&without);
}

#[test]
fn one_crate_lifts_the_ban_on_unsafe_code_and_no_other_lint() {
    let lints = |manifest: PathBuf, of: &[&str]| {
        let manifest: toml::Value = toml::from_str(&read(&manifest)).expect("it is TOML");
        of.iter().fold(manifest, |table, key| table[key].clone())
    };
    let mut expected = lints(root().join("Cargo.toml"), &["workspace", "lints"]);
    assert_eq!(expected["rust"]["unsafe_code"].as_str(), Some("forbid"));
    expected["rust"]["unsafe_code"] = "deny".into();
    let clippy = expected["clippy"].as_table_mut().expect("it is a table");
    clippy.insert("undocumented_unsafe_blocks".into(), "deny".into());
    let packages = packages();
    let found = packages.iter().find(|package| package.name == UNSAFE_CRATE);
    let found = lints(found.unwrap().folder.join("Cargo.toml"), &["lints"]);
    assert_eq!(found, expected, "the lints of {UNSAFE_CRATE}");
}

#[test]
fn unsafe_code_stands_in_one_file() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = show(&path);
        if name == UNSAFE_FILE {
            assert!(
                !lines_with(&text, UNSAFE_WORDS[0]).is_empty(),
                "the search finds it"
            );
            continue;
        }
        for word in UNSAFE_WORDS {
            for line in lines_with(&text, word) {
                wrong.push(format!("{name}:{line}: {word}"));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn the_search_finds_whole_words_in_any_spelling_of_an_import() {
    let check = |text: &str, word: &str, lines: &[usize]| {
        assert_eq!(lines_with(text, word), lines, "{word} in {text:?}");
    };
    check("use std::fs::File;", "fs::", &[1]);
    check("use std::{\n    fs::File,\n};", "fs::", &[2]);
    check("buffs::now()", "fs::", &[]);
    check("a\nlet now = Instant::now();", "Instant::now", &[2]);
    check("b\nMyInstant::now()", "Instant::now", &[]);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_pure(name: &str) -> bool {
    FLOORS
        .iter()
        .any(|(known, floor)| *known == name && *floor <= LAST_PURE_FLOOR)
}

fn has_no_io(name: &str) -> bool {
    is_pure(name) || NO_IO.contains(&name)
}

fn packages() -> Vec<Package> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {errors}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list(&metadata["packages"])
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            folder: Path::new(&text(&package["manifest_path"]))
                .parent()
                .unwrap()
                .to_owned(),
            uses: list(&package["dependencies"])
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| text(&dependency["name"]))
                .collect(),
        })
        .collect()
}

/// All sources of the workspace.
fn sources() -> Vec<(PathBuf, String)> {
    let files: Vec<_> = ["crates", "src", "tests", "benches"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .collect();
    assert!(files.len() > FLOORS.len(), "the sources are found");
    files
}

fn rust_files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut ahead = vec![folder.to_owned()];
    while let Some(folder) = ahead.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                ahead.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = read(&path);
                files.push((path, text));
            }
        }
    }
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The numbers of the lines that hold `word` where no longer name ends with it.
fn lines_with(text: &str, word: &str) -> Vec<usize> {
    let holds = |line: &str| {
        line.match_indices(word).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
        })
    };
    text.lines()
        .zip(1..)
        .filter(|(line, _)| holds(line))
        .map(|(_, number)| number)
        .collect()
}

/// The path as people write it.
fn show(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.display().to_string()
}

#[track_caller]
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
