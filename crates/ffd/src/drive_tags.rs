use terms::FfdVersion;

use crate::Tag;

/// Formed by the drive in FFD 1.1 and 1.2 alike (ФН protocol §3.7).
const COMMON: &[u16] = &[
    1001, 1002, 1012, 1017, 1018, 1020, 1037, 1038, 1040, 1041, 1042, 1050, 1051, 1052, 1053, 1054,
    1056, 1062, 1077, 1097, 1098, 1111, 1116, 1118, 1129, 1130, 1131, 1132, 1133, 1134, 1135, 1136,
    1138, 1139, 1140, 1141, 1142, 1143, 1144, 1145, 1146, 1157, 1158, 1183, 1190, 1194, 1201, 1205,
    1206, 1209, 1213, 1218, 1219, 1220, 1232, 1233,
];
const ONLY_1_1: &[u16] = &[1109, 1110, 1126, 1193, 1207, 1221];
const ONLY_1_2: &[u16] = &[1290, 2104, 2106, 2116];
const V1_05: &[u16] = &[
    1001, 1002, 1012, 1018, 1020, 1037, 1038, 1040, 1041, 1042, 1054, 1056, 1062, 1077, 1101, 1108,
    1109, 1110,
];

/// Whether a drive forms `tag` itself, so that the host must not pass it with command 07h. In FFD
/// 1.1 and 1.2 the drive would answer 0Bh (ФН protocol §2.2, §3.7).
///
/// For FFD 1.05 the protocol gives no list; ours has what the drive's part of real documents was
/// seen to hold (INFERRED), so it may be incomplete for reports of shifts.
pub fn is_formed_by_drive(tag: Tag, ffd: FfdVersion) -> bool {
    let own = match ffd {
        FfdVersion::V1_05 => return V1_05.contains(&tag.0),
        FfdVersion::V1_1 => ONLY_1_1,
        FfdVersion::V1_2 => ONLY_1_2,
    };
    COMMON.binary_search(&tag.0).is_ok() || own.contains(&tag.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_the_format_is_the_host_s_only_in_1_05() {
        assert!(COMMON.is_sorted());
        assert!(is_formed_by_drive(Tag::FFD_VERSION, FfdVersion::V1_2));
        assert!(is_formed_by_drive(Tag::FFD_VERSION, FfdVersion::V1_1));
        assert!(!is_formed_by_drive(Tag::FFD_VERSION, FfdVersion::V1_05));
        assert!(is_formed_by_drive(Tag::USAGE_CONDITIONS, FfdVersion::V1_2));
        assert!(!is_formed_by_drive(Tag::EXCISE, FfdVersion::V1_2));
        for ffd in FfdVersion::ALL {
            assert!(!is_formed_by_drive(Tag::ITEM, *ffd));
            assert!(is_formed_by_drive(Tag::FISCAL_SIGN, *ffd));
        }
    }
}
