use crc::{CRC_16_IBM_3740, Crc, Table};

const CCITT_FALSE: Crc<u16, Table<16>> = Crc::<u16, Table<16>>::new(&CRC_16_IBM_3740);

/// CRC-16/CCITT-FALSE (polynomial 1021h, initial FFFFh, no reflection, no final xor), fed with the
/// parts one after another.
///
/// The drive's wire protocol, the ККТ–ОФД protocol and the check part of a registration number
/// (РНМ) all use it.
///
/// ```
/// assert_eq!(terms::crc16(&[b"1234", b"56789"]), 0x29B1);
/// ```
pub fn crc16(parts: &[&[u8]]) -> u16 {
    let mut digest = CCITT_FALSE.digest();
    for part in parts {
        digest.update(part);
    }
    digest.finalize()
}
