//! The values of a row, by their columns.

use poolhouse_kernel::Fault;
use poolhouse_store::portable::{Row, Shape};

/// A row that is being changed.
pub(super) struct Cells<'a> {
    shape: &'a Shape,
    row: &'a mut Row,
}

impl<'a> Cells<'a> {
    pub(super) fn new(shape: &'a Shape, row: &'a mut Row) -> Self {
        Self { shape, row }
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.shape.position(column).is_some()
    }

    pub(super) fn text_if_any(&self, column: &str) -> Option<&str> {
        self.row.text(self.shape.position(column)?)
    }

    pub(super) fn text(&self, column: &str) -> Result<&str, Fault> {
        self.text_if_any(column).ok_or_else(|| Fault::internal("a row without its key"))
    }

    pub(super) fn bytes(&self, column: &str) -> Option<&[u8]> {
        self.row.bytes(self.shape.position(column)?)
    }

    pub(super) fn set_text(&mut self, column: &str, text: &str) {
        self.change(column, |row, at| row.set_text(at, text));
    }

    pub(super) fn set_bytes(&mut self, column: &str, bytes: Vec<u8>) {
        self.change(column, |row, at| row.set_bytes(at, bytes));
    }

    pub(super) fn set_int(&mut self, column: &str, number: i64) {
        self.change(column, |row, at| row.set_int(at, number));
    }

    pub(super) fn set_null(&mut self, column: &str) {
        self.change(column, Row::set_null);
    }

    fn change(&mut self, column: &str, how: impl FnOnce(&mut Row, usize)) {
        if let Some(at) = self.shape.position(column) {
            how(self.row, at);
        }
    }
}
