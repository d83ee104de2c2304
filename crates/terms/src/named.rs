//! Enums whose values have one name wherever they are written.

/// Declares an enum whose values have one name each: `ALL`, `name`, `Display` and `FromStr`, which
/// refuses any other word with a [`TermError`](crate::TermError) that lists the names.
#[macro_export]
macro_rules! named {
    (
        $(#[$doc:meta])* $name:ident($what:literal) {
            $($(#[$vdoc:meta])* $variant:ident = $text:literal,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name wherever it is written: configuration, journal, JSON, commands.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::TermError;

            fn from_str(text: &str) -> $crate::Result<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == text).ok_or_else(|| {
                    $crate::TermError::new($what, text, concat!("it is one of:" $(, " ", $text)*))
                })
            }
        }
    };
}
