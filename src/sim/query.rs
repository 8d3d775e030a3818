//! The AWS Query protocol, decoding side. In: a form. Out: named values, lists and structures.
//!
//! Lists are `Name.ELEMENT.N` (`Parameters.Parameter.1.ParameterName`, `TagKeys.member.1`); which element name the client
//! writes is not checked, since SDKs differ. Source: RDS service model 2014-10-31, protocol `query`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::error::Error;

/// The parameters of one request, or of one structure inside it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Parameters {
    values: BTreeMap<String, String>,
}

impl Parameters {
    /// Decodes a form; a name given twice keeps its last value.
    pub(crate) fn parse(form: &str) -> Self {
        let values = form_urlencoded::parse(form.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()));
        Self {
            values: values.collect(),
        }
    }

    /// Names and values as they are.
    pub(crate) fn of(values: BTreeMap<String, String>) -> Self {
        Self { values }
    }

    /// Adds what is in `other`.
    pub(crate) fn extend(&mut self, other: Parameters) {
        self.values.extend(other.values);
    }

    /// The value of a parameter that was given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The value of a parameter that must be given and not be blank.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Error> {
        self.text(name)
            .filter(|value| !value.trim().is_empty())
            .ok_or_else(|| Error::missing(name))
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Error> {
        match self.text(name) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(text) => Err(Error::new(
                "MalformedInput",
                400,
                format!("{text} is not a valid boolean for {name}"),
            )),
        }
    }

    /// A whole number.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, Error> {
        self.number(name)
    }

    /// A number.
    pub(crate) fn float(&self, name: &str) -> Result<Option<f64>, Error> {
        Ok(self.number(name)?.filter(|value: &f64| value.is_finite()))
    }

    /// A point in time; without an offset it is UTC.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, Error> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let with_zone = text.parse().or_else(|_| format!("{text}Z").parse());
        with_zone
            .map(Some)
            .map_err(|_| Error::invalid_value(format!("Invalid time for {name}: {text}")))
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Error> {
        self.text(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    Error::new(
                        "MalformedInput",
                        400,
                        format!("{text} is not a valid number for {name}"),
                    )
                })
            })
            .transpose()
    }

    /// The entries of a list of texts, in their order; none when the list was not given.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let entries: Vec<String> = self
            .entries(name)
            .into_iter()
            .filter_map(|entry| entry.values.into_values().next())
            .collect();
        (!entries.is_empty()).then_some(entries)
    }

    /// The entries of a list of structures, in their order.
    pub(crate) fn entries(&self, name: &str) -> Vec<Parameters> {
        let mut entries: BTreeMap<u64, Parameters> = BTreeMap::new();
        for (key, value) in &self.values {
            let Some(rest) = key
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('.'))
            else {
                continue;
            };
            let mut parts = rest.splitn(3, '.');
            let (Some(_element), Some(index)) = (parts.next(), parts.next()) else {
                continue;
            };
            let Ok(index) = index.parse() else { continue };
            let inner = parts.next().unwrap_or_default().to_owned();
            entries
                .entry(index)
                .or_default()
                .values
                .insert(inner, value.clone());
        }
        entries.into_values().collect()
    }

    /// The members of a structure; none when it was not given.
    pub(crate) fn structure(&self, name: &str) -> Option<Parameters> {
        let values: BTreeMap<String, String> = self
            .values
            .iter()
            .filter_map(|(key, value)| {
                let rest = key.strip_prefix(name)?.strip_prefix('.')?;
                Some((rest.to_owned(), value.clone()))
            })
            .collect();
        (!values.is_empty()).then_some(Self { values })
    }

    /// What was given, by the first part of each name.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.values
            .keys()
            .map(|key| key.split('.').next().unwrap_or(key))
            .collect()
    }

    /// Everything that was given, with secrets masked, for the log.
    pub(crate) fn masked(&self) -> BTreeMap<String, String> {
        let password = |name: &str| {
            name.contains("Password") && !name.starts_with("Manage") && !name.starts_with("Rotate")
        };
        // Which parameters of a stack are secrets only its template knows.
        let of_a_stack = |name: &str| {
            name.strip_suffix("ParameterValue")
                .is_some_and(|entry| self.values.contains_key(&format!("{entry}ParameterKey")))
        };
        let mask = |name: &str| password(name) || of_a_stack(name);
        self.values
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "Action" | "Version"))
            .map(|(name, value)| {
                (
                    name.clone(),
                    if mask(name) {
                        "****".to_owned()
                    } else if name == "TemplateBody" {
                        // Long, and of no use to whoever judges by the log.
                        format!("({} characters)", value.chars().count())
                    } else {
                        value.clone()
                    },
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lists_keep_the_order_of_their_numbers_and_any_element_name() {
        let parameters = Parameters::parse(
            "TagKeys.member.10=j&TagKeys.member.2=b&Filters.Filter.1.Name=x&Filters.Filter.1.Values.Value.1=v+w",
        );
        assert_eq!(parameters.list("TagKeys").unwrap(), ["b", "j"]);
        let filters = parameters.entries("Filters");
        assert_eq!(filters.len(), 1);
        assert_eq!(filters.first().unwrap().text("Name"), Some("x"));
        assert_eq!(filters.first().unwrap().list("Values").unwrap(), ["v w"]);
        assert_eq!(parameters.list("Absent"), None);
    }

    #[test]
    fn a_blank_required_parameter_is_missing() {
        let error = Parameters::parse("Name=+").required("Name").unwrap_err();
        assert_eq!(
            (error.code.as_str(), error.status),
            ("MissingParameter", 400)
        );
        assert_eq!(
            error.message,
            "The parameter Name must be provided and must not be blank."
        );
    }

    #[test]
    fn passwords_are_masked_in_the_log() {
        let parameters = Parameters::parse(
            "Action=CreateDBCluster&MasterUserPassword=secret&ManageMasterUserPassword=false&Port=5432",
        );
        let masked: Vec<(String, String)> = parameters.masked().into_iter().collect();
        let expected = [
            ("ManageMasterUserPassword", "false"),
            ("MasterUserPassword", "****"),
            ("Port", "5432"),
        ];
        assert_eq!(
            masked,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
