//! Every parser under any bytes.
//!
//! Each target is a function `check(&[u8])` that panics when a promise is broken. Under `cargo test`
//! it meets the stored corpus, `__fuzz__/<target>/corpus`, and some thousand random inputs;
//! `cargo bolero test -p ffd <target>` hands the same function to a fuzzer, which finds and keeps
//! its corpus in the same folder. An input that has found a defect stays there.
//!
//! The first inputs of each corpus are the documents of `protocol-fixtures/`, without what they are
//! wrapped in.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken promise fails the test"
)]

use std::{fs, path::Path};

mod control;
mod cp866;
mod document;
mod made;
mod qr;
mod split;
mod tree;

/// Random inputs for each target.
const INPUTS: usize = 20_000;
/// Real documents with a handful of lines fit in.
const LONGEST: usize = 2_048;

macro_rules! targets {
    ($($target:ident),*) => {$(
        #[test]
        fn $target() {
            let name = stringify!($target);
            let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/fuzz/__fuzz__")
                .join(name)
                .join("corpus");
            let stored = fs::read_dir(&corpus).expect("the corpus is there").count();
            assert!(stored > 0, "{} is empty", corpus.display());
            bolero::check!(name = name)
                .with_iterations(INPUTS)
                .with_max_len(LONGEST)
                .for_each(|bytes: &[u8]| $target::check(bytes));
        }
    )*};
}

targets!(control, cp866, document, qr, split, tree);
