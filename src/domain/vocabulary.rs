//! The two macros that make the domain's words: closed lists of codes and typed identifiers.
//!
//! A code is spelled the same in the database, in JSON and in the source (`UPPER_SNAKE_CASE`); an
//! identifier of one noun cannot be passed where another is wanted. SQL forms are added in `store`.

/// A code that is not in its closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is not a known {list}")]
pub struct UnknownCode {
    /// Name of the closed list.
    pub list: &'static str,
    /// What was given.
    pub value: String,
}

/// Declares a closed list of codes with `ALL`, `as_str`, `FromStr`, `Display` and serde.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every value of the list, in its documented order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// Every code of the list, in the same order.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The code as stored and as sent.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::vocabulary::UnknownCode;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($code => Ok($name::$variant),)+
                    other => Err($crate::domain::vocabulary::UnknownCode {
                        list: stringify!($name),
                        value: other.chars().take(64).collect(),
                    }),
                }
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
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(|_| serde::de::Error::unknown_variant(&text, Self::CODES))
            }
        }
    };
}
pub(crate) use text_enum;

/// Declares the identifier of one noun: a UUID, version 7 when the service makes it.
macro_rules! typed_id {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new identifier, ordered by the time of its making.
            pub fn generate() -> Self { Self(uuid::Uuid::now_v7()) }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self { Self(id) }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { uuid::Uuid::parse_str(text).map(Self) }
        }
    )+};
}
pub(crate) use typed_id;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::domain::caller::Role;
    use crate::domain::ids::CampaignId;

    #[test]
    fn a_code_is_spelled_the_same_everywhere() {
        for (role, code) in Role::ALL.iter().zip(Role::CODES) {
            assert_eq!((role.as_str(), role.to_string().as_str()), (*code, *code));
            assert_eq!(code.parse::<Role>().as_ref(), Ok(role));
            let json = serde_json::to_string(role).unwrap();
            assert_eq!(json, format!("{code:?}"));
            assert_eq!(serde_json::from_str::<Role>(&json).unwrap(), *role);
        }
        let fault = "director".parse::<Role>().unwrap_err();
        assert_eq!((fault.list, fault.value.as_str()), ("Role", "director"));
        assert!(serde_json::from_str::<Role>("\"director\"").is_err());
        assert_eq!("x".repeat(65).parse::<Role>().unwrap_err().value.len(), 64);
    }

    #[test]
    fn an_identifier_is_its_uuid() {
        let id = Uuid::from_u128(7);
        let campaign = CampaignId::from(id);
        assert_eq!(campaign.to_string(), id.to_string());
        assert_eq!(id.to_string().parse::<CampaignId>(), Ok(campaign));
        assert_eq!(serde_json::to_string(&campaign).unwrap(), format!("\"{id}\""));
        assert_eq!(CampaignId::generate().0.get_version_num(), 7);
    }
}
