//! A server that was built without ACME orders nothing.

use poolhouse_core::Engine;
use poolhouse_ports::Clock;
use prometheus_client::collector::Collector;
use tokio::sync::watch;

use crate::audit::Log;
use crate::config::AcmeOptions;
use crate::exit::Failure;
use crate::tls::Tls;

/// There are none: the options have been refused by now, if they ask for something.
pub(crate) enum Settings {}

/// There is none.
pub(crate) enum Keeper {}

impl Settings {
    pub(crate) fn read(_: &AcmeOptions) -> Result<Option<Self>, Failure> {
        Ok(None)
    }

    pub(crate) fn tls(&self, _: Clock) -> Result<Tls, Failure> {
        match *self {}
    }

    pub(crate) async fn reach(&self) -> Result<(), String> {
        match *self {}
    }
}

impl Keeper {
    pub(crate) async fn begin(settings: Settings, _: Tls, _: &Engine, _: &Log) -> Self {
        match settings {}
    }

    pub(crate) fn figures(&self) -> Box<dyn Collector> {
        match *self {}
    }

    pub(crate) async fn run(self, _: watch::Receiver<bool>) {
        match self {}
    }
}
