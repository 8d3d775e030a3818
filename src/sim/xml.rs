//! AWS's XML bodies. In: a tree of elements. Out: text, escaped by quick-xml.

use std::borrow::Cow;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An element: its name, and its text or its children.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Element {
    name: Cow<'static, str>,
    content: Content,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Text(String),
    Children(Vec<Element>),
}

impl Element {
    /// An element that holds text.
    pub(crate) fn text(name: impl Into<Cow<'static, str>>, text: impl ToString) -> Self {
        Self {
            name: name.into(),
            content: Content::Text(text.to_string()),
        }
    }

    /// An element that holds others; empty ones are written too, since clients read them as empty lists.
    pub(crate) fn node(name: impl Into<Cow<'static, str>>, children: Vec<Element>) -> Self {
        Self {
            name: name.into(),
            content: Content::Children(children),
        }
    }

    /// A list whose entries hold text, all under the same name.
    pub(crate) fn texts<T: ToString>(
        name: &'static str,
        entry: &'static str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        Self::node(
            name,
            values
                .into_iter()
                .map(|value| Self::text(entry, value))
                .collect(),
        )
    }
}

/// Adds an element only when there is a value: RDS omits absent scalars.
pub(crate) fn optional<T: ToString>(
    children: &mut Vec<Element>,
    name: &'static str,
    value: Option<T>,
) {
    children.extend(value.map(|value| Element::text(name, value)));
}

/// The whole body with its declaration and the root's namespace.
pub(crate) fn document(root: &Element, namespace: &str) -> String {
    let mut writer = Writer::new(Vec::new());
    // Writing into memory cannot fail; should it ever, an incomplete body is what the client sees.
    let _ = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let _ = write(&mut writer, root, Some(namespace));
    String::from_utf8(writer.into_inner()).unwrap_or_default()
}

fn write(
    writer: &mut Writer<Vec<u8>>,
    element: &Element,
    namespace: Option<&str>,
) -> std::io::Result<()> {
    let mut start = BytesStart::new(&*element.name);
    if let Some(namespace) = namespace {
        start.push_attribute(("xmlns", namespace));
    }
    match &element.content {
        Content::Children(children) if children.is_empty() => {
            writer.write_event(Event::Empty(start))
        }
        Content::Children(children) => {
            writer.write_event(Event::Start(start))?;
            for child in children {
                write(writer, child, None)?;
            }
            writer.write_event(Event::End(BytesEnd::new(&*element.name)))
        }
        Content::Text(text) => {
            writer.write_event(Event::Start(start))?;
            writer.write_event(Event::Text(BytesText::new(&printable(text))))?;
            writer.write_event(Event::End(BytesEnd::new(&*element.name)))
        }
    }
}

/// XML 1.0 has no place for most control characters, nor for the two last code points of the first plane, not even escaped.
fn printable(text: &str) -> Cow<'_, str> {
    let prints = |c: char| {
        (!c.is_control() || matches!(c, '\n' | '\t')) && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.chars().all(prints) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| prints(*c)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_empty_lists_are_written() {
        let root = Element::node(
            "Result",
            vec![
                Element::text("Value", "a<b>&\"c\"\u{1}\u{fffe}\u{ffff}"),
                Element::texts("Names", "Name", [1, 2]),
                Element::node("Empty", vec![]),
            ],
        );
        assert_eq!(
            document(&root, "http://example.com/"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Result xmlns=\"http://example.com/\">\
             <Value>a&lt;b&gt;&amp;&quot;c&quot;</Value><Names><Name>1</Name><Name>2</Name></Names><Empty/></Result>"
        );
    }
}
