//! Why a text is no JSON, in the words and places that clients know: those of Python's parser. It looks only at texts
//! that another parser has refused, so it need not be fast.

/// Levels of lists and objects inside each other.
const MOST_LEVELS: usize = 128;

/// What is wrong with a text, and where. `None` when this parser finds nothing wrong.
pub fn fault(body: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            let place = error.valid_up_to();
            let byte = body.get(place).copied().unwrap_or_default();
            return Some(format!(
                "'utf-8' codec can't decode byte {byte:#04x} in position {place}: invalid start byte"
            ));
        }
    };
    let mut scan = Scan { characters: text.chars().collect(), at: 0, level: 0 };
    let Fault { message, at } = scan.document().err()?;
    let before = &scan.characters[..at.min(scan.characters.len())];
    let line = before.iter().filter(|character| **character == '\n').count() + 1;
    let column = before.iter().rev().take_while(|character| **character != '\n').count() + 1;
    Some(format!("{message}: line {line} column {column} (char {at})"))
}

struct Fault {
    message: &'static str,
    /// Counted in characters.
    at: usize,
}

struct Scan {
    characters: Vec<char>,
    at: usize,
    level: usize,
}

impl Scan {
    fn document(&mut self) -> Result<(), Fault> {
        self.blank();
        self.value()?;
        self.blank();
        if self.at < self.characters.len() { self.fail("Extra data", self.at) } else { Ok(()) }
    }

    fn fail<T>(&self, message: &'static str, at: usize) -> Result<T, Fault> {
        Err(Fault { message, at })
    }

    fn next(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn takes(&mut self, wanted: char) -> bool {
        let found = self.next() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn blank(&mut self) {
        while matches!(self.next(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<(), Fault> {
        match self.next() {
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::list),
            Some('"') => self.string(),
            Some('-' | '0'..='9') => self.number(),
            _ => {
                for word in ["null", "true", "false"] {
                    if self.characters[self.at..].iter().take(word.len()).copied().eq(word.chars()) {
                        self.at += word.len();
                        return Ok(());
                    }
                }
                self.fail("Expecting value", self.at)
            }
        }
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        if self.level == MOST_LEVELS {
            return self.fail("Too many levels of nesting", self.at);
        }
        self.level += 1;
        self.at += 1;
        inner(self)?;
        self.level -= 1;
        Ok(())
    }

    fn object(&mut self) -> Result<(), Fault> {
        const NAME: &str = "Expecting property name enclosed in double quotes";
        self.blank();
        if self.takes('}') {
            return Ok(());
        }
        loop {
            if self.next() != Some('"') {
                return self.fail(NAME, self.at);
            }
            self.string()?;
            self.blank();
            if !self.takes(':') {
                return self.fail("Expecting ':' delimiter", self.at);
            }
            self.blank();
            self.value()?;
            self.blank();
            if self.takes('}') {
                return Ok(());
            }
            if !self.takes(',') {
                return self.fail("Expecting ',' delimiter", self.at);
            }
            self.blank();
        }
    }

    fn list(&mut self) -> Result<(), Fault> {
        self.blank();
        if self.takes(']') {
            return Ok(());
        }
        loop {
            self.value()?;
            self.blank();
            if self.takes(']') {
                return Ok(());
            }
            if !self.takes(',') {
                return self.fail("Expecting ',' delimiter", self.at);
            }
            self.blank();
        }
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.next() {
                None => return self.fail("Unterminated string starting at", start),
                Some('"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('\\') => self.escape(start)?,
                Some(character) if character < ' ' => return self.fail("Invalid control character at", self.at),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self, start: usize) -> Result<(), Fault> {
        match self.characters.get(self.at + 1) {
            None => self.fail("Unterminated string starting at", start),
            Some('u') => {
                let digits = self.characters[self.at + 2..].iter().take(4);
                if digits.filter(|digit| digit.is_ascii_hexdigit()).count() < 4 {
                    return self.fail("Invalid \\uXXXX escape", self.at + 1);
                }
                self.at += 6;
                Ok(())
            }
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => {
                self.at += 2;
                Ok(())
            }
            Some(_) => self.fail("Invalid \\escape", self.at),
        }
    }

    /// As much of it as is a number; what follows is somebody else's.
    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.takes('-');
        if !self.takes('0') && self.digits() == 0 {
            return self.fail("Expecting value", start);
        }
        let whole = self.at;
        if self.takes('.') && self.digits() == 0 {
            self.at = whole;
            return Ok(());
        }
        let plain = self.at;
        if self.takes('e') || self.takes('E') {
            let _signed = self.takes('+') || self.takes('-');
            if self.digits() == 0 {
                self.at = plain;
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.next().is_some_and(|character| character.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    /// Recorded from Python 3.11.
    #[test]
    fn faults_are_told_as_python_tells_them() {
        let cases = [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("{bad", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            ("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"),
            ("{\"a\": }", "Expecting value: line 1 column 7 (char 6)"),
            ("{\"a\": 1 \"b\": 2}", "Expecting ',' delimiter: line 1 column 9 (char 8)"),
            ("{\"a\": 1,}", "Expecting property name enclosed in double quotes: line 1 column 9 (char 8)"),
            ("[1, 2", "Expecting ',' delimiter: line 1 column 6 (char 5)"),
            ("[1,\n  ]", "Expecting value: line 2 column 3 (char 6)"),
            ("{\"a\": \"x", "Unterminated string starting at: line 1 column 7 (char 6)"),
            ("\"a\u{1}\"", "Invalid control character at: line 1 column 3 (char 2)"),
            ("\"a\\q\"", "Invalid \\escape: line 1 column 3 (char 2)"),
            ("\"\\u12\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
            ("{} {}", "Extra data: line 1 column 4 (char 3)"),
            ("nul", "Expecting value: line 1 column 1 (char 0)"),
            ("-", "Expecting value: line 1 column 1 (char 0)"),
            ("01", "Extra data: line 1 column 2 (char 1)"),
            ("1.", "Extra data: line 1 column 2 (char 1)"),
            ("\"é\" x", "Extra data: line 1 column 5 (char 4)"),
        ];
        for (text, expected) in cases {
            assert_eq!(fault(text.as_bytes()).as_deref(), Some(expected), "{text}");
        }
        for text in ["{}", " [1, -2.5e3, \"\\u00e9\\n\", null, true] ", "0", "1e5"] {
            assert_eq!(fault(text.as_bytes()), None, "{text}");
        }
        assert!(fault(b"\xff").is_some_and(|text| text.starts_with("'utf-8' codec can't decode byte 0xff")));
        assert!(fault("[".repeat(100_000).as_bytes()).is_some());
    }
}
