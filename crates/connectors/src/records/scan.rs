//! The usual record read by hand: an object of the four known parts, whose values are texts without escapes, short
//! whole numbers, booleans and null. Anything else, right or wrong, gives `None`, and [`parse`](super::parse) decides.

use std::borrow::Cow;

use trueup_engine::snapshot::{Draft, Layout, RowDraft, Scalar};

use super::parse::{Head, is_no_parent};

/// Reads one record from the whole of `text`. `last_parent` is the text of the parent of the record before, which is
/// usually this one's too.
pub(super) fn scan<'l>(text: &'l str, last_parent: &str, draft: &mut Draft<'l>) -> Option<Head<'l>> {
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0 };
    let (mut kind, mut parent, mut identifiers, mut attributes) = (None, None, false, false);
    if !has_plain_texts(scan.bytes) {
        return None;
    }
    scan.expect(b'{')?;
    loop {
        let part = scan.string()?;
        scan.expect(b':')?;
        match part {
            "kind" if kind.is_none() => kind = Some(scan.string()?),
            "parent" if parent.is_none() => parent = Some(scan.parent(last_parent)?),
            "identifiers" if !identifiers => {
                scan.fields(|name, value| draft.identifier(name, |encoder| value.write(encoder)))?;
                identifiers = true;
            }
            "attributes" if !attributes => {
                scan.fields(|name, value| draft.attribute(name, |encoder| value.write(encoder)))?;
                attributes = true;
            }
            _ => return None,
        }
        match scan.token()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    scan.skip_space();
    let whole = scan.at == scan.bytes.len() && identifiers;
    let parent = parent.filter(|text| !is_no_parent(text)).unwrap_or("");
    whole.then_some(Head { kind: Cow::Borrowed(kind?), parent })
}

/// A kind whose records are written without white space, their parts and fields always in the same order: the texts
/// that stand around the values.
pub(super) struct Pattern {
    /// Up to the parent: `{"kind":"site","parent":`.
    head: String,
    identifiers: Vec<String>,
    attributes: Vec<String>,
}

impl Pattern {
    pub(super) fn new(kind: &str, layout: &Layout) -> Self {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let fields = |names: &[String]| -> Vec<String> {
            let part = |(index, name): (usize, &String)| {
                let comma = if index == 0 { "" } else { "," };
                format!("{comma}{}:", quoted(name))
            };
            names.iter().enumerate().map(part).collect()
        };
        Self {
            head: format!("{{\"kind\":{},\"parent\":", quoted(kind)),
            identifiers: fields(&layout.identifiers),
            attributes: fields(&layout.attributes),
        }
    }

    /// Reads a record of this kind, whose parent's text it gives; `None` for anything that is not just as expected.
    pub(super) fn scan<'l>(&self, text: &'l str, last_parent: &str, draft: &mut RowDraft) -> Option<&'l str> {
        let mut scan = Scan { text, bytes: text.as_bytes(), at: 0 };
        scan.literal(&self.head)?;
        if !has_plain_texts(scan.bytes) {
            return None;
        }
        let parent = scan.parent(last_parent)?;
        scan.literal(",\"identifiers\":{")?;
        for name in &self.identifiers {
            scan.literal(name)?;
            draft.identifier(scan.scalar()?);
        }
        scan.literal("},\"attributes\":{")?;
        for name in &self.attributes {
            scan.literal(name)?;
            draft.attribute(scan.scalar()?);
        }
        scan.literal("}}")?;
        let whole = scan.at == scan.bytes.len();
        whole.then_some(if is_no_parent(parent) { "" } else { parent })
    }
}

/// True when a text of the line ends at the next quotation mark, wherever it begins: there are no escapes, and no
/// control characters, which may not stand in a text.
fn has_plain_texts(bytes: &[u8]) -> bool {
    !bytes.iter().fold(false, |found, byte| found | (*byte < b' ') | (*byte == b'\\'))
}

/// Where the next quotation mark is. Texts are short, so eight bytes at a time beat a call to memchr.
#[inline]
fn next_quote(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = LOW << 7;
    let mut at = 0;
    while let Some(eight) = bytes[at..].first_chunk::<8>() {
        let difference = u64::from_le_bytes(*eight) ^ (LOW * b'"' as u64);
        let found = difference.wrapping_sub(LOW) & !difference & HIGH;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    bytes[at..].iter().position(|byte| *byte == b'"').map(|found| at + found)
}

/// Numbers of so many digits fit an `i64` whatever they are.
const SAFE_DIGITS: usize = 18;

struct Scan<'l> {
    text: &'l str,
    bytes: &'l [u8],
    at: usize,
}

impl<'l> Scan<'l> {
    #[inline]
    fn skip_space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ')) {
            self.at += 1;
        }
    }

    #[inline]
    fn token(&mut self) -> Option<u8> {
        self.skip_space();
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.token()? == wanted).then_some(())
    }

    #[inline]
    fn literal(&mut self, wanted: &str) -> Option<()> {
        let found = self.bytes.get(self.at..)?.starts_with(wanted.as_bytes());
        self.at += wanted.len();
        found.then_some(())
    }

    #[inline]
    fn string(&mut self) -> Option<&'l str> {
        self.expect(b'"')?;
        self.rest_of_string()
    }

    #[inline]
    fn rest_of_string(&mut self) -> Option<&'l str> {
        let rest = self.bytes.get(self.at..)?;
        let length = next_quote(rest)?;
        let from = self.at;
        self.at += length + 1;
        self.text.get(from..from + length)
    }

    #[inline]
    fn fields(&mut self, mut field: impl FnMut(&'l str, Scalar<'l>)) -> Option<()> {
        self.expect(b'{')?;
        match self.token()? {
            b'}' => return Some(()),
            b'"' => {}
            _ => return None,
        }
        loop {
            let name = self.rest_of_string()?;
            self.expect(b':')?;
            field(name, self.scalar()?);
            match self.token()? {
                b',' => self.expect(b'"')?,
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    #[inline]
    fn scalar(&mut self) -> Option<Scalar<'l>> {
        let first = self.token()?;
        match first {
            b'"' => self.rest_of_string().map(Scalar::Text),
            b'-' | b'0'..=b'9' => {
                self.at -= 1;
                self.int().map(Scalar::Int)
            }
            b't' => self.word("rue").map(|()| Scalar::Bool(true)),
            b'f' => self.word("alse").map(|()| Scalar::Bool(false)),
            b'n' => self.word("ull").map(|()| Scalar::Null),
            _ => None,
        }
    }

    fn word(&mut self, rest: &str) -> Option<()> {
        let found = self.bytes.get(self.at..)?.starts_with(rest.as_bytes());
        self.at += rest.len();
        found.then_some(())
    }

    #[inline]
    fn int(&mut self) -> Option<i64> {
        let negative = self.bytes.get(self.at) == Some(&b'-');
        self.at += usize::from(negative);
        let from = self.at;
        let mut value = 0i64;
        while let Some(digit @ b'0'..=b'9') = self.bytes.get(self.at) {
            value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            self.at += 1;
        }
        let digits = self.at - from;
        let leading_zero = digits > 1 && self.bytes[from] == b'0';
        let goes_on = matches!(self.bytes.get(self.at), Some(b'.' | b'e' | b'E'));
        let plain = (1..=SAFE_DIGITS).contains(&digits) && !leading_zero && !goes_on;
        if plain { Some(if negative { -value } else { value }) } else { None }
    }

    /// The text of a parent path. It is checked only when it is not that of the record before.
    #[inline]
    fn parent(&mut self, last: &str) -> Option<&'l str> {
        self.skip_space();
        let rest = self.text.get(self.at..)?;
        let ends = |byte: Option<&u8>| matches!(byte, Some(b',' | b'}'));
        for known in ["[]", last] {
            if !known.is_empty() && rest.starts_with(known) && ends(rest.as_bytes().get(known.len())) {
                self.at += known.len();
                return Some(&rest[..known.len()]);
            }
        }
        let from = self.at;
        let mut depth = 0usize;
        loop {
            match self.token()? {
                b'[' => depth += 1,
                b']' => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return self.text.get(from..self.at);
                    }
                }
                b'"' => {
                    self.rest_of_string()?;
                }
                b'{' | b'}' | b':' => return None,
                _ if depth == 0 => return None,
                _ => {}
            }
        }
    }
}
