//! The receipts of the small world.

use terms::{Id, Kopecks, OperationSign, TaxSystem};

use crate::{Class, Job, SlotId};

pub(super) fn slot_id(place: usize) -> SlotId {
    SlotId(u8::try_from(place + 1).unwrap())
}

/// The receipt's identifier as a TLV object, the first of each receipt.
pub(super) fn receipt_object(id: Id) -> Vec<u8> {
    let mut object = vec![0x3C, 0x04, 8, 0];
    object.extend(id.get().to_le_bytes());
    object
}

/// A receipt of an account, every fifth one a correction; `size` bytes of lines.
pub(super) fn job(number: i64, account: i64, class: Class, size: usize) -> Job {
    let id = Id::from_number(number).unwrap();
    let mut tlv = receipt_object(id);
    for _ in 0..size.div_ceil(1_000) {
        tlv.extend([0x23, 0x04, 0xE8, 0x03]);
        tlv.extend([7; 1_000]);
    }
    Job {
        id,
        order_key: account,
        class,
        correction: number % 5 == 0,
        tax_system: TaxSystem::Common,
        operation: OperationSign::from_code(1).unwrap(),
        total: Kopecks::new(number * 100).unwrap(),
        tlv,
    }
}
