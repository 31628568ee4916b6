//! Rows as lines of JSON: an array of null, numbers, texts, and objects `{"b": base64}` for bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;

use crate::tables::Table;
use crate::value::OwnedValue;

/// The table and the columns that rows are of, in the order of their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    table: String,
    columns: Vec<String>,
}

/// What is read is no row of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Shape {
    /// The shape of these names.
    ///
    /// # Errors
    /// [`Malformed`] when one is no name of a table or column: they become part of statements.
    pub fn new(table: String, columns: Vec<String>) -> Result<Self, Malformed> {
        let is_name = |name: &String| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let sound = is_name(&table) && !columns.is_empty() && columns.iter().all(is_name);
        if sound { Ok(Self { table, columns }) } else { Err(Malformed) }
    }

    /// The shape of a table of this program.
    pub(super) fn of(table: &Table) -> Self {
        let columns = table.columns.split(", ").map(str::to_owned).collect();
        Self { table: table.name.to_owned(), columns }
    }

    /// The table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Where a column is among the values.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|own| own == column)
    }
}

/// The values of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub(crate) Vec<OwnedValue>);

impl Row {
    /// Writes it as a line.
    pub fn write(&self, line: &mut Vec<u8>) {
        line.push(b'[');
        for (index, value) in self.0.iter().enumerate() {
            if index > 0 {
                line.push(b',');
            }
            match value {
                OwnedValue::Null => line.extend_from_slice(b"null"),
                OwnedValue::Int(number) => line.extend_from_slice(number.to_string().as_bytes()),
                OwnedValue::Text(text) => {
                    line.extend_from_slice(Json::from(text.as_str()).to_string().as_bytes());
                }
                OwnedValue::Bytes(bytes) => {
                    line.extend_from_slice(b"{\"b\":\"");
                    line.extend_from_slice(STANDARD.encode(bytes).as_bytes());
                    line.extend_from_slice(b"\"}");
                }
            }
        }
        line.extend_from_slice(b"]\n");
    }

    /// Reads a line.
    ///
    /// # Errors
    /// [`Malformed`] when it is no row of this shape.
    pub fn read(line: &[u8], shape: &Shape) -> Result<Self, Malformed> {
        let values: Vec<Json> = serde_json::from_slice(line).map_err(|_| Malformed)?;
        if values.len() != shape.columns.len() {
            return Err(Malformed);
        }
        values.into_iter().map(value).collect::<Option<_>>().map(Self).ok_or(Malformed)
    }

    /// The text at a position.
    pub fn text(&self, position: usize) -> Option<&str> {
        match self.0.get(position) {
            Some(OwnedValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number at a position.
    pub fn int(&self, position: usize) -> Option<i64> {
        match self.0.get(position) {
            Some(OwnedValue::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// Puts another number at a position.
    pub fn set_int(&mut self, position: usize, number: i64) {
        if let Some(value) = self.0.get_mut(position) {
            *value = OwnedValue::Int(number);
        }
    }

    /// Puts another text at a position.
    pub fn set_text(&mut self, position: usize, text: &str) {
        if let Some(value) = self.0.get_mut(position) {
            *value = OwnedValue::Text(text.to_owned());
        }
    }

    /// Puts nothing at a position.
    pub fn set_null(&mut self, position: usize) {
        if let Some(value) = self.0.get_mut(position) {
            *value = OwnedValue::Null;
        }
    }

    /// The bytes at a position.
    pub fn bytes(&self, position: usize) -> Option<&[u8]> {
        match self.0.get(position) {
            Some(OwnedValue::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// Puts other bytes at a position.
    pub fn set_bytes(&mut self, position: usize, bytes: Vec<u8>) {
        if let Some(value) = self.0.get_mut(position) {
            *value = OwnedValue::Bytes(bytes);
        }
    }

    /// About how much memory it takes.
    pub fn size(&self) -> usize {
        let size = |value: &OwnedValue| match value {
            OwnedValue::Null | OwnedValue::Int(_) => 8,
            OwnedValue::Text(text) => 24 + text.len(),
            OwnedValue::Bytes(bytes) => 24 + bytes.len(),
        };
        self.0.iter().map(size).sum()
    }
}

fn value(json: Json) -> Option<OwnedValue> {
    Some(match json {
        Json::Null => OwnedValue::Null,
        Json::Number(number) => OwnedValue::Int(number.as_i64()?),
        Json::String(text) => OwnedValue::Text(text),
        Json::Object(object) if object.len() == 1 => {
            OwnedValue::Bytes(STANDARD.decode(object.get("b")?.as_str()?).ok()?)
        }
        Json::Object(_) | Json::Array(_) | Json::Bool(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        Shape::new("t".to_owned(), ["a", "b", "c", "d"].map(str::to_owned).to_vec()).unwrap()
    }

    #[test]
    fn a_line_holds_every_kind_of_value() {
        let values = [
            OwnedValue::Null,
            OwnedValue::Int(i64::MIN),
            OwnedValue::Text("\"\n\\ é\u{2028}".to_owned()),
            OwnedValue::Bytes(vec![0, 255]),
        ];
        let row = Row(values.to_vec());
        let mut line = Vec::new();
        row.write(&mut line);
        assert_eq!(
            String::from_utf8(line.clone()).unwrap(),
            "[null,-9223372036854775808,\"\\\"\\n\\\\ é\u{2028}\",{\"b\":\"AP8=\"}]\n"
        );
        assert_eq!(Row::read(&line, &shape()), Ok(row));
    }

    #[test]
    fn what_is_no_row_is_refused() {
        for line in ["", "[1,2,3]", "[1,2,3,4,5]", "[1,2,3,true]", "[1,2,3,{\"b\":1}]", "[1,2,3,1.5]", "{}"] {
            assert_eq!(Row::read(line.as_bytes(), &shape()), Err(Malformed), "{line}");
        }
    }

    #[test]
    fn names_are_words() {
        for name in ["", "a b", "a;", "A", "a\"", "a--"] {
            assert_eq!(Shape::new(name.to_owned(), vec!["a".to_owned()]), Err(Malformed));
            assert_eq!(Shape::new("t".to_owned(), vec![name.to_owned()]), Err(Malformed));
        }
        assert_eq!(Shape::new("t".to_owned(), Vec::new()), Err(Malformed));
    }
}
