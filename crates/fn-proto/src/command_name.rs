//! Names of all commands that any source knows, offered or not.

/// The command with this code as people write it: `30h status`; none when no source knows it (ФН
/// protocol §2.1).
///
/// Commands for marked goods and for their keys (B0h…BFh, D0h…D7h) are named, so that logs of other
/// software can be read, and are not offered: whoever sells water, heat or access to the Internet
/// sells no marked goods, and an untried half of that protocol would be worse than none. 34h is
/// known from one emulator only.
pub const fn command_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0x02 => "02h begin registration",
        0x03 => "03h form registration",
        0x04 => "04h begin archive closing",
        0x05 => "05h close archive",
        0x06 => "06h cancel document",
        0x07 => "07h pass data",
        0x10 => "10h shift",
        0x11 => "11h begin shift opening",
        0x12 => "12h open shift",
        0x13 => "13h begin shift closing",
        0x14 => "14h close shift",
        0x15 => "15h begin receipt",
        0x16 => "16h form receipt",
        0x17 => "17h begin correction",
        0x18 => "18h begin report on settlements",
        0x19 => "19h form report on settlements",
        0x20 => "20h exchange status",
        0x21 => "21h set transport",
        0x22 => "22h begin message",
        0x23 => "23h read message",
        0x24 => "24h cancel message",
        0x25 => "25h finish message",
        0x26 => "26h pass ticket",
        0x30 => "30h status",
        0x31 => "31h drive number",
        0x32 => "32h expiry",
        0x33 => "33h version",
        0x34 => "34h life time",
        0x35 => "35h last errors",
        0x36 => "36h counters",
        0x37 => "37h operation counts",
        0x38 => "38h counters of one sign",
        0x39 => "39h totals of unsent documents",
        0x3A => "3Ah FFD support",
        0x3B => "3Bh days left",
        0x3D => "3Dh free memory",
        0x3F => "3Fh model",
        0x40 => "40h find document",
        0x41 => "41h find ticket",
        0x42 => "42h unacknowledged count",
        0x43 => "43h registration totals",
        0x44 => "44h registration TLV",
        0x45 => "45h open document",
        0x46 => "46h next TLV",
        0x47 => "47h next registration TLV",
        0x50 => "50h find signed record",
        0x60 => "60h reset debug drive",
        0xA2 => "A2h begin registration",
        0xA3 => "A3h form registration",
        0xA7 => "A7h accepted size",
        0xAB => "ABh set speed",
        _ => return name_for_marked_goods(code),
    })
}

const fn name_for_marked_goods(code: u8) -> Option<&'static str> {
    Some(match code {
        0xB0 => "B0h marking status",
        0xB1 => "B1h pass marking code",
        0xB2 => "B2h keep or drop check result",
        0xB3 => "B3h clear check results",
        0xB5 => "B5h form request about marking code",
        0xB6 => "B6h pass answer about marking code",
        0xB7 => "B7h pass data of marked goods",
        0xBA => "BAh notification status",
        0xBB => "BBh begin notification",
        0xBC => "BCh read notification",
        0xBD => "BDh cancel notification",
        0xBE => "BEh finish notification",
        0xBF => "BFh pass notification ticket",
        0xD0 => "D0h request for new keys",
        0xD1 => "D1h pass new keys",
        0xD3 => "D3h begin export of notifications",
        0xD4 => "D4h next exported notification",
        0xD5 => "D5h read exported notification",
        0xD6 => "D6h confirm exported notification",
        0xD7 => "D7h whether new keys are due",
        _ => return None,
    })
}
