//! Instants as the wire has them.

use poolhouse_ports::Timestamp;

/// The instant as answers carry it.
pub(crate) fn wire_time(at: Timestamp) -> poolhouse_wire::Timestamp {
    poolhouse_wire::Timestamp(at.millis())
}
