//! Filters and pages. In: candidates in the order of their keys, MaxRecords, Marker. Out: one page and the next marker.
//!
//! A marker names the key after which the next page begins, written in hexadecimal so that nobody is tempted to read it.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::error::Error;
use super::query::Parameters;
use super::xml::{Element, optional};

/// Which page is asked for.
#[derive(Debug)]
pub(crate) struct Page {
    size: usize,
    after: Option<String>,
}

impl Page {
    /// MaxRecords (20 to 100, 100 by default) and Marker of a request.
    pub(crate) fn of(parameters: &Parameters) -> Result<Self, Error> {
        Self::up_to(parameters, 100)
    }

    /// The same with another upper bound (DescribeOrderableDBInstanceOptions names 1000).
    pub(crate) fn up_to(parameters: &Parameters, most: i64) -> Result<Self, Error> {
        let size = match parameters.integer("MaxRecords")? {
            None => 100,
            Some(size) if (20..=most).contains(&size) => size as usize,
            Some(size) => {
                return Err(Error::invalid_value(format!(
                    "Invalid value {size} for MaxRecords. Must be between 20 and {most}"
                )));
            }
        };
        let after = match parameters.text("Marker") {
            None | Some("") => None,
            Some(marker) => Some(
                decode(marker)
                    .ok_or_else(|| Error::invalid_value(format!("Invalid marker: {marker}")))?,
            ),
        };
        Ok(Self { size, after })
    }

    /// How many fit on it.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The key after which the page begins, as the previous page told it.
    pub(crate) fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Where in an ordered map the page begins.
    pub(crate) fn start(&self) -> (Bound<String>, Bound<String>) {
        let start = self.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        (start, Bound::Unbounded)
    }

    /// Cuts the page out of candidates that come in the order of their keys, and adds list and marker to the answer.
    pub(crate) fn cut<'a, T: 'a>(
        &self,
        list: impl Into<std::borrow::Cow<'static, str>>,
        candidates: impl Iterator<Item = (String, T)>,
        element: impl Fn(T) -> Element,
    ) -> Vec<Element> {
        let mut last = None;
        let mut marker = None;
        let mut entries = Vec::new();
        for (key, value) in
            candidates.skip_while(|(key, _)| self.after.as_ref().is_some_and(|after| key <= after))
        {
            if entries.len() == self.size {
                marker = last.take();
                break;
            }
            entries.push(element(value));
            last = Some(key);
        }
        let mut answer = vec![Element::node(list, entries)];
        optional(
            &mut answer,
            "Marker",
            marker.map(|key: String| encode(&key)),
        );
        answer
    }
}

/// The filters of a request: name to values. A name outside `known` is refused.
pub(crate) fn filters(
    parameters: &Parameters,
    known: &[&str],
) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut filters = BTreeMap::new();
    for filter in parameters.entries("Filters") {
        let name = filter.required("Name")?;
        if !known.contains(&name) {
            return Err(Error::invalid_value(format!(
                "Unrecognized filter name: {name}"
            )));
        }
        let values = filter
            .list("Values")
            .ok_or_else(|| Error::missing("Values"))?;
        filters.insert(name.to_owned(), values);
    }
    Ok(filters)
}

fn encode(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn decode(marker: &str) -> Option<String> {
    let digits: Option<Vec<u8>> = marker
        .chars()
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let bytes = digits
        .chunks(2)
        .filter_map(|pair| Some(pair.first()? * 16 + pair.get(1)?))
        .collect();
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn page(query: &str) -> String {
        let page = Page::of(&Parameters::parse(query)).unwrap();
        let keys = (1..=45).map(|number| (format!("k{number:02}"), number));
        let answer = page.cut("Names", keys, |number| Element::text("Name", number));
        super::super::xml::document(&Element::node("R", answer), "n")
    }

    #[test]
    fn pages_follow_each_other_until_all_is_read() {
        let first = page("MaxRecords=20");
        assert!(
            first.contains("<Name>20</Name></Names><Marker>6b3230</Marker>"),
            "{first}"
        );
        let second = page("MaxRecords=20&Marker=6b3230");
        assert!(
            second.contains("<Names><Name>21</Name>") && second.contains("<Marker>6b3430</Marker>"),
            "{second}"
        );
        let third = page("MaxRecords=20&Marker=6b3430");
        assert!(
            third.contains("<Names><Name>41</Name>") && !third.contains("Marker"),
            "{third}"
        );
    }

    #[test]
    fn a_page_size_out_of_range_and_a_damaged_marker_are_refused() {
        for query in ["MaxRecords=19", "MaxRecords=101", "Marker=zz", "Marker=abc"] {
            assert_eq!(
                Page::of(&Parameters::parse(query)).unwrap_err().code,
                "InvalidParameterValue",
                "{query}"
            );
        }
    }
}
