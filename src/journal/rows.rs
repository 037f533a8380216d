//! From bytes to records: lines, quotation marks, columns, and the encoding of each line.
//!
//! A line that is no UTF-8 is windows-1251, which is what Russian spreadsheets write. A quoted column may hold line ends,
//! but not many: a quotation mark that is never closed costs its own line and no other.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read as _};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::journal::DropReason;

/// Longest line in bytes.
const LONGEST_LINE: usize = 1 << 20;

/// Most columns of a row.
const MOST_COLUMNS: usize = 1000;

/// Most lines of one row, and their bytes.
const MOST_LINES: usize = 20;
const LONGEST_ROW: usize = 64 << 10;

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    /// As it is written.
    pub(super) text: String,
    /// Its columns without quotation marks and spaces around.
    pub(super) columns: Vec<String>,
}

/// A line that is no row: its number, why, and what it says.
pub(super) type Bad = (u64, DropReason, String);

/// The rows of a file.
pub(super) struct Rows<'a> {
    lines: Lines<'a>,
    /// Lines that were read ahead in search of a quotation mark.
    ahead: VecDeque<Result<(u64, String), Bad>>,
    delimiter: u8,
    csv: Reader,
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(file: &'a mut dyn BufRead, delimiter: u8) -> Self {
        Self {
            lines: Lines { file, line: 0 },
            ahead: VecDeque::new(),
            delimiter,
            csv: ReaderBuilder::new().delimiter(delimiter).build(),
            output: vec![0; 4096],
            ends: vec![0; MOST_COLUMNS + 1],
        }
    }

    /// The next row that is not empty; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Result<Record, Bad>>> {
        loop {
            let (line, text) = match self.line()? {
                None => return Ok(None),
                Some(Err(bad)) => return Ok(Some(Err(bad))),
                Some(Ok((_, text))) if text.trim().is_empty() => continue,
                Some(Ok(line)) => line,
            };
            if text.contains('\0') {
                return Ok(Some(Err((line, DropReason::NulByte, text))));
            }
            let Some(text) = self.closed(text)? else {
                // The lines that were looked at are rows of their own.
                let text = match self.ahead.pop_front() {
                    Some(Ok((_, text))) => text,
                    _ => String::new(),
                };
                return Ok(Some(Err((line, DropReason::QuoteOpen, text))));
            };
            return Ok(Some(self.record(line, text)));
        }
    }

    fn line(&mut self) -> io::Result<Option<Result<(u64, String), Bad>>> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    /// The text with the lines that its open quotation mark takes in; `None` (and everything ahead) where it never closes.
    fn closed(&mut self, text: String) -> io::Result<Option<String>> {
        let is_open = |text: &str| text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
        if self.delimiter == b'|' || !is_open(&text) {
            return Ok(Some(text));
        }
        let mut whole = text.clone();
        let mut used = Vec::new();
        while used.len() < MOST_LINES && whole.len() < LONGEST_ROW {
            match self.line()? {
                Some(Ok((at, more))) => {
                    whole.push('\n');
                    whole.push_str(&more);
                    let is_end = is_open(&more);
                    used.push(Ok((at, more)));
                    if is_end {
                        return Ok(Some(whole));
                    }
                }
                Some(Err(bad)) => {
                    used.push(Err(bad));
                    break;
                }
                None => break,
            }
        }
        for line in used.into_iter().rev() {
            self.ahead.push_front(line);
        }
        self.ahead.push_front(Ok((0, text)));
        Ok(None)
    }

    fn record(&mut self, line: u64, text: String) -> Result<Record, Bad> {
        let delimiter = self.delimiter;
        if MOST_COLUMNS <= text.bytes().filter(|byte| *byte == delimiter).count() {
            return Err((line, DropReason::TooManyColumns, text));
        }
        if self.delimiter == b'|' {
            let columns = text.split('|').map(|column| column.trim().to_owned()).collect();
            return Ok(Record { line, text, columns });
        }
        self.csv.reset();
        if self.output.len() < text.len() + 1 {
            self.output.resize(text.len() + 1, 0);
        }
        let (result, _, _, count) =
            self.csv.read_record(text.as_bytes(), &mut self.output, &mut self.ends);
        let count = match result {
            ReadRecordResult::Record => count,
            // No line end in the input: the last column is closed by telling that there is no more.
            ReadRecordResult::InputEmpty => return self.ended(line, text),
            _ => return Err((line, DropReason::TooManyColumns, text)),
        };
        Ok(Record { line, columns: self.columns(count), text })
    }

    /// Reads the record again with a line end behind it.
    fn ended(&mut self, line: u64, text: String) -> Result<Record, Bad> {
        self.csv.reset();
        let ended = format!("{text}\n");
        let (result, _, _, count) =
            self.csv.read_record(ended.as_bytes(), &mut self.output, &mut self.ends);
        match result {
            ReadRecordResult::Record => Ok(Record { line, columns: self.columns(count), text }),
            _ => Err((line, DropReason::QuoteOpen, text)),
        }
    }

    fn columns(&self, count: usize) -> Vec<String> {
        let mut begin = 0;
        let mut columns = Vec::with_capacity(count);
        for end in self.ends.iter().take(count) {
            let bytes = self.output.get(begin..*end).unwrap_or_default();
            columns.push(String::from_utf8_lossy(bytes).trim().to_owned());
            begin = *end;
        }
        columns
    }
}

/// The lines of a file, decoded.
struct Lines<'a> {
    file: &'a mut dyn BufRead,
    line: u64,
}

impl Lines<'_> {
    fn next(&mut self) -> io::Result<Option<Result<(u64, String), Bad>>> {
        let mut bytes = Vec::new();
        let limit = LONGEST_LINE as u64 + 1;
        let read = (&mut *self.file).take(limit).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        if self.line == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        if LONGEST_LINE < bytes.len() && !bytes.ends_with(b"\n") {
            self.skip()?;
            bytes.truncate(200);
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return Ok(Some(Err((self.line, DropReason::LineTooLong, text))));
        }
        while bytes.ends_with(b"\n") || bytes.ends_with(b"\r") {
            bytes.pop();
        }
        Ok(Some(Ok((self.line, decoded(bytes)))))
    }

    /// Passes over the rest of a line.
    fn skip(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.file.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(buffer.len(), |at| at + 1);
            self.file.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

/// UTF-8, else windows-1251.
pub(super) fn decoded(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        encoding_rs::WINDOWS_1251.decode_without_bom_handling(error.as_bytes()).0.into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as columns joined by `|`, what is dropped as `!` and its reason.
    #[track_caller]
    fn check(bytes: &[u8], delimiter: u8, expected: &[&str]) {
        let mut file = bytes;
        let mut rows = Rows::new(&mut file, delimiter);
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            found.push(match row {
                Ok(record) => format!("{}:{}", record.line, record.columns.join("|")),
                Err((line, reason, _)) => format!("{line}!{}", reason.as_str()),
            });
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn quotes_spaces_and_line_ends_are_taken_away() {
        check(
            b"\xef\xbb\xbfa,\"b,c\" ,\r\n\r\n\"d \"\"e\"\"\",\n",
            b',',
            &["1:a|b,c|", "3:d \"e\"|"],
        );
        check(b"a;b", b';', &["1:a|b"]);
    }

    #[test]
    fn a_line_that_is_no_utf_8_is_windows_1251() {
        check(b"\xc8\xe2\xe0\xed;1\n\xd0\x98;2\n", b';', &["1:Иван|1", "2:И|2"]);
    }

    #[test]
    fn a_quoted_column_may_hold_a_line_end_and_an_open_one_costs_its_own_line() {
        check(b"\"a\nb\",1\nc,2\n", b',', &["1:a\nb|1", "3:c|2"]);
        check(b"\"a,1\nc,2\nd,3\n", b',', &["1!quote_open", "2:c|2", "3:d|3"]);
    }

    #[test]
    fn long_lines_wide_rows_and_zeros_are_told() {
        let mut bytes = vec![b'x'; LONGEST_LINE + 5];
        bytes.extend(b"\na,b\n\0,c\n");
        bytes.extend([b','; MOST_COLUMNS]);
        bytes.extend(b"\nd,e\n");
        check(
            &bytes,
            b',',
            &["1!line_too_long", "2:a|b", "3!nul_byte", "4!too_many_columns", "5:d|e"],
        );
    }
}
