//! The declaration of sections.

/// Declares a section: a struct whose fields are the keys of a YAML map.
///
/// ```text
/// section! {
///     /// `webhook_configs`
///     struct Webhook("webhook.plain", null: "missing webhook config") {
///         always   send_resolved: bool = true,     written back always
///         nonempty url: SecretUrl,                 written back unless empty
///         nonempty kind("type"): String,           with a key that is not the field's name
///     }
/// }
/// ```
///
/// The struct also has `at`, where the section begins, and `whole`: nothing in it was unreadable,
/// so that checks of what is missing make sense. The literal is the type's name in errors; with
/// `null`, a null element of a list is that error, else it is an empty section.
macro_rules! section {
    ($(#[$meta:meta])* struct $name:ident($type_name:literal $(, null: $null:literal)?) {
        $($emit:ident $field:ident $(($key:literal))? : $type:ty $(= $default:expr)?),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        #[allow(dead_code, reason = "not every section has checks of its own")]
        pub(in crate::config) struct $name {
            pub(in crate::config) at: $crate::config::yaml::Position,
            pub(in crate::config) whole: bool,
            $(pub(in crate::config) $field: $type,)*
        }

        impl $name {
            /// The section without any entry.
            pub(in crate::config) fn empty(at: $crate::config::yaml::Position) -> $name {
                $name {
                    at,
                    whole: true,
                    $($field: $crate::config::read::section!(@default $($default)?),)*
                }
            }
        }

        impl $crate::config::read::Field for $name {
            fn read(
                node: &$crate::config::yaml::Node,
                reader: &mut $crate::config::read::Reader,
            ) -> Option<$name> {
                const KNOWN: &[&str] = &[$($crate::config::read::section!(@key $field $($key)?)),*];
                let mut section = $name::empty(node.at());
                let before = reader.problems.len();
                reader.fields(node, $type_name, KNOWN, |key, value, reader| {
                    match key {
                        $($crate::config::read::section!(@key $field $($key)?) => {
                            reader.field(value, &mut section.$field);
                        })*
                        _ => return false,
                    }
                    true
                });
                section.whole = reader.problems.len() == before;
                Some(section)
            }

            fn null(
                at: $crate::config::yaml::Position,
                reader: &mut $crate::config::read::Reader,
            ) -> Option<$name> {
                let _ = &reader;
                $(
                    reader.problem(at, $null);
                    return None;
                )?
                #[allow(unreachable_code)]
                Some($name::empty(at))
            }

            fn write(&self) -> $crate::config::read::Yaml {
                let mut map = serde_yaml::Mapping::new();
                $($crate::config::read::section!(@emit $emit, map, self.$field,
                    $crate::config::read::section!(@key $field $($key)?));)*
                map.into()
            }
        }
    };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    (@emit always, $map:ident, $value:expr, $key:expr) => {
        $map.insert($key.into(), $crate::config::read::Field::write(&$value));
    };
    (@emit nonempty, $map:ident, $value:expr, $key:expr) => {
        if !$crate::config::read::Field::is_empty(&$value) {
            $map.insert($key.into(), $crate::config::read::Field::write(&$value));
        }
    };
}

pub(in crate::config) use section;
