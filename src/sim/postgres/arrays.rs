//! Arrays of texts, in PostgreSQL's text and binary forms.

/// `{a,"b c",NULL}`.
pub(super) fn array_text(texts: &[Option<String>]) -> String {
    let element = |text: &Option<String>| match text {
        None => "NULL".to_owned(),
        Some(text) => {
            let plain = !text.is_empty()
                && !text.eq_ignore_ascii_case("null")
                && !text.contains([',', '{', '}', '"', '\\', ' ', '\t', '\n', '\r']);
            if plain {
                text.clone()
            } else {
                format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
            }
        }
    };
    let elements: Vec<String> = texts.iter().map(element).collect();
    format!("{{{}}}", elements.join(","))
}

pub(super) fn array_of_text(text: &str) -> Option<Vec<Option<String>>> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inside.trim().is_empty() {
        return Some(Vec::new());
    }
    let mut elements = Vec::new();
    let mut characters = inside.chars().peekable();
    loop {
        let mut element = String::new();
        let mut quoted = false;
        loop {
            match characters.peek().copied() {
                None | Some(',') => break,
                Some('"') => {
                    quoted = true;
                    characters.next();
                    loop {
                        match characters.next()? {
                            '"' => break,
                            '\\' => element.push(characters.next()?),
                            other => element.push(other),
                        }
                    }
                }
                Some('{' | '}') => return None,
                Some('\\') => {
                    characters.next();
                    element.push(characters.next()?);
                }
                Some(other) => {
                    characters.next();
                    element.push(other);
                }
            }
        }
        let bare = element.trim();
        elements.push(match (quoted, bare) {
            (true, _) => Some(element),
            (false, "") => return None,
            (false, word) if word.eq_ignore_ascii_case("null") => None,
            (false, word) => Some(word.to_owned()),
        });
        if characters.next().is_none() {
            return Some(elements);
        }
    }
}

pub(super) fn array_binary(texts: &[Option<String>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut number = |number: i32| bytes.extend(number.to_be_bytes());
    number(i32::from(!texts.is_empty()));
    number(i32::from(texts.iter().any(Option::is_none)));
    number(25);
    if !texts.is_empty() {
        number(texts.len() as i32);
        number(1);
    }
    for text in texts {
        match text {
            None => bytes.extend((-1_i32).to_be_bytes()),
            Some(text) => {
                bytes.extend((text.len() as i32).to_be_bytes());
                bytes.extend(text.as_bytes());
            }
        }
    }
    bytes
}

/// An array of texts in one dimension; none when it is anything else.
pub(super) fn array_of_binary(bytes: &[u8]) -> Option<Vec<Option<String>>> {
    let mut rest = bytes;
    let mut number = || -> Option<i32> {
        let (head, tail) = rest.split_at_checked(4)?;
        rest = tail;
        Some(i32::from_be_bytes(head.try_into().ok()?))
    };
    let dimensions = number()?;
    let _has_null = number()?;
    let _element = number()?;
    if dimensions == 0 {
        return Some(Vec::new());
    }
    if dimensions != 1 {
        return None;
    }
    let count = number()?;
    let _lower_bound = number()?;
    let mut texts = Vec::new();
    for _ in 0..count {
        let (head, tail) = rest.split_at_checked(4)?;
        rest = tail;
        let length = i32::from_be_bytes(head.try_into().ok()?);
        let Ok(length) = usize::try_from(length) else {
            texts.push(None);
            continue;
        };
        let (text, tail) = rest.split_at_checked(length)?;
        rest = tail;
        texts.push(Some(String::from_utf8(text.to_vec()).ok()?));
    }
    rest.is_empty().then_some(texts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn texts(texts: &[Option<&str>]) -> Vec<Option<String>> {
        texts.iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn arrays_survive_both_forms() {
        let all = texts(&[
            Some("plain"),
            Some("b c"),
            Some("q\"\\"),
            Some(""),
            Some("null"),
            None,
        ]);
        let text = array_text(&all);
        assert_eq!(text, r#"{plain,"b c","q\"\\","","null",NULL}"#);
        assert_eq!(array_of_text(&text).unwrap(), all);
        assert_eq!(array_of_binary(&array_binary(&all)).unwrap(), all);
        assert_eq!(array_of_binary(&array_binary(&[])).unwrap(), texts(&[]));
        for broken in ["a", "{a", "{a,}", "{{a}}", "{\"a}"] {
            assert_eq!(array_of_text(broken), None, "{broken}");
        }
        assert_eq!(array_of_binary(&[0, 0, 0, 1]), None);
    }
}
