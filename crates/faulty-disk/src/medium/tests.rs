use std::collections::BTreeSet;

use super::*;
use crate::{OLD_SECTOR, SECTOR, When};

const CREATED: Opening = Opening {
    create: true,
    exclusive: false,
    journal: true,
    delete_on_close: false,
};

/// A medium with one open file of `size` ones, all of it durable.
fn with_file(seed: u64, powersafe: bool, size: usize) -> (Medium, FileId) {
    let mut medium = Medium::new(seed, powersafe);
    let file = medium.open(Some("file"), CREATED).unwrap();
    medium.write(file, &vec![1; size], 0).unwrap();
    medium.sync(file).unwrap();
    (medium, file)
}

#[test]
fn any_subset_of_what_was_not_synced_survives() {
    let mut left = BTreeSet::new();
    for seed in 0..200 {
        let (mut medium, file) = with_file(seed, true, 3);
        for at in 0..3 {
            medium.write(file, &[2], at).unwrap();
        }
        medium.restart(Way::Draw);
        let bytes = medium.bytes("file").unwrap();
        if bytes.iter().all(|byte| [1, 2].contains(byte)) {
            left.insert(bytes);
        }
    }
    assert_eq!(left.len(), 8, "{left:?}");
}

#[test]
fn damage_stays_within_the_sectors_of_a_write_or_within_its_range() {
    const SIZE: usize = 8 * SECTOR;
    let (at, length) = (SECTOR + 700, SECTOR);
    let outside = |bytes: &[u8], inside: std::ops::Range<usize>| {
        let untouched = |(place, byte): (usize, &u8)| inside.contains(&place) || *byte == 1;
        bytes.iter().enumerate().all(untouched)
    };
    let mut beyond_range = false;
    let mut torn = BTreeSet::new();
    for seed in 0..300 {
        let left = |powersafe| {
            let (mut medium, file) = with_file(seed, powersafe, SIZE);
            medium.write(file, &vec![2; length], at as u64).unwrap();
            medium.restart(Way::Draw);
            medium.bytes("file").unwrap()
        };
        let (hard, soft) = (left(false), left(true));
        assert_eq!((hard.len(), soft.len()), (SIZE, SIZE));
        assert!(outside(&hard, SECTOR..3 * SECTOR), "seed {seed}");
        assert!(outside(&soft, at..at + length), "seed {seed}");
        beyond_range |= !outside(&hard, at..at + length);
        let written = soft[at..].iter().take_while(|byte| **byte == 2).count();
        if written > 0 && soft[at + written..].iter().all(|byte| *byte == 1) {
            torn.insert((at + written) % OLD_SECTOR == 0);
        }
    }
    assert!(beyond_range, "whole sectors are spoiled");
    assert_eq!(
        torn.len(),
        2,
        "torn at small sectors and in the midst of one"
    );
}

#[test]
fn a_sync_after_a_failed_one_may_bring_nothing_back() {
    let mut left = BTreeSet::new();
    for seed in 0..50 {
        let (mut medium, file) = with_file(seed, false, 2);
        medium.write(file, &[2, 2], 0).unwrap();
        medium.set_faults(Faults {
            fail_sync: When::At(0),
            ..Faults::default()
        });
        assert_eq!(medium.sync(file), Err(Failure::Refused));
        assert_eq!(medium.sync(file), Ok(()), "the disk says that all is well");
        assert_eq!(medium.bytes("file").unwrap(), [2, 2], "and so it seems");
        medium.restart(Way::Keep);
        left.insert(medium.bytes("file").unwrap());
    }
    assert_eq!(left, BTreeSet::from([vec![1, 1], vec![2, 2]]));
}

#[test]
fn a_deletion_is_final_when_the_folder_is_synced() {
    for (sync_folder, comes_back) in [(false, true), (true, false)] {
        let (mut medium, _) = with_file(0, false, 2);
        medium.delete("file", sync_folder).unwrap();
        assert_eq!(medium.exists("file"), Ok(false));
        medium.restart(Way::Lose);
        assert_eq!(medium.exists("file"), Ok(comes_back));
    }
}

#[test]
fn a_write_without_room_ends_where_the_room_ends() {
    let (mut medium, file) = with_file(0, false, 10);
    medium.set_faults(Faults {
        full_after_bytes: Some(15),
        ..Faults::default()
    });
    assert_eq!(medium.write(file, &[2; 10], 0), Ok(()), "it needs none");
    assert_eq!(medium.write(file, &[3; 10], 8), Err(Failure::Full));
    let expected = [vec![2; 8], vec![3; 7]].concat();
    assert_eq!(medium.bytes("file").unwrap(), expected);
    assert_eq!(medium.counts().full_writes, 1);
}

#[test]
fn who_waits_to_be_exclusive_keeps_new_readers_out() {
    let mut medium = Medium::new(0, false);
    let mut open = || medium.open(Some("file"), CREATED).unwrap();
    let (writer, reader, late) = (open(), open(), open());
    medium.lock(writer, Level::Shared).unwrap();
    medium.lock(reader, Level::Shared).unwrap();
    medium.lock(writer, Level::Reserved).unwrap();
    assert_eq!(medium.is_reserved(reader), Ok(true));
    assert_eq!(medium.lock(reader, Level::Reserved), Err(Failure::Busy));
    assert_eq!(medium.lock(writer, Level::Exclusive), Err(Failure::Busy));
    assert_eq!(medium.lock(late, Level::Shared), Err(Failure::Busy));
    medium.close(reader);
    medium.lock(writer, Level::Exclusive).unwrap();
    medium.unlock(writer, Level::None);
    medium.lock(late, Level::Shared).unwrap();
}
