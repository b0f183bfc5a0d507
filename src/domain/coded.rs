//! Enums whose values are written as one word each: in tables, entries and answers alike.

/// A value with a code.
pub trait Coded: Copy + 'static {
    fn code(self) -> &'static str;
    fn of_code(code: &str) -> Option<Self>;
}

/// Defines an enum by the codes of its values: `coded! { pub enum State { Open = "OPEN", } }`.
macro_rules! coded {
    ($(#[$about:meta])* $seen:vis enum $name:ident { $($(#[$value_about:meta])* $value:ident = $code:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $seen enum $name { $($(#[$value_about])* $value),+ }

        impl $name {
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$value),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $code),+ }
            }

            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$value),)+ _ => None }
            }
        }

        $crate::coded::coded!(@traits $name);
    };
    // For an enum that says its codes itself, by `as_str` and `parse`.
    (@traits $name:ty) => {
        impl $crate::coded::Coded for $name {
            fn code(self) -> &'static str {
                self.as_str()
            }

            fn of_code(code: &str) -> Option<Self> {
                Self::parse(code)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&code)
                    .ok_or_else(|| serde::de::Error::custom(format_args!("unknown {}: {code}", stringify!($name))))
            }
        }
    };
}
pub(crate) use coded;
