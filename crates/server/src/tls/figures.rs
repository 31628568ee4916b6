//! What is counted of TLS.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use poolhouse_kernel::limits::shares::Shares;
use poolhouse_ports::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};

/// The figures. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    handshakes: Family<Outcome, Counter>,
    under_way: Arc<Shares>,
    reloads: Family<Outcome, Counter>,
    expiry: Gauge<i64, AtomicI64>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// What became of a handshake.
#[derive(Clone, Copy, Debug)]
pub(super) enum Handshake {
    Done,
    Failed,
    Late,
    TooMany,
    /// An authority has looked.
    Challenge,
}

impl Handshake {
    const ALL: [Self; 5] = [Self::Done, Self::Failed, Self::Late, Self::TooMany, Self::Challenge];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Late => "late",
            Self::TooMany => "too_many",
            Self::Challenge => "challenge",
        }
    }
}

/// What became of files that were read again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reload {
    Loaded,
    Refused,
}

impl Reload {
    const ALL: [Self; 2] = [Self::Loaded, Self::Refused];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Refused => "refused",
        }
    }
}

impl Figures {
    /// Of a port with these handshakes under way. Every counter is there from the start: of one that begins with 1, nobody sees
    /// that it grew.
    pub(super) fn new(under_way: &Arc<Shares>) -> Self {
        let under_way = Arc::clone(under_way);
        let (handshakes, reloads, expiry) = (Family::default(), Family::default(), Gauge::default());
        for handshake in Handshake::ALL {
            drop(handshakes.get_or_create(&Outcome { outcome: handshake.as_str() }));
        }
        for reload in Reload::ALL {
            drop(reloads.get_or_create(&Outcome { outcome: reload.as_str() }));
        }
        Self { handshakes, under_way, reloads, expiry }
    }

    pub(super) fn handshake(&self, handshake: Handshake) {
        self.handshakes.get_or_create(&Outcome { outcome: handshake.as_str() }).inc();
    }

    pub(super) fn reload(&self, reload: Reload) {
        self.reloads.get_or_create(&Outcome { outcome: reload.as_str() }).inc();
    }

    pub(super) fn expires(&self, at: Timestamp) {
        self.expiry.set(at.seconds());
    }
}

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let help = "Handshakes of TLS by outcome: done, failed, late, too_many, challenge";
        self.handshakes.encode(encoder.encode_descriptor(
            "tls_handshakes",
            help,
            None,
            MetricType::Counter,
        )?)?;
        let help = "Handshakes of TLS under way";
        let under_way = ConstGauge::new(i64::from(self.under_way.in_use()));
        let gauge = encoder.encode_descriptor("tls_handshakes_under_way", help, None, MetricType::Gauge)?;
        under_way.encode(gauge)?;
        let help = "Certificates of TLS that were read again: loaded, or refused, so that the old one stays";
        let reloads =
            encoder.encode_descriptor("tls_certificate_reloads", help, None, MetricType::Counter)?;
        self.reloads.encode(reloads)?;
        let help = "When the certificate of TLS ends, in seconds since 1970";
        let expiry =
            encoder.encode_descriptor("tls_certificate_expiry_seconds", help, None, MetricType::Gauge)?;
        self.expiry.encode(expiry)
    }
}
