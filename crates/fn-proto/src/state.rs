//! Where a drive is in its life, what it is doing and what it warns about (ФН protocol §4).

use std::fmt;

macro_rules! coded {
    (
        $(#[$doc:meta])* $name:ident {
            $($(#[$vdoc:meta])* $variant:ident = $code:literal, $title:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A value that the specification does not name, as received.
            Unknown(u8),
        }

        impl $name {
            /// Every value that the specification names.
            pub const NAMED: &[Self] = &[$(Self::$variant),*];

            /// The value on the wire.
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown(code) => code,
                }
            }

            /// Reads the value on the wire; every byte has a meaning, if only «unknown».
            pub const fn from_code(code: u8) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    other => Self::Unknown(other),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant => f.write_str($title),)*
                    Self::Unknown(code) => write!(f, "unknown ({code:02X}h)"),
                }
            }
        }
    };
}

pub(crate) use coded;

coded! {
    /// The phase of a drive's life (ФН protocol §4.2): bits that are set one after another and
    /// never cleared.
    Phase {
        /// In the factory (FN-1 only).
        Factory = 0, "factory set-up";
        /// Phase 1: waits for registration.
        Ready = 1, "ready for registration";
        /// Phase 2: forms documents.
        Fiscal = 3, "fiscal mode";
        /// Phase 3: the archive is closed, the last messages go to the ОФД.
        PostFiscal = 7, "closed, sending to the ОФД";
        /// Phase 4: nothing but reading, for five years.
        ArchiveOnly = 15, "archive reading only";
    }
}

coded! {
    /// The begun document of a drive (ФН protocol §4.3). Its codes are not those of
    /// [`DocumentKind`].
    CurrentDocument {
        /// No document is begun.
        None = 0x00, "none";
        /// Registration report.
        Registration = 0x01, "registration";
        /// Shift opening report.
        ShiftOpening = 0x02, "shift opening";
        /// Receipt.
        Receipt = 0x04, "receipt";
        /// Shift closing report.
        ShiftClosing = 0x08, "shift closing";
        /// Closing of the archive.
        ArchiveClosing = 0x10, "archive closing";
        /// БСО.
        StrictForm = 0x11, "БСО";
        /// Re-registration because the drive was changed.
        DriveChange = 0x12, "re-registration with a new drive";
        /// Re-registration for another reason.
        Reregistration = 0x13, "re-registration";
        /// Correction receipt.
        Correction = 0x14, "correction receipt";
        /// Correction БСО.
        StrictFormCorrection = 0x15, "correction БСО";
        /// Report on settlements.
        Settlements = 0x17, "report on settlements";
    }
}

coded! {
    /// The kind of an archived document: the code of its form (ФН protocol §2.7). One emulator has
    /// other codes; real archives have these (ФН protocol §9 Q18).
    DocumentKind {
        /// Registration report.
        Registration = 0x01, "registration";
        /// Shift opening report.
        ShiftOpening = 0x02, "shift opening";
        /// Receipt.
        Receipt = 0x03, "receipt";
        /// БСО.
        StrictForm = 0x04, "БСО";
        /// Shift closing report.
        ShiftClosing = 0x05, "shift closing";
        /// Closing of the archive.
        ArchiveClosing = 0x06, "archive closing";
        /// Registration change report.
        Reregistration = 0x0B, "registration change";
        /// Report on settlements.
        Settlements = 0x15, "report on settlements";
        /// Correction receipt.
        Correction = 0x1F, "correction receipt";
        /// Correction БСО.
        StrictFormCorrection = 0x29, "correction БСО";
    }
}

/// The warnings of a drive (ФН protocol §4.4). While any is set, every answer carries the warning
/// bit.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct WarningFlags(pub u8);

impl WarningFlags {
    /// Nothing to warn about.
    pub const NONE: Self = Self(0);

    /// Bit 0.
    pub const REPLACE_NOW: Self = Self(0x01);
    /// Bit 1.
    pub const RESOURCE_ENDS: Self = Self(0x02);
    /// Bit 2.
    pub const ARCHIVE_FULL: Self = Self(0x04);
    /// Bit 3.
    pub const OFD_SILENT: Self = Self(0x08);
    /// Bit 4.
    pub const FORMAT_REFUSED: Self = Self(0x10);
    /// Bit 5.
    pub const SETUP_NEEDED: Self = Self(0x20);
    /// Bit 6.
    pub const OFD_CANCELLED: Self = Self(0x40);
    /// Bit 7.
    pub const FAILURE: Self = Self(0x80);

    /// Whether nothing is set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every flag of `other` is set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags and those of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The drive must be replaced: at most 3 days are left.
    pub const fn replace_now(self) -> bool {
        self.contains(Self::REPLACE_NOW)
    }

    /// At most 30 days of the drive's life are left.
    pub const fn resource_ends(self) -> bool {
        self.contains(Self::RESOURCE_ENDS)
    }

    /// The archive is 99 % full, or 90 % by the documents of FN-1 and one place of the others (ФН
    /// protocol §9 Q5): documents may still fit, 3Dh says how many.
    pub const fn archive_full(self) -> bool {
        self.contains(Self::ARCHIVE_FULL)
    }

    /// The ОФД has not answered for too long: 30 days by the specification, but a real drive warned
    /// after 21 (ФН protocol §9 Q22), so no number of days is concluded from it.
    pub const fn ofd_silent(self) -> bool {
        self.contains(Self::OFD_SILENT)
    }

    /// A ticket said that a document failed format-logical control.
    pub const fn format_refused(self) -> bool {
        self.contains(Self::FORMAT_REFUSED)
    }

    /// A ticket said that the ККТ must be set up.
    pub const fn setup_needed(self) -> bool {
        self.contains(Self::SETUP_NEEDED)
    }

    /// A ticket said that the ОФД was cancelled.
    pub const fn ofd_cancelled(self) -> bool {
        self.contains(Self::OFD_CANCELLED)
    }

    /// Critical failure; FN-1 only, unused in FN-1.2 (ФН protocol §9 Q6).
    pub const fn failure(self) -> bool {
        self.contains(Self::FAILURE)
    }
}

impl fmt::Display for WarningFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TITLES: [&str; 8] = [
            "replace the drive: 3 days left",
            "the drive's life ends within 30 days",
            "archive full",
            "the ОФД is silent too long",
            "a document was refused by format control",
            "the register must be set up",
            "the ОФД was cancelled",
            "critical failure of the drive",
        ];
        let mut first = true;
        for (bit, title) in TITLES.iter().enumerate() {
            if self.0 & (1 << bit) != 0 {
                let comma = if first { "" } else { ", " };
                write!(f, "{comma}{title}")?;
                first = false;
            }
        }
        if first { f.write_str("none") } else { Ok(()) }
    }
}
