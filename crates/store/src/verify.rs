//! Looking for what should not be: damage, and rows that contradict each other.
