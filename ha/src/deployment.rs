//! The whole deployment.

use std::path::Path;

use crate::Result;
use crate::balancer;
use crate::cluster::Cluster;
use crate::folder::Folder;
use crate::machine::Machine;
use crate::needs::Programs;
use crate::network::Network;
use crate::nodes::{Nodes, Way};

/// Databases, nodes, and what is between them.
pub(crate) struct Deployment {
    pub(crate) network: Network,
    pub(crate) cluster: Cluster,
    pub(crate) nodes: Nodes,
}

impl Deployment {
    pub(crate) fn start(binary: &Path, programs: &Programs, folder: &Folder, way: Way) -> Result<Self> {
        let network = Network::new()?;
        balancer::run(programs, folder)?;
        let cluster = Cluster::start(programs, folder)?;
        let nodes = Nodes::start(binary, folder, way)?;
        Ok(Self { network, cluster, nodes })
    }

    /// Waits until everything is as it should be; returns the primary's machine.
    pub(crate) fn wait_until_whole(&self) -> Result<&'static Machine> {
        let primary = self.cluster.wait_until_whole()?;
        self.nodes.wait_until_whole()?;
        Ok(primary)
    }
}
