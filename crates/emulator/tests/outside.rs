//! Documents and messages that are made here are read without loss by programs of others. What
//! those read is frozen in `protocol-fixtures/outside`: see its README.md.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap fails the test"
)]

use std::collections::BTreeSet;

use ffd::{Document, check};
use ofd_proto::Container;
use readings::{FROZEN, fixtures};
use terms::FfdVersion;

mod host;
mod papers;
mod readings;

const SESSION_HEADER: usize = 30;

/// Tags that none of the programs knows by their meaning of today: the Internet sign and the details
/// of cashless payments, which came in September 2025.
const READ_BY_NOBODY: [u16; 7] = [1082, 1125, 1234, 1235, 1236, 1237, 1238];

#[test]
fn drives_form_the_same_bytes_that_other_programs_have_read() {
    for ffd in FfdVersion::ALL.iter().copied() {
        let papers = papers::of_version(ffd);
        let fixtures = fixtures(ffd);
        let named = papers.iter().zip(1..);
        let named: Vec<String> = named
            .map(|(paper, number)| format!("ffd-{ffd}/{number:02}-{}", paper.name))
            .collect();
        let frozen: Vec<&str> = fixtures.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(named, frozen, "{FROZEN}");
        for (paper, fixture) in papers.iter().zip(&fixtures) {
            let pairs = paper.message.iter().zip(&fixture.message);
            let differs = pairs.take_while(|(ours, frozen)| ours == frozen).count();
            assert!(
                paper.message == fixture.message,
                "{}: {} bytes, {} in the fixture, other from byte {differs} on: {FROZEN}",
                fixture.name,
                paper.message.len(),
                fixture.message.len(),
            );
        }
    }
}

#[test]
fn every_field_has_the_value_that_other_programs_read_in_it() {
    let (mut tags, mut read) = (BTreeSet::new(), BTreeSet::new());
    for fixture in FfdVersion::ALL.iter().flat_map(|ffd| fixtures(*ffd)) {
        let (more_tags, more_read) = fixture.compare();
        tags.extend(more_tags);
        read.extend(more_read);
    }
    let unread: Vec<u16> = tags.difference(&read).copied().collect();
    assert_eq!(unread, READ_BY_NOBODY, "{FROZEN}");
}

#[test]
fn what_others_have_read_passes_our_format_control() {
    for ffd in FfdVersion::ALL.iter().copied() {
        for fixture in fixtures(ffd) {
            let container = Container::decode(&fixture.message[SESSION_HEADER..]).unwrap();
            let violations = check::check_document(&container.document, ffd);
            let errors: Vec<_> = violations.iter().filter(|it| it.is_error()).collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", fixture.name);
            let document = Document::parse(&container.document).unwrap();
            assert_eq!(document.form().code(), container.header.form);
        }
    }
}
