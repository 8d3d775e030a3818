//! Reads `catalogue.txt`. In: its lines. Out: for each line the parameter's definition in a family that the line covers.

use super::definition::{ApplyType, DataType, Definition, Source};

const TEXT: &str = include_str!("catalogue.txt");

/// The lines that hold a parameter.
pub(super) fn lines() -> impl Iterator<Item = &'static str> {
    TEXT.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What is known of a line's facts beyond the line itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Seen in a listing of family 14.
    InListing14,
    /// Documented for each family of the line.
    InEachFamily,
    /// Taken over from another family, or from PostgreSQL.
    Assumed,
}

/// One line: a parameter in a range of families.
#[derive(Debug)]
pub(super) struct Line {
    first_major: u32,
    last_major: u32,
    known: Known,
    definition: Definition,
}

impl Line {
    /// Reads one line; `None` if it does not follow the format at the head of the file.
    pub(super) fn read(line: &str) -> Option<Self> {
        let columns: Vec<&str> = line.split(" | ").collect();
        let [
            name,
            families,
            apply_type,
            data_type,
            allowed_values,
            default,
            source,
            in_force,
            modifiable,
            since,
            unit,
            known,
            description,
        ] = columns.try_into().ok()?;
        let (first_major, last_major) = majors(families)?;
        Some(Self {
            first_major,
            last_major,
            known: match known {
                "14" => Known::InListing14,
                "all" => Known::InEachFamily,
                "-" => Known::Assumed,
                _ => return None,
            },
            definition: Definition {
                name: name.to_owned(),
                apply_type: match apply_type {
                    "static" => ApplyType::Static,
                    "dynamic" => ApplyType::Dynamic,
                    _ => return None,
                },
                data_type: match data_type {
                    "string" => DataType::String,
                    "integer" => DataType::Integer,
                    "float" => DataType::Float,
                    "boolean" => DataType::Boolean,
                    "list" => DataType::List,
                    _ => return None,
                },
                allowed_values: given(allowed_values),
                default: given(default),
                source: match source {
                    "system" => Source::System,
                    "engine-default" => Source::EngineDefault,
                    _ => return None,
                },
                in_force_if_unset: given(in_force),
                modifiable: match modifiable {
                    "yes" => true,
                    "no" => false,
                    _ => return None,
                },
                description: description.to_owned(),
                minimum_engine_version: given(since),
                unit: given(unit),
                assumed: true,
            },
        })
    }

    /// The parameter as it is in the family of a major version; `None` if the line does not cover it.
    pub(super) fn definition(&self, major: u32) -> Option<Definition> {
        if !(self.first_major..=self.last_major).contains(&major) {
            return None;
        }
        let mut definition = self.definition.clone();
        definition.assumed = match self.known {
            Known::InListing14 => major != 14,
            Known::InEachFamily => false,
            Known::Assumed => true,
        };
        // "since 14.7" says nothing about the minor versions of 15.
        definition
            .minimum_engine_version
            .take_if(|version| version.split('.').next() != Some(major.to_string().as_str()));
        Some(definition)
    }
}

/// `14+`, `14-15` or `14`.
fn majors(families: &str) -> Option<(u32, u32)> {
    if let Some(first) = families.strip_suffix('+') {
        return Some((first.parse().ok()?, u32::MAX));
    }
    let (first, last) = families.split_once('-').unwrap_or((families, families));
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// `-` is nothing, `''` the empty text.
fn given(column: &str) -> Option<String> {
    match column {
        "-" => None,
        "''" => Some(String::new()),
        _ => Some(column.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_line_of_the_catalogue_follows_the_format() {
        let broken: Vec<&str> = lines().filter(|line| Line::read(line).is_none()).collect();
        assert_eq!(broken, Vec::<&str>::new());
    }

    #[test]
    fn a_line_with_a_column_too_few_is_not_read() {
        assert!(
            Line::read("work_mem | 14+ | dynamic | integer | 64-2147483647 | - | engine-default")
                .is_none()
        );
    }

    #[test]
    fn a_line_holds_for_its_families_only() {
        let line = "x | 14-15 | static | float | 0-1 | - | system | '' | no | 14.7 | - | 14 | Text";
        let line = Line::read(line).unwrap();
        let fourteen = line.definition(14).unwrap();
        assert_eq!(
            (fourteen.assumed, fourteen.minimum_engine_version.as_deref()),
            (false, Some("14.7"))
        );
        assert_eq!(
            (fourteen.in_force_if_unset.as_deref(), fourteen.default),
            (Some(""), None)
        );
        let fifteen = line.definition(15).unwrap();
        assert_eq!(
            (fifteen.assumed, fifteen.minimum_engine_version),
            (true, None)
        );
        assert_eq!(line.definition(16), None);
    }
}
