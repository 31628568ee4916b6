//! A table of fixed size that takes memory only where it was looked at.

use std::sync::OnceLock;

/// How many elements are made at once.
const PART: usize = 64;

/// A table whose elements are made in parts, each when one of it is first looked at.
pub(crate) struct LazyTable<T> {
    parts: Box<[OnceLock<Box<[T]>>]>,
    make: fn() -> T,
}

impl<T> LazyTable<T> {
    /// A table of at least `len` elements, and of at least one.
    pub(crate) fn new(len: usize, make: fn() -> T) -> Self {
        let parts = len.max(1).div_ceil(PART);
        Self { parts: std::iter::repeat_with(OnceLock::new).take(parts).collect(), make }
    }

    /// How many elements it has.
    pub(crate) fn len(&self) -> usize {
        self.parts.len() * PART
    }

    /// The element at `index`, counted round the table's end.
    pub(crate) fn at(&self, index: usize) -> &T {
        let index = index % self.len();
        let made = || std::iter::repeat_with(self.make).take(PART).collect();
        &self.parts[index / PART].get_or_init(made)[index % PART]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn an_element_is_the_same_whenever_it_is_looked_at() {
        let table = LazyTable::new(2 * PART, AtomicUsize::default);
        for index in 0..table.len() {
            table.at(index).store(index, Ordering::Relaxed);
        }
        assert!((0..table.len()).all(|index| table.at(index).load(Ordering::Relaxed) == index));
        assert_eq!(table.at(table.len() + 3).load(Ordering::Relaxed), 3);
    }

    #[test]
    fn only_what_was_looked_at_is_made() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let table = LazyTable::new(1000, || MADE.fetch_add(1, Ordering::Relaxed));
        assert_eq!((table.len(), MADE.load(Ordering::Relaxed)), (1024, 0));
        table.at(70);
        table.at(127);
        assert_eq!(MADE.load(Ordering::Relaxed), PART);
    }

    #[test]
    fn a_table_of_nothing_has_elements() {
        assert_eq!(LazyTable::new(0, || 7).at(9), &7);
    }
}
