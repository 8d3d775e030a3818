//! Templates in YAML. In: their text. Out: the JSON that they stand for, short intrinsics (`!Ref`, `!Sub`, …) written out.
//!
//! Source: CloudFormation User Guide, "CloudFormation template formats" and "Intrinsic function reference": YAML 1.1 less aliases;
//! each short form stands for its long one.

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use serde_json::{Map, Number, Value};

/// Deeper ones are refused: whoever walks over a template does so by recursion.
const DEPTH_MOST: usize = 100;

/// The JSON of a YAML template, or what is wrong with it, in CloudFormation's words.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
    };
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(Value::Null),
            event => return reader.value(event, span, 0),
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), String> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(format!(
                "Template format error: YAML not well-formed. (line {}, column {})",
                error.marker().line(),
                error.marker().col() + 1
            )),
            None => Err("Template format error: YAML not well-formed.".to_owned()),
        }
    }

    fn value(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Value, String> {
        if depth > DEPTH_MOST {
            return Err(format!(
                "Template format error: the template nests deeper than {DEPTH_MOST} levels"
            ));
        }
        let (value, tag) = match event {
            Event::Scalar(text, style, _, tag) => {
                let tagged = tag.is_some();
                (scalar(&text, style, tagged), tag)
            }
            Event::SequenceStart(_, tag) => {
                let mut entries = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, span) => entries.push(self.value(event, span, depth + 1)?),
                    }
                }
                (Value::Array(entries), tag)
            }
            Event::MappingStart(_, tag) => {
                let mut entries = Map::new();
                loop {
                    let (key, at) = match self.next()? {
                        (Event::MappingEnd, _) => break,
                        (Event::Scalar(text, ..), at) => (text.into_owned(), at),
                        (_, at) => return Err(malformed("a key is no text", at)),
                    };
                    let (event, span) = self.next()?;
                    let value = self.value(event, span, depth + 1)?;
                    if entries.insert(key.clone(), value).is_some() {
                        return Err(malformed(&format!("Duplicate key found: {key}"), at));
                    }
                }
                (Value::Object(entries), tag)
            }
            Event::Alias(_) => {
                return Err(
                    "Template error: YAML aliases are not allowed in CloudFormation templates"
                        .to_owned(),
                );
            }
            _ => return Err(malformed("something is missing", span)),
        };
        match tag.as_deref() {
            None => Ok(value),
            Some(tag) => intrinsic(tag, value, span),
        }
    }
}

fn malformed(what: &str, span: Span) -> String {
    format!(
        "Template format error: YAML not well-formed: {what}. (line {}, column {})",
        span.start.line(),
        span.start.col() + 1
    )
}

/// A plain scalar may be a number, a flag or nothing; what would not be written back the same way stays text.
fn scalar(text: &str, style: ScalarStyle, tagged: bool) -> Value {
    if style != ScalarStyle::Plain || tagged {
        return Value::String(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::String(text.to_owned()), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let number = match text.parse::<i64>() {
        Ok(number) => Number::from(number),
        Err(_) => Number::from_f64(text.parse().ok()?)?,
    };
    (number.to_string() == text).then_some(number)
}

/// `!Ref x` is `{"Ref": x}`, `!GetAtt a.b` is `{"Fn::GetAtt": ["a", "b"]}`, `!Condition c` is `{"Condition": c}`.
fn intrinsic(tag: &Tag, value: Value, span: Span) -> Result<Value, String> {
    if tag.is_yaml_core_schema() {
        return Ok(value);
    }
    let name = tag.suffix.as_str();
    let known = super::evaluate::FUNCTIONS
        .iter()
        .find(|function| function.trim_start_matches("Fn::") == name);
    let Some(function) = known.filter(|_| tag.handle == "!") else {
        return Err(malformed(
            &format!("unresolved tag {}{name}", tag.handle),
            span,
        ));
    };
    let value = match (*function, value) {
        ("Fn::GetAtt", Value::String(text)) => match text.split_once('.') {
            Some((resource, attribute)) => Value::from(vec![resource, attribute]),
            None => Value::String(text),
        },
        (_, value) => value,
    };
    let mut object = Map::new();
    object.insert((*function).to_owned(), value);
    Ok(Value::Object(object))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn short_intrinsics_are_written_out_and_numbers_keep_their_spelling() {
        let text = "A: !Sub '${B}-x'\nB: [!Ref C, !GetAtt D.E.F, !If [G, 1, !Ref 'AWS::NoValue']]\n\
                    C: {when: 2012-10-17, size: 1.10, on: true, port: 5432, text: '7', none: }\nD: !Condition G\nE: |\n  two\n  lines\n";
        assert_eq!(
            read(text).unwrap(),
            json!({
                "A": {"Fn::Sub": "${B}-x"},
                "B": [{"Ref": "C"}, {"Fn::GetAtt": ["D", "E.F"]}, {"Fn::If": ["G", 1, {"Ref": "AWS::NoValue"}]}],
                "C": {"when": "2012-10-17", "size": "1.10", "on": true, "port": 5432, "text": "7", "none": null},
                "D": {"Condition": "G"},
                "E": "two\nlines\n",
            })
        );
    }

    #[test]
    fn what_is_no_template_is_refused_with_its_place() {
        let deep = "[".repeat(200);
        let mut messages = Vec::new();
        for text in [
            "A: [1,",
            "A: 1\nA: 2",
            "A: &x 1\nB: *x",
            "A: !Frob 1",
            "? [a]\n: b",
            &deep,
        ] {
            messages.push(read(text).unwrap_err());
        }
        insta::assert_snapshot!(messages.join("\n"), @r#"
    Template format error: YAML not well-formed. (line 2, column 1)
    Template format error: YAML not well-formed: Duplicate key found: A. (line 2, column 1)
    Template error: YAML aliases are not allowed in CloudFormation templates
    Template format error: YAML not well-formed: unresolved tag !Frob. (line 1, column 4)
    Template format error: YAML not well-formed: a key is no text. (line 1, column 3)
    Template format error: the template nests deeper than 100 levels
    "#);
    }
}
