//! Bits of the work mode that 03h, A3h and 43h carry (ФН protocol §2.3, tables 37 and 38).

/// 0: documents for the ОФД are encrypted (tag 1056).
pub const ENCRYPTION: u8 = 1 << 0;
/// 1: without an ОФД (tag 1002).
pub const AUTONOMOUS: u8 = 1 << 1;
/// 3: settlements for services.
pub const SERVICES: u8 = 1 << 3;
/// 4: БСО instead of receipts.
pub const STRICT_FORMS: u8 = 1 << 4;
