//! What the drive adds to a document by itself: which tags, and in which order.

use terms::FfdVersion;

use crate::{Form, Presence, Tag};

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
    1001, 1002, 1012, 1018, 1020, 1037, 1038, 1040, 1041, 1042, 1050, 1051, 1052, 1053, 1054, 1056,
    1062, 1077, 1097, 1098, 1101, 1108, 1109, 1110, 1111, 1116, 1118,
];

/// The order in which drives were seen to write their tags (ККТ–ОФД protocol §9, §10; ФН protocol
/// §3.7). Where no capture shows a tag (from 1002 of the settlement report on) it is ours.
const ORDER: &[u16] = &[
    1209, 1190, 1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020, 1017, 1062, 1056, 1002,
    1001, 1109, 1110, 1108, 1126, 1193, 1207, 1221, 1290, 1205, 1101, 1111, 1118, 1097, 1098, 1116,
    1050, 1051, 1052, 1053, 1206, 1213, 1157, 1194, 1158, 2104,
];
/// In registrations of FFD 1.05 the tax systems follow the modes.
const ORDER_1_05: &[u16] = &[
    1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020, 1056, 1002, 1001, 1109, 1110, 1108,
    1062, 1101, 1111, 1118, 1097, 1098, 1116, 1050, 1051, 1052, 1053,
];

/// Whether a drive forms `tag` itself, so that the host must not pass it with command 07h. In FFD
/// 1.1 and 1.2 the drive would answer 0Bh (ФН protocol §2.2, §3.7).
///
/// For FFD 1.05 the protocol gives no list; ours has what the drive's part of real documents was
/// seen to hold, and what in reports of shifts and settlements the drive alone can know (INFERRED).
///
/// Tag 1108 is the drive's in registrations and the host's in receipts: see [`drive_tags`].
pub fn is_formed_by_drive(tag: Tag, ffd: FfdVersion) -> bool {
    let own = match ffd {
        FfdVersion::V1_05 => return V1_05.contains(&tag.0),
        FfdVersion::V1_1 => ONLY_1_1,
        FfdVersion::V1_2 => ONLY_1_2,
    };
    COMMON.binary_search(&tag.0).is_ok() || own.contains(&tag.0)
}

/// The tags that a drive itself may write into documents of `form`, before the host's, in the order
/// in which it writes them. Lists, such as counters, are named as a whole.
///
/// What is not here and belongs into the document, the host passes. Forms that come from elsewhere
/// or by other commands (7, 81…84) have none.
pub fn drive_tags(ffd: FfdVersion, form: Form) -> impl Iterator<Item = Tag> {
    let order = match ffd {
        FfdVersion::V1_05 => ORDER_1_05,
        FfdVersion::V1_1 | FfdVersion::V1_2 => ORDER,
    };
    let tags = order.iter().copied().map(Tag);
    tags.filter(move |tag| belongs(*tag, ffd, form) && is_own(*tag, ffd, form))
}

fn is_own(tag: Tag, ffd: FfdVersion, form: Form) -> bool {
    match form {
        Form::Registration | Form::RegistrationChange => {
            // The drive learns it from the command (ФН protocol §2.3).
            is_formed_by_drive(tag, ffd) || tag == Tag::INTERNET_ONLY
        }
        Form::OpenShift
        | Form::CurrentState
        | Form::Receipt
        | Form::StrictForm
        | Form::Correction
        | Form::StrictFormCorrection
        | Form::CloseShift
        | Form::CloseArchive => is_formed_by_drive(tag, ffd) && tag != Tag::INTERNET_ONLY,
        Form::OperatorConfirmation
        | Form::MarkingRequest
        | Form::MarkingNotification
        | Form::MarkingAnswer
        | Form::MarkingReceipt => false,
    }
}

fn belongs(tag: Tag, ffd: FfdVersion, form: Form) -> bool {
    tag.info()
        .and_then(|info| info.presence(ffd, form, None))
        .is_some_and(|presence| presence != Presence::Absent)
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

    #[test]
    fn each_tag_of_a_drive_has_its_place_in_the_document() {
        for ffd in FfdVersion::ALL.iter().copied() {
            for form in Form::ALL {
                let listed: Vec<Tag> = drive_tags(ffd, form).collect();
                for info in crate::all_tags() {
                    let own = belongs(info.tag, ffd, form) && is_own(info.tag, ffd, form);
                    assert_eq!(
                        listed.contains(&info.tag),
                        own,
                        "{ffd} {form}: {}",
                        info.tag
                    );
                }
                let mut sorted = listed.clone();
                sorted.sort();
                sorted.dedup();
                assert_eq!(sorted.len(), listed.len(), "{ffd} {form}");
            }
        }
    }

    #[test]
    fn the_order_is_that_of_real_documents() {
        let of = |ffd, form| drive_tags(ffd, form).map(|tag| tag.0).collect::<Vec<_>>();
        // ofd/02 and ofd/01, changes of a registration; the receipt of fn/document-receipt.
        assert_eq!(
            of(FfdVersion::V1_2, Form::RegistrationChange)[..16],
            [
                1209, 1190, 1041, 1037, 1018, 1040, 1012, 1077, 1017, 1062, 1056, 1002, 1001, 1290,
                1205, 1213
            ]
        );
        assert_eq!(
            of(FfdVersion::V1_05, Form::RegistrationChange),
            [
                1041, 1037, 1018, 1040, 1012, 1077, 1056, 1002, 1001, 1109, 1110, 1108, 1062, 1101
            ]
        );
        assert_eq!(
            of(FfdVersion::V1_05, Form::Receipt),
            [1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020]
        );
        assert!(of(FfdVersion::V1_2, Form::OperatorConfirmation).is_empty());
    }
}
